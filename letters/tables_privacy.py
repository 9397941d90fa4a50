"""Which cases' personal text was erased, when, on whose word (R-PII-08). The act itself is in the audit chain."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Key


class ErasedCase(Base):
    """A version of a case whose personal text is gone. A newer version from the lender is personal data anew."""

    __tablename__ = "erased_case"
    __table_args__ = (UniqueConstraint("case_id", "version"),)
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    version: Mapped[int] = mapped_column(Integer)
    by: Mapped[str]
    """The named person who decided it."""
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Instant]
