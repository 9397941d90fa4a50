"""May a learned contact model take the rule prior's place? Evidence decides, and of equals the simpler one wins.

Returns a verdict with its figures; keeping, promoting and rolling back are the registry's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.contacts.evaluation import CaseFigures, Figure, Measures, difference, ratio_of_precision

LEAST_CASES: Final = 200
MOST_ECE: Final = 0.05
MORE_COMPLAINTS: Final = 2.0
"""Complaints per 1,000 asks by which two equal models may differ by chance; more than this, or provably any, bars."""
SIMPLEST_FIRST: Final = ("prior", "recent", "rates", "logistic", "forest", "two_step", "boosted", "boosted_forest")


@dataclass(frozen=True, slots=True)
class ContactVerdict:
    """``against``: codes of what speaks against promoting: too_few_cases, no_gain, more_complaints, badly_calibrated."""

    promote: bool
    against: tuple[str, ...]
    cases: int
    precision: Figure
    ratio: Figure
    """Precision at 1 over that of the model in force."""
    complaints: Figure
    """Complaints and opt-outs per 1,000 asks."""
    complaints_more: Figure
    """The same less that of the model in force; negative = fewer."""
    ece: float


def contact_gate(challenger: CaseFigures, found: Measures, in_force: CaseFigures, seed: int = 0) -> ContactVerdict:
    """Compare a challenger with the model in force on the same kept-out cases.

    Promoted only when the gain's whole 95 % interval lies above nought, complaints are not above, and probabilities hold.
    """
    ratio = ratio_of_precision(challenger, in_force, seed)
    more = difference(challenger, in_force, "complaint", seed)
    more = Figure(1000 * more.value, 1000 * more.low, 1000 * more.high)
    against = []
    if min(len(challenger.hit), len(in_force.hit)) < LEAST_CASES:
        against.append("too_few_cases")
    if not ratio.low > 1.0:
        against.append("no_gain")
    if more.value > MORE_COMPLAINTS or more.low > 0:
        against.append("more_complaints")
    if not found.ece <= MOST_ECE:
        against.append("badly_calibrated")
    return ContactVerdict(not against, tuple(against), found.cases, found.precision, ratio, found.complaints, more, found.ece)


def champion(verdicts: Mapping[str, ContactVerdict], figures: Mapping[str, CaseFigures], seed: int = 0) -> str:
    """The kind to promote: the simplest of those that pass which is not provably worse than the best of them; else ``prior``."""
    passing = [kind for kind in SIMPLEST_FIRST if kind in verdicts and verdicts[kind].promote]
    if not passing:
        return "prior"
    best = max(passing, key=lambda kind: verdicts[kind].precision.value)
    return next(kind for kind in passing if difference(figures[kind], figures[best], "hit", seed).high >= 0)
