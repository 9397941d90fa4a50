"""Ways to tell what a letter changes, from the simplest to the most complicated: shares of the debt, by features.

``average`` says the same of everybody; ``arriving`` the same of every letter that arrives, for what does not arrive changes nothing:
what the features must beat. ``two_models`` subtracts two ridge regressions (Kuenzel et al., PNAS 2019, T-learner); ``doubly_robust``
regresses cross-fitted pseudo-outcomes (Kennedy, EJS 2023) on the features by ridge or small trees, as effects of arriving letters,
pulled towards ``arriving``. All are numbers in JSON; reading one executes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self, cast

import numpy as np
from threadpoolctl import threadpool_limits

from models.delivery.linear import Linear
from models.delivery.trees import Forest, laid_out
from models.modelfile import canonical, opened, version_of
from models.uplift.trials import FEATURES, Flags, Floats, Ints, LetterTrials

FORM: Final = 1
FOLDS: Final = 4
PULLS: Final = (1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
"""Strengths of the pull to zero that are tried; the last leaves hardly more than the level."""
LARGEST: Final = 0.5
"""A letter changes the repaid share by no more than this: what says more has not seen enough."""
TREES: Final = 60


class Kind(StrEnum):
    """In the order of complication; that only what arrives can move anybody is no complication but known beforehand."""

    ARRIVING = "arriving"
    AVERAGE = "average"
    TWO_MODELS = "two_models"
    DOUBLY_ROBUST = "doubly_robust"
    DOUBLY_ROBUST_TREES = "doubly_robust_trees"


TITLES: Final = {Kind.AVERAGE: "平均效果", Kind.ARRIVING: "送达即有同样效果", Kind.TWO_MODELS: "两组回归相减", Kind.DOUBLY_ROBUST: "双稳健线性", Kind.DOUBLY_ROBUST_TREES: "双稳健树"}


@dataclass(frozen=True, slots=True)
class LetterModel:
    """A fitted letter score."""

    kind: Kind
    average: float
    """Mean change of the repaid share; of ``arriving`` by a letter that arrives."""
    written: Linear | None = None
    alone: Linear | None = None
    forest: Forest | None = None

    def effect(self, features: Floats) -> Floats:
        """(n,) by how much a letter changes the repaid share of the debt; may be negative."""
        if self.kind is Kind.AVERAGE:
            return np.full(len(features), self.average)
        if self.kind is Kind.ARRIVING:
            found = arrival(features) * self.average
        elif self.kind is Kind.DOUBLY_ROBUST_TREES:
            assert self.forest is not None
            found = arrival(features) * self.forest.score(features)
        else:
            assert self.written is not None
            found = self.written.scores(features)[:, 0]
            found = arrival(features) * found if self.alone is None else found - self.alone.scores(features)[:, 0]
        return np.clip(found, -LARGEST, LARGEST)

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {
            "form": FORM, "task": "letters", "kind": self.kind.value, "features": list(FEATURES), "average": self.average,
            "written": self.written.as_json() if self.written else None, "alone": self.alone.as_json() if self.alone else None,
            "forest": self.forest.as_json() if self.forest else None,
        }  # fmt: skip

    def to_bytes(self) -> bytes:
        """The model file: canonical JSON."""
        return canonical(self.as_json())

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The model of a file.

        Raises:
            ValueError: not such a file, of another form or other features, or damaged.
        """
        data = opened(content, task="letters", form=FORM)
        if data.get("features") != list(FEATURES):
            raise ValueError("the model was fitted on other features")
        try:
            made = cls(
                Kind(data["kind"]), float(data["average"]), _linear(data["written"]), _linear(data["alone"]),
                Forest.from_json(data["forest"], len(FEATURES)) if data["forest"] else None,
            )  # fmt: skip
        except (KeyError, TypeError) as fault:
            raise ValueError("a model file with parts missing") from fault
        lacks = {Kind.AVERAGE: False, Kind.ARRIVING: False, Kind.TWO_MODELS: made.written is None or made.alone is None, Kind.DOUBLY_ROBUST: made.written is None}
        if lacks.get(made.kind, made.forest is None) or not np.isfinite(made.average):
            raise ValueError("a model file with parts missing")
        return made

    @property
    def version(self) -> str:
        """``letters-KIND-`` and the first 12 digits of the file's SHA-256."""
        return version_of("letters", self.kind.value, self.to_bytes())


def _linear(data: Mapping[str, object] | None) -> Linear | None:
    return None if data is None else Linear.from_json(data, len(FEATURES))


@dataclass(frozen=True, slots=True)
class Ridge:
    """A ridge regression with its standardisation, fitted in closed form."""

    linear: Linear

    @classmethod
    def fit(cls, features: Floats, target: Floats, weight: Floats, pull: float) -> Self:
        """Weighted least squares with ``pull`` times the weights' sum on each standardised slope; the level is free."""
        w = weight / weight.sum()
        mean = w @ features
        spread = np.sqrt(w @ np.square(features - mean))
        scale = np.where(spread > 1e-9, spread, 1.0)
        standard = (features - mean) / scale
        level = float(w @ target)
        gram = (standard * w[:, None]).T @ standard + pull * np.eye(standard.shape[1])
        slopes = np.linalg.solve(gram, standard.T @ (w * (target - level)))
        return cls(Linear(mean, scale, slopes[None, :], np.array([level])))

    def __call__(self, features: Floats) -> Floats:
        return np.asarray(self.linear.scores(features)[:, 0], np.float64)


def folds_of(debtor: Ints, seed: int) -> Ints:
    """A fold of each line; one debtor's lines lie in one fold."""
    distinct, position = np.unique(debtor, return_inverse=True)
    return np.asarray(np.random.default_rng([seed, 5]).permutation(len(distinct))[position] % FOLDS, np.int64)


def pseudo_effects(trials: LetterTrials, seed: int, given: LetterTrials | None = None) -> Floats:
    """(n,) doubly robust pseudo-effects on the repaid share: each right on average, given its features, whatever the regressions say.

    Args:
        given: what the regressions are fitted on; None = the other folds of ``trials``.
    """
    fold = folds_of(trials.debtor, seed) if given is None else np.zeros(len(trials), np.int64)
    found = np.empty(len(trials))
    for one in np.unique(fold):
        here = fold == one
        source = trials.take(~here) if given is None else given
        written = _regression(source.features[source.treated], source.share[source.treated])
        alone = _regression(source.features[~source.treated], source.share[~source.treated])
        found[here] = _robust(trials.take(here), written, alone)
    return found


def _regression(features: Floats, target: Floats) -> Ridge:
    return Ridge.fit(features, target, np.ones(len(target)), PULLS[2])


def _robust(trials: LetterTrials, written: Ridge, alone: Ridge) -> Floats:
    up, down = (np.clip(model(trials.features), 0.0, 1.0) for model in (written, alone))
    t, e, y = trials.treated, trials.propensity, trials.share
    return np.asarray(up - down + np.where(t, (y - up) / e, -(y - down) / (1 - e)), np.float64)


def fit(kind: Kind, trials: LetterTrials, *, seed: int) -> LetterModel:
    """Fit on lines whose window is over and that a draw decided. Deterministic for the same lines and seed."""
    pseudo = pseudo_effects(trials, seed)
    average = float(np.round(pseudo.mean(), 12))
    if kind is Kind.AVERAGE:
        return LetterModel(kind, average)
    if kind is Kind.TWO_MODELS:
        arms = [_best_ridge(trials.take(arm), trials.share[arm], np.ones(int(arm.sum())), seed) for arm in (trials.treated, ~trials.treated)]
        return LetterModel(kind, average, arms[0].linear, arms[1].linear)
    # Least squares of pseudo = arrival * inner is least squares of pseudo / arrival with the squares of arrival as weights.
    p = arrival(trials.features)
    weight, inner = np.square(p), pseudo / p
    if kind is Kind.ARRIVING:
        return LetterModel(kind, float(np.round(weight @ inner / weight.sum(), 12)))
    if kind is Kind.DOUBLY_ROBUST:
        return LetterModel(kind, average, _best_ridge(trials, inner, weight, seed).linear)
    return LetterModel(kind, average, forest=_grow(trials.features, inner, weight, seed))


def arrival(features: Floats) -> Floats:
    """(n,) probability of delivery, as the features tell it."""
    return np.asarray(1 / (1 + np.exp(-features[:, FEATURES.index("delivery")])), np.float64)


def _best_ridge(trials: LetterTrials, target: Floats, weight: Floats, seed: int) -> Ridge:
    """With the pull that tells unseen debtors best; of equals the strongest."""
    fold = folds_of(trials.debtor, seed)
    losses = []
    for pull in PULLS:
        total = 0.0
        for one in range(FOLDS):
            out = fold == one
            if out.any() and (~out).any():
                told = Ridge.fit(trials.features[~out], target[~out], weight[~out], pull)(trials.features[out])
                total += float(weight[out] @ np.square(target[out] - told))
        losses.append(total)
    best = min(losses)
    return Ridge.fit(trials.features, target, weight, max(pull for pull, loss in zip(PULLS, losses, strict=True) if loss <= best * (1 + 1e-9)))


def _grow(features: Floats, target: Floats, weight: Floats, seed: int) -> Forest:
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415  only who fits needs it

    fitted: Any = HistGradientBoostingRegressor(
        max_iter=TREES, learning_rate=0.05, max_leaf_nodes=6, min_samples_leaf=max(100, len(features) // 60), l2_regularization=20.0, max_bins=32, early_stopping=False, random_state=seed,
    )  # fmt: skip
    with threadpool_limits(1):
        fitted.fit(features, target, sample_weight=weight)
    return laid_out([stage[0].nodes for stage in cast("Any", fitted)._predictors], float(np.ravel(fitted._baseline_prediction)[0]))


def arms(trials: LetterTrials) -> tuple[int, int]:
    """How many lines were written to, and how many left alone."""
    written: Flags = trials.treated
    return int(written.sum()), int((~written).sum())
