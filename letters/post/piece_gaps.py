"""Which gaps a piece or a batch has, and since when: pure functions over where it stands.

A piece without an end is in exactly one gap about that; what else is wrong with it comes on top. Whether a gap is due yet
is for ``letters.post.gap_kinds`` (days) to say: here an open piece is a gap from its first day, which is why a batch with one
can't be closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from letters.batch.state import BatchStep
from letters.post.books import BatchFacts, Books, PieceClass, Standing, in_manifest
from records.clock import SHANGHAI

_WAITS = {
    BatchStep.PLANNED: "NOT_RELEASED",
    BatchStep.RELEASED: "NOT_PRINTED",
    BatchStep.PRINTED: "NOT_SEALED",
    BatchStep.SEALED: "NOT_HANDED_OVER",
}


def _day(at: datetime | None, otherwise: date) -> date:
    return at.astimezone(SHANGHAI).date() if at is not None else otherwise


def _left_on(batch: BatchFacts) -> date:
    """The day of hand-over; the batch's own day before it."""
    return _day(batch.steps.get("handed_over"), batch.day)


def piece_gaps(piece: Standing, batch: BatchFacts, found: PieceClass) -> Iterator[tuple[str, date]]:
    """(code, since) of each gap of a piece whose class is ``found``."""
    left = _left_on(batch)
    if found in (PieceClass.SPOILED, PieceClass.WITHDRAWN):
        if piece.events or piece.acknowledged:
            yield "VOID_SEEN", _day(piece.first_event_at or piece.acknowledged_at, left)
        if found is PieceClass.WITHDRAWN and "void" not in batch.steps and in_manifest(piece, batch):
            yield "PULLED_IN_MANIFEST", _day(piece.gone_at, left)  # sealed with it, and not yet sealed anew
        return
    if piece.gone:
        yield "PULLED_IN_MANIFEST", _day(piece.gone_at, left)
    if found is PieceClass.UNPRINTED:
        if batch.printed:
            yield "LEFT_OUT", _day(batch.steps.get("printed"), batch.day)
        return
    if piece.inserted is False:
        yield "NOT_INSERTED", _day(batch.steps.get("printed"), batch.day)
    if found is not PieceClass.PRINTED:
        yield from _answered(piece, found, left)
        yield from _ended(piece, found, left)


def _answered(piece: Standing, found: PieceClass, left: date) -> Iterator[tuple[str, date]]:
    """What is wrong with the acknowledgement."""
    said = _day(piece.acknowledged_at, left)
    if piece.acknowledged is None:
        yield "NO_ACKNOWLEDGEMENT", left
    if piece.acknowledged is False:
        yield ("REFUSED_BY_POST" if found is PieceClass.REFUSED else "REFUSED_BUT_TRACKED"), said
    if piece.other_figures:
        yield "OTHER_FIGURES", said


def _ended(piece: Standing, found: PieceClass, left: date) -> Iterator[tuple[str, date]]:
    """What is wrong with the end, or that there is none."""
    if piece.needs_person:
        yield "CONTRADICTION", _day(piece.last_event_at, left)
    elif found is PieceClass.LOST:
        yield "LOST_PIECE", _day(piece.last_event_at, left)
    elif found is PieceClass.OPEN:
        yield from _without_end(piece, left)


def _without_end(piece: Standing, left: date) -> Iterator[tuple[str, date]]:
    if not piece.events:
        yield "NO_TRACK", left  # a late acknowledgement does not make the silence younger
    elif piece.attempts:
        yield "ATTEMPT_NO_END", _day(piece.last_event_at, left)
    else:
        yield "STUCK_IN_TRANSIT", _day(piece.last_event_at, left)


def batch_gaps(batch: BatchFacts, books: Books) -> Iterator[tuple[str, int, date]]:
    """(code, pieces, since) of each gap of a batch as a whole."""
    step = batch.step
    if step in _WAITS and (waiting := books.generated - books.spoiled - books.withdrawn):
        yield _WAITS[step], waiting, _day(batch.steps.get(step.value), batch.day)
    if batch.handed_over and books.unexplained:
        yield "COUNT_DIFFERS", books.unexplained, _left_on(batch)
    if batch.closed_facts is not None and batch.closed_facts != batch.facts:
        yield "CLOSED_NEW_FACTS", abs(batch.facts - batch.closed_facts), _day(batch.steps.get("closed"), batch.day)
