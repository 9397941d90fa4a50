"""Keeps contacts' refusals. A refusal is permanent, for every channel and lender, and effective at once (R-THP-04)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from locate.contacts.lost_contact import CallAttempt, CallResult
from locate.cutoff import hold_open
from locate.tables import Case, ContactAttempt, OptOut
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock, today
from records.errors import WrongUsage
from records.identity import uuid7
from records.lists import one_of

MOBILE_INDEX = "person.mobile"
"""Blind-index domain of mobile numbers: the same for debtors and contacts, so that a refusal is found everywhere."""


def record_opt_out(
    session: Session, cipher: Cipher, mobile: str, *, how: str, reason: str, actor: str, clock: Clock
) -> bool:
    """Record that the person with this mobile wants no contact; False when that was known already."""
    return record_opt_out_of(session, cipher.blind(MOBILE_INDEX, mobile), how=how, reason=reason, actor=actor, clock=clock)


def record_opt_out_of(session: Session, index: bytes, *, how: str, reason: str, actor: str, clock: Clock) -> bool:
    """``record_opt_out`` for a number known only by its blind index (a relay letter's)."""
    hold_open(session)
    added = session.scalar(
        insert(OptOut)
        .values(id=uuid7(), mobile_bidx=index, at=clock(), actor=actor, how=how, reason=reason)
        .on_conflict_do_nothing(index_elements=[OptOut.mobile_bidx])
        .returning(OptOut.id)
    )
    if added is None:
        return False
    append_audit(
        session, actor=actor, action="contact.opt_out", subject=f"mobile:{index[:8].hex()}", detail={"how": how}, clock=clock
    )
    return True


def record_attempt(
    session: Session,
    cipher: Cipher,
    case: Case,
    result: CallResult,
    *,
    on: date,
    evidence: str,
    mobile: str = "",
    actor: str,
    clock: Clock,
) -> bool:
    """Record an attempt to reach the debtor, by the number of its call record; False when that was known already.

    Args:
        mobile: the number tried; '' = the one in the case.

    Raises:
        WrongUsage: no evidence, a date in the future, or no number at all.
    """
    if not evidence.strip():
        raise WrongUsage("失联事件须有证据（通话记录或录音编号）。", "请加 --evidence。")
    if on > today(clock):
        raise WrongUsage(f"日期 {on} 在将来。", "请核对呼叫日期。")
    number = mobile or cipher.open("case.mobile", case.id, case.mobile_sealed)
    if not number:
        raise WrongUsage(f"案件 {case.case_no} 没有登记手机号。", "请用 --number 写明所呼叫的号码。")
    added = session.scalar(
        insert(ContactAttempt)
        .values(
            id=uuid7(), case_id=case.id, on_date=on, number_token=cipher.token("number", number, 16), result=result.value,
            evidence=evidence.strip(), actor=actor, at=clock(),
        )
        .on_conflict_do_nothing()
        .returning(ContactAttempt.id)
    )  # fmt: skip
    if added is None:
        return False
    detail = {"result": result.value, "on": on.isoformat(), "evidence": evidence.strip()}
    append_audit(session, actor=actor, action="contact.attempt", subject=f"case:{case.case_no}", detail=detail, clock=clock)
    return True


def attempts_of(session: Session, case_ids: Collection[UUID]) -> dict[UUID, list[CallAttempt]]:
    """Every recorded attempt of these cases, in the order in which they were recorded."""
    found: dict[UUID, list[CallAttempt]] = {}
    rows = session.scalars(
        select(ContactAttempt).where(one_of(ContactAttempt.case_id, case_ids)).order_by(ContactAttempt.on_date, ContactAttempt.id)
    )
    for order, row in enumerate(rows):
        attempt = CallAttempt(row.on_date, order, row.number_token, CallResult(row.result))
        found.setdefault(row.case_id, []).append(attempt)
    return found
