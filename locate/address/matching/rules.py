"""The rules of "one place" for two addresses' parts: what must agree, what may be missing, what forbids. Each says why.

Numbers are never fuzzy: 1502室 and 1503室 are neighbours, not a typo; they are compared as sets where they are ranges.
Names are fuzzy where they are long enough. Ambiguous or conflicting readings match only what was written the same. A
coarser address that a finer one contains is said so, and is not the same place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from locate.address.matching.number_sets import Numbers, relate
from locate.address.matching.parts import Parts

NAME_ALIKE: Final = 80.0  # rapidfuzz ratio (0..100) from which two road or estate names of three signs or more are one
SHORT_NAME: Final = 2  # names up to this length must be equal
SLIP_NEEDS: Final = 8  # signs a street text must have before one missing or wrong sign in it is taken for a slip
_TELLING: Final = frozenset("东南西北中上下前后左右内外新老大小")  # signs that tell neighbours apart where they stand
_KINDS: Final = frozenset("路街道巷弄区期段村里院门苑园城楼座")  # before these: 文三西路, 翠苑东区

_ONE_OF: Final = frozenset("甲乙丙丁")

SCORES: Final = {"text": 1.0, "key": 0.99, "parts": 0.97, "slip": 0.95, "contained": 0.6, "each lacks": 0.4, "anchor": 0.2, "names": 0.1, "no": 0.0}
"""Fixed grades by the rule that decided, for ordering pairs and telling people; not measured, and no probabilities (docs/address-matching.md)."""


class Relation(StrEnum):
    SAME = "same"
    CONTAINS = "contains"  # the first is coarser and holds the second
    WITHIN = "within"  # the first is finer and lies in the second
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Match:
    """The relation of two addresses, a score 0..1 for "same", and the reason in Chinese."""

    relation: Relation
    score: float
    why: str


_NUMBERS: Final = (("number", "门牌号"), ("sub_number", "支路门牌号"), ("building", "楼栋"), ("unit", "单元"), ("room", "房号"))
_NAMES: Final = (("road", "道路"), ("estate", "小区（单位）"), ("village", "村（社区）"))


def _no(why: str, score: str = "no") -> Match:
    return Match(Relation.DIFFERENT, SCORES[score], why)


def compare_parts(a: Parts, b: Parts) -> Match:
    """Structured comparison; symmetric but for CONTAINS and WITHIN, which mirror."""
    if a.written and a.written == b.written:
        return Match(Relation.SAME, SCORES["text"], "文字相同")
    if a.unsettled or b.unsettled:
        return _no("有一处归属不明，不作合并")
    if not _areas_fit(a.area, b.area):
        return _no("行政区不同" if a.area and b.area else "有一处未写明行政区，不作合并")
    if a.key and a.key == b.key:
        return Match(Relation.SAME, SCORES["key"], "标准键相同" + _agreed(a, b))
    if _one_slip(a.below, b.below):
        return Match(Relation.SAME, SCORES["slip"], f"号码全部一致，区县以下只差一个字（{_difference(a.below, b.below)}）")
    return _by_parts(a, b)


def _areas_fit(first: str, second: str) -> bool:
    if not first or not second:
        return False
    if first == second:
        return True
    short, long = sorted((first.rstrip("0"), second.rstrip("0")), key=len)
    return len(short) <= 4 and long.startswith(short)  # one names no district


def _by_parts(a: Parts, b: Parts) -> Match:
    coarser = finer = False
    for field, title in _NUMBERS:
        first, second = getattr(a, field), getattr(b, field)
        if first == second:
            continue
        found = relate(first, second)
        if found in (Numbers.DIFFERENT, Numbers.MEET):
            return _no(f"{title}不同（{first}、{second}）")
        if found in (Numbers.HOLDS, Numbers.WITHIN):
            coarser, finer = coarser or found is Numbers.HOLDS, finer or found is Numbers.WITHIN
        elif found is Numbers.UNKNOWN and field != "number":
            coarser, finer = coarser or bool(second), finer or bool(first)
    if a.floor != b.floor and not (a.room and b.room):
        if a.floor and b.floor:
            return _no(f"楼层不同（{a.floor}、{b.floor}）")
        coarser, finer = coarser or bool(b.floor and not a.room), finer or bool(a.floor and not b.room)
    return _by_names(a, b, coarser, finer)


def _by_names(a: Parts, b: Parts, coarser: bool, finer: bool) -> Match:
    same_road = bool(a.road and b.road) and alike(a.road, b.road)
    same_estate = bool(a.estate and b.estate) and alike(a.estate, b.estate)
    same_number = bool(a.number and b.number) and same_road
    same_village = bool(a.village) and a.village == b.village
    if a.village and b.village and not same_village:
        return _no(f"村（社区）不同（{a.village}、{b.village}）", "names")
    if a.road and b.road and not same_road:
        return _no(f"道路不同（{a.road}、{b.road}）", "names")
    if a.sub_road and b.sub_road and not alike(a.sub_road, b.sub_road):
        return _no(f"支路不同（{a.sub_road}、{b.sub_road}）", "names")
    if not same_number and a.estate and b.estate and not same_estate:
        return _no(f"小区（单位）不同（{a.estate}、{b.estate}）", "anchor")
    if a.estate_part != b.estate_part and same_estate:
        if a.estate_part and b.estate_part:
            return _no(f"小区分区或单位内部不同（{a.estate_part}、{b.estate_part}）", "anchor")
        if not same_number:
            coarser, finer = coarser or bool(b.estate_part), finer or bool(a.estate_part)
    on_a_road = same_number and not a.road[0].isdigit()  # 2组147号 is in every village
    if a.town and b.town and a.town != b.town and not (on_a_road or same_estate):
        return _no(f"乡镇街道不同（{a.town}、{b.town}）", "names")
    house = same_village and bool(a.number and b.number)
    if not (same_number or same_estate or house):
        return _no("缺少可比的道路门牌或小区", "anchor")
    anchor = "道路门牌相同" if same_number else "小区（单位）相同" if same_estate else "村及门牌相同"
    if coarser and finer:
        return _no(anchor + "，但各缺楼栋房号", "each lacks")
    if coarser:
        return Match(Relation.CONTAINS, SCORES["contained"], anchor + "，前者较粗")
    if finer:
        return Match(Relation.WITHIN, SCORES["contained"], anchor + "，后者较粗")
    return Match(Relation.SAME, SCORES["parts"], anchor + _agreed(a, b))


def _agreed(a: Parts, b: Parts) -> str:
    """What agrees and what differs in the writing, as the end of a sentence."""
    equal = [f"{title}{value}" for field, title in _NUMBERS if (value := getattr(a, field)) and value == getattr(b, field)]
    names = [f"{title}写作{x}、{y}" for field, title in _NAMES if (x := getattr(a, field)) and (y := getattr(b, field)) and x != y]
    one_side = [title for field, title in _NAMES if bool(getattr(a, field)) != bool(getattr(b, field))]
    told = (f"：{'、'.join(equal)}一致" if equal else "") + (f"；{'；'.join(names)}" if names else "")
    return told + (f"；{'、'.join(one_side)}只有一处写了" if one_side else "")


@lru_cache(maxsize=65536)
def alike(a: str, b: str) -> bool:
    """Are two names one, allowing for a slip? Never where their numbers or the signs that tell neighbours apart differ."""
    if a == b:
        return True
    if min(len(a), len(b)) <= SHORT_NAME or _marks(a) != _marks(b):
        return False
    return fuzz.ratio(a, b) >= NAME_ALIKE or (min(len(a), len(b)) >= 4 and (a in b or b in a))


def _marks(text: str) -> str:
    return "".join(ch for ch in text if ch.isdigit() or ch in "东南西北")


def _one_slip(a: str, b: str) -> bool:
    """Do two texts below the district differ by one left-out sign that is no number and tells no neighbours apart?"""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) != 1 or len(b) < SLIP_NEEDS or not any(ch.isdigit() for ch in a):
        return False
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if a[at:] != b[at + 1 :] or b[at].isascii() or b[at] in _ONE_OF:
        return False
    return not (b[at] in _TELLING and b[at + 1 : at + 2] in _KINDS)


def _difference(a: str, b: str) -> str:
    short, long = sorted((a, b), key=len)
    at = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    return f"“{long[at]}”"
