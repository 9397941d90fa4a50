"""Tables of what comes back from debtors: complaints and objections, and calls that verify a letter."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, Date, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, BlindIndex, Instant, Key, Sealed


class Complaint(Base):
    """投诉 or 异议 of a debtor (R-CMP-02, R-TIM-07). While ``resolved_at`` is empty no letter goes to the case."""

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("complaint_no"),
        Index("ix_complaint_case", "case_id"),
        Index("ix_complaint_batch", "batch_id"),
        Index("ix_complaint_open", "due_on", postgresql_where="resolved_at IS NULL"),
    )
    id: Mapped[Key]
    complaint_no: Mapped[str]
    """``C20261121-0001``."""
    kind: Mapped[str]
    """complaint | objection."""
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    letter_id: Mapped[UUID | None] = mapped_column(ForeignKey("letter.id"))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("batch.id"))
    template: Mapped[str]
    """Of the letter; '' where no letter is meant."""
    channel: Mapped[str]
    what_sealed: Mapped[Sealed]
    received_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    actor: Mapped[str]
    created_at: Mapped[Instant]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    upheld: Mapped[bool | None] = mapped_column(Boolean)
    result_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    evidence_sha256: Mapped[str | None]


class VerificationCode(Base):
    """Which letter a printed verification code belongs to. Filled for letters that were handed over; codes are not kept."""

    __tablename__ = "verification_code"
    __table_args__ = (UniqueConstraint("code_bidx"),)
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"), primary_key=True)
    code_bidx: Mapped[BlindIndex]


class VerificationAttempt(Base):
    """One call that gave a code. Rows are only added; failures are counted against the caller and the house."""

    __tablename__ = "verification_attempt"
    __table_args__ = (Index("ix_verification_attempt_at", "at"), Index("ix_verification_attempt_caller", "caller_bidx", "at"))
    id: Mapped[Key]
    at: Mapped[Instant]
    caller_bidx: Mapped[BlindIndex]
    letter_id: Mapped[UUID | None] = mapped_column(ForeignKey("letter.id"))
    found: Mapped[bool] = mapped_column(Boolean)
    actor: Mapped[str]
