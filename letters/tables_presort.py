"""Tables of what a postal partner's counter takes: pieces a day, and the days on which it is open or closed.

Rows are only added; for a partner, destination and day the newest counts.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Key


class CounterCapacity(Base):
    """Pieces that a partner takes in a day, in all or for a destination. Without a row there is no limit."""

    __tablename__ = "counter_capacity"
    __table_args__ = (
        CheckConstraint("pieces >= 0", name="not_negative"),
        Index("ix_counter_capacity_partner", "partner_id", "prefix", "at"),
    )
    id: Mapped[Key]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    prefix: Mapped[str]
    """Leading digits of the destination's postcode (2 province, 3 district, 4 county, 6 office); '' = the whole counter."""
    on_day: Mapped[date | None] = mapped_column(Date)
    """Only on this day; None = every day that has no row of its own."""
    pieces: Mapped[int | None] = mapped_column(Integer)
    """None lifts the limit."""
    actor: Mapped[str]
    at: Mapped[Instant]


class CounterDay(Base):
    """A day on which the partner's counter is open or closed other than its rest days say."""

    __tablename__ = "counter_day"
    __table_args__ = (Index("ix_counter_day_partner", "partner_id", "day", "at"),)
    id: Mapped[Key]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    day: Mapped[date] = mapped_column(Date)
    is_open: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Instant]
