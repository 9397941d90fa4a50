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
    """One row of the claim table; ``amount_fen`` is exact."""

    label: str
    amount_fen: int
    note: str = ""


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

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, dates as ISO text. ``from_json`` gives an equal object back."""
        # Not dataclasses.asdict: its deep copies cost more than the letter's composing.
        values: dict[str, object] = {name: getattr(self, name) for name in _NAMES}
        values["claim_lines"] = [
            {"label": line.label, "amount_fen": line.amount_fen, "note": line.note} for line in self.claim_lines
        ]
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


_NAMES = tuple(field.name for field in fields(LetterFields))
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
