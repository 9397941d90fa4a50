"""Instants are aware; days turn at midnight in Shanghai."""

from datetime import UTC, date, datetime

from records.clock import SHANGHAI, system_clock, today


def test_the_day_turns_at_midnight_in_shanghai() -> None:
    assert today(lambda: datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert today(lambda: datetime(2026, 11, 20, 16, 0, 0, tzinfo=UTC)) == date(2026, 11, 21)


def test_the_system_clock_is_aware_and_utc() -> None:
    assert system_clock().tzinfo is UTC
    assert system_clock().astimezone(SHANGHAI).utcoffset().total_seconds() == 8 * 3600
