"""Working days: weekends, the State Council's shifts, and years that the table does not have."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.answers.workdays import add_working_days, is_working_day, shifts


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),
        (date(2030, 10, 1), True),
    ],
)
def test_days_are_worked_or_not(day: date, worked: bool) -> None:
    assert is_working_day(day) is worked


def test_a_week_of_holidays_is_not_counted() -> None:
    assert add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert add_working_days(date(2026, 11, 20), 15) == date(2026, 12, 11)
    assert add_working_days(date(2026, 11, 20), 0) == date(2026, 11, 20)


def test_the_shifts_differ_from_their_weekday_or_are_public_holidays() -> None:
    assert all(day.weekday() >= 5 for day, worked in shifts().items() if worked)
    assert {day.year for day in shifts()} == {2026}


@given(st.dates(date(2025, 1, 1), date(2028, 1, 1)), st.integers(0, 40))
def test_the_due_day_is_worked_and_has_just_so_many_worked_days_before_it(day: date, count: int) -> None:
    due = add_working_days(day, count)
    between = [day + timedelta(days=n) for n in range(1, (due - day).days + 1)]
    assert sum(map(is_working_day, between)) == count
    assert count == 0 or is_working_day(due)
