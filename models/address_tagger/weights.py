"""The learned weights on disk: a line of JSON that says what they are, then the raw numbers. No pickle; memory-mapped.

    HANDATAG<version>\\n{json}\\n(padding to 64 bytes)(weights uint8, rows x 32, 128 for nothing)(moves int16, 21 x 21)
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.address_tagger.labels import LABELS, STATES

MAGIC: Final = b"HANDATAG1\n"
FEATURES: Final = 1
"""Raised when a feature or the alphabet changes: weights of another number mean nothing."""
_ANY_MAGIC: Final = re.compile(rb"HANDATAG\d+\n?")
_ALIGN: Final = 64
_HEAD_LIMIT: Final = 65536


class Fault(StrEnum):
    """Why a file cannot be used."""

    NOT_OPENED = "cannot be opened"
    NO_TAGGER = "no tagger"
    OTHER_VERSION = "a tagger of another version"
    CUT_SHORT = "cut short"


class UnreadableWeights(ValueError):
    """The file ``path`` cannot be opened, is no tagger, or one of another version: ``fault`` says which."""

    def __init__(self, path: Path, fault: Fault) -> None:
        super().__init__(path, fault)  # both, so that it survives the way out of a worker process
        self.path = path
        self.fault = fault

    def __str__(self) -> str:
        return f"{self.path.name}: {self.fault}"


@dataclass(frozen=True, slots=True)
class Weights:
    """What a tagger knows."""

    rows: NDArray[np.uint8]
    """One row of scores of all states a feature; 128 stands for nothing."""
    moves: NDArray[np.int16]
    """From label to the next span's label."""
    scale: float = 1.0
    """How much of a weight one lesson of training is worth."""
    about: Mapping[str, object] = field(default_factory=dict)
    """Where they come from: data, split, figures."""

    version: str = ""
    """The first signs of the numbers' own hash."""

    def save(self, path: Path) -> None:
        """Write the file; the same weights give the same bytes."""
        numbers = self.rows.astype("u1").tobytes() + self.moves.astype("<i2").tobytes()
        version = hashlib.sha256(numbers).hexdigest()[:12]
        head = {"about": dict(self.about), "features": FEATURES, "labels": list(LABELS), "rows": len(self.rows), "scale": self.scale, "version": version}
        text = MAGIC + json.dumps(head, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        text += b" " * (-len(text) % _ALIGN)
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(text + numbers)
        fresh.replace(path)  # other processes may have the old file in memory: it must not change under them

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Map the file into memory.

        Raises:
            UnreadableWeights: when it cannot be opened or is no tagger of this version.
        """
        try:
            with path.open("rb") as f:
                magic = f.readline(len(MAGIC))
                line = f.readline(_HEAD_LIMIT) if magic == MAGIC else b""
                begin = f.tell() + (-f.tell() % _ALIGN)
        except OSError as error:
            raise UnreadableWeights(path, Fault.NOT_OPENED) from error
        if magic != MAGIC and _ANY_MAGIC.fullmatch(magic):
            raise UnreadableWeights(path, Fault.OTHER_VERSION)
        try:
            head = json.loads(line)
            count, features, labels, scale = int(head["rows"]), head["features"], tuple(head["labels"]), float(head["scale"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise UnreadableWeights(path, Fault.NO_TAGGER) from error
        if features != FEATURES or labels != LABELS or count & (count - 1) or count <= 0:
            raise UnreadableWeights(path, Fault.OTHER_VERSION)
        if path.stat().st_size != begin + count * STATES + 2 * len(LABELS) ** 2:
            raise UnreadableWeights(path, Fault.CUT_SHORT)
        rows = np.memmap(path, np.uint8, "r", begin, (count, STATES))
        moves = np.memmap(path, np.dtype("<i2"), "r", begin + count * STATES, (len(LABELS), len(LABELS)))
        return cls(rows, np.asarray(moves), scale, head.get("about", {}), str(head.get("version", "")))
