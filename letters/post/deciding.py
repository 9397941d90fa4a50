"""A person's decision on a track that contradicts itself, and the facts that it was made on. Pure: no database.

New events that leave the contradiction as it was (a late transit scan) don't disturb a decision; any that change it
(another final event, a void, a movement after the end, a code that means something else now) take its ground away, and
the letter waits for a person again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from letters.post.codes import How
from letters.post.model import LetterState

DECIDABLE: Final = (LetterState.DELIVERED, LetterState.RETURNED, LetterState.LOST, LetterState.IN_TRANSIT)
"""What a person may decide; IN_TRANSIT = none of the claims is believed, the letter goes on waiting for the post."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person made of a contradiction: the state to believe, and of a delivery how it was handed out."""

    state: LetterState
    facts: str
    """``Outcome.facts`` as the person saw them."""
    at: datetime
    how: How | None = None
    on: date | None = None
    """The day of the end where the track's own date is not believed."""


def facts_of(codes: Iterable[str], marks: Iterable[str]) -> str:
    """The hash of a contradiction: its blocking codes and the events that it lies in, in any order."""
    lines = [*sorted(set(codes)), "", *sorted(set(marks))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def decision_on(decisions: Collection[Decision], facts: str) -> Decision | None:
    """The newest decision made on these very facts."""
    own = [one for one in decisions if one.facts == facts]
    return max(own, key=lambda one: (one.at, one.state, one.how or "", str(one.on)), default=None)
