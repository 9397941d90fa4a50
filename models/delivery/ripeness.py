"""Letters whose end is known early are not like the others: receipts come in days, returns in weeks. What is known weighs for
what is not known yet.

The distribution of the time until a letter's end is known is estimated per class (delivered, not) from right-truncated
delays (Lynden-Bell, MNRAS 1971): an end is seen only if it came before today. A known letter of class c and age a then weighs
1 / F_c(a) (inverse probability of censoring; Robins, Rotnitzky 1992; for delayed feedback Chapelle, KDD 2014). Letters too
young to weigh for all their likes are left out. Without this the last weeks look delivered far too often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from models.delivery.opportunities import DELIVERED, Flags, Floats, Ints, Opportunities

LEAST_KNOWN: Final = 0.25
"""Share of its class that must be known at a letter's age; the greatest weight is its inverse."""
LEAST_BETWEEN: Final = 0.10
LONGEST: Final = 400
"""Days after which nothing more is waited for."""


@dataclass(frozen=True, slots=True)
class Ripeness:
    """``known[c, a]``: share of class c (0 not delivered, 1 delivered) whose end is known ``a`` days after the letter's day."""

    known: Floats

    @classmethod
    def of(cls, rows: Opportunities, as_of: int) -> Self:
        """Of letters whose end was known before ``as_of``."""
        good = np.isin(rows.outcome, list(DELIVERED))
        delay = np.minimum(rows.known_day - rows.day, LONGEST)
        seen = np.minimum(as_of - 1 - rows.day, LONGEST)
        return cls(np.stack([_truncated(delay[part], seen[part]) for part in (~good, good)]))

    def weights(self, rows: Opportunities, as_of: int) -> tuple[Flags, Floats]:
        """(ripe, weight) of letters whose end was known before ``as_of``: which may be used, and for how many each stands."""
        good = np.isin(rows.outcome, list(DELIVERED)).astype(np.int64)
        age = np.clip(as_of - 1 - rows.day, 0, LONGEST)
        ripe = self.known[:, age].min(axis=0) >= LEAST_KNOWN
        return ripe, np.where(ripe, 1.0 / np.maximum(self.known[good, age], LEAST_KNOWN), 0.0)

    def between(self, rows: Opportunities, first: int, until: int) -> tuple[Flags, Floats]:
        """(which, weight) of letters whose end came to be known from ``first`` on and before ``until``: for how many of the same age
        each stands, ends of other times included. Ages at which few ends come in that time are left out."""
        good = np.isin(rows.outcome, list(DELIVERED)).astype(np.int64)
        late, early = np.clip(until - 1 - rows.day, 0, LONGEST), np.clip(first - 1 - rows.day, -1, LONGEST)
        known_before = np.where(early >= 0, self.known[:, np.maximum(early, 0)], 0.0)
        share = self.known[:, late] - known_before
        use = (rows.known_day >= first) & (rows.known_day < until) & (share.min(axis=0) >= LEAST_BETWEEN)
        return use, np.where(use, 1.0 / np.maximum(share[good, np.arange(len(rows))], LEAST_BETWEEN), 0.0)

    def days_until(self, share: float) -> int:
        """Days until this share of either class is known."""
        return int(np.argmax(self.known.min(axis=0) >= share))


def _truncated(delay: Ints, seen: Ints) -> Floats:
    """(LONGEST + 1,) share of delays up to each day, given that a delay is seen only where it is at most ``seen``."""
    ended = np.bincount(delay, minlength=LONGEST + 1).astype(np.float64)
    at_risk = np.cumsum(ended) - np.r_[0.0, np.cumsum(np.bincount(seen, minlength=LONGEST + 1))[:-1]]
    stays = 1.0 - np.where(at_risk > 0, ended / np.maximum(at_risk, 1.0), 0.0)
    # Where only one letter is left to compare with, nothing can be told; it must not throw the whole estimate to zero.
    stays = np.where(at_risk >= 5, stays, 1.0)
    later = np.cumprod(stays[::-1])[::-1]
    return np.asarray(np.r_[later[1:], 1.0], np.float64)
