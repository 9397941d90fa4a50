"""What speaks for and against two lines meaning one place, as numbers: the features of the score. Symmetric in its sides.

Each group of features is a function with its names beside it; FEATURES is their order. Similar names count by rare signs
(rarity.py), numbers by equality only. Not for deciding alone: the weights are learned (likeness.py).
"""

from __future__ import annotations

import itertools
from functools import lru_cache
from math import log1p
from os.path import commonpath
from typing import Final

from rapidfuzz import fuzz

from locate.address.matching.lines import Line, bare_name, is_building
from locate.address.matching.number_sets import Numbers, relate
from locate.address.matching.rarity import pairs, rarity, weight

NOTHING, ONE_SIDE, DIFFERS, AGREES, MEETS = range(5)

_AREAS: Final = ("district", "city", "town")
_ROADS: Final = ("road", "roads_written", "road_in_other", "house_number", "house_distance")
_DOORS: Final = ("building", "unit", "floor", "room", "shared_numbers", "numbers_min")
_NUMBERED: Final = ("same_building_name", "same_house_name", "other_building_name", "other_house_name", "buildings", "houses", "building_in_other")
_NAMES: Final = ("name", "name_partly", "names_written", "name_inside_min", "name_inside_max", "plain", "plain_last", "plain_last_min", "plain_last_max", "firm")
_SIGNS: Final = ("cover_min", "cover_max", "cover_weight", "core_min", "core_max", "core_left_min", "core_left_max", "signs_min", "signs_max", "tail_min", "tail_max", "run")
_TEXTS: Final = ("ratio", "below_ratio", "below_partial", "core_ratio", "core_partial", "core_equal", "core_end", "core_start", "same_end")
_LIST: Final = ("gates", "near", "length_min", "length_max")
FEATURES: Final = (*_AREAS, *_ROADS, *_DOORS, *_NUMBERED, *_NAMES, *_SIGNS, *_TEXTS, *_LIST)


def evidence(a: Line, b: Line) -> list[float]:
    """The features of a pair, in the order of FEATURES."""
    return [*_areas(a, b), *_roads(a, b), *_doors(a, b), *_numbered(a, b), *_names(a, b), *_signs(a, b), *_texts(a, b), *_list(a, b)]


def _state(first: str, second: str) -> float:
    if not first and not second:
        return NOTHING
    if not first or not second:
        return ONE_SIDE
    return AGREES if first == second else DIFFERS


def _number_state(first: str, second: str) -> float:
    found = relate(first, second)
    if found is Numbers.UNKNOWN:
        return _state(first, second)
    return {Numbers.EQUAL: AGREES, Numbers.DIFFERENT: DIFFERS}.get(found, MEETS)


def _areas(a: Line, b: Line) -> tuple[float, ...]:
    if not a.area or not b.area:
        return 0.0, 0.0, _state(a.town, b.town)
    short, long = sorted((a.area.rstrip("0"), b.area.rstrip("0")), key=len)
    district = 2.0 if long.startswith(short) else 1.0
    return district, 2.0 if long[:4].startswith(short[:4]) else 1.0, _state(a.town, b.town)


def _roads(a: Line, b: Line) -> tuple[float, ...]:
    best = 0.0
    for r in a.roads:
        for s in b.roads:
            best = max(best, 1.0 if r == s else 0.9 if r.endswith(s) or s.endswith(r) else fuzz.ratio(r, s) / 100 * 0.9)
    inside = any(len(r) > 2 and r in b.whole for r in a.roads) or any(len(r) > 2 and r in a.whole for r in b.roads)
    states = [_number_state(x, y) for x in a.numbers or ("",) for y in b.numbers or ("",)]
    agreed = AGREES if AGREES in states else max(states)
    apart = [abs(int(x) - int(y)) for x in a.numbers if x.isdigit() for y in b.numbers if y.isdigit()]
    return best, float(bool(a.roads) + bool(b.roads)), float(inside), agreed, log1p(min(apart, default=99))


def _doors(a: Line, b: Line) -> tuple[float, ...]:
    shared = len(a.all_numbers & b.all_numbers)
    states = [_number_state(x, y) for x, y in zip(a.doors, b.doors, strict=True)]
    return *states, shared, min(len(a.all_numbers), len(b.all_numbers))


def _numbered(a: Line, b: Line) -> tuple[float, ...]:
    """The best likeness of the names before equal numbers, and before different ones: for buildings and for houses."""
    same_building = same_house = other_building = other_house = 0.0
    for name, number, counted in a.numbered:
        for other, second, second_counted in b.numbered:
            like = name_likeness(name, other)
            if number == second:
                if is_building(counted) or is_building(second_counted):
                    same_building = max(same_building, like)
                if not (is_building(counted) and is_building(second_counted)):
                    same_house = max(same_house, like)
            elif counted == second_counted and like > 0.5:
                if is_building(counted):
                    other_building = max(other_building, like)
                else:
                    other_house = max(other_house, like)
    buildings = [any(is_building(c) for _, _, c in side.numbered) for side in (a, b)]
    houses = [any(not is_building(c) for _, _, c in side.numbered) for side in (a, b)]
    first = {n for _, n, c in a.numbered if is_building(c)} | {a.doors[0]} - {""}
    second_ = {n for _, n, c in b.numbered if is_building(c)} | {b.doors[0]} - {""}
    seen = float(bool(first & b.all_numbers or second_ & a.all_numbers)) if first or second_ else 0.5
    return same_building, same_house, other_building, other_house, float(sum(buildings)), float(sum(houses)), seen


def _names(a: Line, b: Line) -> tuple[float, ...]:
    best = partly = 0.0
    for n in a.names:
        for m in b.names:
            best = max(best, 1.0 if n == m else fuzz.ratio(n, m) / 100)
            partly = max(partly, fuzz.partial_ratio(n, m) / 100 * min(1.0, min(len(n), len(m)) / 4))
    inside = sorted((_longest_inside(a.names, b.below), _longest_inside(b.names, a.below)))
    plain = max((name_likeness(n, m) * min(1.0, min(len(n), len(m)) / 3) for n in a.plain for m in b.plain), default=0.0)
    last_a, last_b = a.plain[-1] if a.plain else "", b.plain[-1] if b.plain else ""
    lasts = sorted((max((name_likeness(last_a, m) for m in b.plain), default=0.0), max((name_likeness(last_b, n) for n in a.plain), default=0.0)))
    firm = max((fuzz.ratio(n, m) for n in a.firms for m in b.firms), default=0.0)
    return best, partly, float(bool(a.names) + bool(b.names)), *inside, plain, name_likeness(last_a, last_b), *lasts, firm


def _longest_inside(names: tuple[str, ...], text: str) -> float:
    return float(max((min(len(n), 8) for n in names if len(n) > 1 and n in text), default=0))


def _covered(text: str, other: frozenset[str]) -> float:
    own = pairs(text)
    total = weight(own)
    return weight(own & other) / total if total else 0.0


def _signs(a: Line, b: Line) -> tuple[float, ...]:
    both, core = weight(a.pairs & b.pairs), weight(a.core_pairs & b.core_pairs)
    light, heavy = sorted((a.weight, b.weight))
    core_light, core_heavy = sorted((a.core_weight, b.core_weight))
    signs = sorted((_covered(a.signs, pairs(b.signs)), _covered(b.signs, pairs(a.signs))))
    tails = sorted((_covered(bare_name(a.tail), b.pairs), _covered(bare_name(b.tail), a.pairs)))
    run = min(_heaviest_run(a.signs, b.signs), _heaviest_run(b.signs, a.signs))
    return (
        both / max(heavy, 1e-6), both / max(light, 1e-6), both, core / max(core_heavy, 1e-6), core / max(core_light, 1e-6),
        core_light - core, core_heavy - core, *signs, *tails, run,
    )  # fmt: skip


def _heaviest_run(text: str, other: str) -> float:
    """The weight of the heaviest run of pairs of ``text`` that ``other`` has too: a shared name, however it is cut."""
    known = pairs(other)
    best = run = 0.0
    for pair in map("".join, itertools.pairwise(text)):
        run = run + rarity(pair) if pair in known else 0.0
        best = max(best, run)
    return best


def _texts(a: Line, b: Line) -> tuple[float, ...]:
    short, long = sorted((a.core, b.core), key=len)
    equal = 0.0
    if short == long:
        equal = 3.0
    elif len(short) > 3 and short in long:
        equal = 2.0 if long.endswith(short) else 1.0
    length = max(len(short), 1)
    return (
        fuzz.ratio(a.whole, b.whole), fuzz.ratio(a.below, b.below), fuzz.partial_ratio(a.below, b.below), fuzz.ratio(short, long),
        fuzz.partial_ratio(short, long), equal, len(commonpath([short[::-1], long[::-1]])) / length, len(commonpath([short, long])) / length,
        float(a.below[-3:] == b.below[-3:]),
    )  # fmt: skip


def _list(a: Line, b: Line) -> tuple[float, ...]:
    lengths = sorted((len(a.below), len(b.below)))
    return float(a.gate + b.gate), float(a.near + b.near), float(lengths[0]), float(lengths[1])


@lru_cache(maxsize=1 << 16)
def name_likeness(a: str, b: str) -> float:
    """0..1; 1 where equal, above 0.75 where one holds the other, else by rare shared signs and the spelling."""
    if not a or not b:
        return 0.15
    if a == b:
        return 1.0
    short, long = sorted((a, b), key=lambda name: (len(name), name))
    if short in long:
        return 0.75 + 0.2 * len(short) / len(long) if len(short) > 1 else 0.4
    first, second = pairs(a), pairs(b)
    shared = weight(first & second) / max(0.1, min(weight(first), weight(second)))
    return 0.35 * shared + fuzz.ratio(short, long) / 200
