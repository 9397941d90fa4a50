"""Tables of lenders, their files, cases, claims, addresses, contacts and stops. Personal text is sealed."""

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
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, BlindIndex, FenColumn, Instant, Json, Key, Sealed


class Lender(Base):
    """资方: owns cases. ``kind`` is the regime (``locate.case.LenderKind``)."""

    __tablename__ = "lender"
    __table_args__ = (UniqueConstraint("code"),)
    id: Mapped[Key]
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    settings: Mapped[Json]
    """payment_channel, query_channel, complaint_channel, firm, partner, product, template …"""
    created_at: Mapped[Instant]


class LenderProfile(Base):
    """A lender's own header mapping, saved by name; it wins over synonyms and fuzzy match."""

    __tablename__ = "lender_profile"
    __table_args__ = (UniqueConstraint("lender_id", "name"),)
    id: Mapped[Key]
    lender_id: Mapped[UUID] = mapped_column(ForeignKey("lender.id"))
    name: Mapped[str]
    mapping: Mapped[Json]
    saved_at: Mapped[Instant]


class CaseFile(Base):
    """委案表: one uploaded file by content. The same bytes twice change nothing."""

    __tablename__ = "case_file"
    __table_args__ = (UniqueConstraint("lender_id", "sha256"),)
    id: Mapped[Key]
    lender_id: Mapped[UUID] = mapped_column(ForeignKey("lender.id"))
    sha256: Mapped[str]
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    as_of: Mapped[date] = mapped_column(Date)
    imported_at: Mapped[Instant]
    report: Mapped[Sealed]
    """The whole ``--json`` report, sealed: messages may quote personal text."""
    counts: Mapped[Json]


class Case(Base):
    """案件: one debt of one debtor. ``content_sha256`` is the keyed hash of everything a decision depends on."""

    __tablename__ = "case"
    __table_args__ = (
        UniqueConstraint("lender_id", "case_no"),
        Index("ix_case_id_bidx", "id_bidx"),
        Index("ix_case_mobile_bidx", "mobile_bidx"),
    )
    id: Mapped[Key]
    lender_id: Mapped[UUID] = mapped_column(ForeignKey("lender.id"))
    case_no: Mapped[str]
    name_sealed: Mapped[Sealed]
    name_bidx: Mapped[BlindIndex]
    id_number_sealed: Mapped[Sealed]
    id_bidx: Mapped[BlindIndex]
    mobile_sealed: Mapped[Sealed]
    mobile_bidx: Mapped[BlindIndex | None] = mapped_column(LargeBinary(32))
    contract_no_sealed: Mapped[Sealed]
    product: Mapped[str]
    lender_product_type: Mapped[str]
    disbursed_on: Mapped[date] = mapped_column(Date)
    status: Mapped[str]
    remark_sealed: Mapped[Sealed]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    content_sha256: Mapped[bytes]
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class ClaimSnapshot(Base):
    """债权金额 as of a date. Never changed; a later file adds another one."""

    __tablename__ = "claim_snapshot"
    __table_args__ = (
        UniqueConstraint("case_id", "content_sha256"),
        CheckConstraint(
            "total = principal_due + interest + compound_interest + penalty_interest + liquidated_damages + fees - waived",
            name="total_is_sum",
        ),
        Index("ix_claim_snapshot_latest", "case_id", "as_of"),
    )
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    as_of: Mapped[date] = mapped_column(Date)
    overdue_since: Mapped[date] = mapped_column(Date)
    principal_disbursed: Mapped[FenColumn]
    principal_repaid: Mapped[FenColumn]
    principal_due: Mapped[FenColumn]
    interest: Mapped[FenColumn]
    compound_interest: Mapped[FenColumn]
    penalty_interest: Mapped[FenColumn]
    liquidated_damages: Mapped[FenColumn]
    fees: Mapped[FenColumn]
    waived: Mapped[FenColumn]
    total: Mapped[FenColumn]
    annual_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 4))
    content_sha256: Mapped[bytes]
    recorded_at: Mapped[Instant]


class CaseAddress(Base):
    """地址: as given by the lender, with source and basis, and (once read) its standard form.

    ``place_bidx`` is the blind index of the address key: the same place has the same value, within one lender only
    (R-SRC-05: no reuse across lenders).
    """

    __tablename__ = "case_address"
    __table_args__ = (
        UniqueConstraint("case_id", "version", "ordinal"),
        Index("ix_case_address_place", "place_bidx"),
        Index("ix_case_address_unread", "case_id", postgresql_where="reader_version IS NULL"),
    )
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    version: Mapped[int] = mapped_column(Integer)
    """The case version that gave it; only rows of the case's present version are live."""
    ordinal: Mapped[int] = mapped_column(Integer)
    text_sealed: Mapped[Sealed]
    kind: Mapped[str]
    source: Mapped[str]
    source_text: Mapped[str]
    basis: Mapped[str]
    collected_on: Mapped[date | None] = mapped_column(Date)
    reported_on: Mapped[date] = mapped_column(Date)
    parsed_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    place_bidx: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    adcode: Mapped[str | None]
    postcode: Mapped[str | None]
    grade: Mapped[str | None]
    confidence: Mapped[float | None] = mapped_column(Float)
    issues: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    reader_version: Mapped[str | None]


class BaseAddress(Base):
    """标准地址库: one address of the operator's own library, of no lender and no person.

    ``blocks`` are blind indexes of what it can be found by (``locate.address.matching.blocks``).
    """

    __tablename__ = "address_base"
    __table_args__ = (UniqueConstraint("text_bidx"), Index("ix_address_base_blocks", "blocks", postgresql_using="gin"))
    id: Mapped[Key]
    text_bidx: Mapped[BlindIndex]
    blocks: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    text_sealed: Mapped[Sealed]
    parts_sealed: Mapped[Sealed]
    reader_version: Mapped[str]
    """What read it; loading the text again with a newer reader replaces the entry."""
    loaded_at: Mapped[Instant]


class CaseContact(Base):
    """联系人. Never an addressee (R-THP-01)."""

    __tablename__ = "case_contact"
    __table_args__ = (UniqueConstraint("case_id", "version", "ordinal"), Index("ix_case_contact_mobile", "mobile_bidx"))
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    version: Mapped[int] = mapped_column(Integer)
    ordinal: Mapped[int] = mapped_column(Integer)
    name_sealed: Mapped[Sealed]
    relation: Mapped[str]
    mobile_sealed: Mapped[Sealed]
    mobile_bidx: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    address_sealed: Mapped[Sealed]
    source: Mapped[str | None]
    basis: Mapped[str]
    consent: Mapped[bool | None] = mapped_column(Boolean)
    opted_out: Mapped[bool] = mapped_column(Boolean)


class OptOut(Base):
    """A contact's refusal: permanent, every channel, every agency, at once (R-THP-04). Rows are only added."""

    __tablename__ = "opt_out"
    __table_args__ = (UniqueConstraint("mobile_bidx"),)
    id: Mapped[Key]
    mobile_bidx: Mapped[BlindIndex]
    at: Mapped[Instant]
    actor: Mapped[str]
    how: Mapped[str]
    reason: Mapped[str]


class ContactAttempt(Base):
    """One attempt to reach the debtor, as the lender's log says it (R-THP-02). Rows are only added."""

    __tablename__ = "contact_attempt"
    __table_args__ = (UniqueConstraint("case_id", "on_date", "number_token", "result", "evidence"),)
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    on_date: Mapped[date] = mapped_column(Date)
    number_token: Mapped[str]
    """Which of the debtor's numbers, as a token."""
    result: Mapped[str]
    """answered | failed | invalid_number."""
    evidence: Mapped[str]
    """Number of the call record or recording that proves it."""
    actor: Mapped[str]
    at: Mapped[Instant]


class ContactAsk(Base):
    """One question to a contact by phone, as the lender's log says it, and what was heard at once. Rows are only added."""

    __tablename__ = "contact_ask"
    __table_args__ = (
        UniqueConstraint("case_id", "contact_ordinal", "on_date", "evidence"),
        Index("ix_contact_ask_mobile", "mobile_bidx"),
    )
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    case_version: Mapped[int] = mapped_column(Integer)
    contact_ordinal: Mapped[int] = mapped_column(Integer)
    mobile_bidx: Mapped[BlindIndex]
    on_date: Mapped[date] = mapped_column(Date)
    result: Mapped[str]
    """relays | answered | no_answer | wrong_number | denies | complained."""
    propensity: Mapped[float | None] = mapped_column(Float)
    """Probability with which whoever chose asked this one; none = not logged."""
    evidence: Mapped[str]
    """Number of the call record or recording that proves it."""
    actor: Mapped[str]
    at: Mapped[Instant]


class CaseStop(Base):
    """Why no letter may go (R-TIM-06). ``cleared_at`` ends it; the row stays."""

    __tablename__ = "case_stop"
    __table_args__ = (Index("ix_case_stop_open", "case_id", postgresql_where="cleared_at IS NULL"),)
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str]
    since: Mapped[date] = mapped_column(Date)
    reason: Mapped[str]
    actor: Mapped[str]
    created_at: Mapped[Instant]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[str | None]
    cleared_why: Mapped[str | None]


class Decision(Base):
    """How a case ended in a planning: planned, held or refused, with rule ids, reasons and the choice explained.

    Superseded by a later row, never overwritten.
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("case_id", "day", "inputs_sha256"),
        CheckConstraint("verdict IN ('planned','held','refused')", name="verdict_known"),
        Index("ix_decision_planning", "planning_id"),
    )
    id: Mapped[Key]
    planning_id: Mapped[UUID]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    case_version: Mapped[int] = mapped_column(Integer)
    day: Mapped[date] = mapped_column(Date)
    verdict: Mapped[str]
    rule_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    snapshot_id: Mapped[UUID | None] = mapped_column(ForeignKey("claim_snapshot.id"))
    address_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_address.id"))
    runner_up_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_address.id"))
    probability: Mapped[float | None] = mapped_column(Float)
    value_fen: Mapped[int | None] = mapped_column(BigInteger)
    propensity: Mapped[float | None] = mapped_column(Float)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    model_version: Mapped[str]
    policy_sha256: Mapped[str]
    inputs_sha256: Mapped[bytes]
    made_at: Mapped[Instant]
    checks: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Inputs of the tests that an archive must show: the price against its cap (R-AMT-05, R-AMT-10)."""
    offer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What a model could know on the day of the chosen address (``locate.choose.offers``), or of the contacts that might have
    been asked first (``locate.contacts.kept_options``); empty once the case is erased."""
    product: Mapped[str | None]
    """Code of the postal product that was chosen; empty on decisions from before there was a choice (the planning's then)."""


class MapAnswer(Base):
    """What a map service said of a text, until ``expires_at``. The text itself is not kept (``locate.maps.cache``)."""

    __tablename__ = "map_answer"
    __table_args__ = (UniqueConstraint("service", "text_bidx"), Index("ix_map_answer_expires_at", "expires_at"))
    id: Mapped[Key]
    service: Mapped[str]
    text_bidx: Mapped[BlindIndex]
    answer_sealed: Mapped[Sealed]
    asked_at: Mapped[Instant]
    expires_at: Mapped[Instant]


class MapUse(Base):
    """How often a map service's key was used on a day in Shanghai (``locate.maps.limits``)."""

    __tablename__ = "map_use"
    __table_args__ = (CheckConstraint("requests >= 1", name="requests_from_one"),)
    service: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    key_bidx: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    requests: Mapped[int] = mapped_column(Integer)


class Payment(Base):
    """还款 that the lender reports after a snapshot (R-AMT-09). Rows are only added; a reference is one payment of a case."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("case_id", "reference"),
        CheckConstraint("amount_fen > 0", name="positive"),
        Index("ix_payment_paid", "case_id", "paid_on"),
    )
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    reference: Mapped[str]
    """The lender's number of the transaction."""
    paid_on: Mapped[date] = mapped_column(Date)
    amount_fen: Mapped[FenColumn]
    source: Mapped[str]
    """SHA-256 of the file it came in; ``by hand``."""
    actor: Mapped[str]
    recorded_at: Mapped[Instant]
