"""Three worlds that differ in how things come about, week by week.

``plain``: people move, papers age, offices have habits. ``hidden``: a third of the debtors keep out of the way; staff knew it
and chose by it before any model did, and no file says so. ``sudden``: in one week a bureau's reports go stale, two fifths of
the districts cut their service for registered letters, and a tenth of the estates is emptied.

The same seed gives the same people, papers and letters; what becomes of a letter depends on the row alone, so two policies
that write the same letter see the same end. All figures from here are synthetic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from models.delivery.features import KINDS, SOURCES
from models.delivery.opportunities import Opportunities, Outcome, elsewhere
from scripts.world.delivery import assumed
from scripts.world.delivery.doors import Visit, chances
from scripts.world.delivery.papers import NAMES, NEVER, Papers, drawn_papers
from scripts.world.delivery.town import (
    Flags,
    Floats,
    Ints,
    Town,
    district_of,
    drawn_people,
    estate_of,
    office_of,
)

WORLDS: Final = ("plain", "hidden", "sudden")
PHONES: Final = ("rows", "persons", "none")
"""How ``phone_region`` comes about: drawn row by row (which tells where the person lives, as no real number does), of one number a person
(``one_phone_each``), or never known."""
FIRST_DAY: Final = date(2026, 1, 5).toordinal()
"""A Monday; weeks are simulated from here."""
BUILDING: Final = assumed.ROOMS_PER_BUILDING


@dataclass(frozen=True, slots=True)
class Week:
    """What could be written to in a week, and what only the world knows of it."""

    offers: Opportunities
    """Every lawful (case, place, product) of the week; nothing written yet."""
    truth: Floats
    """(n, 8) chance of each outcome, knowing who lives where."""
    informed: Floats
    """(n, 8) chance, knowing all about papers, people and offices but what a person did since last truly seen."""
    staff: Ints
    """For each case, in order of ``group``, the row that staff would have written to by what they know."""
    row_key: Ints
    """(n,) names the row for the draw of its end."""

    @property
    def group(self) -> Ints:
        """Which case a row belongs to."""
        return self.offers.case


class DeliveryWorld:
    """One world of one seed. Weeks can be asked for in any order."""

    def __init__(self, name: str, seed: int, *, weeks: int = 40, cases_per_week: int = 800, phones: str = "persons") -> None:
        """
        Raises:
            ValueError: there is no world of this name, or no such ``PHONES``.
        """
        if name not in WORLDS or phones not in PHONES:
            raise ValueError(f"no world called {name!r} with phones by {phones!r}")
        self.name, self.seed, self.weeks, self.cases_per_week, self.phones = name, seed, weeks, cases_per_week, phones
        rng = np.random.default_rng([seed, WORLDS.index(name), 2026])
        self._change_day = FIRST_DAY + 7 * assumed.CHANGE_WEEK if name == "sudden" else NEVER
        last_day = FIRST_DAY + 7 * weeks
        self._town = Town.drawn(rng)
        self._people = drawn_people(self._town, rng, max(100, int(cases_per_week * weeks * 0.8)), FIRST_DAY, last_day)
        self._papers = drawn_papers(self._town, self._people, rng, last_day, self._change_day)
        self._cut_back = rng.random(assumed.DISTRICTS) < assumed.CHANGED_DISTRICTS
        self._emptied = rng.random(len(self._town.estate_type)) < assumed.DEMOLISHED

    def week(self, number: int) -> Week:
        """The cases of a week with their rows, one a (place, product)."""
        rng = np.random.default_rng([self.seed, WORLDS.index(self.name), 1, number])
        day = FIRST_DAY + 7 * number
        old_enough = np.flatnonzero(self._people.contract_day <= day - assumed.DEBT_AGE_DAYS[0])
        who = np.sort(rng.choice(old_enough, min(self.cases_per_week, len(old_enough)), replace=False))
        case = number * 1_000_000 + np.arange(len(who))
        rows = self._places(who, case, day)
        offers, facts = self._rows(rows, rng, day)
        truth = chances(self._town, self._people, facts, self.name == "hidden")
        informed = self._informed(rows, facts)
        key = offers.case * 1_000 + offers.listed * 10 + offers.product
        return Week(offers, truth, informed, self._staff(offers, facts, rng), key)

    def post(self, week: Week, rows: Ints, propensity: Floats) -> Opportunities:
        """The letters of these rows with their ends, each known on its own later day.

        Args:
            propensity: (len(rows),) with which the policy took each; NaN where it was not logged.
        """
        offers = week.offers.take(rows)
        draw = _uniform(self.seed, week.row_key[rows])
        ends = (np.cumsum(week.truth[rows], axis=1) < draw[:, None]).sum(axis=1).clip(0, len(Outcome) - 1)
        silent = _uniform(self.seed + 1, week.row_key[rows]) < assumed.CARRIER_FAULT + assumed.VOIDED
        wait = assumed.DELAY_DAYS[0] + (_uniform(self.seed + 2, week.row_key[rows]) * (assumed.DELAY_DAYS[1] - assumed.DELAY_DAYS[0])).astype(np.int64)
        slower = np.isin(ends, [Outcome.UNCLAIMED, Outcome.UNKNOWN, Outcome.MOVED])
        known = offers.day + wait + 4 * slower
        return replace(
            offers, written=np.ones(len(rows), bool), propensity=np.asarray(propensity, np.float64),
            outcome=np.where(silent, -1, ends).astype(np.int64), known_day=np.where(silent, -1, known).astype(np.int64),
        )  # fmt: skip

    def one_phone_each(self, rows: Opportunities) -> Ints:
        """A soberer ``phone_region`` than the rows' own, which is drawn row by row and names only the place lived in: one number a
        person, issued somewhere and for good, that agrees with every address there (a district stands for a city)."""
        people = self._people
        rng = np.random.default_rng([self.seed, 77])
        count = len(people.registered)
        where = rng.choice(len(assumed.PHONE_ISSUED), count, p=list(assumed.PHONE_ISSUED.values()))
        issued = np.choose(where, [district_of(people.registered), district_of(people.homes[:, 0]), rng.integers(0, assumed.DISTRICTS, count)])
        issued, here = issued[rows.debtor], district_of(rows.room)
        agrees = np.where(issued == here, 2, np.where(issued // 9 == here // 9, 1, 0))
        return np.where((rng.random(count) < assumed.PHONE_REGION_KNOWN)[rows.debtor], agrees, -1).astype(np.int64)

    def _places(self, who: Ints, case: Ints, day: int) -> _Places:
        papers = self._papers
        debtor, paper = np.nonzero(papers.there[who] & (papers.said_day[who] <= day))
        return _Places(who[debtor], case[debtor], paper, papers, day)

    def _rows(self, p: _Places, rng: np.random.Generator, day: int) -> tuple[Opportunities, Visit]:
        """One row a place and product: of several papers of one place the latest one speaks, all of them count as voices."""
        papers, people = self._papers, self._people
        room = np.where(papers.room[p.who, p.paper] >= 0, papers.room[p.who, p.paper], papers.wrong_room[p.who, p.paper])
        said = papers.said_day[p.who, p.paper]
        place = p.case * 100_000_000 + room
        order = np.lexsort((p.paper, -said, place))
        first = np.r_[True, place[order][1:] != place[order][:-1]]
        keep = order[first]
        voices = np.bincount(np.cumsum(first) - 1)
        listed = np.minimum.reduceat(papers.listed[p.who, p.paper][order], np.flatnonzero(first))
        keep, voices, listed = keep[np.argsort(keep)], voices[np.argsort(keep)], listed[np.argsort(keep)]
        who, paper, room, case = p.who[keep], p.paper[keep], room[keep], p.case[keep]
        age = np.where(papers.dated[who, paper], day - said[keep], np.nan).astype(np.float64)
        places, youngest = elsewhere(case, room, age)
        count = len(keep)
        facts = self._facts(who, paper, room, day)
        registered = paper == NAMES.index("registered")
        phone_region = np.where(rng.random(count) < assumed.PHONE_REGION_KNOWN, np.where(facts.lives & (rng.random(count) < 0.6), 2, rng.integers(0, 2, count)), -1)
        columns = Opportunities(
            case=case, debtor=who, lender=people.lender[who], day=np.full(count, day, np.int64), room=room, building=room // BUILDING,
            estate=estate_of(room), office=office_of(room), district=420_000 + district_of(room), product=np.zeros(count, np.int64), listed=listed,
            kind=_codes(0, KINDS)[paper], source=_codes(1, SOURCES)[paper], grade=facts.grade, age_days=age,
            confidence=papers.confidence[who, paper], issues=papers.issues[who, paper], voices=voices, places=places, elsewhere_days=youngest,
            id_region=_agreement(people.registered[who], room, registered), phone_region=phone_region, amount_fen=people.amount_fen[who],
            cost_fen=np.zeros(count, np.int64), written=np.zeros(count, bool), propensity=np.full(count, np.nan),
            outcome=np.full(count, -1, np.int64), known_day=np.full(count, -1, np.int64),
        )  # fmt: skip
        if self.phones != "rows":  # the draws above were made all the same: the rest of the world stays as it was
            columns = replace(columns, phone_region=self.one_phone_each(columns) if self.phones == "persons" else np.full(count, -1, np.int64))
        both = [replace(columns, product=np.full(count, code, np.int64), cost_fen=np.full(count, cost, np.int64)) for code, (_, cost) in enumerate(assumed.PRODUCTS)]
        visits = [replace(facts, express=np.full(count, code == 1), cut_back=facts.cut_back & (code == 0)) for code in range(len(assumed.PRODUCTS))]
        joined = Opportunities.joined(*both)
        order = np.lexsort((joined.product, np.tile(np.arange(count), 2), joined.case))
        return joined.take(order), _joined_visits(visits, order)

    def _facts(self, who: Ints, paper: Ints, room: Ints, day: int) -> Visit:
        people, papers = self._people, self._papers
        today = np.full(len(who), day, np.int64)
        made_up = papers.room[who, paper] < 0
        changed = day >= self._change_day
        lives = ~made_up & (people.home(who, today) == room)
        family = ~made_up & ~lives & (room == people.registered[who]) & people.family_there[who]
        here = ~made_up & ~lives & ~family & (room == people.jobs[who, 0])
        return Visit(
            who, room, np.zeros(len(who), bool), lives, family, here & (people.job_left[who] > day), here & (people.job_left[who] <= day), made_up,
            papers.grade[who, paper], (papers.issues[who, paper] >> 2) & 1 == 1, self._cut_back[district_of(room)] & changed, self._emptied[estate_of(room)] & changed,
        )  # fmt: skip

    def _informed(self, p: _Places, facts: Visit) -> Floats:
        """Chances averaged over what a person may have done since the latest true sighting."""
        people, papers, day = self._people, self._papers, p.day
        true = (papers.room[p.who, p.paper] >= 0) & ~np.isin(p.paper, [NAMES.index("registered"), NAMES.index("work")])
        true &= papers.room[p.who, p.paper] == people.home(p.who, papers.real_day[p.who, p.paper])
        last = np.full(len(people.kind), -1, np.int64)
        np.maximum.at(last, p.who[true], papers.real_day[p.who, p.paper][true])
        last = np.maximum(last, people.contract_day)
        seen_at = people.home(np.arange(len(last)), last)
        rate = np.array(list(assumed.MOVES_PER_YEAR.values()))[people.kind]
        stays = np.exp(-rate * (day - last) / 365.25)[facts.who]
        may_live = ~facts.made_up & (facts.room == seen_at[facts.who])
        job = ~facts.made_up & ~may_live & (facts.works | facts.worked)
        keeps = np.exp(-assumed.JOBS_PER_YEAR * (day - people.contract_day[facts.who]) / 365.25)
        family = ~facts.made_up & (facts.room == people.registered[facts.who]) & people.family_there[facts.who]
        none = np.zeros(len(facts.who), bool)

        def having(**so: Flags) -> Floats:
            return chances(self._town, people, replace(facts, **so), self.name == "hidden")

        if_lives = having(lives=may_live, family=family & ~may_live, works=none, worked=none)
        if_gone = having(lives=none, family=family, works=none, worked=none)
        home = np.where(may_live, stays, 0.0)[:, None]
        away = home * if_lives + (1 - home) * if_gone
        at_work = keeps[:, None] * having(lives=none, family=none, works=job, worked=none) + (1 - keeps[:, None]) * having(lives=none, family=none, works=none, worked=job)
        return np.where(job[:, None], at_work, away)

    def _staff(self, offers: Opportunities, facts: Visit, rng: np.random.Generator) -> Ints:
        """Staff go by what calls told them: work for those who hide, else often the home they believe in, else the first listed."""
        hint = np.where(facts.lives, 1.0, 0.0) * (rng.random(len(facts.who)) < 0.35)
        hides = self._people.hiding[facts.who] if self.name == "hidden" else np.zeros(len(facts.who), bool)
        liking = hint * np.where(hides, 0.3, 1.0) + np.where(facts.works & hides, 2.0, 0.0) - offers.listed / 100 - offers.product / 2
        order = np.lexsort((offers.product, -liking, offers.case))
        return order[np.r_[True, offers.case[order][1:] != offers.case[order][:-1]]]


@dataclass(frozen=True, slots=True)
class _Places:
    who: Ints
    case: Ints
    paper: Ints
    papers: Papers
    day: int


def _codes(column: int, order: tuple[str, ...]) -> Ints:
    return np.array([order.index(str(row[column])) for row in assumed.PAPERS.values()], np.int64)


def _agreement(registered: Ints, room: Ints, is_registered: Flags) -> Ints:
    """Region of the ID number against the place: 3 same district, 1 one of four same "provinces", 0 neither."""
    same = district_of(registered) == district_of(room)
    near = district_of(registered) // 9 == district_of(room) // 9
    return np.where(same | is_registered, 3, np.where(near, 1, 0)).astype(np.int64)


def _joined_visits(visits: list[Visit], order: Ints) -> Visit:
    names = Visit.__dataclass_fields__
    return Visit(**{name: np.concatenate([getattr(visit, name) for visit in visits])[order] for name in names})


def _uniform(seed: int, keys: Ints) -> Floats:
    """(n,) numbers in [0, 1) that depend on seed and key alone (splitmix64)."""
    mixed = keys.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) / math.pow(2.0, 53), np.float64)
