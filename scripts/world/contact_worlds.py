"""Made-up worlds of reserved contacts that differ in mechanism: plain, hidden confounding, sudden change; and one more.

The fourth, ``agreeing``, is as the rule prior takes people to be: there is little to learn there, and that must show.

``contact_world(name, seed)`` lets debtors live, borrow, vanish and be asked about, day by day, and gives the rows a lender
would have (features by ``locate.contacts``, as known on the day) beside what nobody has: what would have come of asking
each contact. Same name and seed, same world. All figures from here are synthetic.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

from locate.address.model import Address
from locate.case import CaseRecord, Claim, Contact, Source
from locate.contacts.features import ContactFeatures, ContactHistory, Question, contact_features
from locate.contacts.ranking import RulePrior, Usefulness, load_contact_priors
from locate.contacts.trial_rows import trials_of
from models.contacts.trials import ContactTrials, Result
from records.money import Fen
from scripts.world.contact_asks import CLERKS, Answer, Choice, ask
from scripts.world.contact_lists import Town, Written, form
from scripts.world.contact_lives import Debtor, Numbers, Place, debtor, person, place
from scripts.world.contact_marginals import AGREEING, SHIELDING, Manners, of

Flags = NDArray[np.bool_]

START: Final = date(2023, 1, 1)
DAYS: Final = 1_100
DEBTORS: Final = 4_500


@dataclass(frozen=True, slots=True)
class WorldKind:
    """What a world is like."""

    clerk: str
    manners: Manners = SHIELDING
    flood_from: int | None = None
    """Day from which made-up contacts flood the app."""
    flood_share: float = 0.0
    """Share of loans then made through brokers."""


WORLDS: Final = {
    "plain": WorldKind("habit"),
    "confounded": WorldKind("ear"),
    "change": WorldKind("habit", flood_from=860, flood_share=0.4),
    "agreeing": WorldKind("habit", AGREEING),
}


@dataclass(frozen=True, slots=True)
class ContactWorld:
    """The rows a lender has, and the truth beside them: what asking each would have come to."""

    trials: ContactTrials
    useful: Flags
    complaint: Flags
    truth: NDArray[np.str_]
    """true, stale, made_up, pool, farm, desk."""
    first_day: int
    """Ordinal of the world's day 0."""


@dataclass(slots=True)
class _Lender:
    """What the lender has seen so far, by number."""

    debtors: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    heard: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    barred: set[str] = field(default_factory=set)
    told: dict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class _Event:
    """A loan being made, or a case whose debtor is lost."""

    day: int
    order: int
    who: Debtor
    loan: int
    lost: bool
    flooded: bool
    round: int = 0
    episode: int = 0

    def __lt__(self, other: _Event) -> bool:
        return (self.day, self.order, self.round) < (other.day, other.order, other.round)


@dataclass(slots=True)
class _Rows:
    features: list[ContactFeatures] = field(default_factory=list)
    columns: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    truth: list[str] = field(default_factory=list)

    def add(self, features: ContactFeatures, truth: str, **values: float) -> None:
        self.features.append(features)
        self.truth.append(truth)
        for name, value in values.items():
            self.columns[name].append(value)


def contact_world(name: str, seed: int, *, clerk: str | None = None, debtors: int = DEBTORS) -> ContactWorld:
    """Run a world from its first day to its last.

    Args:
        clerk: another way of choosing whom to ask (``CLERKS``); the lives stay the same.
    """
    kind = WORLDS[name]
    lives, lists, clerks = (random.Random(f"{seed}-{name}-{what}") for what in ("lives", "lists", "clerk"))
    numbers = Numbers(lists)
    town = Town([[numbers.new() for _ in range(12)] for _ in range(9)], [person(lives, place(lives), old=False, horizon=DAYS) for _ in range(30)], [], [])
    lender, rows = _Lender(), _Rows()
    forms: dict[tuple[int, int], list[Written]] = {}
    choose = CLERKS[clerk or kind.clerk]
    events = _events(lives, kind, debtors)
    while events:
        event = heappop(events)
        if event.lost:
            written = forms[event.who.number, event.loan]
            found = _work(rows, lender, event, written, seed, choose=lambda *given: choose(clerks, *given))
            if (later := _next_question(clerks, event, found)) is not None:
                heappush(events, later)
            continue
        again = forms.get((event.who.number, event.loan - 1))
        written = _repeated(lists, town, numbers, event, again, kind.manners)
        forms[event.who.number, event.loan] = written
        for line in written:
            lender.debtors[line.number].add(event.who.number)
            lender.told[event.who.number, line.number].append(event.day)
    return _closed(rows)


def _events(rng: random.Random, kind: WorldKind, debtors: int) -> list[_Event]:
    found: list[_Event] = []
    for number in range(debtors):
        who = debtor(rng, number, DAYS, kind.manners)
        made = rng.randint(-1_500, DAYS - 60)
        for loan in range(2 if rng.random() < of("second_loan") else 1):
            flooded = kind.flood_from is not None and made >= kind.flood_from and rng.random() < kind.flood_share
            gap = rng.randint(30, 60) if flooded else _vanishes_after(rng)
            found.append(_Event(made, len(found), who, loan, False, flooded))
            if 0 <= made + gap < DAYS - 31:
                found.append(_Event(made + gap, len(found), who, loan, True, flooded))
            made += gap // 2 + rng.randint(20, 300)
    return sorted(found)


def _next_question(rng: random.Random, event: _Event, found: bool) -> _Event | None:
    """When this debtor's contacts are asked about again: the next round, or after being found and lost once more."""
    if found:
        again, day = rng.random() < of("lost_again"), event.day + rng.randint(60, 240)
    elif event.round + 1 < of("rounds"):
        day = event.day + rng.randint(35, 75)
        return replace(event, day=day, round=event.round + 1) if day < DAYS - 31 else None
    else:
        again, day = rng.random() < of("taken_up_again"), event.day + rng.randint(180, 400)
    return replace(event, day=day, round=0, episode=event.episode + 1) if again and day < DAYS - 31 else None


def _vanishes_after(rng: random.Random) -> int:
    """Days from the loan to the debtor's being lost."""
    return rng.randint(400, 1_800) if rng.random() < of("long_loan") else 45 + int(rng.gammavariate(1.6, 170))


def _repeated(rng: random.Random, town: Town, numbers: Numbers, event: _Event, before: list[Written] | None, manners: Manners) -> list[Written]:
    """A second form of a debtor repeats some of the first."""
    fresh = form(rng, town, numbers, event.who, event.day, event.flooded, manners)
    if before is None or event.flooded:
        return fresh
    kept = [line for line in before if rng.random() < 0.6][: len(fresh)]
    seen = {id(line.person) for line in kept if line.person is not None}
    rest = [line for line in fresh if line.person is None or id(line.person) not in seen][: len(fresh) - len(kept)]
    return [Written(at, one.name, one.relation, one.number, one.where, one.truth, one.tie, one.person) for at, one in enumerate(kept + rest, 1)]


def _work(rows: _Rows, lender: _Lender, event: _Event, written: list[Written], seed: int, *, choose: Callable[[list[Written], Debtor, int, list[float]], Choice]) -> bool:
    """One lost debtor's case: describe who may be asked, decide whom to ask, keep what comes of it; True when the debtor is found."""
    day, who = event.day, event.who
    lines = [line for line in written if line.number not in lender.barred]
    if not lines:
        return False
    features = [contact_features(_question(lender, event, line, written)) for line in lines]
    prior = [_score(row, answer) for row, answer in zip(features, RulePrior().estimate(tuple(features)), strict=True)]
    asked, propensity = choose(lines, who, day, prior)
    case = ((who.number * 2 + event.loan) * 20 + event.episode) * 4 + event.round
    found = False
    for at, (line, row) in enumerate(zip(lines, features, strict=True)):
        told = min(lender.told[who.number, line.number])
        before = sum(kind in ("answered", "failed") for _, kind in lender.heard[line.number])
        # What asking would come to hangs on the contact and the day alone, not on whether it is asked.
        answer = ask(random.Random(f"{seed}-{case}-{line.ordinal}"), line, who, day, told, before)
        is_asked = at in asked
        if is_asked:
            _remember(lender, line, day, answer)
            found = found or answer.useful
        rows.add(
            row, line.truth, case=case, debtor=who.number, day=START.toordinal() + day, asked=is_asked, propensity=propensity[at],
            useful=answer.useful, complaint=answer.complaint, known=START.toordinal() + day + answer.days,
        )  # fmt: skip
    return found


def _score(row: ContactFeatures, answer: Usefulness) -> float:
    priors = load_contact_priors()
    return (answer.probability or 0.0) - priors.complaint_penalty * priors.complaint[row.group]


def _remember(lender: _Lender, line: Written, day: int, answer: Answer) -> None:
    lender.heard[line.number].append((day, "answered" if answer.heard in ("answered", "relays") else "failed"))
    if answer.heard == "relays":
        lender.heard[line.number].append((day, "relayed"))
    # What came of it is known when it has come, or when the window has closed.
    lender.heard[line.number].append((day + answer.days, "helped" if answer.useful else "in_vain"))
    if answer.complaint or answer.heard in ("wrong_number", "denies"):
        lender.barred.add(line.number)


def _question(lender: _Lender, event: _Event, line: Written, written: list[Written]) -> Question:
    day, who = event.day, event.who
    told = [one for one in lender.told[who.number, line.number] if one <= day]
    heard = [kind for on, kind in lender.heard[line.number] if on < day]
    history = ContactHistory(
        START + timedelta(days=min(told)), len(told), len(lender.debtors[line.number]),
        heard.count("answered"), heard.count("relayed"), heard.count("failed"), heard.count("helped"), heard.count("in_vain"),
    )  # fmt: skip
    contact = Contact(line.ordinal, line.name, line.relation, line.number, "", Source.RESERVED, "form", None, False)
    places = (_address(who.home), _address(who.origin))
    return Question(_case(who, event), contact, places, _address(line.where) if line.where else None, history, START + timedelta(days=day))


def _address(where: Place) -> Address:
    return Address(raw="", adcode=where.adcode, road=where.road, key=where.key)


def _case(who: Debtor, event: _Event) -> CaseRecord:
    on, none = START + timedelta(days=event.day), Fen(0)
    claim = Claim(on, on, none, none, none, none, none, none, none, none, none, none, Decimal("15.4"))
    return CaseRecord(f"W{who.number}-{event.loan}", who.name, "", "", "", "", "", on, claim, "", "")


def _closed(rows: _Rows) -> ContactWorld:
    column = {name: np.array(values) for name, values in rows.columns.items()}
    asked, useful, complaint = column["asked"].astype(bool), column["useful"].astype(bool), column["complaint"].astype(bool)
    result = np.where(complaint, int(Result.COMPLAINT), np.where(useful, int(Result.USEFUL), int(Result.NOT_USEFUL)))
    trials = trials_of(
        rows.features, case=column["case"].astype(np.int64), debtor=column["debtor"].astype(np.int64),
        lender=np.zeros(len(rows.features), np.int64), day=column["day"].astype(np.int64), asked=asked,
        propensity=column["propensity"].astype(np.float64), result=np.where(asked, result, int(Result.UNKNOWN)),
        known_day=np.where(asked, column["known"], -1).astype(np.int64),
    )  # fmt: skip
    return ContactWorld(trials, useful, complaint, np.array(rows.truth), START.toordinal())
