"""Worlds of debtors who pay, forget, dispute, fear and bristle, week by week, with and without a letter: what a letter really changes.

Nobody here exists. A debtor has a job that comes and goes, money left over in a week, a memory of the debt that fades, a temper;
none of it stands in a case file. A letter that arrives recalls the debt, frightens some and hardens others. What is observed is
what a lender's file would tell: amount, days overdue, earlier payments and calls, a probability of delivery. Not in the form of
any of our models: payment is a race of hazards, not a sum of features. Marginals, all assumed (no public source gives them by
case): without a letter 19 % pay something and 6 % of the debt comes in within 45 days; 44 % of letters arrive.

Worlds: ``plain``; ``anyway`` (a letter changes nothing: who pays would have paid); ``hidden`` (most letters were chosen by staff who
heard on the telephone who was willing); ``arranged`` (who paid lately keeps to an arrangement, needs no reminder, and a lawyer's letter
makes some stop: the likeliest payers are those whom it does not move); ``sudden`` (from ``CHANGE_WEEK`` on letters no longer frighten those long overdue).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.uplift.trials import FEATURES, WINDOW_DAYS, Floats, Ints, LetterTrials, feature_rows

WORLDS: Final = ("plain", "anyway", "hidden", "sudden", "arranged")
PAID_LATELY: Final = FEATURES.index("paid_lately")
HABIT: Final = 0.25
"""Added to the weekly urge of who keeps to an arrangement (assumed)."""
UPSET: Final = -0.6
"""What a letter frightens them by: it hardens (assumed)."""
RECALL: Final = 0.55
"""How present a letter that arrives makes the debt (assumed)."""
FIRST_DAY: Final = 739_252
"""2025-01-01."""
CHANGE_WEEK: Final = 26
WEEKS_SEEN: Final = WINDOW_DAYS // 7
COST_FEN: Final = 680
"""Postage of a registered letter with its printing (assumed)."""
LIVES: Final = 40
"""Times that a debtor's weeks are lived through to tell the expected effect."""


@dataclass(frozen=True, slots=True)
class Debtors:
    """What nobody's file holds, and what it does."""

    skint: Floats
    """Chance of a week without a fen left."""
    spare: Floats
    """Left over in a good week, as a share of the debt."""
    memory: Floats
    """How present the debt is, 0..1."""
    dread: Floats
    """How much a lawyer's letter frightens; negative: it hardens."""
    disputes: NDArray[np.bool_]
    reach: Floats
    """True chance that a letter arrives."""
    amount_fen: Ints
    overdue_days: Ints
    template: Ints
    ems: NDArray[np.bool_]
    features: Floats


class RepaymentWorld:
    """One world; a week's debtors and their lives are the same whenever asked for."""

    def __init__(self, name: str, seed: int) -> None:
        if name not in WORLDS:
            raise ValueError(f"no world {name!r}")
        self.name, self.seed = name, seed

    def week(self, number: int, count: int) -> Debtors:
        """The debtors whose turn comes in that week."""
        rng = np.random.default_rng([self.seed, 17, number])
        template = rng.choice(4, count, p=(0.25, 0.45, 0.2, 0.1))
        amount = (np.exp(rng.normal(9.0 + 0.5 * (template == 0) - 0.6 * (template == 2), 0.9, count)) * 100).astype(np.int64) + 50_000
        overdue = np.minimum(30 + rng.gamma(1.6, 110, count) * np.where(template == 3, 3.0, 1.0), 2_500).astype(np.int64)
        working = rng.random(count) < 0.72 - 0.1 * (overdue > 400)
        skint = np.clip(np.where(working, rng.beta(3, 4, count), rng.beta(8, 1.5, count)), 0.02, 0.99)
        spare = np.exp(rng.normal(-2.1, 0.8, count)) * np.sqrt(900_000 / amount)
        temper = rng.choice(4, count, p=(0.42, 0.30, 0.18, 0.10))  # forgets, fears, past caring, bristles
        memory = np.clip(np.where(temper == 0, rng.beta(1.5, 5, count), rng.beta(3, 3, count)) * np.exp(-overdue / 900), 0.01, 1.0)
        dread = np.array([0.25, 0.9, 0.02, -0.8])[temper] * rng.uniform(0.6, 1.3, count) * np.where(overdue > 700, 0.6, 1.0)
        disputes = rng.random(count) < np.where(temper == 3, 0.5, 0.06)
        reach = np.clip(rng.beta(1.3, 1.6, count) - 0.08 * (overdue > 500), 0.02, 0.97)
        paid = rng.poisson(6 * (1 - skint) * (0.3 + memory) * ~disputes)
        lately = rng.random(count) < np.clip(0.6 * (1 - skint) * memory, 0, 1) * ~disputes
        answered = rng.poisson(np.where(temper == 3, 0.9, 0.5) * (0.3 + memory))
        failed = rng.poisson(2.5 * np.where(temper == 2, 1.5, 1.0))
        ems = rng.random(count) < 0.2
        told = np.clip(reach + rng.normal(0, 0.12, count), 0.02, 0.98)
        features = feature_rows(amount, overdue, told, paid, lately, answered, failed, template, ems)
        return Debtors(skint, spare, memory, dread, disputes, reach, amount, overdue, template, ems, features)

    def repaid(self, number: int, people: Debtors, written: NDArray[np.bool_], life: int = 0, *, recall: Floats | float = RECALL, dread: Floats | None = None) -> Ints:
        """(n,) fen repaid within the window if those of ``written`` get a letter; the same chances befall either way.

        Args:
            recall: how present a letter makes the debt, 0..1, each.
            dread: how much it frightens each; None = as the world says.
        """
        rng = np.random.default_rng([self.seed, 23, number, life])
        count = len(people.memory)
        arrives = written & (rng.random(count) < people.reach)
        when = rng.integers(0, 2, count)
        working_weeks, nerve, size = rng.random((WEEKS_SEEN, count)), rng.random((WEEKS_SEEN, count)), rng.random((WEEKS_SEEN, count))
        owed = people.amount_fen.astype(np.float64)
        left = owed.copy()
        dread, keeps = self._dread(number, people) if dread is None else dread, self._arranged(people)
        for week in range(WEEKS_SEEN):
            since = week - when
            touched = arrives & (since >= 0)
            fading = np.exp(-np.maximum(since, 0) / 3.0)
            remembered = people.memory if self.name == "anyway" else np.where(touched & ~keeps, np.maximum(people.memory, recall * fading), people.memory)
            urge = 0.04 + np.where(keeps, HABIT, 0.0) + 0.16 * remembered + np.where(touched, 0.22 * dread * fading, 0.0)
            urge = np.where(people.disputes, 0.25 * urge, urge)
            pays = (working_weeks[week] > people.skint) & (nerve[week] < np.clip(urge, 0.0, 0.9))
            sum_paid = np.where(size[week] < 0.12, left, np.minimum(left, owed * people.spare * (0.5 + size[week])))
            left = np.where(pays, left - sum_paid, left)
        return np.asarray(np.round(owed - left), np.int64)

    def _dread(self, number: int, people: Debtors) -> Floats:
        if self.name == "anyway":
            return np.zeros(len(people.dread))
        if self.name == "sudden" and number >= CHANGE_WEEK:
            return np.where(people.overdue_days > 150, np.minimum(people.dread, 0.0) - 0.25, people.dread)
        return np.where(self._arranged(people), UPSET, people.dread)

    def _arranged(self, people: Debtors) -> NDArray[np.bool_]:
        return (people.features[:, PAID_LATELY] > 0) & (self.name == "arranged")

    def effect_fen(self, number: int, people: Debtors, *, first_life: int = 1) -> Floats:
        """(n,) expected change of the repayment by a letter, given all that nobody can know; averaged over ``LIVES`` lives.

        Who ranks by one set of lives must be measured by another: a mean of lives is itself a little luck.
        """
        everyone, nobody = np.ones(len(people.memory), bool), np.zeros(len(people.memory), bool)
        total = np.zeros(len(people.memory))
        for life in range(first_life, first_life + LIVES):
            total += self.repaid(number, people, everyone, life) - self.repaid(number, people, nobody, life)
        return total / LIVES

    def log(self, number: int, count: int, alone: float) -> LetterTrials:
        """What a house that leaves ``alone`` (a share) unwritten by draw would know of that week."""
        people = self.week(number, count)
        rng = np.random.default_rng([self.seed, 29, number])
        written = rng.random(count) >= alone
        propensity = np.full(count, 1 - alone)
        if self.name == "hidden":
            # Staff choose by what they heard; only of every fourth case the draw decides.
            by_staff = rng.random(count) < 0.75
            willing = people.memory * (1 - people.skint) * ~people.disputes
            written = np.where(by_staff, willing > np.quantile(willing, 0.5), written)
            propensity = np.where(by_staff, np.nan, propensity)
        return LetterTrials(
            np.arange(count, dtype=np.int64) + number * 10_000_000, np.full(count, FIRST_DAY + 7 * number, np.int64), written, propensity, people.amount_fen,
            np.full(count, COST_FEN, np.int64), self.repaid(number, people, written), people.features,
        )  # fmt: skip
