"""Tables of the lawyer's gate: mandates, the firm's other clients, conflict checks, confirmations, filed templates.

What is not here is computed: whether a batch may be released is ``letters.gate.missing``'s answer over these rows.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, BlindIndex, Instant, Key, Sealed


class Mandate(Base):
    """委托: service contract and 授权委托书 between a lender and a firm (R-LAW-01). ``revoked_at`` ends it; the row stays."""

    __tablename__ = "mandate"
    __table_args__ = (
        UniqueConstraint("firm_id", "lender_id", "contract_no"),
        CheckConstraint("valid_from <= valid_until", name="in_order"),
    )
    id: Mapped[Key]
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firm.id"))
    lender_id: Mapped[UUID] = mapped_column(ForeignKey("lender.id"))
    contract_no: Mapped[str]
    """Number of the service contract (委托代理合同)."""
    scan_sha256: Mapped[str]
    """Of the scanned 授权委托书, kept among the papers (``letters.gate.papers``)."""
    scan_name: Mapped[str]
    all_cases: Mapped[bool] = mapped_column(Boolean)
    """Covers every case of the lender; else only those of ``mandate_case``."""
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    standing: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """The client's standing confirmation in the contract (R-LAW-04): max_letters, max_amount_fen; None without one."""
    actor: Mapped[str]
    created_at: Mapped[Instant]
    revoked_at: Mapped[datetime | None]
    revoked_why: Mapped[str | None]


class MandateCase(Base):
    """A case number on a mandate's list."""

    __tablename__ = "mandate_case"
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandate.id"), primary_key=True)
    case_no: Mapped[str] = mapped_column(primary_key=True)


class FirmClient(Base):
    """Another client of the firm, whom it may not act against (R-LAW-02)."""

    __tablename__ = "firm_client"
    __table_args__ = (UniqueConstraint("firm_id", "name_bidx", "id_bidx", postgresql_nulls_not_distinct=True),)
    id: Mapped[Key]
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firm.id"))
    name_sealed: Mapped[Sealed]
    name_bidx: Mapped[BlindIndex]
    id_bidx: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """With an ID number only the same person is a hit; without one, the same name."""
    actor: Mapped[str]
    created_at: Mapped[Instant]


class ConflictCheck(Base):
    """利益冲突检索 of a firm for a lender, with what the automatic search found. Rows are only added."""

    __tablename__ = "conflict_check"
    __table_args__ = (Index("ix_conflict_check_pair", "firm_id", "lender_id", "checked_on"),)
    id: Mapped[Key]
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firm.id"))
    lender_id: Mapped[UUID] = mapped_column(ForeignKey("lender.id"))
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyer.id"))
    checked_on: Mapped[date] = mapped_column(Date)
    cases: Mapped[int] = mapped_column(Integer)
    hits: Mapped[int] = mapped_column(Integer)
    note: Mapped[str]
    at: Mapped[Instant]


class ConflictClearance(Base):
    """A lawyer's word that the hits known then in one case are no conflict, and why. Rows are only added."""

    __tablename__ = "conflict_clearance"
    __table_args__ = (Index(None, "firm_id", "case_id"),)
    id: Mapped[Key]
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firm.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyer.id"))
    why: Mapped[str]
    at: Mapped[Instant]


class BatchConfirmation(Base):
    """The client's confirmation of a batch by the hash of its case list and amounts (R-LAW-04). Rows are only added."""

    __tablename__ = "batch_confirmation"
    __table_args__ = (UniqueConstraint("batch_id", "list_sha256"),)
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    list_sha256: Mapped[str]
    by: Mapped[str]
    """Who confirmed for the client; ``standing:CONTRACT`` under a standing confirmation."""
    evidence_sha256: Mapped[str]
    evidence_name: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Instant]


class TemplateFiling(Base):
    """A template version filed with a lender (R-OUT-03): exactly these bytes. Rows are only added."""

    __tablename__ = "template_filing"
    __table_args__ = (UniqueConstraint("lender_id", "template", "bundle_sha256"),)
    id: Mapped[Key]
    lender_id: Mapped[UUID] = mapped_column(ForeignKey("lender.id"))
    template: Mapped[str]
    bundle_sha256: Mapped[str]
    filed_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str]
    """The lender's own number or mail of the filing."""
    actor: Mapped[str]
    at: Mapped[Instant]


class LawyerCapacity(Base):
    """How many letters a lawyer can answer for in a day (R-LAW-17). The newest row counts."""

    __tablename__ = "lawyer_capacity"
    __table_args__ = (CheckConstraint("per_day > 0", name="positive"), Index("ix_lawyer_capacity_lawyer", "lawyer_id", "at"))
    id: Mapped[Key]
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyer.id"))
    per_day: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str]
    at: Mapped[Instant]
