"""The 1-year loan prime rate in force on a day: ``lpr.csv``, and the months that a named person has entered as published.

Entered months stand in the policy (``lpr_published``), so that the hash on a decision covers them. Never extrapolates: an
unknown month is None.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
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


_ENTRY: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2]) (\d{1,2}(?:\.\d{1,2})?) (\d{4}-\d{2}-\d{2})")
_HIGHEST: Final = Decimal(20)


def read_entry(text: str) -> tuple[tuple[int, int], MonthRate]:
    """``2026-01 3.00 2026-01-20`` (month, percent, day of publication) as a month and its rate.

    Raises:
        ValueError: it is not written like this, or can't be: said in a clause.
    """
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text}”应写成“月份 百分数 公布日”，如 2026-01 3.00 2026-01-20")
    try:
        published = date.fromisoformat(match[4])
    except ValueError:
        raise ValueError(f"“{text}”的公布日不存在") from None
    month, percent = (int(match[1]), int(match[2])), Decimal(match[3])
    if (published.year, published.month) != month or published < FIRST_PUBLISHED:
        raise ValueError(f"“{text}”的公布日不在该月")
    if not 0 < percent < _HIGHEST:
        raise ValueError(f"“{text}”的利率不可能；请写百分数，如 3.00")
    return month, MonthRate(percent, published)


@lru_cache(maxsize=16)
def table_with(published: tuple[str, ...]) -> Mapping[tuple[int, int], MonthRate]:
    """The shipped table with the entered months over it.

    Raises:
        ValueError: an entry can't be read, stands twice, or leaves a month between out: said in a clause.
    """
    table = dict(lpr_table())
    seen: set[tuple[int, int]] = set()
    for text in published:
        month, rate = read_entry(text)
        if month in seen:
            raise ValueError(f"{month[0]}-{month[1]:02d} 写了两次")
        seen.add(month)
        table[month] = rate
    month = min(table)
    for following in sorted(table)[1:]:
        month = _next_month(*month)
        if following != month:
            raise ValueError(f"缺 {month[0]}-{month[1]:02d}；请逐月补齐，不能跳月")
    return table


def lpr_on(day: date, published: tuple[str, ...] = ()) -> Decimal | None:
    """The rate in force on ``day``: the one last published; None where neither the table nor ``published`` knows."""
    if day < FIRST_PUBLISHED:
        return None
    table = table_with(published)
    rate = table.get((day.year, day.month))
    if rate is None:
        return None
    if rate.published_on is not None and day < rate.published_on:
        earlier = table.get((day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12))
        return earlier.percent if earlier is not None else None
    return rate.percent


def _next_month(year: int, month: int) -> tuple[int, int]:
    return (year, month + 1) if month < 12 else (year + 1, 1)
