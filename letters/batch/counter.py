"""The partner's counter 收寄柜台: how many pieces it takes a day, and on which days it is open. Data of the partner.

Capacity is for the whole counter and for destinations (leading postcode digits); without a record there is none. Rest
days follow the working-day calendar where the partner rests on them; single days are recorded either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.answers.workdays import is_working_day
from letters.tables import Partner
from letters.tables_presort import CounterCapacity, CounterDay
from records.audit import append_audit
from records.clock import Clock
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

RESTS: Final = "rests_on_holidays"
"""Setting of the partner: its counter is closed on weekends and public holidays. Default: open every day."""
_LONGEST_SEARCH: Final = 366
_PREFIX_DIGITS: Final = frozenset({0, 2, 3, 4, 6})


class CounterClosed(NeedsDecision):
    """The partner's counter takes nothing on that day."""

    code = "E-COUNTER-CLOSED"


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a partner's counter is open."""

    partner: str
    rests: bool
    days: Mapping[date, tuple[bool, str]]
    """Recorded days: (open, reason)."""

    def closed(self, day: date) -> str:
        """Why it is closed on the day; '' when it is open."""
        known = self.days.get(day)
        if known is not None:
            return "" if known[0] else known[1] or "登记为不收寄"
        return "周末或法定节假日" if self.rests and not is_working_day(day) else ""

    def next_open(self, day: date) -> date | None:
        """The first open day after ``day``; None when a year has none."""
        later = (day + timedelta(days=offset) for offset in range(1, _LONGEST_SEARCH + 1))
        return next((one for one in later if not self.closed(one)), None)

    def demand_open(self, day: date, what: str) -> None:
        """Refuse what can't be done on a day on which the counter is closed.

        Raises:
            CounterClosed: it is.
        """
        why = self.closed(day)
        if why:
            following = self.next_open(day)
            advice = f"下一个收寄日是 {following}，请改到那天。" if following else "一年内没有收寄日，请核对登记的休息日。"
            raise CounterClosed(
                f"邮政合作方“{self.partner}”在 {day} 不收寄（{why}），{what}。",
                advice + f"登记有误请用 handa partner calendar {self.partner} 更正。",
            )


def calendar_of(session: Session, partner: Partner) -> Calendar:
    """The partner's calendar; the newest record of a day counts."""
    rows = session.scalars(
        select(CounterDay).where(CounterDay.partner_id == partner.id).order_by(CounterDay.at, CounterDay.id)
    )
    days = {row.day: (row.is_open, row.reason) for row in rows}
    return Calendar(partner.code, bool(partner.settings.get(RESTS, False)), days)


def capacities_on(session: Session, partner_id: UUID, day: date) -> dict[str, int]:
    """Pieces that the counter takes on the day, by destination prefix ('' = in all); what is not limited is not there."""
    rows = session.scalars(
        select(CounterCapacity)
        .where(CounterCapacity.partner_id == partner_id, CounterCapacity.on_day.is_(None) | (CounterCapacity.on_day == day))
        # a record for the day wins over the one for every day, the newest of each
        .order_by(CounterCapacity.on_day.nulls_first(), CounterCapacity.at, CounterCapacity.id)
    )
    newest = {row.prefix: row.pieces for row in rows}
    return {prefix: pieces for prefix, pieces in sorted(newest.items()) if pieces is not None}


def set_capacity(
    session: Session, partner: Partner, *, prefix: str, on_day: date | None, pieces: int | None, actor: str, clock: Clock
) -> None:
    """Record what the counter takes a day; ``pieces`` None lifts the limit.

    Raises:
        WrongUsage: the prefix is none of a postcode's levels.
    """
    if len(prefix) not in _PREFIX_DIGITS or not (prefix == "" or (prefix.isascii() and prefix.isdigit())):
        raise WrongUsage(f"寄达邮编“{prefix}”不能用。", "请写邮编的前 2、3、4 位或全部 6 位；不写则为全部寄达地。")
    now = clock()
    session.add(
        CounterCapacity(id=uuid7(), partner_id=partner.id, prefix=prefix, on_day=on_day, pieces=pieces, actor=actor, at=now)
    )
    detail = {"prefix": prefix, "on_day": on_day.isoformat() if on_day else None, "pieces": pieces}
    append_audit(
        session, actor=actor, action="partner.capacity", subject=f"partner:{partner.code}", detail=detail, clock=clock
    )


def set_days(
    session: Session, partner: Partner, first: date, last: date, *, is_open: bool, reason: str, actor: str, clock: Clock
) -> int:
    """Record days as open or closed; how many.

    Raises:
        WrongUsage: they are out of order or more than a year.
    """
    count = (last - first).days + 1
    if not 1 <= count <= _LONGEST_SEARCH:
        raise WrongUsage(f"日期 {first} 至 {last} 不正确。", "止日不得早于起日，一次至多一年。")
    now = clock()
    session.add_all(
        CounterDay(
            id=uuid7(), partner_id=partner.id, day=first + timedelta(days=offset), is_open=is_open, reason=reason, actor=actor, at=now
        )
        for offset in range(count)
    )
    detail = {"first": first.isoformat(), "last": last.isoformat(), "open": is_open, "reason": reason}
    append_audit(
        session, actor=actor, action="partner.calendar", subject=f"partner:{partner.code}", detail=detail, clock=clock
    )
    return count


def change_settings(session: Session, partner: Partner, changes: Mapping[str, object], *, actor: str, clock: Clock) -> None:
    """Change settings of the partner; a value of None removes one."""
    kept = {name: value for name, value in {**partner.settings, **changes}.items() if value is not None}
    partner.settings = kept
    append_audit(
        session, actor=actor, action="partner.set", subject=f"partner:{partner.code}", detail=dict(changes), clock=clock
    )
