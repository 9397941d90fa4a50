"""Pulls letters that may no longer go: a stop, a payment, a complaint or a newer case came after they were planned.

Checked at release, before printing, at sealing and in the hand-over's last look (R-TIM-06, R-TIM-07, R-AMT-09). A pulled
letter keeps its number, which is void and says why; it is never sent. What is already on paper is on the pull list
(``letters.batch.pull_list``); what has been handed over is ``letters.batch.late``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live
from letters.batch.voids import void_letter_numbers
from letters.tables import Batch, Letter, LetterEvent, LetterNumber
from letters.tables_answers import Complaint
from letters.tables_proof import RelayLetter
from locate.case import StopKind
from locate.payments import posted_after
from locate.stops import STOP_NAMES
from locate.tables import Case, CaseStop, ClaimSnapshot, Decision, OptOut, Payment
from records.audit import append_audit
from records.clock import Clock
from records.identity import uuid7


@dataclass(frozen=True, slots=True)
class Pulled:
    """A letter that was taken out of its batch."""

    letter_no: str
    case_no: str
    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """A live letter that must be pulled, and why."""

    letter_id: UUID
    position: int
    letter_no: str
    case_no: str
    reason: str


Reason = Callable[[Session, Batch], Iterator[Due]]
_Found = Select[UUID, int, str, str]


def _live(batch: Batch) -> _Found:
    return (
        select(Letter.id, Letter.position, Letter.letter_no, Case.case_no)
        .join(Case, Case.id == Letter.case_id)
        .where(Letter.batch_id == batch.id, is_live())
        .order_by(Letter.position)
    )


def stopped(session: Session, batch: Batch) -> Iterator[Due]:
    """The case has an open stop (R-TIM-06)."""
    query = _live(batch).add_columns(CaseStop.kind).join(CaseStop, (CaseStop.case_id == Case.id) & CaseStop.cleared_at.is_(None))
    for letter_id, position, letter_no, case_no, kind in session.execute(query.order_by(CaseStop.kind)):
        yield Due(letter_id, position, letter_no, case_no, f"停止发函：{STOP_NAMES[StopKind(kind)]}")


def complained(session: Session, batch: Batch) -> Iterator[Due]:
    """A complaint or objection has no result yet (R-TIM-07), whatever became of the stop."""
    query = (
        _live(batch)
        .add_columns(Complaint.complaint_no)
        .join(Complaint, (Complaint.case_id == Case.id) & Complaint.resolved_at.is_(None))
        .order_by(Complaint.complaint_no)
    )
    for letter_id, position, letter_no, case_no, number in session.execute(query):
        yield Due(letter_id, position, letter_no, case_no, f"投诉或异议 {number} 尚未办结")


def paid(session: Session, batch: Batch) -> Iterator[Due]:
    """A payment came that the letter's snapshot can't hold (R-AMT-09)."""
    query = (
        _live(batch)
        .add_columns(Payment.paid_on)
        .join(ClaimSnapshot, ClaimSnapshot.id == Letter.snapshot_id)
        .join(Payment, (Payment.case_id == Letter.case_id) & posted_after())
        .order_by(Payment.paid_on)
    )
    for letter_id, position, letter_no, case_no, paid_on in session.execute(query):
        yield Due(letter_id, position, letter_no, case_no, f"{paid_on} 有还款到账，须以新的债权金额重新计划")


def changed(session: Session, batch: Batch) -> Iterator[Due]:
    """The lender has sent another version of the case since it was planned."""
    query = _live(batch).join(Decision, Decision.id == Letter.decision_id).where(Case.version != Decision.case_version)
    for letter_id, position, letter_no, case_no in session.execute(query):
        yield Due(letter_id, position, letter_no, case_no, "计划后资方更新了该案件，须重新计划")


def refused(session: Session, batch: Batch) -> Iterator[Due]:
    """The contact to whom a relay letter goes has refused contact meanwhile (R-THP-04)."""
    query = (
        _live(batch)
        .join(RelayLetter, RelayLetter.decision_id == Letter.decision_id)
        .join(OptOut, OptOut.mobile_bidx == RelayLetter.mobile_bidx)
    )
    for letter_id, position, letter_no, case_no in session.execute(query):
        yield Due(letter_id, position, letter_no, case_no, "收件的联系人已拒绝联系（R-THP-04）")


REASONS: Final[list[Reason]] = [refused, stopped, complained, paid, changed]
"""The first that applies is written down."""


def due(session: Session, batch: Batch) -> list[Due]:
    """The letters that must be pulled now, in manifest order."""
    found: dict[UUID, Due] = {}
    for reason in REASONS:
        for one in reason(session, batch):
            found.setdefault(one.letter_id, one)
    return sorted(found.values(), key=lambda one: one.position)


def pull_stopped(session: Session, batch: Batch, *, actor: str, clock: Clock) -> list[Pulled]:
    """Pull every live letter of the batch that may no longer go."""
    letters = due(session, batch)
    now = clock()
    for one in letters:
        pull(session, one.letter_id, one.letter_no, one.reason, actor, now)
    if letters:
        session.flush()
        append_audit(
            session,
            actor=actor,
            action="letters.pulled",
            subject=f"batch:{batch.batch_no}",
            detail={"letters": [[one.letter_no, one.reason] for one in letters]},
            clock=clock,
        )
    return [Pulled(one.letter_no, one.case_no, one.reason) for one in letters]


def pull(session: Session, letter_id: UUID, letter_no: str, reason: str, actor: str, at: datetime) -> None:
    """Take one letter out of its batch; its letter number and its item number are void and say why."""
    session.add(LetterEvent(id=uuid7(), letter_id=letter_id, kind="pulled", at=at, actor=actor, reason=reason))
    session.execute(
        update(LetterNumber).where(LetterNumber.letter_no == letter_no).values(voided_at=at, void_reason=reason)
    )
    void_letter_numbers(session, letter_id, reason, actor=actor, at=at)
