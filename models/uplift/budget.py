"""Whom to write to first: by what a letter is expected to bring in beyond its cost, under a number of letters or a sum of postage.

Whom a letter is expected to harm or not to move is named with the reason, never left out silently.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.uplift.trials import Flags, Floats, Ints


@dataclass(frozen=True, slots=True)
class Chosen:
    """``order``: lines in the order in which to write. The three flags say why the others are not in it."""

    order: Ints
    unmoved: Flags
    """(n,) a letter is expected to bring in something or nothing, but not its cost."""
    harmed: Flags
    """(n,) a letter is expected to lower the repayment."""
    over_budget: Flags
    """(n,) worth a letter, but the budget was spent on better ones."""
    gain_fen: Floats
    """(n,) expected repayment more by the letter, less its cost (an expectation: not money that is booked)."""


def within_budget(effect_fen: Floats, cost_fen: Ints, key: Ints, *, letters: int | None = None, fen: int | None = None) -> Chosen:
    """Choose.

    Args:
        effect_fen: (n,) expected change of the repayment by a letter.
        cost_fen: (n,) > 0, of the letter.
        key: (n,) distinct; settles ties, so that the same cases in any order give the same choice.
        letters, fen: the most of either; None = as many as are worth it.

    Raises:
        ValueError: a cost that is not positive.
    """
    if len(cost_fen) and cost_fen.min() <= 0:
        raise ValueError("a letter that costs nothing")
    gain = effect_fen - cost_fen
    worth = gain > 0
    # For a sum of money what counts is the gain of each fen; for a number of letters the gain of each letter.
    rank = gain / cost_fen if fen is not None else gain
    order = np.lexsort((key, -rank))
    order = order[worth[order]]
    if fen is not None:
        order = order[_affordable(cost_fen[order], fen)]
    if letters is not None:
        order = order[:letters]
    taken = np.zeros(len(gain), bool)
    taken[order] = True
    harmed = effect_fen < 0
    return Chosen(order.astype(np.int64), ~worth & ~harmed, harmed, worth & ~taken, np.asarray(gain, np.float64))


def _affordable(cost_fen: Ints, fen: int) -> Ints:
    """Positions taken one after the other while the money lasts; one that is too dear for the rest makes way for cheaper ones."""
    taken, left = [], fen
    for position, cost in enumerate(cost_fen.tolist()):
        if cost <= left:
            taken.append(position)
            left -= cost
    return np.array(taken, np.int64)
