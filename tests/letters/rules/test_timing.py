"""Rules on time, stops and repetition (R-TIM, R-PST-06, R-DLV-07)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from letters.rules import judge
from letters.rules.model import Facts, PastLetter, Stop, Verdict
from letters.rules.timing import (
    STOP_TITLES,
    address_is_not_known_as_left,
    letter_is_not_repeated,
    letters_keep_their_distance,
    no_letter_is_in_flight,
    no_stop_is_open,
)
from locate.case import StopKind


def earlier(facts: Facts, days: int, **changes: object) -> Facts:
    """Facts with one earlier letter ``days`` ago, of this case, to this place, delivered."""
    past = PastLetter(
        letter_no="（2026）鄂某某律函字第000001号",
        posted_on=facts.day - timedelta(days=days),
        product="个人消费贷款",
        place_key=facts.parsed[0].key,
        template="reminder@1",
        final=True,
        outcome="OK_OTHER",
        same_case=True,
    )
    return replace(facts, past=(*facts.past, replace(past, **changes)))  # type: ignore[arg-type]


def test_letters_keep_their_distance(facts: Facts) -> None:
    assert letters_keep_their_distance(earlier(facts, 7)) == ()
    (finding,) = letters_keep_their_distance(earlier(facts, 6))
    assert "2026-11-20 之后" in finding.message  # posted on the 14th: from the 21st on
    assert judge(earlier(facts, 6)).verdict is Verdict.HELD


def test_the_distance_counts_for_other_cases_of_the_same_product_only(facts: Facts) -> None:
    assert letters_keep_their_distance(earlier(facts, 3, same_case=False))
    assert not letters_keep_their_distance(earlier(facts, 3, same_case=False, product="汽车贷款"))


def test_a_policy_can_ask_for_more_distance(facts: Facts) -> None:
    wider = replace(facts, policy=replace(facts.policy, min_days_between_letters=30))
    assert letters_keep_their_distance(earlier(wider, 29))


def test_no_letter_is_in_flight(facts: Facts) -> None:
    assert no_letter_is_in_flight(earlier(facts, 10)) == ()
    flying = earlier(facts, 10, final=False, outcome="")
    assert judge(flying).verdict is Verdict.REFUSED
    assert no_letter_is_in_flight(earlier(facts, 30, final=False, outcome="")) == ()
    assert no_letter_is_in_flight(earlier(facts, 10, final=False, outcome="", place_key="elsewhere")) == ()


@pytest.mark.parametrize("kind", list(StopKind))
def test_no_stop_is_open(facts: Facts, kind: StopKind) -> None:
    assert no_stop_is_open(facts) == ()
    recorded = replace(facts, stops=(Stop(kind, facts.day, "张三来电 19900001111"),))
    in_file = replace(facts, case=replace(facts.case, stops=(kind,)))
    both = replace(recorded, case=in_file.case)
    for stopped in (recorded, in_file, both):
        (finding,) = no_stop_is_open(stopped)
        assert STOP_TITLES[kind] in finding.message
        assert "19900001111" not in finding.message
    assert judge(both).verdict is Verdict.REFUSED


def test_letter_is_not_repeated(facts: Facts) -> None:
    assert letter_is_not_repeated(earlier(facts, 3)) == ()  # another template
    assert letter_is_not_repeated(earlier(facts, 7, template="consumer@1")) == ()
    assert letter_is_not_repeated(earlier(facts, 3, template="consumer@1", place_key="elsewhere")) == ()
    repeated = earlier(facts, 3, template="consumer@1")
    assert judge(repeated).verdict is Verdict.REFUSED


def test_a_new_version_of_the_template_is_still_the_same_letter(facts: Facts) -> None:
    assert letter_is_not_repeated(earlier(facts, 3, template="consumer@0"))


@pytest.mark.parametrize("outcome", ["MOVED_AWAY", "MOVED_UNKNOWN", "PERSON_UNKNOWN", "ADDR_WRONG", "UNIT_UNKNOWN"])
def test_address_is_not_known_as_left(facts: Facts, outcome: str) -> None:
    left = earlier(facts, 40, outcome=outcome)
    assert judge(left).verdict is Verdict.REFUSED
    assert address_is_not_known_as_left(earlier(left, 20, outcome="OK_SELF")) == ()
    assert address_is_not_known_as_left(earlier(left, 60, outcome="OK_SELF"))
    assert address_is_not_known_as_left(earlier(facts, 40, outcome="LOST")) == ()
