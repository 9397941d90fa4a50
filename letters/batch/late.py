"""What came too late: stops, payments and complaints for letters that are already the post's. Recorded, once each.

Such a letter can't be pulled any more; who asks sees that it was known, since when, and may ask the post to call it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from letters.batch.lookup import kinds_of
from letters.batch.pulling import due
from letters.batch.state import BatchStep
from letters.tables import Batch, BatchEvent, Letter, LetterEvent
from locate.tables import Case
from records.audit import append_audit
from records.clock import Clock
from records.identity import uuid7
from records.lists import one_of

TOO_LATE = "too_late"
"""Kind of the letter event."""


@dataclass(frozen=True, slots=True)
class Late:
    """A letter that should not go and has gone."""

    batch_no: str
    letter_no: str
    case_no: str
    reason: str


def note_late(session: Session, batch: Batch, *, actor: str, clock: Clock) -> list[Late]:
    """Record what can no longer be pulled of a batch that was handed over; returns what is new."""
    if BatchStep.HANDED_OVER not in kinds_of(session, batch):
        return []
    letters = due(session, batch)
    known = set(
        session.execute(
            select(LetterEvent.letter_id, LetterEvent.reason).where(
                LetterEvent.kind == TOO_LATE, one_of(LetterEvent.letter_id, [one.letter_id for one in letters])
            )
        ).all()
    )
    fresh = [one for one in letters if (one.letter_id, one.reason) not in known]
    now = clock()
    for one in fresh:
        session.add(
            LetterEvent(id=uuid7(), letter_id=one.letter_id, kind=TOO_LATE, at=now, actor=actor, reason=one.reason)
        )
    if fresh:
        append_audit(
            session, actor=actor, action="letters.too_late", subject=f"batch:{batch.batch_no}",
            detail={"letters": [[one.letter_no, one.reason] for one in fresh]}, clock=clock,
        )  # fmt: skip
    return [Late(batch.batch_no, one.letter_no, one.case_no, one.reason) for one in fresh]


def note_late_of_cases(session: Session, case_ids: list[UUID], *, actor: str, clock: Clock) -> list[Late]:
    """The same for all handed-over batches that hold letters of these cases."""
    handed = exists().where(BatchEvent.batch_id == Batch.id, BatchEvent.kind == "handed_over")
    has = exists().where(Letter.batch_id == Batch.id, one_of(Letter.case_id, case_ids))
    batches = session.scalars(select(Batch).where(handed, has).order_by(Batch.batch_no)).all()
    return [late for batch in batches for late in note_late(session, batch, actor=actor, clock=clock)]


def late_of(session: Session, batch: Batch) -> list[Late]:
    """Everything recorded as too late for a batch."""
    rows = session.execute(
        select(Letter.letter_no, Case.case_no, LetterEvent.reason)
        .join(LetterEvent, LetterEvent.letter_id == Letter.id)
        .join(Case, Case.id == Letter.case_id)
        .where(Letter.batch_id == batch.id, LetterEvent.kind == TOO_LATE)
        .order_by(Letter.position, LetterEvent.at)
    )
    return [Late(batch.batch_no, letter_no, case_no, reason) for letter_no, case_no, reason in rows]
