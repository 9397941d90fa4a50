"""Pairs of addresses whose relation is known, composed: same, overlapping, different.

The first text is written as a sender writes (areas, road, estate, door, remarks), the second as a list of places holds it
(a road or a crossing, a name, a building, a gate), because that is what an operator's address base is matched with. What is
true of the pair is decided before a word of it is written; the wording then hides or shows it. Nothing here is taken from
labelled pairs of others: names are of ``names.py``, divisions of ``scripts.world``, the habits are ours.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from scripts.matching.names import Names
from scripts.matching.wording import Place, as_listed, as_sent, new_place

SAME, OVERLAPPING, DIFFERENT = 2, 1, 0

MIX = ((DIFFERENT, 0.60), (OVERLAPPING, 0.32), (SAME, 0.08))
"""Of the places that a search brings up for an address, most are others: one in twelve is it."""


HALF_KNOWN = 66.0
"""rapidfuzz partial ratio from which a name is still to be seen in a line."""


@dataclass(frozen=True, slots=True)
class Pair:
    first: str
    second: str
    label: int
    how: str
    """The rule that made it, for tables of errors."""


def compose_pairs(names: Names, count: int, seed: int) -> Iterator[Pair]:
    """``count`` pairs; the same for the same names, count and seed."""
    rng = random.Random(seed)
    labels, weights = zip(*MIX, strict=True)
    while count:
        label = rng.choices(labels, weights)[0]
        place = new_place(rng, names)
        made = {SAME: _same, OVERLAPPING: _overlapping, DIFFERENT: _different}[label](rng, names, place)
        if made is None:
            continue
        query, other, how, gate = made
        first, second = as_sent(rng, names, query), as_listed(rng, names, other, gate=gate)
        if first == second or (label != DIFFERENT and not _shown(rng, query, other, first, second)):
            continue
        count -= 1
        yield Pair(first, second, label, how)


def _shown(rng: random.Random, query: Place, other: Place, first: str, second: str) -> bool:
    """Do the texts show what is true? A name that both places have must stand in both lines, but for a few slips."""
    held = [name for name in (query.estate, query.firm, query.village, query.road, query.crossing) if name]
    held = [name for name in held if name in (other.estate, other.firm, other.village, other.road, other.crossing)]
    return any(_seen(name, first) and _seen(name, second) for name in held) or (query.firm == other.firm and rng.random() < 0.3)


def _seen(name: str, text: str) -> bool:
    return fuzz.partial_ratio(name, text) >= HALF_KNOWN


_Made = tuple[Place, Place, str, bool] | None


def _other_building(rng: random.Random, building: str) -> str:
    near = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "15", "18", "21", "A", "B"} - {building}
    return rng.choice(sorted(near))


def _no_door(place: Place) -> Place:
    return replace(place, unit="", floor="", room="")


def _same(rng: random.Random, names: Names, place: Place) -> _Made:
    """The candidate is what the sender means: what is in a building may be written on one side only."""
    if place.kind == "estate":
        if place.building and rng.random() < 0.1:
            place = replace(place, building="")
        return place, replace(_no_door(place), number=place.number if rng.random() < 0.7 else ""), "same estate and building", False
    if place.kind == "number" and rng.random() < 0.35:
        return place, replace(_no_door(place), firm=new_place(rng, names, kind="firm").firm, kind="firm"), "same number, named", False
    if place.kind in ("firm", "shop"):
        return place, replace(_no_door(place), estate=place.estate if rng.random() < 0.4 else ""), "same firm", False
    return place, _no_door(place), f"same {place.kind}", False


def _overlapping(rng: random.Random, names: Names, place: Place) -> _Made:
    """One holds the other, or both stand on one ground."""
    bare = _no_door(place)
    form = rng.random()
    if place.kind == "estate":
        if form < 0.36 and place.building:
            return place, replace(bare, building=_other_building(rng, place.building)), "other building of the estate", False
        if form < 0.62 and place.building:
            return place, replace(bare, building=""), "the estate of the building", False
        if form < 0.80:
            return place, replace(bare, building="" if rng.random() < 0.8 else place.building), "a gate of the estate", True
        if form < 0.88 and not place.building:
            return place, replace(bare, building=_other_building(rng, "")), "a building of the estate", False
        if form < 0.94:
            shop = new_place(rng, names, kind="shop")
            return place, replace(bare, kind="shop", firm=shop.firm, building=""), "a shop in the estate", False
        other = replace(bare, phase=rng.choice([p for p in ("一期", "二期", "三期", "东区", "西区", "南区", "北区", "A区") if p != place.phase]), building="")
        return replace(place, phase=place.phase or "一期"), other, "other part of the estate", False
    if place.kind == "number":
        if form < 0.35:
            return place, replace(bare, number="", building=""), "the road of the number", False
        if form < 0.65:
            return place, replace(bare, number=str(max(1, int(place.number) + rng.choice((-2, -1, 1, 2, 4, -4)))), building=""), "a neighbouring number", False
        if form < 0.8 and place.building:
            return place, replace(bare, building=_other_building(rng, place.building)), "other building of the number", False
        firm = new_place(rng, names, kind="firm").firm
        return place, replace(bare, firm=firm, kind="firm", building=""), "a firm at the number", rng.random() < 0.3
    if place.kind == "lane":
        return place, replace(bare, building=_other_building(rng, place.building) if form < 0.6 else ""), "other house of the lane", form > 0.8
    if place.kind == "village":
        if form < 0.4:
            return place, replace(bare, number=str(rng.randrange(1, 200)), group=""), "other house of the village", False
        if form < 0.75:
            return place, replace(bare, number="", group="", building=""), "the village of the house", False
        return place, replace(bare, kind="shop", firm=new_place(rng, names, kind="shop").firm, number=""), "a shop in the village", False
    if place.kind == "crossing":
        return place, replace(bare, road=place.crossing if form < 0.3 else place.road, crossing="" if form < 0.6 else rng.choice(names.roads)), "one road of the crossing", False
    # firm, shop
    if form < 0.35:
        return place, replace(bare, firm=new_place(rng, names, kind=place.kind).firm), "other firm in the house", rng.random() < 0.2
    if form < 0.6:
        if not place.estate:
            return place, replace(bare, kind="number", firm=""), "the number of the firm", False
        return place, replace(bare, kind="estate", firm="", building=place.building if rng.random() < 0.4 else ""), "the estate of the firm", rng.random() < 0.3
    if form < 0.85:
        return place, bare, "a gate of the firm", True
    return place, replace(bare, firm=new_place(rng, names, kind=place.kind).firm, number=str(max(1, int(place.number or 5) + rng.choice((-3, -2, 2, 3)))), estate=""), "neighbouring firm", False


def _different(rng: random.Random, names: Names, place: Place) -> _Made:
    """What a text search brings up and is another place."""
    other = new_place(rng, names)
    form = rng.random()
    if form < 0.16:  # the same name in another place of the country
        building = place.building if rng.random() < 0.3 else other.building if rng.random() < 0.3 else ""
        other = replace(_no_door(place), area=other.area, road=other.road, number=other.number, crossing=other.crossing, town=other.town, building=building, far=True)
        if place.kind in ("number", "lane", "crossing"):
            other = replace(other, road=place.road, estate=new_place(rng, names, kind="estate").estate, kind="estate")
        return place, other, "same name elsewhere", rng.random() < 0.15
    if form < 0.56:  # a name that looks like it, often with the same numbers
        base = place.estate or place.firm[:4] or place.village or place.road
        name = names.lookalike(rng, base)
        if name is None:
            return None
        other = replace(other, kind="estate", estate=name, area=place.area if rng.random() < 0.4 else other.area, building=place.building if rng.random() < 0.5 else other.building, phase="")
        if name[-1] in "路街巷道":
            other = replace(other, kind="number", road=name, number=place.number or other.number, estate="", building=place.building)
        elif name[-1] == "村":
            other = replace(other, kind="village", village=name, number=place.number if rng.random() < 0.4 else "", building="", estate="")
        return place, other, "look-alike name", rng.random() < 0.15
    if form < 0.66 and place.road:  # the same road, far along it
        number = str(int(place.number or 20) + rng.choice((60, 130, 250, 420)))
        return place, replace(other, area=place.area, town=place.town, kind="firm" if rng.random() < 0.5 else "estate", road=place.road, number=number, firm=other.firm or new_place(rng, names, kind="firm").firm, estate=other.estate or rng.choice(names.estates)), "far along the road", False
    if form < 0.76 and place.road:  # the same number on a road with a like name
        road = names.lookalike(rng, place.road)
        if road is None or road[-1] not in "路街巷道":
            return None
        return place, replace(other, kind=place.kind, road=road, number=place.number, building=place.building, estate=other.estate or rng.choice(names.estates), village=other.village, firm=other.firm or "", crossing=other.crossing or rng.choice(names.roads)), "same number, other road", False
    if form < 0.90:  # the same district or town and nothing else
        kept = replace(other, area=place.area, town=place.town)
        return place, kept, "other place of the town", rng.random() < 0.1
    if place.kind in ("firm", "shop"):  # another branch, or a firm of the same trade
        firm = place.firm if place.kind == "shop" else new_place(rng, names, kind="firm").firm[:4] + place.firm[4:]
        return place, replace(other, kind=place.kind, firm=firm, area=place.area), "other branch or like firm", False
    return place, other, "unrelated", False
