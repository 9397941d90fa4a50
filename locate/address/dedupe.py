"""Which of several addresses are one place: by key, else by comparing parsed parts, fuzzy only where a part is a name.

Numbers are never fuzzy: 1502室 and 1503室 are neighbours, not a typo. Ambiguous or conflicting readings match only
what was written the same. A coarser address that a finer one contains is said so, and is not the same place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from locate.address.gazetteer import TOWN_KIND
from locate.address.model import Address, Issue
from locate.address.normalise import normalise
from locate.address.numbers import arabic, bare_number
from locate.address.villagehash import village_core

NAME_ALIKE = 80.0  # rapidfuzz ratio (0..100) from which two road or estate names of three signs or more are one
SHORT_NAME = 2  # names up to this length must be equal


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


@dataclass(frozen=True, slots=True)
class Group:
    """Indices (into the input) of addresses that are one place, first is the fullest; a reason for each further one."""

    members: tuple[int, ...]
    reasons: tuple[str, ...]


_NUMBERS = (("road_no", "门牌号"), ("sub_road_no", "支路门牌号"), ("building", "楼栋"), ("unit", "单元"), ("room", "房号"))


def _written(text: str) -> str:
    return "".join(ch for ch in normalise(text).form if ch.isalnum())


def _unsettled(a: Address) -> bool:
    return Issue.AMBIGUOUS in a.issues or Issue.CONFLICT in a.issues


def _name(text: str | None) -> str:
    return arabic(text or "").upper()


def _alike(a: str, b: str) -> bool:
    if a == b:
        return True
    if min(len(a), len(b)) <= SHORT_NAME or _digits(a) != _digits(b):
        return False
    return fuzz.ratio(a, b) >= NAME_ALIKE or (min(len(a), len(b)) >= 4 and (a in b or b in a))


def _digits(text: str) -> str:
    return "".join(ch for ch in text if ch.isdigit() or ch in "东南西北")


def _areas_fit(a: Address, b: Address) -> bool:
    first, second = (a.adcode or "")[:6], (b.adcode or "")[:6]
    if not first or not second:
        return False
    if first == second:
        return True
    short, long = sorted((first.rstrip("0"), second.rstrip("0")), key=len)
    return len(short) <= 4 and long.startswith(short)  # one names no district


def compare(a: Address, b: Address) -> Match:
    """Structured comparison; symmetric but for CONTAINS and WITHIN, which mirror."""
    if _written(a.raw) == _written(b.raw) and a.raw:
        return Match(Relation.SAME, 1.0, "文字相同")
    if _unsettled(a) or _unsettled(b):
        return Match(Relation.DIFFERENT, 0.0, "有一处归属不明，不作合并")
    if not _areas_fit(a, b):
        return Match(Relation.DIFFERENT, 0.0, "行政区不同")
    if a.key and a.key == b.key:
        return Match(Relation.SAME, 0.99, "标准键相同")
    coarser = finer = False
    for field, title in _NUMBERS:
        first, second = bare_number(getattr(a, field)), bare_number(getattr(b, field))
        if first and second and first != second:
            return Match(Relation.DIFFERENT, 0.0, f"{title}不同")
        if field != "road_no":
            coarser, finer = coarser or bool(second and not first), finer or bool(first and not second)
    return _names(a, b, coarser, finer)


def _names(a: Address, b: Address, coarser: bool, finer: bool) -> Match:
    road_a, road_b, estate_a, estate_b = _name(a.road), _name(b.road), _name(a.poi), _name(b.poi)
    same_road = bool(road_a and road_b and _alike(road_a, road_b))
    same_estate = bool(estate_a and estate_b and _alike(estate_a, estate_b))
    same_number = bool(a.road_no and b.road_no) and same_road
    village_a, village_b = village_core(a.village or ""), village_core(b.village or "")
    same_village = bool(village_a and village_a == village_b)
    if village_a and village_b and not same_village:
        return Match(Relation.DIFFERENT, 0.1, "村（社区）不同")
    if road_a and road_b and not same_road:
        return Match(Relation.DIFFERENT, 0.1, "道路不同")
    if not same_number and estate_a and estate_b and not same_estate:
        return Match(Relation.DIFFERENT, 0.2, "小区（单位）不同")
    town_a, town_b = TOWN_KIND.sub("", a.township or ""), TOWN_KIND.sub("", b.township or "")
    if town_a and town_b and town_a != town_b and not (same_number or same_estate):
        return Match(Relation.DIFFERENT, 0.1, "乡镇街道不同")
    if not (same_number or same_estate or (same_village and a.road_no and b.road_no)):
        return Match(Relation.DIFFERENT, 0.2, "缺少可比的道路门牌或小区")
    anchor = "道路门牌相同" if same_number else "小区（单位）相同" if same_estate else "村及门牌相同"
    if coarser and finer:
        return Match(Relation.DIFFERENT, 0.4, anchor + "，但各缺楼栋房号")
    if coarser:
        return Match(Relation.CONTAINS, 0.6, anchor + "，前者较粗")
    if finer:
        return Match(Relation.WITHIN, 0.6, anchor + "，后者较粗")
    return Match(Relation.SAME, 0.93, anchor + "，楼栋单元房号一致")


def same_place(a: Address, b: Address) -> bool:
    """One place, as far as the texts tell."""
    return compare(a, b).relation is Relation.SAME


def _block(a: Address) -> tuple[str, ...]:
    """Addresses that can be the same by comparison share this: city and the numbers that are never fuzzy."""
    return ((a.adcode or "?")[:4], *(bare_number(getattr(a, f)) for f in ("building", "unit", "room")))


def _fullness(a: Address) -> tuple[float, int]:
    return a.confidence, len(a.canonical)


def dedupe(addresses: Sequence[Address]) -> list[Group]:
    """All addresses in groups of one place each, in order of first appearance. Linear in blocks, compared within them."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    parent = list(range(len(addresses)))
    reasons: dict[int, str] = {}

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    by_text: dict[str, int] = {}
    for i, address in enumerate(addresses):
        text = _written(address.raw)
        if text and text in by_text:
            parent[i] = root(by_text[text])
            reasons[i] = "文字相同"
            continue
        by_text.setdefault(text, i)
        block = blocks[_block(address)]
        for j in block:
            match = compare(addresses[j], address)
            if match.relation is Relation.SAME:
                parent[i] = root(j)
                reasons[i] = match.why
                break
        block.append(i)
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(len(addresses)):
        groups[root(i)].append(i)
    out = []
    for members in groups.values():
        best = max(members, key=lambda i: _fullness(addresses[i]))
        rest = [m for m in members if m != best]
        out.append(Group((best, *rest), tuple(reasons.get(m) or reasons.get(best, "") for m in rest)))
    return out
