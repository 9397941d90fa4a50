"""The learned tagger at work: it labels what the region reader has left open, in one pass over the whole text.

The areas that the gazetteer settled are given to it and stay as they are. The weights and the names it looks up lie in
data/ (docs/address-tagger.md says what they were learned from); ``use`` puts a user's own weights in their place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from locate.address.gazetteer import DATA
from models.address_tagger import lexicon
from models.address_tagger.labels import LABEL_IDS, LABELS
from models.address_tagger.tagger import Tagger
from models.address_tagger.weights import Weights

Span = tuple[int, int, str]
_GO_ON = [bytes([2 * i + 1]) * 512 for i in range(len(LABELS))]
_STATE = {label: 2 * i for label, i in LABEL_IDS.items()}
_LABEL = [label for label in LABELS for _ in "BI"]
_GAP = re.compile("_+|null|NULL")
_REDUNDANT = LABEL_IDS["redundant"]
_OPEN = b"\xff" * 512  # OPEN as a signed byte
MODEL_VARIABLE = "HANDA_ADDRESS_MODEL"  # worker processes inherit it
_chosen: list[Path] = []


@cache
def names() -> NDArray[np.uint16]:
    """The hashed names of villages, townships and estates (data/tagger_names.npy), memory-mapped."""
    table: NDArray[np.uint16] = np.load(DATA / "tagger_names.npy", mmap_mode="r")
    return table


@cache
def tagger() -> Tagger:
    """The one tagger of the process."""
    return Tagger(Weights.load(_path()), names())


def _path() -> Path:
    if _chosen:
        return _chosen[-1]
    named = os.environ.get(MODEL_VARIABLE, "").strip()
    return Path(named) if named else DATA / "tagger.bin"


def use(weights: Path | None) -> None:
    """Read with these weights from now on in this process; None: with those of HANDA_ADDRESS_MODEL, else the shipped ones.

    Raises:
        models.address_tagger.weights.UnreadableWeights: when the file is no tagger of this version. Nothing is changed then.
    """
    if weights is not None:
        Weights.load(weights)
    _chosen[:] = [] if weights is None else [weights]
    tagger.cache_clear()


def weights_version() -> str:
    """What goes with a stored reading: which weights made it."""
    return tagger().weights.version


def prepared(form: str, settled: Sequence[Span]) -> tuple[str, list[int] | None, bytearray]:
    """The text without blanks, where its signs stand in ``form`` (None: nothing was left out), and the given states."""
    given = bytearray(_OPEN[: len(form)])
    for start, end, label in settled:
        state = _STATE[label]
        given[start] = state
        given[start + 1 : end] = _GO_ON[state >> 1][: end - start - 1]
    if "_" in form or "null" in form or "NULL" in form:
        for gap in _GAP.finditer(form):  # what a program put between two columns, or for an empty one, belongs to neither
            if given[gap.start()] == _OPEN[0]:
                given[gap.start() : gap.end()] = _GO_ON[_REDUNDANT][: gap.end() - gap.start()]
                given[gap.start()] = 2 * _REDUNDANT
    if " " not in form:
        return form, None, given
    at = [i for i, sign in enumerate(form) if sign != " "]
    return form.replace(" ", ""), at, bytearray(given[i] for i in at)


def tag_text(form: str, settled: Sequence[Span], home: int) -> list[Span]:
    """Labelled spans of all of ``form`` in order, the ``settled`` ones among them."""
    signs, at, given = prepared(form, settled)
    if not signs:
        return []
    codes = np.frombuffer(signs.encode("utf-32-le", "surrogatepass"), np.uint32)
    states = tagger().states(codes, np.frombuffer(given, np.int8), home).tobytes()
    spans: list[Span] = []
    start, open_state = 0, states[0]
    for i, state in enumerate(states):
        if not state & 1 and i:
            spans.append((start, i, _LABEL[open_state]))
            start, open_state = i, state
    spans.append((start, len(states), _LABEL[open_state]))
    return spans if at is None else [(at[s], at[e - 1] + 1, label) for s, e, label in spans]


@lru_cache(maxsize=4096)
def is_village(name: str, home: int) -> bool:
    """Has the prefecture a village or neighbourhood of this bare name?"""
    if home == 0:
        return False
    hashes = lexicon.begin(home, lexicon.VILLAGE)
    for sign in name:
        hashes = lexicon.advance(hashes, ord(sign))
    return lexicon.holds(names(), hashes)
