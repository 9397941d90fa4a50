"""The learned weights on disk: a line of JSON that says what they are, then the raw numbers. No pickle; memory-mapped.

    HANDATAG<version>\\n{json}\\n(padding to 64 bytes)(weights uint8, rows x 32, 128 for nothing)(moves int16, 21 x 21)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.address_tagger.labels import LABELS, STATES

MAGIC: Final = b"HANDATAG1\n"
FEATURES: Final = 1
"""Raised when a feature or the alphabet changes: weights of another number mean nothing."""
_ALIGN: Final = 64
_HEAD_LIMIT: Final = 65536


class UnreadableWeights(ValueError):
    """The file is no tagger, or one of another version."""


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
        path.write_bytes(text + numbers)

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Map the file into memory.

        Raises:
            UnreadableWeights: when it is no tagger of this version.
            OSError: when it cannot be opened.
        """
        with path.open("rb") as f:
            magic = f.readline(len(MAGIC))
            line = f.readline(_HEAD_LIMIT) if magic == MAGIC else b""
            begin = f.tell() + (-f.tell() % _ALIGN)
        try:
            head = json.loads(line)
            count, features, labels, scale = int(head["rows"]), head["features"], tuple(head["labels"]), float(head["scale"])
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableWeights(f"{path.name}: no tagger") from error
        if features != FEATURES or labels != LABELS or count & (count - 1) or count <= 0:
            raise UnreadableWeights(f"{path.name}: a tagger of another version")
        if path.stat().st_size != begin + count * STATES + 2 * len(LABELS) ** 2:
            raise UnreadableWeights(f"{path.name}: cut short")
        rows = np.memmap(path, np.uint8, "r", begin, (count, STATES))
        moves = np.memmap(path, np.dtype("<i2"), "r", begin + count * STATES, (len(LABELS), len(LABELS)))
        return cls(rows, np.asarray(moves), scale, head.get("about", {}), str(head.get("version", "")))
