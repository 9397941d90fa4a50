"""Pulls letters that may no longer go: a stop was recorded, or the case changed, after they were planned (R-TIM-06).

Checked at release, before printing and at the cut-off (sealing). A pulled letter keeps its number, which is void and
says why; it is never sent. What is already on paper appears on the pull list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live
from letters.tables import Batch, Letter, LetterEvent, LetterNumber
from letters.tables_proof import RelayLetter
from locate.case import StopKind
from locate.stops import STOP_NAMES
from locate.tables import Case, CaseStop, Decision, OptOut
from records.audit import append_audit
from records.clock import Clock
from records.identity import uuid7


@dataclass(frozen=True, slots=True)
class Pulled:
    """A letter that was taken out of its batch."""

    letter_no: str
    case_no: str
    reason: str


def pull_stopped(session: Session, batch: Batch, *, actor: str, clock: Clock) -> list[Pulled]:
    """Pull every live letter of the batch whose case has an open stop or another version than was planned, and letters to
    contacts who have refused contact meanwhile."""
    stopped = session.execute(
        select(Letter.id, Letter.letter_no, Case.case_no, CaseStop.kind)
        .join(Case, Case.id == Letter.case_id)
        .join(CaseStop, (CaseStop.case_id == Case.id) & CaseStop.cleared_at.is_(None))
        .where(Letter.batch_id == batch.id, is_live())
        .order_by(Letter.position, CaseStop.kind)
    ).all()
    changed = session.execute(
        select(Letter.id, Letter.letter_no, Case.case_no)
        .join(Case, Case.id == Letter.case_id)
        .join(Decision, Decision.id == Letter.decision_id)
        .where(Letter.batch_id == batch.id, is_live(), Case.version != Decision.case_version)
        .order_by(Letter.position)
    ).all()
    refused = session.execute(
        select(Letter.id, Letter.letter_no, Case.case_no)
        .join(Case, Case.id == Letter.case_id)
        .join(RelayLetter, RelayLetter.decision_id == Letter.decision_id)
        .join(OptOut, OptOut.mobile_bidx == RelayLetter.mobile_bidx)
        .where(Letter.batch_id == batch.id, is_live())
        .order_by(Letter.position)
    ).all()
    reasons: dict[UUID, tuple[str, str, str]] = {}
    for letter_id, letter_no, case_no in refused:
        reasons.setdefault(letter_id, (letter_no, case_no, "收件的联系人已拒绝联系（R-THP-04）"))
    for letter_id, letter_no, case_no, kind in stopped:
        reasons.setdefault(letter_id, (letter_no, case_no, f"停止发函：{STOP_NAMES[StopKind(kind)]}"))
    for letter_id, letter_no, case_no in changed:
        reasons.setdefault(letter_id, (letter_no, case_no, "计划后资方更新了该案件，须重新计划"))
    now = clock()
    for letter_id, (letter_no, _case_no, reason) in reasons.items():
        pull(session, letter_id, letter_no, reason, actor, now)
    if reasons:
        session.flush()
        append_audit(
            session,
            actor=actor,
            action="letters.pulled",
            subject=f"batch:{batch.batch_no}",
            detail={"letters": [[letter_no, reason] for letter_no, _, reason in reasons.values()]},
            clock=clock,
        )
    return [Pulled(*found) for found in reasons.values()]


def pull(session: Session, letter_id: UUID, letter_no: str, reason: str, actor: str, at: datetime) -> None:
    """Take one letter out of its batch; its number is void and says why."""
    session.add(LetterEvent(id=uuid7(), letter_id=letter_id, kind="pulled", at=at, actor=actor, reason=reason))
    session.execute(
        update(LetterNumber).where(LetterNumber.letter_no == letter_no).values(voided_at=at, void_reason=reason)
    )
