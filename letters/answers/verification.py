"""Verification of a letter for whoever gives the code printed on it: what the firm may confirm, never more.

Confirmed are the firm, the lawyer, the letter number and date: nothing of the debt, the debtor or the lender, because
the caller may be anybody who found the letter. Every attempt is recorded; failures are limited per caller and in all, so
that codes can't be tried out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live
from letters.rules.policy import Policy
from letters.tables import Batch, BatchEvent, Firm, Lawyer, Letter
from letters.tables_answers import VerificationAttempt, VerificationCode
from records.audit import append_audit
from records.cipher import CROCKFORD, Cipher
from records.clock import Clock
from records.database import Database
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

_INDEX, _CALLER = "verification.code", "verification.caller"
_LOOKS_LIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})
"""Letters that Crockford's alphabet leaves out, as people read and say them."""
PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the firm may confirm."""

    letter_no: str
    dated: date
    firm: str
    licence_no: str
    lawyer: str
    lawyer_licence_no: str
    firm_phone: str


def code_form(text: str) -> str:
    """A spoken or typed code in the form that is compared: no separators, look-alikes as digits.

    Raises:
        WrongUsage: it can't be a code.
    """
    code = re.sub(r"[\s\-－—]", "", text).upper().translate(_LOOKS_LIKE)
    if not 8 <= len(code) <= 24 or set(code) - set(CROCKFORD):
        raise WrongUsage("这不是函件上的核验码。", "核验码印在函首，由字母和数字组成；请对方再读一遍。")
    return code


def verify_code(db: Database, code: str, caller: str, *, policy: Policy, actor: str) -> Confirmed | None:
    """What may be confirmed for this code; None when no letter that was posted has it.

    Raises:
        WrongUsage: it can't be a code, or the caller is not named.
        NeedsDecision: too many failures, by this caller or in all.
    """
    wanted = code_form(code)
    if not caller.strip():
        raise WrongUsage("须写明来电号码或来源。", "请加 --caller，例如 --caller 027-12345678")
    with db.session() as session:
        who = db.cipher.blind(_CALLER, caller.strip())
        _demand_within_limits(session, who, policy, db.clock)
        _fill(session, db.cipher)
        letter = session.scalar(
            select(Letter)
            .join(VerificationCode, VerificationCode.letter_id == Letter.id)
            .where(VerificationCode.code_bidx == db.cipher.blind(_INDEX, wanted), is_live())
        )
        session.add(
            VerificationAttempt(
                id=uuid7(), at=db.clock(), caller_bidx=who, letter_id=None if letter is None else letter.id,
                found=letter is not None, actor=actor,
            )
        )  # fmt: skip
        append_audit(
            session, actor=actor, action="letter.verified", subject="letter:" + (letter.letter_no if letter else "-"),
            detail={"found": letter is not None, "caller": who[:6].hex()}, clock=db.clock,
        )  # fmt: skip
        return None if letter is None else _confirmed(session, letter)


def _confirmed(session: Session, letter: Letter) -> Confirmed:
    batch = session.get_one(Batch, letter.batch_id)
    firm = session.get_one(Firm, batch.firm_id)
    lawyer = session.get_one(Lawyer, batch.lawyer_id)
    return Confirmed(letter.letter_no, letter.day, firm.name, firm.licence_no, lawyer.name, lawyer.licence_no, firm.phone)


def _demand_within_limits(session: Session, who: bytes, policy: Policy, clock: Clock) -> None:
    # One attempt at a time: two at once could both see the last free one.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(_CALLER))))
    failed = select(func.count()).select_from(VerificationAttempt).where(~VerificationAttempt.found)
    now = clock()
    own = session.scalar(failed.where(VerificationAttempt.caller_bidx == who, VerificationAttempt.at > now - timedelta(days=1))) or 0
    if own >= policy.verify_failures_a_day:
        raise NeedsDecision(
            f"该来电者 24 小时内已有 {own} 次核验不符，暂不再核验。", "请对方持函件到律所，或明日再来电；不要向其透露任何信息。"
        )
    every = session.scalar(failed.where(VerificationAttempt.at > now - timedelta(hours=1))) or 0
    if every >= policy.verify_failures_an_hour:
        raise NeedsDecision(f"一小时内已有 {every} 次核验不符，疑似有人试码，已暂停核验。", "请报告律所负责人，稍后再试。")


def _fill(session: Session, cipher: Cipher) -> None:
    """Index the codes of letters that were handed over since the last look."""
    handed = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "handed_over")
    known = exists().where(VerificationCode.letter_id == Letter.id)
    query = select(Letter.id, Letter.letter_no).where(handed, ~known, is_live()).limit(PAGE)
    while rows := session.execute(query).all():
        codes = [cipher.token("verification", letter_no) for _, letter_no in rows]
        indexes = cipher.blind_many(_INDEX, codes)
        session.execute(
            insert(VerificationCode).on_conflict_do_nothing(),
            [{"letter_id": row.id, "code_bidx": index} for row, index in zip(rows, indexes, strict=True)],
        )
