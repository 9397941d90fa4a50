"""Chains of full area names that opened an earlier text, with what they mean: most addresses begin as another did.

A speed-up only: a chain is remembered where nothing that may follow it could change how it is read, so that reading with
and without memory gives the same (tests/locate/address/test_prefixes.py).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from locate.address.gazetteer import CHAR, DISTRICT, HEAD, PLAIN, POI, SHORT, TOWN, TYPO, ZONE, Gazetteer
from locate.address.region_state import Piece, Regions
from locate.address.region_words import (
    FILLER_SIGNS,
    GAP_SIGNS,
    HEAD_OF_PLACE,
    HEAD_OF_ROAD,
    ROAD_AT_ONCE,
    ROAD_SIGNS_AT_ONCE,
)

MOST = 30_000  # chains kept; China has 2,847 counties and 40,000 townships, and each may be written in some ways
HEADS = (6, 3)  # first signs that say which lengths are worth looking for
FULL = 3  # signs of a name that no road and no estate begins with
FAR = 24  # signs within which a county's name may follow a province or city
REACH = 10  # signs within which a township's kind would stand
BREAKS = GAP_SIGNS | FILLER_SIGNS | {"中"}
_TOWN_SIGNS = frozenset("镇乡苏")
_AREA_SIGNS = frozenset("省市区县旗州盟洲")  # a county's name, right or with a wrong sign, ends in one
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
    unit: int  # the one unit that it settles, or -1
    deep: bool  # and that is a district or township: no greater name is looked for further on
    follow: frozenset[str]  # heads of the names that may go on from there, and the next sign of longer names


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
                if prefix is not None and (form[n : n + 1] not in ROAD_SIGNS_AT_ONCE or not ROAD_AT_ONCE.match(form, n)):
                    return prefix
        return None

    def ends_here(self, prefix: Prefix, form: str) -> bool:
        """Does no area's name follow the chain, as its first signs tell at once? (False where it takes a closer look.)"""
        if prefix.unit < 0:
            return False
        tail = form[prefix.end : prefix.end + REACH]
        if not tail:
            return True
        follow, head = prefix.follow, tail[:HEAD]
        if tail[0] in follow or tail[:2] in follow or head in follow or tail[0] in BREAKS or head in self.g.full_heads:
            return False
        if not prefix.deep and not _AREA_SIGNS.isdisjoint(form[prefix.end : prefix.end + FAR]):
            return False
        return _TOWN_SIGNS.isdisjoint(tail) and "街道" not in tail and "街办" not in tail

    def _settles(self, form: str, out: Regions) -> tuple[int, bool, frozenset[str]]:
        if len(out.units) != 1:
            return -1, False, frozenset()
        [unit] = out.units
        g = self.g
        own = g.own_heads(unit).union(*(self._goes_on(form[p.start : out.pieces[-1].end]) for p in out.pieces))
        if g.levels[unit] < DISTRICT:
            return unit, False, own | g.heads_below(unit)
        return unit, True, own if g.levels[unit] == TOWN else own | g.town_heads(unit)

    def _goes_on(self, text: str) -> Iterator[str]:
        """The next sign of every longer name that begins with this text: 萧县 heads 萧县经济开发区."""
        names = self.g.sorted_names
        at = bisect_right(names, text)
        while at < len(names) and names[at].startswith(text):
            yield names[at][len(text)]
            at += 1

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
        if ROAD_AT_ONCE.match(form, end) or any(f & (_UNFIT | _BARE) for _, f in self.g.entries[name]):
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
            self._known[text] = Prefix(end, frozenset(p.start for p in pieces), out.units, kept, out.old_names, *self._settles(form, out))
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
