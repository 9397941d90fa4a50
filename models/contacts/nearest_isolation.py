"""Isolation by nearest neighbours: how far from known examples does a point lie, in the measure of how they lie themselves?

Subsamples of the examples carry balls that reach to each one's nearest neighbour; a point in a ball much larger than its
neighbour's, or in none, is isolated (iNNE; Bandaragoda et al., Computational Intelligence 2018). First step of the two-step
learner from positive and unlabelled rows (NNIF, DMKD 2023). Not kept in a model: it only chooses rows to learn from.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENSEMBLE: Final = 60
SAMPLE: Final = 24
CHUNK: Final = 2_048


def isolation(examples: Floats, asked: Floats, rng: np.random.Generator, ensemble: int = ENSEMBLE, sample: int = SAMPLE) -> Floats:
    """Isolation of each asked row in [0, 1] from the examples (scaled alike); 1 = outside every ball.

    Raises:
        ValueError: fewer than three examples.
    """
    if len(examples) < 3:
        raise ValueError("isolation needs three examples")
    sample = min(sample, len(examples))
    total = np.zeros(len(asked))
    for _ in range(ensemble):
        centres = examples[rng.choice(len(examples), sample, replace=False)]
        between = _distances(centres, centres)
        np.fill_diagonal(between, np.inf)
        nearest = between.argmin(axis=1)
        radius = between[np.arange(sample), nearest]
        ratio = 1 - (radius[nearest] + 1e-9) / (radius + 1e-9)
        for start in range(0, len(asked), CHUNK):
            inside = _distances(asked[start : start + CHUNK], centres) <= radius
            smallest = np.where(inside, radius, np.inf).argmin(axis=1)
            total[start : start + CHUNK] += np.where(inside.any(axis=1), ratio[smallest], 1.0)
    return total / ensemble


def _distances(one: Floats, other: Floats) -> Floats:
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)), dtype=np.float64)
