"""Keeps contacts' refusals. A refusal is permanent, for every channel and lender, and effective at once (R-THP-04)."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from locate.cutoff import hold_open
from locate.tables import OptOut
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock
from records.identity import uuid7

MOBILE_INDEX = "person.mobile"
"""Blind-index domain of mobile numbers: the same for debtors and contacts, so that a refusal is found everywhere."""


def record_opt_out(
    session: Session, cipher: Cipher, mobile: str, *, how: str, reason: str, actor: str, clock: Clock
) -> bool:
    """Record that the person with this mobile wants no contact; False when that was known already."""
    hold_open(session)
    index = cipher.blind(MOBILE_INDEX, mobile)
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
