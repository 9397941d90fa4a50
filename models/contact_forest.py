"""An isolation forest over known-reliable contacts, one per relation group: how ordinary is a new one among them?

Fitted on arrays of features of contacts that proved reliable; a contact that is isolated quickly is unlike them. Scores
are comparable between groups: the share of held-out reliable contacts that look at least as odd, in (0, 1]. A group with
too few examples abstains (NaN). Liu, Ting, Zhou: Isolation Forest, ICDM 2008. Not for novelty far from the data, where
the method is known to be weak, and no proof of anything about a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from models.plain_trees import IsolationTrees

Floats = NDArray[np.float64]

TREES: Final = 200
SUBSAMPLE: Final = 256
"""ψ of the paper: isolation needs few points, and more blur the anomalies."""
LEAST_EXAMPLES: Final = 40
"""Fewer reliable contacts than this in a group tell nothing about its shape."""
HELD_OUT: Final = 0.25
"""Share of a group kept out of its trees, against which oddness is measured."""


@dataclass(frozen=True, slots=True)
class _Group:
    forest: IsolationTrees
    held_out: Floats
    """Anomaly of the held-out reliable contacts, ascending."""


class NotFitted(RuntimeError):
    """``score`` was asked before ``fit``."""


class ContactForest:
    """Reliability of contacts by relation group. Deterministic: the same examples and seed give the same scores."""

    def __init__(
        self, feature_names: Sequence[str], *, seed: int = 0, least_examples: int = LEAST_EXAMPLES, trees: int = TREES
    ) -> None:
        self.feature_names = tuple(feature_names)
        self.seed = seed
        self.least_examples = least_examples
        self.trees = trees
        self._groups: dict[str, _Group] = {}
        self._version = ""

    def fit(self, features: Floats, groups: Sequence[str]) -> ContactForest:
        """Learn what reliable contacts look like.

        Args:
            features: one row a known-reliable contact, columns as ``feature_names``.
            groups: the relation group of each row.

        Raises:
            ValueError: when shapes do not fit or a value is not finite.
        """
        features = self._checked(features, groups)
        labels = np.asarray(groups, dtype=object)
        self._groups = {}
        for name in sorted(set(groups)):
            rows = features[labels == name]
            # Any order of the same examples gives the same forest.
            rows = rows[np.lexsort(rows.T[::-1])]
            if len(rows) >= self.least_examples:
                self._groups[name] = self._fit_group(name, rows)
        self._version = self._hash_of(features, groups)
        return self

    def score(self, features: Floats, groups: Sequence[str]) -> Floats:
        """Reliability in (0, 1] for each row; NaN where the group has too few examples to tell.

        Raises:
            NotFitted: before ``fit``.
            ValueError: when shapes do not fit or a value is not finite.
        """
        if not self._version:
            raise NotFitted("ContactForest.score before fit")
        features = self._checked(features, groups)
        scores = np.full(len(features), np.nan)
        labels = np.asarray(groups, dtype=object)
        for name, group in self._groups.items():
            here = labels == name
            if here.any():
                scores[here] = _reliability(group.forest.anomaly(features[here]), group.held_out)
        return scores

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that had examples enough."""
        return tuple(self._groups)

    @property
    def version(self) -> str:
        """``contact-forest-1-`` and a hash of examples and parameters; '' before ``fit``."""
        return self._version

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types: numbers and words, nothing that could execute."""
        groups = {name: {"forest": group.forest.as_json(), "held_out": group.held_out.tolist()} for name, group in self._groups.items()}
        return {
            "features": list(self.feature_names), "seed": self.seed, "least_examples": self.least_examples, "trees": self.trees,
            "groups": groups, "version": self._version,
        }  # fmt: skip

    @staticmethod
    def from_json(data: Mapping[str, object]) -> ContactForest:
        """The forest that ``as_json`` gave.

        Raises:
            ValueError: when its trees are not well formed.
        """
        forest = ContactForest(
            cast("list[str]", data["features"]), seed=cast("int", data["seed"]),
            least_examples=cast("int", data["least_examples"]), trees=cast("int", data["trees"]),
        )  # fmt: skip
        for name, group in cast("Mapping[str, Mapping[str, object]]", data["groups"]).items():
            held_out = np.array(cast("list[float]", group["held_out"]), dtype=np.float64)
            forest._groups[name] = _Group(IsolationTrees.from_json(cast("Mapping[str, object]", group["forest"])), held_out)
        forest._version = str(data["version"])
        return forest

    def _fit_group(self, name: str, rows: Floats) -> _Group:
        from sklearn.ensemble import IsolationForest  # noqa: PLC0415  only who fits needs it

        rng = np.random.default_rng([self.seed, *name.encode()])
        order = rng.permutation(len(rows))
        kept_out = max(1, int(len(rows) * HELD_OUT))
        train, held_out = rows[order[kept_out:]], rows[order[:kept_out]]
        fitted = IsolationForest(
            n_estimators=self.trees,
            max_samples=min(SUBSAMPLE, len(train)),
            random_state=int(rng.integers(2**31)),
            n_jobs=1,
        ).fit(train)
        forest = IsolationTrees.of(fitted)
        return _Group(forest, np.sort(forest.anomaly(held_out)))

    def _checked(self, features: Floats, groups: Sequence[str]) -> Floats:
        features = np.asarray(features, dtype=np.float64)
        if features.ndim != 2 or features.shape[1] != len(self.feature_names):
            raise ValueError(f"expected rows of {len(self.feature_names)} features, got shape {features.shape}")
        if len(features) != len(groups):
            raise ValueError(f"{len(features)} rows and {len(groups)} groups")
        if not np.isfinite(features).all():
            raise ValueError("a feature is not finite")
        return features

    def _hash_of(self, features: Floats, groups: Sequence[str]) -> str:
        digest = hashlib.sha256(repr((self.feature_names, self.seed, self.least_examples, self.trees)).encode())
        for row in sorted(group.encode() + b"\0" + one.tobytes() for one, group in zip(features, groups, strict=True)):
            digest.update(row)
        return f"contact-forest-1-{digest.hexdigest()[:12]}"


def _reliability(anomaly: Floats, held_out: Floats) -> Floats:
    """Share of held-out reliable contacts at least as odd, between its steps and beyond its end made strictly falling.

    Beyond the oddest held-out contact the share would be the same for all; there the score goes on falling with the
    anomaly, so that the oddest still come last.
    """
    count = len(held_out)
    at_least = count - np.searchsorted(held_out, anomaly, side="left")
    share = (at_least + 1) / (count + 1)
    step = 1 / (count + 1)
    return np.asarray(share - step * np.clip(anomaly, 0.0, 1.0) * 0.999, dtype=np.float64)
