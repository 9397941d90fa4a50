"""Voids a batch before hand-over: every letter number stays in the register with the reason, item numbers are spent."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from letters.batch.lookup import kinds_of
from letters.batch.state import BatchStep
from letters.batch.voids import void_batch_numbers
from letters.tables import Batch, BatchEvent, Letter, LetterNumber
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage
from records.identity import uuid7


def void_batch(session: Session, batch: Batch, reason: str, *, actor: str, clock: Clock) -> bool:
    """Void the batch; False when it already was.

    Raises:
        WrongUsage: it has been handed over (what is in the post can't be voided), or no reason is given.
    """
    if not reason.strip():
        raise WrongUsage("作废批次必须写明原因。", "请加 --reason。")
    kinds = kinds_of(session, batch)
    if BatchStep.VOID in kinds:
        return False
    if BatchStep.HANDED_OVER in kinds:
        raise WrongUsage(f"批次 {batch.batch_no} 已交寄，不能作废。", "如需拦截，请联系邮政合作方办理撤回。")
    now = clock()
    session.execute(
        update(LetterNumber)
        .where(LetterNumber.letter_id.in_(select(Letter.id).where(Letter.batch_id == batch.id)), LetterNumber.voided_at.is_(None))
        .values(voided_at=now, void_reason=reason)
    )
    void_batch_numbers(session, batch.id, reason, actor=actor, at=now)
    session.add(BatchEvent(id=uuid7(), batch_id=batch.id, kind="void", at=now, actor=actor, detail={"reason": reason}))
    append_audit(
        session, actor=actor, action="batch.void", subject=f"batch:{batch.batch_no}", detail={"reason": reason}, clock=clock
    )
    return True
