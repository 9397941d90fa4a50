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
    """Fading counts of one kind of key: of rooms, say. ``classes`` columns of counts, once for each memory."""

    keys: Ints
    """Distinct keys, ascending."""
    starts: Ints
    """Parallel to ``keys``: where the key's stamps begin."""
    stamps: Ints
    """Position of the key × ``_DAYS`` + day known, ascending."""
    sums: tuple[Floats, ...]
    """Parallel to ``taus``, each (len(stamps) + 1, classes): running sums of exp((day - first_day) / tau)."""
    first_day: int
    taus: tuple[float, ...]
    """Memories in days."""

    @classmethod
    def of(cls, keys: Ints, days: Ints, classes: Ints, count: int, *taus: float) -> Self:
        """Of parallel arrays: key (-1 is left out), day known, class (0..count-1).

        Raises:
            ValueError: the days span more than 600 times the shortest of ``taus`` (the sums would overflow).
        """
        use = keys >= 0
        keys, days, classes = keys[use], days[use], classes[use]
        if not len(keys):
            return cls(keys, keys, keys, tuple(np.zeros((1, count)) for _ in taus), 0, taus)
        first, last = int(days.min()), int(days.max())
        if last - first > 600 * min(taus):
            raise ValueError(f"{last - first} days of outcomes are too many for a memory of {min(taus):g} days")
        distinct, position = np.unique(keys, return_inverse=True)
        stamps = position.astype(np.int64) * _DAYS + days
        order = np.argsort(stamps, kind="stable")
        stamps, days, classes = stamps[order], days[order], classes[order]
        sums = []
        for tau in taus:
            weights = np.exp((days - first) / tau)
            running = np.zeros((len(keys) + 1, count))
            for one in range(count):
                np.cumsum(np.where(classes == one, weights, 0.0), out=running[1:, one])
            sums.append(running)
        return cls(distinct, np.searchsorted(stamps, np.arange(len(distinct)) * _DAYS), stamps, tuple(sums), first, taus)

    def before(self, keys: Ints, days: Ints) -> tuple[Floats, ...]:
        """For each memory (n, classes): fading counts of each key of what was known before each day; zeros for a key never seen."""
        if not len(self.keys):
            return tuple(np.zeros((len(keys), running.shape[1])) for running in self.sums)
        order = np.argsort(keys, kind="stable")  # asked in the order of the record: a search in sorted order stays in the cache
        asked, days = keys[order], days[order]
        position = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        start, end = self.starts[position], np.searchsorted(self.stamps, position * _DAYS + days)
        never = self.keys[position] != asked
        found = []
        for running, tau in zip(self.sums, self.taus, strict=True):
            counts = running.take(end, axis=0)
            counts -= running.take(start, axis=0)
            counts *= np.exp(-(days - self.first_day) / tau)[:, None]
            counts[never] = 0.0
            np.maximum(counts, 0.0, out=counts)
            out = np.empty_like(counts)
            out[order] = counts
            found.append(out)
        return tuple(found)
