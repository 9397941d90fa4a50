"""A case as Handa keeps it: one debt of one debtor, its claim, addresses and contacts. Values only.

Field names are the contract's stable names ("Case file"). Nothing here reads files or the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from records.money import Fen


class AddressKind(StrEnum):
    """What the address is to the debtor."""

    HOUSEHOLD = "household"
    RESIDENCE = "residence"
    WORK = "work"
    BILLING = "billing"
    DELIVERY = "delivery"
    CONTRACT = "contract"


class Source(StrEnum):
    """The nine lawful ways an address or contact may have been obtained (R-SRC-01), and what else a row may say."""

    CONTRACT = "contract"
    RESERVED = "reserved"
    AUTHORISED = "authorised"
    CONVERSATION = "conversation"
    PUBLIC = "public"
    CONTACT = "contact"
    CREDIT_BUREAU = "credit_bureau"
    COURT_ORDER = "court_order"
    GUARANTEE = "guarantee"
    BANNED = "banned"
    """Named, and of a kind that may never be used (R-SRC-04): kept as a finding, never written to."""


class LenderKind(StrEnum):
    """Regime of the claim holder (law-and-post.md §1.1): decides caps and which texts apply."""

    BANK = "bank"
    CONSUMER_FINANCE = "consumer_finance"
    MICRO_LOAN = "micro_loan"
    PRIVATE = "private"
    ASSIGNEE = "assignee"
    INTERNET_PLATFORM = "internet_platform"


class StopKind(StrEnum):
    """Why no letter may go (R-TIM-06)."""

    SETTLED = "settled"
    INSTALMENT = "instalment"
    DISPUTED = "disputed"
    COMPLAINT = "complaint"
    DECEASED = "deceased"
    BANKRUPT = "bankrupt"
    FRAUD_VICTIM = "fraud_victim"
    ID_MISMATCH = "id_mismatch"
    SUIT_SERVED = "suit_served"
    WITHDRAWN = "withdrawn"
    OBJECTION = "objection"
    """The debtor objects to the processing of their data (R-SRC-07)."""


STOP_NAMES: dict[StopKind, str] = {
    StopKind.SETTLED: "已结清",
    StopKind.INSTALMENT: "已达成分期",
    StopKind.DISPUTED: "债务人提出异议",
    StopKind.COMPLAINT: "投诉处理中",
    StopKind.DECEASED: "债务人死亡",
    StopKind.BANKRUPT: "债务人破产",
    StopKind.FRAUD_VICTIM: "疑为冒名或受骗",
    StopKind.ID_MISMATCH: "身份不符",
    StopKind.SUIT_SERVED: "已起诉送达",
    StopKind.WITHDRAWN: "资方撤回委托",
    StopKind.OBJECTION: "反对处理个人信息",
}


@dataclass(frozen=True, slots=True)
class GivenAddress:
    """An address as a lender gave it: cleaned text, not yet standardized."""

    ordinal: int
    """1-based order in the lender's file."""
    text: str
    kind: AddressKind
    source: Source
    source_text: str
    """The source in the lender's own words (needed where ``source`` is BANNED)."""
    basis: str
    """Document, recording or authorisation number that proves the source; '' when none was given."""
    collected_on: date | None
    """When the address was obtained; None where the file does not say (see ``reported_on``)."""
    reported_on: date
    """The date of the file that reported it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A secondary contact. Never an addressee (R-THP-01)."""

    ordinal: int
    name: str
    relation: str
    mobile: str
    address: str
    source: Source | None
    basis: str
    consent: bool | None
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A snapshot of what is claimed, in fen, as of a date. A snapshot never changes."""

    as_of: date
    overdue_since: date
    principal_disbursed: Fen
    principal_repaid: Fen
    principal_due: Fen
    interest: Fen
    compound_interest: Fen
    penalty_interest: Fen
    liquidated_damages: Fen
    fees: Fen
    waived: Fen
    total: Fen
    annual_rate: Decimal | None
    """All-in annual rate as a percentage: Decimal('15.4') means 15.4 % a year."""

    def lines_total(self) -> Fen:
        """Sum of the claimed lines less what was waived; R-AMT-01 demands that it equals ``total``."""
        return Fen(
            self.principal_due + self.interest + self.compound_interest + self.penalty_interest
            + self.liquidated_damages + self.fees - self.waived
        )


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One good case of a case file, every field cleaned and checked."""

    case_no: str
    debtor_name: str
    id_number: str
    mobile: str
    contract_no: str
    product: str
    lender_product_type: str
    disbursed_on: date
    claim: Claim
    status: str
    remark: str
    stops: tuple[StopKind, ...] = ()
    """Stops that the lender's status or remark states in so many words."""
    addresses: tuple[GivenAddress, ...] = ()
    contacts: tuple[Contact, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)
    """Optional columns of the lender's file by field name (``locate.intake.fields.EXTRA_FIELDS``), as written."""
