"""Boosted trees for a yes or no, kept as plain arrays and read by a compiled loop: fitted by sklearn, scored without it.

Nothing is pickled: a model is a JSON of numbers, which can't execute code when it is loaded. Scores equal sklearn's own to
rounding (a test compares them). Ke et al., LightGBM, NIPS 2017 (histograms); Friedman, Annals of Statistics 2001.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Self, cast

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Array = NDArray[Any]

LEAVES: Final = 24
RATE: Final = 0.08
LEAST_LEAF: Final = 40
MOST_ROWS: Final = 400_000
"""Rows that trees are grown on; of more, a drawn part (the trees hardly change, the time does)."""


@dataclass(frozen=True, slots=True)
class Forest:
    """All trees laid end to end. A leaf has feature -1; rows with ``x[feature] <= threshold`` go left."""

    base: float
    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Floats
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Floats

    def score(self, rows: Floats) -> Floats:
        """(n,) log-odds."""
        return cast("Floats", _kernel()(np.ascontiguousarray(rows), self.base, self.roots, self.feature, self.threshold, self.left, self.right, self.value))

    def gains(self, features: int) -> Floats:
        """(features,) how often each feature splits: a rough measure of what is looked at."""
        return np.bincount(self.feature[self.feature >= 0], minlength=features).astype(np.float64)

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {
            "base": self.base, "roots": self.roots.tolist(), "feature": self.feature.tolist(), "threshold": self.threshold.tolist(),
            "left": self.left.tolist(), "right": self.right.tolist(), "value": self.value.tolist(),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, object], features: int) -> Self:
        """The forest that ``as_json`` gave.

        Raises:
            ValueError: it would read outside its arrays or never end (a file changed by hand).
        """
        whole = {name: np.array(cast("list[int]", data[name]), np.int32) for name in ("roots", "feature", "left", "right")}
        parts = {name: np.array(cast("list[float]", data[name]), np.float64) for name in ("threshold", "value")}
        made = cls(float(cast("float", data["base"])), whole["roots"], whole["feature"], parts["threshold"], whole["left"], whole["right"], parts["value"])
        made._check(features)
        return made

    def _check(self, features: int) -> None:
        nodes = len(self.feature)
        inner = self.feature >= 0
        at = np.arange(nodes)
        sound = (
            all(len(one) == nodes for one in (self.threshold, self.left, self.right, self.value))
            and (self.feature < features).all()
            and ((self.roots >= 0) & (self.roots < nodes)).all()
            # Children stand after their parent: every walk ends.
            and all(((side[inner] > at[inner]) & (side[inner] < nodes)).all() for side in (self.left, self.right))
            and np.isfinite(self.value).all()
            and np.isfinite(self.base)
        )
        if not sound:
            raise ValueError("the trees are damaged")


def grow(rows: Floats, good: Flags, weights: Floats, *, trees: int, seed: int) -> Forest:
    """Fit on (n, d) finite features, n flags and n weights. Deterministic for the same input and seed."""
    if weights.min() < weights.max() or len(rows) > MOST_ROWS:
        rows, good = _drawn(rows, good, weights, seed)
    with threadpool_limits(1):  # the same sums in the same order on any machine; and threads that wait for a busy core cost minutes
        fitted = _boosting(trees, seed).fit(rows, good)
    return laid_out([stage[0].nodes for stage in fitted._predictors], float(np.ravel(fitted._baseline_prediction)[0]))


def laid_out(nodes: Sequence[Array], base: float) -> Forest:
    """The trees of a fitted sklearn boosting (its predictors' node tables) end to end."""
    starts = np.cumsum([0, *[len(one) for one in nodes]])
    every = np.concatenate(nodes)
    offset = np.repeat(starts[:-1], [len(one) for one in nodes]).astype(np.int32)
    leaf = every["is_leaf"].astype(bool)
    return Forest(
        base,
        starts[:-1].astype(np.int32),
        np.where(leaf, -1, every["feature_idx"]).astype(np.int32),
        np.where(leaf, 0.0, every["num_threshold"]),
        np.where(leaf, 0, every["left"].astype(np.int32) + offset).astype(np.int32),
        np.where(leaf, 0, every["right"].astype(np.int32) + offset).astype(np.int32),
        np.where(leaf, np.round(every["value"], 9), 0.0),
    )


def _boosting(trees: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  only who fits needs it

    return HistGradientBoostingClassifier(
        max_iter=trees, learning_rate=RATE, max_leaf_nodes=LEAVES, min_samples_leaf=LEAST_LEAF, l2_regularization=5.0, max_features=0.5, max_bins=64,
        early_stopping=False, random_state=seed,
    )  # fmt: skip


def _drawn(rows: Floats, good: Flags, weights: Floats, seed: int) -> tuple[Floats, Flags]:
    """Rows as often as they weigh, in all no more than ``MOST_ROWS``: binning weighted rows is a hundred times slower, and says
    the same."""
    draw = np.random.default_rng([seed, 13]).random(len(rows))
    times = np.floor(weights * min(1.0, MOST_ROWS / weights.sum()) + draw).astype(np.int64)
    part = np.repeat(np.arange(len(rows)), times)
    return (rows[part], good[part]) if 0 < good[part].sum() < len(part) else (rows, good)


def walked(rows: Array, base: float, roots: Array, feature: Array, threshold: Array, left: Array, right: Array, value: Array) -> Array:
    """The scores by plain loops: what is compiled, and what a test compares with sklearn."""
    out = np.empty(rows.shape[0], np.float64)
    for row in range(rows.shape[0]):
        total = base
        for tree in range(roots.shape[0]):
            at = roots[tree]
            while feature[at] >= 0:
                at = left[at] if rows[row, feature[at]] <= threshold[at] else right[at]
            total += value[at]
        out[row] = total
    return out


@cache
def _kernel() -> Callable[..., Any]:
    """``walked`` compiled; numba costs a second, so it is fetched at the first score."""
    from numba import njit  # noqa: PLC0415

    try:
        return cast("Callable[..., Any]", njit(cache=True, nogil=True)(walked))
    except RuntimeError:  # no folder for the cache is writable
        return cast("Callable[..., Any]", njit(nogil=True)(walked))
