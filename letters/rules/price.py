"""The all-in annual cost of a loan, and in which order a partial payment is used up. Pure; money in fen, rates exact decimals.

Annual cost after PBoC Announcement 2021 No. 3 (all cost over principal really outstanding) [S]: the internal rate of return
of the dated flows, a month being 365/12 days. Made annual as twelve times the month's rate, or compounded where the policy
says so; which of the two the announcement's annex means was not readable: [D], hence a policy parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, localcontext
from typing import Final

from records.money import Fen

HUNDRED: Final = Decimal(100)
YEAR_DAYS: Final = Decimal(365)
MONTHS: Final = Decimal(12)
HIGHEST: Final = Decimal(100)
"""Of a month's rate while searching (10,000 % a month): beyond is no loan."""
PLACES: Final = Decimal("0.0001")
_WORK: Final = Context(prec=28)
_STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class Flow:
    """Money that changed hands on a day: positive = to the debtor (the loan), negative = from the debtor or still claimed."""

    day: date
    fen: int


def annual_cost_percent(flows: Sequence[Flow], *, compounded: bool = False) -> Decimal | None:
    """The internal rate of return of a loan's flows, percent a year, to four places; None where there is none.

    The flows begin with money to the debtor. What comes back being less than what went out gives a rate below zero: the
    debtor paid no cost, so 0 is returned.
    """
    ordered = sorted(flows, key=lambda flow: flow.day)
    if not ordered or ordered[0].fen <= 0 or all(flow.fen >= 0 for flow in ordered):
        return None
    if sum(flow.fen for flow in ordered) >= 0:
        return Decimal(0).quantize(PLACES)
    with localcontext(_WORK):
        start = ordered[0].day
        terms = [(Decimal(flow.fen), Decimal((flow.day - start).days) * MONTHS / YEAR_DAYS) for flow in ordered]
        low, high = Decimal(0), Decimal(1)
        while _worth(terms, high) < 0:
            if high > HIGHEST:
                return None
            high *= 2
        for _ in range(_STEPS):
            middle = (low + high) / 2
            if _worth(terms, middle) < 0:
                low = middle
            else:
                high = middle
            if high - low < Decimal("1e-9"):
                break
        month = (low + high) / 2
        year = (1 + month) ** 12 - 1 if compounded else month * MONTHS
        return (year * HUNDRED).quantize(PLACES)


def _worth(terms: Sequence[tuple[Decimal, Decimal]], month: Decimal) -> Decimal:
    """Present worth at a month's rate; grows with the rate where the debtor gets first and gives later."""
    log = (1 + month).ln()
    return sum((fen * (-log * months).exp() for fen, months in terms), Decimal(0))


def least_annual_percent(charges: Fen, principal: Fen, first: date, last: date) -> Decimal | None:
    """The annual rate that a claim's charges prove at the least: as if all the principal had been out for all the time.

    For files without a payment schedule. Simple interest, as claims are reckoned; the cost so reckoned is never below it (part
    of the principal was repaid, and what was paid earlier is not counted), so a figure above a cap is above it for certain.
    """
    days = (last - first).days
    if principal <= 0 or days <= 0 or charges < 0:
        return None
    # In whole ten-thousandths of a percent, rounded down: asked of every case, and a decimal division costs ten times as much.
    return Decimal(charges * 365 * 100 * 10_000 // (principal * days)).scaleb(-4)


LAWFUL_ORDER: Final = ("fees", "interest", "principal")
"""民法典 561: costs of enforcing the claim, interest, principal, unless agreed otherwise."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a payment did: how much went to each part, what is left owing, and what of the payment was not needed."""

    to: dict[str, Fen]
    left: dict[str, Fen]
    surplus: Fen


def apply_payment(payment: Fen, owing: dict[str, Fen], order: Sequence[str] = LAWFUL_ORDER) -> Applied:
    """Use up a partial payment in the order of 民法典 561, or in one that the contract names.

    Raises:
        ValueError: a negative amount, or an order that does not name each part of what is owed once.
    """
    if payment < 0 or any(value < 0 for value in owing.values()):
        raise ValueError("amounts can't be negative")
    if sorted(order) != sorted(owing):
        raise ValueError(f"the order must name each of {sorted(owing)} once")
    rest = int(payment)
    to: dict[str, Fen] = {}
    for part in order:
        used = min(rest, int(owing[part]))
        to[part] = Fen(used)
        rest -= used
    return Applied(to, {part: Fen(owing[part] - to[part]) for part in owing}, Fen(rest))
