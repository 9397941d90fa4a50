"""Keeps what the inserter's scan logs say of a batch's copies. One log, one transaction; the same bytes twice change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.envelopes import Expected, Key, RowFault, Standing, Verdict, judge_log
from letters.batch.frame import DUPLEX
from letters.batch.inserted import next_log
from letters.batch.lookup import batch_by_no, demand_step, is_live, is_present
from letters.batch.planning import Progress
from letters.batch.scanlog import read_log
from letters.batch.state import BatchStep
from letters.tables import Batch, Letter, Piece
from letters.tables_print import ScanFault, ScanFile, ScanResult
from records.audit import append_audit
from records.bulk import copy_rows
from records.database import Database
from records.files import hash_file
from records.identity import uuid7

FAULTS_KEPT: Final = 10_000
"""Rows of a log that are kept one by one; a log with more is of another batch, and their number is kept."""
_COUNT_NAMES: Final = ("readings", "whole", "faulty", "row_faults", "repeated", "bad_times")


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What an import did. ``handed_over``: the batch has left, faulty copies must be called back."""

    name: str
    sha256: str
    number: int
    already: bool
    handed_over: bool
    numbered: bool
    counts: dict[str, int]
    faults: tuple[RowFault, ...]
    unknown_columns: tuple[str, ...]


def import_scans(
    db: Database, batch_no: str, path: Path, *, actor: str, progress: Progress = lambda _what, _done, _total: None
) -> ScanReport:
    """Import one scan log of a printed batch.

    Raises:
        NeedsDecision: the batch is not printed yet.
        UnreadableInput: the file is no scan log; nothing was changed.
    """
    digest = hash_file(path)
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        kinds = demand_step(session, batch, BatchStep.PRINTED, f"请先运行 handa batch print {batch.batch_no}。")
        handed = BatchStep.HANDED_OVER in kinds
        known = session.scalar(select(ScanFile).where(ScanFile.batch_id == batch.id, ScanFile.sha256 == digest))
        if known is not None:
            return _again(session, known, handed)
        progress("读取扫描记录", 0, 0)
        log = read_log(path)
        pieces, expected = _expected(session, batch)
        verdicts, faults = judge_log(batch.batch_no, log.readings, expected, numbered=log.numbered)
        counts = dict(
            zip(
                _COUNT_NAMES,
                (
                    len(log.readings), sum(one.whole for one in verdicts.values()),
                    sum(not one.whole for one in verdicts.values()), len(faults), log.repeated, len(log.bad_times),
                ),
                strict=True,
            )
        )  # fmt: skip
        file = _keep(session, db, batch, path, digest, counts | {"numbered": log.numbered}, actor)
        _keep_results(session, file, verdicts, pieces)
        _keep_faults(session, file, (*log.bad_times, *faults))
        append_audit(
            session, actor=actor, action="batch.scans", subject=f"batch:{batch.batch_no}",
            detail={"sha256": digest, "number": file.number, **counts}, clock=db.clock,
        )  # fmt: skip
        progress("读取扫描记录", len(log.readings), len(log.readings))
        return ScanReport(
            path.name, digest, file.number, False, handed, log.numbered, counts, (*faults, *log.bad_times), log.unknown_columns
        )


def _again(session: Session, file: ScanFile, handed: bool) -> ScanReport:
    rows = session.scalars(select(ScanFault).where(ScanFault.file_id == file.id).order_by(ScanFault.sheet, ScanFault.row))
    faults = tuple(RowFault(row.row, row.code, row.what, row.sheet) for row in rows)
    own = {name: int(file.counts[name]) for name in _COUNT_NAMES}
    return ScanReport(
        file.name, file.sha256, file.number, True, handed, bool(file.counts["numbered"]), own, faults, ()
    )


def _expected(session: Session, batch: Batch) -> tuple[dict[Key, object], dict[Key, Expected]]:
    """Ids and expectations of every copy that was printed, replaced and pulled ones too."""
    replaced = ~is_present()
    query = (
        select(Piece.id, Letter.position, Piece.copy_no, Piece.pages, replaced.label("replaced"), (~is_live()).label("gone"))
        .join(Letter, Letter.id == Piece.letter_id)
        .where(Letter.batch_id == batch.id, Piece.pages.is_not(None))
        .execution_options(yield_per=5000)
    )
    pieces: dict[Key, object] = {}
    expected: dict[Key, Expected] = {}
    for piece_id, position, copy_no, pages, is_replaced, gone in session.execute(query):
        standing = Standing.PULLED if gone else Standing.VOID if is_replaced else Standing.GOOD
        pieces[position, copy_no] = piece_id
        expected[position, copy_no] = Expected((pages or 0) // (2 if DUPLEX else 1), standing)
    return pieces, expected


def _keep(
    session: Session, db: Database, batch: Batch, path: Path, digest: str, counts: Mapping[str, int], actor: str
) -> ScanFile:
    file = ScanFile(
        id=uuid7(), batch_id=batch.id, number=next_log(session, batch), sha256=digest, name=path.name, received_at=db.clock(),
        actor=actor, counts=dict(counts),
    )  # fmt: skip
    session.add(file)
    return file


def _keep_results(session: Session, file: ScanFile, verdicts: dict[Key, Verdict], pieces: dict[Key, object]) -> None:
    columns = ("id", "file_id", "piece_id", "whole", "codes", "detail", "first_row", "last_row", "first_at")
    rows = (
        (uuid7(), file.id, pieces[key], one.whole, " ".join(one.codes), one.sentence, one.first_row, one.last_row, one.first_at)
        for key, one in sorted(verdicts.items())
    )
    copy_rows(session, ScanResult.__table__, columns, rows)


def _keep_faults(session: Session, file: ScanFile, faults: Sequence[RowFault]) -> None:
    """One a row: what is wrong with the mark counts more than what is wrong with the time."""
    kept = sorted({(fault.sheet, fault.row): fault for fault in faults}.items())[:FAULTS_KEPT]
    columns = ("id", "file_id", "sheet", "row", "code", "what")
    copy_rows(session, ScanFault.__table__, columns, ((uuid7(), file.id, sheet, row, one.code, one.what) for (sheet, row), one in kept))
