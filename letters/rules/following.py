"""What follows a case's earlier letters: a first letter, the next address, the same one again, waiting, or a stop. Pure.

By reason (``letters.post.consequences``), within the policy: at most one letter of a case is under way at any time; a
result must have stood for some days before another letter goes (carriers take returns back); an address is tried so often,
a case gets so many letters. A series is one template's letters in a case: another template is another demand and a
person's choice. Same letters in any order and repetition give the same answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from letters.post.consequences import AddressVerdict, Consequence, Follow, PersonVerdict, Scope, tables
from letters.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Sent:
    """An earlier letter with its consequence. Void and pulled letters are not given."""

    letter_no: str
    posted_on: date
    """The letter's day."""
    place: str
    """Key of the place, or what stands for it where no present address has it."""
    template: str
    consequence: Consequence
    final: bool
    """Whether its state is one that only a voiding event can change."""
    told_on: date | None = None
    """When what it ended in was told; None = not before the post spoke."""
    heard_on: date | None = None
    """The last day on which the post said or took back anything about it."""
    handed_over: bool = True
    taken_back: bool = False
    """Whether the post has taken back something that it had said."""
    same_case: bool = True
    ruling: Follow | None = None
    """A person's word on what follows, where one has been given."""

    @property
    def order(self) -> tuple[date, str]:
        """Time order; letter numbers settle the same day."""
        return (self.posted_on, self.letter_no)


DEBTORS_FOR_A_PLACE: Final = 2
"""[D]: one letter's 地址不详 may be the writing; two debtors' letters to the same place are the place."""


class Turn(StrEnum):
    """What a case's next letter would be, or why there is none now."""

    FIRST = "first"
    NEXT = "next"
    SAME = "same"
    UNDER_WAY = "under_way"
    """An earlier letter may still be delivered."""
    NOT_YET = "not_yet"
    """A retry is due, on ``on``."""
    DONE = "done"
    """Reached or refused: no further letter of this template."""
    SPENT = "spent"
    """As many letters as the policy allows."""
    DECEASED = "deceased"
    ASK = "ask"


TURN_NAMES: Final[Mapping[Turn, str]] = {
    Turn.FIRST: "首次发函", Turn.NEXT: "改寄下一地址", Turn.SAME: "再寄原址", Turn.UNDER_WAY: "前函在途", Turn.NOT_YET: "等待间隔期",
    Turn.DONE: "已有结果，停止", Turn.SPENT: "次数已满", Turn.DECEASED: "债务人已故，停止", Turn.ASK: "由人决定",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The turn of a case, and on what it rests. ``shut``: place → why it is not written to (code, words)."""

    turn: Turn = Turn.FIRST
    letter_no: str = ""
    """The earlier letter that decides."""
    reason: str = ""
    title: str = ""
    on: date | None = None
    """The first day on which a retry may go; None where no day settles it."""
    number: int = 1
    """Which letter of the series the next one would be."""
    place: str = ""
    """Where a retry at the same address goes."""
    ruled: bool = False
    """A person decided it."""
    shut: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_retry(self) -> bool:
        """Whether a letter now would be a second or later one."""
        return self.turn in (Turn.NEXT, Turn.SAME)

    def as_json(self) -> dict[str, object]:
        """As a decision keeps it."""
        return {
            "turn": self.turn.value, "letter_no": self.letter_no, "reason": self.reason, "title": self.title,
            "on": self.on.isoformat() if self.on else None, "number": self.number, "ruled": self.ruled,
        }  # fmt: skip

    def marks(self) -> list[object]:
        """What of this can change a verdict, for a fingerprint."""
        return [*self.as_json().values(), self.place, sorted((place, *why) for place, why in self.shut.items())]


FIRST: Final = FollowUp()


def template_name(template: str) -> str:
    """The name without its version: a new version of a letter is still the same letter to who gets it."""
    return template.partition("@")[0]


def open_until(letter: Sent, policy: Policy) -> date:
    """The first day on which a letter without an end no longer counts as under way: the window runs from the post's last
    word, so that a return which was taken back opens it anew."""
    return max(letter.posted_on, letter.heard_on or letter.posted_on) + timedelta(days=policy.in_flight_days)


def is_under_way(letter: Sent, day: date, policy: Policy) -> bool:
    """Whether it may still be delivered. A letter that has not left the house is under way until it is voided."""
    return not letter.final and (not letter.handed_over or day < open_until(letter, policy))


def _each_once(letters: Iterable[Sent]) -> list[Sent]:
    """In time order; a letter number is one letter, however often it is given."""
    return sorted({one.letter_no: one for one in letters}.values(), key=lambda one: one.order)


def _follows(letter: Sent) -> Follow:
    """What follows one letter that is no longer under way."""
    if letter.ruling is not None:
        return letter.ruling
    consequence = letter.consequence
    if letter.final or consequence.follows in (Follow.STOP, Follow.ASK):
        return consequence.follows
    # The window is over without an end. What was said on the last attempt stands, unless something was taken back.
    row = tables().reasons.get(consequence.reason)
    if row is None or letter.taken_back or row.follows not in (Follow.NEXT, Follow.SAME):
        return Follow.ASK
    return row.follows


def follow_up(letters: Iterable[Sent], template: str, day: date, policy: Policy, shut: Mapping[str, tuple[str, str]] | None = None) -> FollowUp:
    """What a case's next letter of ``template`` would be on ``day``.

    Args:
        letters: earlier letters of the case and to the same debtor (``same_case`` tells).
        shut: places that are shut for a reason of the place itself (``gone_places``).
    """
    all_of_debtor = _each_once(letters)
    if not all_of_debtor:
        return FollowUp(shut=dict(shut)) if shut else FIRST
    closed = {**(shut or {}), **shut_places(all_of_debtor, day, policy)}
    for one in all_of_debtor:
        if one.consequence.person is PersonVerdict.DECEASED and one.ruling is None:
            return _stands_on(one, Turn.DECEASED, closed)
    own = [one for one in all_of_debtor if one.same_case]
    flying = [one for one in own if is_under_way(one, day, policy)]
    if flying:
        last = max(flying, key=lambda one: (not one.handed_over, open_until(one, policy), one.order))
        return _stands_on(last, Turn.UNDER_WAY, closed, on=open_until(last, policy) if last.handed_over else None)
    series = [one for one in own if template_name(one.template) == template_name(template)]
    if not series:
        return FollowUp(shut=closed)
    number = len(series) + 1
    done = [one for one in series if _follows(one) is Follow.STOP]
    if done:
        return _stands_on(done[-1], Turn.DONE, closed, number=number)
    return _after(series, series[-1], closed, day, policy, number)


def _after(series: Sequence[Sent], last: Sent, closed: Mapping[str, tuple[str, str]], day: date, policy: Policy, number: int) -> FollowUp:
    follows = _follows(last)
    if follows in (Follow.ASK, Follow.WAIT):
        return _stands_on(last, Turn.ASK, closed, number=number)
    counted = sum(one.consequence.counts for one in series)
    if last.ruling is None and max(counted, len(series) - counted) >= policy.retry_letters:
        return _stands_on(last, Turn.SPENT, closed, number=number)
    turn = Turn.SAME if follows is Follow.SAME and last.place not in closed else Turn.NEXT
    on = due_on(last, turn, policy)
    place = last.place if turn is Turn.SAME else ""
    return _stands_on(last, turn if day >= on else Turn.NOT_YET, closed, on=on, number=number, place=place)


def due_on(last: Sent, turn: Turn, policy: Policy) -> date:
    """The first day of a retry: the result must have stood, and who was absent needs time. A person's word needs neither."""
    told = last.told_on or last.heard_on or last.posted_on
    rhythm = last.posted_on + timedelta(days=policy.min_days_between_letters)
    if last.ruling is not None:
        return rhythm
    wait = max(policy.retry_settle_days, policy.retry_same_days if turn is Turn.SAME else 0)
    return max(told + timedelta(days=wait), rhythm)


def _stands_on(
    letter: Sent, turn: Turn, shut: Mapping[str, tuple[str, str]], *, on: date | None = None, number: int = 1, place: str = ""
) -> FollowUp:
    consequence = letter.consequence
    return FollowUp(turn, letter.letter_no, consequence.reason, consequence.title, on, number, place, letter.ruling is not None, dict(shut))


def shut_places(letters: Iterable[Sent], day: date, policy: Policy) -> dict[str, tuple[str, str]]:
    """The places that are not written to again for this debtor, with code and words.

    Known away, not known there, or an address that can't be delivered to; nobody there as often as the policy allows; or a
    person said so. A later letter that found the debtor there opens the place again. What is said of a piece still under
    way counts too: it is lifted with the event if that is taken back.
    """
    by_place: dict[str, list[Sent]] = defaultdict(list)
    for one in _each_once(letters):
        if one.place:
            by_place[one.place].append(one)
    found: dict[str, tuple[str, str]] = {}
    for place, here in by_place.items():
        absent = 0
        for one in here:
            consequence = one.consequence
            ended = not is_under_way(one, day, policy)
            if consequence.person is PersonVerdict.HERE and one.ruling is None:
                found.pop(place, None)
                if consequence.follows is not Follow.SAME:
                    absent = 0
                    continue
            if one.ruling is Follow.NEXT or consequence.shuts or (ended and one.ruling is None and _follows(one) is Follow.NEXT):
                found[place] = ("outcome", _words(one, "不再寄往此址"))
            elif ended and consequence.counts and _follows(one) is Follow.SAME and one.ruling is None:
                absent += 1
                if absent >= policy.retry_same_address:
                    found[place] = ("absent", _words(one, f"已寄 {absent} 次均未投到"))
    return found


def _words(letter: Sent, what: str) -> str:
    return f"{letter.posted_on} 寄往此址的函件结果为“{letter.consequence.title}”，{what}"


def gone_places(letters: Iterable[tuple[str, Sent]]) -> dict[str, tuple[str, str]]:
    """Places that can't be delivered to whoever lives there, from the letters of one lender: (debtor, letter) pairs.

    Only facts of the place itself count (``Scope.PLACE``), from two different debtors' letters or from one that says the
    house is gone, and nobody having been reached there since. A debtor's own move is never another debtor's fact.
    """
    by_place: dict[str, list[tuple[str, Sent]]] = defaultdict(list)
    for debtor, one in letters:
        if one.place:
            by_place[one.place].append((debtor, one))
    found = {}
    for place, here in by_place.items():
        against: dict[str, Sent] = {}
        for debtor, one in sorted(here, key=lambda pair: pair[1].order):
            consequence = one.consequence
            if consequence.ended and consequence.address is AddressVerdict.VALID:
                against.clear()
            elif consequence.ended and consequence.scope is Scope.PLACE and consequence.address is AddressVerdict.INVALID:
                against[debtor] = one
        gone = [one for one in against.values() if one.consequence.person is PersonVerdict.MOVED]
        if gone or len(against) >= DEBTORS_FOR_A_PLACE:
            last = max(gone or against.values(), key=lambda one: one.order)
            found[place] = ("place", f"此址经邮政退回为“{last.consequence.title}”，不再寄往此址")
    return found


