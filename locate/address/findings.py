"""What is reported beside the parts: corrections with their reasons, and issues."""

from __future__ import annotations

from locate.address.areas import Areas
from locate.address.gazetteer import CITY, DISTRICT, PROVINCE, TOWN, TOWN_KIND, Gazetteer
from locate.address.model import Correction, Issue
from locate.address.region_state import Regions

FIELD_OF_LEVEL = {PROVINCE: "province", CITY: "city", DISTRICT: "district", TOWN: "township"}


def corrections_of(g: Gazetteer, r: Regions, areas: Areas) -> tuple[Correction, ...]:
    out: list[Correction] = []
    if not (r.old_names or r.typos or r.moved or r.pieces):
        return ()
    settled = set(g.chain(areas.unit)) if areas.unit >= 0 else set()
    for name, unit in r.old_names:
        if unit in settled and g.names[unit] != name:
            year, why = g.whys.get((name, unit), (0, f"{name}是旧称"))
            out.append(Correction(FIELD_OF_LEVEL[g.levels[unit]], name, g.names[unit], f"{why}（{year}年）" if year and str(year) not in why else why))
    for text, unit in r.typos:
        out.append(Correction(FIELD_OF_LEVEL[g.levels[unit]], text, g.names[unit], "疑有一字之误，仅此一处相符"))
    if r.moved:
        district, unit = r.moved
        out.append(Correction("district", district, g.names[unit], "按乡镇街道今属区县更正（区划已调整）"))
    for p in r.pieces:
        if p.level == TOWN and not p.redundant and areas.town and p.name != areas.town and TOWN_KIND.search(p.name) and not p.name.endswith("办事处"):
            out.append(Correction("township", p.name, areas.town, "按现行区划名称更正"))
            break
    return tuple(dict.fromkeys(out))


def issues_of(
    g: Gazetteer, r: Regions, areas: Areas, corrections: tuple[Correction, ...]
) -> tuple[tuple[Issue, ...], tuple[Issue, ...]]:
    """What the areas give, before and after what the rest of the text gives."""
    out: list[Issue] = []
    if r.ambiguous or len(r.units) > 1:
        out.append(Issue.AMBIGUOUS)
    if r.conflict:
        out.append(Issue.CONFLICT)
    if any(c.field != "township" and not c.why.startswith("疑") for c in corrections):
        out.append(Issue.OUTDATED)
    if areas.province is None:
        out.append(Issue.NO_PROVINCE)
    if areas.district is None and not (areas.unit >= 0 and (areas.unit in g.towns or g.levels[areas.unit] == TOWN)):
        out.append(Issue.NO_DISTRICT)
    if r.typos:
        out.append(Issue.TYPO_CORRECTED)
    return tuple(out), (Issue.DUPLICATED_PREFIX,) if any(p.redundant and p.level for p in r.pieces) else ()
