"""What happens when a contact is asked, and whom a clerk asks.

Asking: does the phone ring at the right person, is it answered, is the tie alive, when did they last speak, will they
relay, does the debtor then react within 30 days, is anybody annoyed. Clerks: see ``CLERKS``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from locate.contacts.exploring import ContactExploring, first_asked
from locate.contacts.ranking import RankedContact, load_contact_priors
from scripts.world.contact_lists import Written, held_by
from scripts.world.contact_lives import YEAR, Debtor, Tie
from scripts.world.contact_marginals import of

TRIES: Final = 3
WINDOW_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """``heard``: what the clerk knows at once: no_answer, wrong_number, denies, answered, relays (says so). Then what came of it and after how many days."""

    heard: str
    useful: bool
    complaint: bool
    days: int


def ask(rng: random.Random, line: Written, who: Debtor, day: int, told: int, asked_before: int) -> Answer:
    """What comes of asking on ``day`` this contact, whom the debtor told on the day ``told``."""
    again = of("asked_again") ** asked_before
    holder = held_by(line, day)
    if holder == "nobody" or (holder == "broker" and rng.random() < 0.6):
        return Answer("no_answer", False, False, WINDOW_DAYS)
    if holder == "broker":
        return Answer("denies", False, rng.random() < 0.02, 1)
    if holder == "stranger":
        annoyed = rng.random() < of("stranger_complains") * again
        return Answer("wrong_number", False, annoyed, 1)
    assert line.person is not None
    if rng.random() < (1 - line.person.picks_up) ** TRIES:
        return Answer("no_answer", False, False, WINDOW_DAYS)
    if line.truth == "desk" or line.tie is None:
        return _desk(rng, who, again)
    return _person(rng, line.tie, who, day, told, again)


def _desk(rng: random.Random, who: Debtor, again: float) -> Answer:
    """A personnel desk passes notes on as a matter of course, as long as the debtor works there."""
    passes = rng.random() < 0.55
    useful = passes and _reacts(rng, who, 0.9)
    return Answer("relays" if passes else "answered", useful, not useful and rng.random() < 0.004 * min(again, 3), rng.randint(2, 28) if useful else WINDOW_DAYS)


def _person(rng: random.Random, tie: Tie, who: Debtor, day: int, told: int, again: float) -> Answer:
    annoyed = tie.person.touchy * again
    if tie.broken_on <= day:
        complaint = rng.random() < annoyed + of("broken_complains")
        return Answer("denies" if rng.random() < 0.2 else "answered", False, complaint, 3 if complaint else WINDOW_DAYS)
    sees = tie.together and who.stays
    cooled = 1 + of("cools_a_year") * (day - told) / YEAR if tie.kind in ("friend", "colleague") else 1.0
    hiding = of("avoider_talks_less") if who.avoids else 1.0
    last_spoke = 0.0 if sees else rng.expovariate(1 / (tie.gap * cooled * hiding))
    if last_spoke > of("relays_within_days") or tie.shields:
        complaint = rng.random() < annoyed
        says = rng.random()
        heard = "answered" if not tie.shields else "denies" if says < 0.12 else "relays" if says < 0.12 + of("promises_falsely") else "answered"
        return Answer(heard, False, complaint, 3 if complaint else WINDOW_DAYS)
    # Who lives with the debtor, or brought him up, is heard; a colleague's word is easily passed over.
    weight = 1.15 if sees else {"spouse": 1.0, "parent": 1.0, "sibling": 0.85, "child": 0.9}.get(tie.kind, 0.62)
    useful = _reacts(rng, who, weight)
    complaint = not useful and rng.random() < annoyed
    return Answer("relays", useful, complaint, rng.randint(1, 28) if useful else WINDOW_DAYS)


def _reacts(rng: random.Random, who: Debtor, weight: float) -> bool:
    """The debtor calls or pays, or the new address proves good when it is written to."""
    if rng.random() < min(0.97, weight * who.reacts * (0.12 if who.avoids else 1.0)):
        return True
    return rng.random() < of("tells_address") * weight and rng.random() < of("told_address_is_good")


Choice = tuple[list[int], list[float]]
"""Positions asked, in order; probability with which each candidate was asked (NaN = not logged)."""


def _soft(rng: random.Random, wish: Sequence[float]) -> Choice:
    """One contact drawn by weight, on some days a second: every probability is known."""
    whole = [math.exp(one) for one in wish]
    p = [one / sum(whole) for one in whole]
    count = len(p)
    second = 0.4 if count > 1 else 0.0
    propensity = [p[i] + second * sum(p[j] * p[i] / (1 - p[j]) for j in range(count) if j != i) for i in range(count)]
    first = rng.choices(range(count), p)[0]
    asked = [first]
    if count > 1 and rng.random() < second:
        rest = [i for i in range(count) if i != first]
        asked.append(rng.choices(rest, [p[i] for i in rest])[0])
    return asked, propensity


def by_habit(rng: random.Random, lines: Sequence[Written], who: Debtor, day: int, prior: Sequence[float]) -> Choice:
    """Mostly from the top of the form, spouses and parents a little sooner; logged."""
    near = ("配偶", "丈夫", "妻子", "父亲", "母亲")
    return _soft(rng, [-0.5 * line.ordinal + (0.5 if line.relation in near else 0.0) for line in lines])


def by_chance(rng: random.Random, lines: Sequence[Written], who: Debtor, day: int, prior: Sequence[float]) -> Choice:
    """Anybody; logged."""
    return _soft(rng, [0.0] * len(lines))


def by_rule(rng: random.Random, lines: Sequence[Written], who: Debtor, day: int, prior: Sequence[float]) -> Choice:
    """The best by the rule prior and nobody else: what Handa itself does without a model."""
    best = max(range(len(lines)), key=lambda i: (prior[i], -lines[i].ordinal))
    return [best], [float(i == best) for i in range(len(lines))]


def by_ear(rng: random.Random, lines: Sequence[Written], who: Debtor, day: int, prior: Sequence[float]) -> Choice:
    """Whoever sounded close when the loan was made, and mostly for debtors who seem reachable: from notes no file holds.

    Hidden confounding: what the clerk heard also drives what comes of it; nothing is logged.
    """
    def heard(line: Written) -> float:
        if line.tie is None or line.truth == "stale":
            return rng.gauss(-0.6, 0.8)
        alive = line.tie.broken_on > day
        return (0.9 if alive else -0.5) + (0.8 if line.tie.together else 0.0) - 0.25 * math.log(line.tie.gap) + rng.gauss(0, 0.8)

    notes = [heard(line) for line in lines]
    unknown = [math.nan] * len(lines)
    if rng.random() < (0.5 if who.avoids else 0.1):
        return [], unknown
    order = sorted(range(len(lines)), key=lambda i: -notes[i])
    return [one for at, one in enumerate(order[:2]) if at == 0 or notes[one] > 0.7], unknown


Clerk = Callable[[random.Random, Sequence[Written], Debtor, int, Sequence[float]], Choice]


def by_policy(explore_per_mille: int) -> Clerk:
    """As a planning of relay letters does: the best by the rule prior, in a share of cases one drawn above the shipped floor; logged."""
    terms = ContactExploring(contact_explore_per_mille=explore_per_mille)

    def choose(rng: random.Random, lines: Sequence[Written], who: Debtor, day: int, prior: Sequence[float]) -> Choice:
        floor = load_contact_priors().abstain_below
        ranked = [RankedContact(i, 0.0, 0.0, prior[i], ()) for i in sorted(range(len(lines)), key=lambda i: (-prior[i], lines[i].ordinal)) if prior[i] > floor]
        draw = rng.random()
        if not ranked:
            return [], [0.0] * len(lines)
        found = first_asked(ranked, range(len(lines)), terms, draw)
        return [found.ordinal], [found.propensity.get(i, 0.0) for i in range(len(lines))]

    return choose


CLERKS: Final[dict[str, Clerk]] = {
    "habit": by_habit, "chance": by_chance, "rule": by_rule, "ear": by_ear,
    **{f"explores {share}‰": by_policy(share) for share in (0, 20, 50, 100, 200)},
}  # fmt: skip
