"""How good is a contact model? Figures with intervals over debtors; nothing here without its denominator (R-AI-06).

Precision at 1: over cases with at least one candidate, whether or not any would have helped. MRR and NDCG@3: over cases in
which some contact would have helped. Complaints: of the first contact of each case, complaints and opt-outs per 1,000 asks.
With the truth of a simulated world every contact counts; of real trials only first choices that were asked, each weighed by
its inverse propensity (self-normalised; what the log cannot see stays unseen).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.contacts.ranking import case_order
from models.contacts.trials import ContactTrials, Result

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RESAMPLES: Final = 400
ECE_BINS: Final = 10
LEAST_PROPENSITY: Final = 0.002
"""Propensities are cut here: small enough for a draw of one case in a hundred among five contacts, else where old and new agree
would count for too much."""


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """One line a case, cases ascending."""

    debtor: Ints
    weight: Floats
    hit: Floats
    """The first contact was useful."""
    complaint: Floats
    """The first contact complained or opted out."""
    reciprocal: Floats
    """1 / rank of the best useful contact; NaN where none would have helped."""
    ndcg: Floats
    """NDCG@3; NaN where none would have helped."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Measures:
    """All figures of one model on one set of cases."""

    cases: int
    debtors: int
    rows: int
    precision: Figure
    reciprocal: Figure
    ndcg: Figure
    complaints: Figure
    """Per 1,000 asks of the first contact."""
    pr_auc: float
    ece: float


def by_truth(trials: ContactTrials, scores: Floats, useful: Flags, complaint: Flags) -> CaseFigures:
    """Figures of each case where what asking would have come to is known for every contact."""
    order = case_order(trials, scores)
    starts = _starts(trials.case[order])
    lengths = np.diff(np.r_[starts, len(order)])
    rank = np.arange(len(order)) - np.repeat(starts, lengths)
    good = useful[order].astype(np.float64)
    any_good = np.add.reduceat(good, starts) > 0
    first_good = np.minimum.reduceat(np.where(good > 0, rank, np.iinfo(np.int64).max), starts)
    gains = np.add.reduceat(np.where(rank < 3, good / np.log2(rank + 2.0), 0.0), starts)
    count = np.minimum(np.add.reduceat(good, starts), 3).astype(int)
    ideal = np.r_[0.0, np.cumsum(1 / np.log2(np.arange(3) + 2.0))][count]
    none = np.full(len(starts), np.nan)
    return CaseFigures(
        trials.debtor[order][starts], np.ones(len(starts)), good[starts], complaint[order][starts].astype(np.float64),
        np.where(any_good, 1.0 / (first_good + 1.0), none), np.divide(gains, ideal, out=none.copy(), where=any_good),
    )  # fmt: skip


def by_log(trials: ContactTrials, scores: Floats) -> CaseFigures:
    """Figures of the cases whose first contact was asked and is known, weighed by inverse propensity (one where not logged).

    Who is known not to have been drawable (probability 0) is not chosen: else each model would be judged on other cases, the
    one that wishes for such contacts on those where it has no such wish.
    """
    order = case_order(trials, np.where(trials.propensity == 0, -np.inf, scores))
    first = order[_starts(trials.case[order])]
    first = first[trials.known[first]]
    propensity = np.nan_to_num(trials.propensity[first], nan=1.0)
    none = np.full(len(first), np.nan)
    return CaseFigures(
        trials.debtor[first], 1 / np.clip(propensity, LEAST_PROPENSITY, 1.0), (trials.result[first] == Result.USEFUL).astype(np.float64),
        (trials.result[first] == Result.COMPLAINT).astype(np.float64), none, none,
    )  # fmt: skip


def joined(parts: Sequence[CaseFigures]) -> CaseFigures:
    """Figures of several parts as one."""
    return CaseFigures(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(CaseFigures)))


def measures(figures: CaseFigures, probability: Floats, good: Flags, seed: int = 0) -> Measures:
    """All figures with intervals.

    Args:
        probability: calibrated P(useful) of the rows whose answer is known.
        good: whether they were useful.
    """
    draws = resamples(figures.debtor, seed)
    return Measures(
        len(figures.hit), len(np.unique(figures.debtor)), len(good), _mean(figures.hit, figures.weight, draws),
        _mean(figures.reciprocal, figures.weight, draws), _mean(figures.ndcg, figures.weight, draws),
        _mean(1000 * figures.complaint, figures.weight, draws), pr_auc(probability, good), calibration_error(probability, good),
    )  # fmt: skip


def ratio_of_precision(one: CaseFigures, base: CaseFigures, seed: int = 0) -> Figure:
    """Precision at 1 of one model over another's, debtors resampled together."""
    top, bottom = _paired(one.debtor, one.weight * one.hit, one.weight, base, base.hit, seed)
    ratios = top / np.maximum(bottom, 1e-9)
    return Figure(float(ratios[0]), *(float(at) for at in np.quantile(ratios[1:], (0.025, 0.975))))


def difference(one: CaseFigures, base: CaseFigures, what: str, seed: int = 0) -> Figure:
    """``what`` (``hit`` or ``complaint``) of one model less another's, debtors resampled together."""
    top, bottom = _paired(one.debtor, one.weight * getattr(one, what), one.weight, base, getattr(base, what), seed)
    gaps = top - bottom
    return Figure(float(gaps[0]), *(float(at) for at in np.quantile(gaps[1:], (0.025, 0.975))))


def _paired(debtor: Ints, weighted: Floats, weight: Floats, base: CaseFigures, values: Floats, seed: int) -> tuple[Floats, Floats]:
    """Means of both in the whole (first) and in each resample of the debtors of either."""
    names = np.unique(np.concatenate([debtor, base.debtor]))
    rng = np.random.default_rng(seed)
    counts = np.vstack([np.ones(len(names)), rng.multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)])
    means = []
    for of, top, bottom in ((debtor, weighted, weight), (base.debtor, base.weight * values, base.weight)):
        at = np.searchsorted(names, of)
        tops, bottoms = np.bincount(at, top, len(names)), np.bincount(at, bottom, len(names))
        means.append((counts @ tops) / np.maximum(counts @ bottoms, 1e-9))
    return means[0], means[1]


def resamples(debtor: Ints, seed: int) -> Floats:
    """How often each case counts in each resample of debtors, shape (RESAMPLES, cases)."""
    names, at = np.unique(debtor, return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / max(len(names), 1)), RESAMPLES)
    return drawn[:, at].astype(np.float64)


def _mean(values: Floats, weight: Floats, draws: Floats) -> Figure:
    there = ~np.isnan(values)
    if not there.any():
        return Figure(np.nan, np.nan, np.nan)
    kept, weights = values[there], weight[there]
    many = draws[:, there] * weights
    means = (many @ kept) / np.maximum(many.sum(axis=1), 1e-9)
    low, high = np.quantile(means, (0.025, 0.975))
    return Figure(float(np.average(kept, weights=weights)), float(low), float(high))


def pr_auc(probability: Floats, good: Flags) -> float:
    """Average precision over all rows; NaN without a good one. Chance gives the share of good rows."""
    if not good.any():
        return float("nan")
    # Rows of one score come as one step: their order says nothing.
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(good[order])
    last = np.flatnonzero(np.r_[np.diff(probability[order]) != 0, True])
    precision, found = hits[last] / (last + 1.0), np.diff(np.r_[0, hits[last]])
    return float((precision * found).sum() / good.sum())


def calibration_error(probability: Floats, good: Flags, bins: int = ECE_BINS) -> float:
    """ECE over equally filled bins: mean gap of told and seen, weighed by rows."""
    if not len(good):
        return float("nan")
    order = np.argsort(probability, kind="stable")
    gaps = [abs(float(probability[part].mean() - good[part].mean())) * len(part) for part in np.array_split(order, bins) if len(part)]
    return sum(gaps) / len(good)


def _starts(cases: Ints) -> Ints:
    return np.flatnonzero(np.r_[True, cases[1:] != cases[:-1]]) if len(cases) else np.zeros(0, np.int64)
