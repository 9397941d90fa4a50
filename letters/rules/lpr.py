"""The 1-year loan prime rate in force on a day, from ``lpr.csv``. Never extrapolates: an unknown month is None."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final

FIRST_PUBLISHED: Final = date(2019, 8, 20)
"""Before this day there was no LPR of the present kind (PBoC Announcement 2019 No. 15)."""


@dataclass(frozen=True, slots=True)
class MonthRate:
    """The rate published in one month, percent a year; ``published_on`` where it changed."""

    percent: Decimal
    published_on: date | None


@cache
def lpr_table() -> Mapping[tuple[int, int], MonthRate]:
    """(year, month) → rate.

    Raises:
        ValueError: when the table has a gap or a changed rate without its day.
    """
    lines = files("letters.rules").joinpath("lpr.csv").read_text("utf-8").splitlines()
    table: dict[tuple[int, int], MonthRate] = {}
    before: MonthRate | None = None
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        year, month = (int(part) for part in row["month"].split("-"))
        published = date.fromisoformat(row["published_on"]) if row["published_on"] else None
        rate = MonthRate(Decimal(row["one_year_percent"]), published)
        if before is not None and ((rate.percent != before.percent) != (published is not None)):
            raise ValueError(f"lpr.csv {row['month']}: published_on must stand where, and only where, the rate changed")
        if table and (year, month) != _next_month(*max(table)):
            raise ValueError(f"lpr.csv has a gap before {row['month']}")
        table[year, month] = before = rate
    return table


def lpr_on(day: date) -> Decimal | None:
    """The rate in force on ``day``: the one last published; None where the table does not know."""
    if day < FIRST_PUBLISHED:
        return None
    table = lpr_table()
    rate = table.get((day.year, day.month))
    if rate is None:
        return None
    if rate.published_on is not None and day < rate.published_on:
        earlier = table.get((day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12))
        return earlier.percent if earlier is not None else None
    return rate.percent


def _next_month(year: int, month: int) -> tuple[int, int]:
    return (year, month + 1) if month < 12 else (year + 1, 1)
