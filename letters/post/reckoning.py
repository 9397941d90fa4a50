"""One pass over the pieces of many batches: the books of each, and every gap told to whoever listens. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from letters.post.books import BatchFacts, Books, PieceClass, Standing
from letters.post.piece_gaps import batch_gaps, piece_gaps
from letters.post.standing import standings

Progress = Callable[[str, int, int], None]


class Listener(Protocol):
    """Hears of every gap of a piece, and of a batch as a whole."""

    def piece(self, batch: BatchFacts, piece: Standing, found: PieceClass, code: str, since: date) -> None:
        """A gap of one piece."""

    def batch(self, batch: BatchFacts, code: str, count: int, since: date, facts: int) -> None:
        """A gap of the batch as a whole; ``facts`` are known of it."""


class Deaf:
    """Listens to nothing: for books alone."""

    def piece(self, batch: BatchFacts, piece: Standing, found: PieceClass, code: str, since: date) -> None:
        """Nothing."""

    def batch(self, batch: BatchFacts, code: str, count: int, since: date, facts: int) -> None:
        """Nothing."""


def reckon(
    session: Session,
    batches: Sequence[BatchFacts],
    listener: Listener,
    *,
    progress: Progress = lambda _what, _done, _total: None,
) -> Mapping[UUID, Books]:
    """The books of each batch; its gaps are told to ``listener`` on the way. Memory holds one page and the books."""
    known = {one.batch_id: one for one in batches}
    books = {one.batch_id: _opened(one) for one in batches}
    facts = dict.fromkeys(known, 0)
    total = len(known)
    seen: set[UUID] = set()
    for batch_id, pieces in _by_batch(session, known):
        batch, page = known[batch_id], books[batch_id]
        for piece in pieces:
            found = page.add(piece, batch)
            facts[batch_id] += piece.facts
            for code, since in piece_gaps(piece, batch, found):
                listener.piece(batch, piece, found, code, since)
        seen.add(batch_id)
        progress("核对批次", len(seen), total)
    for batch in batches:
        for code, count, since in batch_gaps(batch, books[batch.batch_id]):
            listener.batch(batch, code, count, since, facts[batch.batch_id])
    return books


def _opened(batch: BatchFacts) -> Books:
    made = Books()
    made.note(batch)
    return made


def _by_batch(session: Session, known: Mapping[UUID, BatchFacts]) -> Iterator[tuple[UUID, Iterator[Standing]]]:
    for batch_id, pairs in groupby(standings(session, list(known)), key=itemgetter(0)):
        yield batch_id, (piece for _, piece in pairs)
