"""The comparison key of a place: the same place however written has the same key.

Left out because writers leave them out: the township where a road or estate is named, the estate where a road number
stands, the floor where a room tells it. Folded: numerals, 栋/幢/号楼, 路 names' blanks, letter case.
"""

from __future__ import annotations

import re
from functools import lru_cache

from locate.address.gazetteer import TOWN_KIND
from locate.address.numbers import arabic, bare_number
from locate.address.villagehash import village_core

_ESTATE_KIND = re.compile(r"(?:住宅小区|小区|社区|花园小区)$")


_RURAL = ("镇", "乡")
_NO_SIGN = re.compile(r"[^0-9A-Za-z一-鿿]+")


@lru_cache(maxsize=16384)
def _fold(text: str | None) -> str:
    return arabic(_NO_SIGN.sub("", text)).upper() if text else ""


@lru_cache(maxsize=16384)
def _estate(text: str) -> str:
    return _ESTATE_KIND.sub("", _fold(text))


def place_key(area: str, parts: dict[str, str | None], township_known: bool) -> str:
    """``area`` is the code of the district (or what stands for it); ``parts`` the fields of an Address below it."""
    road, number = _fold(parts.get("road")), bare_number(parts.get("road_no"))
    estate = _estate(parts.get("poi") or "")
    village = village_core(parts["village"] or "") if parts.get("village") else ""
    cells = [area]
    street = bool(road) and not road[0].isdigit()  # 5组 is a part of a village
    building, unit, floor, room = (bare_number(parts.get(k)) for k in ("building", "unit", "floor", "room"))
    if street:
        cells.append(road + "/" + number)
        sub = _fold(parts.get("sub_road"))
        if sub:
            cells.append(sub + "/" + bare_number(parts.get("sub_road_no")))
    else:
        town = parts.get("township") or ""
        # an estate is known in its city; a bare name in a 镇 or 乡 (上坪村, 刘家) is one of many in its county
        if not estate or village or road or (town[-1:] in _RURAL and not (building or unit or room)):
            cells.append(TOWN_KIND.sub("", town))
        if village:
            cells.append("V" + village)
        if road or number:
            cells.append(road + "/" + number)
    if estate and not (street and number):
        cells.append("P" + estate)
        if parts.get("sub_poi"):
            cells.append(_fold(parts.get("sub_poi")))
    if building or unit or floor or room:
        floor = "" if room else floor
        cells.append(":".join((building, unit, floor, room)))
    return "|".join(cells)
