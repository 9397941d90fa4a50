"""Learn a tagger's weights from labelled texts: an averaged structured perceptron with a margin (Collins 2002).

Deterministic: the same texts in the same order, settings and seed give the same bytes. All counting is of integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.address_tagger import lexicon
from models.address_tagger.alphabet import folded, kinds
from models.address_tagger.labels import LABEL_IDS, LABELS, OPEN, STATES
from models.address_tagger.weights import Weights

BITS: Final = 17
ROUNDS: Final = 5
MARGIN: Final = 2
_CLIP: Final = 127
_NOTHING: Final = 2 * LABEL_IDS["redundant"]
_COMMON_CLIP: Final = 99.98
"""Per cent of the weights that must fit into eight bits; the few greater ones are cut."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text, blanks left out."""

    codes: NDArray[np.uint32]
    given: NDArray[np.int8]
    home: int
    gold: NDArray[np.int8]
    """The right state of each sign."""


def coherent(gold: NDArray[Any], given: NDArray[Any]) -> NDArray[np.int8]:
    """The right states with the given ones in their place; a span cut by one of them begins anew behind it."""
    sayable = np.where(gold >= STATES, _NOTHING + (gold & 1), gold)  # an area that the gazetteer did not find: no part
    out = np.where(given == OPEN, sayable, given).astype(np.int8)
    previous = -2
    for i, state in enumerate(out.tolist()):
        if state & 1 and previous not in (state, state - 1):
            out[i] = state - 1
        previous = int(out[i])
    return out


def train(
    examples: Sequence[Example], names: lexicon.Table, *, rounds: int = ROUNDS, seed: int = 0, bits: int = BITS, margin: int = MARGIN,
    start: Weights | None = None, about: Mapping[str, object] | None = None,
) -> Weights:  # fmt: skip
    """Weights learned from ``examples`` (repeat one to give it more weight); from ``start`` on, where that is given."""
    from models.address_tagger import kernels  # noqa: PLC0415

    starts = np.zeros(len(examples) + 1, np.int64)
    starts[1:] = np.cumsum([len(e.codes) for e in examples])
    codes = np.concatenate([e.codes for e in examples]).astype(np.uint32)
    given = np.concatenate([e.given for e in examples]).astype(np.int8)
    gold = np.concatenate([coherent(e.gold, e.given) for e in examples])
    homes = np.array([e.home for e in examples], np.int64)
    rows = np.zeros((1 << bits, STATES), np.int32)
    moves = np.zeros((len(LABELS), len(LABELS)), np.int32)
    size = 1
    if start is not None:
        rows, moves = start.rows.astype(np.int32) - 128, start.moves.astype(np.int32)
        size = max(round(start.scale), 1)
    row_sums, move_sums = np.zeros(rows.shape, np.int64), np.zeros(moves.shape, np.int64)
    rng = np.random.default_rng(seed)
    step = 0
    for _ in range(rounds):
        order = rng.permutation(len(examples))
        step, _wrong = kernels.learn(
            rows, moves, row_sums, move_sums, order, starts, codes, given, homes, gold, folded(), kinds(), np.asarray(names), size, margin * size, step
        )
    return _rounded((rows - row_sums / max(step, 1)) / size, (moves - move_sums / max(step, 1)) / size, about or {})


def _rounded(rows: NDArray[np.float64], moves: NDArray[np.float64], about: Mapping[str, object]) -> Weights:
    """Averaged weights as small integers: one scale for all, so that sums keep their meaning."""
    sizes = np.abs(rows[rows != 0])
    scale = _CLIP / max(float(np.percentile(sizes, _COMMON_CLIP)), 1e-9) if len(sizes) else 1.0
    small = (np.clip(np.rint(rows * scale), -_CLIP, _CLIP) + 128).astype(np.uint8)
    return Weights(small, np.clip(np.rint(moves * scale), -32767, 32767).astype(np.int16), round(scale, 6), about)
