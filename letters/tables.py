"""Tables of firms, partners, plannings, batches, letters, pieces, releases, events and answer files.

Nothing here stores a state that can be computed: a letter's state is a function of its batch's events, its own events
and the post's events (``letters.post.outcome``, ``letters.batch.state``).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
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
    column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, NUMRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from letters import (  # noqa: F401  all tables of the room are known once this module is
    tables_answers,
    tables_books,
    tables_consequences,
    tables_gate,
    tables_numbers,
    tables_outcomes,
    tables_presort,
    tables_print,
    tables_privacy,
    tables_proof,
    tables_repeats,
)
from records.tables import Base, Instant, Json, Key, Sealed


class Firm(Base):
    """律所: sender of record."""

    __tablename__ = "firm"
    __table_args__ = (UniqueConstraint("code"),)
    id: Mapped[Key]
    code: Mapped[str]
    name: Mapped[str]
    licence_no: Mapped[str]
    licence_until: Mapped[date] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(Boolean)
    address: Mapped[str]
    phone: Mapped[str]
    number_scheme: Mapped[str]
    """Letter-number scheme with {year} and {number}: （{year}）鄂某某律函字第{number:06d}号."""
    settings: Mapped[Json]
    """approved_templates, verification_url, standing_release …"""
    seal_image: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[Instant]


class Lawyer(Base):
    """A firm's lawyer; only such a person can release."""

    __tablename__ = "lawyer"
    __table_args__ = (UniqueConstraint("firm_id", "code"),)
    id: Mapped[Key]
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firm.id"))
    code: Mapped[str]
    name: Mapped[str]
    licence_no: Mapped[str]
    licence_until: Mapped[date] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(Boolean)
    is_lawyer: Mapped[bool] = mapped_column(Boolean)


class LetterNumber(Base):
    """The gapless register of letter numbers per firm and year. A number is never reused, a void says why (R-LAW-07)."""

    __tablename__ = "letter_number"
    __table_args__ = (UniqueConstraint("firm_id", "letter_no"),)
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firm.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    letter_no: Mapped[str]
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id", deferrable=True, initially="DEFERRED"))
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]


class Partner(Base):
    """邮政合作方. ``settings``: customer_no, agreement_no, pay_method, code_table, place …"""

    __tablename__ = "partner"
    __table_args__ = (UniqueConstraint("code"),)
    id: Mapped[Key]
    code: Mapped[str]
    name: Mapped[str]
    settings: Mapped[Json]
    created_at: Mapped[Instant]


class NumberRange(Base):
    """号段: item numbers allotted by a partner for a product. ``next_serial`` only grows; ``last_serial`` inclusive.

    No two ranges of the house share a number: the database itself refuses overlapping ``span``s, whoever allots them.
    """

    __tablename__ = "number_range"
    __table_args__ = (
        CheckConstraint("next_serial >= first_serial AND next_serial <= last_serial + 1", name="inside"),
        ExcludeConstraint((column("span"), "&&"), using="gist", name="ex_number_range_span"),
    )
    id: Mapped[Key]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    product: Mapped[str]
    number_format: Mapped[str]
    """s10 | domestic13 | ems12 | ems13 (letters.post.numbers)."""
    prefix: Mapped[str]
    suffix: Mapped[str]
    first_serial: Mapped[int] = mapped_column(BigInteger)
    last_serial: Mapped[int] = mapped_column(BigInteger)
    next_serial: Mapped[int] = mapped_column(BigInteger)
    span: Mapped[Range[Decimal]] = mapped_column(NUMRANGE)
    """``letters.post.numbers.ordinal`` of its numbers; after closing only of those that were used."""
    registered_at: Mapped[Instant]
    closed_at: Mapped[datetime | None]
    """When the partner took back what was left."""


class Planning(Base):
    """One pass of planning for a lender and day: which cases were judged, and under what. Resumed until finished."""

    __tablename__ = "planning"
    __table_args__ = (UniqueConstraint("lender_id", "day", "number"),)
    id: Mapped[Key]
    lender_id: Mapped[UUID] = mapped_column(ForeignKey("lender.id"))
    day: Mapped[date] = mapped_column(Date)
    number: Mapped[int] = mapped_column(Integer)
    args: Mapped[Json]
    """firm, lawyer, partner, product, template, bundle hash, policy hash, budget."""
    started_at: Mapped[Instant]
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Batch(Base):
    """批次: the letters of one planning that go together, by one postal product. ``batch_no`` is ``B20261121-01``; the sealed name adds the hash."""

    __tablename__ = "batch"
    __table_args__ = (UniqueConstraint("batch_no"), UniqueConstraint("planning_id", "product"), UniqueConstraint("day", "number"))
    id: Mapped[Key]
    batch_no: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    number: Mapped[int] = mapped_column(Integer)
    planning_id: Mapped[UUID] = mapped_column(ForeignKey("planning.id"))
    lender_id: Mapped[UUID] = mapped_column(ForeignKey("lender.id"))
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firm.id"))
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyer.id"))
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    product: Mapped[str]
    template: Mapped[str]
    bundle_sha256: Mapped[str]
    letters_sha256: Mapped[str]
    """Hash of all letter hashes in manifest order: what a release is for."""
    sealed_name: Mapped[str | None]
    created_at: Mapped[Instant]


class BatchEvent(Base):
    """What happened to a batch. Only added. Kinds: planned sample_viewed released printed reprinted sealed unsealed resealed
    handed_over acknowledged void."""

    __tablename__ = "batch_event"
    __table_args__ = (
        Index("ix_batch_event_batch", "batch_id", "at"),
        Index("uq_batch_event_once", "batch_id", "kind", unique=True,
              postgresql_where="kind IN ('planned','released','printed','sealed','handed_over','void')"),
    )
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    kind: Mapped[str]
    at: Mapped[Instant]
    actor: Mapped[str]
    detail: Mapped[Json]


class Release(Base):
    """签发: a lawyer's act over one hash of letters (R-LAW-05/06). A change of the letters voids it."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("batch_id", "letters_sha256"),)
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyer.id"))
    letters_sha256: Mapped[str]
    sample: Mapped[Json]
    token: Mapped[str]
    at: Mapped[Instant]


class Letter(Base):
    """函件: one demand in one case. ``fields_sealed`` is the frozen ``LetterFields`` without numbers: with the letter's and
    the piece's numbers it is all that printing reads."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("letter_no"),
        UniqueConstraint("case_id", "day", "template", "attempt"),
        Index("ix_letter_batch", "batch_id", "position"),
        Index("ix_letter_case", "case_id"),
        Index("ix_letter_place", "place_bidx"),
        Index("ix_letter_debtor", "id_bidx"),
    )
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"))
    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("claim_snapshot.id"))
    address_id: Mapped[UUID] = mapped_column(ForeignKey("case_address.id"))
    day: Mapped[date] = mapped_column(Date)
    template: Mapped[str]
    attempt: Mapped[int] = mapped_column(Integer)
    """0, or the number of void letters of this case, day and template before it: a live one is never doubled."""
    position: Mapped[int] = mapped_column(Integer)
    """Record number in the manifest (presort order), from 1."""
    letter_no: Mapped[str]
    postcode: Mapped[str]
    place_bidx: Mapped[bytes]
    id_bidx: Mapped[bytes]
    fields_sealed: Mapped[Sealed]
    fields_sha256: Mapped[str]
    """``letter_sha256`` of the fields and the letter number."""
    created_at: Mapped[Instant]


class LetterDraft(Base):
    """The fields of a planned letter before it has its numbers. Lives only while its planning is being finished."""

    __tablename__ = "letter_draft"
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    planning_id: Mapped[UUID] = mapped_column(ForeignKey("planning.id"), index=True)
    case_no: Mapped[str]
    postcode: Mapped[str]
    attempt: Mapped[int] = mapped_column(Integer)
    place_bidx: Mapped[bytes]
    id_bidx: Mapped[bytes]
    letter_id: Mapped[UUID]
    """Of the letter to be: the fields are sealed for it, so that numbering need not open them."""
    fields_sealed: Mapped[Sealed]
    fields_sha256: Mapped[str]
    lapses_on: Mapped[date | None] = mapped_column(Date)
    """Last day of limitation as planning saw it: what lapses first may go first under a budget."""


class LetterEvent(Base):
    """What happened to one letter apart from its batch: held, refused, void, pulled. Only added."""

    __tablename__ = "letter_event"
    __table_args__ = (Index("ix_letter_event_letter", "letter_id"),)
    id: Mapped[Key]
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"))
    kind: Mapped[str]
    at: Mapped[Instant]
    actor: Mapped[str]
    reason: Mapped[str]


class Piece(Base):
    """件: the physical thing. One item number is one piece for ever: triggers keep a row and its number as they were made."""

    __tablename__ = "piece"
    __table_args__ = (UniqueConstraint("item_no"), UniqueConstraint("letter_id", "copy_no"))
    id: Mapped[Key]
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"))
    copy_no: Mapped[int] = mapped_column(Integer)
    item_no: Mapped[str]
    part: Mapped[int | None] = mapped_column(Integer)
    first_page: Mapped[int | None] = mapped_column(Integer)
    pages: Mapped[int | None] = mapped_column(Integer)
    sheets: Mapped[int | None] = mapped_column(Integer)
    weight_g: Mapped[int | None] = mapped_column(Integer)
    postage_fen: Mapped[int | None] = mapped_column(BigInteger)
    content_sha256: Mapped[str | None]
    """SHA-256 of the letter's page content as printed."""
    print_run: Mapped[int] = mapped_column(Integer, server_default="0")
    """0 = the batch's own parts; above, the reprint (``tables_print.Reprint.number``) in whose part the copy is."""


class AnswerFile(Base):
    """A file that came back from the post, by content. The same bytes twice change nothing."""

    __tablename__ = "answer_file"
    __table_args__ = (UniqueConstraint("partner_id", "sha256"),)
    id: Mapped[Key]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    sha256: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    """acknowledgement | events"""
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[Instant]
    counts: Mapped[Json]
    reading: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    """How it was read: ``header`` (field → column as found), ``unknown_columns``, ``profile``, ``latest`` (events after this
    instant were refused; null = not checked)."""


class Acknowledgement(Base):
    """回执 of one piece: accepted or refused by the post, with its reason."""

    __tablename__ = "acknowledgement"
    __table_args__ = (UniqueConstraint("file_id", "item_no"), Index("ix_acknowledgement_item", "item_no"))
    id: Mapped[Key]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("answer_file.id"))
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    item_no: Mapped[str]
    accepted: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str]
    weight_g: Mapped[int | None] = mapped_column(Integer)
    postage_fen: Mapped[int | None] = mapped_column(BigInteger)


class PostEventRow(Base):
    """轨迹: one carrier event as reported. Only added; ``digest`` makes repetition harmless."""

    __tablename__ = "post_event"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_post_event_item", "item_no"))
    id: Mapped[Key]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("answer_file.id"))
    item_no: Mapped[str]
    serial: Mapped[str]
    occurred_at: Mapped[Instant]
    office: Mapped[str]
    action: Mapped[str]
    proper_delivery: Mapped[str]
    not_proper_delivery: Mapped[str]
    description_sealed: Mapped[Sealed]
    """Free text may name a signer."""
    effective: Mapped[bool] = mapped_column(Boolean)
    digest: Mapped[bytes]


class QuarantinedRow(Base):
    """A row of an answer file that can't be understood or matched: kept whole (sealed), replayed once it can be."""

    __tablename__ = "quarantined_row"
    __table_args__ = (UniqueConstraint("file_id", "row", "code"), Index("ix_quarantined_open", "code", postgresql_where="resolved_at IS NULL"))
    id: Mapped[Key]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("answer_file.id"))
    row: Mapped[int] = mapped_column(Integer)
    code: Mapped[str]
    """Why: UNKNOWN_CODE, UNKNOWN_ITEM, BAD_DATE …"""
    what: Mapped[str]
    content_sealed: Mapped[Sealed]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]


import letters.tables_models  # noqa: E402  its tables belong to this room
import letters.tables_rules  # noqa: E402,F401  so do these
