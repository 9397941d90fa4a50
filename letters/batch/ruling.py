"""A person says what follows a letter whose outcome does not: recorded with name and reason, the newest word counts."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from letters.batch.history import sent_before
from letters.batch.letterview import find_letter
from letters.batch.policies import policy_of_lender
from letters.batch.retrying import sent_of, words_of
from letters.post.consequences import Follow
from letters.rules.following import is_under_way, open_until
from letters.tables_consequences import FollowRuling
from locate.tables import Case, Lender
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

WHY: Final = "follow_ruling.why"
RULINGS: Final = (Follow.NEXT, Follow.SAME, Follow.STOP)
"""What a person may decide."""


def rule_on(
    session: Session, cipher: Cipher, which: str, follows: Follow, *, by: str, reason: str, day: date, actor: str, clock: Clock
) -> str:
    """Record what follows a letter; returns its number.

    Raises:
        WrongUsage: no such letter, no name or reason, or nothing that a person may decide.
        NeedsDecision: the letter may still be delivered, so nothing may follow it yet; a stop may always be recorded.
    """
    if follows not in RULINGS:
        raise WrongUsage(f"不能登记“{follows}”。", "可以登记 next、same 或 stop。")
    if not by.strip() or not reason.strip():
        raise WrongUsage("登记决定须署名并写明理由。", "请加 --by 姓名 --reason 理由。")
    letter, _ = find_letter(session, which)
    case = session.get_one(Case, letter.case_id)
    lender = session.get_one(Lender, case.lender_id)
    history = sent_before(session, lender.id, [case.id], (), ())
    past = next((one for one in history.by_case.get(case.id, ()) if one.letter_id == letter.id), None)
    if past is None:
        raise WrongUsage(f"函件 {letter.letter_no} 已作废、抽回，或不是致债务人的函件，没有可决定的。", "请用 handa letter show 查看其状态。")
    sent = sent_of(past, words_of(session, [past]), "")
    policy = policy_of_lender(session, lender, case.product)
    if follows is not Follow.STOP and is_under_way(sent, day, policy):
        until = f"{open_until(sent, policy)} 之前" if sent.handed_over else "交寄之前"
        raise NeedsDecision(f"函件 {letter.letter_no} 仍可能投到，{until}不能另发。", "请待投递结果，或先向邮政查询。")
    key = uuid7()
    sealed = cipher.seal(WHY, key, reason.strip())
    session.add(FollowRuling(id=key, letter_id=letter.id, follows=follows.value, by=by.strip(), why_sealed=sealed, actor=actor, at=clock()))
    session.flush()
    append_audit(
        session, actor=actor, action="letter.ruled", subject=f"letter:{letter.letter_no}",
        detail={"follows": follows.value, "by": by.strip()}, clock=clock,
    )  # fmt: skip
    return letter.letter_no
