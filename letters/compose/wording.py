"""``LetterFields`` as the names a template may use: dates and money in Chinese, each value marked for its slot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from letters.compose.model import LetterFields
from records.money import capital, yuan


class BatchText(str):
    """A value that all letters of a batch share."""

    __slots__ = ()


class KeptText(str):
    """A value that must not be broken across lines."""

    __slots__ = ()


@lru_cache(maxsize=4096)
def chinese_date(day: date) -> str:
    """``2026-11-20`` → ``2026年11月20日``."""
    return f"{day.year}年{day.month}月{day.day}日"


_BATCH_TEXTS: Final = (
    "firm_name", "firm_licence_no", "firm_address", "firm_phone", "lawyer_name", "lawyer_licence_no", "client_name",
    "payment_channel", "query_channel", "complaint_channel", "send_method", "verification_url",
)
_KEPT_TEXTS: Final = (
    "letter_no", "item_no", "verification_code", "addressee_name", "postcode", "addressee_phone_masked", "id_tail",
    "contract_no", "relay_for", "earlier_letter_no",
)

NAMES: Final = frozenset({
    *_BATCH_TEXTS, *_KEPT_TEXTS, "letter_date", "deadline", "product_name", "disbursed_on", "overdue_since",
    "overdue_days", "as_of", "annual_rate", "principal_disbursed", "principal_repaid", "total", "total_capital",
    "address", "claim_lines", "has_notes", "is_card", "original_creditor", "assigned_on", "assignment_notice_on", "earlier_sent_on",
    "earlier_result", "offer", "offer_capital", "offer_waived", "offer_until", "has_basis", "repayments", "repaid_total",
})
"""Every name a template may use; a bundle that uses another does not load."""

RELAY_NAMES: Final = frozenset({
    "firm_name", "firm_address", "firm_phone", "lawyer_name", "lawyer_licence_no", "letter_date", "send_method", "letter_no",
    "item_no", "verification_code", "addressee_name", "address", "postcode", "relay_for",
})
"""Every name that a 转告函's template may use: nothing that speaks of a debt."""


def batch_words(letter: LetterFields) -> dict[str, object]:
    """The names whose values a batch shares (with all their words), for keeping between letters."""
    words: dict[str, object] = {name: BatchText(getattr(letter, name)) for name in _BATCH_TEXTS}
    words["letter_date"] = BatchText(chinese_date(letter.letter_date))
    words["deadline"] = BatchText(chinese_date(letter.deadline))
    words["is_card"] = letter.is_card
    return words


def batch_key(letter: LetterFields) -> tuple[object, ...]:
    """Two letters with equal keys have equal ``batch_words``."""
    return (
        letter.firm_name, letter.firm_licence_no, letter.firm_address, letter.firm_phone, letter.lawyer_name,
        letter.lawyer_licence_no, letter.client_name, letter.payment_channel, letter.query_channel,
        letter.complaint_channel, letter.send_method, letter.verification_url, letter.letter_date, letter.deadline,
        letter.is_card,
    )


def case_words(letter: LetterFields) -> Mapping[str, object]:
    """The names whose values are this letter's own."""
    words: dict[str, object] = {name: KeptText(getattr(letter, name)) for name in _KEPT_TEXTS}
    words["product_name"] = letter.product_name
    words["disbursed_on"] = chinese_date(letter.disbursed_on)
    words["overdue_since"] = chinese_date(letter.overdue_since)
    words["overdue_days"] = str(letter.overdue_days)
    words["as_of"] = chinese_date(letter.as_of)
    words["annual_rate"] = letter.annual_rate
    words["principal_disbursed"] = yuan(letter.principal_disbursed_fen)
    words["principal_repaid"] = yuan(letter.principal_repaid_fen)
    words["total"] = yuan(letter.total_fen)
    words["total_capital"] = capital(letter.total_fen)
    words["address"] = "".join(letter.addressee_address)
    words["claim_lines"] = [
        {
            "label": line.label, "amount": yuan(line.amount_fen), "note": line.note, "clause": line.clause, "rate": line.rate,
            "period": line.period,
        }
        for line in letter.claim_lines
    ]  # fmt: skip
    words["has_notes"] = any(line.note for line in letter.claim_lines)
    words["original_creditor"] = letter.original_creditor
    words["earlier_result"] = letter.earlier_result
    for name in ("assigned_on", "assignment_notice_on", "earlier_sent_on", "offer_until"):
        day: date | None = getattr(letter, name)
        words[name] = "" if day is None else chinese_date(day)
    words["offer"] = yuan(letter.offer_fen) if letter.offer_fen else ""
    words["offer_capital"] = capital(letter.offer_fen) if letter.offer_fen else ""
    words["offer_waived"] = yuan(letter.total_fen - letter.offer_fen) if letter.offer_fen else ""
    words["has_basis"] = any(line.clause or line.rate or line.period for line in letter.claim_lines)
    words["repayments"] = [{"day": chinese_date(one.day), "amount": yuan(one.amount_fen)} for one in letter.repayments]
    words["repaid_total"] = yuan(sum(one.amount_fen for one in letter.repayments))
    return words


def own_values(letter: LetterFields) -> tuple[str, ...]:
    """What a relay letter shows besides its template's words, the firm's name first."""
    return (
        letter.firm_name, letter.firm_licence_no, letter.firm_address, letter.firm_phone, letter.lawyer_name,
        letter.lawyer_licence_no, letter.letter_no, letter.item_no, letter.verification_code, letter.verification_url,
        letter.postcode, "".join(letter.addressee_address), *letter.addressee_address, f"{letter.addressee_name}（收）",
        letter.addressee_name, letter.relay_for, letter.send_method, chinese_date(letter.letter_date),
    )  # fmt: skip
