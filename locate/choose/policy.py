"""The terms of a choice: what a delivery is worth and what postage costs. Values only.

``letters.rules.policy.Policy`` carries the same names and serves as ``ChoiceTerms``, so one hash covers both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class ChoiceTerms(Protocol):
    """What the chooser reads of a policy. Money in fen."""

    @property
    def postage_fen(self) -> int:
        """Postage of one letter of the product."""
        ...

    @property
    def delivery_worth_per_mille(self) -> int:
        """Worth of one delivery in thousandths of the claim."""
        ...

    @property
    def delivery_worth_min_fen(self) -> int:
        """Least worth of a delivery."""
        ...

    @property
    def delivery_worth_max_fen(self) -> int:
        """Greatest worth of a delivery."""
        ...

    @property
    def work_address_sources(self) -> tuple[str, ...]:
        """Sources by which a workplace may be written to without a person's consent first (R-THP-08)."""
        ...

    @property
    def explore_per_mille(self) -> int:
        """Share of cases in which another lawful address may be drawn, in thousandths; 0 = never."""
        ...

    @property
    def explore_floor_per_mille(self) -> int:
        """Least probability of delivery, in thousandths, of an address that exploration may take."""
        ...


@dataclass(frozen=True, slots=True)
class ChoicePolicy:
    """The terms alone, for callers without a rules policy. Defaults as in ``letters.rules.policy`` (a test compares)."""

    postage_fen: int = 420
    delivery_worth_per_mille: int = 10
    delivery_worth_min_fen: int = 1_000
    delivery_worth_max_fen: int = 50_000
    work_address_sources: tuple[str, ...] = ("contract", "reserved", "authorised", "conversation")
    explore_per_mille: int = 0
    explore_floor_per_mille: int = 150


def delivery_worth_fen(claim_total_fen: int, terms: ChoiceTerms) -> int:
    """Worth of getting a letter delivered, in fen: a share of the claim between a least and a greatest amount."""
    share = claim_total_fen * terms.delivery_worth_per_mille // 1000
    return min(max(share, terms.delivery_worth_min_fen), terms.delivery_worth_max_fen)
