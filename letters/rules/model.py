"""Values of judgement: the facts a rule may look at and the findings it may give. No database here.

One rule = one small named function from ``Facts`` (or ``LetterFacts``) to findings; law-and-post.md §7a is the source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from letters.post.model import ManifestPiece
from letters.post.products import Catalogue, load_catalogue
from letters.rules.grading import Delivery
from letters.rules.policy import Policy
from locate.address.model import Address
from locate.case import CaseRecord, Contact, LenderKind, StopKind
from locate.choose.model import Choice
from locate.contacts.lawful import Bar
from locate.contacts.lost_contact import LostContact


class Severity(StrEnum):
    """What a broken rule does: refuse the letter, hold it for a person, or only be recorded."""

    BLOCK = "block"
    HOLD = "hold"
    WARN = "warn"


class Verdict(StrEnum):
    """How a case ends in planning; the worst finding decides."""

    PLANNED = "planned"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: id, severity, and a sentence an operator can act on.

    ``subject`` says what it falls on: ``case`` (the letter), ``address:N`` or ``contact:N`` (that ordinal only; the
    letter to the debtor may go on).
    """

    rule_id: str
    severity: Severity
    message: str
    subject: str = "case"


@dataclass(frozen=True, slots=True)
class Stop:
    """A recorded stop, not yet cleared."""

    kind: StopKind
    since: date
    reason: str


@dataclass(frozen=True, slots=True)
class PastLetter:
    """An earlier letter of this case or to this debtor. ``final`` = its state can't change any more.

    ``outcome`` is the normalised code of law-and-post.md §7c, '' while open. Void and pulled letters are not given.
    """

    letter_no: str
    posted_on: date
    product: str
    """The lender's credit product of that letter's case (R-TIM-04 counts per credit product); a postal product code
    given instead is compared with the batch's, which is stricter."""
    place_key: str
    template: str
    final: bool
    outcome: str
    same_case: bool


@dataclass(frozen=True, slots=True)
class LenderFacts:
    """The claim holder as the rules see it."""

    code: str
    name: str
    kind: LenderKind
    payment_channel: str = ""
    """Where the letter tells the debtor to pay."""
    official_accounts: tuple[str, ...] = ()
    """Accounts that the lender filed as its own (R-LAW-15); empty where it filed no list."""


@dataclass(frozen=True, slots=True)
class LawyerFacts:
    """A lawyer of a firm; ``licence_until`` is the last valid day."""

    code: str
    name: str
    licence_no: str
    licence_until: date
    active: bool
    is_lawyer: bool = True


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """The issuing firm, sender of record (R-LAW-08)."""

    code: str
    name: str
    licence_no: str
    licence_until: date
    active: bool
    lawyers: tuple[LawyerFacts, ...]
    approved_templates: frozenset[str]
    """``name@version`` of the templates that the firm has approved (R-LAW-05)."""


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What the lawyer's gate and the complaint desk know of a case (``letters.gate.casefacts``)."""

    outside_mandate: bool = False
    """There is a mandate in force, and its list does not have this case. Without any mandate the release says so."""
    conflicts: tuple[str, ...] = ()
    """Hits of the conflict search that no lawyer has judged, as sentences without names."""
    paid_on: date | None = None
    """Day of the last payment that the claim's snapshot can't hold."""
    open_complaints: tuple[str, ...] = ()
    """Numbers of complaints and objections without a result."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the planning rules may look at for one case, as of ``day`` (the batch date)."""

    day: date
    lender: LenderFacts
    firm: FirmFacts
    lawyer: LawyerFacts
    case: CaseRecord
    parsed: tuple[Address, ...]
    """Standardized addresses, parallel to ``case.addresses``."""
    choice: Choice
    product: str
    """Postal product code, see letters/post/products.toml."""
    template: str
    """``name@version``."""
    stops: tuple[Stop, ...] = ()
    past: tuple[PastLetter, ...] = ()
    opted_out: frozenset[int] = frozenset()
    """Ordinals of contacts that have opted out in any channel, ever."""
    cross_lender: tuple[int, ...] = ()
    """Ordinals of addresses whose link to the person comes from another lender's file (R-SRC-05)."""
    gate: GateFacts = GateFacts()
    deliveries: tuple[Delivery, ...] = ()
    """Demands of this case that the post has taken, graded (R-LIM-01)."""
    limitation_start: date | None = None
    """From a recorded last due date or acceleration; None = from the first day of default."""
    lapsed_wording: str = ""
    """Template that a lawyer has chosen for this case though it has lapsed or nearly so; '' = none chosen."""
    clause_kept: bool = False
    """Whether the contract's clause on 送达地址 is recorded with text and page (R-LIM-07)."""
    policy: Policy = field(default_factory=Policy)
    catalogue: Catalogue = field(default_factory=load_catalogue)
    """The postal partner's products."""


@dataclass(frozen=True, slots=True)
class RelayFacts:
    """What the rules may look at before a contact is asked to relay. ``facts`` is the case as planning sees it."""

    facts: Facts
    contact: Contact
    place: Address | None
    """The contact's address, read; None where the file gives none."""
    lost: LostContact
    bars: tuple[Bar, ...]
    """What stands against asking this contact (``locate.contacts.lawful``)."""
    household_reviewed: bool = False
    last_relay_on: date | None = None
    is_relay: bool = True
    """False: a demand is meant, which only a guarantor or co-debtor may get."""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What the letter rules may look at: the finished text of one letter and whom it is for."""

    day: date
    text: str
    """The whole visible text, as extracted or composed, in reading order."""
    parts: frozenset[str]
    """Names of the required parts that the bundle says are present (law-and-post.md §2.2)."""
    letter_no: str
    item_no: str
    item_format: str
    debtor_name: str
    id_tail: str
    contract_no: str
    postcode: str | None
    adcode: str | None
    lender: LenderFacts
    is_card: bool
    lapsed: bool = False
    """Whether limitation has run out: no suit may be spoken of (R-LIM-05)."""
    relay_for: str = ""
    """Name of the debtor whom a 转告函 asks to be told; '' for a demand."""
    own_values: tuple[str, ...] = ()
    """Values of this letter's fields that are no words of its template: a relay letter's whitelist does not judge them."""
    accepted_wording: frozenset[str] = frozenset()
    """M-class words of the template that the firm's lawyer accepted on approval."""
    others: tuple[tuple[str, str, str], ...] = ()
    """(name, ID tail, contract number) of neighbouring letters, for the cross-leak check (R-LAW-12)."""
    firm_name: str = ""
    """The issuing firm, which the letter must name as its sender (R-LAW-08)."""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class PieceFacts:
    """What the posting rules may look at: one manifest row and the letter that it carries."""

    piece: ManifestPiece
    item_format: str
    """Item-number format of the product (``letters.post.numbers``)."""
    debtor_name: str
    letter_no: str
    adcode: str | None
    contacts: tuple[tuple[str, str], ...] = ()
    """(name, mobile) of the case's contacts: neither may stand on an envelope or slip (R-THP-07)."""
    relay_for: str = ""
    """The debtor's name where the piece is a 转告函 to a contact; it may not show outside."""
    policy: Policy = field(default_factory=Policy)
    catalogue: Catalogue = field(default_factory=load_catalogue)
    """The postal partner's products and envelopes."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with every finding, and the policy it was made under."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    policy_sha256: str
