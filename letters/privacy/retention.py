"""Why personal text of a case must still be kept (R-PII-08): letters under way, evidence, complaints, a suit.

Early deletion is as wrong as late: process records are kept five years (I15 [S]; law-and-post.md §1.1), and what proves a
letter's arrival as long as the claim that it interrupted can live (民法典 188: three years from then).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live
from letters.privacy.erased import is_erased
from letters.rules.policy import Policy
from letters.tables import Batch, BatchEvent, Letter
from letters.tables_answers import Complaint
from locate.case import StopKind
from locate.tables import Case, CaseStop
from records.clock import SHANGHAI
from records.lists import one_of

LIMITATION_DAYS: Final = 3 * 366
"""民法典 188, counted generously; days in the post come on top (``in_flight_days``)."""


def kept_days(policy: Policy) -> int:
    """Days from a letter's date for which it is evidence."""
    return max(policy.retain_process_days, LIMITATION_DAYS + policy.in_flight_days)


def reasons_to_keep(session: Session, case_ids: Sequence[UUID], policy: Policy, day: date) -> dict[UUID, list[str]]:
    """For each case that must be kept, the sentences that say why; a case that may go is not in it."""
    found: dict[UUID, list[str]] = {}
    if not case_ids:
        return found
    ids = list(case_ids)
    void = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "void")
    handed = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "handed_over")
    under_way = (
        select(Letter.case_id, Batch.batch_no, Letter.letter_no)
        .join(Batch, Batch.id == Letter.batch_id)
        .where(one_of(Letter.case_id, ids), is_live(), ~void, ~handed)
        .order_by(Batch.batch_no, Letter.position)
    )
    for case_id, batch_no, letter_no in session.execute(under_way):
        found.setdefault(case_id, []).append(f"函件 {letter_no} 还在批次 {batch_no} 中，尚未交寄；请先抽回或作废。")
    last = (
        select(Letter.case_id, func.max(Letter.day))
        .where(one_of(Letter.case_id, ids), is_live(), handed)
        .group_by(Letter.case_id)
    )
    for case_id, sent_on in session.execute(last):
        until = sent_on + timedelta(days=kept_days(policy))
        if day <= until:
            found.setdefault(case_id, []).append(f"{sent_on} 已寄出函件，送达凭证与处理记录须保存至 {until}（R-PII-08）。")
    unanswered = select(Complaint.case_id, Complaint.complaint_no).where(
        one_of(Complaint.case_id, ids), Complaint.resolved_at.is_(None)
    )
    for case_id, number in session.execute(unanswered.order_by(Complaint.complaint_no)):
        found.setdefault(case_id, []).append(f"投诉或异议 {number} 尚未办结；请先登记核实结果。")
    sued = select(CaseStop.case_id).where(
        one_of(CaseStop.case_id, ids), CaseStop.kind == StopKind.SUIT_SERVED.value, CaseStop.cleared_at.is_(None)
    )
    for case_id in session.scalars(sued):
        found.setdefault(case_id, []).append("案件已进入诉讼，资料可能是证据；诉讼结束后请先解除停止标记。")
    return found


def due_for_erasure(session: Session, policy: Policy, day: date, lender_id: UUID) -> list[UUID]:
    """Cases of a lender that nothing has touched for ``retain_process_days`` and that need not be kept."""
    before = day - timedelta(days=policy.retain_process_days)
    old = list(
        session.scalars(
            select(Case.id)
            .where(Case.lender_id == lender_id, Case.updated_at < datetime.combine(before, time(), SHANGHAI), ~is_erased())
            .order_by(Case.case_no.collate("C"))
        )
    )
    kept = reasons_to_keep(session, old, policy, day)
    return [case_id for case_id in old if case_id not in kept]
