"""Worlds of doors and couriers: who is in at which hour, and when couriers come. Synthetic; nobody here exists.

Households are of workers, pensioners, night shifts and empty-by-day villages, mixed differently from office to office; couriers
have rounds of their own. All shares are assumed. Worlds: ``habits``; ``none`` (somebody is in as likely at any hour: advice must
be silent); ``knowing`` (couriers come to whom they know to work in the evening: rates mislead); ``sudden`` (from ``CHANGE_WEEK`` on
the people of every second office go to work at night).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.guidance import SLOTS, Floats, Ints, Visits

WORLDS: Final = ("habits", "none", "knowing", "sudden")
FIRST_DAY: Final = 739_252
WEEKS: Final = 26
CHANGE_WEEK: Final = 20
OFFICES: Final = 120
IN: Final = np.array([
    [0.15, 0.12, 0.62, 0.60, 0.45, 0.60],  # work by day
    [0.72, 0.62, 0.70, 0.70, 0.62, 0.70],  # pensioners
    [0.25, 0.60, 0.15, 0.50, 0.55, 0.45],  # night shift
    [0.10, 0.08, 0.15, 0.30, 0.28, 0.25],  # away for work, home on some weekends
])  # fmt: skip
WORK_IN: Final = np.array([0.75, 0.70, 0.20, 0.12, 0.10, 0.04])
"""Somebody at a place of work."""


class GuidanceWorld:
    """One world: its offices, and visits of ``WEEKS`` weeks."""

    def __init__(self, name: str, seed: int, pieces: float = 60.0) -> None:
        if name not in WORLDS:
            raise ValueError(f"no world {name!r}")
        self.name = name
        rng = np.random.default_rng([seed, 31])
        self.mix = rng.dirichlet([1.6, 1.2, 0.5, 0.7], OFFICES)
        self.rounds = rng.dirichlet([6, 5, 1.2, 1.6, 1.2, 0.5], OFFICES)
        self.pieces = np.maximum(rng.lognormal(np.log(pieces), 0.8, OFFICES), 3).astype(np.int64)
        self.city = rng.integers(0, 12, OFFICES)
        self._rng = np.random.default_rng([seed, 37])

    def rates(self, work: bool, week: int) -> Floats:
        """(OFFICES, SLOTS) true chance that somebody is met at a random door."""
        if work:
            return np.tile(np.full(SLOTS, WORK_IN.mean()) if self.name == "none" else WORK_IN, (OFFICES, 1))
        found = self._mix(week) @ IN
        return np.repeat(found.mean(axis=1, keepdims=True), SLOTS, axis=1) if self.name == "none" else found

    def _mix(self, week: int) -> Floats:
        if self.name == "sudden" and week >= CHANGE_WEEK:
            moved = self.mix.copy()
            moved[::2, 2] += 0.9 * moved[::2, 0]
            moved[::2, 0] *= 0.1
            return moved
        return self.mix

    def visits(self) -> Visits:
        """First visits, one in eight at a place of work."""
        rng = self._rng
        office = np.repeat(np.arange(OFFICES), self.pieces)
        count = len(office)
        work = rng.random(count) < 0.125
        week = rng.integers(0, WEEKS, count)
        slot = _drawn(rng, self.rounds[office])
        met_chance = np.empty(count)
        for one in range(WEEKS):
            now = week == one
            for at_work in (False, True):
                here = now & (work == at_work)
                met_chance[here] = self.rates(at_work, one)[office[here], slot[here]]
        if self.name == "knowing":
            household = _drawn(rng, self.mix[office])
            late = ~work & (household == 0) & (rng.random(count) < 0.6)
            slot = np.where(late, 2, slot)
            met_chance = np.where(work, met_chance, IN[household, slot])
        weekday = np.where(slot >= 3, rng.integers(5, 7, count), rng.integers(0, 5, count))
        first_monday = FIRST_DAY - (FIRST_DAY - 1) % 7
        return Visits(office, self.city[office], work, slot, rng.random(count) < met_chance, first_monday + 7 * week + weekday)


def _drawn(rng: np.random.Generator, shares: Floats) -> Ints:
    return np.asarray((rng.random(len(shares))[:, None] > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1), np.int64)
