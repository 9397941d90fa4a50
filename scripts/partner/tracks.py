"""What becomes of one item and the events that tell of it, in real codes, from one random source per item.

Shares are chosen so that about half is delivered, as lawyers' letters to consumer debtors are (law-and-post.md §5: claimed
30 % for the trade, 75 % for the best). Days on the way go by distance. Every fate is a composed one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from scripts.partner.distance import travel

OPEN_PRODUCTS = {"402", "404"}
"""EMS products report in the open platform's codes; letters in the push form's."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What really becomes of an item; ``how`` for a delivery, ``reason`` = normalised code of why not."""

    state: str
    how: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One row that the partner will report. ``sub``: 签收情况 or 未妥投原因 in its own form's numbers.

    ``told_on`` is the day of the report where it is not the day of the event: a push-form void bears the time of what it
    voids. ``says``: what the partner's books say of the item from here on, None where nothing changes.
    """

    item_no: str
    at: datetime
    office: str
    action: str
    sub: str = ""
    description: str = ""
    effective: bool = True
    told_on: date | None = None
    says: Fate | None = None

    @property
    def day(self) -> date:
        """The day on which it is reported."""
        return self.told_on or self.at.date()


@dataclass(frozen=True, slots=True)
class Journey:
    """One item as accepted, and the post office that it goes out from."""

    item_no: str
    office: str
    postcode: str
    product: str
    origin: str = "430000"

    @property
    def opened(self) -> bool:
        """Whether its product reports in the open platform's form."""
        return self.product in OPEN_PRODUCTS

    def days(self, chance: random.Random) -> int:
        """Days of one journey between its two ends."""
        return travel(self.origin, self.postcode, express=self.opened, chance=chance)


@dataclass(frozen=True, slots=True)
class _Kind:
    share: int
    fate: Fate
    push: tuple[str, ...]
    opened: tuple[str, ...]


_KINDS = (
    _Kind(255, Fate("delivered", "self", "OK_SELF"), ("10",), ("10",)),
    _Kind(125, Fate("delivered", "other", "OK_OTHER"), ("11",), ("20",)),
    _Kind(75, Fate("delivered", "unit", "OK_UNIT"), ("12",), ("60",)),
    _Kind(85, Fate("returned", reason="REFUSED"), ("104",), ("7",)),
    _Kind(85, Fate("returned", reason="PERSON_UNKNOWN"), ("102",), ("3",)),
    _Kind(70, Fate("returned", reason="NOT_AT_ADDR"), ("103",), ("4",)),
    _Kind(60, Fate("returned", reason="MOVED_UNKNOWN"), ("126",), ("5",)),
    _Kind(55, Fate("returned", reason="ADDR_INSUFF_PHONE_BAD"), ("123",), ("2",)),
    _Kind(45, Fate("returned", reason="ADDR_WRONG"), ("101",), ()),
    _Kind(70, Fate("returned", reason="UNCLAIMED_EXPIRED"), ("127", "129"), ()),
    _Kind(20, Fate("returned", reason="PERSON_NOT_FOUND"), ("113",), ()),
    _Kind(20, Fate("returned", reason="MOVED_AWAY"), ("118",), ()),
    _Kind(5, Fate("lost", reason="LOST"), ("117",), ("13",)),
    _Kind(30, Fate("in_transit"), (), ()),
)
_DELIVERED = {"self": "投递并签收，签收人：本人", "other": "投递并签收，签收人：他人收", "unit": "投递并签收，签收人：单位收发章"}
_ON_THE_WAY = Fate("in_transit")
LOST = Fate("lost", reason="LOST")


class _Clock:
    """Moves on through days and the hours in which a kind of work is done; strictly forward."""

    def __init__(self, day: date, chance: random.Random) -> None:
        self._now = datetime.combine(day, time(18, 0))
        self._chance = chance

    def at(self, days: int, hour: int, width: int = 2) -> datetime:
        moment = datetime.combine(self._now.date() + timedelta(days=days), time(hour)) + timedelta(
            seconds=self._chance.randrange(width * 3600)
        )
        self._now = max(moment, self._now + timedelta(seconds=self._chance.randrange(60, 600)))
        return self._now


def track(journey: Journey, day: date, chance: random.Random) -> tuple[Fate, list[Event]]:
    """The fate of an item accepted on ``day`` and its events in time order."""
    item_no, office, opened = journey.item_no, journey.office, journey.opened
    kinds = [k for k in _KINDS if (k.opened if opened else k.push) or k.fate.state == "in_transit"]
    kind = chance.choices(kinds, [k.share for k in kinds])[0]
    clock = _Clock(day, chance)
    station = f"{office}揽投部"
    accepted = Event(item_no, clock.at(0, 18), "大宗收寄处", "203" if opened else "00", description="已收寄", says=Fate("accepted"))
    left = Event(item_no, clock.at(0, 21), "本地邮件处理中心", "389" if opened else "40", description="离开处理中心", says=_ON_THE_WAY)
    there = clock.at(journey.days(chance), 3, 6)
    events = [accepted, left, Event(item_no, there, f"{office}邮件处理中心", "954" if opened else "41", description="到达")]
    if kind.fate.state == "in_transit":
        return kind.fate, events
    codes = kind.opened if opened else kind.push
    out = Event(item_no, clock.at(chance.randint(0, 1), 9), station, "702" if opened else "50", description="安排投递")
    events.append(out)
    if kind.fate.state == "delivered":
        words = _DELIVERED[kind.fate.how]
        events.append(Event(item_no, clock.at(0, 11, 6), station, "704" if opened else "10", codes[0], words, says=kind.fate))
        return kind.fate, events
    if kind.fate.reason == "UNCLAIMED_EXPIRED":
        # Nobody in; the notice lies a week at the counter before the piece goes back (邮政 逾期未领).
        events.append(Event(item_no, clock.at(0, 11, 6), station, "20", "103", "未妥投"))
        clock.at(chance.randint(7, 10), 9)
    failed = Event(item_no, clock.at(0, 11, 6), station, "705" if opened else "20", chance.choice(codes), "未妥投")
    events.append(failed)
    if kind.fate.reason in ("NOT_AT_ADDR", "PERSON_NOT_FOUND"):
        events.append(replace(out, at=clock.at(1, 9)))
        events.append(replace(failed, at=clock.at(0, 11, 6)))
    if kind.fate.state == "lost":
        events[-1] = replace(events[-1], says=kind.fate)
        return kind.fate, events
    return kind.fate, events + _return(journey, clock, chance, kind.fate)


def _return(journey: Journey, clock: _Clock, chance: random.Random, fate: Fate) -> list[Event]:
    item_no, station = journey.item_no, f"{journey.office}揽投部"
    wait, home = chance.randint(1, 5), journey.days(chance)
    if journey.opened:
        return [
            Event(item_no, clock.at(wait, 15), station, "708", description="退件登记"),
            Event(item_no, clock.at(home, 3, 6), "本地邮件处理中心", "447", description="退回邮件开拆"),
            Event(item_no, clock.at(1, 10), "大宗收寄处", "711", description="退回妥投", says=fate),
        ]
    return [
        Event(item_no, clock.at(wait, 15), f"{journey.office}邮件处理中心", "40", description="退回离开"),
        Event(item_no, clock.at(home, 3, 6), "本地邮件处理中心", "41", description="退回到达"),
        Event(item_no, clock.at(1, 9), "大宗收寄处", "50", description="退回安排投递"),
        Event(item_no, clock.at(0, 12, 4), "大宗收寄处", "10", chance.choice(("13", "14")), "退回妥投", says=fate),
    ]


def voided_weeks_later(journey: Journey, events: list[Event], chance: random.Random) -> tuple[Fate, list[Event]]:
    """A delivery that is taken back after weeks: left open, brought again, or returned."""
    opened = journey.opened
    delivered = events[-1]
    item_no, station = delivered.item_no, delivered.office
    clock = _Clock(delivered.at.date() + timedelta(days=chance.randint(14, 28)), chance)
    if opened:
        void = Event(item_no, clock.at(0, 18), station, "743", description="投递妥投撤销", says=_ON_THE_WAY)
    else:
        void = replace(delivered, effective=False, told_on=clock.at(0, 18).date(), says=_ON_THE_WAY)
    events = [*events, void]
    match chance.randrange(3):
        case 0:
            return _ON_THE_WAY, events
        case 1:
            fate = Fate("delivered", "other", "OK_OTHER")
            again = Event(item_no, clock.at(1, 9), station, "702" if opened else "50", description="安排投递")
            code = "20" if opened else "11"
            signed = Event(item_no, clock.at(0, 11, 6), station, "704" if opened else "10", code, "再投签收", says=fate)
            return fate, [*events, again, signed]
        case _:
            fate = Fate("returned", reason="PERSON_UNKNOWN")
            code = "3" if opened else "102"
            failed = Event(item_no, clock.at(1, 11, 6), station, "705" if opened else "20", code, "查无此人")
            return fate, [*events, failed, *_return(journey, clock, chance, fate)]


def found_lost(journey: Journey, after: datetime, day: date, chance: random.Random) -> list[Event]:
    """The answer to an enquiry (查单, 邮政法 49) about an open item: it is lost. ``after`` is its last event so far."""
    moment = max(datetime.combine(day, time(15)) + timedelta(seconds=chance.randrange(3600)), after + timedelta(hours=1))
    action, sub = ("705", "13") if journey.opened else ("20", "117")
    return [Event(journey.item_no, moment, f"{journey.office}揽投部", action, sub, "查询结果：邮件丢失", says=LOST)]
