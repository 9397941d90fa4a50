"""Whether a feature knows what came later: looked at in every training, loudly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from models.delivery.features import FEATURES, Record, matrix
from models.delivery.opportunities import Flags, Floats, Opportunities, known_by
from models.ranking_metrics import auc

LEAST: Final = 300
"""Letters with a known end: with fewer nothing is learned, nor does a single feature's order say something."""
TELLTALE: Final = 0.985
"""No honest feature orders outcomes this well: one that does has seen the answer."""


class LeakFound(ValueError):
    """A feature knows what was not known on its day. ``args``: which, and how it showed."""


def demand_no_leak(rows: Opportunities, features: Floats, record: Record, good: Flags, *, sample: int = 12, blank: Sequence[int] = ()) -> None:
    """Fail loudly where a feature knows what came later.

    Two looks: on days drawn evenly the features are built anew from a record that holds nothing known on that day or later, and
    must be the same to the last bit that matters (but for the columns ``blank``, which are empty); and no single feature may
    order the outcomes almost perfectly.

    Raises:
        LeakFound: which feature, and how it showed.
    """
    days = np.unique(rows.day)
    for day in days[np.linspace(0, len(days) - 1, min(sample, len(days))).astype(int)]:
        today = rows.day == day
        then = matrix(rows.take(today), Record.of(rows.take(known_by(rows, int(day)))))
        then[:, list(blank)] = 0.0
        off = np.abs(then - features[today]) > 1e-6 * (1 + np.abs(then))
        if off.any():
            raise LeakFound(FEATURES[int(np.flatnonzero(off.any(axis=0))[0])], "differs from what was known on its day")
    if len(rows) < LEAST:
        return
    for position, name in enumerate(FEATURES):
        column = features[:, position]
        if column.min() < column.max():
            order = auc(column, good)
            if max(order, 1 - order) > TELLTALE:
                raise LeakFound(name, f"orders the outcomes by itself (AUC {max(order, 1 - order):.3f})")
