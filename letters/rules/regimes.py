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
def names_a_card(product: str, lender_product_type: str) -> bool:
    """Whether a lender's product words name a credit card."""
    text = f"{product} {lender_product_type}".lower()
    return any(word in text for word in CARD_WORDS)


def is_card_debt(case: CaseRecord) -> bool:
    """Whether the debt is a credit card's, by the lender's product words."""
    return names_a_card(case.product, case.lender_product_type)


_ORIGINAL: Final = (
    ("消费金融", LenderKind.CONSUMER_FINANCE),
    ("小额贷款", LenderKind.MICRO_LOAN),
    ("小贷", LenderKind.MICRO_LOAN),
    ("银行", LenderKind.BANK),
    ("个人", LenderKind.PRIVATE),
    ("民间", LenderKind.PRIVATE),
    ("非持牌", LenderKind.PRIVATE),
    ("平台", LenderKind.INTERNET_PLATFORM),
)
"""Words in a file's 原债权人类型; the first that is found counts."""


def original_holder(case: CaseRecord) -> LenderKind | None:
    """Who lent the money, where the file says so of an assigned claim."""
    if not case.extra:
        return None
    text = case.extra.get("original_holder", "")
    named = {kind.value: kind for kind in LenderKind}.get(text.strip().lower())
    return named or next((kind for word, kind in _ORIGINAL if word in text), None)


def regimes_of(kind: LenderKind, case: CaseRecord) -> frozenset[Regime]:
    """Regimes of a case: the holder's, the card's, and of an assigned claim the original lender's. Where two texts differ,
    both sets of rules are asked, so that the stricter wins."""
    return holder_regimes(kind, is_card=is_card_debt(case), original=original_holder(case))


@lru_cache(maxsize=64)
def holder_regimes(kind: LenderKind, *, is_card: bool, original: LenderKind | None = None) -> frozenset[Regime]:
    """Regimes of a claim holder; ``ALL`` is always among them. An assigned card debt stays a card debt."""
    found = {Regime.ALL, _HOLDER[kind]}
    if original is not None:
        found.add(_HOLDER[original])
    if is_card:
        found.add(Regime.CARD)
    return frozenset(found)
