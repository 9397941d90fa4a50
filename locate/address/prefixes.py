"""Chains of full area names that opened an earlier text, with what they mean: most addresses begin as another did.

A speed-up only: a chain is remembered where nothing that may follow it could change how it is read, so that reading with
and without memory gives the same (tests/locate/address/test_prefixes.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from locate.address.gazetteer import CHAR, PLAIN, POI, SHORT, TYPO, ZONE, Gazetteer
from locate.address.region_state import Piece, Regions
from locate.address.region_words import HEAD_OF_PLACE, HEAD_OF_ROAD, ROAD_SIGNS_AT_ONCE

MOST = 30_000  # chains kept; China has 2,847 counties and 40,000 townships, and each may be written in some ways
HEADS = (6, 3)  # first signs that say which lengths are worth looking for
FULL = 3  # signs of a name that no road and no estate begins with
_UNFIT = POI | ZONE | TYPO
_BARE = SHORT | CHAR | PLAIN


@dataclass(slots=True)
class Prefix:
    """A remembered chain: where it ends and the state it leaves behind."""

    end: int
    starts: frozenset[int]
    units: dict[int, int]
    pieces: tuple[Piece, ...]
    old_names: tuple[tuple[str, int], ...]


class Prefixes:
    """What one process has seen so far, bounded."""

    def __init__(self, names: Gazetteer) -> None:
        self.g = names
        self._known: dict[str, Prefix] = {}
        self._lengths: dict[str, tuple[int, ...]] = {}

    def find(self, form: str) -> Prefix | None:
        """The longest remembered chain that opens this text."""
        known = self._known
        for head in HEADS:
            for n in self._lengths.get(form[:head], ()):
                prefix = known.get(form[:n])
                if prefix is not None and form[n : n + 1] not in ROAD_SIGNS_AT_ONCE:
                    return prefix
        return None

    def learn(self, form: str, found: list[tuple[int, int]], out: Regions) -> bool:
        """Remember the chain up to its newest piece. False where what follows may change its meaning: then nothing after it is either."""
        piece = out.pieces[-1]
        end = piece.end
        if piece.flags & _UNFIT or piece.same or out.conflict or out.zones or out.restarted:
            return False
        longest, name = max(found)
        if longest != end:
            return False
        if piece.flags & _BARE:
            return not HEAD_OF_ROAD.match(form, end) and not HEAD_OF_PLACE.match(form, end) and len(self.g.entries[name]) == 1
        if form[end : end + 1] in ROAD_SIGNS_AT_ONCE or any(f & (_UNFIT | _BARE) for _, f in self.g.entries[name]):
            return False
        pieces = out.pieces
        for bare, after in pairwise(pieces):
            # a bare name is sound where a full one follows at once, whatever comes behind that
            if bare.flags & _BARE and (bare.end != after.start or after.end - after.start < FULL or after.flags & _BARE):
                return False
        text = form[:end]
        if end >= FULL and text not in self._known:
            if len(self._known) >= MOST:
                self._known.clear()
                self._lengths.clear()
            kept = tuple(replace(p) for p in pieces)
            self._known[text] = Prefix(end, frozenset(p.start for p in pieces), out.units, kept, out.old_names)
            head = text[: next(n for n in HEADS if n <= end)]
            self._lengths[head] = tuple(sorted({*self._lengths.get(head, ()), end}, reverse=True))
        return True


def resume(prefix: Prefix, out: Regions) -> None:
    """Set the state to what it was behind the chain."""
    out.units = prefix.units
    out.pieces = list(prefix.pieces)
    out.shared = True
    out.old_names = prefix.old_names
    out.end = prefix.end
