"""Values of the choice: candidates in, a ranked and explained choice out. No database, no estimator inside.

R-AI-01: only rows that passed the lawful-source rules are candidates. R-AI-03: every choice says its version, its
input hash, score and reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from locate.address.model import Address
from locate.case import GivenAddress


@dataclass(frozen=True, slots=True)
class Track:
    """What became of an earlier letter to this place (for this person unless ``person_same`` is False)."""

    posted_on: date
    place_key: str
    outcome: str
    """Normalised outcome code of law-and-post.md §7c, or '' while open."""
    person_same: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """One lawful address of one case as the chooser sees it."""

    given: GivenAddress
    parsed: Address


@dataclass(frozen=True, slots=True)
class Reason:
    """A value that mattered, in words an operator reads, with its weight in the score."""

    code: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class ProductOffer:
    """A postal product (业务产品) that a choice may take: its code, its name, and its postage in fen to a postcode."""

    code: str
    name: str
    postage: Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate by one product: its estimated delivery probability (0..1), the net value in fen and the reasons."""

    candidate: Candidate
    product: str
    probability: float
    value_fen: int
    reasons: tuple[Reason, ...]
    cost_fen: int = 0
    """Postage that the net value counts; the chooser's to fill."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """An address that was no candidate, by its ordinal: why, as a stable code and in words."""

    ordinal: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision for one case; ``chosen`` is None when no lawful, deliverable address exists (``why_none`` says why).

    ``runner_up`` is the best at another place; ``others`` are all that are left, the chosen place by other products among them.

    ``propensity`` is the probability with which this policy would have taken this action (1.0 while nothing explores).
    """

    chosen: Scored | None
    runner_up: Scored | None
    others: tuple[Scored, ...]
    why_none: str
    propensity: float
    model_version: str
    inputs_sha256: str
    excluded: tuple[Excluded, ...] = ()
    """The addresses that were not candidates, in the lender's order."""
    drawn_among: tuple[Scored, ...] = ()
    """Where the policy explores: those that chance might have taken instead of the chosen one."""


class DeliveryEstimator(Protocol):
    """What the models issue fills: probability of delivery for each (candidate, product)."""

    @property
    def version(self) -> str:
        """Name and content hash of what estimates."""
        ...

    def score(self, candidates: tuple[Candidate, ...], tracks: tuple[Track, ...], product: str, day: date
              ) -> tuple[Scored, ...]:
        """Score the candidates for one case; the order of the answer is the order of the question.

        Every lawful and deliverable address comes, repetitions of a place too: agreement of independent sources is
        evidence. ``value_fen`` is the chooser's to fill (0 here).
        """
        ...
