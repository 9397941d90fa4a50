"""Which parts a batch is printed in: its own run, then a part (or more) for every reprint, each with the copies that go.

A part holds copies of a fixed window of positions, so that a letter that is pulled or printed again changes no other part's
window. Numbers of parts are contiguous: a window without a copy left has no part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live, is_present
from letters.tables import Batch, Letter, Piece
from records.work import open_stage

PART_PIECES: Final = 500
"""Pieces in a part: an operator can carry it, a killed worker loses seconds."""


@dataclass(frozen=True, slots=True)
class _Window:
    run: int
    after: int
    until: int


def subject_of(session: Session, batch: Batch) -> str:
    """Batch and set of copies that go: when a letter is pulled or printed again the parts are made anew under another subject."""
    digest = hashlib.sha256()
    for position, run in _going(session, batch):
        digest.update(position.to_bytes(4, "big"))
        if run:
            digest.update(b"r%d" % run)
    return f"{batch.id}:{digest.hexdigest()[:16]}"


def open_print(session: Session, batch: Batch) -> UUID:
    """The stage that prints the copies that go now, one chunk a part."""
    total = session.scalar(select(func.count()).select_from(Letter).where(Letter.batch_id == batch.id)) or 0
    going = _going(session, batch)
    chunks: list[tuple[dict[str, int], int]] = []
    for window in _windows(session, batch, total):
        size = sum(1 for position, run in going if run == window.run and window.after < position <= window.until)
        if size:
            args = {"part": len(chunks) + 1, "after": window.after, "until": window.until, "run": window.run}
            chunks.append((args, size))
    stage_args = {"batch_id": str(batch.id), "pieces": total}
    return open_stage(session, "print", subject_of(session, batch), stage_args, chunks).id


def _going(session: Session, batch: Batch) -> Sequence[tuple[int, int]]:
    """(position, run) of the present copy of every live letter."""
    query = (
        select(Letter.position, Piece.print_run)
        .join(Piece, Piece.letter_id == Letter.id)
        .where(Letter.batch_id == batch.id, is_live(), is_present())
        .order_by(Letter.position)
    )
    return [(position, run) for position, run in session.execute(query)]


def _windows(session: Session, batch: Batch, total: int) -> list[_Window]:
    found = [_Window(0, after, after + PART_PIECES) for after in range(0, total, PART_PIECES)]
    reprinted = session.execute(
        select(Piece.print_run, Letter.position)
        .join(Letter, Letter.id == Piece.letter_id)
        .where(Letter.batch_id == batch.id, Piece.print_run > 0)
        .order_by(Piece.print_run, Letter.position)
    ).all()
    for run in sorted({run for run, _ in reprinted}):
        positions = [position for own, position in reprinted if own == run]
        some = (positions[at : at + PART_PIECES] for at in range(0, len(positions), PART_PIECES))
        found += [_Window(run, held[0] - 1, held[-1]) for held in some]
    return found
