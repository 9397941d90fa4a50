"""What the house holds about the person of a case, opened: for an operator with a reason, or for the person (PIPL 45).

Every look is recorded with who, why and what (R-PII-02). Other people's data (contacts) stay masked. From the
25th person within a day on, two named people must agree (R-PII-04: half of the 50 of 法释〔2017〕10号 art 5).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.batch.letterview import letter_view
from letters.batch.lookup import is_live
from letters.privacy.erased import demand_there
from letters.tables import Batch, BatchEvent, Letter, Partner
from letters.tables_answers import Complaint
from locate.keeping import AMOUNTS
from locate.loading import load_cases
from locate.masking import mask_mobile, mask_name
from locate.tables import Case, CaseStop, ClaimSnapshot, ContactAsk, ContactAttempt, Decision, Lender, Payment
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import SHANGHAI, Clock
from records.errors import NeedsDecision, WrongUsage
from records.money import yuan
from records.tables import AuditEntry

UNMASKED, EXPORTED = "privacy.unmasked", "privacy.exported"
PERSONS_FOR_TWO: Final = 25
"""People within 24 hours from whom on a second named person must agree [V]."""


def look(
    session: Session, lender: Lender, case: Case, *, action: str, by: str, second: str, reason: str, actor: str, clock: Clock
) -> None:
    """Record that somebody is shown a person's data, before it is shown.

    Raises:
        WrongUsage: no name or no reason; the case was erased.
        NeedsDecision: too many people within a day for one person's word alone.
    """
    if not by.strip() or not reason.strip():
        raise WrongUsage("查看或导出个人信息须写明经办人与理由。", "请加 --by 姓名 --reason 理由。")
    demand_there(session, case)
    subject = f"case:{lender.code}/{case.case_no}"
    since = clock() - timedelta(days=1)
    seen = select(func.count(AuditEntry.subject.distinct())).where(
        AuditEntry.action.in_((UNMASKED, EXPORTED)), AuditEntry.at > since, AuditEntry.subject != subject
    )
    others = session.scalar(seen) or 0
    if others + 1 >= PERSONS_FOR_TWO and (not second.strip() or second.strip() == by.strip()):
        raise NeedsDecision(
            f"24 小时内已查看或导出 {others} 人的个人信息，第 {others + 1} 人起须另一人同意（R-PII-04）。",
            "请由另一名负责人同意后加 --second 姓名。",
        )
    append_audit(
        session, actor=actor, action=action, subject=subject,
        detail={"by": by.strip(), "second": second.strip(), "reason": reason.strip()}, clock=clock,
    )  # fmt: skip


def unmasked(session: Session, cipher: Cipher, case: Case) -> dict[str, Any]:
    """Name, numbers and addresses of the debtor as given."""
    (stored,) = load_cases(session, cipher, [case.id])
    record = stored.record
    return {
        "case_no": record.case_no,
        "debtor_name": record.debtor_name,
        "id_number": record.id_number,
        "mobile": record.mobile,
        "contract_no": record.contract_no,
        "addresses": [
            {
                "ordinal": one.ordinal, "kind": one.kind.value, "source": one.source.value, "basis": one.basis,
                "collected_on": one.collected_on, "text": one.text,
            }
            for one in record.addresses
        ],
    }  # fmt: skip


def everything(session: Session, cipher: Cipher, lender: Lender, case: Case) -> dict[str, Any]:
    """All that is held about the person of this case, and who received it: the answer to a subject's request."""
    (stored,) = load_cases(session, cipher, [case.id])
    record = stored.record
    return {
        "format": 1,
        "lender": {"code": lender.code, "name": lender.name},
        "person": unmasked(session, cipher, case) | {"remark": record.remark, "further_columns": record.extra},
        "debt": {"product": record.product, "disbursed_on": record.disbursed_on, "status": record.status},
        "amounts": [
            {"as_of": row.as_of, "overdue_since": row.overdue_since, "annual_rate": row.annual_rate}
            | {name: yuan(getattr(row, name)) for name in AMOUNTS}
            for row in session.scalars(select(ClaimSnapshot).where(ClaimSnapshot.case_id == case.id).order_by(ClaimSnapshot.as_of, ClaimSnapshot.id))
        ],
        # Other people: the subject may know that they are on file, not their numbers.
        "contacts": [
            {"ordinal": one.ordinal, "name": mask_name(one.name), "relation": one.relation, "mobile": mask_mobile(one.mobile)}
            for one in record.contacts
        ],
        "stops": [
            {"kind": row.kind, "since": row.since, "reason": row.reason, "cleared_at": _at(row.cleared_at), "cleared_why": row.cleared_why}
            for row in session.scalars(select(CaseStop).where(CaseStop.case_id == case.id).order_by(CaseStop.created_at))
        ],
        "payments": [
            {"paid_on": row.paid_on, "amount": yuan(row.amount_fen), "reference": row.reference}
            for row in session.scalars(select(Payment).where(Payment.case_id == case.id).order_by(Payment.paid_on, Payment.reference))
        ],
        "calls": [
            {"on": row.on_date, "result": row.result, "evidence": row.evidence}
            for row in session.scalars(select(ContactAttempt).where(ContactAttempt.case_id == case.id).order_by(ContactAttempt.on_date, ContactAttempt.at))
        ],
        # That contacts were asked after the subject, and when; not what they are to each other.
        "contacts_asked": [
            {"contact": row.contact_ordinal, "on": row.on_date, "evidence": row.evidence}
            for row in session.scalars(select(ContactAsk).where(ContactAsk.case_id == case.id).order_by(ContactAsk.on_date, ContactAsk.at))
        ],
        # PIPL 24: what software decided about the person, by which model and policy, and why.
        "decisions": [
            {
                "day": row.day, "verdict": row.verdict, "findings": row.findings, "reasons": row.reasons,
                "probability": row.probability, "model_version": row.model_version, "policy_sha256": row.policy_sha256,
            }
            for row in session.scalars(select(Decision).where(Decision.case_id == case.id).order_by(Decision.made_at))
        ],
        "letters": [
            letter_view(session, cipher, letter_no)
            for letter_no in session.scalars(select(Letter.letter_no).where(Letter.case_id == case.id).order_by(Letter.letter_no.collate("C")))
        ],
        "complaints": [
            {
                "complaint_no": row.complaint_no, "kind": row.kind, "channel": row.channel, "received_on": row.received_on,
                "what": cipher.open("complaint.what", row.id, row.what_sealed), "due_on": row.due_on, "upheld": row.upheld,
                "result": None if row.result_sealed is None else cipher.open("complaint.result", row.id, row.result_sealed),
            }
            for row in session.scalars(select(Complaint).where(Complaint.case_id == case.id).order_by(Complaint.complaint_no))
        ],
        "given_to": sorted(
            session.scalars(
                select(Partner.name)
                .join(Batch, Batch.partner_id == Partner.id)
                .join(Letter, Letter.batch_id == Batch.id)
                .join(BatchEvent, (BatchEvent.batch_id == Batch.id) & (BatchEvent.kind == "handed_over"))
                .where(Letter.case_id == case.id, is_live())
                .distinct()
            )
        ),
    }  # fmt: skip


def _at(at: Any) -> str | None:
    return None if at is None else at.astimezone(SHANGHAI).isoformat(timespec="seconds")
