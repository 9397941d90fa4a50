"""Tables of reconciliation: gaps that a person has settled, and proofs asked of the carrier and received.

Rows are only added (triggers refuse anything else). Books and gaps themselves are computed (``letters.post.books``,
``letters.post.gaps``), never kept.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Key


class GapSettlement(Base):
    """A person's word on a gap that can't resolve itself: what was done, by whom, on what evidence."""

    __tablename__ = "gap_settlement"
    __table_args__ = (Index("ix_gap_settlement_batch", "batch_id", "code"),)
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    code: Mapped[str]
    """Of ``letters/post/gap_kinds.csv``."""
    by: Mapped[str]
    reason: Mapped[str]
    evidence_name: Mapped[str]
    evidence_sha256: Mapped[str]
    """'' where no paper was handed in; the paper itself is among the papers (``letters.gate.papers``)."""
    actor: Mapped[str]
    at: Mapped[Instant]


class SettledPiece(Base):
    """A piece that a settlement covers, and how much was known of it then: more facts open the gap again."""

    __tablename__ = "settled_piece"
    __table_args__ = (Index("ix_settled_piece_item", "item_no"),)
    settlement_id: Mapped[UUID] = mapped_column(ForeignKey("gap_settlement.id"), primary_key=True)
    item_no: Mapped[str] = mapped_column(primary_key=True)
    """'' for a gap of the batch as a whole."""
    facts: Mapped[int] = mapped_column(Integer)
    """Acknowledgement lines and events of the piece (of the batch) when it was settled."""


class ProofNote(Base):
    """A piece's proof of delivery (查询、签收凭证) was asked for, or has come (R-DLV-06)."""

    __tablename__ = "proof_note"
    __table_args__ = (
        UniqueConstraint("item_no", "kind", "on_date", "reference"),
        CheckConstraint("kind IN ('asked', 'received')", name="kind_known"),
    )
    id: Mapped[Key]
    item_no: Mapped[str] = mapped_column(ForeignKey("piece.item_no"))
    kind: Mapped[str]
    """asked | received."""
    on_date: Mapped[date] = mapped_column(Date)
    reference: Mapped[str]
    """The carrier's number of the enquiry, or how it was made."""
    evidence_name: Mapped[str]
    evidence_sha256: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Instant]
