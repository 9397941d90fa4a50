"""Does a model in force still fit what comes? Population stability of what it says, calibration, and loss against the rules.

Windows are of ripe letters: old enough that nearly every end is known, so that early receipts don't flatter it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.delivery.measures import Figure, difference, log_losses
from models.delivery.opportunities import Flags, Floats, Ints

WINDOW_DAYS: Final = 28
LEAST_WINDOW: Final = 200
"""Letters with a known end in a window; fewer are no evidence."""
PSI_ALARM: Final = 0.25
"""Above 0.25 a population has shifted, by the usual rule of thumb (Siddiqi, Credit Risk Scorecards, 2006)."""
CALIBRATION_ALARM: Final = 0.03
BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Usual:
    """How a model's probabilities lay when it was tested: inner edges of ten bins of equal count."""

    edges: tuple[float, ...]

    @classmethod
    def of(cls, said: Floats) -> Usual:
        """Of the test's probabilities."""
        return cls(tuple(float(edge) for edge in np.quantile(said, np.linspace(0, 1, BINS + 1)[1:-1])))

    def psi(self, said: Floats) -> float:
        """Population stability index of these against the usual: sum of (a - e) ln(a / e), shares kept from zero."""
        if not len(said):
            return 0.0
        seen = np.bincount(np.searchsorted(np.array(self.edges), said), minlength=BINS) / len(said)
        usual = np.full(BINS, 1 / BINS)
        seen = np.maximum(seen, 0.5 / len(said))
        return float(((seen - usual) * np.log(seen / usual)).sum())


@dataclass(frozen=True, slots=True)
class Window:
    """One window of a model in force. Days are ordinals, both inclusive."""

    first: int
    last: int
    letters: int
    delivered: int
    said: float
    """Mean probability that it had given them."""
    psi: float
    against_rules: Figure
    """Its log loss above the rules' on the same letters (negative = better)."""

    @property
    def judged(self) -> bool:
        """Whether there are letters enough to judge by."""
        return self.letters >= LEAST_WINDOW

    @property
    def worse(self) -> bool:
        """Worse than the rules."""
        return self.judged and self.against_rules.value > 0

    @property
    def alarms(self) -> tuple[str, ...]:
        """Codes of what an operator should look at: psi | calibration | worse."""
        if not self.judged:
            return ()
        off = self.said - self.delivered / self.letters
        noise = 2 * (0.25 / self.letters) ** 0.5
        return tuple(
            code
            for code, so in (("psi", self.psi > PSI_ALARM), ("calibration", abs(off) > max(CALIBRATION_ALARM, noise)), ("worse", self.worse))
            if so
        )


def windows(day: Ints, debtor: Ints, said: Floats, rules: Floats, good: Flags, usual: Usual, ripe_until: int, *, count: int = 2) -> tuple[Window, ...]:
    """The last ``count`` windows that end on ``ripe_until`` (ordinal), the newest first; letters outside of them are not looked at."""
    found = []
    for back in range(count):
        last = ripe_until - back * WINDOW_DAYS
        first = last - WINDOW_DAYS + 1
        use = (day >= first) & (day <= last)
        loss = difference(debtor[use], log_losses(said[use], good[use]), log_losses(rules[use], good[use]), np.ones(int(use.sum())))
        mean = float(said[use].mean()) if use.any() else float("nan")
        found.append(Window(first, last, int(use.sum()), int(good[use].sum()), mean, usual.psi(said[use]), loss))
    return tuple(found)


def must_step_back(newest_first: Sequence[Window]) -> bool:
    """Worse than the rules in two windows, one after the other, each with letters enough."""
    return len(newest_first) >= 2 and all(one.worse for one in newest_first[:2])
