"""How good is an order of whom to write to first? Qini and uplift curves from a randomised log, with intervals over debtors.

Each line has an unbiased value ``gain``: by how much a letter changes its repayment, in fen (a doubly robust pseudo-effect times
the amount). A curve adds up the gains of the first k lines of an order; chance adds them up evenly (Radcliffe 2007; Gutierrez
and Gerardy, PMLR 67, 2017). All areas are means over lines, so a bootstrap over debtors gives their intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.delivery.measures import Figure, ratios_over_debtors
from models.uplift.trials import Floats, Ints

SHARES: Final = (0.1, 0.3, 0.5)
POINTS: Final = 10


def depth(score: Floats) -> Floats:
    """(n,) where each line stands in the order, 0 < depth < 1; the greatest score first, equals share their places evenly."""
    order = np.argsort(-score, kind="stable")
    _, position, count = np.unique(-score[order], return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    middle = (ends - count / 2) / max(len(score), 1)
    found = np.empty(len(score))
    found[order] = middle[position]
    return found


def area_parts(score: Floats, gain: Floats) -> Floats:
    """(n,) whose mean is the Qini area: between the curve of this order and that of chance, in fen a line."""
    return np.asarray(gain * (0.5 - depth(score)), np.float64)


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order measured. Figures are fen a line of all; ``first`` parallel to ``SHARES``: gained by writing to that share only."""

    area: Figure
    first: tuple[Figure, ...]
    curve: tuple[Figure, ...]
    """Gained by the first 1/``POINTS``, 2/``POINTS`` … of the order."""
    everyone: Figure


def ordered(score: Floats, gain: Floats, debtor: Ints, *, seed: int = 0) -> Ordered:
    """Measure the order that ``score`` gives."""
    at = depth(score)
    cuts = [*SHARES, *((k + 1) / POINTS for k in range(POINTS - 1))]
    parts = [area_parts(score, gain), *(gain * within(at, cut, len(gain)) for cut in cuts), gain]
    figures = ratios_over_debtors(debtor, parts, np.ones(len(gain)), seed=seed)
    first, curve = figures[1 : 1 + len(SHARES)], figures[1 + len(SHARES) : -1]
    return Ordered(figures[0], tuple(first), (*curve, figures[-1]), figures[-1])


def within(at: Floats, cut: float, count: int) -> Floats:
    """(n,) how much of each line lies in the first ``cut`` of the order: 1, 0, or a part of lines that share a place."""
    _, position, size = np.unique(at, return_inverse=True, return_counts=True)
    before = np.cumsum(size) - size
    inside = np.clip((cut * count - before) / size, 0.0, 1.0)
    return np.asarray(inside[position], np.float64)


@dataclass(frozen=True, slots=True)
class Step:
    """A tenth of the lines by the score: said and seen effect, fen a line."""

    said: float
    seen: Figure
    lines: int


def steps(said: Floats, gain: Floats, debtor: Ints, *, parts: int = 10, seed: int = 0) -> tuple[Step, ...]:
    """Reliability of an effect, from the least to the greatest."""
    order = np.argsort(said, kind="stable")
    found: list[Step] = []
    for part in np.array_split(order, max(1, min(parts, len(order)))):
        if len(part):
            (seen,) = ratios_over_debtors(debtor[part], [gain[part]], np.ones(len(part)), seed=seed)
            found.append(Step(float(said[part].mean()), seen, len(part)))
    return tuple(found)


def apart(orders: Sequence[Floats], best: int, gain: Floats, debtor: Ints, *, seed: int = 0) -> list[Figure]:
    """By how much each order's area falls short of that of ``best``, with intervals."""
    areas = [area_parts(score, gain) for score in orders]
    return ratios_over_debtors(debtor, [areas[best] - one for one in areas], np.ones(len(gain)), seed=seed)
