"""Debtors, the people around them and their phones: ties that cool, homes that part, numbers that change hands.

Nothing here is a formula of features. Every person has a life in days; what a lender's form shows of it comes later
(``contact_lists``), and so does what happens when somebody is asked (``contact_asks``). No person here exists.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from scripts.world.contact_marginals import Manners, of
from scripts.world.people import common_name

NEVER: Final = 10**9
YEAR: Final = 365.25

WORDS: Final = {
    "spouse": ("配偶", "丈夫", "妻子"), "parent": ("父亲", "母亲"), "child": ("子女", "儿子"), "sibling": ("兄弟", "姐姐", "弟弟"),
    "relative": ("亲戚", "表兄弟", "叔叔"), "friend": ("朋友",), "colleague": ("同事",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A home: area code, road and room."""

    adcode: str
    road: str
    key: str


@dataclass(slots=True)
class Person:
    """Someone with a phone. ``changes``: days on which a new number began, ascending, the first long ago."""

    name: str
    old: bool
    place: Place
    picks_up: float
    """Chance to answer an unknown caller in one try."""
    touchy: float
    """Chance to complain when bothered."""
    changes: list[int]
    given: dict[int, str] = field(default_factory=dict)
    """Numbers by their place in ``changes``, drawn when first told to anybody."""

    def number_on(self, day: int, numbers: Numbers) -> str:
        """The number held on a day."""
        return self.number_at(bisect_right(self.changes, day) - 1, numbers)

    def number_at(self, at: int, numbers: Numbers) -> str:
        """The ``at``-th number of this person's life."""
        if at not in self.given:
            self.given[at] = numbers.new()
        return self.given[at]

    def left_number(self, number: str) -> int:
        """The day from which this number was no longer theirs."""
        at = next(at for at, held in self.given.items() if held == number)
        return self.changes[at + 1] if at + 1 < len(self.changes) else NEVER


@dataclass(slots=True)
class Tie:
    """What a person is to the debtor."""

    kind: str
    person: Person
    together: bool
    gap: float
    """Mean days between two talks with the debtor."""
    broken_on: int = NEVER
    shields: bool = False
    """Says nothing to strangers about one's own."""


@dataclass(slots=True)
class Debtor:
    """Who owes, with all ties; ``avoids``: does not react, whoever relays."""

    number: int
    name: str
    born: int
    home: Place
    origin: Place
    """Household register: where the parents live."""
    ties: list[Tie]
    avoids: bool
    reacts: float
    stays: bool
    """Still lives where he did: who lives with him sees him daily."""


class Numbers:
    """Hands out mobile numbers of the block kept for composed persons, each once."""

    def __init__(self, rng: random.Random) -> None:
        self._left = rng.sample(range(100_000), 100_000)

    def new(self) -> str:
        """A number that nobody had."""
        return f"199000{self._left.pop():05d}"


def place(rng: random.Random, adcode: str | None = None) -> Place:
    """Some home, in a given area or anywhere."""
    code = adcode or f"{rng.choice((33, 34, 36, 42, 43, 44, 51)):02d}{rng.randint(1, 9):02d}{rng.randint(1, 12):02d}"
    road = f"{rng.randint(1, 40)}号路"
    return Place(code, road, f"{code}-{road}-{rng.randint(1, 10**7)}")


def person(rng: random.Random, home: Place, *, old: bool, horizon: int, name: str = "") -> Person:
    """A person with a phone history from long before day 0 to the horizon."""
    found = Person(
        name or common_name(rng), old, home, rng.betavariate(3, 3) if old else rng.betavariate(2, 3.2),
        rng.betavariate(0.7, 40), [-NEVER],
    )  # fmt: skip
    rate = of("number_change_old_a_year") if old else of("number_change_young_a_year")
    day = -1500.0
    while (day := day + rng.expovariate(rate / YEAR)) < horizon:
        found.changes.append(int(day))
    return found


def debtor(rng: random.Random, number: int, horizon: int, manners: Manners) -> Debtor:
    """A debtor and the people around."""
    name = common_name(rng)
    origin = place(rng)
    home = place(rng) if rng.random() < 0.65 else place(rng, origin.adcode)
    avoids = rng.random() < of("debtor_avoids")
    who = Debtor(number, name, rng.randint(1968, 2001), home, origin, [], avoids, rng.betavariate(5, 2.2), rng.random() < 0.6)
    who.ties = [*_kin(rng, who, horizon), *_others(rng, who, horizon, manners)]
    for tie in who.ties:
        less = 0.5 if manners.home_shields_less and tie.together else 1.0
        tie.shields = rng.random() < manners.shields[tie.kind] * less
    return who


def _kin(rng: random.Random, who: Debtor, horizon: int) -> list[Tie]:
    ties = []
    if rng.random() < (0.62 if who.born < 1994 else 0.3):
        spouse = person(rng, who.home, old=False, horizon=horizon)
        rate = of("divorce_a_year") * of("divorce_in_debt")
        parts = int(rng.expovariate(rate / YEAR)) - 400
        # Left behind in the village, or parted in all but name: the form still says spouse.
        apart = rng.random() < 0.3
        if apart:
            spouse.place = place(rng, who.origin.adcode)
        ties.append(Tie("spouse", spouse, not apart, rng.lognormvariate(2.8, 1.0) if apart else 1.0, parts))
    for _ in range(2):
        if rng.random() < 0.8:
            with_them = rng.random() < (0.3 if who.home.adcode == who.origin.adcode else 0.06)
            parent = person(rng, who.home if with_them else who.origin, old=True, horizon=horizon, name=_kin_name(rng, who.name, 0.5))
            lost = int(rng.expovariate(of("parent_lost_a_year") / YEAR)) - 700
            ties.append(Tie("parent", parent, with_them, rng.lognormvariate(2.6, 0.9), lost))
    for _ in range(rng.choice((0, 1, 1, 2))):
        near = place(rng, who.origin.adcode) if rng.random() < 0.5 else place(rng)
        sibling = person(rng, near, old=False, horizon=horizon, name=_kin_name(rng, who.name, 0.97))
        quarrel = int(rng.expovariate(of("relative_quarrels_a_year") / YEAR)) - 300
        ties.append(Tie("sibling", sibling, False, rng.lognormvariate(2.9, 1.0), _lent(rng, quarrel)))
    if who.born < 1978 and rng.random() < 0.4:
        ties.append(Tie("child", person(rng, who.home, old=False, horizon=horizon, name=_kin_name(rng, who.name, 0.95)), rng.random() < 0.3, 12.0))
    return ties


def _others(rng: random.Random, who: Debtor, horizon: int, manners: Manners) -> list[Tie]:
    ties = []
    rates = {"relative": of("relative_quarrels_a_year"), "friend": of("friend_drifts_a_year"), "colleague": manners.colleague_leaves_a_year}
    for kind, count in (("relative", 2), ("friend", 3), ("colleague", 2)):
        for _ in range(count):
            near = place(rng, who.home.adcode if kind != "relative" else who.origin.adcode) if rng.random() < 0.6 else place(rng)
            name = _kin_name(rng, who.name, 0.45) if kind == "relative" else ""
            other = person(rng, near, old=kind == "relative" and rng.random() < 0.5, horizon=horizon, name=name)
            ends = int(rng.expovariate(rates[kind] / YEAR)) - 200
            gap = rng.lognormvariate(2.8, 1.2) if kind == "friend" else rng.uniform(30, 300) if kind == "relative" else rng.uniform(*manners.colleague_gap)
            ties.append(Tie(kind, other, False, gap, ends if kind == "colleague" else _lent(rng, ends)))
    return ties


def _lent(rng: random.Random, ends: int) -> int:
    """Who lent money to the debtor has had enough of him by the time the lender has."""
    return min(ends, rng.randint(-200, 400)) if rng.random() < of("borrowed_from") else ends


def _kin_name(rng: random.Random, of_name: str, same: float) -> str:
    name = common_name(rng)
    return of_name[0] + name[1:] if rng.random() < same else name
