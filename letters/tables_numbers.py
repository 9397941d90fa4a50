"""Tables of item numbers that went void, of partners' own product tables, and of postage differences worked off.

Rows are only added (triggers refuse anything else). What is still open is computed, never kept.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Key


class VoidNumber(Base):
    """作废号码: an item number whose piece never goes, and why. It stays its piece's and never comes back."""

    __tablename__ = "void_number"
    __table_args__ = (CheckConstraint("kind IN ('void', 'pulled', 'spoiled')", name="known"), Index("ix_void_number_at", "at"))
    piece_id: Mapped[UUID] = mapped_column(ForeignKey("piece.id"), primary_key=True)
    item_no: Mapped[str]
    kind: Mapped[str]
    """void: its batch was voided; pulled: its letter was taken out; spoiled: the paper was, and another copy replaced it."""
    reason: Mapped[str]
    at: Mapped[Instant]
    actor: Mapped[str]


class PartnerProducts(Base):
    """A partner's own products, tariffs and envelopes (the override of ``letters.post.products``), whole, numbered from 1."""

    __tablename__ = "partner_products"
    __table_args__ = (UniqueConstraint("partner_id", "number"),)
    id: Mapped[Key]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    number: Mapped[int] = mapped_column(Integer)
    """0 in a planning means: the shipped table alone."""
    name: Mapped[str]
    """Of the file that was registered."""
    content: Mapped[str]
    """TOML; '' = from here on the shipped table alone."""
    sha256: Mapped[str]
    at: Mapped[Instant]
    actor: Mapped[str]


class PostageSettlement(Base):
    """A postage difference worked off: what was expected and charged when somebody decided, and why that is in order.

    It covers exactly this difference: another charge in a later acknowledgement is open again.
    """

    __tablename__ = "postage_settlement"
    __table_args__ = (Index("ix_postage_settlement_batch", "batch_id"),)
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    item_no: Mapped[str]
    expected_fen: Mapped[int] = mapped_column(BigInteger)
    charged_fen: Mapped[int | None] = mapped_column(BigInteger)
    """None: the acknowledgement states no postage."""
    cause: Mapped[str]
    """``letters.post.causes.Cause`` as it was found then."""
    reason: Mapped[str]
    by: Mapped[str]
    """Who answers for it."""
    evidence_name: Mapped[str]
    evidence_sha256: Mapped[str]
    """Of the paper in the workspace; '' without one."""
    at: Mapped[Instant]
    actor: Mapped[str]
