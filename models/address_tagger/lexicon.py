"""A set of names by their hashes, for one look-up a substring: village names by prefecture, townships' bare names, estates.

An open-addressed table of 16-bit fingerprints (4 MB for 780,000 names): a name that is in it is always found, one that is
not is taken for one once in some 30,000 times. kernels.py has the same look-up compiled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.uint16]

VILLAGE, TOWNSHIP, ESTATE = 1, 2, 3
LENGTHS: Final = ((VILLAGE, 2, 6), (TOWNSHIP, 2, 5), (ESTATE, 3, 9))
"""(kind of name, shortest, longest)"""
SLOT_BITS: Final = 21
_M = 0xFFFFFFFF


def begin(home: int, kind: int) -> tuple[int, int]:
    """The two running hashes before the first sign."""
    seed = (home * 8 + kind) & _M
    return (seed * 0x9E3779B1) & _M, (seed * 0x85EBCA77 + 1) & _M


def advance(hashes: tuple[int, int], sign: int) -> tuple[int, int]:
    """The two running hashes after one more sign."""
    a, b = hashes
    a = ((a ^ sign) * 0x01000193) & _M
    b = ((b + sign) * 0x2C1B3CA5) & _M
    return a ^ (a >> 15), b ^ (b >> 13)


def slot_and_print(hashes: tuple[int, int], mask: int) -> tuple[int, int]:
    """Where the search begins, and the fingerprint (never 0, which is an empty slot)."""
    a, b = hashes
    a = (a * 0x85EBCA77) & _M
    a ^= a >> 13
    return a & mask, max(b >> 16, 1)


def holds(table: Table, hashes: tuple[int, int]) -> bool:
    """Is the name whose signs were hashed in the table?"""
    mask = len(table) - 1
    slot, fingerprint = slot_and_print(hashes, mask)
    while (found := int(table[slot])) != 0:
        if found == fingerprint:
            return True
        slot = (slot + 1) & mask
    return False


def build(names: Iterable[tuple[int, int, str]], bits: int = SLOT_BITS) -> Table:
    """A table of (home, kind, name); names outside the lengths of their kind are left out."""
    lengths = {kind: (low, high) for kind, low, high in LENGTHS}
    table = np.zeros(1 << bits, dtype=np.uint16)
    mask = len(table) - 1
    for home, kind, name in names:
        low, high = lengths[kind]
        if not low <= len(name) <= high:
            continue
        hashes = begin(home, kind)
        for sign in name:
            hashes = advance(hashes, ord(sign))
        slot, fingerprint = slot_and_print(hashes, mask)
        while int(table[slot]) not in (0, fingerprint):
            slot = (slot + 1) & mask
        table[slot] = fingerprint
    return table
