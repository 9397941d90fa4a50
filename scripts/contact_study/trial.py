"""One split of one world: models learn from six debtors of ten up to a day, and are judged on the others after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.contacts.evaluation import CaseFigures, Measures, by_truth, measures
from models.contacts.learned import ContactModel, PriorContacts, fit_contacts
from models.contacts.trials import ContactTrials
from scripts.world.contact_worlds import ContactWorld, contact_world

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

CUT: Final = 800
"""Day of a world up to which models learn; the rest, 270 days, is for judging."""
TRAINING_SHARE: Final = 0.6
APART: Final = 10**9
"""Keeps cases and debtors of different seeds apart when they are pooled."""

world = cache(contact_world)


@dataclass(frozen=True, slots=True)
class Split:
    """A world's rows to learn from and rows to judge on, no debtor in both, with the truth of the latter."""

    learn: ContactTrials
    judge: ContactTrials
    useful: Flags
    complaint: Flags
    cut: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A model's answers on pooled rows."""

    trials: ContactTrials
    useful: Flags
    complaint: Flags
    probability: Floats
    scores: Floats

    def figures(self, rows: Flags | None = None) -> CaseFigures:
        """Per-case figures, of chosen rows (whole cases) or all."""
        if rows is None:
            rows = np.ones(len(self.trials), bool)
        return by_truth(self.trials.take(rows), self.scores[rows], self.useful[rows], self.complaint[rows])

    def measures(self) -> Measures:
        """All figures."""
        return measures(self.figures(), self.probability, self.useful)


def split(made: ContactWorld, cut: int = CUT) -> Split:
    """By time and by debtor."""
    trials = made.trials
    learns = trials.debtor * 2_654_435_761 % 1_000 < 1_000 * TRAINING_SHARE
    later = ~learns & (trials.day > made.first_day + cut)
    return Split(trials.take(learns), trials.take(later), made.useful[later], made.complaint[later], made.first_day + cut)


Fit = Callable[[Split], ContactModel]


def fit_kind(kind: str) -> Fit:
    """The model of a kind as of the split's day; ``prior`` learns nothing."""
    return lambda of: PriorContacts() if kind == "prior" else fit_contacts(kind, of.learn, of.cut)


def judged(name: str, seeds: Sequence[int], fit: Fit, *, clerk: str | None = None) -> Judged:
    """Fit in the world of each seed and pool the answers."""
    parts = []
    for at, seed in enumerate(seeds):
        of = split(world(name, seed, clerk=clerk))
        parts.append(answers(of, fit(of), at))
    return pooled(parts)


def answers(of: Split, model: ContactModel, at: int = 0) -> Judged:
    """A model's answers on the rows to judge on."""
    rows = replace(of.judge, case=of.judge.case + at * APART, debtor=of.judge.debtor + at * APART)
    return Judged(rows, of.useful, of.complaint, model.usefulness(of.judge), model.scores(of.judge))


def pooled(parts: Sequence[Judged]) -> Judged:
    """All answers as one."""
    return Judged(
        ContactTrials.joined(*(part.trials for part in parts)),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("useful", "complaint", "probability", "scores")),
    )
