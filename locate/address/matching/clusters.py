"""Clusters of one place from pairs of one place: transitive, unless two members would contradict each other.

Every cluster remembers the numbers its members have named; a pair that would put two different rooms (buildings, units,
house numbers) into one cluster is refused, also where each went through an address that names no room. The strongest
pairs are taken first and ties by wording, so the order of the input plays no part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from locate.address.matching.number_sets import Numbers, relate
from locate.address.matching.parts import Parts

FIRM: Final = ("number", "sub_number", "building", "unit", "room")
"""Parts that one place has one value of."""


class Clusters:
    """A union-find over positions that refuses contradictions."""

    def __init__(self, parts: Sequence[Parts]) -> None:
        self._parent = list(range(len(parts)))
        self._named: dict[int, tuple[str, ...]] = {}
        self._parts = parts

    def root(self, i: int) -> int:
        """The representative of the cluster of ``i``."""
        parent = self._parent
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def _numbers(self, root: int) -> tuple[str, ...]:
        named = self._named.get(root)
        if named is None:
            p = self._parts[root]
            named = tuple(getattr(p, field) for field in FIRM)
        return named

    def join(self, i: int, j: int) -> bool:
        """Put the clusters of ``i`` and ``j`` together; False where they contradict each other (or are one already)."""
        i, j = self.root(i), self.root(j)
        if i == j:
            return False
        first, second = self._numbers(i), self._numbers(j)
        if first != second:
            if any(relate(x, y) not in (Numbers.UNKNOWN, Numbers.EQUAL) for x, y in zip(first, second, strict=True)):
                return False
            first = tuple(x or y for x, y in zip(first, second, strict=True))
        i, j = min(i, j), max(i, j)
        self._parent[j] = i
        self._named[i] = first
        return True


def joined(parts: Sequence[Parts], pairs: Iterable[tuple[float, int, int]]) -> tuple[Clusters, set[tuple[int, int]]]:
    """Clusters of ``pairs`` of (score, one, other), and the pairs that made them."""
    clusters = Clusters(parts)

    def order(pair: tuple[float, int, int]) -> tuple[float, str, str]:
        score, i, j = pair
        low, high = sorted((parts[i].written, parts[j].written))
        return -score, low, high

    used = {(i, j) for _, i, j in sorted(pairs, key=order) if clusters.join(i, j)}
    return clusters, used
