"""Proofs of a printed batch's part files: on request (``handa batch proof``), and before sealing where printing made none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.lookup import batch_by_no, demand_step, is_live, is_present, live_pieces
from letters.batch.planning import Progress
from letters.batch.printing import part_name, parts_of, print_folder
from letters.batch.proofing import ProofResult, clean_proof, failed, look, proof_piece, share_of
from letters.batch.state import BatchStep
from letters.compose import compose, load_bundle
from letters.compose.bundle import Bundle
from letters.press.preflight import Preflight
from letters.press.proof import ProofPiece
from letters.tables import Batch, Letter, Piece
from records.audit import append_audit
from records.database import Database
from records.errors import Broken
from records.files import hash_file


@dataclass(frozen=True, slots=True)
class _Part:
    number: int
    path: Path
    sha256: str
    positions: tuple[int, ...]


def proof_batch(
    db: Database, batch_no: str, *, sample: int | None, actor: str, progress: Progress = lambda _what, _done, _total: None
) -> list[ProofResult]:
    """Look at a printed batch's parts again and record it.

    Args:
        sample: pieces of each part; None = all of them.

    Raises:
        NeedsDecision: the batch is not printed.
        Broken: a part file is missing or is not the one that was printed.
    """
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        demand_step(session, batch, BatchStep.PRINTED, f"请先运行 handa batch print {batch.batch_no}。")
        parts = _parts(session, db, batch)
    results = []
    total = sum(len(part.positions) if sample is None else min(sample, len(part.positions)) for part in parts)
    looked = 0
    for part in parts:  # a transaction a part: what was looked at stays recorded
        with db.session() as session:
            batch = batch_by_no(session, batch_no)
            result = _look(session, db, batch, part, len(part.positions) if sample is None else sample, actor)
            append_audit(
                session, actor=actor, action="batch.proof", subject=f"batch:{batch_no}",
                detail={"part": part.number, "sha256": part.sha256, "looked": result.looked, "findings": len(result.findings)},
                clock=db.clock,
            )  # fmt: skip
        results.append(result)
        looked += result.looked
        progress("校样", looked, total)
    return results


def ruled_sample(db: Database, batch_no: str) -> int:
    """Pieces of each part that the sampling rule asks for (``proofing``): the greatest share of any part."""
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        demand_step(session, batch, BatchStep.PRINTED, f"请先运行 handa batch print {batch.batch_no}。")
        sizes = [len(part.positions) for part in _parts(session, db, batch)]
    return max((share_of(size, sum(sizes)) for size in sizes), default=0)


def demand_proofs(session: Session, db: Database, batch: Batch, *, actor: str, progress: Progress) -> None:
    """Every part of a batch has a clean proof of its present bytes; where printing made none, it is made now.

    Raises:
        Broken: something is not as the manifest will say (E-PROOF).
    """
    parts = _parts(session, db, batch)
    total = sum(len(part.positions) for part in parts)
    for part in parts:
        needed = share_of(len(part.positions), total)
        if not clean_proof(session, batch, part.number, part.sha256, needed):
            result = _look(session, db, batch, part, needed, actor)
            progress("校样", part.number, len(parts))
            if result.findings:
                raise failed(batch, result)


def _parts(session: Session, db: Database, batch: Batch) -> list[_Part]:
    folder = print_folder(db.settings, batch.batch_no)
    positions: dict[int, list[int]] = {}
    rows = session.execute(
        select(Piece.part, Letter.position)
        .join(Letter, Letter.id == Piece.letter_id)
        .where(Letter.batch_id == batch.id, is_live(), is_present(), Piece.part.is_not(None))
        .order_by(Letter.position)
    )
    for part, position in rows:
        positions.setdefault(int(part or 0), []).append(position)
    return [
        _Part(part, folder / part_name(part), sha256, tuple(positions.get(part, ()))) for part, sha256, _ in parts_of(session, batch)
    ]


def _look(session: Session, db: Database, batch: Batch, part: _Part, number: int, actor: str) -> ProofResult:
    if not part.path.exists() or hash_file(part.path) != part.sha256:
        raise Broken(
            f"分册 {part.path.name} 不在，或与印刷时的记录不一致。", f"请运行 handa batch print {batch.batch_no} 重新生成后再校样。"
        )
    bundle = load_bundle(batch.template)
    pieces = _pieces(session, db, batch, bundle, part.positions)
    return look(session, part.path, bundle, batch, part.number, part.sha256, pieces, number, actor=actor, clock=db.clock)


def _pieces(session: Session, db: Database, batch: Batch, bundle: Bundle, positions: Sequence[int]) -> list[ProofPiece]:
    preflight = Preflight(bundle)
    return [
        proof_piece(piece, piece.first_page or 0, preflight.printed_pages(compose(bundle, piece.fields), piece.fields))
        for piece in live_pieces(session, db.cipher, batch, only=positions)
    ]
