"""What speaks for and against two lines meaning one place, as numbers: the features of the score. Symmetric in its sides.

Each group of features is a function with its names beside it; FEATURES is their order. Similar names count by rare signs
(rarity.py), numbers by equality only. Not for deciding alone: the weights are learned (likeness.py).
"""

from __future__ import annotations

from math import log1p
from typing import Final

from rapidfuzz import fuzz

from locate.address.matching import naming
from locate.address.matching.lines import ABOUT, Line, is_building
from locate.address.matching.naming import name_likeness
from locate.address.matching.number_sets import Numbers, relate

NOTHING, ONE_SIDE, DIFFERS, AGREES, MEETS = range(5)
FAR: Final = log1p(99)

_AREAS: Final = ("district", "city", "town")
_ROADS: Final = ("road", "roads_written", "road_in_other", "house_number", "house_distance")
_DOORS: Final = ("building", "unit", "floor", "room", "shared_numbers", "numbers_min")
_NUMBERED: Final = ("same_building_name", "same_house_name", "other_building_name", "other_house_name", "buildings_here", "buildings_there", "building_in_other")
_LISTS: Final = ("numbers_only_here", "numbers_only_there", "numbers_of_both", "last_number_there", "last_number_here")
_SIDES: Final = (*(f"{name}_here" for name in ABOUT), *(f"{name}_there" for name in ABOUT))
FEATURES: Final = (*_AREAS, *_ROADS, *_DOORS, *_NUMBERED, *_LISTS, *naming.FEATURES, *_SIDES)


def evidence(a: Line, b: Line) -> list[float]:
    """The features of a pair, in the order of FEATURES. "Here" is the longer line, so the order of the sides plays no part."""
    if (len(b.whole), b.whole) > (len(a.whole), a.whole):
        a, b = b, a
    return [*_areas(a, b), *_roads(a, b), *_doors(a, b), *_numbered(a, b), *_lists(a, b), *naming.evidence(a, b), *a.about, *b.about]


def _state(first: str, second: str) -> float:
    if not first and not second:
        return NOTHING
    if not first or not second:
        return ONE_SIDE
    return AGREES if first == second else DIFFERS


def _number_state(first: str, second: str) -> float:
    if first == second:
        return AGREES if first else NOTHING
    if not first or not second:
        return ONE_SIDE
    found = relate(first, second)
    return AGREES if found is Numbers.EQUAL else DIFFERS if found is Numbers.DIFFERENT else MEETS


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
    written = float(bool(a.roads) + bool(b.roads))
    if not a.numbers or not b.numbers:
        return best, written, float(inside), ONE_SIDE if a.numbers or b.numbers else NOTHING, FAR
    states = [_number_state(x, y) for x in a.numbers for y in b.numbers]
    agreed = AGREES if AGREES in states else max(states)
    apart = [abs(int(x) - int(y)) for x in a.numbers if x.isdigit() for y in b.numbers if y.isdigit()]
    return best, written, float(inside), agreed, log1p(min(apart)) if apart else FAR


def _doors(a: Line, b: Line) -> tuple[float, ...]:
    shared = len(a.all_numbers & b.all_numbers)
    states = [_number_state(x, y) for x, y in zip(a.doors, b.doors, strict=True)]
    return *states, shared, min(len(a.all_numbers), len(b.all_numbers))


def _numbered(a: Line, b: Line) -> tuple[float, ...]:
    """The best likeness of the names before equal numbers, and before different ones: for buildings and for houses."""
    same_building = same_house = other_building = other_house = 0.0
    for name, number, counted in a.numbered:
        for other, second, second_counted in b.numbered:
            if number != second and counted != second_counted:
                continue
            like = name_likeness(name, other)
            if number == second:
                if is_building(counted) or is_building(second_counted):
                    same_building = max(same_building, like)
                if not (is_building(counted) and is_building(second_counted)):
                    same_house = max(same_house, like)
            elif like > 0.5:
                if is_building(counted):
                    other_building = max(other_building, like)
                else:
                    other_house = max(other_house, like)
    first, second_ = a.buildings, b.buildings
    seen = float(bool(first & b.all_numbers or second_ & a.all_numbers)) if first or second_ else 0.5
    return same_building, same_house, other_building, other_house, float(bool(first)), float(bool(second_)), seen


def _lists(a: Line, b: Line) -> tuple[float, ...]:
    here, there = a.core_numbers, b.core_numbers
    both = len(here & there)
    return float(len(here) - both), float(len(there) - both), float(both), float(a.last_number in there), float(b.last_number in here)
