"""What earlier letters say about a place: barred, to be tried again once, better or worse. Data: ``outcomes.csv``.

Not for computing outcomes (``letters.post``): codes come in normalised (law-and-post.md §7c). A carrier's own fault
never changes what is believed of an address or a person (R-DLV-08); an unknown code changes nothing either.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from locate.choose.model import Track


class Effect(StrEnum):
    """What an outcome does to the place it happened at."""

    GOOD = "good"
    NONE = "none"
    LESS = "less"
    RETRY = "retry"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class OutcomeMeaning:
    """One row of ``outcomes.csv``: what an outcome means where it was this debtor's letter, and where another's.

    Weights are changes of the log-odds of delivery; ``self_retries`` is how often the outcome may happen before the
    place is barred.
    """

    code: str
    title: str
    self_effect: Effect
    self_weight: float
    self_retries: int
    other_effect: Effect
    other_weight: float


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """Earlier letters at one place, summed up. ``barred`` is the outcome code that bars it, '' when none does."""

    barred: str = ""
    barred_title: str = ""
    weight: float = 0.0
    last_good: str = ""
    retries: int = 0


@cache
def outcome_meanings() -> Mapping[str, OutcomeMeaning]:
    """The table, read once."""
    text = files("locate.choose").joinpath("outcomes.csv").read_text("utf-8")
    return {
        row["code"]: OutcomeMeaning(
            row["code"],
            row["title"],
            Effect(row["self_effect"]),
            float(row["self_weight"]),
            int(row["self_retries"] or 0),
            Effect(row["other_effect"]),
            float(row["other_weight"]),
        )
        for row in csv.DictReader(text.splitlines())
    }


NOTHING_KNOWN = PlaceRecord()


def place_record(tracks: Iterable[Track], place_key: str) -> PlaceRecord:
    """What the tracks say about one place, whatever their order.

    What came before this debtor's last good delivery there no longer counts against the place: they were there.
    Several tracks of others count once at their strongest, so that a busy building is not made better and better.
    """
    if not place_key:
        return NOTHING_KNOWN
    here = sorted(
        (track for track in tracks if track.place_key == place_key and track.outcome),
        key=lambda track: (track.posted_on, track.outcome, track.person_same),
    )
    if not here:
        return NOTHING_KNOWN
    meanings = outcome_meanings()
    barred = barred_title = last_good = ""
    own = good_of_others = bad_of_others = 0.0
    failed = 0
    for track in here:
        meaning = meanings.get(track.outcome)
        if meaning is None:
            continue
        if not track.person_same:
            if meaning.other_effect is Effect.BAR:
                barred, barred_title = meaning.code, meaning.title
            good_of_others = max(good_of_others, meaning.other_weight)
            bad_of_others = min(bad_of_others, meaning.other_weight)
            continue
        if meaning.self_effect is Effect.GOOD:
            barred, barred_title, own, failed, last_good = "", "", meaning.self_weight, 0, meaning.code
        elif meaning.self_effect is Effect.BAR:
            barred, barred_title = meaning.code, meaning.title
        elif meaning.self_effect is Effect.RETRY:
            failed += 1
            own += meaning.self_weight
            if failed > meaning.self_retries:
                barred, barred_title = meaning.code, meaning.title
    return PlaceRecord(barred, barred_title, own + good_of_others + bad_of_others, last_good, failed)
