"""Tables of print control: proofs of parts, the inserter's scan logs and what they say of each piece, spoiled copies, reprints.

Rows are only added. Whether a copy is good is computed from all of them (``letters.batch.inserted``), never stored.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Json, Key


class PartProof(Base):
    """A look at a finished part by an independent reader: which file, how many pieces, what was found."""

    __tablename__ = "part_proof"
    __table_args__ = (Index("ix_part_proof_batch", "batch_id", "part"),)
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    part: Mapped[int] = mapped_column(Integer)
    part_sha256: Mapped[str]
    """Of the file as it was read: a file that is made again with the same bytes needs no second look."""
    pieces: Mapped[int] = mapped_column(Integer)
    """In the part; ``looked`` of them were looked at."""
    looked: Mapped[int] = mapped_column(Integer)
    findings: Mapped[Json]
    """{"findings": [[code, position, page, sentence], …]}; codes and places, no person's words."""
    at: Mapped[Instant]
    actor: Mapped[str]


class ScanFile(Base):
    """A scan log of the inserter, by content. The same bytes twice change nothing; a later log adds."""

    __tablename__ = "scan_file"
    __table_args__ = (UniqueConstraint("batch_id", "sha256"),)
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    number: Mapped[int] = mapped_column(Integer)
    """From 1, in the order of import."""
    sha256: Mapped[str]
    name: Mapped[str]
    received_at: Mapped[Instant]
    actor: Mapped[str]
    counts: Mapped[Json]


class ScanResult(Base):
    """What one log says of one copy: whole in its envelope, or not and why."""

    __tablename__ = "scan_result"
    __table_args__ = (UniqueConstraint("file_id", "piece_id"), Index("ix_scan_result_piece", "piece_id"))
    id: Mapped[Key]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("scan_file.id"))
    piece_id: Mapped[UUID] = mapped_column(ForeignKey("piece.id"))
    whole: Mapped[bool] = mapped_column(Boolean)
    codes: Mapped[str]
    """Of findings, sorted, separated by spaces; '' when whole."""
    detail: Mapped[str]
    """Chinese sentence; '' when whole. Names rows of the log, numbers of sheets and of other pieces."""
    first_row: Mapped[int] = mapped_column(Integer)
    last_row: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime | None]


class ScanFault(Base):
    """A row of a log that says nothing of a piece of this batch: unreadable, another batch's, no such piece."""

    __tablename__ = "scan_fault"
    __table_args__ = (UniqueConstraint("file_id", "sheet", "row"),)
    id: Mapped[Key]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("scan_file.id"))
    sheet: Mapped[str]
    """Of a workbook; '' in a text file."""
    row: Mapped[int] = mapped_column(Integer)
    code: Mapped[str]
    what: Mapped[str]


class Reprint(Base):
    """A supplementary print run of a batch: the copies that replace spoiled ones, in a part of their own."""

    __tablename__ = "reprint"
    __table_args__ = (UniqueConstraint("batch_id", "number"),)
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    number: Mapped[int] = mapped_column(Integer)
    """From 1; ``piece.print_run`` of its copies."""
    at: Mapped[Instant]
    actor: Mapped[str]


class SpoiledPiece(Base):
    """废件: a copy that must be destroyed. Its item number is void for ever; ``replaced_by`` is the copy that goes instead."""

    __tablename__ = "spoiled_piece"
    __table_args__ = (UniqueConstraint("replaced_by"), Index("ix_spoiled_piece_reprint", "reprint_id"))
    piece_id: Mapped[UUID] = mapped_column(ForeignKey("piece.id"), primary_key=True)
    reprint_id: Mapped[UUID] = mapped_column(ForeignKey("reprint.id"))
    replaced_by: Mapped[UUID] = mapped_column(ForeignKey("piece.id"))
    item_no: Mapped[str]
    """Void number, as printed on the spoiled copy."""
    codes: Mapped[str]
    reason: Mapped[str]
    at: Mapped[Instant]
    actor: Mapped[str]
