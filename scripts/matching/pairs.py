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
from scripts.matching.wording import Place, as_listed, as_sent, new_firm, new_name, new_place

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
    labels, weights = [label for label, _ in MIX], [weight for _, weight in MIX]
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


def _elsewhere_on_its_ground(rng: random.Random, names: Names, place: Place) -> Place:
    """An estate, school or works has several gates and roads: the list may know it by another, or by none."""
    form = rng.random()
    if form < 0.34 and place.road:
        return replace(place, road=rng.choice(names.roads), number=str(rng.randrange(1, 400)))
    return replace(place, number="") if form < 0.44 and place.kind == "estate" else place


def _same(rng: random.Random, names: Names, place: Place) -> _Made:
    """The candidate is what the sender means: what is in a building may be written on one side only."""
    bare = _no_door(place)
    if place.kind == "estate":
        listed = _elsewhere_on_its_ground(rng, names, bare)
        if place.firm:  # the occupant is another name of the building, or is not in the list
            return place, replace(listed, firm=place.firm if rng.random() < 0.5 else ""), "same building, an occupant", False
        occupant = new_firm(rng, names, place.area, "shop") if rng.random() < 0.06 else ""
        return place, replace(listed, firm=occupant), "same estate and building", False
    if place.kind == "number":
        if not place.firm and rng.random() < 0.35:
            named = rng.choice(("firm", "shop", "estate"))
            if named == "estate":
                return place, replace(bare, estate=new_name(rng, names), kind="estate"), "same number, the building's name", False
            return place, replace(bare, firm=new_firm(rng, names, place.area, named)), "same number, named", False
        return place, replace(bare, firm=place.firm if rng.random() < 0.6 else ""), "same number", False
    if place.kind in ("firm", "shop"):
        listed = _elsewhere_on_its_ground(rng, names, bare)
        return place, replace(listed, estate=place.estate if rng.random() < 0.4 else "", village="" if rng.random() < 0.5 else place.village), "same firm", False
    if place.kind == "crossing" and rng.random() < 0.5:
        return place, replace(bare, road=place.crossing, crossing=place.road), "same crossing", False
    return place, bare, f"same {place.kind}", False


def _overlapping(rng: random.Random, names: Names, place: Place) -> _Made:
    """One holds the other, or both stand on one ground."""
    bare = replace(_no_door(place), firm="")
    form = rng.random()
    if place.village and place.kind != "village" and form < 0.3:
        return place, Place("village", place.area, place.town, village=place.village), "the village of the place", False
    if place.kind == "estate":
        listed = _elsewhere_on_its_ground(rng, names, bare)
        form = rng.random()
        shop = new_firm(rng, names, place.area, rng.choice(("shop", "firm")))
        if form < 0.30 and place.building:
            return place, replace(listed, building=_other_building(rng, place.building)), "other building of the estate", False
        if form < 0.52 and place.building:
            return place, replace(listed, building=""), "the estate of the building", False
        if form < 0.68:
            return place, replace(listed, building="" if rng.random() < 0.8 else place.building), "a gate of the estate", True
        if form < 0.73 and not place.building:
            return place, replace(listed, building=_other_building(rng, "")), "a building of the estate", False
        if form < 0.83:
            building = place.building if place.firm and rng.random() < 0.4 else _other_building(rng, "") if rng.random() < 0.4 else ""
            return place, replace(listed, firm=shop, building=building), "another in the estate", False
        if form < 0.91:
            return place, replace(bare, kind="number", estate="", phase="", building="", number=place.number if rng.random() < 0.3 else ""), "the road of the estate", False
        if form < 0.95:  # a phase, a sister estate: the same stem and another end
            stem = place.estate[: max(2, len(place.estate) - 2)]
            return place, replace(listed, estate=stem + rng.choice(names.estates)[-2:], building="" if rng.random() < 0.6 else place.building), "sister estate", False
        other = replace(listed, phase=rng.choice([p for p in ("一期", "二期", "三期", "东区", "西区", "南区", "北区", "A区") if p != place.phase]), building="")
        return replace(place, phase=place.phase or "一期"), other, "other part of the estate", False
    if place.kind == "number":
        if form < 0.30:
            return place, replace(bare, number="", building=""), "the road of the number", False
        if form < 0.5:
            return place, replace(bare, number=_neighbour(rng, place.number), building=""), "a neighbouring number", False
        if form < 0.6 and place.building:
            return place, replace(bare, building=_other_building(rng, place.building)), "other building of the number", False
        if form < 0.72:
            listed = replace(bare, number=_neighbour(rng, place.number), building="", firm=new_firm(rng, names, place.area, "shop"))
            return place, listed, "a neighbour by name", False
        if form < 0.78:
            return place, replace(bare, building="", estate=new_name(rng, names), kind="estate"), "an estate at the number", rng.random() < 0.5
        firm = new_firm(rng, names, place.area, rng.choice(("firm", "firm", "shop")))
        return place, replace(bare, firm=firm, kind="firm", building=""), "a firm at the number", rng.random() < 0.3
    if place.kind == "lane":
        return place, replace(bare, building=_other_building(rng, place.building) if form < 0.6 else ""), "other house of the lane", form > 0.8
    if place.kind == "village":
        if form < 0.3:
            return place, replace(bare, number=str(rng.randrange(1, 200)), group=""), "other house of the village", False
        if form < 0.75:
            return place, replace(bare, road="", number="", group="", building=""), "the village of the house", False
        return place, replace(bare, firm=new_firm(rng, names, place.area, "shop"), number="", group=""), "a shop in the village", False
    if place.kind == "crossing":
        return place, replace(bare, road=place.crossing if form < 0.3 else place.road, crossing="" if form < 0.6 else rng.choice(names.roads)), "one road of the crossing", False
    # firm, shop
    listed = _elsewhere_on_its_ground(rng, names, bare)
    if form < 0.3:
        return place, replace(bare, firm=new_firm(rng, names, place.area, place.kind)), "other firm in the house", rng.random() < 0.2
    if form < 0.62:
        if not place.estate:
            return place, replace(bare, kind="number"), "the number of the firm", False
        return place, replace(listed, kind="estate", building=place.building if rng.random() < 0.4 else ""), "the estate of the firm", rng.random() < 0.3
    if form < 0.82:
        end = rng.choice(("", "", "宿舍", "宿舍楼", "招聘中心", "仓库", "分公司"))
        return place, replace(listed, firm=place.firm + end), "a gate of the firm", not end
    if form < 0.88:
        return place, replace(bare, kind="number", number="", estate="", building=""), "the road of the firm", False
    number = _neighbour(rng, place.number or "5")
    return place, replace(bare, firm=new_firm(rng, names, place.area, place.kind), number=number, estate=""), "neighbouring firm", False


def _neighbour(rng: random.Random, number: str) -> str:
    return str(max(1, int(number) + rng.choice((-6, -4, -3, -2, -1, 1, 2, 4, 5, 8))))


def _different(rng: random.Random, names: Names, place: Place) -> _Made:
    """What a text search brings up and is another place."""
    other = new_place(rng, names)
    if rng.random() < 0.8:
        other = replace(other, firm=other.firm if other.kind in ("firm", "shop") else "", village=other.village if other.kind == "village" else "")
    if rng.random() < 0.5:  # what is asked for is searched in its own district first
        other = replace(other, area=place.area, town=place.town if rng.random() < 0.2 else rng.choice(place.area.townships))
    form = rng.random()
    if form < 0.08:  # the same name in another place of the country
        building = place.building if rng.random() < 0.3 else other.building if rng.random() < 0.3 else ""
        away = new_place(rng, names)
        other = replace(_no_door(place), area=away.area, road=away.road, number=away.number, crossing=away.crossing, town=away.town, building=building, far=True)
        if place.kind in ("number", "lane", "crossing"):
            other = replace(other, road=place.road, estate=new_name(rng, names), kind="estate")
        return place, other, "same name elsewhere", rng.random() < 0.15
    if form < 0.66:  # a name that looks like it, often with the same numbers
        return _lookalike(rng, names, place, other)
    if form < 0.72 and place.road:  # the same road, far along it, or where it meets another
        if rng.random() < 0.5:
            met = replace(other, area=place.area, town=place.town, kind="crossing", road=place.road, crossing=rng.choice(names.roads))
            return place, replace(met, road=met.crossing, crossing=met.road) if rng.random() < 0.5 else met, "a crossing of the road", False
        number = str(int(place.number or 20) + rng.choice((60, 130, 250, 420)))
        kind = rng.choice(("firm", "estate"))
        firm, estate = other.firm or new_firm(rng, names, place.area, "firm"), other.estate or new_name(rng, names)
        far = replace(other, area=place.area, town=place.town, kind=kind, road=place.road, number=number, firm=firm if kind == "firm" else "", estate=estate)
        return place, far, "far along the road", False
    if form < 0.84 and place.road:  # the same number on a road with a like name
        road = names.lookalike(rng, place.road)
        if road is None or road[-1] not in "路街巷道":
            return None
        kept = replace(other, kind=place.kind, road=road, number=place.number if rng.random() < 0.6 else other.number, building=place.building)
        estate, crossing = other.estate or new_name(rng, names), other.crossing or rng.choice(names.roads)
        firm = other.firm if place.kind not in ("firm", "shop") else new_firm(rng, names, other.area, place.kind)
        return place, replace(kept, estate=estate, village=other.village or rng.choice(names.villages), crossing=crossing, firm=firm), "same number, other road", False
    if form < 0.89:  # the same district or town and nothing else
        return place, replace(other, area=place.area, town=place.town), "other place of the town", rng.random() < 0.1
    if place.firm:  # another branch, or a firm of the same trade
        return place, _like_firm(rng, names, place, other), "other branch or like firm", False
    return _lookalike(rng, names, place, other) if rng.random() < 0.7 else (place, other, "unrelated", False)


def _like_firm(rng: random.Random, names: Names, place: Place, other: Place) -> Place:
    """A firm whose name has the city, the trade or a sign in common; or the same shop in another place."""
    firm = place.firm
    if place.kind != "shop" or rng.random() < 0.5:
        at = rng.randrange(max(1, len(firm) - 3))
        firm = firm[:at] + new_firm(rng, names, place.area, "firm")[2:4] + firm[at + 2 :]
        firm = firm if rng.random() < 0.6 else new_firm(rng, names, place.area, "firm")[:4] + firm[4:]
    return replace(other, kind="firm" if place.kind == "estate" else place.kind, firm=firm, area=place.area, road=place.road if rng.random() < 0.1 else other.road or rng.choice(names.roads))


def _lookalike(rng: random.Random, names: Names, place: Place, other: Place) -> _Made:
    base = place.estate or place.firm[:4] or place.village or place.road
    if place.firm and rng.random() < 0.3:
        return place, _like_firm(rng, names, place, other), "like firm", False
    name = names.lookalike(rng, base)
    if name is None:
        return None
    building = place.building if rng.random() < 0.6 else other.building if rng.random() < 0.2 else ""
    if place.firm and rng.random() < 0.4:
        other = replace(other, firm=place.firm[:2] + new_firm(rng, names, other.area, "firm")[4:] if rng.random() < 0.5 else new_firm(rng, names, other.area, "shop"))
    other = replace(other, kind="estate", estate=name, building=building, phase="", road=other.road or rng.choice(names.roads))
    if name[-1] in "路街巷道":
        other = replace(other, kind="number", road=name, number=rng.choice((place.number, other.number, "")), estate="")
    elif name[-1] == "村":
        other = replace(other, kind="village", village=name, number=place.number if rng.random() < 0.3 else "", building="", estate="")
    elif rng.random() < 0.06 and place.road:
        other = replace(other, area=place.area, road=place.road)
    return place, other, "look-alike name", rng.random() < 0.1
