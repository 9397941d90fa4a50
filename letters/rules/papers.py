"""What a lender's file may say besides the contract's required fields, opened from ``CaseRecord.extra``: clauses, periods,
disclosed items, fee names, payments, notices. Texts as the lender wrote them; what can't be read is a fault, never a guess.

A file without such columns has no papers; what then stands in for them is the policy's to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from locate.case import CaseRecord
from records.money import Fen, fen_of

LINES: Final[Mapping[str, str]] = {
    "principal_due": "剩余本金",
    "interest": "利息",
    "compound_interest": "复利",
    "penalty_interest": "罚息",
    "liquidated_damages": "违约金",
    "fees": "费用",
}
"""Claim lines that a clause must stand behind."""
RATED: Final = ("interest", "compound_interest", "penalty_interest", "liquidated_damages")
"""Lines that grow with time: they need a rate and a period besides."""
LINE_COLUMNS: Final = frozenset(
    {"ledger_id", *(f"{line}_clause" for line in LINES), *(f"{line}_line_rate" for line in RATED), *(f"{line}_period" for line in RATED)}
)

_SPLIT: Final = re.compile(r"[;；\n、，]+")
_PAYMENTS: Final = re.compile(r"[;；\n]+")
_DATE: Final = re.compile(r"(20\d{2}|19\d{2})\s*[-./年]?\s*(\d{1,2})\s*[-./月]?\s*(\d{1,2})\s*日?")
_PAYMENT: Final = re.compile(r"^\s*(\S+?)[\s:：]+(?:还款)?\s*([\d,]+(?:\.\d{1,2})?)\s*元?\s*(?:[(（](.*?)[)）])?\s*$")
_PART: Final = re.compile(r"(费用|利息|罚息|违约金|本金)\s*[:：]?\s*([\d,]+(?:\.\d{1,2})?)")
_PARTS: Final = {"费用": "fees", "利息": "interest", "罚息": "interest", "违约金": "interest", "本金": "principal"}


@dataclass(frozen=True, slots=True)
class Payment:
    """One repayment of the file's ledger. ``parts`` is what it was used for, where the file says so."""

    day: date
    fen: Fen
    parts: tuple[tuple[str, Fen], ...] = ()

    def used_for(self, part: str) -> int:
        """Fen used for fees, interest or principal."""
        return sum(fen for name, fen in self.parts if name == part)


def words_of(case: CaseRecord, name: str) -> tuple[str, ...]:
    """The items of a listing column."""
    return tuple(word for word in (each.strip() for each in _SPLIT.split(case.extra.get(name, ""))) if word)


def day_in(text: str) -> date | None:
    """The first date in a text, or None."""
    found = _DATE.search(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def contract_date(case: CaseRecord) -> date:
    """The day of the contract where the file gives it, else of the disbursement."""
    return (day_in(case.extra.get("contract_formed_on", "")) if case.extra else None) or case.disbursed_on


@lru_cache(maxsize=256)
def payments_in(text: str) -> tuple[Payment, ...] | str:
    """The repayments of a ledger column (``2025-03-05 1200.00（利息200、本金1000）；…``) by day, or the entry that can't be read."""
    found = []
    for entry in _PAYMENTS.split(text):
        if not entry.strip():
            continue
        match = _PAYMENT.match(entry)
        day = day_in(match[1]) if match else None
        if match is None or day is None:
            return entry.strip()
        parts = tuple((_PARTS[name], _fen(amount)) for name, amount in _PART.findall(match[3] or ""))
        found.append(Payment(day, _fen(match[2]), parts))
    return tuple(sorted(found, key=lambda payment: payment.day))


def payments_of(case: CaseRecord) -> tuple[Payment, ...]:
    """The case's repayments as far as the file gives a ledger that can be read."""
    text = case.extra.get("payments", "") if case.extra else ""
    found = payments_in(text) if text else ()
    return found if isinstance(found, tuple) else ()


def _fen(text: str) -> Fen:
    return fen_of(Decimal(text.replace(",", "")))
