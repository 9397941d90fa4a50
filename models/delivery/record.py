"""What had been learned of a place, office or channel by a day: counts of outcomes that fade with time, point in time.

A count of day ``d`` weighs ``exp(-(asked - d) / tau)`` when asked; only what was known *before* the day asked counts, so a
feature can't look ahead (law-and-post.md §7c: what was known when the decision was made). Pure arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_DAYS: Final = 1 << 22
"""More than any proleptic ordinal (9999-12-31 is 3,652,059)."""


def paired(*parts: Ints) -> Ints:
    """One key of several: equal for equal parts, else (but for one in 2**62) different; -1 where any part is not known."""
    mixed = np.zeros(len(parts[0]), np.uint64)
    for part in parts:
        mixed ^= part.astype(np.uint64)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
    known = np.logical_and.reduce([part >= 0 for part in parts])
    return np.where(known, (mixed >> np.uint64(2)).astype(np.int64), -1)


@dataclass(frozen=True, slots=True)
class Tally:
    """Fading counts of one kind of key: of rooms, say. ``classes`` columns of counts."""

    keys: Ints
    """Distinct keys, ascending."""
    stamps: Ints
    """Position of the key × ``_DAYS`` + day known, ascending."""
    sums: Floats
    """(len(stamps) + 1, classes): running sums of exp((day - first_day) / tau)."""
    first_day: int
    tau: float

    @classmethod
    def of(cls, keys: Ints, days: Ints, classes: Ints, count: int, tau: float) -> Self:
        """Of parallel arrays: key (-1 is left out), day known, class (0..count-1).

        Raises:
            ValueError: the days span more than 600 ``tau`` (the sums would overflow).
        """
        use = keys >= 0
        keys, days, classes = keys[use], days[use], classes[use]
        if not len(keys):
            return cls(keys, keys, np.zeros((1, count)), 0, tau)
        first, last = int(days.min()), int(days.max())
        if last - first > 600 * tau:
            raise ValueError(f"{last - first} days of outcomes are too many for a memory of {tau:g} days")
        distinct, position = np.unique(keys, return_inverse=True)
        stamps = position.astype(np.int64) * _DAYS + days
        order = np.argsort(stamps, kind="stable")
        weights = np.exp((days[order] - first) / tau)
        sums = np.zeros((len(keys) + 1, count))
        for one in range(count):
            np.cumsum(np.where(classes[order] == one, weights, 0.0), out=sums[1:, one])
        return cls(distinct, stamps[order], sums, first, tau)

    def before(self, keys: Ints, days: Ints) -> Floats:
        """(n, classes): fading counts of each key of what was known before each day; zeros for a key never seen."""
        if not len(self.keys):
            return np.zeros((len(keys), self.sums.shape[1]))
        position = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[position] == keys
        start = np.searchsorted(self.stamps, position * _DAYS)
        end = np.searchsorted(self.stamps, position * _DAYS + days)
        counts = (self.sums[end] - self.sums[start]) * np.exp(-(days - self.first_day) / self.tau)[:, None]
        return np.where(known[:, None], np.maximum(counts, 0.0), 0.0)
