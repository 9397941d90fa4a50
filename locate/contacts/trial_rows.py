"""Rows for the contact models out of what ``locate.contacts`` knows: features in their order, the rule prior beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from locate.contacts.features import FEATURE_NAMES, ContactFeatures
from locate.contacts.ranking import RulePrior, load_contact_priors
from locate.contacts.relations import RelationGroup
from models.contacts.trials import ContactTrials, Result

Ints = NDArray[np.int64]

GROUP_NAMES: Final = tuple(group.value for group in RelationGroup if group is not RelationGroup.UNKNOWN)
"""Relation groups that may be asked; a trial's group is a position in it."""
_POSITION: Final = {name: at for at, name in enumerate(GROUP_NAMES)}


def trials_of(
    rows: Sequence[ContactFeatures], *, case: Ints, debtor: Ints, lender: Ints, day: Ints, asked: NDArray[np.bool_] | None = None,
    propensity: NDArray[np.float64] | None = None, result: Ints | None = None, known_day: Ints | None = None,
) -> ContactTrials:  # fmt: skip
    """Trials of contacts with a known relation; without what became of them they are rows to be scored.

    Raises:
        ValueError: a contact of unknown relation (nobody asks it: R-THP-06), or columns that do not fit.
    """
    if any(row.group is RelationGroup.UNKNOWN for row in rows):
        raise ValueError("a contact of unknown relation is no trial")
    count = len(rows)
    complaint = load_contact_priors().complaint
    prior = [answer.probability for answer in RulePrior().estimate(tuple(rows))]
    return ContactTrials(
        FEATURE_NAMES, GROUP_NAMES, case, debtor, lender, day,
        np.array([_POSITION[row.group.value] for row in rows], dtype=np.int64),
        np.array([row.values for row in rows], dtype=np.float64).reshape(count, len(FEATURE_NAMES)),
        np.array(prior, dtype=np.float64), np.array([complaint[row.group] for row in rows], dtype=np.float64),
        np.zeros(count, bool) if asked is None else asked,
        np.full(count, np.nan) if propensity is None else propensity,
        np.full(count, int(Result.UNKNOWN)) if result is None else result,
        np.full(count, -1) if known_day is None else known_day,
    )  # fmt: skip
