"""What a debtor writes on the lender's form: true contacts, stale numbers, made-up ones, shared ones, and a later flood.

A written contact knows (for the world, never for a model) whom it stands for. Brokers help those who mean to disappear:
with pools of numbers that many debtors share, and after the change of a world with numbers of their own for each and
names that fit.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from scripts.world.contact_lives import NEVER, WORDS, Debtor, Numbers, Person, Place, Tie, place
from scripts.world.contact_marginals import Manners, of
from scripts.world.people import common_name

_KINDS = ("spouse", "parent", "sibling", "friend", "relative", "colleague", "child")
_WISH = (9.0, 6.0, 5.0, 3.0, 1.6, 2.2, 2.0)
"""How readily a kind of person is written down (assumed)."""
_FILLERS = ("朋友", "同事甲", "张先生", "联系人", "测试")


@dataclass(frozen=True, slots=True)
class Written:
    """One line of the form. ``truth``: true, stale, made_up, pool, farm, desk."""

    ordinal: int
    name: str
    relation: str
    number: str
    where: Place | None
    truth: str
    tie: Tie | None = None
    person: Person | None = None


@dataclass(slots=True)
class Town:
    """What debtors have in common: brokers' pools, factories' desks, relatives of several debtors."""

    pools: list[list[str]]
    desks: list[Person]
    family: list[tuple[Tie, int]]
    farm: list[tuple[str, int]]
    """Numbers of a broker's phone farm, each with how many debtors it may still serve."""


def form(rng: random.Random, town: Town, numbers: Numbers, who: Debtor, day: int, flooded: bool, manners: Manners) -> list[Written]:
    """The contacts of a loan made on ``day``, in the debtor's own order."""
    branch = not flooded and rng.random() < of("branch")
    lines = rng.choice((3, 3, 4, 5, 5))
    if flooded:
        return _numbered(_flood(rng, town, numbers, who, day, lines))
    hides = rng.random() < of("hides") * (0.25 if branch else 1.4)
    if hides:
        return _numbered(_hidden(rng, town, numbers, who, day, lines, manners))
    shown = of("address_at_branch") if branch else of("address_in_app")
    chosen = _chosen(rng, who, day, lines)
    if not branch:
        # The app's form has its own order: kin first.
        chosen.sort(key=lambda tie: tie.kind in ("friend", "colleague"))
    if branch and manners.nearest_first:
        chosen.sort(key=lambda tie: tie.gap * rng.lognormvariate(0, 0.4))
    found = [_true(rng, numbers, tie, day, shown) for tie in chosen]
    if rng.random() < of("works_desk"):
        desk = rng.choice(town.desks)
        found[-1] = Written(0, "人事" + desk.name[0], "同事", desk.number_on(day, numbers), None, "desk", None, desk)
    if rng.random() < of("family_phone") and town.family:
        tie, _ = town.family[rng.randrange(len(town.family))]
        found[-1] = _true(rng, numbers, tie, day, shown)
    elif rng.random() < 0.06:
        town.family.append((rng.choice(who.ties), day))
    if not branch and rng.random() < of("pads"):
        # The form wants five lines, and the debtor has no mind to find five people.
        for at in rng.sample(range(len(found)), min(len(found) - 1, rng.choice((1, 1, 2)))):
            found[at] = _filler(rng, numbers)
        found += [_filler(rng, numbers) for _ in range(rng.choice((0, 1, 2)))]
    return _numbered(found)


def _chosen(rng: random.Random, who: Debtor, day: int, lines: int) -> list[Tie]:
    """Who is written down: near ones first, broken ties rarely; never more lines than people."""
    there = [tie for tie in who.ties if tie.broken_on > day or rng.random() < 0.25]
    there = there or who.ties
    wish = dict(zip(_KINDS, _WISH, strict=True))
    keys = sorted(there, key=lambda tie: rng.random() ** (1 / wish[tie.kind]), reverse=True)
    return keys[: max(1, min(lines, len(keys)))]


def _true(rng: random.Random, numbers: Numbers, tie: Tie, day: int, shown: float) -> Written:
    told = tie.person.number_on(day, numbers)
    truth = "true"
    if rng.random() < of("stale_when_told") and len(tie.person.changes) > 1:
        told, truth = tie.person.number_at(0, numbers), "stale"
    kind = tie.kind if rng.random() > of("misdeclared") else rng.choice(("relative", "friend"))
    where = tie.person.place if rng.random() < shown else None
    return Written(0, tie.person.name, rng.choice(WORDS[kind]), told, where, truth, tie, tie.person)


def _filler(rng: random.Random, numbers: Numbers) -> Written:
    digit = rng.choice("0123456789")
    number = f"199000{rng.choice('123456789')}{digit * 4}" if rng.random() < 0.4 else numbers.new()
    name = rng.choice(_FILLERS) if rng.random() < 0.4 else common_name(rng)
    return Written(0, name, rng.choice(("朋友", "同事", "亲戚", "兄弟")), number, None, "made_up")


def _hidden(rng: random.Random, town: Town, numbers: Numbers, who: Debtor, day: int, lines: int, manners: Manners) -> list[Written]:
    pool = rng.choice(town.pools) if rng.random() < of("broker_pool") else None
    found = []
    for _ in range(lines):
        kind = rng.choice(("spouse", "parent", "sibling", "friend", "colleague"))
        alike = kind in ("parent", "sibling") and (pool is not None or rng.random() < manners.amateur_surname)
        name = who.name[0] + common_name(rng)[1:] if alike else common_name(rng)
        number = rng.choice(pool) if pool else numbers.new()
        found.append(Written(0, name, rng.choice(WORDS[kind]), number, None, "pool" if pool else "made_up"))
    if rng.random() < 0.5:
        found[rng.randrange(len(found))] = _true(rng, numbers, rng.choice(who.ties), day, 0.1)
    return found


def _flood(rng: random.Random, town: Town, numbers: Numbers, who: Debtor, day: int, lines: int) -> list[Written]:
    """The broker writes near relations first, names that fit, a number for at most two debtors, an address in the district;
    the app's code by text message makes one line true: whoever the debtor could ask for it."""
    found = []
    for at in range(max(lines, 3) - 1):
        kind = ("spouse", "parent", "sibling", "parent")[at % 4]
        name = common_name(rng) if kind == "spouse" else who.name[0] + common_name(rng)[1:]
        found.append(Written(0, name, rng.choice(WORDS[kind]), _farm(rng, town, numbers), place(rng, who.home.adcode) if rng.random() < 0.5 else None, "farm"))
    friends = [tie for tie in who.ties if tie.kind in ("friend", "sibling", "colleague", "relative") and tie.broken_on > day]
    found.append(_true(rng, numbers, rng.choice(friends or who.ties), day, of("address_in_app")))
    return found


def _farm(rng: random.Random, town: Town, numbers: Numbers) -> str:
    if not town.farm or rng.random() < 0.5:
        town.farm.append((numbers.new(), 1))
        return town.farm[-1][0]
    at = rng.randrange(len(town.farm))
    number, left = town.farm[at]
    if left <= 1:
        town.farm.pop(at)
    return number


def _numbered(lines: list[Written]) -> list[Written]:
    return [Written(at, one.name, one.relation, one.number, one.where, one.truth, one.tie, one.person) for at, one in enumerate(lines, 1)]


def held_by(line: Written, day: int) -> str:
    """Who has the number on the day it is asked: theirs, stranger, nobody, broker. The same answer until the phone changes."""
    luck = random.Random(line.number).random()
    if line.truth in ("pool", "farm"):
        return "broker" if luck < 0.5 else "nobody"
    if line.person is None:
        return "stranger" if luck < 0.45 else "nobody"
    left = line.person.left_number(line.number)
    if left > day or left == NEVER:
        return "theirs"
    gone = day - left > of("quarantine_days")
    return "stranger" if gone and luck < of("reissued") else "nobody"
