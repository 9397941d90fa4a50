"""The whole story of every item of a batch: its fate, and what the faults of an item do to the telling of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from scripts.partner.faults import Fault, FaultPlan
from scripts.partner.receive import Item, Received
from scripts.partner.tracks import Event, Fate, Journey, found_lost, track, voided_weeks_later
from scripts.partner.truth import ItemTruth, Truth, Turn

REASONS = ("收件人地址不全", "封口不牢", "超出协议范围")
STEP_FEN = 120
"""One step of the letter tariff, non-local."""
STEP_G = 20
UNKNOWN_STEP = {False: "97", True: "997"}
UNKNOWN_END = {False: "19", True: "199"}
"""Codes of the partner's newest manual (``own_codes.csv``), by whether the item reports in the open platform's form."""
FOREIGN_ITEMS = 3
ENQUIRY_DAYS = 12
"""Days until an enquiry is answered; the law allows thirty (邮政法 49)."""


@dataclass(frozen=True, slots=True)
class Story:
    """One item's events in the order of their happening, and what the books say of it."""

    journey: Journey
    events: tuple[Event, ...]
    truth: ItemTruth


def _turns(events: list[Event]) -> tuple[Turn, ...]:
    found = [Turn(e.day, e.at, e.says.state, e.says.how, e.says.reason) for e in events if e.says is not None]
    return tuple(sorted(found, key=lambda turn: turn.known_on))


class StoryTeller:
    """Tells the stories of batches under one plan of faults, and writes the wrongs it does into the truth."""

    def __init__(self, plan: FaultPlan, truth: Truth, origin: str) -> None:
        self._plan = plan
        self._truth = truth
        self._origin = origin

    def of(self, batch: Received, day: date, used: Callable[[str], bool]) -> list[Story]:
        """The stories of a batch accepted on ``day``. ``used``: whether a number has been accepted before."""
        swapped = self._swapped(batch, day)
        stories = [self._story(batch, item, day, used(item.item_no), swapped.get(item.item_no)) for item in batch.items]
        self._truth.items |= {story.journey.item_no: story.truth for story in stories}
        return stories

    def foreign(self, batch: Received, day: date) -> list[Event]:
        """Events of numbers that never were the sender's, reported along with a batch."""
        if not self._plan.strikes(Fault.FOREIGN, batch.name):
            return []
        chance = self._plan.chance(Fault.FOREIGN, batch.name)
        events: list[Event] = []
        for _ in range(FOREIGN_ITEMS):
            number = f"ZZ{chance.randrange(10**11):011d}"
            self._truth.foreign.append(number)
            self._truth.note(Fault.FOREIGN, day, number, batch.name)
            events += track(Journey(number, "某市某区", "430000", batch.product, self._origin), day, chance)[1]
        return events

    def lost_after_all(self, story: Story, asked_on: date) -> Story:
        """An open item that was enquired about: answered ``ENQUIRY_DAYS`` later that it is lost."""
        chance = self._plan.chance(Fault.LOST, "enquiry", story.journey.item_no)
        last = max(event.at for event in story.events)
        events = [*story.events, *found_lost(story.journey, last, asked_on + timedelta(days=ENQUIRY_DAYS), chance)]
        truth = replace(story.truth, state="lost", how="", norm="LOST", turns=_turns(events))
        self._truth.items[story.journey.item_no] = truth
        return Story(story.journey, tuple(events), truth)

    def _swapped(self, batch: Received, day: date) -> dict[str, Item]:
        """Number → the line whose address its envelope bears: two labels exchanged on the way to the counter."""
        found: dict[str, Item] = {}
        for place, item in enumerate(batch.items):
            if item.item_no in found or not self._plan.strikes(Fault.SWAPPED, item.item_no):
                continue
            others = (other for other in batch.items[place + 1 :] if other.postcode[:3] != item.postcode[:3] and other.item_no not in found)
            if (other := next(others, None)) is not None:
                found |= {item.item_no: other, other.item_no: item}
                self._truth.note(Fault.SWAPPED, day, item.item_no, other.item_no)
        return found

    def _story(self, batch: Received, item: Item, day: date, used: bool, swapped: Item | None) -> Story:
        number, went = item.item_no, swapped or item
        journey = Journey(number, went.office, went.postcode, batch.product, self._origin)
        if used or self._plan.strikes(Fault.REFUSED, number):
            reason = "邮件号码已被使用" if used else self._plan.chance(Fault.REFUSED, number).choice(REASONS)
            self._truth.note(Fault.REFUSED, day, number, reason)
            return Story(journey, (), ItemTruth(batch.name, "refused", refused_reason=reason))
        fate, events = track(journey, day, self._plan.fate(number))
        voided = fate.state == "delivered" and self._plan.strikes(Fault.VOIDS, number)
        if voided:
            first = events[-1]
            fate, events = voided_weeks_later(journey, events, self._plan.chance(Fault.VOIDS, number))
            self._truth.note(Fault.VOIDS, day, number, f"{first.at:%Y-%m-%d} → {fate.state}")
        elif fate.state == "delivered" and self._plan.strikes(Fault.SAME_SECOND, number):
            events[-2] = replace(events[-2], at=events[-1].at)
            self._truth.note(Fault.SAME_SECOND, day, number)
        unknown = self._unknown(journey, fate, events, day, voided)
        weight, postage, off = self._weighed(item, day)
        truth = ItemTruth(
            batch.name, fate.state, fate.how, fate.reason, voided, weight, postage, off=off, unknown=unknown,
            swapped_with=swapped.item_no if swapped else "", turns=_turns(events),
        )  # fmt: skip
        return Story(journey, tuple(events), truth)

    def _unknown(self, journey: Journey, fate: Fate, events: list[Event], day: date, voided: bool) -> str:
        """A code that only the partner's newest manual has: of a step, or of the end itself. Gives it, '' for none."""
        if not self._plan.strikes(Fault.UNKNOWN_CODES, journey.item_no):
            return ""
        if fate.how == "other" and not voided:
            code = UNKNOWN_END[journey.opened]
            events[-1] = replace(events[-1], sub=code, description="邻里代收")
        else:
            code = UNKNOWN_STEP[journey.opened]
            # Between acceptance and the rest: what it means nobody knows yet, but it can't undo the end.
            events.insert(1, replace(events[0], action=code, description="新增环节", says=None))
        self._truth.unknown_rows += 1
        self._truth.note(Fault.UNKNOWN_CODES, day, journey.item_no, code)
        return code

    def _weighed(self, item: Item, day: date) -> tuple[int, int, str]:
        """Weight and postage as acknowledged, and how they are off."""
        weight, postage, off = item.weight_g, item.postage_fen, ""
        if self._plan.strikes(Fault.WRONG_TOTALS, item.item_no):
            chance = self._plan.chance(Fault.WRONG_TOTALS, item.item_no)
            off = chance.choice(("fen", "gram", "step"))
            sign = chance.choice((1, -1))
            weight += {"fen": 0, "gram": sign, "step": STEP_G}[off]
            postage += {"fen": sign, "gram": 0, "step": STEP_FEN}[off]
            self._truth.note(Fault.WRONG_TOTALS, day, item.item_no, off)
        return weight, postage, off
