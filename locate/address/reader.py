"""parse: one text in, one Address out. Puts the parts together; each part's rules live in its own module.

Facts: contract.md "Standardized address"; gazetteer of data/SOURCES.json. Pure functions over text, no database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import islice

from locate.address.areas import CAPITALS, Areas, areas_of
from locate.address.candidates import candidates_of
from locate.address.canonical import canonical_line
from locate.address.findings import corrections_of, issues_of
from locate.address.gazetteer import (
    CITY,
    DISTRICT,
    PROVINCE,
    SHORT,
    TOWN,
    ZONE,
    Gazetteer,
    gazetteer,
    villages,
)
from locate.address.grade import confidence_of, grade_of
from locate.address.key import place_key
from locate.address.model import Address, Issue, Recipient
from locate.address.normalise import normalise
from locate.address.recipient import Found, find_recipient
from locate.address.region_state import Regions
from locate.address.regions import region_reader
from locate.address.streets import Span, Street, read_street
from locate.address.villagehash import RURAL_BIT, village_core, village_hash

CHUNK = 1000  # texts the second reader gets at once
reader_version = "rules-2026.11.4"  # goes with every stored reading

_FIELD = {
    "devzone": "devzone", "community": "village", "road": "road", "roadno": "road_no", "subroad": "sub_road", "subroadno": "sub_road_no",
    "poi": "poi", "subpoi": "sub_poi", "houseno": "building", "cellno": "unit", "floorno": "floor", "roomno": "room",
}
_LEVEL_LABEL = {PROVINCE: "prov", CITY: "city", DISTRICT: "district", TOWN: "town", 0: "redundant"}
_NOISE = re.compile(r"[^ ,]+")
_RURAL_TOWN = ("乡", "镇", "苏木")


def parse(text: str, *, second_reader: bool = False, as_of: date | None = None) -> Address:
    """Read and standardize one address text. Never raises on any text; what is not settled by it stays None.

    ``second_reader`` asks cpca too (a disagreement lowers the confidence and is an issue); for many use parse_many.
    ``as_of``: the day that the text was written, where it is known: names are read as they were in force then.
    """
    year = as_of.year if as_of else None
    return next(_reviewed([_read(text, year)])) if second_reader else _read(text, year)


def parse_many(texts: Iterable[str], *, second_reader: bool = False, as_of: date | None = None) -> Iterator[Address]:
    """parse of each, in order. Lazy: memory does not grow with the input (with the second reader: by its chunk)."""
    read = partial(_read, as_of=as_of.year) if as_of else _read
    return _chunked_review(map(read, texts)) if second_reader else map(read, texts)


def _chunked_review(source: Iterator[Address]) -> Iterator[Address]:
    while chunk := [*islice(source, CHUNK)]:
        yield from _reviewed(chunk)


def _reviewed(addresses: list[Address]) -> Iterator[Address]:
    from locate.address.second_reader import review  # noqa: PLC0415  pandas only where it is wanted

    for address, odd in zip(addresses, review(addresses), strict=True):
        if odd:
            issues = (*address.issues, Issue.READERS_DISAGREE)
            yield replace(address, issues=issues, confidence=min(address.confidence, confidence_of(address.grade, issues)))
        else:
            yield address


def _read(text: str, as_of: int | None = None) -> Address:
    raw = text if isinstance(text, str) else ""
    normal = normalise(raw)
    found = find_recipient(normal.form)
    regions = region_reader().read(found.form, as_of=as_of)
    street = read_street(found.form, regions.end, home=_home(regions))
    if regions.start:
        street = _with_head(street, read_street(found.form, 0, regions.start))
    return _assemble(raw, normal.raw_span, found, regions, street)


def _home(r: Regions) -> str | None:
    """The code of the one township or district that is settled, for its villages' bare names."""
    if len(r.units) != 1:
        return None
    [unit] = r.units
    g = gazetteer()
    return g.codes[unit] if g.levels[unit] >= DISTRICT or unit in g.towns else None


def _with_head(tail: Street, head: Street) -> Street:
    """文三路90号, 杭州市西湖区: what stands before the areas is the street text where nothing of the kind follows them."""
    strong = ("road", "roadno", "poi", "community")
    first, second = (head, tail) if not any(label in strong for _, _, label in tail.spans) else (tail, head)
    return Street(first.spans + second.spans, tail.remark or head.remark)


def _assemble(raw: str, raw_span: Callable[[int, int], tuple[int, int]], found: Found, r: Regions, street: Street) -> Address:
    g = gazetteer()
    areas = areas_of(g, r)
    spans: list[Span] = []
    for p in r.pieces:
        label = "country" if p.level < 0 else "redundant" if p.redundant else "devzone" if p.flags & ZONE and p.flags != 255 else _LEVEL_LABEL[p.level]
        if label == "prov" and (p.name.rstrip("市") + "市") in CAPITALS:
            label = "city"
        spans.append((p.start, p.end, label))
    pieces_end = {(s, e) for s, e, _ in spans}
    below = [s for s in street.spans if not _inside(s, pieces_end)]
    form = found.form
    spans += _noise_between(form, r)
    spans += below
    parts: dict[str, str | None] = {}
    leftovers: list[str] = []
    lines: list[tuple[str, str]] = []
    for start, end, label in below:
        text = form[start:end]
        name = _FIELD.get(label)
        if label == "redundant":
            continue
        if name is None:
            leftovers.append(text)
        elif name not in parts:
            parts[name] = text
        elif name == "poi" and "sub_poi" not in parts:
            parts["sub_poi"] = text
        else:
            leftovers.append(text)
        lines.append((text, label))
    if r.zones and "devzone" not in parts:
        parts["devzone"] = r.zones[0][0]
    parts["township"] = areas.town
    village = parts.get("village")
    code = _village_code(areas.code, village) if village and areas.code and len(areas.code) == 9 else areas.code
    corrections = corrections_of(g, r, areas)
    issues = issues_of(g, r, areas, found, street, corrections)
    grade = grade_of(parts, areas.known, form[r.end :])
    postcode = _postcode(g, areas)
    if postcode is None and areas.known:
        issues += (Issue.POSTCODE_UNKNOWN,)
    rural = bool((areas.town and areas.town.endswith(_RURAL_TOWN)) or (village and village.endswith(("村", "屯", "庄", "寨"))))
    zone_line = [z for z, _ in r.zones]
    names = [n or "" for n in (areas.province, areas.city, areas.district, *zone_line, _town_on_the_line(r, areas))]
    area_code = areas.code[:6] if areas.code else "?" + "/".join(n or "" for n in (areas.province, areas.city, *_open_names(g, r)))
    return Address(
        raw=raw,
        province=areas.province,
        city=areas.city,
        district=areas.district,
        township=areas.town or areas.town_written,
        village=village,
        devzone=parts.get("devzone"),
        road=parts.get("road"),
        road_no=parts.get("road_no"),
        sub_road=parts.get("sub_road"),
        sub_road_no=parts.get("sub_road_no"),
        poi=parts.get("poi"),
        sub_poi=parts.get("sub_poi"),
        building=parts.get("building"),
        unit=parts.get("unit"),
        floor=parts.get("floor"),
        room=parts.get("room"),
        rest=" ".join(leftovers) or None,
        recipient=Recipient(found.name, found.phone) if found.name or found.phone else None,
        adcode=code,
        postcode=postcode,
        canonical=canonical_line(names, lines),
        key=place_key(area_code, parts, areas.town is not None),
        grade=grade,
        confidence=confidence_of(grade, issues, weak=r.weak, presumed=r.presumed),
        issues=issues,
        corrections=corrections,
        spans=tuple((*raw_span(start, end), label) for start, end, label in spans),
        rural=rural,
        candidates=candidates_of(g, r),
    )


def _town_on_the_line(r: Regions, areas: Areas) -> str | None:
    """Standard, but as written where it stands bare before a name: 望京西园 must not become 望京街道西园."""
    last = r.pieces[-1] if r.pieces else None
    return last.name if last and last.level == TOWN and last.flags & SHORT and last.end == r.end else areas.town


def _noise_between(form: str, r: Regions) -> list[Span]:
    """Dashes and underscores between the areas, which the guideline calls redundant."""
    if not r.pieces:
        return []
    out: list[Span] = []
    at = r.start
    for stop, after in [(p.start, p.end) for p in r.pieces]:
        out += [(at + i, at + j, "redundant") for i, j in _runs(form[at:stop])]
        at = after
    return out


def _runs(gap: str) -> list[tuple[int, int]]:
    return [m.span() for m in _NOISE.finditer(gap)] if gap.strip() else []


def _inside(span: Span, taken: set[tuple[int, int]]) -> bool:
    return any(span[0] < e and s < span[1] for s, e in taken) if taken else False


def _open_names(g: Gazetteer, r: Regions) -> list[str]:
    return sorted({g.names[u] for u in r.units}) if len(r.units) > 1 else []


def _village_code(town_code: str, village: str) -> str:
    tails = {tail & ~RURAL_BIT for home, tail in villages().homes(village_hash(village_core(village))) if home == town_code}
    return f"{town_code}{tails.pop():03d}" if len(tails) == 1 else town_code


def _postcode(g: Gazetteer, areas: Areas) -> str | None:
    for u in g.chain(areas.unit):
        if u in g.postcodes:
            return g.postcodes[u]
    return None


