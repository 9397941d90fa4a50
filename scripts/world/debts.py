"""Composed debts: what was lent, repaid and is claimed, to the fen, on dates that fit together."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

PRODUCTS = ("个人消费贷款", "随薪贷", "信用卡分期", "循环额度", "商品分期")
RATES = tuple(Decimal(rate) for rate in ("7.2", "10.8", "14.4", "15.4", "18", "18.25", "21.6", "23.4", "23.9"))
"""All-in annual rates in percent; none above 24, the cap for licensed lenders (R-AMT-05)."""
FEES_FEN = (0, 0, 0, 5_000, 12_000)
DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class ComposedDebt:
    """Amounts in fen. ``total`` is the sum of the lines less ``waived``."""

    product: str
    disbursed_on: date
    overdue_since: date
    as_of: date
    annual_rate: Decimal
    principal_disbursed: int
    principal_repaid: int
    interest: int
    compound_interest: int
    penalty_interest: int
    liquidated_damages: int
    fees: int
    waived: int

    @property
    def principal_due(self) -> int:
        return self.principal_disbursed - self.principal_repaid

    @property
    def total(self) -> int:
        lines = self.principal_due + self.interest + self.compound_interest + self.penalty_interest
        return lines + self.liquidated_damages + self.fees - self.waived


def compose(rng: random.Random, day: date) -> ComposedDebt:
    """A debt that a lender would list on ``day``: overdue one month to two years, reported within the last four days."""
    as_of = day - timedelta(days=rng.randrange(0, 5))
    overdue_days = rng.randrange(31, 720)
    overdue_since = as_of - timedelta(days=overdue_days)
    disbursed_on = overdue_since - timedelta(days=rng.randrange(60, 900))
    rate = rng.choice(RATES)
    disbursed = rng.randrange(3, 200) * 100_000
    repaid = 0 if rng.random() < 0.08 else rng.randrange(disbursed // 50, disbursed * 9 // 10)
    due = disbursed - repaid
    # Simple interest over the days overdue, of which lenders have claimed a part: never above the stated rate.
    full = int(due * rate / 100 * overdue_days / DAYS_A_YEAR)
    interest = full * rng.randrange(40, 80) // 100
    penalty = full * rng.randrange(2, 15) // 100
    return ComposedDebt(
        product=rng.choice(PRODUCTS),
        disbursed_on=disbursed_on,
        overdue_since=overdue_since,
        as_of=as_of,
        annual_rate=rate,
        principal_disbursed=disbursed,
        principal_repaid=repaid,
        interest=interest,
        compound_interest=full * rng.randrange(0, 3) // 100 if rng.random() < 0.3 else 0,
        penalty_interest=penalty,
        liquidated_damages=rng.randrange(1_00, 2_000_00) if rng.random() < 0.35 else 0,
        fees=rng.choice(FEES_FEN),
        waived=min(interest, rng.randrange(1_00, 300_00)) if rng.random() < 0.1 else 0,
    )
