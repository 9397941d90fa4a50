"""Trains a delivery model from outcomes as known on a day: leak checks, a split by time, candidates, a choice by evidence.

The day is cut twice: older letters fit, later ones calibrate, the latest test. A letter whose outcome came to be known only
after a cut is on neither side of it. Of all candidates the simplest one wins that is not beaten beyond chance (intervals over
debtors); it is then fitted anew on everything known. Deterministic: same rows, day and seed, same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.delivery.estimators import DeliveryModel, Kind, delivered_flags, fit, with_kinds
from models.delivery.features import FEATURES, Record, matrix
from models.delivery.measures import Figure, Quality, calibration_line, difference, log_losses, quality
from models.delivery.opportunities import Flags, Floats, Ints, Opportunities
from models.delivery.rules import RuleTerms
from models.ranking_metrics import auc

LEAST: Final = 300
"""Letters with a known end, fewer teach nothing (the rules serve on)."""
LEAST_TEST: Final = 60
TEST_SHARE: Final = 0.2
CALIBRATION_SHARE: Final = 0.2
TELLTALE: Final = 0.985
"""No honest feature orders outcomes this well: one that does has seen the answer."""
STEADY_SLOPE: Final = (0.3, 2.0)

Progress = Callable[[str], None]


class TooFew(ValueError):
    """Not enough letters with a known end. ``args``: how many there are, how many are needed."""


class LeakFound(ValueError):
    """A feature knows what was not known on its day. ``args``: which, and how it showed."""


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate to be tried."""

    kind: Kind
    memory_days: float = 0.0


OPTIONS: Final = (
    Option(Kind.RULE), Option(Kind.EMPIRICAL_BAYES), Option(Kind.LOGISTIC), Option(Kind.LOGISTIC, 60.0), Option(Kind.BOOSTED), Option(Kind.BOOSTED, 60.0),
)  # fmt: skip
"""From the simplest to the most complicated; the order settles ties."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate with how it did on the letters kept for the test."""

    option: Option
    quality: Quality
    against_best: Figure | None
    """Mean log loss above the best candidate's, with its interval; None for the best itself."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to. Windows are [first, last] batch days as ordinals."""

    model: DeliveryModel
    as_of: int
    letters: int
    """With a known end: what was learned from."""
    censored: int
    """Written to, with no end that teaches anything: under way, carrier's fault, voided."""
    delivered: int
    debtors: int
    window: tuple[int, int]
    test_window: tuple[int, int]
    tried: tuple[Tried, ...]
    chosen: Option
    new_debtors: Quality | None
    """The chosen one on letters of the test to debtors it had never seen."""
    looked_at: tuple[tuple[str, float], ...]
    """Features by how often the trees split on them, or how much a linear model moves with them; most first."""
    seed: int

    @property
    def test(self) -> Quality:
        """The chosen candidate on the test letters."""
        return next(one.quality for one in self.tried if one.option == self.chosen)

    @property
    def baseline(self) -> Quality:
        """The rules, calibrated alike, on the same letters."""
        return next(one.quality for one in self.tried if one.option.kind is Kind.RULE)


def known_by(rows: Opportunities, day: int) -> Flags:
    """Letters whose outcome was known before ``day``."""
    return (rows.outcome >= 0) & (rows.known_day < day)


def train(
    rows: Opportunities, as_of: int, terms: RuleTerms, *, seed: int = 0, options: Sequence[Option] = OPTIONS, say: Progress = lambda _what: None
) -> Trained:
    """Learn from what was known before ``as_of`` (ordinal).

    Raises:
        TooFew: not enough letters with a known end, or all with the same.
        LeakFound: a feature knows the future.
    """
    known = rows.take(known_by(rows, as_of))
    censored = int((rows.written & (rows.day < as_of)).sum()) - len(known)
    good = delivered_flags(known.outcome)
    if len(known) < LEAST or not 0 < good.sum() < len(known):
        raise TooFew(len(known), LEAST)
    known = known.take(np.lexsort((known.room, known.debtor, known.case, known.lender, known.day)))
    good = delivered_flags(known.outcome)
    say("特征")
    record = Record.of(known)
    features = matrix(known, record)
    demand_no_leak(known, features, record, good)
    test_from = _cut(known.day, TEST_SHARE)
    test = known.day >= test_from
    before = ~test & (known.known_day < test_from)
    if test.sum() < LEAST_TEST or before.sum() < LEAST - LEAST_TEST:
        raise TooFew(len(known), LEAST)
    fitted: list[tuple[Option, DeliveryModel, Floats]] = []
    for option in options:
        say(f"试 {option.kind.value}" + (f"（记忆 {option.memory_days:.0f} 天）" if option.memory_days else ""))
        model = _fit_calibrated(option, terms, known, features, before, test_from, seed)
        fitted.append((option, model, model.delivered(known.take(test), features[test])))
    tried = _compared(fitted, good[test], known.debtor[test], seed)
    chosen = _simplest_unbeaten(tried)
    trial = next(model for option, model, _ in fitted if option == chosen)
    say("用全部数据重训")
    final = _final(chosen, trial, terms, known, features, as_of, seed)
    fresh = test & ~np.isin(known.debtor, known.debtor[before])
    new = quality(trial.delivered(known.take(fresh), features[fresh]), good[fresh], known.debtor[fresh]) if fresh.sum() >= LEAST_TEST else None
    return Trained(
        final, as_of, len(known), censored, int(good.sum()), len(np.unique(known.debtor)), (int(known.day.min()), int(known.day.max())),
        (int(test_from), int(known.day.max())), tried, chosen, new, _looked_at(final, features), seed,
    )  # fmt: skip


def _cut(days: Ints, share: float) -> int:
    """The day from which on ``share`` of the letters lie."""
    return int(np.quantile(days, 1 - share, method="higher"))


def weights_of(rows: Opportunities, as_of: int, memory_days: float) -> Floats:
    """(n,) halving every ``memory_days`` before ``as_of``; 1 without a memory."""
    if not memory_days:
        return np.ones(len(rows))
    return np.asarray(0.5 ** ((as_of - rows.known_day) / memory_days), np.float64)


def _fit_calibrated(option: Option, terms: RuleTerms, rows: Opportunities, features: Floats, use: Flags, until: int, seed: int) -> DeliveryModel:
    """Fit on the older part of ``use``, calibrate on its later part, then fit on all of it with that calibration."""
    later_from = _cut(rows.day[use], CALIBRATION_SHARE)
    later = use & (rows.day >= later_from)
    older = use & ~later & (rows.known_day < later_from)
    if older.sum() < 50 or later.sum() < 50:
        older = later = use

    def fitted(part: Flags, end: int) -> DeliveryModel:
        chosen = rows.take(part)
        return fit(option.kind, terms, chosen, features[part], weights_of(chosen, end, option.memory_days), memory_days=option.memory_days, seed=seed)

    held = fitted(older, later_from)
    line = _steady_line(held.delivered(rows.take(later), features[later]), delivered_flags(rows.outcome[later]))
    return replace(fitted(use, until), intercept=line[0], slope=line[1])


def _steady_line(p: Floats, good: Flags) -> tuple[float, float]:
    """The calibration line, its slope kept positive: an order is never turned round by a correction."""
    intercept, slope = calibration_line(p, good)
    return intercept, float(np.clip(slope, *STEADY_SLOPE))


def _final(option: Option, trial: DeliveryModel, terms: RuleTerms, rows: Opportunities, features: Floats, as_of: int, seed: int) -> DeliveryModel:
    """Fitted on everything known; calibrated on the latest letters, which the trial had not been fitted on."""
    last_from = _cut(rows.day, TEST_SHARE)
    last = rows.day >= last_from
    raw = replace(trial, intercept=0.0, slope=1.0)
    line = _steady_line(raw.delivered(rows.take(last), features[last]), delivered_flags(rows.outcome[last]))
    weights = weights_of(rows, as_of, option.memory_days)
    model = fit(option.kind, terms, rows, features, weights, memory_days=option.memory_days, seed=seed)
    return with_kinds(replace(model, intercept=line[0], slope=line[1]), rows, features, weights, seed=seed)


def _compared(fitted: Sequence[tuple[Option, DeliveryModel, Floats]], good: Flags, debtor: Ints, seed: int) -> tuple[Tried, ...]:
    losses = [log_losses(p, good) for _, _, p in fitted]
    best = min(range(len(fitted)), key=lambda i: (losses[i].mean(), i))
    return tuple(
        Tried(option, quality(p, good, debtor, seed=seed), None if i == best else difference(debtor, losses[i], losses[best], seed=seed))
        for i, (option, _, p) in enumerate(fitted)
    )


def _simplest_unbeaten(tried: Sequence[Tried]) -> Option:
    """The first whose loss is not above the best one's beyond chance."""
    return next(one.option for one in tried if one.against_best is None or one.against_best.low <= 0)


def _looked_at(model: DeliveryModel, features: Floats) -> tuple[tuple[str, float], ...]:
    if model.forest is not None:
        worth = model.forest.gains(len(FEATURES))
    elif model.linear is not None:
        worth = np.abs(model.linear.weights[0])
    else:
        return ()
    total = max(float(worth.sum()), 1e-12)
    order = np.argsort(-worth, kind="stable")[:20]
    return tuple((FEATURES[i], float(worth[i] / total)) for i in order if worth[i] > 0)


def demand_no_leak(rows: Opportunities, features: Floats, record: Record, good: Flags, *, sample: int = 12) -> None:
    """Fail loudly where a feature knows what came later.

    Two looks: on days drawn evenly the features are built anew from a record that holds nothing known on that day or later, and
    must be the same to the last bit that matters; and no single feature may order the outcomes almost perfectly.

    Raises:
        LeakFound: which feature, and how it showed.
    """
    days = np.unique(rows.day)
    for day in days[np.linspace(0, len(days) - 1, min(sample, len(days))).astype(int)]:
        today = rows.day == day
        then = matrix(rows.take(today), Record.of(rows.take(known_by(rows, int(day)))))
        off = np.abs(then - features[today]) > 1e-6 * (1 + np.abs(then))
        if off.any():
            raise LeakFound(FEATURES[int(np.flatnonzero(off.any(axis=0))[0])], "differs from what was known on its day")
    if len(rows) < LEAST:
        return
    for position, name in enumerate(FEATURES):
        column = features[:, position]
        if column.min() < column.max():
            order = auc(column, good)
            if max(order, 1 - order) > TELLTALE:
                raise LeakFound(name, f"orders the outcomes by itself (AUC {max(order, 1 - order):.3f})")
