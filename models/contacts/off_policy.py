"""What another way of choosing whom to ask first would have reached, from days on which the first was drawn.

Only days of which every contact's probability of being asked is logged, and which are ripe: the window of all is over, so that
early good news does not count before late bad news. A letter that never came to its contact reached nobody. The other policy
chooses among those that might have been drawn: of the rest such a log says nothing. No abstention: a first is always named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.contacts.ranking import first_of_cases
from models.contacts.trials import ContactTrials, Floats, Result
from models.delivery.measures import Figure, ratio_over_debtors
from models.delivery.policies import LARGEST_WEIGHT, off_policy

LEAST_OPEN: Final = 100
"""Cases in which more than one contact might have been asked first; fewer say nothing."""
RIPE_DAYS: Final = 46
"""After which the end of any question is known: the window of 30 days, 15 more for a letter, and the day itself."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Estimates of the useful share of first questions under a policy that was never in force, beside what was really reached."""

    cases: int
    debtors: int
    open_cases: int
    """In which more than one contact might have been asked first."""
    rare_cases: int
    """In which somebody was asked who was to be asked with a probability below a half: what the estimates live on."""
    first: int
    last: int
    """Ordinals of the first and last day judged."""
    really: Figure
    """Useful share of those really asked."""
    ips: Figure
    snips: Figure
    doubly_robust: Figure
    agreeing: Figure
    """Where old and new agree: biased, shown to be distrusted."""
    gain: Figure
    """Doubly robust less what was really reached, on the same cases."""
    complaints: Figure
    """Complaints and opt-outs per 1,000 first questions, doubly robust."""
    complaints_more: Figure
    """The same less those really had."""
    beyond: float
    """Share of cases in which the policy would rather have asked somebody who could not be drawn."""
    effective: float
    """Effective number of cases."""
    cut: int
    """Weights that were cut."""


def reached(trials: ContactTrials, scores: Floats, useful: Floats, complaint: Floats, ripe_until: int, seed: int = 0) -> Reached | None:
    """Estimate for the policy that asks the best of ``scores`` first; None where nobody explored, or too little.

    Args:
        scores: what the policy orders a case's contacts by.
        useful: its P(useful) of each row, from results that are not judged here (doubly robust).
        complaint: its P(complaint or opt-out) of each row, likewise.
        ripe_until: ordinal of the last day that is judged.
    """
    used = _judged(trials, ripe_until)
    rows = trials.take(used)
    _, position = np.unique(rows.case, return_inverse=True)
    drawable = rows.propensity > 0
    choices = np.bincount(position, drawable) if len(rows) else np.zeros(0)
    if int((choices >= 2).sum()) < LEAST_OPEN:
        return None
    scores, useful, complaint = scores[used], useful[used], complaint[used]
    wanted = first_of_cases(rows, np.where(drawable, scores, -np.inf))
    preferred = first_of_cases(rows, scores)
    good, bad = rows.result == Result.USEFUL, rows.result == Result.COMPLAINT
    asked, logged, debtor = rows.asked[wanted].astype(np.float64), rows.propensity[wanted], rows.debtor[wanted]
    found = off_policy(debtor, asked * good[wanted], logged, asked, useful[wanted], useful[wanted])
    weight, ones = np.minimum(asked / logged, LARGEST_WEIGHT), np.ones(len(wanted))
    robust = useful[wanted] + weight * (good[wanted] - useful[wanted])
    annoyed = complaint[wanted] + weight * (bad[wanted] - complaint[wanted])
    times = np.bincount(position, rows.asked)
    got, lost = np.bincount(position, rows.asked & good) / times, np.bincount(position, rows.asked & bad) / times
    return Reached(
        len(wanted), len(np.unique(debtor)), int((choices >= 2).sum()), int((np.bincount(position, rows.asked & (rows.propensity < 0.5)) > 0).sum()),
        int(rows.day.min()), int(rows.day.max()), ratio_over_debtors(debtor, got, ones, seed=seed),
        found.ips, found.snips, found.doubly_robust, found.agreeing, ratio_over_debtors(debtor, robust - got, ones, seed=seed),
        ratio_over_debtors(debtor, 1000 * annoyed, ones, seed=seed), ratio_over_debtors(debtor, 1000 * (annoyed - lost), ones, seed=seed),
        float((rows.propensity[preferred] == 0).mean()), found.effective, found.cut,
    )  # fmt: skip


def _judged(trials: ContactTrials, ripe_until: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows of the cases that are judged: all probabilities logged, somebody asked whom the draw could take, and ripe."""
    if not len(trials):
        return np.zeros(0, bool)
    _, position = np.unique(trials.case, return_inverse=True)
    dark = np.bincount(position, ~np.isfinite(trials.propensity)) > 0
    drawn = np.bincount(position, trials.asked & (np.nan_to_num(trials.propensity) > 0)) > 0
    return np.asarray((~dark & drawn)[position] & (trials.day <= ripe_until))
