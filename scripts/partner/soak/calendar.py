"""When which lender posts how many cases: weeks of posting days, a few lenders a week, two rounds a day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_DAY = date(2026, 11, 30)
"""A Monday on which every rule that letters are judged by is in force."""
LENDERS_A_WEEK = 4
ROUNDS = 2
"""Batches of one lender on one day."""
DAYS_A_WEEK = 5
SIZES = ((45, (1, 8)), (30, (9, 30)), (17, (31, 90)), (8, (91, 200)))
"""(percent of the batches, cases from and to)."""


@dataclass(frozen=True, slots=True)
class Lot:
    """The cases that a lender sends for one batch."""

    number: int
    day: date
    round: int
    lender: str
    cases: int


def lenders_needed(batches: int) -> int:
    """How many lenders so many batches are spread over: each posts in one week only, so that a case is written to once."""
    weeks = -(-batches // (LENDERS_A_WEEK * ROUNDS * DAYS_A_WEEK))
    return min(weeks * LENDERS_A_WEEK, -(-batches // ROUNDS))


def lots(batches: int, lenders: list[str], rng: random.Random, largest: int = 200) -> Iterator[Lot]:
    """``batches`` lots in the order of their days."""
    number = 0
    for week in range(len(lenders)):
        group = lenders[week * LENDERS_A_WEEK : (week + 1) * LENDERS_A_WEEK]
        for weekday in range(DAYS_A_WEEK):
            day = FIRST_DAY + timedelta(days=7 * week + weekday)
            for turn in range(ROUNDS):
                for lender in group:
                    if number == batches:
                        return
                    number += 1
                    low, high = rng.choices([span for _, span in SIZES], [share for share, _ in SIZES])[0]
                    yield Lot(number, day, turn, lender, min(largest, rng.randint(low, high)))
