"""Estimators of a contact's usefulness and of a complaint, behind one protocol; kept as plain JSON with a content hash.

``fit_contacts`` uses only what was known at the end of a day: the score is fitted on earlier results, calibrated on the
last quarter that it has not seen, then fitted again on all of them. The rule prior is an estimator as any other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from models.contacts.calibration import Calibration, fit_calibration, log_odds
from models.contacts.propensity import inverse_propensity
from models.contacts.ranking import ABSTAIN_BELOW, COMPLAINT_PENALTY, contact_scores
from models.contacts.scorers import SCORERS, GroupRates, Lesson, Line, Scorer
from models.contacts.trials import ContactTrials, Result

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FORMAT: Final = 1
KINDS: Final = tuple(SCORERS)
LEAST_RESULTS: Final = 150
LEAST_USEFUL: Final = 30
"""Fewer known results, or useful ones, than this teach less than the rule prior knows."""
KEPT_OUT: Final = 0.25
COMPLAINT_RIDGE: Final = 0.02
"""Complaints are rare: the line is drawn hard to the common rate."""
_OWN_COMPLAINT_LINE: Final = frozenset({"logistic", "two_step", "boosted", "boosted_forest"})


class TooFewTrials(ValueError):
    """Not enough known results to learn from. ``known`` and ``useful`` say how many there were."""

    def __init__(self, known: int, useful: int) -> None:
        super().__init__(f"{known} known results, {useful} useful; needed {LEAST_RESULTS} and {LEAST_USEFUL}")
        self.known = known
        self.useful = useful


class ContactModel(Protocol):
    """Probabilities for contacts that may be asked."""

    @property
    def kind(self) -> str:
        """``prior`` or one of ``KINDS``."""
        ...

    @property
    def version(self) -> str:
        """Kind and content hash."""
        ...

    def usefulness(self, rows: ContactTrials) -> Floats:
        """P(asking helps) of each row."""
        ...

    def complaint(self, rows: ContactTrials) -> Floats:
        """P(complaint or opt-out) of each row."""
        ...

    def scores(self, rows: ContactTrials) -> Floats:
        """What contacts of a case are ordered by: usefulness less penalty × complaint."""
        ...

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        ...


@dataclass(frozen=True, slots=True)
class PriorContacts:
    """M0: the rule prior's own probabilities, as they stand in the rows; ``penalty`` is its own too (priors.toml)."""

    kind: str = "prior"
    version: str = "contact-prior"
    penalty: float = 4.0

    def usefulness(self, rows: ContactTrials) -> Floats:
        """As handed in."""
        return rows.prior_useful

    def complaint(self, rows: ContactTrials) -> Floats:
        """As handed in."""
        return rows.prior_complaint

    def scores(self, rows: ContactTrials) -> Floats:
        """As ``rank_contacts`` orders them by the rule prior."""
        return contact_scores(rows.prior_useful, rows.prior_complaint, self.penalty)

    def as_json(self) -> dict[str, object]:
        """Its name: it has no numbers of its own."""
        return {"format": FORMAT, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class LearnedContacts:
    """A score of usefulness and one of complaint, each with its calibration."""

    kind: str
    features: tuple[str, ...]
    groups: tuple[str, ...]
    useful: Scorer
    useful_calibration: Calibration
    annoyed: Scorer
    annoyed_calibration: Calibration
    learned_from: tuple[int, int, int]
    """Known results, useful ones, complaints and opt-outs."""
    as_of: int
    """Ordinal of the day up to which it knows."""
    penalty: float = COMPLAINT_PENALTY
    floor: float = ABSTAIN_BELOW
    """Nobody is asked for a score of this or less."""

    def usefulness(self, rows: ContactTrials) -> Floats:
        """Calibrated P(useful)."""
        self._check(rows)
        return self.useful_calibration.probability(self.useful.raw(rows), rows.group)

    def complaint(self, rows: ContactTrials) -> Floats:
        """Calibrated P(complaint or opt-out)."""
        self._check(rows)
        return self.annoyed_calibration.probability(self.annoyed.raw(rows), rows.group)

    def scores(self, rows: ContactTrials) -> Floats:
        """Usefulness less penalty × complaint."""
        return contact_scores(self.usefulness(rows), self.complaint(rows), self.penalty)

    @property
    def version(self) -> str:
        """``contact-KIND-1-`` and a hash of all numbers."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return f"contact-{self.kind}-{FORMAT}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {
            "format": FORMAT, "kind": self.kind, "features": list(self.features), "groups": list(self.groups),
            "useful": self.useful.as_json(), "useful_calibration": self.useful_calibration.as_json(),
            "annoyed": self.annoyed.as_json(), "annoyed_calibration": self.annoyed_calibration.as_json(),
            "learned_from": list(self.learned_from), "as_of": self.as_of, "penalty": self.penalty, "floor": self.floor,
        }  # fmt: skip

    def _check(self, rows: ContactTrials) -> None:
        if (rows.features, rows.groups) != (self.features, self.groups):
            raise ValueError("the model was fitted on other features or relation groups")


def from_json(data: Mapping[str, object]) -> ContactModel:
    """The model that ``as_json`` gave.

    Raises:
        ValueError: another format or an unknown kind.
    """
    kind = str(data["kind"])
    if data["format"] != FORMAT or (kind != "prior" and kind not in SCORERS):
        raise ValueError(f"not a contact model of format {FORMAT}: {data['format']} {kind}")
    if kind == "prior":
        return PriorContacts()
    parts = cast("Mapping[str, Mapping[str, object]]", data)
    annoyed = Line.from_json if kind in _OWN_COMPLAINT_LINE else GroupRates.from_json
    known, useful, complaints = cast("list[int]", data["learned_from"])
    return LearnedContacts(
        kind, tuple(cast("list[str]", data["features"])), tuple(cast("list[str]", data["groups"])),
        SCORERS[kind][1](parts["useful"]), Calibration.from_json(parts["useful_calibration"]),
        annoyed(parts["annoyed"]), Calibration.from_json(parts["annoyed_calibration"]),
        (known, useful, complaints), cast("int", data["as_of"]), cast("float", data["penalty"]), cast("float", data["floor"]),
    )  # fmt: skip


def fit_contacts(kind: str, trials: ContactTrials, as_of: int, seed: int = 0, *, weighted: bool = True) -> LearnedContacts:
    """Learn from what was known at the end of day ``as_of`` (ordinal).

    Args:
        weighted: weigh asked rows by their inverse propensity.

    Raises:
        TooFewTrials: too few known results.
        ValueError: an unknown kind, or trials of more than one lender (R-SRC-05).
    """
    if len(np.unique(trials.lender)) > 1:
        raise ValueError("trials of more than one lender")
    known = trials.as_of(as_of)
    rows = np.flatnonzero(known.known)
    good, bad = known.result[rows] == Result.USEFUL, known.result[rows] == Result.COMPLAINT
    if len(rows) < LEAST_RESULTS or good.sum() < LEAST_USEFUL:
        raise TooFewTrials(len(rows), int(good.sum()))
    weights = inverse_propensity(known, rows) if weighted else np.ones(len(rows))
    late = known.day[rows] > np.quantile(known.day[rows], 1 - KEPT_OUT)
    fit_useful = SCORERS[kind][0]
    useful, calibrated = _fitted(fit_useful, Lesson(known, rows, good, weights, seed), late)
    annoyed, annoyed_calibrated = _fitted(_complaints(kind), Lesson(known, rows, bad, weights, seed), late)
    counts = (len(rows), int(good.sum()), int(bad.sum()))
    return LearnedContacts(kind, known.features, known.groups, useful, calibrated, annoyed, annoyed_calibrated, counts, as_of)


class _Fit(Protocol):
    def __call__(self, lesson: Lesson, /) -> Scorer: ...


def _complaints(kind: str) -> _Fit:
    if kind not in _OWN_COMPLAINT_LINE:
        return GroupRates.fit
    return lambda lesson: Line.fit(lesson, COMPLAINT_RIDGE)


def _fitted(fit: _Fit, lesson: Lesson, late: Flags) -> tuple[Scorer, Calibration]:
    """The scorer of all rows, and the calibration of one that saw the earlier ones only."""
    early = ~late
    if not late.any() or lesson.good[early].sum() < 5:
        return fit(lesson), Calibration()
    first = fit(Lesson(lesson.trials, lesson.rows[early], lesson.good[early], lesson.weights[early], lesson.seed))
    kept = lesson.trials.take(lesson.rows[late])
    calibration = fit_calibration(first.raw(kept), lesson.good[late], kept.group, lesson.weights[late], len(kept.groups))
    return fit(lesson), calibration


def usefulness_reasons(model: LearnedContacts, rows: ContactTrials, neutral: Floats) -> list[list[tuple[str, float]]]:
    """For each row and feature: how far the log-odds of usefulness fall when the feature is made ordinary.

    Args:
        neutral: an ordinary value of each feature.

    Returns:
        For each row (feature, change of log-odds) with a change, largest first: positive speaks for the contact.
    """
    here = log_odds(model.usefulness(rows))
    changes = np.zeros((len(rows), len(rows.features)))
    for at in range(len(rows.features)):
        values = rows.values.copy()
        values[:, at] = neutral[at]
        changes[:, at] = here - log_odds(model.usefulness(_with_values(rows, values)))
    return [_largest(rows.features, line) for line in changes]


def _largest(names: Sequence[str], line: Floats) -> list[tuple[str, float]]:
    order = np.argsort(-np.abs(line), kind="stable")
    return [(names[at], float(line[at])) for at in order if abs(line[at]) > 1e-6]


def _with_values(rows: ContactTrials, values: Floats) -> ContactTrials:
    return replace(rows, values=values)
