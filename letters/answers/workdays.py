"""Working days of mainland China: Monday to Friday with the State Council's yearly shifts (``holidays.csv``).

A year that the table does not have is counted Monday to Friday, which makes a due date earlier, never later.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

SATURDAY = 5


@cache
def shifts() -> Mapping[date, bool]:
    """Days that differ from their weekday: True is worked, False is off.

    Raises:
        ValueError: the table is out of form.
    """
    lines = files(__package__).joinpath("holidays.csv").read_text("utf-8").splitlines()
    found: dict[date, bool] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
        if row["kind"] not in ("off", "on") or last < first:
            raise ValueError(f"holidays.csv: {row}")
        for offset in range((last - first).days + 1):
            found[first + timedelta(days=offset)] = row["kind"] == "on"
    return found


def is_working_day(day: date) -> bool:
    """Whether offices work on the day."""
    return shifts().get(day, day.weekday() < SATURDAY)


def add_working_days(day: date, count: int) -> date:
    """The working day that is ``count`` working days after ``day``; the day itself is not counted."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_after(day: date, until: date) -> int:
    """How many working days lie after ``day``, ``until`` included; 0 when it is not later."""
    return sum(is_working_day(day + timedelta(days=offset)) for offset in range(1, (until - day).days + 1))
