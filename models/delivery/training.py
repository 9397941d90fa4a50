"""Trains a delivery model from outcomes as known on a day: leak checks, a split by time, candidates, a choice by evidence.

The day is cut twice: older letters fit, later ones calibrate, the latest test. A letter whose outcome came to be known only
after a cut is on neither side of it. Of all candidates the simplest one wins that lies within a standard error (over debtors) of
the best; it is then fitted anew on everything known. Deterministic: same rows, day and seed, same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from models.delivery.correction import RECENT_DAYS, corrected
from models.delivery.drift import Usual
from models.delivery.estimators import DeliveryModel, Kind, delivered_flags, fit, kinds
from models.delivery.features import FEATURES, SEASON, Record, matrix
from models.delivery.leaks import LEAST, demand_no_leak
from models.delivery.measures import (
    TINY,
    Figure,
    Quality,
    calibration_line,
    log_losses,
    qualities,
    quality,
    ratios_over_debtors,
)
from models.delivery.opportunities import Flags, Floats, Ints, Opportunities, known_by
from models.delivery.products import ProductEffect, product_effect, products_told
from models.delivery.reasons import looked_at
from models.delivery.record import paired
from models.delivery.ripeness import Ripeness
from models.delivery.rules import RuleTerms
from models.delivery.waiting import Answers, never_answered

LEAST_TEST: Final = 60
FOLDS: Final = 4
FOLDED: Final = 60_000
"""Up to so many letters the calibration is cross-fitted."""
LATER_HALF: Final = 0.5
TEST_SHARE: Final = 0.2
CALIBRATION_SHARE: Final = 0.2
WORKERS: Final = 4
"""Candidates fitted side by side at most, one a core: each holds a copy of its letters' features."""
YEAR: Final = 400
"""Days; with fewer, the season can't be told from the passing of time, and is left out."""
STEADY_SLOPE: Final = (0.3, 2.0)

Progress = Callable[[str], None]


class TooFew(ValueError):
    """Not enough letters with a known end. ``args``: how many there are, how many are needed."""


class TooYoung(ValueError):
    """Letters enough, but too few whose end was known before the test's first day, or too few to test on: they lie too close together
    in time. ``args``: known, learnable and needed, testable and needed."""


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate to be tried."""

    kind: Kind
    memory_days: float = 0.0

    @property
    def title(self) -> str:
        """Its name for people."""
        return TITLES[self.kind] + (f"（半衰期 {self.memory_days:.0f} 天）" if self.memory_days else "")


TITLES: Final = {Kind.RULE: "规则", Kind.EMPIRICAL_BAYES: "经验贝叶斯", Kind.LOGISTIC: "逻辑回归", Kind.BOOSTED: "梯度提升树"}
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
class Group:
    """The chosen candidate on a part of the test letters: whether it is as honest for all (R-AI-02)."""

    by: str
    """kind | product | province | region (does the ID number's region agree) | phone (does the mobile's) | amount (quarter)."""
    code: int
    letters: int
    said: float
    seen: float


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
    ripe_days: int
    """Days until 95 % of the ends of either class are known."""
    by_hand: int
    """Of the letters learned from: those whose address nobody logged a probability for (chosen by hand, or elsewhere). Where there are
    enough others these are not learned from, only remembered in the record."""
    rule_line: tuple[float, float]
    """Intercept and slope that made the rules honest on the letters before the test: the baseline to watch against."""
    usual: Usual
    groups: tuple[Group, ...]

    @property
    def test(self) -> Quality:
        """The chosen candidate on the test letters."""
        return next(one.quality for one in self.tried if one.option == self.chosen)

    @property
    def baseline(self) -> Quality:
        """The rules, calibrated alike, on the same letters."""
        return next(one.quality for one in self.tried if one.option.kind is Kind.RULE)


def train(
    rows: Opportunities, as_of: int, terms: RuleTerms, *, seed: int = 0, options: Sequence[Option] = OPTIONS, say: Progress = lambda _what: None,
    drawn: Flags | None = None,
) -> Trained:
    """Learn from what was known before ``as_of`` (ordinal).

    Args:
        drawn: (n,) rows whose postal product was drawn among several of the case; None = none was. Only from these is it known
            what a product does, and not merely to whom it was sent.

    Raises:
        TooFew: not enough letters with a known end, or all with the same.
        LeakFound: a feature knows the future.
    """
    known = rows.take(known_by(rows, as_of))
    by_chance = np.zeros(len(known), bool) if drawn is None else drawn[known_by(rows, as_of)]
    products = products_told(known.take(by_chance))
    censored = int((rows.written & (rows.day < as_of)).sum()) - len(known)
    if len(known) < LEAST or not 0 < delivered_flags(known.outcome).sum() < len(known):
        raise TooFew(len(known), LEAST)
    order = _order(known)
    known, by_chance = known.take(order), by_chance[order]
    waiting = rows.take(rows.written & (rows.day < as_of) & (rows.day >= as_of - RECENT_DAYS) & ~known_by(rows, as_of))
    waiting = waiting.take(_order(waiting))
    say("特征")
    record = Record.of(known)
    blank = [FEATURES.index(name) for name in SEASON] if known.day.max() - known.day.min() < YEAR else []
    features, of_waiting = matrix(known, record), matrix(waiting, record)
    features[:, blank] = of_waiting[:, blank] = 0.0
    silent = _Silent(waiting, of_waiting, never_answered(rows, as_of, RECENT_DAYS))
    lab = _Lab(terms, known, features, delivered_flags(known.outcome), Ripeness.of(known, as_of), silent, seed, products, by_chance & np.isin(known.product, products))
    # Each fit is single-threaded (the same sums on any machine); several go side by side, and none sees another.
    with threadpool_limits(1), ThreadPoolExecutor(max(1, min(WORKERS, len(os.sched_getaffinity(0))))) as pool:
        sound = pool.submit(demand_no_leak, known, features, record, lab.good, blank=blank)
        try:
            return _chosen(lab, as_of, censored, options, say, pool)
        finally:
            sound.result()  # a leak is told before any other fault


def _order(rows: Opportunities) -> Ints:
    return np.lexsort((rows.product, rows.room, rows.debtor, rows.case, rows.lender, rows.day))


def _chosen(lab: _Lab, as_of: int, censored: int, options: Sequence[Option], say: Progress, pool: Executor) -> Trained:
    """The candidates compared, and the simplest unbeaten one fitted on everything."""
    known = lab.known
    # Who chose by what no column says made letters unlike those that a model will choose: learned from only where nothing else is.
    logged = np.isfinite(known.propensity)
    use = logged if logged.sum() >= LEAST and 0 < lab.good[logged].sum() < logged.sum() else np.ones(len(known), bool)
    by_hand = int((use & ~logged).sum())
    everything = lab.part(use, as_of)
    test_from = _cut(known.day[everything.rows], TEST_SHARE)
    test = lab.part(use & (known.day >= test_from), as_of)
    before = lab.part(use & (known.day < test_from), test_from)
    if len(test.rows) < LEAST_TEST or len(before.rows) < LEAST - LEAST_TEST:
        raise TooYoung(len(known), len(before.rows), LEAST - LEAST_TEST, len(test.rows), LEAST_TEST)

    def candidate(option: Option) -> tuple[Option, DeliveryModel, Floats]:
        say(f"试{option.title}")
        model, _ = lab.fit_calibrated(option, before)
        return option, model, lab.delivered(model, test.rows)

    fitted = list(pool.map(candidate, options))
    tried = lab.compared(fitted, test)
    chosen = _simplest_unbeaten(tried)
    trial = next(model for option, model, _ in fitted if option == chosen)
    say("用全部数据重训")
    final = lab.final(chosen, everything, use, pool)
    new = np.isin(known.debtor[test.rows], known.debtor[before.rows], invert=True)
    fresh = _Part(test.rows[new], test.weight[new], as_of)
    return Trained(
        final, as_of, len(known), censored, int(lab.good.sum()), len(np.unique(known.debtor)), (int(known.day.min()), int(known.day.max())),
        (int(test_from), int(known.day[test.rows].max())), tried, chosen,
        lab.quality(lab.delivered(trial, fresh.rows), fresh) if len(fresh.rows) >= LEAST_TEST else None, looked_at(final), lab.seed,
        lab.ripeness.days_until(0.95), by_hand, _rule_line(fitted), Usual.of(lab.delivered(trial, test.rows)), lab.groups(trial, test),
    )  # fmt: skip


def _rule_line(fitted: Sequence[tuple[Option, DeliveryModel, Floats]]) -> tuple[float, float]:
    return next(((model.intercept, model.slope) for option, model, _ in fitted if option.kind is Kind.RULE), (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows that may be used as seen from a day, and for how many each stands."""

    rows: Ints
    weight: Floats
    until: int


@dataclass(frozen=True, slots=True)
class _Silent:
    """Letters of the last weeks that are under way, and the share of all letters that never get an end."""

    rows: Opportunities
    features: Floats
    never: float


@dataclass(frozen=True, slots=True)
class _Lab:
    """The letters with known ends and all that is asked of them again and again."""

    terms: RuleTerms
    known: Opportunities
    features: Floats
    good: Flags
    ripeness: Ripeness
    silent: _Silent
    seed: int
    products: tuple[int, ...]
    """Postal products to be told apart."""
    drawn: Flags
    """Letters that went by one of these because chance drew it."""

    def part(self, use: Flags, until: int) -> _Part:
        """Of ``use``, those whose end was known before ``until`` and that are old enough to weigh for their likes."""
        ripe, weight = self.ripeness.weights(self.known, until)
        rows = np.flatnonzero(use & ripe & (self.known.known_day < until) & (self.known.day < until))
        return _Part(rows, weight[rows], until)

    def delivered(self, model: DeliveryModel, rows: Ints) -> Floats:
        return model.delivered(self.known.take(rows), self.features[rows])

    def quality(self, p: Floats, part: _Part) -> Quality:
        return quality(p, self.good[part.rows], self.known.debtor[part.rows], part.weight, seed=self.seed)

    def fit(self, option: Option, part: _Part) -> DeliveryModel:
        rows = self.known.take(part.rows)
        weight = part.weight * weights_of(rows, part.until, option.memory_days)
        return fit(option.kind, self.terms, rows, self.features[part.rows], weight, memory_days=option.memory_days, seed=self.seed)

    def fit_calibrated(self, option: Option, part: _Part) -> tuple[DeliveryModel, Floats]:
        """Fit on all of ``part``, with a calibration line from letters that a like model had not seen; also what such a model said
        of each letter (calibrated log-odds, NaN of those that none told).

        Few letters: each fold of debtors is told by a model of the other folds, so that the line belongs to a model of nearly
        the full size; its later half is heard, for calibration drifts first. Many letters: the latest fifth is kept out.
        """
        days = self.known.day[part.rows]
        said = np.full(len(part.rows), np.nan)
        if len(part.rows) <= FOLDED:
            fold = paired(self.known.lender[part.rows], self.known.debtor[part.rows]) % FOLDS
            splits = [(fold != one, fold == one) for one in range(FOLDS)]
            heard = days >= _cut(days, LATER_HALF)
        else:
            later_from = _cut(days, CALIBRATION_SHARE)
            older = (days < later_from) & (self.known.known_day[part.rows] < later_from)
            heard = days >= later_from
            splits = [(older, heard)]
        for fitted_on, told in splits:
            rows = part.rows[fitted_on]
            if told.any() and 0 < self.good[rows].sum() < len(rows):
                raw = self.fit(option, _Part(rows, part.weight[fitted_on], part.until))
                said[told] = self.delivered(raw, part.rows[told])
        use = heard & ~np.isnan(said)
        intercept, slope = calibration_line(said[use], self.good[part.rows[use]], part.weight[use])
        slope = float(np.clip(slope, *STEADY_SLOPE))  # positive: an order is never turned round by a calibration
        unseen = intercept + slope * np.log(np.clip(said, TINY, 1 - TINY) / np.clip(1 - said, TINY, 1 - TINY))
        return replace(self.fit(option, part), intercept=intercept, slope=slope), unseen

    def final(self, option: Option, everything: _Part, use: Flags, pool: Executor) -> DeliveryModel:
        """Fitted on everything known, with the kinds of receipt and failure, corrected for what changed lately."""
        rows = self.known.take(everything.rows)
        weight = everything.weight * weights_of(rows, everything.until, option.memory_days)
        split = pool.submit(kinds, rows, self.features[everything.rows], weight, seed=self.seed)
        model, unseen = self.fit_calibrated(option, everything)
        answers = self.answers(model, everything, unseen, use)
        receipts, failures = split.result()
        shift = corrected(answers, everything.until)
        model = replace(model, receipts=receipts, failures=failures, correction=shift)
        return replace(model, products=self.products, effect=self._effect(everything, unseen + shift.of(rows))) if self.products else model

    def _effect(self, part: _Part, said: Floats) -> ProductEffect:
        use = self.drawn[part.rows] & ~np.isnan(said)
        at = part.rows[use]
        return product_effect(self.known.take(at), self.products, said[use], self.good[at], part.weight[use], part.until)

    def answers(self, model: DeliveryModel, everything: _Part, unseen: Floats, use: Flags) -> Answers:
        """The last weeks' letters, of which none is told by a model that was fitted on it: also those too young to be fitted on."""
        log_odds = np.full(len(self.known), np.nan)
        young = np.flatnonzero(use & (self.known.day >= everything.until - RECENT_DAYS))
        young = np.setdiff1d(young, everything.rows)
        log_odds[young] = model.log_odds(self.known.take(young), self.features[young])
        log_odds[everything.rows] = unseen
        told = ~np.isnan(log_odds) & (self.known.day >= everything.until - RECENT_DAYS)
        logged = np.isfinite(self.silent.rows.propensity) | bool((use & ~np.isfinite(self.known.propensity)).any())
        waiting, features = self.silent.rows.take(logged), self.silent.features[logged]
        known, said = self.known.take(told), model.log_odds(waiting, features)
        return Answers.of(known, log_odds[told], self.good[told], waiting, said, self.silent.never, self.ripeness, everything.until)

    def groups(self, model: DeliveryModel, test: _Part) -> tuple[Group, ...]:
        rows, said, good = self.known.take(test.rows), self.delivered(model, test.rows), self.good[test.rows]
        quarter = np.searchsorted(np.quantile(rows.amount_fen, (0.25, 0.5, 0.75)), rows.amount_fen)
        found = []
        for by, codes in (
            ("kind", rows.kind), ("product", rows.product), ("province", rows.district // 10_000), ("region", rows.id_region),
            ("phone", rows.phone_region), ("amount", quarter),
        ):  # fmt: skip
            for code in np.unique(codes):
                part = codes == code
                weight = test.weight[part]
                found.append(Group(by, int(code), int(part.sum()), float(np.average(said[part], weights=weight)), float(np.average(good[part], weights=weight))))
        return tuple(found)

    def compared(self, fitted: Sequence[tuple[Option, DeliveryModel, Floats]], test: _Part) -> tuple[Tried, ...]:
        good, debtor = self.good[test.rows], self.known.debtor[test.rows]
        losses = [log_losses(p, good) for _, _, p in fitted]
        best = min(range(len(fitted)), key=lambda i: (float(np.average(losses[i], weights=test.weight)), i))
        seen = qualities([p for _, _, p in fitted], good, debtor, test.weight, seed=self.seed)
        above = ratios_over_debtors(debtor, [test.weight * (one - losses[best]) for one in losses], test.weight, seed=self.seed)
        return tuple(
            Tried(option, one, None if i == best else more) for i, ((option, _, _), one, more) in enumerate(zip(fitted, seen, above, strict=True))
        )


def _cut(days: Ints, share: float) -> int:
    """The day from which on ``share`` of the letters lie."""
    return int(np.quantile(days, 1 - share, method="higher"))


def weights_of(rows: Opportunities, as_of: int, memory_days: float) -> Floats:
    """(n,) halving every ``memory_days`` before ``as_of``; 1 without a memory."""
    if not memory_days:
        return np.ones(len(rows))
    return np.asarray(0.5 ** ((as_of - rows.known_day) / memory_days), np.float64)


def _simplest_unbeaten(tried: Sequence[Tried]) -> Option:
    """The first whose loss is within one standard error of the best one's (Breiman et al., CART, 1984).

    The rules learn nothing, so they win only outright: a tie with them is settled for what can get better.
    """

    def within(excess: Figure) -> bool:
        return excess.value <= (excess.high - excess.low) / (2 * 1.96)

    return next(one.option for one in tried if one.against_best is None or (one.option.kind is not Kind.RULE and within(one.against_best)))
