"""Ways of scoring a contact in log-odds, each fitted on asked rows with known results and kept as plain numbers.

From simple to less so: most recent first; rate of the relation group; isolation forest over known-reliable contacts;
logistic line; two steps from positive and unlabelled rows; boosted trees. ``models.contacts.learned`` calibrates them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from models.contact_forest import ContactForest
from models.contacts.calibration import log_odds
from models.contacts.nearest_isolation import isolation
from models.contacts.trials import ContactTrials
from models.plain_trees import PlainTrees, boosted_trees

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RATE_PSEUDO_COUNT: Final = 20.0
RIDGE: Final = 0.3
"""Inverse strength of the logistic line's pull to nought (scikit-learn's C), on standardised columns."""
ROUNDS: Final = 120
LEARNING_RATE: Final = 0.05
LEAVES: Final = 6
LEAST_IN_LEAF: Final = 30
HIDDEN_POSITIVE_WEIGHT: Final = 0.2
HIDDEN_NEGATIVE_WEIGHT: Final = 0.3
"""An unlabelled row's say in the classifier, against 1 of a row with a result."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a scorer is fitted on: all trials, the positions of rows with a result, which are good, and their weights."""

    trials: ContactTrials
    rows: Ints
    good: Flags
    weights: Floats
    seed: int


class Scorer(Protocol):
    """A fitted score; larger is better."""

    def raw(self, trials: ContactTrials) -> Floats:
        """Score in log-odds of each row."""
        ...

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        ...


def design(trials: ContactTrials) -> Floats:
    """Columns of the line and the trees: features, relation group as flags, and the rule prior's log-odds."""
    flags = np.eye(len(trials.groups))[trials.group]
    return np.hstack([trials.values, flags, log_odds(trials.prior_useful)[:, None]])


@dataclass(frozen=True, slots=True)
class Recency:
    """The contact told last comes first; who knows not when, last of all."""

    base: float

    @staticmethod
    def fit(lesson: Lesson) -> Recency:
        """Only the level is learned."""
        return Recency(float(log_odds(np.array([np.average(lesson.good, weights=lesson.weights)]))[0]))

    def raw(self, trials: ContactTrials) -> Floats:
        """Falls by half a unit a year."""
        age = np.where(trials.column("age_known") > 0, trials.column("age_years"), 30.0)
        return np.asarray(self.base - 0.5 * age, dtype=np.float64)

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"base": self.base}

    @staticmethod
    def from_json(data: Mapping[str, object]) -> Recency:
        """The scorer that ``as_json`` gave."""
        return Recency(cast("float", data["base"]))


@dataclass(frozen=True, slots=True)
class GroupRates:
    """Log-odds of the share of good rows in each relation group, shrunk to the share of all."""

    rates: tuple[float, ...]

    @staticmethod
    def fit(lesson: Lesson) -> GroupRates:
        """Empirical Bayes with a fixed pseudo-count."""
        groups, number = lesson.trials.group[lesson.rows], len(lesson.trials.groups)
        whole = float(np.average(lesson.good, weights=lesson.weights))
        good = np.bincount(groups, lesson.weights * lesson.good, number)
        count = np.bincount(groups, lesson.weights, number)
        return GroupRates(tuple(log_odds((good + RATE_PSEUDO_COUNT * whole) / (count + RATE_PSEUDO_COUNT)).tolist()))

    def raw(self, trials: ContactTrials) -> Floats:
        """The group's rate."""
        return np.array(self.rates)[trials.group]

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"rates": list(self.rates)}

    @staticmethod
    def from_json(data: Mapping[str, object]) -> GroupRates:
        """The scorer that ``as_json`` gave."""
        return GroupRates(tuple(cast("list[float]", data["rates"])))


@dataclass(frozen=True, slots=True)
class ReliableForest:
    """The group's rate × how ordinary the contact is among the known-reliable of its group (M1)."""

    rates: GroupRates
    forest: ContactForest

    @staticmethod
    def fit(lesson: Lesson) -> ReliableForest:
        """The forest sees good rows only; groups with too few keep their rate."""
        good = lesson.rows[lesson.good]
        names = [lesson.trials.groups[group] for group in lesson.trials.group[good]]
        forest = ContactForest(lesson.trials.features, seed=lesson.seed).fit(lesson.trials.values[good], names)
        return ReliableForest(GroupRates.fit(lesson), forest)

    def reliability(self, trials: ContactTrials) -> Floats:
        """Share of reliable contacts at least as odd; 1/2 where the forest abstains."""
        found = self.forest.score(trials.values, [trials.groups[group] for group in trials.group])
        return np.where(np.isnan(found), 0.5, found)

    def raw(self, trials: ContactTrials) -> Floats:
        """Rate in log-odds and the logarithm of the reliability."""
        return self.rates.raw(trials) + np.log(np.maximum(self.reliability(trials), 1e-4))

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"rates": self.rates.as_json(), "forest": self.forest.as_json()}

    @staticmethod
    def from_json(data: Mapping[str, object]) -> ReliableForest:
        """The scorer that ``as_json`` gave."""
        parts = cast("Mapping[str, Mapping[str, object]]", data)
        return ReliableForest(GroupRates.from_json(parts["rates"]), ContactForest.from_json(parts["forest"]))


@dataclass(frozen=True, slots=True)
class Line:
    """Logistic regression over standardised columns."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    @staticmethod
    def fit(lesson: Lesson, ridge: float = RIDGE) -> Line:
        """Weighted maximum likelihood with a ridge."""
        return Line.over(design(lesson.trials)[lesson.rows], lesson.good, lesson.weights, ridge)

    @staticmethod
    def over(rows: Floats, good: Flags, weights: Floats, ridge: float) -> Line:
        """Fit on a matrix; of one kind of row only the level is learned."""
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  only who fits needs it

        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        scale = np.where(spread > 1e-9, spread, 1.0)
        if good.all() or not good.any():
            level = float(log_odds(np.array([(good.sum() + 0.5) / (len(good) + 1)]))[0])
            return Line(tuple(mean.tolist()), tuple(scale.tolist()), (0.0,) * rows.shape[1], level)
        model = LogisticRegression(C=ridge, max_iter=500).fit((rows - mean) / scale, good, sample_weight=weights)
        return Line(tuple(mean.tolist()), tuple(scale.tolist()), tuple(model.coef_[0].tolist()), float(model.intercept_[0]))

    def raw(self, trials: ContactTrials) -> Floats:
        """Log-odds by the line."""
        rows = (design(trials) - np.array(self.mean)) / np.array(self.scale)
        return np.asarray(rows @ np.array(self.weights) + self.intercept, dtype=np.float64)

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"mean": list(self.mean), "scale": list(self.scale), "weights": list(self.weights), "intercept": self.intercept}

    @staticmethod
    def from_json(data: Mapping[str, object]) -> Line:
        """The scorer that ``as_json`` gave."""
        lists = cast("Mapping[str, list[float]]", data)
        return Line(tuple(lists["mean"]), tuple(lists["scale"]), tuple(lists["weights"]), cast("float", data["intercept"]))


def fit_two_step(lesson: Lesson) -> Line:
    """M2: isolation from the known good finds hidden ones among the untried, then a line learns from all of them.

    Untried rows more isolated than 19 of 20 known good ones count as negatives, those less isolated than half of them as
    positives; both with little weight. Known bad rows are used as they are.
    """
    rows = design(lesson.trials)
    line = Line.fit(lesson)
    positives = lesson.rows[lesson.good]
    untried = np.flatnonzero(~lesson.trials.asked)
    if len(positives) < 30 or not len(untried):
        return line
    scaled = (rows - np.array(line.mean)) / np.array(line.scale)
    rng = np.random.default_rng(lesson.seed)
    half = rng.permutation(positives)
    middle = len(half) // 2
    own = isolation(scaled[half[:middle]], scaled[half[middle:]], rng)
    found = isolation(scaled[half[:middle]], scaled[untried], rng)
    bad, fine = untried[found > np.quantile(own, 0.95)], untried[found < np.quantile(own, 0.5)]
    used = np.concatenate([lesson.rows, bad, fine])
    good = np.concatenate([lesson.good, np.zeros(len(bad), bool), np.ones(len(fine), bool)])
    # The hidden ones together weigh no more than a share of the known ones: they are guesses.
    known = float(lesson.weights.sum())
    weights = np.concatenate([
        lesson.weights, np.full(len(bad), min(1.0, known / max(len(bad), 1)) * HIDDEN_NEGATIVE_WEIGHT),
        np.full(len(fine), min(1.0, known / max(len(fine), 1)) * HIDDEN_POSITIVE_WEIGHT),
    ])  # fmt: skip
    return Line.over(rows[used], good, weights, RIDGE)


@dataclass(frozen=True, slots=True)
class Boosted:
    """Gradient boosting over the design, and with ``forest`` also over the forest's reliability (M4)."""

    base: float
    trees: PlainTrees
    forest: ReliableForest | None

    @staticmethod
    def fit(lesson: Lesson, with_forest: bool = False) -> Boosted:
        """Small trees, many rounds, no early stopping: the same rows and seed give the same trees."""
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  only who fits needs it
        from threadpoolctl import threadpool_limits  # noqa: PLC0415  comes with scikit-learn

        forest = ReliableForest.fit(lesson) if with_forest else None
        rows = Boosted._rows(lesson.trials, forest)[lesson.rows]
        model = HistGradientBoostingClassifier(
            max_iter=ROUNDS, learning_rate=LEARNING_RATE, max_leaf_nodes=LEAVES, min_samples_leaf=LEAST_IN_LEAF,
            l2_regularization=5.0, max_features=0.5, early_stopping=False, random_state=lesson.seed,
        )  # fmt: skip
        # Rows are few: threads would only wait for each other, by minutes where the machine is shared.
        with threadpool_limits(1):
            model.fit(rows, lesson.good, sample_weight=lesson.weights)
        return Boosted(*boosted_trees(model), forest)

    @staticmethod
    def _rows(trials: ContactTrials, forest: ReliableForest | None) -> Floats:
        rows = design(trials)
        return rows if forest is None else np.hstack([rows, forest.reliability(trials)[:, None]])

    def raw(self, trials: ContactTrials) -> Floats:
        """Log-odds by the trees."""
        return self.base + self.trees.sums(self._rows(trials, self.forest))

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"base": self.base, "trees": self.trees.as_json(), "forest": None if self.forest is None else self.forest.as_json()}

    @staticmethod
    def from_json(data: Mapping[str, object]) -> Boosted:
        """The scorer that ``as_json`` gave."""
        forest = cast("Mapping[str, object] | None", data["forest"])
        return Boosted(
            cast("float", data["base"]), PlainTrees.from_json(cast("Mapping[str, object]", data["trees"])),
            None if forest is None else ReliableForest.from_json(forest),
        )  # fmt: skip


def _fit_boosted(lesson: Lesson) -> Scorer:
    return Boosted.fit(lesson)


def _fit_boosted_with_forest(lesson: Lesson) -> Scorer:
    return Boosted.fit(lesson, with_forest=True)


def _fit_line(lesson: Lesson) -> Scorer:
    return Line.fit(lesson)


SCORERS: Final[Mapping[str, tuple[Callable[[Lesson], Scorer], Callable[[Mapping[str, object]], Scorer]]]] = {
    "recent": (Recency.fit, Recency.from_json),
    "rates": (GroupRates.fit, GroupRates.from_json),
    "forest": (ReliableForest.fit, ReliableForest.from_json),
    "logistic": (_fit_line, Line.from_json),
    "two_step": (fit_two_step, Line.from_json),
    "boosted": (_fit_boosted, Boosted.from_json),
    "boosted_forest": (_fit_boosted_with_forest, Boosted.from_json),
}
"""Kind → (how it is fitted, how it is read back)."""
