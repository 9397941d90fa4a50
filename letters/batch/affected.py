"""Letters that an act on a case or a contact stops before the post has them: said to whoever acted, at once.

They are pulled at their batch's next step or by ``handa batch pull-list`` (``letters.batch.pulling``); nothing is changed
here. What the post has already is ``letters.batch.late``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live
from letters.batch.pulling import due
from letters.batch.state import STEP_NAMES, BatchStep, batch_state
from letters.tables import Batch, BatchEvent, Letter
from letters.tables_proof import RelayLetter
from records.lists import one_of

_GONE = ("handed_over", "void")


@dataclass(frozen=True, slots=True)
class Affected:
    """A letter that will be pulled. ``on_paper``: somebody must take it out of the tray."""

    batch_no: str
    step: str
    letter_no: str
    case_no: str
    reason: str
    on_paper: bool


def affected_by_cases(session: Session, case_ids: Sequence[UUID]) -> list[Affected]:
    """Letters of these cases that must be pulled and are still in the house, by batch and position."""
    return _affected(session, one_of(Letter.case_id, list(case_ids))) if case_ids else []


def affected_by_refusal(session: Session, mobile_bidx: bytes) -> list[Affected]:
    """Relay letters to the contact with this number that are still in the house (R-THP-04)."""
    relay = exists().where(RelayLetter.decision_id == Letter.decision_id, RelayLetter.mobile_bidx == mobile_bidx)
    return _affected(session, relay)


def _affected(session: Session, whose: ColumnElement[bool]) -> list[Affected]:
    gone = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind.in_(_GONE))
    ids: dict[UUID, set[UUID]] = {}
    for batch_id, letter_id in session.execute(select(Letter.batch_id, Letter.id).where(whose, is_live(), ~gone)):
        ids.setdefault(batch_id, set()).add(letter_id)
    found = []
    for batch in session.scalars(select(Batch).where(one_of(Batch.id, list(ids))).order_by(Batch.batch_no)):
        step = batch_state(set(session.scalars(select(BatchEvent.kind).where(BatchEvent.batch_id == batch.id))))
        found += [
            Affected(
                batch.batch_no, STEP_NAMES[step], one.letter_no, one.case_no, one.reason,
                on_paper=step in (BatchStep.PRINTED, BatchStep.SEALED),
            )
            for one in due(session, batch)
            if one.letter_id in ids[batch.id]
        ]  # fmt: skip
    return found
