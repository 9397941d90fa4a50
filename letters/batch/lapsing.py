"""What people do about limitation: the must-post-by list, a lawyer's confirmation of a letter, dates and clauses kept.

Expiry is computed each time from claims, letters and the post's events; only what people said is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from letters.batch.history import sent_before
from letters.batch.limits import CLAUSE, TEXT, WORDING, deliveries, kept_of
from letters.batch.parties import lawyer_of
from letters.batch.policies import policy_in_force
from letters.privacy.erased import is_erased
from letters.rules.grading import Delivery, Grade
from letters.rules.limitation import limitation_expiry, limitation_start
from letters.rules.policy import Policy
from letters.rules.regimes import names_a_card
from letters.tables import Batch, Firm, Letter
from letters.tables_proof import LimitationConfirmation, LimitationFact
from locate.tables import Case, CaseStop, ClaimSnapshot, Lender
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Lapsing:
    """One case of the must-post-by list."""

    lender: str
    case_no: str
    last_day: date
    post_by: date
    """The last day on which a letter can be posted so that it arrives in time."""
    runs_from: date
    unconfirmed: int
    is_card: bool
    stopped: bool


def lapsing(
    session: Session, cipher: Cipher, *, lender_code: str | None = None, until: date | None = None
) -> list[Lapsing]:
    """Every case whose claim lapses until ``until`` (all when None), what lapses first first. No personal field is opened."""
    query = select(Lender).order_by(Lender.code.collate("C"))
    if lender_code is not None:
        query = query.where(Lender.code == lender_code)
    found: list[Lapsing] = []
    for lender in session.scalars(query).all():
        policy = policy_in_force(session, str(lender.settings.get("firm", "")), lender.code)
        rows = _of_lender(session, cipher, policy, lender.id, lender.code)
        found += [row for row in rows if until is None or row.last_day <= until]
    return sorted(found, key=lambda row: (row.last_day, row.lender, row.case_no))


def _of_lender(session: Session, cipher: Cipher, policy: Policy, lender_id: UUID, code: str) -> Iterator[Lapsing]:
    newest = (
        select(ClaimSnapshot.case_id, ClaimSnapshot.overdue_since)
        .ext(distinct_on(ClaimSnapshot.case_id))
        .join(Case, Case.id == ClaimSnapshot.case_id)
        .where(Case.lender_id == lender_id)
        .order_by(ClaimSnapshot.case_id, ClaimSnapshot.as_of.desc(), ClaimSnapshot.recorded_at.desc(), ClaimSnapshot.id.desc())
        .subquery()
    )
    rows = session.execute(
        select(
            Case.id, Case.case_no, Case.product, Case.lender_product_type, Case.id_bidx, newest.c.overdue_since,
            exists().where(CaseStop.case_id == Case.id, CaseStop.cleared_at.is_(None)).label("stopped"),
            exists().where(Letter.case_id == Case.id).label("written"),
        )
        .join(newest, newest.c.case_id == Case.id)
        .where(~is_erased())
        .order_by(Case.case_no.collate("C"))
    ).all()  # fmt: skip
    sent: dict[UUID, tuple[Delivery, ...]] = {}
    start: dict[UUID, date | None] = {}
    for first in range(0, len(rows), PAGE):
        page = rows[first : first + PAGE]
        written = [row for row in page if row.written]
        ids = [row.id for row in written]
        history = sent_before(session, lender_id, ids, {bytes(row.id_bidx) for row in written}, ())
        letter_ids = [letter.letter_id for own in history.by_case.values() for letter in own]
        kept = kept_of(session, cipher, [row.id for row in page], letter_ids)
        for row in page:
            start[row.id] = kept.start(row.id)
            if row.written:
                sent[row.id] = deliveries(history, row.id, bytes(row.id_bidx), kept.confirmed)
    for row in rows:
        is_card = names_a_card(row.product, row.lender_product_type)
        begins = start[row.id] or limitation_start(row.overdue_since)
        expiry = limitation_expiry(begins, sent.get(row.id, ()), is_card=is_card)
        post_by = expiry.last_day - timedelta(days=policy.limitation_post_days)
        yield Lapsing(code, row.case_no, expiry.last_day, post_by, expiry.runs_from, expiry.unconfirmed, is_card, row.stopped)


def delivery_of(session: Session, cipher: Cipher, letter: Letter) -> Delivery | None:
    """What one letter's delivery is worth; None while the post has not spoken of it, or for a relay letter."""
    batch = session.get_one(Batch, letter.batch_id)
    case = session.get_one(Case, letter.case_id)
    history = sent_before(session, batch.lender_id, [case.id], {bytes(case.id_bidx)}, ())
    kept = kept_of(session, cipher, [case.id], [letter.id])
    found = deliveries(history, case.id, bytes(case.id_bidx), kept.confirmed)
    return next((one for one in found if one.letter_no == letter.letter_no), None)


def confirm_grade(
    session: Session, cipher: Cipher, letter: Letter, lawyer_code: str, grade: Grade, reason: str, *, clock: Clock
) -> Delivery:
    """A lawyer's confirmation of what a letter proves; E5 says that it proves nothing. The newest counts.

    Raises:
        NeedsDecision: the evidence does not bear this grade, or the address was known to be changed (R-LIM-04).
        WrongUsage: no reason is given, or the person is no lawyer of the firm.
    """
    if not reason.strip():
        raise WrongUsage("确认证据等级必须写明理由。", "请加 --reason。")
    batch = session.get_one(Batch, letter.batch_id)
    lawyer = lawyer_of(session, session.get_one(Firm, batch.firm_id), lawyer_code)
    if not lawyer.is_lawyer or not lawyer.active:
        raise WrongUsage(f"“{lawyer_code}”不是在册执业律师，不能确认证据等级。", "请由本所执业律师确认。")
    delivery = delivery_of(session, cipher, letter)
    if delivery is None or delivery.arrived_on is None:
        raise NeedsDecision(f"函件 {letter.letter_no} 还没有可确认的投递结果。", "请先导入邮政轨迹：handa post import。")
    if grade is not Grade.E5:
        if delivery.known_changed:
            raise NeedsDecision(
                f"函件 {letter.letter_no} 寄出时已知债务人搬离该地址，不产生时效中断（R-LIM-04）。", "请依法取得新地址后重新发函。"
            )
        if grade not in delivery.open_to:
            allowed = "、".join(sorted(delivery.open_to)) or "无"
            raise NeedsDecision(
                f"函件 {letter.letter_no} 的投递结果不足以确认为 {grade.value}（可确认：{allowed}）。", "请核对轨迹与地址来源。"
            )
    session.add(LimitationConfirmation(id=uuid7(), letter_id=letter.id, lawyer_id=lawyer.id, grade=grade.value, reason=reason, at=clock()))
    append_audit(
        session, actor=f"lawyer:{lawyer.code}", action="limitation.confirmed", subject=f"letter:{letter.letter_no}",
        detail={"grade": grade.value, "reason": reason}, clock=clock,
    )
    return delivery


def record_fact(
    session: Session,
    cipher: Cipher,
    case: Case,
    kind: str,
    *,
    on: date | None,
    text: str,
    evidence_name: str,
    evidence_sha256: str,
    by: str,
    actor: str,
    clock: Clock,
) -> None:
    """Keep a date, the clause or a lawyer's choice of template for a case; the newest of a kind counts.

    Raises:
        WrongUsage: a date before the default, or an empty text where one is meant.
    """
    if kind in (CLAUSE, WORDING) and not text.strip():
        raise WrongUsage("须写明内容。", "条款请加 --text 与 --page，措辞请指明模板。")
    if on is not None:
        since = session.scalar(
            select(ClaimSnapshot.overdue_since).where(ClaimSnapshot.case_id == case.id).order_by(ClaimSnapshot.as_of.desc()).limit(1)
        )
        if since is not None and on < since - timedelta(days=1):
            raise WrongUsage(f"日期 {on} 早于案件开始逾期的日期 {since}。", "请核对最后到期日或提前到期日。")
    key = uuid7()
    session.add(
        LimitationFact(
            id=key, case_id=case.id, kind=kind, on_date=on, text_sealed=cipher.seal(TEXT, key, text),
            evidence_name=evidence_name, evidence_sha256=evidence_sha256, by=by, actor=actor, at=clock(),
        )
    )  # fmt: skip
    session.flush()
    detail: dict[str, Any] = {"kind": kind, "evidence_sha256": evidence_sha256, "by": by}
    if on is not None:
        detail["on"] = on.isoformat()
    append_audit(session, actor=actor, action="limitation.recorded", subject=f"case:{case.case_no}", detail=detail, clock=clock)
