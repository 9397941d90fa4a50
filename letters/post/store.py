"""Keeps what comes back from the post: answer files by content, acknowledgements, events; and computes outcomes.

Rows are only added. A file is taken once (by its bytes); an event once (by its digest), however many files repeat it.
What can't be understood or matched is quarantined whole, never guessed (R-DLV-03).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.post.codes import load_code_table
from letters.post.model import LetterState, PostEvent
from letters.post.outcome import Outcome, outcome
from letters.tables import (
    Acknowledgement,
    AnswerFile,
    Piece,
    PostEventRow,
)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """What importing an answer file did. ``already``: the same bytes had been taken before."""

    name: str
    kind: str
    already: bool
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class PieceOutcome:
    """The post's word on one letter's present piece. ``state`` is None while there is no event."""

    acknowledged: bool | None
    state: LetterState | None
    norm_code: str
    outcome: Outcome | None


def post_outcomes(session: Session, letter_ids: Collection[UUID]) -> dict[UUID, PieceOutcome]:
    """What the post has said of these letters' present pieces; letters it has not spoken of are absent."""
    pieces: dict[str, UUID] = {}
    copies: dict[UUID, int] = {}
    for letter_id, copy_no, item_no in session.execute(
        select(Piece.letter_id, Piece.copy_no, Piece.item_no).where(Piece.letter_id.in_(letter_ids))
    ):
        if copy_no > copies.get(letter_id, 0):
            copies[letter_id] = copy_no
            pieces = {number: known for number, known in pieces.items() if known != letter_id} if copy_no > 1 else pieces
            pieces[item_no] = letter_id
    said: dict[UUID, bool] = {}
    for item_no, accepted in session.execute(
        select(Acknowledgement.item_no, Acknowledgement.accepted)
        .join(AnswerFile, AnswerFile.id == Acknowledgement.file_id)
        .where(Acknowledgement.item_no.in_(pieces))
        .order_by(AnswerFile.received_at)
    ):
        said[pieces[item_no]] = accepted
    events: dict[UUID, list[PostEvent]] = defaultdict(list)
    for row in session.execute(
        select(
            PostEventRow.item_no,
            PostEventRow.serial,
            PostEventRow.occurred_at,
            PostEventRow.office,
            PostEventRow.action,
            PostEventRow.proper_delivery,
            PostEventRow.not_proper_delivery,
            PostEventRow.effective,
        ).where(PostEventRow.item_no.in_(pieces))
    ):
        events[pieces[row.item_no]].append(
            PostEvent(
                item_no=row.item_no,
                serial=row.serial,
                occurred_at=row.occurred_at,
                office=row.office,
                action=row.action,
                proper_delivery=row.proper_delivery,
                not_proper_delivery=row.not_proper_delivery,
                description="",
                effective=row.effective,
            )
        )
    if not said and not events:
        return {}
    table = load_code_table()
    found: dict[UUID, PieceOutcome] = {}
    for letter_id in {*said, *events}:
        result = outcome(events[letter_id], table) if letter_id in events else None
        found[letter_id] = PieceOutcome(
            acknowledged=said.get(letter_id),
            state=result.state if result else None,
            norm_code=result.norm_code if result else "",
            outcome=result,
        )
    return found
