"""What happens when a postman comes with the letter: the chance of each outcome, given everything that is so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.delivery.opportunities import Outcome
from scripts.world.delivery import assumed
from scripts.world.delivery.town import ESTATE_TYPES, Flags, Floats, Ints, People, Town, estate_of, office_of

CLASSES: Final = len(Outcome)


@dataclass(frozen=True, slots=True)
class Visit:
    """(n,) letters: to whom, where to, and how things stand there."""

    who: Ints
    room: Ints
    express: Flags
    lives: Flags
    family: Flags
    works: Flags
    worked: Flags
    made_up: Flags
    grade: Ints
    outdated: Flags
    cut_back: Flags
    """The office tries once and leaves nothing at a front desk (registered letters, after the sudden change)."""
    emptied: Flags


def chances(town: Town, people: People, visit: Visit, hiding_matters: bool) -> Floats:
    """(n, 8) chance of each ``Outcome`` for letters that no carrier's fault befalls."""
    n = len(visit.who)
    office, estate = office_of(visit.room), estate_of(visit.room)
    out = np.zeros((n, CLASSES))
    left = np.ones(n)

    def settle(outcome: Outcome, share: Floats | float, where: Flags | None = None) -> None:
        """Of what is still open, this share ends so."""
        nonlocal left
        part = left * share if where is None else np.where(where, left * share, 0.0)
        out[:, outcome] += part
        left = left - part

    careless = town.careless[office] * np.where(visit.express, 0.4, 1.0)
    for outcome, share in ((Outcome.UNKNOWN, 0.5), (Outcome.UNCLAIMED, 0.3), (Outcome.MOVED, 0.2)):
        out[:, outcome] += careless * share
    left = left - careless
    village = town.estate_type[estate] == ESTATE_TYPES.index("village")
    helped = town.finds[office] * np.where(visit.outdated, 0.8, 1.0)
    found = np.choose(visit.grade, [np.ones(n) * 0.99, 0.55 + 0.45 * helped, np.where(village, helped, 0.15 * helped)])
    lost = left * (1 - found)
    out[:, Outcome.INSUFFICIENT] += 0.7 * lost
    out[:, Outcome.UNKNOWN] += 0.3 * lost
    left = left - lost
    settle(Outcome.UNKNOWN, 0.6, visit.emptied)
    settle(Outcome.MOVED, 1.0, visit.emptied)

    opens = np.array(list(assumed.AT_HOME.values()))[people.kind[visit.who]]
    hidden = people.hiding[visit.who] & hiding_matters
    opens = np.where(hidden, opens * assumed.HIDING_AT_HOME, opens)
    attempts = np.where(visit.cut_back, 1, town.attempts[office] + visit.express)
    met = 1 - (1 - opens) ** attempts
    reached = met + (1 - met) * np.where(people.phone[visit.who] & ~hidden, 0.7 * town.calls[office], 0.0)
    low, high = assumed.REFUSES
    refuses = low + (high - low) * people.fear[visit.who] * np.where(hidden, 2.0, 1.0)
    guard = np.where(visit.cut_back, 0.0, town.guard_takes[estate])
    household = 0.30 * people.shares_home[visit.who]
    ends = {
        Outcome.REFUSED: reached * refuses,
        Outcome.HOUSEHOLD: reached * (1 - refuses) * household,
        Outcome.SELF: reached * (1 - refuses) * (1 - household),
        Outcome.OTHER: (1 - reached) * guard,
        Outcome.UNCLAIMED: (1 - reached) * (1 - guard),
    }
    _share_out(out, left, visit.lives, ends)
    takes = np.where(hidden, 0.45, 0.72)
    _share_out(out, left, visit.family, {
        Outcome.HOUSEHOLD: 0.85 * takes, Outcome.MOVED: 0.85 * (1 - takes) * 0.7, Outcome.REFUSED: 0.85 * (1 - takes) * 0.3, Outcome.UNCLAIMED: 0.15 * np.ones(n),
    })  # fmt: skip
    desk = np.where(visit.cut_back, 0.3, 0.70)
    _share_out(out, left, visit.works, {
        Outcome.OTHER: desk, Outcome.SELF: 0.18 * np.ones(n), Outcome.REFUSED: 0.04 * np.ones(n), Outcome.UNCLAIMED: 0.78 - desk,
    })  # fmt: skip
    _share_out(out, left, visit.worked, {Outcome.UNKNOWN: 0.72, Outcome.OTHER: 0.13, Outcome.MOVED: 0.15})
    _share_out(out, left, visit.made_up, {Outcome.UNKNOWN: 0.66, Outcome.INSUFFICIENT: 0.22, Outcome.UNCLAIMED: 0.10, Outcome.OTHER: 0.02})
    nobody = ~(visit.lives | visit.family | visit.works | visit.worked | visit.made_up)
    _share_out(out, left, nobody, {Outcome.MOVED: 0.38, Outcome.UNKNOWN: 0.40, Outcome.UNCLAIMED: 0.13, Outcome.HOUSEHOLD: 0.03, Outcome.OTHER: 0.06})
    return out


def _share_out(out: Floats, left: Floats, where: Flags, ends: dict[Outcome, Floats | float]) -> None:
    for outcome, share in ends.items():
        out[:, outcome] += np.where(where, left * share, 0.0)
