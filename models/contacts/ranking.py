"""From probabilities to an order: P(useful) less λ × P(complaint or opt-out), and nobody below a floor."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.contacts.trials import ContactTrials

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COMPLAINT_PENALTY: Final = 0.5
"""λ of a learned model: how many useful answers one complaint outweighs (chosen on the worlds' development seeds: with more,
calibrated complaints drown the usefulness, of which one in ten is much). The rule prior keeps its own, 4.0."""
ABSTAIN_BELOW: Final = 0.01
"""Nobody is asked for less than one useful answer in a hundred questions, complaints taken off."""


def contact_scores(useful: Floats, complaint: Floats, penalty: float) -> Floats:
    """The score by which contacts of a case are ordered."""
    return np.asarray(useful - penalty * complaint, dtype=np.float64)


def case_order(trials: ContactTrials, scores: Floats) -> Ints:
    """Positions sorted by case, within it from best to worst; ties fall to the lender's own order, then to the row's place."""
    listed = trials.column("listed") if "listed" in trials.features else np.zeros(len(trials))
    return np.lexsort((np.arange(len(trials)), listed, -scores, trials.case))


def first_of_cases(trials: ContactTrials, scores: Floats) -> Ints:
    """Position of the best contact of each case, cases ascending."""
    order = case_order(trials, scores)
    cases = trials.case[order]
    starts = np.flatnonzero(np.r_[True, cases[1:] != cases[:-1]]) if len(order) else np.zeros(0, np.int64)
    return order[starts]
