"""What the house knew of an address when it wrote to it (R-LIM-04): from the history alone, no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from letters.batch.history import History, SentLetter
from letters.batch.limits import deliveries
from letters.post.codes import Evidence, Person
from letters.post.model import LetterState
from letters.post.outcome import Outcome
from letters.post.store import PieceOutcome
from records.clock import SHANGHAI
from records.identity import uuid7


def sent(number: int, day: date, told: date, person: Person, place: bytes = b"p") -> SentLetter:
    outcome = Outcome(
        LetterState.RETURNED, evidence=Evidence.E4_IF_RESERVED, person=person, accepted_at=at(day), told_at=at(told), final_at=at(told)
    )
    post = PieceOutcome(True, LetterState.RETURNED, "X", outcome)
    return SentLetter(uuid7(), CASE, b"d", place, f"n{number}", day, "p", "t@1", LetterState.RETURNED, "X", "reserved", post)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


CASE = uuid7()


def moved_history() -> tuple[History, SentLetter]:
    first = sent(1, date(2025, 1, 10), date(2025, 1, 20), Person.MOVED)
    second = sent(2, date(2025, 5, 10), date(2025, 5, 20), Person.NOT_THERE)
    return History({CASE: [first, second]}, {b"d": [first, second]}), second


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, True),
        ({"place_bidx": b"other"}, False),
        ({"day": date(2025, 1, 12)}, False),  # written before the first came back
    ],
)
def test_only_what_was_known_of_this_place_before_posting_counts(change: dict[str, object], known: bool) -> None:
    history, second = moved_history()
    second = replace(second, **change)
    first = history.by_case[CASE][0]
    found = deliveries(History({CASE: [first, second]}, {b"d": [first, second]}), CASE, b"d", {})
    assert [one.known_changed for one in found] == [False, known]
