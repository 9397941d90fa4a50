"""Who is asked first where a share of cases is drawn: so that what was never tried can be judged afterwards.

The hard filter and the estimator's abstention come before: only ranked contacts are looked at, and of these only the clear
ones, for which no rule needs a person's word, are drawn. Pure; the draw is the caller's (keyed, so that a repetition draws alike).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from locate.contacts.ranking import ContactReason, RankedContact

NEVER: Final = 1.0
"""A draw that explores nothing."""
EXPLORED: Final = ContactReason("explore", "按设定的探索比例抽中，未取排在第一的联系人", 0.0)


class ContactTerms(Protocol):
    """What is read of a policy here; ``letters.rules.policy.Policy`` serves."""

    @property
    def contact_explore_per_mille(self) -> int:
        """Share of cases in which the contact asked first is drawn, in thousandths; 0 = never."""
        ...

    @property
    def contact_explore_floor_per_mille(self) -> int:
        """Score (usefulness less penalty × complaint), in thousandths, that a drawn contact must exceed."""
        ...


@dataclass(frozen=True, slots=True)
class ContactExploring:
    """The terms alone, for callers without a rules policy. Defaults as in ``letters.rules.policy`` (a test compares)."""

    contact_explore_per_mille: int = 0
    contact_explore_floor_per_mille: int = 30


@dataclass(frozen=True, slots=True)
class FirstAsked:
    """Who is asked first, and with which probability each ranked contact was to be (they add up to 1)."""

    ordinal: int
    propensity: Mapping[int, float]
    """By ordinal; 0 for those that could not be drawn."""
    explored: bool
    """Whether another than the best ranked was taken."""


def first_asked(ranked: Sequence[RankedContact], clear: Collection[int], terms: ContactTerms, draw: float = NEVER) -> FirstAsked:
    """The best ranked contact, or in a share of cases one drawn evenly among the clear ones above the floor.

    One draw decides both whether and which. Who needs a person's word may be the best ranked, as ever, but is not drawn.

    Args:
        ranked: as ``rank_contacts`` gave them, best first; never empty.
        clear: ordinals of those that every rule lets go as they are.
        terms: the share and the floor.
        draw: a number in [0, 1) that is this case's and day's own; 1 = never.

    Raises:
        ValueError: nobody is ranked.
    """
    if not ranked:
        raise ValueError("nobody may be asked")
    best = ranked[0].ordinal
    share, floor = terms.contact_explore_per_mille / 1000, terms.contact_explore_floor_per_mille / 1000
    allowed = [one.ordinal for one in ranked if one.ordinal in clear and one.score > floor]
    if not share or set(allowed) <= {best}:
        return FirstAsked(best, {one.ordinal: float(one.ordinal == best) for one in ranked}, explored=False)
    taken = allowed[min(int(draw / share * len(allowed)), len(allowed) - 1)] if draw < share else best
    propensity = {
        one.ordinal: (share / len(allowed) if one.ordinal in allowed else 0.0) + (1 - share if one.ordinal == best else 0.0) for one in ranked
    }
    return FirstAsked(taken, propensity, explored=taken != best)
