"""Time as an argument. Instants are aware (UTC inside, Asia/Shanghai at the edge); days are dates in Shanghai."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def today(clock: Clock = system_clock) -> date:
    """The calendar day in Shanghai."""
    return clock().astimezone(SHANGHAI).date()
