"""The score of two addresses in three classes: same, overlapping, different, each with a calibrated probability and reasons.

Same: what the sender means is what the other text means, down to the building. Overlapping: one holds the other or both
stand on one ground (another building of the estate, the road of the house, a gate). Learned from composed pairs only
(scripts/build_matcher); for merging, ``compare`` and its rules decide, which are stricter (docs/address-matching.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from locate.address.matching.evidence import FEATURES, evidence
from locate.address.matching.lines import Line, line_of
from locate.address.matching.parts import Parts, parts_of
from locate.address.matching.telling import told
from locate.address.model import Address
from models.boosted_trees import BoostedTrees

FILE: Final = Path(__file__).parent.parent / "data" / "match.json"


class Kind(StrEnum):
    SAME = "same"
    OVERLAPPING = "overlapping"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Likeness:
    """The class to name (rare ones are given more weight), the probabilities of all three (their sum is 1) and what agreed and differed, in Chinese."""

    kind: Kind
    same: float
    overlapping: float
    different: float
    why: str


@cache
def model() -> BoostedTrees:
    """The shipped weights, read once."""
    shipped = BoostedTrees.from_json(json.loads(FILE.read_text(encoding="utf-8")))
    if shipped.features != FEATURES:
        raise ValueError("match.json was built for other features; run scripts/build_matcher")
    return shipped


@lru_cache(maxsize=1 << 14)
def _seen(address: Address) -> tuple[Parts, Line]:
    """What an address is compared by. Remembered: one is compared with many candidates, and candidates come again."""
    return parts_of(address), line_of(address)


def match(a: Address, b: Address) -> Likeness:
    """How two addresses stand to each other. Symmetric; the same text is the same with certainty."""
    (first, line), (second, other) = _seen(a), _seen(b)
    if first.written and first.written == second.written:
        return Likeness(Kind.SAME, 1.0, 0.0, 0.0, "文字相同，同一处的把握 100%")
    different, overlapping, same = chances = model().probabilities(evidence(line, other))
    kind = (Kind.DIFFERENT, Kind.OVERLAPPING, Kind.SAME)[model().choose(chances)]
    return Likeness(kind, same, overlapping, different, told(first, second, same))
