"""Tables of what people say about answers: codes mapped, columns named, contradictions decided.

Rows are only added (triggers refuse anything else); the newest row of a key counts. Outcomes are computed, never kept.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Json, Key, Sealed


class CodeMapping(Base):
    """What one code of a partner means, as a person said it once. On top of the shipped tables (``letters.post.codes``)."""

    __tablename__ = "code_mapping"
    __table_args__ = (Index("ix_code_mapping_code", "partner_id", "field", "code", "at"),)
    id: Mapped[Key]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    field: Mapped[str]
    """action | properdelivery | notproperdelivery | op | signed | unsigned."""
    code: Mapped[str]
    meaning: Mapped[str]
    """The word chosen (``letters.post.meanings``)."""
    cells: Mapped[Json]
    """The whole row of the code table: a later release's tables must not change what was said."""
    why: Mapped[str]
    by: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Instant]


class AnswerProfile(Base):
    """A partner's own column names, saved by name. Which one is used stands in the partner's settings."""

    __tablename__ = "answer_profile"
    __table_args__ = (Index("ix_answer_profile_name", "partner_id", "name", "at"),)
    id: Mapped[Key]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    name: Mapped[str]
    columns: Mapped[Json]
    """Header → field name of docs/post-answers.md, or ``ignore``."""
    actor: Mapped[str]
    at: Mapped[Instant]


class OutcomeDecision(Base):
    """A person's word on a track that contradicts itself. It counts while the facts are those that it was made on."""

    __tablename__ = "outcome_decision"
    __table_args__ = (Index("ix_outcome_decision_letter", "letter_id", "at"),)
    id: Mapped[Key]
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"))
    item_no: Mapped[str]
    state: Mapped[str]
    """delivered | returned | lost | in_transit (none of the claims is believed)."""
    how: Mapped[str | None]
    """Of a delivery: ``letters.post.codes.How``."""
    on_date: Mapped[date | None] = mapped_column(Date)
    """The day of the end where the track's own is not believed."""
    facts_sha256: Mapped[str]
    """``Outcome.facts`` as the person saw them."""
    anomalies: Mapped[Json]
    why_sealed: Mapped[Sealed]
    evidence_name: Mapped[str]
    evidence_sha256: Mapped[str]
    """'' where nothing is believed, which needs no proof."""
    by: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Instant]
