"""Reads what the post has said of letters and what people decided on it, and computes outcomes from it. Stores nothing.

A letter's outcome is a function of the set of its acknowledgements, events and decisions, whatever order they came in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from letters.post.codes import CodeTable, How
from letters.post.deciding import Decision
from letters.post.model import LetterState, PostEvent
from letters.post.outcome import Outcome, outcome
from letters.post.partner_codes import tables_of
from letters.tables import (
    Acknowledgement,
    AnswerFile,
    Batch,
    BatchEvent,
    Letter,
    LetterEvent,
    Piece,
    PostEventRow,
)
from letters.tables_outcomes import OutcomeDecision
from letters.tables_proof import LetterPaper
from records.lists import one_of


@dataclass(frozen=True, slots=True)
class PieceOutcome:
    """The post's word on one letter's present piece. ``state`` is None while there is no event."""

    acknowledged: bool | None
    state: LetterState | None
    norm_code: str
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class _Track:
    """All of one letter's records that its outcome is a function of, but for acknowledgements."""

    partner_id: UUID
    day: date
    beside: frozenset[str]
    events: list[PostEvent]
    decisions: list[Decision]

    def outcome(self, table: CodeTable) -> Outcome:
        return outcome(self.events, table, handed_over_on=self.day, beside=self.beside, decisions=self.decisions)


def acknowledged_of(said: Collection[tuple[int | None, bool]]) -> bool | None:
    """Whether the post took the piece, from every line on it: (number of the answer file, accepted).

    Lines that disagree are settled by the partner's own numbering, never by the order in which files came; where that
    does not settle it, nothing is believed.
    """
    words = {accepted for _, accepted in said}
    if len(words) > 1 and all(sequence is not None for sequence, _ in said):
        newest = max(sequence for sequence, _ in said if sequence is not None)
        words = {accepted for sequence, accepted in said if sequence == newest}
    return words.pop() if len(words) == 1 else None


def post_outcomes(
    session: Session, letter_ids: Collection[UUID], tables: Mapping[UUID, CodeTable] | None = None
) -> dict[UUID, PieceOutcome]:
    """What the post has said of these letters' present pieces; letters it has not spoken of are absent.

    Args:
        tables: code tables by partner, to see what others would make of it; without, those in force.
    """
    newest: dict[UUID, tuple[int, str]] = {}
    owners: dict[str, UUID] = {}
    for letter_id, copy_no, item_no in session.execute(
        select(Piece.letter_id, Piece.copy_no, Piece.item_no).where(one_of(Piece.letter_id, letter_ids))
    ):
        owners[item_no] = letter_id
        newest[letter_id] = max(newest.get(letter_id, (0, "")), (copy_no, item_no))
    present = {item_no: letter_id for letter_id, (_, item_no) in newest.items()}
    lines: dict[UUID, set[tuple[int | None, bool]]] = defaultdict(set)
    for item_no, accepted, sequence in session.execute(
        select(Acknowledgement.item_no, Acknowledgement.accepted, AnswerFile.sequence)
        .join(AnswerFile, AnswerFile.id == Acknowledgement.file_id)
        .where(one_of(Acknowledgement.item_no, present))
    ):
        lines[present[item_no]].add((sequence, accepted))
    said = {letter_id: acknowledged_of(own) for letter_id, own in lines.items()}
    tracks = _tracks(session, owners, present, said)
    if not said and not tracks:
        return {}
    known = tables if tables is not None else tables_of(session, {track.partner_id for track in tracks.values()})
    found: dict[UUID, PieceOutcome] = {}
    for letter_id in sorted({*said, *tracks}):
        track = tracks.get(letter_id)
        result = track.outcome(known[track.partner_id]) if track else None
        found[letter_id] = PieceOutcome(
            said.get(letter_id), result.state if result else None, result.norm_code if result else "", result
        )
    return found


def _tracks(
    session: Session,
    owners: Mapping[str, UUID],
    present: Mapping[str, UUID],
    said: Mapping[UUID, bool | None],
) -> dict[UUID, _Track]:
    events: dict[UUID, list[PostEvent]] = defaultdict(list)
    old_copy: set[UUID] = set()
    for row in session.execute(
        select(
            PostEventRow.item_no, PostEventRow.serial, PostEventRow.occurred_at, PostEventRow.office, PostEventRow.action,
            PostEventRow.proper_delivery, PostEventRow.not_proper_delivery, PostEventRow.effective,
        ).where(one_of(PostEventRow.item_no, owners))
    ):  # fmt: skip
        letter_id = owners[row.item_no]
        own = events[letter_id]
        if row.item_no in present:
            own.append(_event(row))
        else:
            old_copy.add(letter_id)
    if not events:
        return {}
    decisions = _decisions(session, events)
    found: dict[UUID, _Track] = {}
    for letter in _letters(session, events):
        beside = {
            "TRACK_OF_VOID": letter.void, "TRACK_OF_PULLED": letter.pulled and not letter.void,
            "NEVER_HANDED_OVER": not letter.handed_over and not letter.void and not letter.pulled,
            "REFUSED_YET_TRACKED": said.get(letter.id) is False, "OLD_COPY_TRACKED": letter.id in old_copy,
            "RETURN_SCAN_OF_DELIVERED": letter.returned,
        }  # fmt: skip
        codes = frozenset(code for code, holds in beside.items() if holds)
        found[letter.id] = _Track(letter.partner_id, letter.day, codes, events[letter.id], decisions.get(letter.id, []))
    return found


def _event(row: Any) -> PostEvent:
    return PostEvent(
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


def _letters(session: Session, letter_ids: Iterable[UUID]) -> Iterator[Any]:
    def own(kind: str) -> ColumnElement[bool]:
        return exists().where(LetterEvent.letter_id == Letter.id, LetterEvent.kind == kind)

    def step(kind: str) -> ColumnElement[bool]:
        return exists().where(BatchEvent.batch_id == Batch.id, BatchEvent.kind == kind)

    query = (
        select(
            Letter.id,
            Letter.day,
            Batch.partner_id,
            (own("void") | step("void")).label("void"),
            own("pulled").label("pulled"),
            step("handed_over").label("handed_over"),
            exists().where(LetterPaper.letter_id == Letter.id, LetterPaper.kind == "returned").label("returned"),
        )
        .join(Batch, Batch.id == Letter.batch_id)
        .where(one_of(Letter.id, letter_ids))
    )
    yield from session.execute(query)


def _decisions(session: Session, letter_ids: Iterable[UUID]) -> dict[UUID, list[Decision]]:
    found: dict[UUID, list[Decision]] = defaultdict(list)
    for row in session.scalars(select(OutcomeDecision).where(one_of(OutcomeDecision.letter_id, letter_ids))):
        how = How(row.how) if row.how else None
        found[row.letter_id].append(Decision(LetterState(row.state), row.facts_sha256, row.at, how, row.on_date))
    return found
