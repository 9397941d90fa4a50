"""When a courier meets somebody, by delivery office and kind of place: rates with honest uncertainty, and advice only beyond chance.

A visit is the first time that a courier stood at a door with a piece; whether somebody was met there is what the hour can change.
Rates of an office's hours are shrunk to those of its city, and these to all (empirical Bayes with assumed weights); older visits
fade. An hour is advised only where it rests on ``LEAST`` pieces and beats the office's other hours by ``GAIN`` with probability
``SURE``, which allows for looking at many hours at once. Couriers choose their hours by what they know, so a rate is no promise:
it is not an experiment. Pure arrays; no person is in here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import erf, sqrt
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

BANDS: Final = (12, 17)
"""Hours at which the second and the third part of a day begin."""
SLOTS: Final = 6
"""Weekday morning, afternoon, evening; weekend morning, afternoon, evening."""
OPTIONS: Final[tuple[tuple[str, frozenset[int]], ...]] = (
    ("weekday_morning", frozenset({0})), ("weekday_afternoon", frozenset({1})), ("weekday_evening", frozenset({2})),
    ("weekend_morning", frozenset({3})), ("weekend_afternoon", frozenset({4})), ("weekend_evening", frozenset({5})),
    ("weekday", frozenset({0, 1, 2})), ("weekend", frozenset({3, 4, 5})), ("morning", frozenset({0, 3})), ("afternoon", frozenset({1, 4})), ("evening", frozenset({2, 5})),
)  # fmt: skip
"""What can be advised, with its slots."""
LEAST: Final = 10
"""Pieces that an advised time must rest on (as k = 10 elsewhere), and the other times together too."""
GAIN: Final = 0.05
SURE: Final = 0.99
CITY_WEIGHT: Final = 60.0
OFFICE_WEIGHT: Final = 20.0
"""Visits that the level above counts for [D]."""
HALF_LIFE: Final = 120.0
"""Days after which a visit counts half [D]."""
WINDOW: Final = 365
"""Days looked back."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Parallel arrays, a line a piece: its first visit."""

    office: Ints
    city: Ints
    work: Flags
    """At a place of work; else at a home."""
    slot: Ints
    met: Flags
    day: Ints
    """Proleptic ordinal."""

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: Ints | Flags) -> Self:
        """These lines."""
        return type(self)(self.office[rows], self.city[rows], self.work[rows], self.slot[rows], self.met[rows], self.day[rows])


def slot_of(weekday: int, hour: int) -> int:
    """The slot of a moment; ``weekday`` 0 = Monday, both as of Asia/Shanghai."""
    return 3 * (weekday >= 5) + int(hour >= BANDS[0]) + int(hour >= BANDS[1])


@dataclass(frozen=True, slots=True)
class Advice:
    """A time that is better at an office for a kind of place. Rates are seen ones, unweighted, of ``pieces`` and ``others``."""

    office: int
    work: bool
    option: str
    pieces: int
    met: int
    others: int
    others_met: int
    gain: float
    """Expected, shrunk: share met at that time less share met at the others."""
    sure: float
    first_day: int
    last_day: int


@dataclass(frozen=True, slots=True)
class _Level:
    """Fading sums by (key, slot)."""

    keys: Ints
    met: Floats
    seen: Floats

    def at(self, key: int) -> tuple[Floats, Floats]:
        place = int(np.searchsorted(self.keys, key))
        return self.met[place], self.seen[place]


def advice(visits: Visits, as_of: int) -> tuple[list[Advice], int]:
    """(advice in order of office and kind, pairs of office and kind that were looked at) from visits before ``as_of``."""
    visits = visits.take((visits.day < as_of) & (visits.day >= as_of - WINDOW))
    found: list[Advice] = []
    pairs = 0
    for work in (False, True):
        part = visits.take(visits.work == work)
        if len(part):
            more, looked = _of_kind(part, work, as_of)
            found += more
            pairs += looked
    return sorted(found, key=lambda one: (one.office, one.work)), pairs


def _of_kind(visits: Visits, work: bool, as_of: int) -> tuple[list[Advice], int]:
    weight = 0.5 ** ((as_of - visits.day) / HALF_LIFE)
    everyone = _summed(np.zeros(len(visits), np.int64), visits, weight)
    cities, offices = _summed(visits.city, visits, weight), _summed(visits.office, visits, weight)
    met_all, seen_all = everyone.at(0)
    # A slot that was hardly ever tried is taken for like the rest.
    general = (met_all + 20 * met_all.sum() / max(seen_all.sum(), 1e-9)) / (seen_all + 20)
    order = np.argsort(visits.office, kind="stable")
    found, looked = [], 0
    for rows in _runs(visits.office[order]):
        mine = visits.take(order[rows])
        looked += 1
        met, seen = cities.at(int(mine.city[0]))
        prior = (met + CITY_WEIGHT * general) / (seen + CITY_WEIGHT)
        met, seen = offices.at(int(mine.office[0]))
        up, down = met + OFFICE_WEIGHT * prior, seen - met + OFFICE_WEIGHT * (1 - prior)
        best = max((one for one in _options(mine, work, up / (up + down), up + down)), key=lambda one: (one.gain * one.sure, one.option), default=None)
        if best is not None:
            found.append(best)
    return found, looked


def _summed(key: Ints, visits: Visits, weight: Floats) -> _Level:
    keys, position = np.unique(key, return_inverse=True)
    cell, size = position * SLOTS + visits.slot, len(keys) * SLOTS
    shape = (len(keys), SLOTS)
    met, seen = (np.bincount(cell, values, size).astype(np.float64).reshape(shape) for values in (weight * visits.met, weight))
    return _Level(keys, met, seen)


def _runs(ordered: Ints) -> Iterator[slice]:
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    for start, end in zip(starts, np.r_[starts[1:], len(ordered)], strict=True):
        yield slice(int(start), int(end))


def _options(mine: Visits, work: bool, rate: Floats, strength: Floats) -> Iterator[Advice]:
    """Times that are better here beyond chance."""
    count = np.bincount(mine.slot, minlength=SLOTS)
    met = np.bincount(mine.slot, mine.met, minlength=SLOTS)
    variance = rate * (1 - rate) / (strength + 1)
    for name, slots in OPTIONS:
        here = np.isin(np.arange(SLOTS), list(slots))
        pieces, others = int(count[here].sum()), int(count[~here].sum())
        if pieces < LEAST or others < LEAST:
            continue
        # Of a time of several slots, and of the others, the mean over the visits that were paid.
        shares = [np.where(side, count, 0) / count[side].sum() for side in (here, ~here)]
        gain = float(rate @ (shares[0] - shares[1]))
        spread = sqrt(float(variance @ np.square(shares[0] - shares[1])))
        sure = 0.5 * (1 + erf((gain - GAIN) / max(spread, 1e-9) / sqrt(2)))
        if sure >= SURE:
            yield Advice(
                int(mine.office[0]), work, name, pieces, int(met[here].sum()), others, int(met[~here].sum()), gain, sure, int(mine.day.min()), int(mine.day.max()),
            )  # fmt: skip


def share_beyond(count: int, of: int, least: float) -> bool:
    """Whether a share is above ``least`` beyond chance: 99 % one-sided Wilson bound, of ``LEAST`` or more."""
    if of < LEAST:
        return False
    z, share = 2.326348, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half > least
