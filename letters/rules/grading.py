"""What one delivered (or not delivered) letter is worth for limitation: evidence grades E1-E5 (R-LIM-02..04). Pure.

Sources: 民法典 195; 时效规定 8 (who may sign); 银行卡规定 3(2) (card debts: the reserved address counts on posting); cases of
law-and-post.md §1.6. The carrier's hint comes from ``letters.post``; what a lawyer confirmed wins over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Grade(StrEnum):
    """送达证据等级, strongest first."""

    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"
    E5 = "E5"


GRADE_NAMES: Final = {
    Grade.E1: "本人签收",
    Grade.E2: "同住成年家属或受托人签收",
    Grade.E3: "有效地址拒收（或单位收发签收）",
    Grade.E4: "预留或约定地址未变更而退回",
    Grade.E5: "无送达证明",
}

BY_ITSELF: Final = frozenset({Grade.E1, Grade.E2})
"""Interrupt without a person's judgement; E3 and E4 wait for a lawyer, E5 proves nothing."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A demand of the case as limitation sees it."""

    letter_no: str
    grade: Grade
    """What the carrier's events and the address give at most (``open_to`` says what a lawyer may make of it)."""
    arrived_on: date | None
    """The day of the signature, refusal or failed delivery; None while nothing is known."""
    posted_on: date | None
    """The day the post took it; None without its acknowledgement: then there is no proof of posting."""
    reserved: bool = False
    """Sent to an address that the debtor reserved or the contract names."""
    known_changed: bool = False
    """The house knew, when it posted the letter, that the debtor had left this address (R-LIM-04)."""
    confirmed: Grade | None = None
    """A lawyer's word; the newest counts."""
    open_to: frozenset[Grade] = frozenset()
    """Grades that a lawyer may confirm on this evidence."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """A day on which the period begins anew (``settled``), or would if a lawyer confirmed."""

    on: date
    letter_no: str
    grade: Grade
    settled: bool
    why: str


def interruptions(delivery: Delivery, *, is_card: bool) -> Iterator[Interruption]:
    """What this letter does to the period; nothing for an address known to be changed."""
    if delivery.known_changed:
        return
    grade = delivery.confirmed or delivery.grade
    if is_card and delivery.reserved and delivery.posted_on is not None:
        yield Interruption(delivery.posted_on, delivery.letter_no, grade, settled=True, why="信用卡债权致预留地址，自交寄起算")
    if delivery.arrived_on is None:
        return
    if grade in BY_ITSELF:
        yield Interruption(delivery.arrived_on, delivery.letter_no, grade, settled=True, why=GRADE_NAMES[grade])
    elif grade is not Grade.E5:
        settled = delivery.confirmed is not None
        why = GRADE_NAMES[grade] + ("，律师已确认" if settled else "，待律师确认")
        yield Interruption(delivery.arrived_on, delivery.letter_no, grade, settled=settled, why=why)
    elif delivery.confirmed is None and delivery.open_to:
        best = min(delivery.open_to)
        yield Interruption(delivery.arrived_on, delivery.letter_no, best, settled=False, why="签收人身份待律师确认")
