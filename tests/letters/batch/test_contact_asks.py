"""How a question to a contact ends, as a pure function of what is known: no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from letters.batch.contact_asks import LETTER_TAKES, WINDOW, Ask, Found, credited, ended
from locate.contacts.asks import AskResult
from models.contacts.trials import Result

CASE = UUID(int=1)
DAY = date(2026, 9, 1)
CALL = Ask(CASE, 1, 1, b"n", DAY, AskResult.ANSWERED, None, DAY + WINDOW)
LETTER = replace(CALL, heard=None, until=DAY + LETTER_TAKES + WINDOW)
LATER = DAY + timedelta(days=90)
FOUND = Found(DAY + timedelta(days=5), DAY + timedelta(days=9))


@pytest.mark.parametrize(
    ("ask", "refused_on", "found", "today", "result", "known_on"),
    [
        (CALL, None, None, DAY + WINDOW, Result.UNKNOWN, None),
        (CALL, None, None, DAY + WINDOW + timedelta(days=1), Result.NOT_USEFUL, DAY + WINDOW + timedelta(days=1)),
        (CALL, None, FOUND, LATER, Result.USEFUL, FOUND.known_on),
        (CALL, DAY, FOUND, LATER, Result.COMPLAINT, DAY),
        (CALL, DAY + WINDOW + timedelta(days=1), None, LATER, Result.NOT_USEFUL, DAY + WINDOW + timedelta(days=1)),
        (CALL, DAY - timedelta(days=1), None, LATER, Result.NOT_USEFUL, DAY + WINDOW + timedelta(days=1)),
        (replace(CALL, heard=AskResult.COMPLAINED), None, FOUND, DAY, Result.COMPLAINT, DAY),
        (replace(CALL, heard=AskResult.WRONG_NUMBER), None, FOUND, DAY, Result.NOT_USEFUL, DAY),
        (LETTER, None, None, DAY + WINDOW + timedelta(days=9), Result.UNKNOWN, None),
        (LETTER, None, None, LATER, Result.NOT_USEFUL, LETTER.until + timedelta(days=1)),
        (replace(LETTER, arrived=False), None, None, LATER, Result.UNKNOWN, None),
    ],
)
def test_how_a_question_ends(
    ask: Ask, refused_on: date | None, found: Found | None, today: date, result: Result, known_on: date | None
) -> None:
    end = ended(ask, refused_on, found, today)
    assert (end.result, end.known_on) == (result, known_on)


def test_the_last_question_before_has_the_credit_and_who_was_not_reached_has_none() -> None:
    second = replace(CALL, ordinal=2, on=DAY + timedelta(days=3), until=DAY + timedelta(days=33))
    assert credited([CALL, second], {CASE: [FOUND]}) == {1: FOUND}
    assert credited([CALL, replace(second, arrived=False)], {CASE: [FOUND]}) == {0: FOUND}
    assert credited([CALL], {CASE: [Found(DAY, DAY)]}) == {}, "turning up on the day itself came of something else"
    assert credited([CALL], {CASE: [Found(DAY + timedelta(days=31), LATER)]}) == {}
    twin = replace(CALL, ordinal=2)
    assert credited([CALL, twin], {CASE: [FOUND]}) == {0: FOUND, 1: FOUND}, "of one day nobody can tell"
