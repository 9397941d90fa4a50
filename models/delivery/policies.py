"""Choosing among the rows of a case, exploring a little, and telling afterwards what another policy would have reached.

``greedy`` takes the row of greatest net value; ``explored`` gives a drawn share of cases another row above a floor, and says
with which probability each row was taken. From such a log ``off_policy`` estimates the delivered share of a policy that was
never in force: IPS (Horvitz, Thompson 1952), SNIPS (Swaminathan, Joachims 2015), doubly robust (Dudik et al. 2011).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.delivery.measures import Figure, ratio_over_debtors
from models.delivery.opportunities import Flags, Floats, Ints

LARGEST_WEIGHT: Final = 500.0
"""Importance weights are cut here: a little bias for much less variance; how many were cut is told."""


def net_value(delivered: Floats, worth_fen: Ints, cost_fen: Ints) -> Floats:
    """(n,) expected worth of a delivery less postage, in fen (an expectation: not money that is booked)."""
    return np.asarray(delivered * worth_fen - cost_fen, np.float64)


def best_rows(group: Ints, value: Floats, order: Ints) -> Ints:
    """The row of greatest value of each group, in the order of groups; ties fall to the lower ``order``."""
    ranked = np.lexsort((order, -value, group))
    first = np.r_[True, group[ranked][1:] != group[ranked][:-1]] if len(group) else np.zeros(0, bool)
    return np.asarray(ranked[first], np.int64)


@dataclass(frozen=True, slots=True)
class Taken:
    """A row a group, and the probability with which the policy takes each row of every group."""

    rows: Ints
    propensity: Floats
    """(n,) of every row; adds up to 1 within a group."""


def explored(group: Ints, value: Floats, order: Ints, allowed: Flags, share: float, draw: Floats) -> Taken:
    """Greedy, but in ``share`` of the groups a row drawn evenly from the allowed ones (the greedy one among them).

    Args:
        group: (n,) which case a row belongs to.
        value: (n,) what greed goes by.
        order: (n,) settles ties.
        allowed: (n,) rows that exploration may take: lawful anyway, and above the operator's floor.
        share: 0 = never.
        draw: (n,) a number in [0, 1) a row, the same for all rows of a group: keyed, so that a repetition draws alike.
    """
    greedy = best_rows(group, value, order)
    propensity = np.zeros(len(group))
    propensity[greedy] = 1.0
    if not share or not len(group):
        return Taken(greedy, propensity)
    chosen = np.zeros(len(group), bool)
    chosen[greedy] = True
    may = allowed | chosen
    distinct, position = np.unique(group, return_inverse=True)
    count = np.bincount(position, may, len(distinct))[position]
    propensity = (1 - share) * chosen + share * may / count
    # One draw decides both whether and what: below ``share`` it is spread over the allowed rows in their order.
    ranked = np.lexsort((order, ~may, position))
    start = np.r_[0, np.cumsum(np.bincount(position, minlength=len(distinct)))[:-1]]
    rank = np.empty(len(group), np.int64)
    rank[ranked] = np.arange(len(group)) - start[position[ranked]]
    slot = np.floor(np.minimum(draw / share, 1.0) * count).astype(np.int64)
    exploring = draw < share
    taken = np.where(exploring, may & (rank == np.minimum(slot, count.astype(np.int64) - 1)), chosen)
    rows = np.flatnonzero(taken)
    return Taken(rows[np.argsort(position[rows], kind="stable")], propensity)


def keyed_draw(key: bytes, *parts: str) -> float:
    """A number in [0, 1) that is the same whenever it is drawn for the same parts, and foreseeable to nobody without the key."""
    text = "\0".join(parts).encode()
    return int.from_bytes(hashlib.blake2b(text, key=key[:64], digest_size=8).digest(), "big") / 2**64


@dataclass(frozen=True, slots=True)
class OffPolicy:
    """Estimates of the delivered share of a policy from the log of another one."""

    ips: Figure
    snips: Figure
    doubly_robust: Figure
    agreeing: Figure
    """The usual hold-out "where old and new agree": biased, shown to be distrusted."""
    effective: float
    """Effective number of letters, (sum w)^2 / sum w^2."""
    cut: int
    """Weights that were cut at ``LARGEST_WEIGHT``."""


def off_policy(debtor: Ints, delivered: Floats, logged: Floats, wanted: Floats, expected_logged: Floats, expected_wanted: Floats) -> OffPolicy:
    """Estimate from letters whose end is known.

    Args:
        debtor: (m,) whom the letter was for, for intervals.
        delivered: (m,) 1 or 0; or whatever else a letter came to (``expected_*`` then expect the same).
        logged: (m,) probability with which the row was taken by the policy in force, > 0.
        wanted: (m,) probability with which the other policy would have taken the same row.
        expected_logged: (m,) a model's probability of delivery of the row taken.
        expected_wanted: (m,) the model's probability under the other policy for that case: sum over its rows.

    Raises:
        ValueError: a logged propensity is not in (0, 1].
    """
    if not ((logged > 0) & (logged <= 1 + 1e-9)).all():
        raise ValueError("a propensity is not in (0, 1]")
    raw = wanted / logged
    weight = np.minimum(raw, LARGEST_WEIGHT)
    ones = np.ones(len(weight))
    robust = expected_wanted + weight * (delivered - expected_logged)
    agree = wanted >= 0.5
    return OffPolicy(
        ratio_over_debtors(debtor, weight * delivered, ones),
        ratio_over_debtors(debtor, weight * delivered, weight),
        ratio_over_debtors(debtor, robust, ones),
        ratio_over_debtors(debtor[agree], delivered[agree], ones[agree]),
        float(weight.sum() ** 2 / max(float(np.square(weight).sum()), 1e-12)),
        int((raw > LARGEST_WEIGHT).sum()),
    )


