"""Rules on limitation (R-LIM)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.rules import judge
from letters.rules.limitation import (
    limitation_expiry,
    limitation_is_not_lapsing,
    limitation_is_watched,
    years_after,
)
from letters.rules.model import Facts, PastLetter, Verdict


def letter_on(day: date, outcome: str, *, same_case: bool = True) -> PastLetter:
    return PastLetter("n", day, "p", "k", "t@1", True, outcome, same_case)


def overdue(facts: Facts, since: date, *past: PastLetter) -> Facts:
    claim = replace(facts.case.claim, overdue_since=since)
    return replace(facts, case=replace(facts.case, claim=claim), past=past)


def test_three_years_run_from_the_day_after_the_last_due_date() -> None:
    assert limitation_expiry(date(2023, 7, 1), ()).last_day == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("past", "last_day", "unconfirmed"),
    [
        ((letter_on(date(2025, 5, 10), "OK_SELF"),), date(2028, 5, 10), 0),
        ((letter_on(date(2025, 5, 10), "REFUSED"),), date(2026, 6, 30), 1),
        ((letter_on(date(2025, 5, 10), "LOST"),), date(2026, 6, 30), 0),
        ((letter_on(date(2026, 7, 1), "OK_SELF"),), date(2026, 6, 30), 0),
        ((letter_on(date(2025, 5, 10), "OK_SELF", same_case=False),), date(2026, 6, 30), 0),
        ((letter_on(date(2026, 1, 2), "OK_SELF"), letter_on(date(2025, 1, 2), "REFUSED")), date(2029, 1, 2), 0),
    ],
)
def test_only_what_the_debtor_signed_restarts_the_period_by_itself(
    past: tuple[PastLetter, ...], last_day: date, unconfirmed: int
) -> None:
    expiry = limitation_expiry(date(2023, 7, 1), past)
    assert (expiry.last_day, expiry.unconfirmed) == (last_day, unconfirmed)


def test_twenty_years_are_never_passed() -> None:
    chain = tuple(letter_on(date(2003 + 2 * step, 1, 1), "OK_SELF") for step in range(1, 12))
    assert limitation_expiry(date(2003, 7, 1), chain).last_day == date(2023, 6, 30)


def test_the_corresponding_day_of_a_leap_day_is_the_last_of_february() -> None:
    assert years_after(date(2024, 2, 29), 3) == date(2027, 2, 28)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


@given(st.lists(st.tuples(st.dates(date(2015, 1, 1), date(2026, 1, 1)), st.sampled_from(["OK_SELF", "REFUSED", "LOST"]))))
def test_more_letters_never_shorten_the_period_and_order_is_nothing(letters: list[tuple[date, str]]) -> None:
    past = [letter_on(day, outcome) for day, outcome in letters]
    whole = limitation_expiry(date(2015, 7, 1), past)
    assert whole == limitation_expiry(date(2015, 7, 1), list(reversed(past)))
    for left_out in range(len(past)):
        fewer = limitation_expiry(date(2015, 7, 1), past[:left_out] + past[left_out + 1 :])
        assert fewer.last_day <= whole.last_day


def test_limitation_is_watched(facts: Facts) -> None:
    assert limitation_is_watched(facts) == ()
    near = overdue(facts, date(2024, 3, 1))  # 2027-02-28: 100 days left
    (finding,) = limitation_is_watched(near)
    assert "还有 100 天" in finding.message
    assert judge(near).verdict is Verdict.PLANNED


def test_limitation_is_not_lapsing(facts: Facts) -> None:
    assert limitation_is_not_lapsing(facts) == ()
    barred = overdue(facts, date(2023, 7, 1), letter_on(date(2025, 5, 10), "REFUSED"))
    (finding,) = limitation_is_not_lapsing(barred)
    assert "2026-06-30" in finding.message and "1 次送达待律师确认" in finding.message
    assert judge(barred).verdict is Verdict.HELD
    soon = overdue(facts, date(2023, 12, 20))
    assert "只剩 29 天" in limitation_is_not_lapsing(soon)[0].message
    assert limitation_is_watched(soon) == () == limitation_is_watched(barred)
    in_time = overdue(facts, date(2023, 12, 21))
    assert limitation_is_not_lapsing(in_time) == () and limitation_is_watched(in_time) != ()
