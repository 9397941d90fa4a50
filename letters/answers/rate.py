"""Complaints per thousand letters of a template or batch (R-CMP-03): too many stop the batch until a lawyer has looked.

Counted over what was handed over in the policy's window; objections to the debt are no complaints about the letter.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live
from letters.batch.policies import policy_of_batch
from letters.rules.policy import Policy
from letters.tables import Batch, BatchEvent, Lawyer, Letter
from letters.tables_answers import Complaint
from records.audit import append_audit
from records.clock import Clock, today
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

ACCEPTED = "complaints_accepted"
"""Kind of the batch event: a lawyer has looked at the complaints there were, and lets the batch go on."""


class TooManyComplaints(NeedsDecision):
    """A batch draws more complaints than the policy allows; a lawyer must look."""


def too_many_complaints(session: Session, batch: Batch, policy: Policy, clock: Clock) -> str:
    """Why the batch must stop; '' when it need not."""
    accepted = session.scalar(
        select(BatchEvent.detail).where(BatchEvent.batch_id == batch.id, BatchEvent.kind == ACCEPTED).order_by(BatchEvent.at.desc()).limit(1)
    )
    seen = int(accepted["complaints"]) if accepted else 0
    since = today(clock) - timedelta(days=policy.complaint_window_days)
    scopes = (
        (f"模板 {batch.template}", Complaint.template == batch.template, (Letter.template == batch.template) & (Letter.day >= since)),
        (f"批次 {batch.batch_no}", Complaint.batch_id == batch.id, Letter.batch_id == batch.id),
    )
    for name, about, of in scopes:
        complaints = _complaints(session, about & (Complaint.received_on >= since))
        if complaints < policy.complaint_min_count or complaints <= seen:
            continue
        letters = _sent(session, of)
        if complaints * 1000 > letters * policy.complaint_per_mille:
            return (
                f"{name} 近 {policy.complaint_window_days} 天已交寄 {letters} 封、收到投诉 {complaints} 件，"
                f"超过每千封 {policy.complaint_per_mille} 件的限度"
            )
    return ""


def demand_few_complaints(session: Session, batch: Batch, clock: Clock) -> None:
    """Refuse a step of a batch that draws too many complaints.

    Raises:
        TooManyComplaints: a lawyer must look first.
    """
    why = too_many_complaints(session, batch, policy_of_batch(session, batch), clock)
    if why:
        raise TooManyComplaints(
            f"{why}，批次 {batch.batch_no} 已停止（R-CMP-03）。",
            f"请查明原因；由律师决定继续的：handa batch accept-complaints {batch.batch_no} --lawyer 律师代码 --reason 理由",
        )


def accept_complaints(session: Session, batch: Batch, lawyer: Lawyer, why: str, *, clock: Clock) -> int:
    """A lawyer's decision to let the batch go on in spite of the complaints so far; returns how many there are.

    Raises:
        WrongUsage: no reason, or the person is no lawyer of the batch's firm.
    """
    if not why.strip():
        raise WrongUsage("须写明查明的原因与继续的理由。", "请加 --reason。")
    if not lawyer.is_lawyer or not lawyer.active or lawyer.firm_id != batch.firm_id:
        raise WrongUsage(f"“{lawyer.code}”不是本批律所的在册执业律师，不能作此决定。", "请由本所执业律师决定。")
    complaints = _complaints(session, (Complaint.template == batch.template) | (Complaint.batch_id == batch.id))
    detail = {"complaints": complaints, "reason": why}
    session.add(
        BatchEvent(id=uuid7(), batch_id=batch.id, kind=ACCEPTED, at=clock(), actor=f"lawyer:{lawyer.code}", detail=detail)
    )
    append_audit(
        session, actor=f"lawyer:{lawyer.code}", action="batch.complaints_accepted", subject=f"batch:{batch.batch_no}",
        detail=detail, clock=clock,
    )  # fmt: skip
    return complaints


def _complaints(session: Session, about: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Complaint).where(about, Complaint.kind == "complaint")) or 0


def _sent(session: Session, of: ColumnElement[bool]) -> int:
    handed = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "handed_over")
    return session.scalar(select(func.count()).select_from(Letter).where(of, handed, is_live())) or 0
