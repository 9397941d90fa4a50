"""Prints a released batch in parts: one chunk is one part of a fixed number of pieces in manifest order (``runs``).

A part file is written under a temporary name and renamed; its hash and every piece's page range commit with the chunk.
The same letters give the same bytes, so a part that was killed half-way is simply made again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from letters.answers.rate import demand_few_complaints
from letters.batch.agreements import catalogue_of
from letters.batch.costing import Costing
from letters.batch.frame import DUPLEX
from letters.batch.lastlook import Printed, demand_clean_part
from letters.batch.lookup import LivePiece, batch_by_no, demand_step, live_pieces
from letters.batch.planning import Progress
from letters.batch.proofing import demand_proof, proof_piece
from letters.batch.pulling import Pulled, pull, pull_stopped
from letters.batch.runs import open_print, subject_of
from letters.batch.state import BatchStep
from letters.batch.supplement import cover_name, write_cover
from letters.compose import compose, load_bundle
from letters.gate.warrant import warrant_of
from letters.post.products import Catalogue
from letters.press.faces import MissingGlyph
from letters.press.furniture import PageRefused
from letters.press.part import PartWriter, PieceLayout
from letters.press.pdffile import EDITION
from letters.press.proof import ProofPiece
from letters.press.seal import Seal
from letters.press.warrant import SealWarrant
from letters.tables import Batch, BatchEvent, Firm
from records.audit import append_audit
from records.database import Database
from records.errors import Broken, NeedsDecision
from records.files import disk_faults, hash_file, replace_durably
from records.identity import uuid7
from records.tables import WorkChunk, WorkStage
from records.work import WorkContext, register, run_stage, stage_results

if TYPE_CHECKING:
    from records.settings import Settings

_KEEP = text(
    """
    UPDATE piece SET part = :part, first_page = new.first_page, pages = new.pages, sheets = new.sheets,
      weight_g = new.weight, postage_fen = new.postage, content_sha256 = new.content
    FROM unnest(CAST(:ids AS uuid[]), CAST(:first_pages AS int[]), CAST(:pages AS int[]), CAST(:sheets AS int[]),
                CAST(:weights AS int[]), CAST(:postages AS bigint[]), CAST(:contents AS text[]))
         AS new(id, first_page, pages, sheets, weight, postage, content)
    WHERE piece.id = new.id
    """
)


def print_batch(
    db: Database,
    batch_no: str,
    *,
    actor: str,
    workers: int,
    progress: Progress = lambda _what, _done, _total: None,
) -> list[Pulled]:
    """Print every live letter of a released batch; returns the letters that were pulled before printing.

    Printing again after it is done checks the part files and makes again what is missing or damaged.

    Raises:
        NeedsDecision: the batch is not released.
        Broken: the letters are not those that were released, or a part can't be made as it was.
    """
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        kinds = demand_step(
            session, batch, BatchStep.RELEASED, f"请律师先签发：handa batch release {batch.batch_no} --lawyer 律师代码"
        )
        warrant_of(session, db.cipher, batch)
        if BatchStep.HANDED_OVER in kinds:
            pulled = []
        else:
            demand_few_complaints(session, batch, db.clock)
            pulled = pull_stopped(session, batch, actor=actor, clock=db.clock)
    stage_id = None
    # A letter that the page refuses is pulled while printing: the parts are then made anew without it, until all stand.
    while (opened := _opened(db, batch_no)).stage_id != stage_id:
        stage_id = opened.stage_id
        run_stage(db, stage_id, workers, lambda done, total: progress("印刷函件", done, total), db.clock)
        with db.session() as session:
            _demand_same_bytes(session, stage_id, opened.again)
    with db.session() as session:
        _finish(session, db, batch_by_no(session, batch_no), stage_id, actor)
        _drop_stale(print_folder(db.settings, batch_no), stage_results(session, stage_id))
    return pulled


@dataclass(frozen=True, slots=True)
class _Opened:
    stage_id: UUID
    again: dict[int, str]
    """Recorded hashes, by part, of part files that are missing or damaged and are made again."""


def _opened(db: Database, batch_no: str) -> _Opened:
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        stage_id = open_print(session, batch)
        return _Opened(stage_id, _reopen_damaged(session, stage_id, print_folder(db.settings, batch.batch_no)))


def seal_of(firm: Firm, warrant: SealWarrant) -> Seal:
    """The firm's seal under a release's warrant; a plainly marked sample only for a firm registered as a demonstration.

    Raises:
        NeedsDecision: a real firm has given no picture: a letter without its seal is no lawyer's letter.
    """
    if firm.seal_image:
        return Seal(firm.seal_image, warrant=warrant)
    if firm.settings.get("sample_seal"):
        return Seal.sample(firm.name, warrant)
    raise NeedsDecision(f"律所“{firm.code}”尚未登记印章图片，不能印刷。", "请用 handa firm seal 登记印章图片（PNG，透明底）。")


def print_folder(settings: Settings, batch_no: str) -> Path:
    """Where the parts of a batch lie until they are sealed."""
    return settings.workspace.batches / batch_no / "print"


def parts_of(session: Session, batch: Batch) -> list[tuple[int, str, int]]:
    """(part number, SHA-256, pages) of the parts that hold the batch's live letters, in order.

    Raises:
        Broken: when the live letters have not all been printed.
    """
    stage_id = session.scalar(select(WorkStage.id).where(WorkStage.name == "print", WorkStage.subject == subject_of(session, batch)))
    if stage_id is None or session.scalar(
        select(func.count()).select_from(WorkChunk).where(WorkChunk.stage_id == stage_id, WorkChunk.done_at.is_(None))
    ):
        raise Broken(f"批次 {batch.batch_no} 尚未印刷完整。", f"请运行 handa batch print {batch.batch_no}。")
    return [
        (int(result["part"]), str(result["sha256"]), int(result["pages"]))
        for result in stage_results(session, stage_id)
        if result["pages"]
    ]


@register("print")
def print_part(
    session: Session, context: WorkContext, stage_args: Mapping[str, object], chunk_args: Mapping[str, object]
) -> dict[str, object]:
    """Print one part: the live letters with positions in (after, until] whose copy is of the chunk's run."""
    batch = session.get_one(Batch, UUID(str(stage_args["batch_id"])))
    firm = session.get_one(Firm, batch.firm_id)
    part, after, until = (int(str(chunk_args[name])) for name in ("part", "after", "until"))
    run = int(str(chunk_args.get("run", 0)))
    bundle = load_bundle(batch.template)
    if bundle.sha256 != batch.bundle_sha256:
        raise Broken(
            f"模板 {batch.template} 在计划之后被改动，已停止印刷。", "请恢复模板原文件，或作废本批后以新版本重新计划。"
        )
    folder = print_folder(context.settings, batch.batch_no)
    with disk_faults(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / part_name(part)
    temporary = folder / f".{target.name}.{os.getpid()}.part"
    warrant = _warrant(session, context, batch)
    pages = _Laid(catalogue_of(session, batch), batch.product, bundle.enclosed_sheets, str(firm.settings.get("postcode", "")))
    total = int(str(stage_args["pieces"]))
    printed: list[Printed] = []
    proofs: list[ProofPiece] = []
    try:
        with (
            disk_faults(target),
            PartWriter(
                temporary, bundle, batch_no=batch.batch_no, dated=batch.day, seal=seal_of(firm, warrant), duplex=DUPLEX
            ) as writer,
        ):
            for piece in live_pieces(session, context.cipher, batch, after=after, until=until, run=run):
                letter = compose(bundle, piece.fields)
                try:
                    layout = writer.add(letter, piece.fields, piece.position, total, piece.copy_no)
                except (MissingGlyph, PageRefused) as fault:
                    # The page itself refuses (text that does not fit the window …): this letter waits, the others go.
                    pull(session, piece.letter_id, piece.letter_no, f"版面无法印刷：{fault}", "press", context.clock())
                else:
                    pages.add(piece, layout)
                    printed.append(Printed.of(piece.letter_no, piece.fields, letter, layout))
                    proofs.append(proof_piece(piece, layout.first_page, layout.printed_pages))
            finished = writer.close()
            demand_clean_part(temporary, printed)
            demand_proof(session, temporary, bundle, batch, part, finished.sha256, proofs, total, context.clock)
            replace_durably(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    session.execute(_KEEP, {"part": part, **pages.columns()})
    append_audit(
        session,
        actor="press",
        action="seal.used",
        subject=f"batch:{batch.batch_no}",
        detail={"part": part, "letters": len(pages.ids), "letters_sha256": warrant.letters_sha256},
        clock=context.clock,
    )
    result: dict[str, object] = {
        "part": part, "sha256": finished.sha256, "pages": finished.pages, "pieces": len(pages.ids), "press": EDITION,
    }  # fmt: skip
    if run:
        result["cover_sha256"] = write_cover(session, batch, run, part, printed, folder / cover_name(part))
    return result


def _warrant(session: Session, context: WorkContext, batch: Batch) -> SealWarrant:
    """The batch's warrant, made once a process: every letter is compared with it, so a later change is seen."""
    key = f"warrant:{batch.id}"
    known = context.caches.get(key)
    if not isinstance(known, SealWarrant):
        known = context.caches[key] = warrant_of(session, context.cipher, batch)
    return known


class _Laid:
    """Where each piece of a part lies and what it weighs and costs, column by column for one statement."""

    def __init__(self, catalogue: Catalogue, product: str, enclosed_sheets: int, origin_postcode: str) -> None:
        self._costing = Costing(catalogue, product, enclosed_sheets, origin_postcode)
        self.ids: list[UUID] = []
        self._rows: list[tuple[int, int, int, int, int, str]] = []

    def add(self, piece: LivePiece, layout: PieceLayout) -> None:
        cost = self._costing.of(layout.sheets, piece.fields.postcode)
        self.ids.append(piece.piece_id)
        self._rows.append(
            (layout.first_page, layout.pages, cost.sheets, cost.weight_g, cost.postage_fen, layout.content_sha256)
        )

    def columns(self) -> dict[str, object]:
        names = ("first_pages", "pages", "sheets", "weights", "postages", "contents")
        values = list(zip(*self._rows, strict=True)) or [()] * len(names)
        return {"ids": self.ids, **{name: list(column) for name, column in zip(names, values, strict=True)}}


def part_name(part: int) -> str:
    """File name of a part."""
    return f"part-{part:04d}.pdf"


def _reopen_damaged(session: Session, stage_id: UUID, folder: Path) -> dict[int, str]:
    """Open again the chunks whose part file is missing or not what was recorded; their recorded hashes by part.

    A printing that another edition of the press began and did not finish is begun anew: no batch is half of each.
    """
    again: dict[int, str] = {}
    begun = session.get_one(WorkStage, stage_id).done_at is None
    for chunk in session.scalars(select(WorkChunk).where(WorkChunk.stage_id == stage_id, WorkChunk.done_at.is_not(None))):
        result = chunk.result or {}
        part = int(result["part"])
        if begun and result.get("press") != EDITION:
            chunk.done_at = None
            continue
        cover = result.get("cover_sha256")
        if _differs(folder / part_name(part), result["sha256"]) or (cover and _differs(folder / cover_name(part), cover)):
            again[part] = str(result["sha256"])
            chunk.done_at = None
    if again:
        session.get_one(WorkStage, stage_id).done_at = None
    return again


def _drop_stale(folder: Path, results: Sequence[Mapping[str, object]]) -> None:
    """Remove part files of an earlier set of copies: they hold pages of letters that were pulled, or of spoiled copies."""
    numbers = [int(str(result["part"])) for result in results if result["pages"]]
    kept = {name for part in numbers for name in (part_name(part), cover_name(part))}
    for path in folder.glob("part-*.pdf"):
        if path.name not in kept:
            path.unlink()


def _differs(path: Path, sha256: object) -> bool:
    return not path.exists() or hash_file(path) != sha256


def _demand_same_bytes(session: Session, stage_id: UUID, again: Mapping[int, str]) -> None:
    for result in stage_results(session, stage_id):
        recorded = again.get(int(result["part"]))
        if recorded is not None and recorded != result["sha256"]:
            raise Broken(
                f"印刷分册 {result['part']} 重新生成后与原记录不一致，已停止。", "程序、字体或模板可能已改动，请恢复原版本后重试。"
            )


def _finish(session: Session, db: Database, batch: Batch, stage_id: UUID, actor: str) -> None:
    known = session.scalar(select(BatchEvent.id).where(BatchEvent.batch_id == batch.id, BatchEvent.kind == "printed"))
    if known is not None:
        return
    results = list(stage_results(session, stage_id))
    detail = {
        "parts": len(results),
        "pieces": sum(int(result["pieces"]) for result in results),
        "pages": sum(int(result["pages"]) for result in results),
    }
    session.add(BatchEvent(id=uuid7(), batch_id=batch.id, kind="printed", at=db.clock(), actor=actor, detail=detail))
    append_audit(
        session, actor=actor, action="batch.printed", subject=f"batch:{batch.batch_no}", detail=detail, clock=db.clock
    )
