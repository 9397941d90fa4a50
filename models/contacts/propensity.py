"""Who was asked, and with which probability: weights that let the asked rows stand for all candidates.

Logged probabilities are used where there are any; the rest are estimated from features, which cannot see what the clerk
saw and the file does not hold (hidden confounding stays). Weights are clipped: a rare question must not rule the fit.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.contacts.trials import ContactTrials

Floats = NDArray[np.float64]

LEAST_PROPENSITY: Final = 0.05
MOST_WEIGHT: Final = 6.0
"""Of the mean weight."""


def inverse_propensity(trials: ContactTrials, rows: NDArray[np.int64]) -> Floats:
    """Weights (mean 1) of the rows at these positions, all of them asked; every candidate of the set tells who is asked."""
    propensity = trials.propensity[rows]
    if np.isnan(propensity).any():
        propensity = np.where(np.isnan(propensity), _estimated(trials)[rows], propensity)
    weights = 1 / np.clip(propensity, LEAST_PROPENSITY, 1.0)
    weights = np.minimum(weights / weights.mean(), MOST_WEIGHT)
    return np.asarray(weights / weights.mean(), dtype=np.float64)


def _estimated(trials: ContactTrials) -> Floats:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  only who fits needs it

    if trials.asked.all() or not trials.asked.any():
        return np.ones(len(trials))
    spread = trials.values.std(axis=0)
    design = (trials.values - trials.values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    design = np.hstack([design, np.eye(len(trials.groups))[trials.group]])
    model = LogisticRegression(C=0.5, max_iter=300).fit(design, trials.asked)
    return np.asarray(model.predict_proba(design)[:, 1], dtype=np.float64)
