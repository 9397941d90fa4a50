"""A person settles a gap that facts will not close: lost and claimed for, refused and planned anew, figures agreed upon.

Settlements are only added. Each covers the pieces that were in the gap, with how much was known of each then; a new
acknowledgement or event opens the gap again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from letters.gate.papers import Paper
from letters.post.gap_kinds import Level, Settle, kind_of
from letters.post.gaps import SeenPiece, seen_of
from letters.post.proofs import owed_proofs
from letters.post.standing import batch_facts
from letters.tables import Batch
from letters.tables_books import GapSettlement
from records.audit import append_audit
from records.clock import Clock, today
from records.errors import WrongUsage
from records.identity import uuid7


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settlement covered."""

    batch_no: str
    code: str
    pieces: int
    """0 when all of it had been settled before."""


def settle(
    session: Session,
    batch: Batch,
    code: str,
    *,
    items: Sequence[str] = (),
    by: str,
    reason: str,
    evidence: Paper | None,
    actor: str,
    clock: Clock,
) -> Settled:
    """Settle the pieces of a batch that are in a gap of this kind: all of them, or those named.

    Raises:
        WrongUsage: only facts close this kind; no name, reason or paper; a piece that is not in the gap.
    """
    kind = kind_of(code)
    if kind.settle is Settle.NO or kind.level is Level.HOUSE:
        raise WrongUsage(f"缺口“{kind.title}”不能由人登记了结，只有新的事实能消除它。", f"怎么做：{kind.advice}。")
    if not by.strip() or not reason.strip():
        raise WrongUsage("登记处理须写明由谁负责和理由。", "请加 --by 姓名 --reason 理由。")
    if kind.settle is Settle.EVIDENCE and evidence is None:
        raise WrongUsage(f"缺口“{kind.title}”须附证据才能登记。", "请加 --evidence 文件（合作方答复、收据等）。")
    seen = _seen(session, batch, code, clock)
    wanted = dict.fromkeys(items)
    if kind.level is Level.BATCH and wanted:
        raise WrongUsage(f"缺口“{kind.title}”是整批的，不能逐件登记。", "请去掉 --item。")
    strange = [item for item in wanted if item not in seen]
    if strange:
        raise WrongUsage(
            f"邮件 {strange[0]} 没有“{kind.title}”这一缺口。", f"用 handa post gaps --batch {batch.batch_no} --code {code} --pieces 查看。"
        )
    if not seen:
        raise WrongUsage(f"批次 {batch.batch_no} 没有“{kind.title}”这一缺口。", f"用 handa post gaps --batch {batch.batch_no} 查看。")
    fresh = [one for item, one in seen.items() if not one.settled and (not wanted or item in wanted)]
    if fresh:
        _add(session, batch.id, code, fresh, by=by.strip(), reason=reason.strip(), evidence=evidence, actor=actor, clock=clock)
        append_audit(
            session, actor=actor, action="gap.settled", subject=f"batch:{batch.batch_no}",
            detail={
                "code": code, "pieces": len(fresh), "by": by.strip(), "reason": reason.strip(),
                "evidence": evidence.sha256 if evidence else "",
            },
            clock=clock,
        )  # fmt: skip
    return Settled(batch.batch_no, code, len(fresh))


def _seen(session: Session, batch: Batch, code: str, clock: Clock) -> dict[str, SeenPiece]:
    if code == "PROOF_MISSED":
        on = today(clock)
        return {one.item_no: SeenPiece(one.item_no, 0, settled=False) for one in owed_proofs(session, on, [batch.id]) if one.last_day < on}
    (facts,) = batch_facts(session, [batch.id])
    return seen_of(session, clock, facts, code)


def _add(
    session: Session,
    batch_id: UUID,
    code: str,
    pieces: Sequence[SeenPiece],
    *,
    by: str,
    reason: str,
    evidence: Paper | None,
    actor: str,
    clock: Clock,
) -> None:
    key = uuid7()
    session.add(
        GapSettlement(
            id=key, batch_id=batch_id, code=code, by=by, reason=reason, evidence_name=evidence.name if evidence else "",
            evidence_sha256=evidence.sha256 if evidence else "", actor=actor, at=clock(),
        )
    )  # fmt: skip
    session.flush()
    session.execute(
        text(
            """
            INSERT INTO settled_piece (settlement_id, item_no, facts)
            SELECT :settlement, new.item, new.facts
            FROM unnest(CAST(:items AS text[]), CAST(:facts AS int[])) AS new(item, facts)
            """
        ),
        {"settlement": key, "items": [one.item_no for one in pieces], "facts": [one.facts for one in pieces]},
    )
