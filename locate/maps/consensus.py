"""What several services say together, and what it does to the reader's confidence. Pure.

Two are of one mind when their points lie within ``TOGETHER_M`` and they name no different district. A service that only
repeats the district (its point is a town's middle) has no voice. Baidu names no district: it speaks by its point.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from locate.address import Address, Issue, parse
from locate.maps.coordinates import metres_between
from locate.maps.model import Place, SecondOpinion, Verdict, Voice

TOGETHER_M: Final = 1_000.0
"""Metres: services put the same house number some hundred metres apart, a namesake in another town kilometres."""
_RAISED: Final = 0.5
"""Share of the doubt that an agreeing consensus takes away."""
_LOWERED: Final = 0.5
"""What of the confidence a consensus against the reader leaves."""


def consider(address: Address, voices: Sequence[Voice]) -> tuple[Address, SecondOpinion]:
    """The address with its confidence (and an issue) as the services leave it, and the opinion for the record.

    No part of the address ever changes. An ambiguous or conflicting reading gains nothing: it is unsettled for a reason
    that no map can remove.
    """
    heard = [voice for voice in voices if voice.place is not None and voice.place.precise]
    group = _of_one_mind(heard)
    before = address.confidence
    if not group:
        return address, SecondOpinion(Verdict.UNSETTLED, tuple(voices), confidence_before=before, confidence_after=before)
    places = [voice.place for voice in group if voice.place is not None]
    code = next((found for place in places if (found := today_code(place))), None)
    area = next((_area(place) for place in places if place.district or place.city), "")
    apart = max(metres_between(a.point, b.point) for a, b in combinations(places, 2))
    verdict = _verdict(address, code)
    after, issues = _confidence(address, verdict), address.issues
    if verdict is Verdict.DISAGREES:
        issues = (*issues, Issue.MAPS_DISAGREE)
    opinion = SecondOpinion(
        verdict, tuple(voices), tuple(voice.service for voice in group), area, code, round(apart), before, after
    )
    return replace(address, confidence=after, issues=issues), opinion


def not_asked(address: Address) -> SecondOpinion:
    """The opinion on a text without a place to ask for."""
    return SecondOpinion(Verdict.NOT_ASKED, confidence_before=address.confidence, confidence_after=address.confidence)


def today_code(place: Place) -> str | None:
    """The code of the area that a service names, as our own reader has it today: services keep old names for years."""
    named = _area(place)
    code = parse(named).adcode if named else None
    return code[:6] if code else None


def _area(place: Place) -> str:
    names = dict.fromkeys(name for name in (place.province, place.city, place.district) if name)
    return "".join(names)


def _of_one_mind(voices: Sequence[Voice]) -> tuple[Voice, ...]:
    """The largest set of two or more in which every two agree; none where two such sets are equally large."""
    for size in range(len(voices), 1, -1):
        sets = [group for group in combinations(voices, size) if all(_agree(a, b) for a, b in combinations(group, 2))]
        if sets:
            # Three in a row, each near only its neighbour, are two opinions and not one.
            return sets[0] if len(sets) == 1 or _same_area(sets) else ()
    return ()


def _same_area(sets: Iterable[Sequence[Voice]]) -> bool:
    codes = {today_code(voice.place) for group in sets for voice in group if voice.place and voice.place.district}
    return len(codes) == 1


def _agree(a: Voice, b: Voice) -> bool:
    assert a.place is not None
    assert b.place is not None
    if metres_between(a.place.point, b.place.point) > TOGETHER_M:
        return False
    first, second = today_code(a.place), today_code(b.place)
    return not (first and second) or _fits(first, second) is not False


def _fits(a: str, b: str) -> bool | None:
    """Whether two area codes are one; None where one is only the other's city or province."""
    if a == b:
        return True
    short, long = sorted((_head(a), _head(b)), key=len)
    return None if len(short) < len(long) and long.startswith(short) else False


def _head(code: str) -> str:
    """The digits of a code that say something: two of a province, four of a city, six of a district."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def _verdict(address: Address, code: str | None) -> Verdict:
    if code is None:
        return Verdict.UNSETTLED
    ours = (address.adcode or "")[:6]
    unsettled = Issue.AMBIGUOUS in address.issues or Issue.CONFLICT in address.issues
    if unsettled or not ours or ours.endswith("0000"):
        return Verdict.SUGGESTS
    fits = _fits(ours, code)
    if fits is None:
        return Verdict.SUGGESTS if len(_head(code)) > len(_head(ours)) else Verdict.UNSETTLED
    return Verdict.AGREES if fits else Verdict.DISAGREES


def _confidence(address: Address, verdict: Verdict) -> float:
    if verdict is Verdict.AGREES:
        return round(address.confidence + (1 - address.confidence) * _RAISED, 3)
    if verdict is Verdict.DISAGREES:
        return round(address.confidence * _LOWERED, 3)
    return address.confidence
