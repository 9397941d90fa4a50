"""The tagger as its users see it: signs and what is already known of them in, states out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.address_tagger import lexicon, plain
from models.address_tagger.alphabet import folded, kinds
from models.address_tagger.weights import Weights

Tag = Callable[..., NDArray[np.int8]]
WARM_UP: Final = 256
"""Texts that are tagged plainly before numba is worth its second of start-up."""


class Tagger:
    """Weights with the names they look up. Gives the same answer by whichever of the two ways it is computed."""

    def __init__(self, weights: Weights, names: lexicon.Table, *, warm_up: int = WARM_UP) -> None:
        self.weights = weights
        self._names = np.asarray(names)
        self._rows = np.asarray(weights.rows)
        self._moves = np.asarray(weights.moves).astype(np.int32)
        self._fold, self._kind = folded(), kinds()
        self._left = warm_up
        self._tag: Tag = plain.tag

    def expect(self, texts: int) -> None:
        """So many are coming: more than the warm-up are tagged by numba from the first."""
        if texts > self._left >= 0:
            self._left = 0

    def states(self, codes: NDArray[Any], given: NDArray[np.int8], home: int) -> NDArray[np.int8]:
        """The state of each sign.

        Args:
            codes: the signs' code points (uint32), without blanks.
            given: states that are settled already (areas), OPEN elsewhere.
            home: the prefecture's four digits, for its villages and townships; 0 where it is not settled.
        """
        if self._left >= 0:
            self._left -= 1
            if self._left < 0:
                self._tag = _compiled()
        return self._tag(codes, given, home, self._fold, self._kind, self._names, self._rows, self._moves)


def _compiled() -> Tag:
    from models.address_tagger import kernels  # noqa: PLC0415  numba costs a second: only for many texts

    tag: Tag = kernels.tag
    return tag
