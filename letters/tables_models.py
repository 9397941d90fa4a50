"""Tables of learned models: the files themselves, and which one is in force since when. Numbers only, no personal data."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Json, Key


class LearnedModel(Base):
    """A trained model: its file (canonical JSON, gzip) and what the training came to. Rows are only added."""

    __tablename__ = "learned_model"
    __table_args__ = (UniqueConstraint("version"), CheckConstraint("task IN ('delivery','contacts','letters','templates')", name="task_known"))
    id: Mapped[Key]
    task: Mapped[str]
    version: Mapped[str]
    """Kind and a hash of the file."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    facts: Mapped[Json]
    """Denominators, windows, figures: what the model card shows."""
    as_of: Mapped[date] = mapped_column(Date)
    """What was known before this day was learned from."""
    actor: Mapped[str]
    at: Mapped[Instant]


class ModelTurn(Base):
    """Which model came into force, and why; '' as version = the rules. Rows are only added, the newest counts."""

    __tablename__ = "model_turn"
    __table_args__ = (
        CheckConstraint("kind IN ('promoted','stepped_back')", name="kind_known"),
        Index("ix_model_turn_task", "task", "at"),
    )
    id: Mapped[Key]
    task: Mapped[str]
    version: Mapped[str]
    kind: Mapped[str]
    """promoted by a person | stepped_back by the watch."""
    why: Mapped[str]
    detail: Mapped[Json]
    actor: Mapped[str]
    at: Mapped[Instant]
