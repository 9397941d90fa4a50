"""Proof that a debtor is lost (R-THP-02), from call attempts: only then may a reserved contact be asked anything.

CBA guideline 2026-01-30 (law-and-post.md §1.3): the number is invalid; or three consecutive calls failed, from the next
day on; or three consecutive days without contact. Any answered call afterwards ends it. Not for calling: Handa makes no
calls, it reads what a lender's log says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

FAILED_CALLS: Final = 3
FAILED_DAYS: Final = 3


class CallResult(StrEnum):
    """What became of one call to the debtor."""

    ANSWERED = "answered"
    FAILED = "failed"
    """Rang out, busy, switched off, rejected."""
    INVALID_NUMBER = "invalid_number"
    """空号 or ended service."""


@dataclass(frozen=True, slots=True)
class CallAttempt:
    """One call to a number of the debtor's. ``order`` tells calls of one day apart."""

    on: date
    order: int
    number_token: str
    """Which number was called, as a token: never the number itself."""
    result: CallResult


@dataclass(frozen=True, slots=True)
class LostContact:
    """Whether the debtor is lost on a day, by which of the three ways, and since when: to be stored as the proof."""

    lost: bool
    how: str
    since: date | None


NOT_LOST: Final = LostContact(False, "没有失联证明", None)
WAYS: Final = "连续三次并过一日，或连续三日"


def lost_contact(attempts: Iterable[CallAttempt], day: date) -> LostContact:
    """Whether the attempts up to ``day`` prove that the debtor is lost.

    A debtor with several numbers is lost by invalid numbers only when every number called is invalid; consecutive means
    over all numbers together.
    """
    known = sorted((one for one in attempts if one.on <= day), key=lambda one: (one.on, one.order))
    last_answer = max((position for position, one in enumerate(known) if one.result is CallResult.ANSWERED), default=-1)
    after = known[last_answer + 1 :]
    if not after:
        return NOT_LOST
    numbers = {one.number_token for one in known}
    invalid = {one.number_token for one in after if one.result is CallResult.INVALID_NUMBER}
    if invalid == numbers:
        since = max(
            min(one.on for one in after if one.number_token == token and one.result is CallResult.INVALID_NUMBER)
            for token in invalid
        )
        return LostContact(True, "号码无效", since)
    if len(after) >= FAILED_CALLS and day > after[FAILED_CALLS - 1].on:
        return LostContact(True, "连续三次呼叫未通", after[FAILED_CALLS - 1].on + timedelta(days=1))
    days = sorted({one.on for one in after})
    for first in range(len(days) - FAILED_DAYS + 1):
        third = days[first + FAILED_DAYS - 1]
        if third - days[first] == timedelta(days=FAILED_DAYS - 1):
            return LostContact(True, "连续三日无法联系", third)
    return LostContact(False, f"自上次接通后登记了 {len(after)} 次未通，尚不足{WAYS}", None)
