"""Days agreed with a partner for a kind of gap: kept in its settings, changed by a named person, audited."""

from __future__ import annotations

from sqlalchemy.orm import Session

from letters.post.gap_kinds import days_of, kind_of
from letters.tables import Partner
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage


def set_days(
    session: Session, partner: Partner, code: str, days: int | None, *, by: str, reason: str, actor: str, clock: Clock
) -> dict[str, int]:
    """Set the days of one kind for a partner (None = those of the table again); returns all that differ from the table.

    Raises:
        WrongUsage: no such kind, days out of bounds, nobody named or no reason given.
    """
    kind_of(code)
    if not by.strip() or not reason.strip():
        raise WrongUsage("改天数须写明由谁负责和依据。", "请加 --by 姓名 --reason 依据（如协议条款）。")
    before = days_of(partner.settings, partner.code)
    after = {name: value for name, value in before.items() if name != code} | ({} if days is None else {code: days})
    days_of({"gap_days": after}, partner.code)
    if after != before:
        partner.settings = {**partner.settings, "gap_days": after}
        append_audit(
            session, actor=actor, action="partner.gap_days", subject=f"partner:{partner.code}",
            detail={"code": code, "days": days, "before": before.get(code), "by": by.strip(), "reason": reason.strip()}, clock=clock,
        )  # fmt: skip
    return after
