"""How rare two neighbouring signs are in Chinese place names, 0..1: 花园 tells little, 麓桐 nearly all.

A table over hashed pairs, built by scripts/build_matcher from open name lists (data/SOURCES.json). Where two pairs share a
place in it, the commoner counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

SIZE: Final = 1 << 18
STEP: Final = 250.0
"""A byte of the table is the rarity times this."""
FILE: Final = Path(__file__).parent.parent / "data" / "rarity.bin"


def slot(pair: str) -> int:
    """Where a pair of signs stands in the table."""
    return (ord(pair[0]) * 65599 + ord(pair[1])) % SIZE


@cache
def _table() -> bytes:
    return FILE.read_bytes()


@lru_cache(maxsize=1 << 16)
def rarity(pair: str) -> float:
    """1.0 for a pair that no name has, near 0 for the commonest."""
    return _table()[slot(pair)] / STEP


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring signs of a text."""
    return frozenset(map("".join, itertools.pairwise(text)))


def weight(few: Iterable[str]) -> float:
    """The rarity of all pairs together."""
    return sum(map(rarity, few))
