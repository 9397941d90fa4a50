"""The administrative verdict in names and codes: what all possible units have in common, and what stays open."""

from __future__ import annotations

from dataclasses import dataclass

from locate.address.gazetteer import CITY, DISTRICT, PROVINCE, TOWN, Gazetteer
from locate.address.region_state import Regions

CAPITALS = frozenset(("北京市", "天津市", "上海市", "重庆市"))  # provinces that are their own city


@dataclass(slots=True)
class Areas:
    """Standard names as far as they are settled; ``district`` and ``town`` also where only whose they are is open."""

    province: str | None = None
    city: str | None = None
    district: str | None = None
    town: str | None = None
    town_written: str | None = None  # a township that became a county-level unit itself: 龙港镇
    unit: int = -1  # the deepest unit that is settled
    code: str | None = None

    @property
    def known(self) -> bool:
        return self.unit >= 0


def areas_of(g: Gazetteer, r: Regions) -> Areas:
    if len(r.units) == 1:
        [unit] = r.units
        out = areas_of_unit(g, unit)
    else:
        out = Areas()
        if r.units:
            _settled(g, r, out)
    out.town = r.town_text or out.town
    out.district = out.district or r.odd_district
    if out.town is None:
        for p in r.pieces:
            if p.level == TOWN and not p.redundant:
                out.town_written = p.name
                break
    return out


def areas_of_unit(g: Gazetteer, unit: int) -> Areas:
    """The names and code of one unit and all above it."""
    known = g.named.get(unit)
    if known is None:
        out = Areas()
        for at in [*g.chain(unit)][::-1]:
            _name(g, at, out)
        known = g.named[unit] = (out.province, out.city, out.district, out.town, g.codes[unit] or None)
    province, city, district, town, code = known
    return Areas(province, city, district, town, None, unit, code)


def _settled(g: Gazetteer, r: Regions, out: Areas) -> None:
    """What all possible units have in common."""
    common = _common([[*g.chain(unit)][::-1] for unit in r.units])
    _name_what_is_written(g, r, out)
    for unit in common:
        _name(g, unit, out)
    if common:
        out.unit = common[-1]
        out.code = g.codes[out.unit] or None


def _common(chains: list[list[int]]) -> list[int]:
    common: list[int] = []
    for same_level in zip(*chains, strict=False):
        if len(set(same_level)) > 1:
            break
        common.append(same_level[0])
    return common


def _name_what_is_written(g: Gazetteer, r: Regions, out: Areas) -> None:
    """鼓楼区 alone: the district's name stands there, only whose it is stays open."""
    names = {g.names[u] for u in r.units}
    levels = {g.levels[u] for u in r.units}
    one = next(iter(names)) if len(names) == 1 and len(levels) == 1 else None
    written = [p.name for p in r.pieces if p.level == DISTRICT and not p.redundant]
    out.town = one if levels == {TOWN} else None
    out.district = one if one and levels == {DISTRICT} else written[-1] if written else None


def _name(g: Gazetteer, unit: int, out: Areas) -> None:
    level, name = g.levels[unit], g.names[unit]
    if level == PROVINCE:
        out.province = name
        out.city = name if name in CAPITALS else None
    elif level == CITY:
        homes = g.successor_home.get(unit, frozenset())  # of a dead city: where its districts lie today
        out.city = name if g.codes[unit] else g.names[next(iter(homes))] if len(homes) == 1 else None
    elif level == DISTRICT:
        out.district = name
    else:
        out.town = name
