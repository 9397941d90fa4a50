"""How many letters a lawyer can answer for in a day (R-LAW-17): recorded per lawyer, counted over released letters."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live
from letters.tables import Batch, BatchEvent, Firm, Lawyer, Letter
from letters.tables_gate import LawyerCapacity
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage
from records.identity import uuid7


def set_capacity(session: Session, firm: Firm, lawyer: Lawyer, per_day: int, *, actor: str, clock: Clock) -> None:
    """Record the lawyer's capacity; the newest record counts.

    Raises:
        WrongUsage: the person is no lawyer.
    """
    if not lawyer.is_lawyer:
        raise WrongUsage(f"“{lawyer.code}”不是执业律师，没有签发量。", "请登记执业律师的审阅能力。")
    session.add(LawyerCapacity(id=uuid7(), lawyer_id=lawyer.id, per_day=per_day, actor=actor, at=clock()))
    append_audit(
        session, actor=actor, action="lawyer.capacity", subject=f"firm:{firm.code}/lawyer:{lawyer.code}",
        detail={"per_day": per_day}, clock=clock,
    )  # fmt: skip


def capacity_of(session: Session, lawyer_id: UUID) -> int | None:
    """The lawyer's letters a day; None while nobody has recorded it."""
    return session.scalar(
        select(LawyerCapacity.per_day)
        .where(LawyerCapacity.lawyer_id == lawyer_id)
        .order_by(LawyerCapacity.at.desc(), LawyerCapacity.id.desc())
        .limit(1)
    )


def letters_of_day(session: Session, lawyer_id: UUID, day: date, *, but: UUID | None = None) -> int:
    """Live letters of the day under the lawyer's name, in batches that are not void (and not batch ``but``)."""
    void = exists().where(BatchEvent.batch_id == Batch.id, BatchEvent.kind == "void")
    query = (
        select(func.count())
        .select_from(Letter)
        .join(Batch, Batch.id == Letter.batch_id)
        .where(Batch.lawyer_id == lawyer_id, Batch.day == day, ~void, is_live())
    )
    if but is not None:
        query = query.where(Batch.id != but)
    return session.scalar(query) or 0
