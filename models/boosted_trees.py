"""Boosted trees over plain numbers for a few classes, with calibrated probabilities: fit once, kept as JSON, read without sklearn.

Small trees (up to eight leaves): the score stays close to a sum of simple rules and moves little where composed training data
and life differ. All trees are read at once, by bit masks of the leaves that remain (QuickScorer; Lucchese et al., SIGIR 2015). Calibration is one temperature, fitted on rows kept out of the trees (Guo et al., ICML 2017). Pure arrays in
and out; knows nothing of addresses. Deterministic for the same rows and seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HELD_OUT: Final = 0.15
LEAVES: Final = 8
_ALL: Final = (1 << LEAVES) - 1
_EVERY: Final = np.uint8(_ALL)
_FIRST_BIT: Final = np.array([0] + [(n & -n).bit_length() - 1 for n in range(1, 1 << LEAVES)], np.intp)
_WORTHS: Final = (0.7, 1.0, 1.4, 2.0, 2.8)
_TEMPERATURES: Final = tuple(float(t) for t in np.geomspace(0.4, 4.0, 61))


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes by number: a leaf has feature -1; rows with ``x[feature] <= threshold`` go left."""

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]


class _Reader:
    """All trees of a model in arrays. A node that sends a row right strikes out the leaves to its left; the first leaf left counts."""

    __slots__ = ("feature", "first_nodes", "first_trees", "mask", "offset", "threshold", "value")

    def __init__(self, trees: Sequence[Sequence[Tree]]) -> None:
        features: list[int] = []
        thresholds: list[float] = []
        masks: list[int] = []
        first_nodes: list[int] = []
        values: list[list[float]] = []
        for tree in (tree for of in trees for tree in of):
            first_nodes.append(len(features))
            leaves: list[float] = []
            nodes: list[tuple[int, float, int]] = []
            _walk(tree, 0, leaves, nodes)
            if len(leaves) > LEAVES:
                raise ValueError(f"a tree of {len(leaves)} leaves; at most {LEAVES} can be read")
            for feature, threshold, mask in nodes or [(0, math.inf, _ALL)]:
                features.append(feature)
                thresholds.append(threshold)
                masks.append(mask)
            values.append(leaves + [0.0] * (LEAVES - len(leaves)))
        self.feature = np.array(features, np.intp)
        self.threshold = np.array(thresholds, np.float64)
        self.mask = np.array(masks, np.uint8)
        self.first_nodes = np.array(first_nodes, np.intp)
        self.value = np.array(values, np.float64).ravel()
        self.offset = np.arange(len(values)) * LEAVES
        self.first_trees = np.concatenate(([0], np.cumsum([len(of) for of in trees])[:-1])).astype(np.intp)

    def sums(self, row: Sequence[float]) -> list[float]:
        """The sum of the trees of each class."""
        x = np.array(row, np.float64)
        remaining = np.bitwise_and.reduceat(np.where(x[self.feature] > self.threshold, self.mask, _EVERY), self.first_nodes)
        return np.add.reduceat(self.value[self.offset + _FIRST_BIT[remaining]], self.first_trees).tolist()  # type: ignore[no-any-return]


def _walk(tree: Tree, at: int, leaves: list[float], nodes: list[tuple[int, float, int]]) -> None:
    """Leaves from left to right, and for each node the mask of the leaves that stay when a row goes right."""
    if tree.feature[at] < 0:
        leaves.append(tree.value[at])
        return
    start = len(leaves)
    _walk(tree, tree.left[at], leaves, nodes)
    struck = sum(1 << leaf for leaf in range(start, len(leaves)))
    nodes.append((tree.feature[at], tree.threshold[at], _ALL & ~struck))
    _walk(tree, tree.right[at], leaves, nodes)


@dataclass(frozen=True, slots=True)
class BoostedTrees:
    """``trees[k]`` are the trees of class ``k``; ``base[k]`` its score before any tree."""

    features: tuple[str, ...]
    base: tuple[float, ...]
    trees: tuple[tuple[Tree, ...], ...]
    temperature: float
    worth: tuple[float, ...]
    """What a right answer of each class is worth when one must be chosen: rare classes more, so that none is starved."""
    _reader: _Reader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay the trees out for reading."""
        object.__setattr__(self, "_reader", _Reader(self.trees))

    def choose(self, probabilities: Sequence[float]) -> int:
        """The class to name for these probabilities."""
        return max(range(len(self.worth)), key=lambda k: probabilities[k] * self.worth[k])

    def probabilities(self, row: Sequence[float]) -> tuple[float, ...]:
        """Calibrated probability of each class for one row."""
        sums = [(start + of) / self.temperature for start, of in zip(self.base, self._reader.sums(row), strict=True)]
        top = max(sums)
        powers = [math.exp(s - top) for s in sums]
        total = sum(powers)
        return tuple(p / total for p in powers)

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        trees = [[[list(t.feature), list(t.threshold), list(t.left), list(t.right), list(t.value)] for t in of] for of in self.trees]
        return {"features": list(self.features), "base": list(self.base), "temperature": self.temperature, "worth": list(self.worth), "trees": trees}

    @staticmethod
    def from_json(data: Mapping[str, object]) -> BoostedTrees:
        """The model that ``as_json`` gave."""
        return BoostedTrees(
            tuple(cast("list[str]", data["features"])),
            tuple(cast("list[float]", data["base"])),
            tuple(tuple(Tree(*map(tuple, t)) for t in of) for of in cast("list[list[list[list[float]]]]", data["trees"])),  # type: ignore[arg-type]
            cast("float", data["temperature"]),
            tuple(cast("list[float]", data["worth"])),
        )


def fit(features: Sequence[str], rows: Floats, labels: NDArray[np.int64], *, seed: int = 0, rounds: int = 60, bags: int = 2) -> BoostedTrees:
    """Fit trees for the classes 0..n-1 of ``labels`` and calibrate them on a part kept out.

    ``bags`` models, each on other features tried, are averaged: one alone follows the habits of composed rows too far.

    Raises:
        ValueError: when the shapes do not fit.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  only who fits needs it

    if rows.ndim != 2 or rows.shape != (len(labels), len(features)):
        raise ValueError(f"expected {len(labels)} rows of {len(features)} features, got {rows.shape}")
    kept_out = np.random.default_rng(seed).random(len(labels)) < HELD_OUT
    trees: list[list[Tree]] = [[] for _ in np.unique(labels)]
    base = np.zeros(len(trees))
    for bag in range(bags):
        fitted = HistGradientBoostingClassifier(
            max_iter=rounds, learning_rate=0.07, max_leaf_nodes=LEAVES, max_features=0.3, min_samples_leaf=40, early_stopping=False, random_state=seed + bag
        ).fit(rows[~kept_out], labels[~kept_out])
        base += np.ravel(fitted._baseline_prediction) / bags
        for stage in fitted._predictors:
            for of, predictor in zip(trees, stage, strict=True):
                of.append(_tree(predictor.nodes, bags))
    model = BoostedTrees(tuple(features), tuple(base.tolist()), tuple(map(tuple, trees)), 1.0, (1.0,) * len(trees))
    return _calibrated(model, rows[kept_out], labels[kept_out])


def _tree(nodes: NDArray[np.void], bags: int) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        tuple(-1 if end else int(f) for end, f in zip(leaf, nodes["feature_idx"], strict=True)),
        tuple(0.0 if end else round(float(t), 6) for end, t in zip(leaf, nodes["num_threshold"], strict=True)),
        tuple(int(n) for n in nodes["left"]),
        tuple(int(n) for n in nodes["right"]),
        tuple(round(float(v) / bags, 6) if end else 0.0 for end, v in zip(leaf, nodes["value"], strict=True)),
    )


def _calibrated(model: BoostedTrees, rows: Floats, labels: NDArray[np.int64]) -> BoostedTrees:
    """The temperature with the least surprise, and the worths with the best macro F1, on rows the trees have not seen."""
    logs = np.log(np.array([model.probabilities(row) for row in rows.tolist()]))

    def surprise(temperature: float) -> float:
        scaled = logs / temperature
        scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return -float(scaled[np.arange(len(labels)), labels].mean())

    best = min(_TEMPERATURES, key=surprise)
    scaled = np.exp(logs / best)
    worth = max(product((1.0,), *[_WORTHS] * (logs.shape[1] - 1)), key=lambda w: _macro_f1(labels, (scaled * w).argmax(axis=1)))
    return replace(model, temperature=round(best, 4), worth=worth)


def _macro_f1(labels: NDArray[np.int64], chosen: NDArray[np.int64]) -> float:
    """Mean over the classes of the harmonic mean of precision and recall."""
    found = [2 * np.sum((labels == k) & (chosen == k)) / max(1, np.sum(labels == k) + np.sum(chosen == k)) for k in np.unique(labels)]
    return float(np.mean(found))
