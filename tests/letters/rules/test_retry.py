"""What follows earlier letters (H-RTY): by reason, one letter of a case at a time, within the policy; any order the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.post.consequences import Consequence, Follow, PersonVerdict, consequence, tables
from letters.rules import judge
from letters.rules.following import FollowUp, Sent, Turn, follow_up, gone_places, is_under_way, shut_places
from letters.rules.model import Facts, Verdict
from letters.rules.policy import Policy
from letters.rules.retry import (
    a_retry_says_what_it_follows,
    retries_keep_their_distance,
    the_debtor_was_not_reached_before,
    the_earlier_letter_has_ended,
    the_earlier_outcome_is_clear,
)

DAY = date(2026, 11, 20)
POLICY = Policy()
OPEN = consequence(None)


def sent(reason: str, days: int = 30, place: str = "a", **changes: object) -> Sent:
    """A letter posted ``days`` ago that ended three days later."""
    row: Consequence = tables().reasons[reason] if reason else OPEN
    posted = DAY - timedelta(days=days)
    one = Sent(f"n{days:03d}{place}", posted, place, "consumer@1", row, bool(reason), posted + timedelta(days=3), posted + timedelta(days=3))
    return replace(one, **changes)  # type: ignore[arg-type]


def turn(*letters: Sent, day: date = DAY) -> FollowUp:
    return follow_up(letters, "consumer@1", day, POLICY)


def following(facts: Facts, *letters: Sent) -> Facts:
    return replace(facts, follow=turn(*letters))


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("MOVED_UNKNOWN", Turn.NEXT), ("PERSON_UNKNOWN", Turn.NEXT), ("ADDR_INSUFF", Turn.NEXT), ("NOT_AT_ADDR", Turn.SAME),
        ("UNCLAIMED_EXPIRED", Turn.SAME), ("LOST", Turn.SAME), ("REFUSED", Turn.DONE), ("OK_SELF", Turn.DONE), ("OK_OTHER", Turn.DONE),
        ("DECEASED", Turn.DECEASED), ("RTS_DONE", Turn.ASK), ("OTHER", Turn.ASK), ("REDIRECTED", Turn.ASK), ("NOT_ACCEPTED", Turn.ASK),
    ],
)  # fmt: skip
def test_the_reason_decides_what_follows(reason: str, expected: Turn) -> None:
    assert turn(sent(reason)).turn is expected


def test_the_earlier_letter_has_ended(facts: Facts) -> None:
    assert the_earlier_letter_has_ended(facts) == ()
    flying = following(facts, sent("", 10))
    (finding,) = the_earlier_letter_has_ended(flying)
    assert "2026-12-13" in finding.message  # thirty days after the post's last word
    assert judge(flying).verdict is Verdict.REFUSED
    (finding,) = the_earlier_letter_has_ended(following(facts, sent("", 60, handed_over=False)))
    assert "尚未交寄" in finding.message


def test_the_debtor_was_not_reached_before(facts: Facts) -> None:
    assert the_debtor_was_not_reached_before(facts) == ()
    assert judge(following(facts, sent("REFUSED"))).verdict is Verdict.HELD
    assert judge(following(facts, sent("DECEASED"))).verdict is Verdict.REFUSED


def test_retries_keep_their_distance(facts: Facts) -> None:
    assert retries_keep_their_distance(facts) == ()
    early = following(facts, sent("NOT_AT_ADDR", 9))
    (finding,) = retries_keep_their_distance(early)
    assert "2026-11-21" in finding.message  # told on the 14th, seven days
    (finding,) = retries_keep_their_distance(following(facts, *(sent("MOVED_UNKNOWN", days, f"p{days}") for days in (90, 60, 30))))
    assert "3 次" in finding.message


def test_the_earlier_outcome_is_clear(facts: Facts) -> None:
    assert the_earlier_outcome_is_clear(facts) == ()
    assert judge(following(facts, sent("RTS_DONE"))).verdict is Verdict.HELD


def test_a_retry_says_what_it_follows(facts: Facts) -> None:
    assert a_retry_says_what_it_follows(facts) == ()
    (finding,) = a_retry_says_what_it_follows(following(facts, sent("MOVED_UNKNOWN")))
    assert "第 2 封" in finding.message and "迁移新址不明" in finding.message


def test_the_same_address_is_tried_only_so_often() -> None:
    once = turn(sent("NOT_AT_ADDR", 60))
    assert (once.turn, once.place) == (Turn.SAME, "a")
    twice = turn(sent("NOT_AT_ADDR", 60), sent("UNCLAIMED_EXPIRED", 30))
    assert twice.turn is Turn.NEXT and twice.shut["a"][0] == "absent"


def test_what_the_carrier_spoiled_uses_nothing_up() -> None:
    spoiled = [sent("LOST", 90), sent("DAMAGED", 60)]
    assert turn(*spoiled, sent("NOT_AT_ADDR", 30)).turn is Turn.SAME
    assert shut_places(spoiled, DAY, POLICY) == {}


def test_a_return_that_was_taken_back_opens_the_window_anew_and_then_asks_a_person() -> None:
    returned = sent("MOVED_UNKNOWN", 40)
    assert turn(returned).turn is Turn.NEXT
    back = replace(returned, consequence=OPEN, final=False, taken_back=True, heard_on=DAY - timedelta(days=1), told_on=None)
    assert turn(back).turn is Turn.UNDER_WAY
    later = turn(back, day=DAY + timedelta(days=29))
    assert later.turn is Turn.ASK and later.shut == {}


def test_a_letter_without_an_end_follows_its_last_reason_once_the_window_is_over() -> None:
    said = consequence(None)
    row = replace(tables().reasons["MOVED_UNKNOWN"], ended=False, follows=Follow.WAIT, label=said.label, censored=said.censored)
    assert turn(sent("", 10, consequence=row)).turn is Turn.UNDER_WAY
    assert turn(sent("", 60, consequence=row)).turn is Turn.NEXT
    assert turn(sent("", 60)).turn is Turn.ASK


def test_a_person_decides_where_the_outcome_does_not() -> None:
    assert turn(sent("RTS_DONE", ruling=Follow.SAME)).turn is Turn.SAME
    ruled = turn(sent("RTS_DONE", ruling=Follow.NEXT))
    assert ruled.turn is Turn.NEXT and ruled.ruled and "a" in ruled.shut
    assert turn(sent("OTHER", ruling=Follow.STOP)).turn is Turn.DONE
    assert turn(sent("", 5, ruling=Follow.NEXT)).turn is Turn.UNDER_WAY, "no word makes two letters go at once"


def test_another_template_is_another_demand_but_not_at_the_same_time() -> None:
    assert turn(sent("OK_SELF", template="notice@1")).turn is Turn.FIRST
    assert turn(sent("", 5, template="notice@1")).turn is Turn.UNDER_WAY


def test_a_late_delivery_of_the_first_ends_the_series() -> None:
    assert turn(sent("OK_SELF", 60), sent("MOVED_UNKNOWN", 30, "b")).turn is Turn.DONE


def test_who_was_found_there_again_opens_the_place() -> None:
    assert "a" in shut_places([sent("MOVED_UNKNOWN", 60)], DAY, POLICY)
    assert shut_places([sent("MOVED_UNKNOWN", 60), sent("OK_SELF", 30)], DAY, POLICY) == {}


def test_a_place_is_gone_for_all_only_by_its_own_fact() -> None:
    assert gone_places([("x", sent("MOVED_UNKNOWN")), ("y", sent("PERSON_UNKNOWN"))]) == {}
    assert gone_places([("x", sent("ADDR_INSUFF", 40)), ("x", sent("ADDR_INSUFF", 20))]) == {}
    assert gone_places([("x", sent("ADDR_INSUFF", 40)), ("y", sent("ADDR_INSUFF", 20))]).keys() == {"a"}
    assert gone_places([("x", sent("DEMOLISHED"))]).keys() == {"a"}
    assert gone_places([("x", sent("DEMOLISHED", 40)), ("y", sent("OK_SELF", 20))]) == {}


REASONS = st.sampled_from(["", *sorted(tables().reasons)])
LETTERS = st.lists(
    st.builds(
        sent, REASONS, st.integers(1, 120), st.sampled_from("abc"), same_case=st.booleans(), handed_over=st.booleans(),
        taken_back=st.booleans(), ruling=st.sampled_from([None, Follow.NEXT, Follow.SAME, Follow.STOP]),
    ),
    max_size=5,
    unique_by=lambda one: one.letter_no,
)  # fmt: skip


@given(LETTERS, st.randoms())
def test_order_and_repetition_change_nothing(letters: list[Sent], order) -> None:  # type: ignore[no-untyped-def]
    before = turn(*letters)
    again = [*letters, *letters]
    order.shuffle(again)
    assert turn(*again) == before


@given(LETTERS)
def test_no_letter_goes_where_the_rules_forbid_one(letters: list[Sent]) -> None:
    found = turn(*letters)
    own = [one for one in letters if one.same_case]
    if found.turn not in (Turn.FIRST, Turn.NEXT, Turn.SAME):
        return
    assert not any(is_under_way(one, DAY, POLICY) for one in own), "two letters at once"
    assert not any(one.consequence.person is PersonVerdict.DECEASED and one.ruling is None for one in letters)
    if own:
        assert found.is_retry and found.on is not None and found.on <= DAY
        assert not any(one.consequence.follows is Follow.STOP and one.ruling is None for one in own), "reached or refused"
    assert found.turn is not Turn.SAME or found.place not in found.shut


class Case:
    """A case's life as the post and the planner make it: the planner asks, the post ends and takes back, days go by."""

    def __init__(self) -> None:
        self.day, self.letters = DAY, list[Sent]()

    def plan(self) -> None:
        found = follow_up(self.letters, "consumer@1", self.day, POLICY)
        if found.turn not in (Turn.FIRST, Turn.NEXT, Turn.SAME):
            return
        assert not any(is_under_way(one, self.day, POLICY) for one in self.letters)
        place = found.place or next((key for key in "abc" if key not in found.shut), "")
        if place:
            self.letters.append(Sent(f"n{len(self.letters)}", self.day, place, "consumer@1", OPEN, final=False))

    def end(self, reason: str) -> None:
        if self.letters and not self.letters[-1].final:
            last = replace(self.letters[-1], consequence=tables().reasons[reason], final=True, told_on=self.day, heard_on=self.day)
            self.letters[-1] = last

    def take_back(self) -> None:
        if self.letters and self.letters[-1].final:
            self.letters[-1] = replace(self.letters[-1], consequence=OPEN, final=False, told_on=None, heard_on=self.day, taken_back=True)


STEPS = st.lists(st.one_of(st.integers(1, 20), st.sampled_from(["plan", "back", *sorted(tables().reasons)])), max_size=60)


@given(STEPS)
def test_whatever_happens_there_are_few_letters_and_never_two_at_once(steps: list[int | str]) -> None:
    case = Case()
    for step in steps:
        if isinstance(step, int):
            case.day += timedelta(days=step)
        elif step == "plan":
            case.plan()
        elif step == "back":
            case.take_back()
        else:
            case.end(step)
    assert len(case.letters) <= 2 * POLICY.retry_letters
    days = [one.posted_on for one in case.letters]
    assert all((b - a).days >= POLICY.min_days_between_letters for a, b in pairwise(days))
