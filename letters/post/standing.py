"""Reads where every piece stands, thousands at a time: one statement a page over pieces, acknowledgements and events.

A piece's outcome depends on its codes and on the order of their times, not on the times themselves. So the database
gives each piece's events as a shape (codes with ranks of time), ``letters.post.outcome`` is asked once for each shape, and
50,000 pieces cost a few hundred outcomes. What needs a person is asked of ``post_outcomes``, which knows what people said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from letters.post.books import BatchFacts, Standing
from letters.post.codes import CodeTable
from letters.post.model import LetterState, PostEvent
from letters.post.outcome import Outcome, outcome
from letters.post.partner_codes import tables_of
from letters.post.store import post_outcomes
from letters.tables import Acknowledgement, Batch, BatchEvent, Letter, Partner, Piece, PostEventRow
from letters.tables_proof import LetterPaper
from locate.tables import Lender
from records.clock import SHANGHAI
from records.lists import one_of

PAGE: Final = 20_000
"""Letters read by one statement."""
_DAY: Final = datetime(2000, 1, 2, tzinfo=SHANGHAI)
"""Stands for the day of hand-over in a shape; events from before it get times of the day before."""
_FIRST: Final = UUID(int=0)
_NOTHING_SAID: Final = Outcome(LetterState.HANDED_OVER)

_STANDING: Final = text(
    """
    WITH page AS (
      SELECT id, batch_id, position, letter_no, day FROM letter
      WHERE batch_id = ANY(CAST(:batches AS uuid[])) AND (batch_id, position) > (:batch, :position)
      ORDER BY batch_id, position LIMIT :page
    ), pieces AS (
      SELECT page.*, piece.id AS piece_id, piece.item_no, piece.copy_no, piece.part IS NOT NULL AS printed, piece.weight_g, piece.postage_fen,
        piece.copy_no = max(piece.copy_no) OVER (PARTITION BY piece.letter_id) AS newest
      FROM page JOIN piece ON piece.letter_id = page.id
    ), gone AS (
      SELECT letter_id, max(kind) AS kind, min(at) AS at FROM letter_event
      WHERE kind IN ('void', 'pulled') AND letter_id IN (SELECT id FROM page) GROUP BY letter_id
    ), said AS (
      SELECT pieces.item_no, count(*) AS acks, min(file.received_at) AS at,
        (array_agg(line.accepted ORDER BY file.received_at DESC, line.id DESC))[1] AS accepted,
        (array_agg(line.reason ORDER BY file.received_at DESC, line.id DESC))[1] AS reason,
        bool_or(line.accepted) <> bool_and(line.accepted) AS disagree,
        bool_or(line.accepted AND CASE WHEN line.postage_fen <> pieces.postage_fen
          THEN NOT EXISTS (SELECT 1 FROM postage_settlement AS done WHERE done.batch_id = pieces.batch_id
            AND done.item_no = pieces.item_no AND done.expected_fen = pieces.postage_fen AND done.charged_fen = line.postage_fen)
          ELSE line.weight_g <> pieces.weight_g END) AS other
      FROM pieces JOIN acknowledgement AS line ON line.item_no = pieces.item_no
        JOIN answer_file AS file ON file.id = line.file_id
      GROUP BY pieces.item_no
    ), ranked AS (
      SELECT pieces.item_no, event.occurred_at, event.action, event.proper_delivery, event.not_proper_delivery, event.effective,
        dense_rank() OVER (PARTITION BY event.item_no ORDER BY event.occurred_at) AS rank,
        (event.occurred_at AT TIME ZONE 'Asia/Shanghai')::date < pieces.day AS early
      FROM pieces JOIN post_event AS event ON event.item_no = pieces.item_no
    ), told AS (
      SELECT item_no, count(*) AS events, array_agg(DISTINCT occurred_at ORDER BY occurred_at) AS times,
        string_agg(DISTINCT concat_ws(chr(31), lpad(rank::text, 6, '0'), early::int, action, proper_delivery,
          not_proper_delivery, effective::int), chr(30)) AS shape
      FROM ranked GROUP BY item_no
    )
    , scanned AS (
      SELECT piece_id, count(*) = 1 AND bool_and(whole) AS whole FROM scan_result
      WHERE piece_id IN (SELECT piece_id FROM pieces) GROUP BY piece_id
    )
    SELECT pieces.id, pieces.batch_id, pieces.position, pieces.letter_no, pieces.item_no, pieces.copy_no, pieces.newest,
      pieces.printed, gone.kind AS gone, gone.at AS gone_at, said.acks, said.at AS said_at, said.accepted, said.reason,
      said.other, said.disagree, told.events, told.times, told.shape,
      CASE WHEN EXISTS (SELECT FROM scan_file WHERE scan_file.batch_id = pieces.batch_id) THEN COALESCE(scanned.whole, false) END AS inserted
    FROM pieces LEFT JOIN gone ON gone.letter_id = pieces.id LEFT JOIN said ON said.item_no = pieces.item_no
      LEFT JOIN told ON told.item_no = pieces.item_no LEFT JOIN scanned ON scanned.piece_id = pieces.piece_id
    ORDER BY pieces.batch_id, pieces.position, pieces.copy_no
    """
)


def batch_facts(session: Session, batch_ids: Collection[UUID] | None = None) -> list[BatchFacts]:
    """What batches' own events say, in order of day and number; of all batches when none are named."""
    query = (
        select(Batch, Lender.code, Partner.code)
        .join(Lender, Lender.id == Batch.lender_id)
        .join(Partner, Partner.id == Batch.partner_id)
        .order_by(Batch.day, Batch.number)
    )
    if batch_ids is not None:
        query = query.where(one_of(Batch.id, batch_ids))
    rows = session.execute(query).all()
    steps, sealed, closed = _events_of(session, [batch.id for batch, _, _ in rows])
    facts = facts_of(session, [one for one, kinds in steps.items() if one in closed or "void" in kinds])
    return [
        BatchFacts(
            batch_id=batch.id, batch_no=batch.batch_no, day=batch.day, lender=lender, partner=partner, partner_id=batch.partner_id,
            steps=steps[batch.id], sealed_pieces=sealed.get(batch.id), facts=facts.get(batch.id, 0), closed_facts=closed.get(batch.id),
        )
        for batch, lender, partner in rows
    ]  # fmt: skip


def _events_of(
    session: Session, batch_ids: Sequence[UUID]
) -> tuple[dict[UUID, dict[str, datetime]], dict[UUID, int], dict[UUID, int]]:
    """(when each kind of step happened last, pieces under the present seal, facts known when last closed)."""
    steps: dict[UUID, dict[str, datetime]] = defaultdict(dict)
    sealed: dict[UUID, int] = {}
    closed: dict[UUID, int] = {}
    for batch_id, kind, at, detail in session.execute(
        select(BatchEvent.batch_id, BatchEvent.kind, BatchEvent.at, BatchEvent.detail)
        .where(one_of(BatchEvent.batch_id, batch_ids))
        .order_by(BatchEvent.at, BatchEvent.id)
    ):
        steps[batch_id][kind] = at
        if kind in ("sealed", "resealed"):
            sealed[batch_id] = int(detail["pieces"])
        elif kind == "unsealed":
            sealed.pop(batch_id, None)
        elif kind == "closed":
            closed[batch_id] = int(detail["facts"])
    return steps, sealed, closed


def facts_of(session: Session, batch_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How much is known of the batches' pieces: acknowledgement lines, events, returned envelopes. Only ever grows."""
    found: dict[UUID, int] = defaultdict(int)
    pieces = select(Letter.batch_id, func.count()).join(Piece, Piece.letter_id == Letter.id)
    for query in (
        pieces.join(Acknowledgement, Acknowledgement.item_no == Piece.item_no),
        pieces.join(PostEventRow, PostEventRow.item_no == Piece.item_no),
        select(Letter.batch_id, func.count()).join(
            LetterPaper, (LetterPaper.letter_id == Letter.id) & (LetterPaper.kind == "returned")
        ),
    ):
        for batch_id, count in session.execute(query.where(one_of(Letter.batch_id, batch_ids)).group_by(Letter.batch_id)):
            found[batch_id] += count
    return found


def standings(session: Session, batch_ids: Collection[UUID]) -> Iterator[tuple[UUID, Standing]]:
    """(batch, piece) of every piece ever made for these batches, batch by batch in manifest order; memory stays flat."""
    wanted = sorted(batch_ids)
    owner: dict[UUID, UUID] = {row.id: row.partner_id for row in session.execute(select(Batch.id, Batch.partner_id).where(one_of(Batch.id, wanted)))}
    shapes = {partner_id: _Shapes(table) for partner_id, table in tables_of(session, set(owner.values())).items()}
    batch, position = _FIRST, 0
    while True:
        rows = session.execute(
            _STANDING, {"batches": wanted, "batch": batch, "position": position, "page": PAGE}
        ).all()
        if not rows:
            return
        page = [(row.batch_id, piece, _is_unclear(piece, row)) for row in rows for piece in (_standing(row, shapes[owner[row.batch_id]]),)]
        yield from _with_peoples_word(session, page)
        batch, position = rows[-1].batch_id, rows[-1].position


def _standing(row: Row[Any], shapes: _Shapes) -> Standing:
    said, times, accepted_at = _NOTHING_SAID, row.times, None
    if row.shape is not None:
        found = shapes.outcome(row.shape)
        said = found.outcome
        accepted_at = None if found.accepted_rank is None else times[found.accepted_rank]
    return Standing(
        letter_id=row.id, position=row.position, letter_no=row.letter_no, item_no=row.item_no, copy_no=row.copy_no,
        newest=row.newest, printed=row.printed, gone=row.gone or "", gone_at=row.gone_at, acknowledged=row.accepted,
        acknowledged_at=row.said_at, reason=row.reason or "", other_figures=bool(row.other), acks=row.acks or 0,
        events=row.events or 0, state=said.state if times else None, claimed=said.claimed, norm_code=said.norm_code,
        needs_person=said.needs_person, anomalies=_codes(said), attempts=said.attempts, first_event_at=times[0] if times else None,
        accepted_at=accepted_at, last_event_at=times[-1] if times else None, inserted=row.inserted,
    )  # fmt: skip


def _codes(said: Outcome) -> tuple[str, ...]:
    return tuple(anomaly.code for anomaly in said.anomalies)


def _told(piece: Standing, said: Outcome) -> Standing:
    return replace(
        piece, state=said.state, claimed=said.claimed, norm_code=said.norm_code, needs_person=said.needs_person,
        anomalies=_codes(said), attempts=said.attempts,
    )  # fmt: skip


def _with_peoples_word(session: Session, page: list[tuple[UUID, Standing, bool]]) -> Iterator[tuple[UUID, Standing]]:
    """The page, with the whole answer where more than the shape counts: contradictions, and what people said of them."""
    delivered = [piece.letter_id for _, piece, _ in page if piece.newest and piece.state is LetterState.DELIVERED]
    denied = set(
        session.scalars(select(LetterPaper.letter_id).where(LetterPaper.kind == "returned", one_of(LetterPaper.letter_id, delivered)))
    )
    page = [(batch_id, piece, unclear or (piece.newest and piece.letter_id in denied)) for batch_id, piece, unclear in page]
    said = post_outcomes(session, [piece.letter_id for _, piece, unclear in page if unclear])
    for batch_id, piece, unclear in page:
        told = said.get(piece.letter_id) if unclear else None
        if told is not None:
            piece = replace(piece, acknowledged=told.acknowledged)  # noqa: PLW2901  the same piece, better known
            if told.outcome is not None:
                piece = _told(piece, told.outcome)  # noqa: PLW2901
        yield batch_id, piece


def _is_unclear(piece: Standing, row: Row[Any]) -> bool:
    refused_yet_tracked = piece.acknowledged is False and piece.events > 0
    return piece.newest and bool(piece.needs_person or refused_yet_tracked or row.disagree)


@dataclass(frozen=True, slots=True)
class _Found:
    outcome: Outcome
    accepted_rank: int | None
    """Which of the piece's distinct times, from 0, is that of its acceptance."""


class _Shapes:
    """Outcomes by shape, each computed once."""

    def __init__(self, table: CodeTable) -> None:
        self._table = table
        self._known: dict[str, _Found] = {}

    def outcome(self, shape: str) -> _Found:
        found = self._known.get(shape)
        if found is None:
            found = self._known[shape] = _outcome_of(shape, self._table)
        return found


def _outcome_of(shape: str, table: CodeTable) -> _Found:
    """The outcome of events whose times are replaced by ranks: the same order, the same side of the hand-over's day."""
    events = []
    ranks: dict[datetime, int] = {}
    for step in shape.split("\x1e"):
        rank, early, action, proper, not_proper, effective = step.split("\x1f")
        at = _DAY + timedelta(seconds=int(rank)) - timedelta(days=int(early))
        ranks[at] = int(rank) - 1
        events.append(PostEvent("", "", at, "", action, proper, not_proper, "", effective == "1"))
    said = outcome(events, table, handed_over_on=_DAY.date())
    return _Found(said, None if said.accepted_at is None else ranks[said.accepted_at])


def settled_facts(session: Session, batch_ids: Collection[UUID]) -> Mapping[tuple[UUID, str, str], int]:
    """(batch, code, item) → how much was known of it when a person last settled it; item '' for the batch as a whole."""
    rows = session.execute(
        text(
            """
            SELECT s.batch_id, s.code, p.item_no, max(p.facts) FROM gap_settlement s JOIN settled_piece p ON p.settlement_id = s.id
            WHERE s.batch_id = ANY(CAST(:batches AS uuid[])) GROUP BY s.batch_id, s.code, p.item_no
            """
        ),
        {"batches": sorted(batch_ids)},
    )
    return {(batch_id, code, item_no): facts for batch_id, code, item_no, facts in rows}


def day_of(at: datetime) -> date:
    """The instant's day in Shanghai."""
    return at.astimezone(SHANGHAI).date()
