"""Values of a forecast: lenders, products, destinations and days, with letters, weight and postage. No database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(slots=True)
class Sum:
    """Letters with what they are and cost. Grams, fen."""

    letters: int = 0
    sheets: int = 0
    weight_g: int = 0
    postage_fen: int = 0

    def add(self, sheets: int, weight_g: int, postage_fen: int) -> None:
        """One letter more."""
        self.letters += 1
        self.sheets += sheets
        self.weight_g += weight_g
        self.postage_fen += postage_fen


@dataclass(frozen=True, slots=True)
class Reason:
    """How many cases a rule would hold or refuse. ``message`` is that of the first such case in order."""

    rule_id: str
    verdict: str
    cases: int
    message: str


@dataclass(slots=True)
class LenderForecast:
    """A lender's cases: how they would end if there were places for all, and the first day's letters under the limits."""

    lender: str
    partner: str
    lawyer: str
    product: str
    template: str
    candidates: int
    planned: Sum = field(default_factory=Sum)
    held: int = 0
    refused: int = 0
    reasons: list[Reason] = field(default_factory=list)
    first_day: int = 0


@dataclass(slots=True)
class ProductForecast:
    """Letters of one product of one partner, against the item numbers that are left."""

    partner: str
    product: str
    name: str
    sum: Sum
    local: int
    numbers_left: int


@dataclass(slots=True)
class OfficeForecast:
    """Letters for one county (first four digits of the postcode)."""

    prefix: str
    office: str
    sum: Sum


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit of the day: what was left, what would be used."""

    about: str
    rule_id: str
    fen: bool
    left: int
    used: int


@dataclass(slots=True)
class DayForecast:
    """What would go on a day. ``waiting``: letters that would still wait after it; ``closed``: partners and why."""

    day: date
    sum: Sum = field(default_factory=Sum)
    lenders: dict[str, int] = field(default_factory=dict)
    limits: list[LimitUse] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    waiting: int = 0


@dataclass(slots=True)
class Forecast:
    """All of it."""

    day: date
    lenders: list[LenderForecast]
    products: list[ProductForecast]
    offices: list[OfficeForecast]
    days: list[DayForecast]
