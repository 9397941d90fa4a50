"""Tables of proof: relay letters, evidence of household debt, what starts and restarts limitation, papers of letters.

Rows are only added (triggers refuse anything else). Lapse dates and evidence grades are computed, never kept.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Key, Sealed


class RelayLetter(Base):
    """转告函 decided for a contact: whom, and what proved that the debtor is lost (R-THP-02). One a decision."""

    __tablename__ = "relay_letter"
    __table_args__ = (Index("ix_relay_letter_mobile", "mobile_bidx"), Index("ix_relay_letter_case", "case_id"))
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("case_contact.id"))
    mobile_bidx: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the contact: an opt-out by this number pulls the letter, whenever it comes."""
    lost_how: Mapped[str]
    lost_since: Mapped[date | None] = mapped_column(Date)
    attempts: Mapped[int] = mapped_column(Integer)
    """How many recorded attempts the proof was read from."""


class HouseholdEvidence(Base):
    """Evidence of household use of the debt and who reviewed it, for a spouse (R-THP-05)."""

    __tablename__ = "household_evidence"
    __table_args__ = (Index("ix_household_evidence_case", "case_id"),)
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    contact_ordinal: Mapped[int] = mapped_column(Integer)
    evidence_name: Mapped[str]
    evidence_sha256: Mapped[str]
    reviewer: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Instant]


class LimitationConfirmation(Base):
    """A lawyer's word on what a letter's delivery is worth (R-LIM-02). The newest row of a letter counts; E5 = nothing."""

    __tablename__ = "limitation_confirmation"
    __table_args__ = (Index("ix_limitation_confirmation_letter", "letter_id", "at"),)
    id: Mapped[Key]
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"))
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyer.id"))
    grade: Mapped[str]
    reason: Mapped[str]
    at: Mapped[Instant]


class LimitationFact(Base):
    """What the file does not say: last due date, acceleration, 送达地址 clause (R-LIM-01, R-LIM-07); a lawyer's wording."""

    __tablename__ = "limitation_fact"
    __table_args__ = (Index("ix_limitation_fact_case", "case_id", "kind", "at"),)
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str]
    """last_due | acceleration | clause | wording."""
    on_date: Mapped[date | None] = mapped_column(Date)
    text_sealed: Mapped[Sealed]
    """The clause's words and page; the template chosen; '' for dates."""
    evidence_name: Mapped[str]
    evidence_sha256: Mapped[str]
    by: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Instant]


class LetterPaper(Base):
    """A picture that proves something of a letter: the receipt, the returned envelope. By content, sealed."""

    __tablename__ = "letter_paper"
    __table_args__ = (UniqueConstraint("letter_id", "sha256"), Index("ix_letter_paper_sha256", "sha256"))
    id: Mapped[Key]
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"))
    kind: Mapped[str]
    """receipt | returned."""
    name: Mapped[str]
    sha256: Mapped[str]
    content_sealed: Mapped[Sealed]
    actor: Mapped[str]
    at: Mapped[Instant]
