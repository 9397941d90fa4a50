"""Values of the post: pieces of a manifest, events, outcomes. No database, no files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from letters.post.presort import BEFORE_TRAYS, BagLimits


@dataclass(frozen=True, slots=True)
class ManifestPiece:
    """One row of the manifest, in presort order (law-and-post.md §7b). Money in fen, weight in grams, hashes in hex."""

    record_no: int
    """From 1, contiguous."""
    own_no: str
    """自编号: the letter number's digits or our token; never a debtor's data."""
    item_no: str
    office_postcode: str
    office_name: str
    recipient_name: str
    recipient_address: str
    recipient_phone: str
    """'.' when none is to be given."""
    weight_g: int
    item_name: str
    remark: str
    postage_fen: int
    # system columns
    batch_no: str
    case_token: str
    letter_no: str
    letter_sha256: str
    template: str
    pages: int
    sheets: int
    envelope: str
    lawyer_code: str
    release_token: str
    address_token: str
    address_source: str
    address_score: str
    firm_code: str
    lender_code: str
    part: int
    first_page: int
    sort_bag: str


@dataclass(frozen=True, slots=True)
class BatchHead:
    """Head and job ticket of a sealed batch (contract.md, "Sealed batch"). Times are aware and do not depend on when
    a step happened to run: they come from the batch date and the policy's hours."""

    batch_no: str
    """``B20261121-01`` without the content hash."""
    format_version: int
    firm_code: str
    firm_name: str
    firm_licence_no: str
    firm_address: str
    firm_phone: str
    partner_code: str
    partner_name: str
    customer_no: str
    agreement_no: str
    product_code: str
    product_name: str
    pay_method: str
    created_at: datetime
    cut_off_at: datetime
    paper: str
    duplex: bool
    fold: str
    envelope: str
    enclosures: tuple[str, ...]
    lender_code: str
    lawyer_code: str
    release_token: str
    tariff_sha256: str = ""
    """Of the product table that weights and postage were computed by; '' for batches from before it was recorded."""
    presort: BagLimits = BEFORE_TRAYS
    """What the pieces are sorted by."""


class EventKind(StrEnum):
    """What a carrier's code means once mapped by the partner's code table; codes not in the table are quarantined."""

    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    VOIDS = "voids"


@dataclass(frozen=True, slots=True)
class PostEvent:
    """One row of an outcome file, raw codes kept. ``occurred_at`` is aware (Asia/Shanghai in the file)."""

    item_no: str
    serial: str
    occurred_at: datetime
    office: str
    action: str
    proper_delivery: str
    not_proper_delivery: str
    description: str
    effective: bool
    """effect=1; False means that this row voids the same event reported before."""


class LetterState(StrEnum):
    """States of a letter (contract.md, "Letter states"); computed from events, never stored as truth."""

    PLANNED = "planned"
    RELEASED = "released"
    PRINTED = "printed"
    SEALED = "sealed"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"
    HELD = "held"
    REFUSED = "refused"
    VOID = "void"
    PULLED = "pulled"
