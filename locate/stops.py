"""Stops of a case: recorded by people or found in a lender's file, cleared only by a named person with a reason."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from locate.case import STOP_NAMES, StopKind
from locate.cutoff import hold_open
from locate.tables import Case, CaseStop, Lender
from records.audit import append_audit
from records.clock import Clock, today
from records.errors import WrongUsage
from records.identity import uuid7

__all__ = ["STOP_NAMES", "case_by_no", "resume_case", "stop_case"]


def case_by_no(session: Session, lender_code: str, case_no: str) -> Case:
    """The lender's case with this number.

    Raises:
        WrongUsage: when there is none.
    """
    found = session.scalar(
        select(Case).join(Lender, Lender.id == Case.lender_id).where(Lender.code == lender_code, Case.case_no == case_no)
    )
    if found is None:
        raise WrongUsage(f"资方“{lender_code}”没有案件“{case_no}”。", "请核对资方代码与案件号，或用 handa cases list 查看。")
    return found


def stop_case(
    session: Session, case: Case, kind: StopKind, reason: str, *, actor: str, clock: Clock
) -> bool:
    """Stop a case, effective at once; False when the same stop is open already.

    Raises:
        WrongUsage: no reason is given.
    """
    if not reason.strip():
        raise WrongUsage("停止发函必须写明原因。", "请加 --reason。")
    hold_open(session)
    known = session.scalar(
        select(CaseStop.id).where(CaseStop.case_id == case.id, CaseStop.kind == kind.value, CaseStop.cleared_at.is_(None))
    )
    if known is not None:
        return False
    session.add(
        CaseStop(
            id=uuid7(),
            case_id=case.id,
            kind=kind.value,
            since=today(clock),
            reason=reason,
            actor=actor,
            created_at=clock(),
            cleared_at=None,
            cleared_by=None,
            cleared_why=None,
        )
    )
    append_audit(session, actor=actor, action="case.stop", subject=f"case:{case.case_no}", detail={"kind": kind.value}, clock=clock)
    return True


def resume_case(session: Session, case: Case, kind: StopKind, why: str, *, actor: str, clock: Clock) -> int:
    """Clear the open stops of a kind; returns how many.

    Raises:
        WrongUsage: no reason is given.
    """
    if not why.strip():
        raise WrongUsage("解除停止必须写明原因。", "请加 --reason。")
    rows = session.scalars(
        select(CaseStop).where(CaseStop.case_id == case.id, CaseStop.kind == kind.value, CaseStop.cleared_at.is_(None))
    ).all()
    for row in rows:
        row.cleared_at, row.cleared_by, row.cleared_why = clock(), actor, why
    if rows:
        append_audit(
            session, actor=actor, action="case.resume", subject=f"case:{case.case_no}", detail={"kind": kind.value}, clock=clock
        )
    return len(rows)
