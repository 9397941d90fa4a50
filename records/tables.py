"""The declarative base that every table of the house hangs on, and the tables of the ground floor.

Column habits: UUIDv7 keys made by us, ``timestamptz`` only, money as bigint fen, personal text as ``bytea`` ciphertext
(``records.cipher``) with a ``*_bidx`` keyed blind index where it must be looked up. Constraints stand in
``__table_args__``: Alembic drops those written inside ``mapped_column``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from records.identity import uuid7

Key = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=uuid7)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]
"""AES-256-GCM value of ``records.cipher.Cipher.seal``."""
BlindIndex = Annotated[bytes, mapped_column(LargeBinary(32))]
FenColumn = Annotated[int, mapped_column(BigInteger)]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]


class Base(DeclarativeBase):
    """Common metadata with deterministic constraint names, so that migrations can name what they change."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    # Collation "C": text sorts by code point on every server, so no byte of ours hangs on a server's locale.
    type_annotation_map = {str: Text(collation="C"), datetime: DateTime(timezone=True), bytes: LargeBinary}  # noqa: RUF012


class KeyMark(Base):
    """Which key ring this database's personal fields are sealed under: one row, its fingerprint, no secret."""

    __tablename__ = "key_mark"
    __table_args__ = (CheckConstraint("single", name="one_row"),)
    single: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    fingerprint: Mapped[bytes]


class AuditEntry(Base):
    """One link of the append-only chain: each holds the hash of the one before (R-CMP-04)."""

    __tablename__ = "audit_entry"
    __table_args__ = (CheckConstraint("seq >= 1", name="seq_from_one"),)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Instant]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[Json]
    previous_sha256: Mapped[bytes]
    sha256: Mapped[bytes]


class WorkStage(Base):
    """A stage of a run, split into chunks that any process or machine may claim. ``name`` finds the code that does it."""

    __tablename__ = "work_stage"
    __table_args__ = (UniqueConstraint("name", "subject"),)
    id: Mapped[Key]
    name: Mapped[str]
    subject: Mapped[str]
    """What it works on, e.g. a planning or batch id."""
    function: Mapped[str]
    """Import path ``module:function`` of what does a chunk: any process on any machine can run it."""
    args: Mapped[Json]
    created_at: Mapped[Instant]
    done_at: Mapped[datetime | None]


class WorkChunk(Base):
    """A piece of a stage. Claimed by row lock (SKIP LOCKED): results and ``done_at`` commit together or not at all."""

    __tablename__ = "work_chunk"
    __table_args__ = (
        UniqueConstraint("stage_id", "number"),
        Index("ix_work_chunk_open", "stage_id", "number", postgresql_where="done_at IS NULL"),
    )
    id: Mapped[Key]
    stage_id: Mapped[UUID] = mapped_column(ForeignKey("work_stage.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    args: Mapped[Json]
    size: Mapped[int] = mapped_column(Integer)
    done_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
