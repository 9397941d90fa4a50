"""Answer files that came again with the same bytes under another running number. Rows are only added."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Key


class AnswerFileRepeat(Base):
    """A known file under a number of its own: its rows were taken already, its number has come only now."""

    __tablename__ = "answer_file_repeat"
    __table_args__ = (UniqueConstraint("file_id", "sequence"),)
    id: Mapped[Key]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("answer_file.id"))
    sequence: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    at: Mapped[Instant]
