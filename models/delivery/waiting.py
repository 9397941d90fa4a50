"""Silence is an answer, too: letters of the last weeks with ends known and not yet known, as one likelihood of their log-odds.

A letter with a known end counts as it ended. One that is still under way at age *a* is delivered and silent with chance
p (1 - F_delivered(a)), or failed and silent with (1 - p)(1 - F_failed(a)), or never answered at all: a cure model with known
delays (Farewell 1982; for delayed feedback Chapelle, KDD 2014). So letters teach from the first days on, without the
weights of ``ripeness`` and without their bias to whatever ends early.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from models.delivery.measures import TINY
from models.delivery.opportunities import Flags, Floats, Opportunities
from models.delivery.ripeness import LONGEST, Ripeness

NEVER: Final = (2.0, 100.0)
"""Letters that never get an end, of how many: before the data (assumed: two per cent are lost, damaged or taken back)."""
RECENT: Final = 63
"""Days: letters of so long are looked at."""
LEAST_WAITING: Final = 0.5
"""Of the letters that must be under way by the delays: where the rows hold fewer, whoever gave them left those out, and silence says
nothing."""


@dataclass(frozen=True, slots=True)
class Slopes:
    """First and second derivatives of a log-likelihood by each letter's log-odds."""

    gradient: Floats
    curvature: Floats
    """As if every end were known in part: never too small, so that steps are safe."""
    seen: Floats
    """What is known of a letter, at least 0."""
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class Answers:
    """Letters of the last weeks. Arrays are parallel to ``rows``."""

    rows: Opportunities
    log_odds: Floats
    """What a model says that has not seen their ends."""
    good: Flags
    """Delivered; of no meaning where ``open``."""
    open: Flags
    still: Floats
    """(2, n) share of failed and of delivered letters that are silent at this age."""
    never: float
    """Share of letters that never get an end."""
    weight: Floats

    @classmethod
    def of(cls, known: Opportunities, log_odds: Floats, good: Flags, waiting: Opportunities, waiting_log_odds: Floats, never: float, ripeness: Ripeness, as_of: int) -> Self:
        """Of letters with ends known before ``as_of`` and letters under way on that day. Silence is counted up to the day of the latest news:
        answers that nobody has fetched yet are no silence of the post."""
        ripe, weight = ripeness.weights(known, as_of)
        heard = min(as_of, int(known.known_day.max(initial=as_of - RECENT)) + 1)
        if len(waiting) < LEAST_WAITING * float((weight[ripe] - 1).sum()):
            known, log_odds, good, waiting, waiting_log_odds = known.take(ripe), log_odds[ripe], good[ripe], waiting.take(np.zeros(0, np.int64)), np.zeros(0)
            weight = weight[ripe]
        else:
            weight = np.ones(len(known))
        still = np.where(waiting.day < heard, 1 - ripeness.known[:, np.clip(heard - 1 - waiting.day, 0, LONGEST)], 1.0)
        return cls(
            Opportunities.joined(known, waiting), np.r_[log_odds, waiting_log_odds], np.r_[good, np.zeros(len(waiting), bool)],
            np.r_[np.zeros(len(known), bool), np.ones(len(waiting), bool)], np.c_[np.ones((2, len(known))), still], never, np.r_[weight, np.ones(len(waiting))],
        )  # fmt: skip

    def take(self, which: Flags) -> Self:
        """Some of the letters."""
        return type(self)(self.rows.take(which), self.log_odds[which], self.good[which], self.open[which], self.still[:, which], self.never, self.weight[which])

    def slopes(self, shift: Floats) -> Slopes:
        """At the log-odds moved by ``shift``."""
        p = 1 / (1 + np.exp(-np.clip(self.log_odds + shift, -30, 30)))
        delivered, failed = (1 - self.never) * p * self.still[1], (1 - self.never) * (1 - p) * self.still[0]
        silent = self.never + delivered + failed
        share = np.where(self.open, delivered / silent, self.good)
        either = np.where(self.open, (delivered + failed) / silent, 1.0)
        gradient = share - either * p
        spread = either * p * (1 - p)
        unknown = share * (1 - p) ** 2 + (either - share) * p**2 - gradient**2
        loss = np.where(self.open, silent, np.where(self.good, p, 1 - p))
        return Slopes(
            self.weight * gradient, self.weight * spread, self.weight * np.where(self.open, np.maximum(spread - unknown, 0.0), spread),
            float(self.weight @ np.log(np.maximum(loss, TINY))),
        )  # fmt: skip


def never_answered(rows: Opportunities, as_of: int, after_days: int) -> float:
    """Share of the letters older than this that have no end: faults, letters taken back; with a little assumed before the data."""
    old = rows.written & (rows.day < as_of - after_days)
    without = old & ((rows.outcome < 0) | (rows.known_day >= as_of))
    return float((without.sum() + NEVER[0]) / (old.sum() + NEVER[1]))
