"""Makes a score a probability: Platt's line, isotonic steps where there is enough, and small groups drawn to the whole.

Fitted on rows kept out of the score. The line alone for few rows; with many its mean with isotonic regression, so that the
order of the score is never lost on a step (Niculescu-Mizil & Caruana, ICML 2005). Afterwards each relation group is scaled
by observed over expected, shrunk to 1 (gamma-Poisson): three results of a group say little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENOUGH_FOR_STEPS: Final = 200
"""Good rows (and bad ones) below which isotonic steps would be noise."""
GROUP_PSEUDO_COUNT: Final = 12.0
"""Expected good rows at which a group is believed half."""
SLOPE_RIDGE: Final = 4.0
"""Pull of the slope to 1, in the measure of log-likelihood: few rows leave the score as it is."""
LEAST: Final = 1e-4


def log_odds(probability: Floats) -> Floats:
    """Log-odds of probabilities, kept off the ends."""
    kept = np.clip(probability, LEAST, 1 - LEAST)
    return np.asarray(np.log(kept / (1 - kept)), dtype=np.float64)


def logistic(raw: Floats) -> Floats:
    """Inverse of ``log_odds``."""
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -30, 30))), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Calibration:
    """From a score in log-odds to a probability; rises strictly with the score within a group."""

    slope: float = 1.0
    intercept: float = 0.0
    steps: tuple[tuple[float, float], ...] = ()
    """Points (score, probability) of the isotonic part; empty = the line alone."""
    groups: tuple[float, ...] = ()
    """Factor of each relation group; empty = none."""

    def probability(self, raw: Floats, group: Ints) -> Floats:
        """Calibrated probability of each row."""
        found = logistic(self.slope * raw + self.intercept)
        if self.steps:
            at, value = np.array(self.steps).T
            found = (found + np.interp(raw, at, value)) / 2
        if self.groups:
            found = found * np.array(self.groups)[group]
        return np.clip(found, LEAST, 1 - LEAST)

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"slope": self.slope, "intercept": self.intercept, "steps": [list(one) for one in self.steps], "groups": list(self.groups)}

    @staticmethod
    def from_json(data: Mapping[str, object]) -> Calibration:
        """The calibration that ``as_json`` gave."""
        steps = cast("list[list[float]]", data["steps"])
        return Calibration(
            cast("float", data["slope"]), cast("float", data["intercept"]), tuple((one[0], one[1]) for one in steps),
            tuple(cast("list[float]", data["groups"])),
        )  # fmt: skip


def fit_calibration(raw: Floats, good: NDArray[np.bool_], group: Ints, weights: Floats, groups: int) -> Calibration:
    """Fit on kept-out rows; without any the score is taken at its word.

    Args:
        raw: score in log-odds.
        weights: inverse propensities (mean 1), or ones.
        groups: how many relation groups there are.
    """
    if not len(raw):
        return Calibration()
    slope, intercept = _line(raw, good.astype(np.float64), weights)
    steps: tuple[tuple[float, float], ...] = ()
    if min(good.sum(), (~good).sum()) >= ENOUGH_FOR_STEPS:
        from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415  only who fits needs it

        fitted = IsotonicRegression(out_of_bounds="clip").fit(raw, good, sample_weight=weights)
        steps = tuple(zip(fitted.X_thresholds_.tolist(), fitted.y_thresholds_.tolist(), strict=True))
    plain = Calibration(slope, intercept, steps)
    expected = np.bincount(group, weights * plain.probability(raw, group), groups)
    observed = np.bincount(group, weights * good, groups)
    factors = (observed + GROUP_PSEUDO_COUNT) / (expected + GROUP_PSEUDO_COUNT)
    return Calibration(slope, intercept, steps, tuple(factors.tolist()))


def _line(raw: Floats, good: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and intercept by Newton's method; the slope is drawn to 1 and never falls below a tenth."""
    slope, intercept = 1.0, 0.0
    for _ in range(40):
        p = logistic(slope * raw + intercept)
        residual, spread = weights * (p - good), weights * np.maximum(p * (1 - p), 1e-9)
        gradient = np.array([(residual * raw).sum() + SLOPE_RIDGE * (slope - 1), residual.sum() + 0.1 * intercept])
        cross = (spread * raw).sum()
        curve = np.array([[(spread * raw * raw).sum() + SLOPE_RIDGE, cross], [cross, spread.sum() + 0.1]])
        step = np.clip(np.linalg.solve(curve, gradient), -2, 2)
        slope, intercept = slope - float(step[0]), intercept - float(step[1])
        if np.abs(step).max() < 1e-9:
            break
    return max(slope, 0.1), intercept
