"""House numbers as sets: 9-11号 holds 10号 only as far as its writer says so, which is its ends. Numbers are never fuzzy."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

_SPLIT = re.compile(r"[、/~.至]")
_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})")
WIDEST = 60
"""A range wider than this is a number with a dash in it (附号, 8-1203), not a range of houses."""


class Numbers(IntEnum):
    """How two written numbers stand to each other."""

    UNKNOWN = 0
    """One or both are not written."""
    EQUAL = 1
    HOLDS = 2
    """The first is a set that has the second in it."""
    WITHIN = 3
    MEET = 4
    """Two sets that share a number."""
    DIFFERENT = 5


@lru_cache(maxsize=4096)
def houses(number: str) -> frozenset[str]:
    """The single numbers that a written one stands for: 9-11 is 9, 10, 11; 3、5 is 3, 5."""
    out: set[str] = set()
    for part in _SPLIT.split(number):
        found = _RANGE.fullmatch(part)
        if found and 0 < int(found[2]) - int(found[1]) <= WIDEST:
            out.update(str(n) for n in range(int(found[1]), int(found[2]) + 1))
        else:
            out.add(part)
    return frozenset(out)


def relate(first: str, second: str) -> Numbers:
    """Compare two bare numbers (``bare_number``)."""
    if not first or not second:
        return Numbers.UNKNOWN
    if first == second:
        return Numbers.EQUAL
    if first.isalnum() and second.isalnum():
        return Numbers.DIFFERENT
    one, other = houses(first), houses(second)
    if one == other:
        return Numbers.EQUAL
    if one > other:
        return Numbers.HOLDS
    if one < other:
        return Numbers.WITHIN
    return Numbers.MEET if one & other else Numbers.DIFFERENT
