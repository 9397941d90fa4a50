"""How good is a ranking? AUC, first-hit rate and mean reciprocal rank. Arrays in, numbers out; ties count half.

Each figure says nothing without its denominator: callers state it (R-AI-06).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def auc(scores: Floats, good: Flags) -> float:
    """Probability that a good one scores above a bad one (Mann-Whitney).

    Raises:
        ValueError: when there are no good ones or no bad ones.
    """
    scores, good = np.asarray(scores, dtype=np.float64), np.asarray(good, dtype=np.bool_)
    positives, negatives = int(good.sum()), int((~good).sum())
    if not positives or not negatives:
        raise ValueError("AUC needs good and bad examples")
    order = np.sort(scores)
    left = np.searchsorted(order, scores, side="left")
    right = np.searchsorted(order, scores, side="right")
    ranks = (left + right + 1) / 2
    return float((ranks[good].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _case_rows(cases: Sequence[str]) -> list[NDArray[np.int64]]:
    rows: dict[str, list[int]] = {}
    for position, case in enumerate(cases):
        rows.setdefault(case, []).append(position)
    return [np.asarray(found, dtype=np.int64) for found in rows.values()]


def first_hit_rate(scores: Floats, good: Flags, cases: Sequence[str]) -> float:
    """Share of cases (those with a good candidate) whose highest-scored candidate is good; ties share the credit."""
    hits: list[float] = []
    for rows in _case_rows(cases):
        if good[rows].any():
            best = rows[scores[rows] == scores[rows].max()]
            hits.append(float(good[best].mean()))
    if not hits:
        raise ValueError("no case has a good candidate")
    return float(np.mean(hits))


def mean_reciprocal_rank(scores: Floats, good: Flags, cases: Sequence[str]) -> float:
    """Mean over cases (those with a good candidate) of 1 / rank of the first good one; ties take their mean rank."""
    values: list[float] = []
    for rows in _case_rows(cases):
        if good[rows].any():
            top = scores[rows][good[rows]].max()
            above = int((scores[rows] > top).sum())
            level = int((scores[rows] == top).sum())
            values.append(1.0 / (above + (level + 1) / 2))
    if not values:
        raise ValueError("no case has a good candidate")
    return float(np.mean(values))
