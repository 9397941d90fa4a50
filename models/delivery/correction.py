"""What has changed lately: shifts of the log-odds by channel and age, product and district, and estate, on top of a fitted model.

A model that has learned from years is slow to unlearn. A ridge logistic regression with the model's own log-odds as offset is
fitted to the letters of the last weeks; how far it may go (nothing, a little, much) is settled by the letters that came to be
known after those it was fitted on. Where nothing has changed it stays near zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self, cast

import numpy as np

from models.delivery.features import age_step
from models.delivery.measures import log_losses
from models.delivery.opportunities import Flags, Floats, Ints, Opportunities
from models.delivery.record import paired
from models.delivery.ripeness import Ripeness

RECENT_DAYS: Final = 63
HALF_LIFE: Final = 21.0
CHECK_DAYS: Final = 7
LEAST_CHECK: Final = 100
SCALES: Final = (0.0, 0.25, 0.5, 1.0)
"""Standard deviations that a shift may have, before the data; 0 = no correction."""
SMALLEST: Final = 0.02
_ROUNDS: Final = 25

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
    keys: Mapping[str, Ints] = field(default_factory=dict)
    """Ascending, by level."""
    shifts: Mapping[str, Floats] = field(default_factory=dict)

    def of(self, rows: Opportunities) -> Floats:
        """(n,) change of the log-odds."""
        total = np.zeros(len(rows))
        for level, known in self.keys.items():
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


def corrected(rows: Opportunities, log_odds: Floats, good: Flags, ripeness: Ripeness, as_of: int) -> Correction:
    """The correction for a model on letters with known ends, as of a day.

    The check is of letters whose end came to be known in the last week, each weighed by how rarely its like ends in just that
    week of its age: else the failures of a month ago would answer for the receipts of today.

    Args:
        log_odds: (n,) what the model says of them.
    """
    use = (rows.day >= as_of - RECENT_DAYS) & (rows.known_day < as_of)
    rows, log_odds, good = rows.take(use), log_odds[use], good[use]
    check_from = as_of - CHECK_DAYS
    ripe, weight = ripeness.weights(rows, check_from)
    before = ripe & (rows.known_day < check_from) & (rows.day < check_from)
    check, check_weight = ripeness.between(rows, check_from, as_of)
    if check.sum() < LEAST_CHECK or before.sum() < LEAST_CHECK:
        return NONE
    keys = {level: LEVELS[level](rows) for level in LATELY}
    losses = []
    for scale in SCALES:
        old = {level: one[before] for level, one in keys.items()}
        trial = ridge_shifts(old, log_odds[before], good[before], weight[before] * _fading(rows.day[before], check_from), dict.fromkeys(old, scale))
        said = 1 / (1 + np.exp(-(log_odds[check] + trial.of(rows.take(check)))))
        losses.append(float(np.average(log_losses(said, good[check]), weights=check_weight[check])))
    best = SCALES[int(np.argmin(losses))]
    ripe, weight = ripeness.weights(rows, as_of)
    now = {level: one[ripe] for level, one in keys.items()}
    return ridge_shifts(now, log_odds[ripe], good[ripe], weight[ripe] * _fading(rows.day[ripe], as_of), dict.fromkeys(now, best))


def _fading(day: Ints, until: int) -> Floats:
    return np.asarray(0.5 ** ((until - day) / HALF_LIFE), np.float64)


def ridge_shifts(keys: Mapping[str, Ints], log_odds: Floats, good: Flags, weight: Floats, scales: Mapping[str, float]) -> Correction:
    """Shifts that make these letters' log-odds fit their ends: Newton steps level by level (backfitting) under normal priors.

    Args:
        keys: (n,) of each level.
        scales: of each level the prior's standard deviation; 0 = no shift there.
    """
    cells = {level: np.unique(one, return_inverse=True) for level, one in keys.items() if scales[level]}
    if not cells:
        return NONE
    shifts = {level: np.zeros(len(known)) for level, (known, _) in cells.items()}
    total = np.zeros(len(log_odds))
    for _ in range(_ROUNDS):
        moved = 0.0
        for level, (known, at) in cells.items():
            pull = 1 / scales[level] ** 2
            p = 1 / (1 + np.exp(-np.clip(log_odds + total, -30, 30)))
            slope = np.bincount(at, weight * (good - p), len(known)) - pull * shifts[level]
            bend = np.bincount(at, weight * p * (1 - p), len(known)) + pull
            step = np.where(known >= 0, np.clip(slope / bend, -1.0, 1.0), 0.0)
            shifts[level] = shifts[level] + step
            total = total + step[at]
            moved = max(moved, float(np.abs(step).max(initial=0.0)))
        if moved < 1e-4:
            break
    kept = {level: np.abs(one) >= SMALLEST for level, one in shifts.items()}
    return Correction(
        max(scales.values()), {level: cells[level][0][kept[level]] for level in cells}, {level: np.round(shifts[level][kept[level]], 5) for level in cells}
    )  # fmt: skip
