"""Which texts apply to a case: from the claim holder and the product (law-and-post.md §1.1, design consequence)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from letters.rules.rule import Regime
from locate.case import CaseRecord, LenderKind

CARD_WORDS: Final = ("信用卡", "贷记卡", "credit_card", "creditcard", "credit card")
"""Words in a lender's product names that mean a credit-card debt (I4 applies)."""

_HOLDER: Final[Mapping[LenderKind, Regime]] = {
    LenderKind.BANK: Regime.BANK,
    LenderKind.CONSUMER_FINANCE: Regime.BANK,
    LenderKind.MICRO_LOAN: Regime.MICRO,
    LenderKind.PRIVATE: Regime.PRIVATE,
    LenderKind.ASSIGNEE: Regime.ASSIGNEE,
    LenderKind.INTERNET_PLATFORM: Regime.INTERNET,
}


@lru_cache(maxsize=4096)
def _names_a_card(product: str, lender_product_type: str) -> bool:
    text = f"{product} {lender_product_type}".lower()
    return any(word in text for word in CARD_WORDS)


def is_card_debt(case: CaseRecord) -> bool:
    """Whether the debt is a credit card's, by the lender's product words."""
    return _names_a_card(case.product, case.lender_product_type)


@lru_cache(maxsize=64)
def holder_regimes(kind: LenderKind, *, is_card: bool) -> frozenset[Regime]:
    """Regimes of a claim holder; ``ALL`` is always among them. An assigned card debt stays a card debt."""
    found = {Regime.ALL, _HOLDER[kind]}
    if is_card:
        found.add(Regime.CARD)
    return frozenset(found)
