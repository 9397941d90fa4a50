"""What a letter says, before it has a page: the fields that a template may use and the composed blocks.

``LetterFields`` is frozen at planning, hashed, stored encrypted, and is, with the numbers that the letter then gets, the
only thing that printing reads: what was released is what is printed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One row of the claim table; ``amount_fen`` is exact. What it rests on, as the client's file says it, for a statement."""

    label: str
    amount_fen: int
    note: str = ""
    clause: str = ""
    rate: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class Repayment:
    """One repayment of a statement."""

    day: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LetterFields:
    """All that a letter may say. Plain text everywhere: no field is ever read as markup or template."""

    template: str
    """``name@version``."""
    letter_no: str
    item_no: str
    letter_date: date
    verification_code: str
    """Short code the debtor can read to the firm's phone (R-LAW-18)."""
    verification_url: str

    addressee_name: str
    addressee_address: tuple[str, ...]
    """Canonical address as printed in the window, one line or already split at administrative levels."""
    postcode: str
    addressee_phone_masked: str
    id_tail: str

    firm_name: str
    firm_licence_no: str
    firm_address: str
    firm_phone: str
    lawyer_name: str
    lawyer_licence_no: str

    client_name: str
    product_name: str
    contract_no: str
    disbursed_on: date
    overdue_since: date
    overdue_days: int
    as_of: date
    annual_rate: str
    """Percent as text, '' when unknown."""
    principal_disbursed_fen: int
    principal_repaid_fen: int
    claim_lines: tuple[ClaimLine, ...]
    total_fen: int
    deadline: date
    """Last day to pay or answer."""
    payment_channel: str
    query_channel: str
    complaint_channel: str
    send_method: str
    """Words of the send-method line, e.g. 中国邮政挂号信函."""
    is_card: bool
    postal_product: str
    office_name: str = ""
    """寄达局名称 of the manifest; not printed on the letter."""
    relay_for: str = ""
    """Name of the debtor whom a 转告函 asks a contact to tell; '' for a letter to the debtor. Such a letter's fields hold
    nothing of the debt: no contract, no amount, no client."""
    original_creditor: str = ""
    """Who lent the money and assigned the claim; '' where it was not assigned."""
    assigned_on: date | None = None
    assignment_notice_on: date | None = None
    """When the debtor was told of the assignment; None where this letter tells."""
    earlier_letter_no: str = ""
    """The earlier letter that a second one follows."""
    earlier_sent_on: date | None = None
    earlier_result: str = ""
    """What became of it, in the post's words."""
    offer_fen: int = 0
    """What settles the debt if paid by ``offer_until``; 0 = nothing is offered."""
    offer_until: date | None = None
    repayments: tuple[Repayment, ...] = ()
    """Of a statement, by day."""

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, dates as ISO text. ``from_json`` gives an equal object back.

        What came to a letter's fields later (``_LATER``) stands there only where it says something: a letter released before
        keeps the hash it was released under.
        """
        # Not dataclasses.asdict: its deep copies cost more than the letter's composing.
        values: dict[str, object] = {name: getattr(self, name) for name in _FIRST}
        values |= {name: value for name in _LATER if (value := getattr(self, name))}
        values["claim_lines"] = [_line_json(line) for line in self.claim_lines]
        if self.repayments:
            values["repayments"] = [{"day": one.day.isoformat(), "amount_fen": one.amount_fen} for one in self.repayments]
        return _ENCODER.encode(values)

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of ``to_json``."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str, letter_no: str = "", item_no: str = "", verification_code: str = "") -> LetterFields:
        """Inverse of ``to_json``; a planned letter is kept without numbers and gets those given.

        Raises:
            TypeError, ValueError: when the text is not such an object.
        """
        raw = json.loads(text)
        if letter_no:
            raw["letter_no"], raw["item_no"], raw["verification_code"] = letter_no, item_no, verification_code
        for name in ("letter_date", "disbursed_on", "overdue_since", "as_of", "deadline"):
            raw[name] = date.fromisoformat(raw[name])
        for name in ("assigned_on", "assignment_notice_on", "earlier_sent_on", "offer_until"):
            if raw.get(name):
                raw[name] = date.fromisoformat(raw[name])
        raw["repayments"] = tuple(Repayment(date.fromisoformat(one["day"]), one["amount_fen"]) for one in raw.get("repayments", ()))
        raw["addressee_address"] = tuple(raw["addressee_address"])
        raw["claim_lines"] = tuple(ClaimLine(**line) for line in raw["claim_lines"])
        return cls(**raw)


    def numbered(self, letter_no: str, item_no: str, verification_code: str) -> LetterFields:
        """The same letter with its numbers: a planned letter is kept without them and gets them whenever it is read."""
        return replace(self, letter_no=letter_no, item_no=item_no, verification_code=verification_code)


def letter_sha256(fields_sha256: str, letter_no: str) -> str:
    """Hex hash of what a lawyer releases: the fields of a letter without numbers, under its letter number.

    The item number belongs to the piece, not to what is said; the verification code follows from the letter number.
    """
    return hashlib.sha256(f"{fields_sha256}\n{letter_no}".encode()).hexdigest()


def _line_json(line: ClaimLine) -> dict[str, object]:
    found: dict[str, object] = {"label": line.label, "amount_fen": line.amount_fen, "note": line.note}
    if line.clause or line.rate or line.period:
        found |= {"clause": line.clause, "rate": line.rate, "period": line.period}
    return found


_LATER = (
    "original_creditor", "assigned_on", "assignment_notice_on", "earlier_letter_no", "earlier_sent_on", "earlier_result", "offer_fen",
    "offer_until", "repayments",
)  # fmt: skip
"""Added after letters had been released."""
_FIRST = tuple(field.name for field in fields(LetterFields) if field.name not in _LATER)
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
