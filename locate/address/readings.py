"""Which units a name can mean where it stands, and what is left of the possible ones after it."""

from __future__ import annotations

from collections.abc import Mapping

from locate.address.gazetteer import (
    CAPITALS,
    CHAR,
    CITY,
    DISTRICT,
    OLD,
    PLAIN,
    POI,
    SECOND,
    SHORT,
    TOWN,
    TOWN_KIND,
    ZONE,
    Gazetteer,
)
from locate.address.region_state import Regions
from locate.address.region_words import (
    BEFORE_ROAD,
    HEAD_OF_PLACE,
    HEAD_OF_ROAD,
    NEAR_SUFFIX,
    ROAD_AT_ONCE,
)

Reading = tuple[int, int]  # a unit, and the flags of the name that led to it


def sound_readings(g: Gazetteer, form: str, at: int, end: int, entries: tuple[Reading, ...], out: Regions) -> list[Reading]:
    """The readings of a name that its right neighbour and what was read before allow."""
    if len(entries) == 1 and not entries[0][1] and g.levels[entries[0][0]] < DISTRICT:
        return list(entries)
    return [(unit, flags) for unit, flags in entries if _is_sound(g, form, at, end, unit, flags, entries, out)]


def _is_sound(g: Gazetteer, form: str, at: int, end: int, unit: int, flags: int, entries: tuple[Reading, ...], out: Regions) -> bool:
    if flags & POI:
        return False  # a landmark settles nothing by itself
    if flags & CHAR:
        first = not out.pieces or (len(out.pieces) == 1 and out.pieces[0].end == at and bool(out.pieces[0].flags & CHAR))
        return first and subordinate_follows(g, out, end, unit)
    if flags & SHORT:
        return _short_is_sound(g, form, end, unit, flags, entries, out)
    level = g.levels[unit]
    if level < DISTRICT:
        return True
    doubtful = level == TOWN or flags & OLD or not out.units or form[end - 1] == "区"
    if doubtful and ROAD_AT_ONCE.match(form, end) and not (level == DISTRICT and subordinate_follows(g, out, end, unit)):
        return False  # 鄞县大道, 长安镇街: the name is a road's
    # 高新区, 商业城: township-level by code, but everyone's words
    return level != TOWN or bool(TOWN_KIND.search(form, at, end)) or (bool(out.units) and end - at >= 3)


def _short_is_sound(g: Gazetteer, form: str, end: int, unit: int, flags: int, entries: tuple[Reading, ...], out: Regions) -> bool:
    if flags & PLAIN and not any(city_like(g, u) for u in out.units):
        return False
    level = g.levels[unit]
    if (HEAD_OF_ROAD.match(form, end) or HEAD_OF_PLACE.match(form, end)) and not (level <= CITY and subordinate_follows(g, out, end, unit)):
        return False
    if out.units:
        return True
    return not BEFORE_ROAD.match(form, end) and (level != DISTRICT or _stands_alone(g, form, end, unit, entries))


def _stands_alone(g: Gazetteer, form: str, end: int, unit: int, entries: tuple[tuple[int, int], ...]) -> bool:
    """May this district's bare name open an address? Counties and county-level cities; of 区 those named once in China."""
    if g.names[unit][-1] in "市县旗" or unit in g.was_county:
        return True
    return len({u for u, _ in entries}) == 1 and not NEAR_SUFFIX.match(form, end)


def city_like(g: Gazetteer, unit: int) -> bool:
    return g.levels[unit] == CITY or g.codes[unit] in CAPITALS


def subordinate_follows(g: Gazetteer, out: Regions, at: int, unit: int) -> bool:
    for end, name in out.hits.get(at, ()):
        for u, f in g.entries[name]:
            if u != unit and not f & ZONE and unit in g.within(u) and (end - at > 1 or f & CHAR):
                return True
    return False


def narrow(g: Gazetteer, units: Mapping[int, int], readings: list[Reading], text: str) -> tuple[dict[int, int], str]:
    """The possible units after one more name and how they came about; empty where the name fits none of them."""
    if not units:
        return _first(g, readings, text), "start"
    deeper: dict[int, int] = {}
    same: dict[int, int] = {}
    for u, f in readings:
        around = g.within(u)
        for s, sf in units.items():
            if u != s and s in around:
                deeper[u] = min(deeper.get(u, 255), f | (sf & SECOND))
            elif u == s or u in g.within(s):
                same[s] = f if u == s and sf & SECOND and not f & ZONE else sf
    if not deeper:
        return same, "same"
    # a unit that a name states exactly beats one that only an old name states, unless the context is old too
    if not same:
        return {u: f for u, f in deeper.items() if not f & OLD} or deeper, "deeper"
    if any(f & OLD for f in units.values()) and any(f & OLD for f in deeper.values()):
        return deeper, "deeper"
    exact = {u: f for u, f in deeper.items() if not f & (OLD | SHORT)}
    return (exact, "deeper") if exact else (same, "same")


def _first(g: Gazetteer, readings: list[Reading], text: str) -> dict[int, int]:
    if all(g.levels[u] == TOWN for u, _ in readings):
        # its kind may have changed since: 运河镇 is any 运河街道 too
        known = {u for u, _ in readings}
        readings = readings + [(u, SHORT) for u in g.towns_named(TOWN_KIND.sub("", text)) if u not in known]
    now: dict[int, int] = {}
    for u, f in readings:
        if not (f & OLD and u in now):
            now[u] = min(now.get(u, f), f)
    sure = [u for u, f in now.items() if not f & OLD]
    if any(g.levels[u] <= CITY and g.names[u] == text for u in sure):
        return {u: now[u] for u in sure}  # 重庆市 at the front is today's, not the city that 四川省 once had
    return {u: f for u, f in now.items() if not f & OLD or not any(u != s and g.lies_in(u, s) for s in sure)}
