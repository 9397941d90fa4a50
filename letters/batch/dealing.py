"""Who goes when not all can: places of a day dealt out among lenders, fairly, what lapses first before the rest. Pure.

The order of dealing, in three rounds over the same limits:

1. Half of every limit is dealt out in turns (weighted round robin): next is the lender with the fewest letters for its
   weight, of equals the one that has waited longest, then by code. So no lender starves, however urgent others are.
2. What is left goes first to claims that lapse soon, of whatever lender, by their last day.
3. The rest is dealt out in turns again.

Within a lender: what lapses soon by its last day, then the most valuable. A letter that a full limit keeps out never
keeps out one that has room. The same candidates give the same result in any order of arrival.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Generic, TypeVar

BUDGET_RULE: Final = "H-BUDGET"
LAWYER_RULE: Final = "R-LAW-17"
COUNTER_RULE: Final = "H-CAPACITY"
LIMIT_RULES: Final = frozenset({BUDGET_RULE, LAWYER_RULE, COUNTER_RULE})
"""Rules that hold a letter for want of a place, not for what it is: another day, or a higher limit, frees it."""
CONTROL_RULE: Final = "H-CONTROL"
"""Holds a letter that was drawn into the control group (``letters.batch.control``)."""
WAITING_RULES: Final = LIMIT_RULES | {CONTROL_RULE}
"""Rules whose holds are asked anew by the next planning, though nothing about the case has changed."""
GUARANTEED: Final = Fraction(1, 2)
"""Share of a limit that is dealt out in turns before what lapses soon goes ahead of other lenders' letters [D]."""

Key = TypeVar("Key", bound=Hashable)
Scope = tuple[str, ...]
"""What a limit is about: ``("budget", lender)`` ('' = all lenders'), ``("lawyer", id)``, ``("counter", partner, prefix)``."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much is left of something. ``fen``: it is money, else pieces."""

    scope: Scope
    left: int
    rule_id: str
    message: str
    """The sentence on a letter that found no place."""
    fen: bool = False


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Key]):
    """A letter that would go."""

    key: Key
    partner: str
    lawyer: str
    postcode: str
    price_fen: int
    lapses_on: date | None
    """Where it is to go before value: the last day of limitation."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What decides when a lender is next."""

    weight: int = 1
    taken: int = 0
    """Its letters of the day so far."""
    last_served: date | None = None
    """The last earlier day on which it had letters; None = never, so it has waited longest."""


class _Room:
    """What is left of each limit, and which limits a letter counts against."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        self._by_scope = {limit.scope: limit for limit in limits}
        # The narrower destination first: when both are full it is the more telling reason.
        self._lengths = sorted({len(limit.scope[2]) for limit in limits if limit.scope[0] == "counter"}, reverse=True)
        self._used: Counter[Scope] = Counter()

    def _of(self, lender: str, one: Candidate[Key]) -> list[Limit]:
        scopes: list[Scope] = [("budget", lender), ("budget", ""), ("lawyer", one.lawyer)]
        scopes += [("counter", one.partner, one.postcode[:length]) for length in self._lengths if len(one.postcode) >= length]
        return [limit for scope in scopes if (limit := self._by_scope.get(scope)) is not None]

    def full(self, lender: str, one: Candidate[Key], share: Fraction = Fraction(1)) -> Limit | None:
        """The first limit that the letter would pass; None when it has room. The first letter may use all of a share."""
        for limit in self._of(lender, one):
            cost, used = one.price_fen if limit.fen else 1, self._used[limit.scope]
            allowed = limit.left if not used else -(-limit.left * share.numerator // share.denominator)
            if used + cost > allowed:
                return limit
        return None

    def take(self, lender: str, one: Candidate[Key]) -> None:
        for limit in self._of(lender, one):
            self._used[limit.scope] += one.price_fen if limit.fen else 1


def deal(
    queues: Mapping[str, Sequence[Candidate[Key]]], limits: Sequence[Limit], turns: Mapping[str, Turn]
) -> dict[Key, Limit]:
    """The letters that find no place, each with the limit that keeps it out; all others go.

    ``queues``: each lender's letters in its own order. Memory: a few words a letter.
    """
    room = _Room(limits)
    taken = {lender: turns.get(lender, Turn()).taken for lender in queues}
    waiting: dict[str, Iterable[Candidate[Key]]] = dict(queues)
    waiting = _in_turns(waiting, room, turns, taken, GUARANTEED)
    waiting = _lapsing(waiting, room, taken)
    waiting = _in_turns(waiting, room, turns, taken, Fraction(1))
    held: dict[Key, Limit] = {}
    for lender, rest in waiting.items():
        for one in rest:
            limit = room.full(lender, one)
            if limit is None:
                raise AssertionError("a letter with room was left out")
            held[one.key] = limit
    return held


def _in_turns(
    waiting: Mapping[str, Iterable[Candidate[Key]]],
    room: _Room,
    turns: Mapping[str, Turn],
    taken: dict[str, int],
    share: Fraction,
) -> dict[str, Iterable[Candidate[Key]]]:
    """Weighted round robin; what finds no room stays, in its order."""
    left: dict[str, list[Candidate[Key]]] = {lender: [] for lender in waiting}
    queues = {lender: iter(queue) for lender, queue in waiting.items()}

    def rank(lender: str) -> tuple[Fraction, date, str]:
        turn = turns.get(lender, Turn())
        return Fraction(taken[lender], turn.weight), turn.last_served or date.min, lender

    heap = [rank(lender) for lender in queues]
    heapq.heapify(heap)
    while heap:
        lender = heapq.heappop(heap)[2]
        for one in queues[lender]:
            if room.full(lender, one, share) is None:
                room.take(lender, one)
                taken[lender] += 1
                heapq.heappush(heap, rank(lender))
                break
            left[lender].append(one)
    return dict(left)


def _lapsing(
    waiting: Mapping[str, Iterable[Candidate[Key]]], room: _Room, taken: dict[str, int]
) -> dict[str, Iterable[Candidate[Key]]]:
    """What lapses soon, by its last day, whichever lender's it is."""
    soon = sorted(
        (one.lapses_on, lender, place, one)
        for lender, queue in waiting.items()
        for place, one in enumerate(queue)
        if one.lapses_on is not None
    )
    gone: set[Key] = set()
    for _, lender, _, one in soon:
        if room.full(lender, one) is None:
            room.take(lender, one)
            taken[lender] += 1
            gone.add(one.key)
    return {lender: [one for one in queue if one.key not in gone] for lender, queue in waiting.items()}
