"""Logistic models kept as numbers: of delivery (yes or no), and of which kind of receipt or failure it is.

Features are standardised with the fitted rows' mean and spread. Fitted by sklearn, read by one matrix product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_ROWS: Final = 250_000
FARTHEST: Final = 5.0
"""Standard deviations beyond which a feature says no more: a linear score must not run away on a row unlike all before."""
PULL: Final = 0.02
"""Inverse strength of the pull to zero (sklearn's C): small, for many features stand for the same thing."""


@dataclass(frozen=True, slots=True)
class Linear:
    """``classes`` scores, each a weighted sum of standardised features; one class = a yes or no."""

    mean: Floats
    scale: Floats
    weights: Floats
    """(classes, features)."""
    start: Floats
    """(classes,)."""

    def scores(self, rows: Floats) -> Floats:
        """(n, classes) log-odds, or log-weights of the classes."""
        return np.clip((rows - self.mean) / self.scale, -FARTHEST, FARTHEST) @ self.weights.T + self.start

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist(), "weights": self.weights.tolist(), "start": self.start.tolist()}

    @classmethod
    def from_json(cls, data: Mapping[str, object], features: int) -> Self:
        """What ``as_json`` gave.

        Raises:
            ValueError: shapes do not fit or a number is not finite.
        """
        mean, scale, weights, start = (np.array(cast("list[float]", data[name]), np.float64) for name in ("mean", "scale", "weights", "start"))
        made = cls(mean, scale, weights, start)
        if mean.shape != (features,) or scale.shape != (features,) or weights.shape != (len(start), features):
            raise ValueError("a linear model of other features")
        if not all(np.isfinite(one).all() for one in (mean, scale, weights, start)) or (scale <= 0).any():
            raise ValueError("a linear model is damaged")
        return made


def fit_linear(rows: Floats, labels: Ints, weights: Floats, classes: int, *, seed: int, use: Ints | None = None, without: Sequence[int] = ()) -> Linear:
    """Fit for labels 0..classes-1 (``classes`` 2: one score, of label 1).

    Args:
        rows: (n, features) finite.
        labels: parallel to ``rows``, as are ``weights``.
        use: which rows to fit on; all when None. No more than ``MOST_ROWS`` drawn ones are ever copied.
        without: features that are to get no weight.

    A class that does not occur gets a score so low that it is never expected, not an error: a young house has not seen all.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  only who fits needs it

    part = np.arange(len(rows)) if use is None else use
    if len(part) > MOST_ROWS:
        part = part[np.sort(np.random.default_rng([seed, 11]).choice(len(part), MOST_ROWS, replace=False))]
    rows, labels, weights = rows[part], labels[part], weights[part]
    rows[:, list(without)] = 0.0
    width = rows.shape[1]
    mean = rows.mean(axis=0) if len(rows) else np.zeros(width)
    spread = rows.std(axis=0) if len(rows) else np.ones(width)
    scale = np.where(spread > 1e-9, spread, 1.0)
    seen = np.unique(labels)
    out_weights, start = np.zeros((classes, width)), np.full(classes, -12.0)
    if len(seen) == 1:
        start[seen[0]] = 0.0
    elif len(seen) > 1:
        standard = np.clip((rows - mean) / scale, -FARTHEST, FARTHEST)
        fitted = LogisticRegression(C=PULL, max_iter=300, tol=1e-5).fit(standard, labels, sample_weight=weights)
        if len(seen) == 2:
            out_weights[seen[1]], start[seen[1]], start[seen[0]] = fitted.coef_[0], fitted.intercept_[0], 0.0
        else:
            out_weights[seen], start[seen] = fitted.coef_, fitted.intercept_
    if classes == 2:
        out_weights, start = (out_weights[1] - out_weights[0])[None, :], np.array([start[1] - start[0]])
    return Linear(mean, scale, out_weights, start)


def softmax(scores: Floats) -> Floats:
    """(n, classes) shares that add up to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return cast("Floats", powers / powers.sum(axis=1, keepdims=True))
