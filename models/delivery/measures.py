"""How good are probabilities of delivery? Brier, log loss, ECE, calibration line, with intervals over debtors.

A debtor's letters are not independent, so intervals come from resampling debtors (Poisson bootstrap), not letters. Every
figure is given with its denominator (R-AI-06).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

BINS: Final = 15
DRAWS: Final = 200
TINY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval over ``of`` debtors."""

    value: float
    low: float
    high: float
    of: int

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def log_losses(p: Floats, good: Flags) -> Floats:
    """(n,) natural-log loss of each row."""
    p = np.clip(p, TINY, 1 - TINY)
    return -np.where(good, np.log(p), np.log1p(-p))


def brier_losses(p: Floats, good: Flags) -> Floats:
    """(n,) squared error of each row."""
    return np.square(p - good)


def ece(p: Floats, good: Flags, weight: Floats | None = None, bins: int = BINS) -> float:
    """Expected calibration error over bins of equal count: mean absolute gap of predicted and seen share, 0..1.

    ``weight``: for how many each row stands (``ripeness``); None = for itself.

    Naeini et al., AAAI 2015; equal counts so that no bin is empty. Noise alone gives about sqrt(bins / (4 n)).
    """
    if not len(p):
        return float("nan")
    order = np.argsort(p, kind="stable")
    w = np.ones(len(p)) if weight is None else weight
    parts = np.array_split(order, min(bins, len(p)))
    return float(sum(abs(w[part] @ (p[part] - good[part])) for part in parts) / w.sum())


@dataclass(frozen=True, slots=True)
class Bin:
    """One point of a reliability diagram."""

    said: float
    seen: float
    letters: int


def reliability(p: Floats, good: Flags, weight: Floats, bins: int = 10) -> tuple[Bin, ...]:
    """Predicted against seen share in bins of equal count."""
    order = np.argsort(p, kind="stable")
    return tuple(
        Bin(float(np.average(p[part], weights=weight[part])), float(np.average(good[part], weights=weight[part])), len(part))
        for part in np.array_split(order, min(bins, max(len(p), 1)))
        if len(part)
    )


def calibration_line(p: Floats, good: Flags, weight: Floats | None = None) -> tuple[float, float]:
    """(intercept, slope) of the outcome's log-odds on the predicted log-odds: 0 and 1 when calibrated (Cox, 1958).

    Newton's method with a faint pull to (0, 1), so that it ends also where classes separate.
    """
    x = _log_odds(p)
    w = np.ones(len(p)) if weight is None else weight
    line = np.array([0.0, 1.0])
    design = np.stack([np.ones_like(x), x], axis=1)
    for _ in range(50):
        q = 1 / (1 + np.exp(-np.clip(design @ line, -30, 30)))
        gradient = design.T @ (w * (q - good)) + 1e-3 * (line - (0.0, 1.0))
        hessian = (design * (w * q * (1 - q))[:, None]).T @ design + 1e-3 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        line = line - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            break
    return float(line[0]), float(line[1])


def _log_odds(p: Floats) -> Floats:
    p = np.clip(p, TINY, 1 - TINY)
    return np.log(p / (1 - p))


def ratio_over_debtors(debtor: Ints, above: Floats, below: Floats, *, seed: int = 0, draws: int = DRAWS) -> Figure:
    """Sum of ``above`` over sum of ``below`` with an interval by resampling debtors."""
    return ratios_over_debtors(debtor, [above], below, seed=seed, draws=draws)[0]


def ratios_over_debtors(debtor: Ints, above: Sequence[Floats], below: Floats, *, seed: int = 0, draws: int = DRAWS) -> list[Figure]:
    """The same of several, over the same draws: drawing costs more than adding up."""
    distinct, position = np.unique(debtor, return_inverse=True)
    if not len(distinct):
        return [Figure(float("nan"), float("nan"), float("nan"), 0) for _ in above]
    sums = np.stack([np.bincount(position, one, len(distinct)) for one in (*above, below)], axis=1)
    rng = np.random.default_rng([seed, len(distinct)])
    seen = np.empty((draws, len(above)))
    for draw in range(draws):
        drawn = rng.poisson(1.0, len(distinct)) @ sums
        seen[draw] = drawn[:-1] / max(float(drawn[-1]), 1e-12)
    low, high = np.quantile(seen, (0.025, 0.975), axis=0)
    whole = sums.sum(axis=0)
    return [Figure(float(whole[i] / max(whole[-1], 1e-12)), float(low[i]), float(high[i]), len(distinct)) for i in range(len(above))]


def difference(debtor: Ints, one: Floats, other: Floats, weight: Floats, *, seed: int = 0) -> Figure:
    """Mean of ``one - other`` row by row: whether one model's loss is smaller beyond chance."""
    return ratio_over_debtors(debtor, weight * (one - other), weight, seed=seed)


@dataclass(frozen=True, slots=True)
class Quality:
    """Of probabilities of delivery against what happened."""

    letters: int
    delivered: int
    log_loss: Figure
    brier: Figure
    ece: float
    intercept: float
    slope: float
    bins: tuple[Bin, ...]


def quality(p: Floats, good: Flags, debtor: Ints, weight: Floats | None = None, *, seed: int = 0) -> Quality:
    """All of it for one set of letters whose end is known; ``weight`` as in ``ece``."""
    return qualities([p], good, debtor, weight, seed=seed)[0]


def qualities(said: Sequence[Floats], good: Flags, debtor: Ints, weight: Floats | None = None, *, seed: int = 0) -> list[Quality]:
    """``quality`` of several models on the same letters."""
    w = np.ones(len(good)) if weight is None else weight
    losses = [w * measure(p, good) for p in said for measure in (log_losses, brier_losses)]
    figures = ratios_over_debtors(debtor, losses, w, seed=seed)
    made = []
    for p, log_loss, brier in zip(said, figures[::2], figures[1::2], strict=True):
        intercept, slope = calibration_line(p, good, w) if len(p) else (float("nan"), float("nan"))
        made.append(Quality(len(p), int(good.sum()), log_loss, brier, ece(p, good, w), intercept, slope, reliability(p, good, w)))
    return made


def by_group(groups: Ints, p: Floats, good: Flags, measure: Callable[[Floats, Flags], float] = ece) -> dict[int, tuple[float, int]]:
    """A measure within each group, with how many letters it rests on."""
    return {int(group): (measure(p[groups == group], good[groups == group]), int((groups == group).sum())) for group in np.unique(groups)}
