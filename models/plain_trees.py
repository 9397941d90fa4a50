"""Fitted trees as plain arrays: kept as JSON, read by numpy alone, so that a model's file can execute nothing.

Holds the trees of a scikit-learn isolation forest (leaf value = path length) or of binary gradient boosting (leaf value =
share of the log-odds). Reading gives scikit-learn's own answers. Not for fitting and not for classes beyond two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHUNK: Final = 4_096
"""Rows read at once: rows × trees positions stay in memory."""
EULER: Final = 0.5772156649015329


@dataclass(frozen=True, slots=True)
class PlainTrees:
    """All nodes of all trees one after the other; ``x[feature] <= threshold`` goes left; a leaf points at itself."""

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    roots: Ints
    depth: int
    """Steps after which every row is at its leaf."""

    def sums(self, rows: Floats) -> Floats:
        """Sum over the trees of the value of the leaf that each row falls into."""
        out = np.zeros(len(rows))
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            at = np.broadcast_to(self.roots, (len(part), len(self.roots))).copy()
            line = np.arange(len(part))[:, None]
            for _ in range(self.depth):
                goes_left = part[line, self.feature[at]] <= self.threshold[at]
                at = np.where(goes_left, self.left[at], self.right[at])
            out[start : start + CHUNK] = self.value[at].sum(axis=1)
        return out

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        columns = {name: getattr(self, name).tolist() for name in ("feature", "threshold", "left", "right", "value", "roots")}
        return {**columns, "depth": self.depth}

    @staticmethod
    def from_json(data: Mapping[str, object]) -> PlainTrees:
        """The trees that ``as_json`` gave.

        Raises:
            ValueError: columns of different lengths, or a node that points outside.
        """
        ints = {name: np.array(cast("list[int]", data[name]), dtype=np.int64) for name in ("feature", "left", "right", "roots")}
        floats = {name: np.array(cast("list[float]", data[name]), dtype=np.float64) for name in ("threshold", "value")}
        nodes = len(ints["feature"])
        if {len(ints["left"]), len(ints["right"]), len(floats["threshold"]), len(floats["value"])} != {nodes}:
            raise ValueError("tree columns of different lengths")
        for name in ("left", "right", "roots"):
            if len(ints[name]) and not (ints[name].min() >= 0 and ints[name].max() < nodes):
                raise ValueError("a tree node points outside")
        return PlainTrees(ints["feature"], floats["threshold"], ints["left"], ints["right"], floats["value"], ints["roots"], int(cast("int", data["depth"])))


def _laid_out(trees: Sequence[tuple[Ints, Floats, Ints, Ints, Floats]], depth: int) -> PlainTrees:
    """Trees of (feature, threshold, left, right, value) with leaves marked by left < 0, in one row of nodes."""
    roots = np.cumsum([0] + [len(tree[0]) for tree in trees])[:-1]
    columns: list[list[NDArray[Any]]] = [[], [], [], [], []]
    for root, (feature, threshold, left, right, value) in zip(roots, trees, strict=True):
        leaf, own = left < 0, np.arange(len(feature))
        columns[0].append(np.where(leaf, 0, feature))
        columns[1].append(np.where(leaf, 0.0, threshold))
        columns[2].append(np.where(leaf, own, left) + root)
        columns[3].append(np.where(leaf, own, right) + root)
        columns[4].append(np.where(leaf, value, 0.0))
    feature, threshold, left, right, value = (np.concatenate(parts) for parts in columns)
    return PlainTrees(feature.astype(np.int64), threshold, left.astype(np.int64), right.astype(np.int64), value, roots.astype(np.int64), depth)


def average_path(counts: Floats) -> Floats:
    """c(n) of the isolation forest's paper: mean path length of an unsuccessful search among ``n`` points."""
    counts = np.asarray(counts, dtype=np.float64)
    many = np.maximum(counts, 3.0)
    long = 2.0 * (np.log(many - 1.0) + EULER) - 2.0 * (many - 1.0) / many
    return np.where(counts <= 1, 0.0, np.where(counts <= 2, 1.0, long))


@dataclass(frozen=True, slots=True)
class IsolationTrees:
    """An isolation forest in plain numbers."""

    trees: PlainTrees
    scale: float
    """Trees × c(ψ)."""

    @staticmethod
    def of(forest: IsolationForest) -> IsolationTrees:
        """The trees of a fitted scikit-learn forest (one that uses all features in each tree)."""
        trees, deepest = [], 0
        for estimator in forest.estimators_:
            tree = estimator.tree_
            depths = _depths(tree.children_left, tree.children_right)
            deepest = max(deepest, int(depths.max()))
            value = depths + average_path(tree.n_node_samples)
            trees.append((tree.feature.astype(np.int64), tree.threshold, tree.children_left, tree.children_right, value))
        scale = len(trees) * float(average_path(np.array([forest.max_samples_]))[0])
        return IsolationTrees(_laid_out(trees, deepest), scale)

    def anomaly(self, rows: Floats) -> Floats:
        """s = 2^(−E[h]/c(ψ)) in (0, 1): larger is odder."""
        if self.scale == 0:
            return np.full(len(rows), 0.5)
        # scikit-learn compares single-precision values with its thresholds: so must who wants its answers.
        single = np.asarray(rows, dtype=np.float32)
        return np.asarray(2.0 ** (-self.trees.sums(single.astype(np.float64)) / self.scale), dtype=np.float64)

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"trees": self.trees.as_json(), "scale": self.scale}

    @staticmethod
    def from_json(data: Mapping[str, object]) -> IsolationTrees:
        """The forest that ``as_json`` gave."""
        return IsolationTrees(PlainTrees.from_json(cast("Mapping[str, object]", data["trees"])), float(cast("float", data["scale"])))


def _depths(left: Ints, right: Ints) -> Floats:
    """Depth of each node below the root; children stand behind their parents."""
    depths = np.zeros(len(left))
    for node in range(len(left)):
        if left[node] >= 0:
            depths[left[node]] = depths[right[node]] = depths[node] + 1
    return depths


def boosted_trees(model: HistGradientBoostingClassifier) -> tuple[float, PlainTrees]:
    """(Log-odds before any tree, the trees) of a fitted two-class model on numbers without gaps."""
    trees, deepest = [], 0
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        left = np.where(leaf, -1, nodes["left"].astype(np.int64))
        right = np.where(leaf, -1, nodes["right"].astype(np.int64))
        deepest = max(deepest, int(nodes["depth"].max()))
        trees.append((nodes["feature_idx"].astype(np.int64), nodes["num_threshold"].astype(np.float64), left, right, nodes["value"].astype(np.float64)))
    return float(np.ravel(model._baseline_prediction)[0]), _laid_out(trees, deepest)
