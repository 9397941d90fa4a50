"""What has changed lately: shifts of the log-odds by channel and age, product and district, and estate, on top of a fitted model.

A model that has learned from years is slow to unlearn. Something may have changed one week ago, two … or nine, or not at all: for
each, shifts since that week are fitted with the model's own log-odds as offset, each level under a normal prior whose spread
the data settle (MacKay 1992), and the evidence (Laplace) says how likely that change is. The shifts are averaged by it. So
nothing has to be kept aside to check by, and a change is followed as soon as the letters since then, those still silent among
them (``waiting``), tell of it. Where nothing has changed "not at all" has most of the weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self, cast

import numpy as np

from models.delivery.features import age_step
from models.delivery.opportunities import Floats, Ints, Opportunities
from models.delivery.record import paired
from models.delivery.waiting import RECENT, Answers

WEEKS: Final = RECENT // 7
"""Changes of so many last weeks are looked for."""
RECENT_DAYS: Final = RECENT
LEAST: Final = 50
"""Letters since a change, fewer tell of none."""
MOST: Final = 60_000
"""Letters that are looked at; of more, every so manieth."""
START: Final = 0.3
"""Standard deviation of a level's shifts to begin with."""
NARROWEST: Final = 0.01
SMALLEST: Final = 0.02
LEAST_LIKELY: Final = 0.01
"""Changes less likely than this are left out of the average."""
_ROUNDS: Final = 12
_STEPS: Final = 4

LEVELS: Final[Mapping[str, Callable[[Opportunities], Ints]]] = {
    "channel_age": lambda r: paired(r.kind, r.source, age_step(r.age_days)),
    "channel": lambda r: paired(r.kind, r.source),
    "product_district": lambda r: paired(r.product, r.district),
    "product": lambda r: paired(r.product, np.zeros(len(r), np.int64)),
    "estate": lambda r: paired(r.lender, r.estate),
    "product_kind": lambda r: paired(r.product, r.kind),
}
LATELY: Final = ("channel_age", "channel", "product_district", "product", "estate")
"""Levels of what has changed lately; ``models.delivery.products`` uses those of a product's effect."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Shifts by level and key. Empty = none."""

    scale: float = 0.0
    """Standard deviation of the shifts of the level where most has changed; 0 = no correction."""
    keys: Mapping[str, Ints] = field(default_factory=dict)
    """Ascending, by level."""
    shifts: Mapping[str, Floats] = field(default_factory=dict)

    def of(self, rows: Opportunities) -> Floats:
        """(n,) change of the log-odds."""
        total = np.zeros(len(rows))
        for level in sorted(self.keys):  # the order in which a file has them: the same sums before and after
            known = self.keys[level]
            if len(known):
                asked = LEVELS[level](rows)
                at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
                total += np.where(known[at] == asked, self.shifts[level][at], 0.0)
        return total

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"scale": self.scale, "keys": {name: one.tolist() for name, one in self.keys.items()}, "shifts": {name: one.tolist() for name, one in self.shifts.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Self:
        """What ``as_json`` gave.

        Raises:
            ValueError: unknown levels, or keys and shifts that do not fit.
        """
        keys = {name: np.array(one, np.int64) for name, one in cast("dict[str, list[int]]", data["keys"]).items()}
        shifts = {name: np.array(one, np.float64) for name, one in cast("dict[str, list[float]]", data["shifts"]).items()}
        if not set(keys) <= set(LEVELS) or set(keys) != set(shifts):
            raise ValueError("a correction of other levels")
        if any(len(keys[name]) != len(shifts[name]) or not np.isfinite(shifts[name]).all() or (np.diff(keys[name]) <= 0).any() for name in keys):
            raise ValueError("a correction is damaged")
        return cls(float(cast("float", data["scale"])), keys, shifts)


NONE: Final = Correction()


@dataclass(frozen=True, slots=True)
class _Change:
    """Shifts since a week."""

    evidence: float
    """Log of how much likelier the letters are than without."""
    spread: float
    """Largest of the levels' standard deviations."""
    keys: Mapping[str, Ints]
    shifts: Mapping[str, Floats]


def corrected(answers: Answers, as_of: int) -> Correction:
    """The correction for a model on the letters of the last ``RECENT_DAYS``, as of a day."""
    if len(answers.rows) > MOST:
        answers = answers.take(np.arange(len(answers.rows)) % -(-len(answers.rows) // MOST) == 0)
    windows = [answers.rows.day >= as_of - 7 * week for week in range(1, WEEKS + 1)]
    changes = [_since(answers.take(window)) for window in windows if window.sum() >= LEAST]
    # Before the data, that nothing has changed is as likely as that anything has, in whichever week.
    evidence = np.array([0.0, *(one.evidence - np.log(WEEKS) for one in changes)])
    likely = np.exp(evidence - evidence.max())
    likely /= likely.sum()
    kept = [(float(share), one) for share, one in zip(likely[1:], changes, strict=True) if share >= LEAST_LIKELY]
    if not kept:
        return NONE
    keys: dict[str, Ints] = {}
    shifts: dict[str, Floats] = {}
    for level in LATELY:
        asked, at = np.unique(np.concatenate([one.keys[level] for _, one in kept]), return_inverse=True)
        mean = np.bincount(at, np.concatenate([share * one.shifts[level] for share, one in kept]), len(asked))
        use = np.abs(mean) >= SMALLEST
        keys[level], shifts[level] = asked[use], np.round(mean[use], 5)
    return Correction(round(sum(share * one.spread for share, one in kept), 5), keys, shifts)


def _since(answers: Answers) -> _Change:
    """Newton steps level by level (backfitting) and the spreads that they speak for, in turns; the shifts and their evidence."""
    cells = {level: np.unique(LEVELS[level](answers.rows), return_inverse=True) for level in LATELY}
    spread = dict.fromkeys(cells, START)
    shifts: dict[str, Floats] = {level: np.zeros(len(known)) for level, (known, _) in cells.items()}
    firm: dict[str, Floats] = {}
    total = np.zeros(len(answers.rows))
    before = answers.slopes(total).log_likelihood
    for _ in range(_ROUNDS):
        for _ in range(_STEPS):
            moved = 0.0
            for level, (known, at) in cells.items():
                now, pull = answers.slopes(total), spread[level] ** -2
                slope = np.bincount(at, now.gradient, len(known)) - pull * shifts[level]
                step = np.clip(slope / (np.bincount(at, now.curvature, len(known)) + pull), -1.0, 1.0)
                step = np.where(known >= 0, step, 0.0)
                shifts[level] = np.asarray(shifts[level] + step, np.float64)
                total = total + step[at]
                moved = max(moved, float(np.abs(step).max(initial=0.0)))
            if moved < 1e-3:
                break
        seen = answers.slopes(total).seen
        for level, (known, at) in cells.items():
            firm[level] = np.asarray(np.bincount(at, seen, len(known)) + spread[level] ** -2, np.float64)
            told = known >= 0
            if told.any():
                spread[level] = max(NARROWEST, float(np.sqrt((shifts[level] ** 2 + 1 / firm[level])[told].mean())))
    evidence = answers.slopes(total).log_likelihood - before
    for level, (known, _) in cells.items():
        told = known >= 0
        evidence -= 0.5 * float(((shifts[level] / spread[level]) ** 2 + np.log(firm[level] * spread[level] ** 2))[told].sum())
    return _Change(evidence, max(spread.values()), {level: known for level, (known, _) in cells.items()}, shifts)
