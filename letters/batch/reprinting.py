"""补印: spoiled and missing copies of a printed batch get a new copy each, with a new item number, in a part of their own.

The letter is the same, so its release holds and the seal is drawn under it; only copy number, mark and item number differ.
New copies and the voids of the old ones are one transaction: killed at any moment and run again, nothing is made twice. It
may happen until hand-over; a sealed batch is unsealed with it, and sealed anew under another name. What has left the house
can only be called back.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from letters.batch.inserted import TO_REPRINT, Copy, CopyState, copies_of, is_scanned
from letters.batch.lookup import batch_by_no, demand_step
from letters.batch.planning import Progress
from letters.batch.printing import part_name, parts_of, print_batch, print_folder
from letters.batch.pulling import Pulled, pull_stopped
from letters.batch.sealing import break_seal
from letters.batch.state import BatchStep
from letters.batch.stock import numbers_of, take_numbers
from letters.batch.supplement import cover_name
from letters.batch.voids import void_spoiled
from letters.tables import Batch, BatchEvent, Piece
from letters.tables_print import Reprint, SpoiledPiece
from records.audit import append_audit
from records.database import Database
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

UNLIKELY_SHARE: Final = 0.05
UNLIKELY_PIECES: Final = 10
"""More than both of them missing from the logs at once: rather a log that was not imported than so many lost letters."""


class LogsIncomplete(NeedsDecision):
    """So many copies are in no log that one was probably forgotten."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A copy that was replaced."""

    position: int
    letter_no: str
    copy_no: int
    """Of the new copy."""
    void_item_no: str
    item_no: str
    codes: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReprintResult:
    """What a reprint did. ``parts``: supplementary part files and their covers, of this and of earlier reprints."""

    batch_no: str
    replaced: tuple[Replaced, ...]
    unsealed: str
    """Name under which the batch was sealed before; '' when it was not."""
    pulled: tuple[Pulled, ...]
    parts: tuple[Path, ...]


def reprint(
    db: Database,
    batch_no: str,
    *,
    actor: str,
    workers: int,
    complete: bool = False,
    progress: Progress = lambda _what, _done, _total: None,
) -> ReprintResult:
    """Replace and print what the scan logs found spoiled or missing; with nothing left to replace, finish an earlier reprint.

    Args:
        complete: the logs are known to be complete, however many copies are missing from them.

    Raises:
        NeedsDecision: the batch is not printed, no log was imported, or the item numbers do not suffice.
        LogsIncomplete: a log seems to have been forgotten.
        WrongUsage: the batch has been handed over.
    """
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        kinds = demand_step(session, batch, BatchStep.PRINTED, f"请先运行 handa batch print {batch.batch_no}。")
        if BatchStep.HANDED_OVER in kinds:
            raise WrongUsage(
                f"批次 {batch.batch_no} 已交寄，不能补印。", "请通知邮政合作方撤回这些邮件号码；确认未寄出后，下次计划会重新发函。"
            )
        if not is_scanned(session, batch):
            raise NeedsDecision(f"批次 {batch.batch_no} 还没有导入扫描记录。", f"请先运行 handa batch scans {batch.batch_no} 文件。")
        pulled = pull_stopped(session, batch, actor=actor, clock=db.clock)
        session.flush()
        copies = list(copies_of(session, batch))
        due = [copy for copy in copies if copy.state in TO_REPRINT]
        if not complete:
            _demand_plausible(batch, copies)
        replaced = _replace(session, db, batch, due, actor) if due else ()
        unsealed = batch.sealed_name or ""
        if replaced and unsealed:
            break_seal(session, db, batch, actor, {"reprinted": len(replaced)})
    if replaced and unsealed:
        # The old folder holds the spoiled copies' pages: nobody may hand it over by hand.
        shutil.rmtree(db.settings.workspace.batches / batch_no / unsealed, ignore_errors=True)
    more = print_batch(db, batch_no, actor=actor, workers=workers, progress=progress)
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        _note(session, db, batch, actor)
        folder = print_folder(db.settings, batch_no)
        covers = [folder / cover_name(part) for part, _sha256, _pages in parts_of(session, batch)]
    parts = tuple(path for cover in covers if cover.exists() for path in (cover, folder / part_name(int(cover.name[5:9]))))
    return ReprintResult(batch_no, replaced, unsealed if replaced else "", (*pulled, *more), parts)


def _demand_plausible(batch: Batch, copies: list[Copy]) -> None:
    """Refuse when so much of a print run is in no log that a log was rather forgotten."""
    runs = Counter(copy.print_run for copy in copies if copy.part is not None and copy.state is not CopyState.PULLED)
    missing = Counter(copy.print_run for copy in copies if copy.state is CopyState.MISSING)
    for run, number in sorted(missing.items()):
        if number > UNLIKELY_PIECES and number > runs[run] * UNLIKELY_SHARE:
            raise LogsIncomplete(
                f"批次 {batch.batch_no} 有 {number} 件（共 {runs[run]} 件）在扫描记录里找不到，可能还有记录未导入。",
                "请先导入全部扫描记录；确已全部导入的，加 --complete 再运行。",
            )


def _replace(session: Session, db: Database, batch: Batch, due: list[Copy], actor: str) -> tuple[Replaced, ...]:
    """New copies for the old ones, and the old ones' voids: in the caller's transaction, all or none."""
    now = db.clock()
    number = (session.scalar(select(func.max(Reprint.number)).where(Reprint.batch_id == batch.id)) or 0) + 1
    run = Reprint(id=uuid7(), batch_id=batch.id, number=number, at=now, actor=actor)
    session.add(run)
    session.flush()
    made: list[Replaced] = []
    pieces: list[Piece] = []
    voids: list[SpoiledPiece] = []
    for copy, item_no in zip(due, numbers_of(take_numbers(session, batch.partner_id, batch.product, len(due))), strict=True):
        new = Piece(id=uuid7(), letter_id=copy.letter_id, copy_no=copy.copy_no + 1, item_no=item_no, print_run=number)
        pieces.append(new)
        voids.append(
            SpoiledPiece(
                piece_id=copy.piece_id, reprint_id=run.id, replaced_by=new.id, item_no=copy.item_no, codes=copy.codes,
                reason=copy.detail, at=now, actor=actor,
            )
        )  # fmt: skip
        made.append(Replaced(copy.position, copy.letter_no, copy.copy_no + 1, copy.item_no, item_no, copy.codes, copy.detail))
    session.add_all(pieces)
    session.flush()
    session.add_all(voids)
    void_spoiled(session, [copy.piece_id for copy in due], f"第 {number} 次补印", actor=actor, at=now)
    append_audit(
        session, actor=actor, action="batch.reprint", subject=f"batch:{batch.batch_no}",
        detail={"number": number, "pieces": [[one.letter_no, one.copy_no, one.void_item_no, one.item_no, one.codes] for one in made]},
        clock=db.clock,
    )  # fmt: skip
    return tuple(made)


def _note(session: Session, db: Database, batch: Batch, actor: str) -> None:
    """An event for every reprint whose part is printed, once."""
    for run in session.scalars(select(Reprint).where(Reprint.batch_id == batch.id).order_by(Reprint.number)).all():
        known = exists().where(
            BatchEvent.batch_id == batch.id, BatchEvent.kind == "reprinted", BatchEvent.detail["number"].as_integer() == run.number
        )
        if session.scalar(select(known)):
            continue
        pieces = session.scalar(select(func.count()).select_from(SpoiledPiece).where(SpoiledPiece.reprint_id == run.id))
        detail = {"number": run.number, "pieces": pieces}
        session.add(BatchEvent(id=uuid7(), batch_id=batch.id, kind="reprinted", at=db.clock(), actor=actor, detail=detail))
