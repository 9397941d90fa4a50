"""Keeps what came of asking contacts by phone, as a lender's log says it; what it bars is in
``letters.batch.contact_knowledge``.

Within one lender only (R-SRC-05), except a complaint: it is a refusal, and a refusal holds everywhere (R-THP-04). Not for
asking: Handa makes no calls. Whether the question was lawful on its day is told by ``locate.contacts.lawful``.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from locate.contacts.store import record_opt_out_of
from locate.cutoff import hold_open
from locate.tables import Case, CaseContact, ContactAsk
from records.audit import append_audit
from records.clock import Clock, today
from records.errors import WrongUsage
from records.identity import uuid7


class AskResult(StrEnum):
    """What was heard at once; what came of it within 30 days shows elsewhere (calls, payments, deliveries)."""

    RELAYS = "relays"
    """Says the message will be passed on."""
    ANSWERED = "answered"
    """Answered and promised nothing."""
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    DENIES = "denies"
    """Says not to know the debtor."""
    COMPLAINED = "complained"


ASK_NAMES: Final = {
    AskResult.RELAYS: "答应转达", AskResult.ANSWERED: "已接听，未答应转达", AskResult.NO_ANSWER: "未接通",
    AskResult.WRONG_NUMBER: "号码不是本人", AskResult.DENIES: "表示不认识债务人", AskResult.COMPLAINED: "就联系提出投诉",
}  # fmt: skip


def record_ask(
    session: Session, case: Case, ordinal: int, result: AskResult, *, on: date, evidence: str, propensity: float | None = None,
    actor: str, clock: Clock,
) -> bool:  # fmt: skip
    """Record a question to a contact and what was heard; False when that was known already. A complaint is also a refusal.

    Raises:
        WrongUsage: no such contact or none with a number, no evidence, a date in the future, or no probability.
    """
    if not evidence.strip():
        raise WrongUsage("须有通话记录或录音编号。", "请加 --evidence。")
    if on > today(clock):
        raise WrongUsage(f"日期 {on} 在将来。", "请核对呼叫日期。")
    if propensity is not None and not 0 < propensity <= 1:
        raise WrongUsage("选中概率应大于 0、不大于 1。", "不知道就不要写。")
    index = number_of(session, case, ordinal)
    hold_open(session)
    added = session.scalar(
        insert(ContactAsk)
        .values(
            id=uuid7(), case_id=case.id, case_version=case.version, contact_ordinal=ordinal, mobile_bidx=index, on_date=on,
            result=result.value, propensity=propensity, evidence=evidence.strip(), actor=actor, at=clock(),
        )
        .on_conflict_do_nothing()
        .returning(ContactAsk.id)
    )  # fmt: skip
    if added is None:
        return False
    if result is AskResult.COMPLAINED:
        record_opt_out_of(session, index, how="投诉", reason=f"通话 {evidence.strip()}", actor=actor, clock=clock)
    detail = {"contact": ordinal, "result": result.value, "on": on.isoformat(), "evidence": evidence.strip()}
    append_audit(session, actor=actor, action="contact.ask", subject=f"case:{case.case_no}", detail=detail, clock=clock)
    return True


def number_of(session: Session, case: Case, ordinal: int) -> bytes:
    """The blind index of a contact's number.

    Raises:
        WrongUsage: no such contact, or none with a number.
    """
    contact = session.scalar(
        select(CaseContact).where(CaseContact.case_id == case.id, CaseContact.version == case.version, CaseContact.ordinal == ordinal)
    )
    if contact is None or contact.mobile_bidx is None:
        raise WrongUsage(f"案件 {case.case_no} 没有联系人{ordinal}，或其没有手机号。", "请用 handa cases show 查看联系人。")
    return bytes(contact.mobile_bidx)
