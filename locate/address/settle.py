"""The verdict on the areas: which of the possible units the rest of the text bears out."""

from __future__ import annotations

from locate.address.as_of import read_as_of
from locate.address.gazetteer import CITY, DISTRICT, OLD, SECOND, SHORT, TOWN, Gazetteer, villages
from locate.address.region_state import Hits, Regions
from locate.address.region_words import ROADISH, VILLAGE
from locate.address.villagehash import village_hash

ROAD_SIGNS = frozenset("路街道大巷弄东西南北中")
RECENT = 2000  # an old name given up since then still counts as a reading of a bare name


def settle(g: Gazetteer, form: str, hits: Hits, out: Regions, as_of: int | None = None) -> None:
    """Narrow what is still open by townships and villages further on; what stays open is ambiguous."""
    if as_of is not None:
        read_as_of(g, as_of, out)
    if len(out.units) <= 1:
        if len(out.pieces) == 1:
            _rivals_unsuffixed(g, form, hits, out)
        return
    _ask_townships(g, hits, out)
    if len(out.units) > 1:
        _ask_villages(g, form, out)
    if len(out.units) > 1:
        _ask_bare_township(g, form, out)
    if len(out.units) > 1:
        _ask_names_of_places(g, hits, out)
    if len(out.units) > 1:
        _drop_subordinate_doubles(g, out)
    if len(out.units) > 1:
        main = {u: f for u, f in out.units.items() if not f & SECOND}
        if main and len(main) < len(out.units):
            out.units, out.presumed = main, True
    if len(out.units) > 1 and any(p.level >= DISTRICT for p in out.pieces):
        late = {u: f for u, f in out.units.items() if not f & OLD or _recent(g, u, out)}
        out.units = late or out.units
    _rivals_unsuffixed(g, form, hits, out)


def _recent(g: Gazetteer, unit: int, out: Regions) -> bool:
    return any(g.whys.get((name, unit), (9999, ""))[0] >= RECENT for name, u in out.old_names if u == unit)


def _ask_townships(g: Gazetteer, hits: Hits, out: Regions) -> None:
    """A township's full name further on may settle which of the candidates is meant."""
    for start in sorted(hits):
        if start < out.end:
            continue
        for _, name in sorted(hits[start], reverse=True):
            fits = {
                s: f
                for s, f in out.units.items()
                if any(g.levels[u] == TOWN and not tf & SHORT and g.lies_in(u, s) for u, tf in g.entries[name])
            }
            if len(fits) == 1:
                out.units = fits
                return


def _ask_names_of_places(g: Gazetteer, hits: Hits, out: Regions) -> None:
    """上溪镇工业区四通西路100号义乌市烁美公司: of the two 上溪镇 one lies in 义乌市, and the company says 义乌市."""
    fits: set[int] = set()
    for start in sorted(hits):
        if start >= out.end:
            for _, name in hits[start]:
                full = [u for u, f in g.entries[name] if not f and g.levels[u] in (CITY, DISTRICT)]
                fits |= {s for s in out.units if any(s != u and g.lies_in(s, u) for u in full)}
    if len(fits) == 1:
        [unit] = fits
        out.units = {unit: out.units[unit]}


def _ask_bare_township(g: Gazetteer, form: str, out: Regions) -> None:
    """江干区下沙经济开发区: 下沙 lies in 钱塘区, one of 江干区's two successors, and so must the zone."""
    for end in range(min(len(form), out.end + 4), out.end + 1, -1):
        core = form[out.end : end]
        fits = {u: f for u, f in out.units.items() if core in g.towns.get(u, {})}
        if len(fits) == 1 and core[-1] not in "路街道巷" and form[end : end + 1] not in ROAD_SIGNS:
            out.units = fits
            return


def _ask_villages(g: Gazetteer, form: str, out: Regions) -> None:
    """长安镇霄边社区: only one of the eleven 长安镇 has that village."""
    found = VILLAGE.match(form, out.end)
    if not found:
        return
    homes = {g.by_code.get(c, -1) if len(c) == 6 else g.town_by_code(c) for c, _ in villages().homes(village_hash(found.group(1)))}
    fits = {u: f for u, f in out.units.items() if any(h >= 0 and g.lies_in(h, u) for h in homes)}
    if len(fits) == 1:
        out.units = fits


def _drop_subordinate_doubles(g: Gazetteer, out: Regions) -> None:
    """日喀则市 is the city and, once, a county-level city in it: only what both say is said."""
    units = out.units
    tops = [s for s in units if all(g.lies_in(u, s) for u in units)]
    if len(tops) == 1:
        out.units = {tops[0]: units[tops[0]]}


def _rivals_unsuffixed(g: Gazetteer, form: str, hits: Hits, out: Regions) -> None:
    """北京上海路: two great names side by side, neither with its suffix, nothing else: not settled."""
    if len(out.pieces) != 1 or not out.pieces[0].flags & SHORT or not out.units:
        return
    piece = out.pieces[0]
    ends_soon = len(form.rstrip("0123456789号 ")) - 2
    for end, name in hits.get(piece.end, ()):
        rivals = [u for u, f in g.entries[name] if f & SHORT and g.levels[u] <= CITY and not any(g.lies_in(u, s) or g.lies_in(s, u) for s in out.units)]
        if rivals and end >= ends_soon and ROADISH.match(form, end):
            out.candidates = (*out.units, *rivals)
            out.units = {}
            out.ambiguous = True
            return
