"""Table of people's decisions on what follows a letter whose outcome does not say it. All else of that is computed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Key, Sealed


class FollowRuling(Base):
    """A named person's word on what follows a letter (``handa post rule``). Rows are only added; the newest counts."""

    __tablename__ = "follow_ruling"
    __table_args__ = (
        CheckConstraint("follows IN ('next','same','stop')", name="follows_known"),
        Index("ix_follow_ruling_letter", "letter_id", "at"),
    )
    id: Mapped[Key]
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"))
    follows: Mapped[str]
    """next | same | stop (``letters.post.consequences.Follow``)."""
    by: Mapped[str]
    why_sealed: Mapped[Sealed]
    """May tell of a person; blank once the case is erased."""
    actor: Mapped[str]
    at: Mapped[Instant]
