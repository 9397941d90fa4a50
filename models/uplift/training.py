"""Trains a letter score: is there a draw to learn from, did chance decide as it says, which candidate orders best later on.

The last part of the days tests; the simplest candidate that the best order does not beat beyond chance (95 %) wins and is fitted
anew on everything: effects are small beside what chance does to repayments. Deterministic: same lines, day and seed, same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.delivery.measures import Figure, ratios_over_debtors
from models.uplift.learners import Kind, LetterModel, arms, fit, pseudo_effects
from models.uplift.measures import Ordered, Step, apart, area_parts, ordered, steps
from models.uplift.trials import FEATURES, LetterTrials

LEAST: Final = 200
"""Closed lines that either arm needs."""
LEAST_PAID: Final = 20
"""Lines with a repayment that either arm needs."""
TEST_SHARE: Final = 0.3
UNEVEN: Final = 5.0
"""Standard errors beyond which the arms differ by more than chance: the draw was not what the log says."""

Progress = Callable[[str], None]


class NoDraw(ValueError):
    """No line was decided by a draw: effects can't be learned. ``args``: lines there are."""


class TooFew(ValueError):
    """Too few closed lines in an arm. ``args``: written, alone, written that repaid, alone that repaid."""


class NotByChance(ValueError):
    """The arms differ before the letter. ``args``: feature, standard errors apart."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate on the test's lines."""

    kind: Kind
    ordered: Ordered
    short_of_best: Figure | None
    """Qini area below the best candidate's; None for the best itself."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to. Money figures are fen a case; windows [first, last] ordinals."""

    model: LetterModel
    lines: int
    written: int
    alone: int
    open: int
    """Drawn, but with a window that is not over."""
    undrawn: int
    """Left out: no draw decided."""
    average_fen: Figure
    """What a letter changes, mean over all closed lines."""
    window: tuple[int, int]
    test_window: tuple[int, int]
    tried: tuple[Tried, ...]
    steps: tuple[Step, ...]
    largest_debts: Ordered
    """Writing to the largest debts first."""
    likeliest_payers: Ordered
    """Writing first to who repays most when written to: what a mere repayment score would do."""
    seed: int

    @property
    def chosen(self) -> Tried:
        """The candidate that won."""
        return next(one for one in self.tried if one.kind is self.model.kind)


def train(trials: LetterTrials, as_of: int, *, seed: int = 0, kinds: Sequence[Kind] = tuple(Kind), say: Progress = lambda _what: None) -> Trained:
    """Learn from what was known before ``as_of`` (ordinal).

    Raises:
        NoDraw, TooFew: nothing can be learned yet.
        NotByChance: the arms differ by more than chance.
    """
    parted = split(trials, as_of)
    closed, older, test, test_from = parted.closed, parted.older, parted.test, parted.test_from
    gain = pseudo_effects(test, seed, older) * test.amount_fen
    fitted = []
    for kind in kinds:
        say(f"试{kind.value}")
        fitted.append(fit(kind, older, seed=seed))
    scores = [model.effect(test.features) * test.amount_fen for model in fitted]
    areas = [float(area_parts(score, gain).mean()) for score in scores]
    best = max(range(len(areas)), key=lambda i: (areas[i], -i))
    short = apart(scores, best, gain, test.debtor, seed=seed)
    tried = tuple(
        Tried(model.kind, ordered(score, gain, test.debtor, seed=seed), None if i == best else short[i])
        for i, (model, score) in enumerate(zip(fitted, scores, strict=True))
    )
    chosen = next(one.kind for one in tried if one.short_of_best is None or one.short_of_best.low <= 0)
    said = scores[[model.kind for model in fitted].index(chosen)]
    say("用全部数据重训")
    payers = fit(Kind.TWO_MODELS, older, seed=seed)
    assert payers.written is not None
    return Trained(
        fit(chosen, closed, seed=seed), len(closed), *arms(closed), parted.open, parted.undrawn,
        ratios_over_debtors(closed.debtor, [pseudo_effects(closed, seed) * closed.amount_fen], np.ones(len(closed)), seed=seed)[0],
        (int(closed.day.min()), int(closed.day.max())), (test_from, int(test.day.max())), tried, steps(said, gain, test.debtor, seed=seed),
        ordered(test.amount_fen.astype(np.float64), gain, test.debtor, seed=seed),
        ordered(payers.written.scores(test.features)[:, 0] * test.amount_fen, gain, test.debtor, seed=seed), seed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Split:
    """Lines that were drawn and whose window is over, in an order of their own, and their parts that teach and test."""

    closed: LetterTrials
    older: LetterTrials
    test: LetterTrials
    test_from: int
    """The first day (ordinal) of the test."""
    open: int
    undrawn: int


def split(trials: LetterTrials, as_of: int) -> Split:
    """What there is to learn from before ``as_of`` (ordinal).

    Raises:
        NoDraw, TooFew: nothing can be learned yet.
        NotByChance: the arms differ by more than chance.
    """
    before = trials.take(trials.day < as_of)
    drawn = before.take(np.isfinite(before.propensity) & (before.propensity > 0) & (before.propensity < 1))
    if not len(drawn):
        raise NoDraw(len(before))
    closed = drawn.take(drawn.closed(as_of))
    closed = closed.take(np.lexsort((*closed.features.T, closed.treated, closed.debtor, closed.day)))
    demand_enough(closed)
    demand_chance(closed)
    test_from = int(np.quantile(closed.day, 1 - TEST_SHARE, method="higher"))
    older = closed.take(closed.closed(test_from) & (closed.day < test_from))
    test = closed.take(closed.day >= test_from)
    for part in (older, test):
        demand_enough(part, LEAST // 4, LEAST_PAID // 4)
    return Split(closed, older, test, test_from, len(drawn) - len(closed), len(before) - len(drawn))


def demand_enough(trials: LetterTrials, least: int = LEAST, least_paid: int = LEAST_PAID) -> None:
    """That both arms have lines and repayments enough.

    Raises:
        TooFew: they have not.
    """
    paid = trials.repaid_fen > 0
    counts = (*arms(trials), int((paid & trials.treated).sum()), int((paid & ~trials.treated).sum()))
    if min(counts[:2]) < least or min(counts[2:]) < least_paid:
        raise TooFew(*counts)


def demand_chance(trials: LetterTrials) -> None:
    """That the arms are alike before the letter, as a draw makes them.

    Weighted by the logged propensities each feature has the same mean in both; one that lies apart by more than ``UNEVEN``
    standard errors shows that somebody chose, or that a feature was taken down after the letter.

    Raises:
        NotByChance: which feature, and how far.
    """
    t, e = trials.treated, trials.propensity
    for position, name in enumerate(FEATURES):
        column = trials.features[:, position] - trials.features[:, position].mean()
        parts = column * np.where(t, 1 / e, -1 / (1 - e))
        spread = float(parts.std())
        if spread > 1e-12:
            off = float(parts.mean()) / (spread / len(parts) ** 0.5)
            if abs(off) > UNEVEN:
                raise NotByChance(name, off)
