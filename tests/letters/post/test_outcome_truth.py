"""One letter, one truth: a slow reading of the rules beside the fast one, over generated histories of the real codes; and
decisions of people as part of the set."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.post.codes import Evidence, How, UnknownCode, load_code_table
from letters.post.deciding import Decision
from letters.post.model import EventKind, LetterState, PostEvent
from letters.post.outcome import Outcome, outcome
from records.clock import SHANGHAI

TABLE = load_code_table()
START = datetime(2026, 11, 21, 18, tzinfo=SHANGHAI)
DAY = date(2026, 11, 21)
LIFE = list(EventKind)
FINALS = {EventKind.DELIVERED: LetterState.DELIVERED, EventKind.RETURNED: LetterState.RETURNED, EventKind.LOST: LetterState.LOST}


def event(hours: float, action: str, sub: str = "", *, effective: bool = True, at: datetime | None = None) -> PostEvent:
    opened = len(action) > 2
    delivered = action in ("10", "704")
    proper, failed = (sub, "") if delivered else ("", sub)
    prefix = ("signed:" if delivered else "unsigned:") if opened and sub else ""
    when = at or START + timedelta(hours=hours)
    return PostEvent(
        "XA42000000001", "", when, "某揽投部", action, prefix + proper if proper else "", prefix + failed if failed else "", "", effective
    )


def kind_of(one: PostEvent) -> EventKind:
    meaning = TABLE.meaning(one.action, one.proper_delivery, one.not_proper_delivery)
    assert not isinstance(meaning, UnknownCode) and meaning.kind is not None
    return meaning.kind


def slow_live(events: Sequence[PostEvent]) -> list[PostEvent]:
    """What is left when every void has taken back what it voids: one by one, looking at the whole list each time."""
    void = {replace(e, effective=True, serial="", office="") for e in events if not e.effective}
    told = {replace(e, serial="", office="") for e in events if e.effective} - void

    def order(e: PostEvent) -> tuple[object, ...]:
        return (e.occurred_at, LIFE.index(kind_of(e)), e.occurred_at, e.action, e.proper_delivery, e.not_proper_delivery)

    left = sorted(told, key=order)
    while True:
        reversal = next((e for e in left if kind_of(e) is EventKind.VOIDS), None)
        if reversal is None:
            return left
        place = left.index(reversal)
        meaning = TABLE.meaning(reversal.action, "", "")
        assert not isinstance(meaning, UnknownCode)
        targets = [i for i in range(place) if left[i].action in meaning.voids]
        left = left[: targets[-1]] + left[place + 1 :] if targets else left[:place] + left[place + 1 :]


VOIDING = [row.code for row in TABLE.rows("op") if row.kind is EventKind.VOIDS]
VOIDED = sorted({code for row in TABLE.rows("op") for code in row.voids})
OPEN = st.one_of(
    st.sampled_from(VOIDING),
    st.sampled_from(["207", "212", "304", "742", "743", "744"]),
    st.sampled_from(VOIDED),
    st.sampled_from(["203", "954", "702", "708", "711", "987", "741"]),
)
TIMES = st.one_of(
    st.integers(0, 8).map(lambda hours: START + timedelta(hours=hours)),
    st.sampled_from([START - timedelta(days=9), datetime(2001, 1, 1, tzinfo=SHANGHAI), datetime(2098, 1, 1, tzinfo=SHANGHAI)]),
)
EVENTS = st.one_of(
    st.builds(event, st.just(0.0), OPEN, at=TIMES, effective=st.sampled_from([True, True, True, False])),
    st.builds(
        event, st.just(0.0), st.just("704"), st.sampled_from([row.code for row in TABLE.rows("signed")]), at=TIMES,
        effective=st.sampled_from([True, True, False]),
    ),
    st.builds(event, st.just(0.0), st.just("705"), st.sampled_from([row.code for row in TABLE.rows("unsigned")]), at=TIMES),
    st.builds(event, st.just(0.0), st.just("10"), st.sampled_from(["10", "11", "12", "13", "14"]), at=TIMES),
    st.builds(event, st.just(0.0), st.just("20"), st.integers(100, 130).map(str), at=TIMES),
    st.builds(event, st.just(0.0), st.sampled_from(["00", "40", "50"]), at=TIMES),
)  # fmt: skip
HISTORIES = st.lists(EVENTS, max_size=14)
BESIDE = st.sets(st.sampled_from(["TRACK_OF_VOID", "TRACK_OF_PULLED", "NEVER_HANDED_OVER", "RETURN_SCAN_OF_DELIVERED"]), max_size=2)


def judged(events: Sequence[PostEvent], beside: set[str] | None = None, decisions: Sequence[Decision] = ()) -> Outcome:
    return outcome(events, TABLE, handed_over_on=DAY, beside=beside or set(), decisions=decisions)


@settings(max_examples=400)
@given(HISTORIES)
def test_what_is_left_is_what_a_slow_reading_leaves(events: list[PostEvent]) -> None:
    live = slow_live(events)
    found = judged(events)
    assert found.last_event_at == (live[-1].occurred_at if live else None)
    assert found.attempts == sum(kind_of(e) is EventKind.ATTEMPT_FAILED for e in live)
    ends = [e for e in live if kind_of(e) in FINALS]
    if found.is_final:
        assert len(ends) == 1 and found.state is FINALS[kind_of(ends[0])] and ends[0] is live[-1]
    if ends and not found.is_final:
        assert found.needs_person and found.claimed is FINALS[kind_of(ends[-1])]


@settings(max_examples=200)
@given(HISTORIES, BESIDE, st.integers(0, 99), st.lists(st.integers(0, 13), max_size=8))
def test_order_and_repetition_change_nothing_decisions_included(
    events: list[PostEvent], beside: set[str], seed: int, again: list[int]
) -> None:
    first = judged(events, beside)
    decisions = [
        Decision(LetterState.RETURNED, first.facts, START), Decision(LetterState.IN_TRANSIT, "other", START + timedelta(1)),
        Decision(LetterState.IN_TRANSIT, first.facts, START - timedelta(1)),
    ]  # fmt: skip
    mixed = [*events, *(replace(events[i], serial="again", office="另处") for i in again if i < len(events))]
    chance = random.Random(seed)
    chance.shuffle(mixed)
    shuffled = [*decisions, *decisions]
    chance.shuffle(shuffled)
    assert judged(mixed, beside) == first
    assert judged(mixed, beside, shuffled) == judged(events, beside, decisions)


@given(HISTORIES, BESIDE)
def test_until_a_person_decides_nothing_is_taken_from_a_contradiction(events: list[PostEvent], beside: set[str]) -> None:
    found = judged(events, beside)
    assert found.needs_person == any(anomaly.blocking for anomaly in found.anomalies)
    if found.needs_person:
        assert not found.is_final
        assert (found.how, found.train, found.evidence, found.decided) == (None, None, None, None)


@given(HISTORIES, BESIDE, st.sampled_from([LetterState.RETURNED, LetterState.LOST, LetterState.IN_TRANSIT]))
def test_a_decision_on_the_very_facts_ends_the_waiting_and_on_others_does_not(
    events: list[PostEvent], beside: set[str], state: LetterState
) -> None:
    found = judged(events, beside)
    other = judged(events, beside, [Decision(state, "0" * 64, START)])
    assert other == found
    decided = judged(events, beside, [Decision(state, found.facts, START)])
    if not found.facts:
        assert decided == found
    else:
        assert not decided.needs_person and decided.facts == found.facts and decided.how is None
        if decided.last_event_at is not None and state is not LetterState.IN_TRANSIT:
            assert decided.state is state


@given(HISTORIES, st.sampled_from(list(How)))
def test_nobody_can_decide_a_delivery_that_the_track_never_told(events: list[PostEvent], how: How) -> None:
    found = judged([e for e in events if kind_of(e) is not EventKind.DELIVERED], {"TRACK_OF_PULLED"})
    decided = judged(
        [e for e in events if kind_of(e) is not EventKind.DELIVERED], {"TRACK_OF_PULLED"},
        [Decision(LetterState.DELIVERED, found.facts, START, how)],
    )  # fmt: skip
    assert decided.state is not LetterState.DELIVERED


TWICE = [event(0, "203"), event(5, "702"), event(6, "704", "10"), event(9, "711")]


def test_a_new_end_or_void_takes_a_decisions_ground_away_and_a_late_scan_does_not() -> None:
    asked = judged(TWICE)
    assert asked.claimed is LetterState.RETURNED and asked.hows == {How.SELF}
    said = [Decision(LetterState.DELIVERED, asked.facts, START)]
    assert judged(TWICE, decisions=said).state is LetterState.DELIVERED
    late = [*TWICE, event(2, "954")]
    assert judged(late, decisions=said).state is LetterState.DELIVERED
    for new in (event(12, "704", "20"), event(12, "702"), event(6, "704", "10", effective=False)):
        after = judged([*TWICE, new], decisions=said)
        assert after.decided is None
    settled = judged([*TWICE, event(7, "743")], decisions=said)
    assert (settled.state, settled.facts) == (LetterState.RETURNED, "")


def test_a_decided_delivery_bears_the_signature_that_the_person_named() -> None:
    asked = judged([event(0, "203"), event(6, "704")])
    assert asked.needs_person and asked.hows == {How.UNSPECIFIED}
    said = [Decision(LetterState.DELIVERED, asked.facts, START, How.SELF, date(2026, 11, 24))]
    found = judged([event(0, "203"), event(6, "704")], decisions=said)
    assert (found.state, found.how, found.norm_code, found.evidence) == (LetterState.DELIVERED, How.SELF, "OK_SELF", Evidence.E1)
    assert found.final_at == found.told_at == datetime(2026, 11, 24, tzinfo=SHANGHAI)


def test_what_followed_a_voided_step_falls_with_it_and_an_end_among_it_waits() -> None:
    events = [event(0, "203"), event(5, "702"), event(6, "704", "10"), event(300, "742")]
    found = judged(events)
    assert (found.state, found.claimed, found.needs_person) == (LetterState.IN_TRANSIT, LetterState.DELIVERED, True)
    assert [a.code for a in found.anomalies if a.blocking] == ["FINAL_BASIS_VOIDED"]
    again = judged([*events, event(310, "702"), event(311, "704", "20")])
    assert (again.state, again.how) == (LetterState.DELIVERED, How.OTHER)
    named = judged([*events[:3], event(7, "743"), event(300, "742")])
    assert (named.state, named.needs_person) == (LetterState.IN_TRANSIT, False)


@pytest.mark.parametrize("code", ["TRACK_OF_VOID", "TRACK_OF_PULLED", "NEVER_HANDED_OVER", "REFUSED_YET_TRACKED", "OLD_COPY_TRACKED"])
def test_what_the_letters_own_records_deny_is_not_believed(code: str) -> None:
    found = judged([event(0, "00"), event(6, "10", "10")], {code})
    assert (found.state, found.claimed, found.evidence) == (LetterState.IN_TRANSIT, LetterState.DELIVERED, None)


def test_a_returned_envelope_in_hand_denies_a_delivery_and_confirms_a_return() -> None:
    seen = {"RETURN_SCAN_OF_DELIVERED"}
    assert judged([event(0, "00"), event(6, "10", "10")], seen).needs_person
    assert judged([event(0, "00"), event(6, "10", "14")], seen).state is LetterState.RETURNED


def test_handed_out_and_refused_in_one_second_waits_and_on_the_round_and_handed_out_does_not() -> None:
    assert judged([event(0, "00"), event(5, "10", "10"), event(5, "20", "104")]).needs_person
    assert judged([event(0, "00"), event(5, "50"), event(5, "10", "10")]).state is LetterState.DELIVERED


def test_a_refusal_proves_nothing_while_the_end_is_in_doubt() -> None:
    refused = [event(0, "00"), event(5, "20", "104"), event(9, "10", "14"), event(9.5, "10", "10")]
    assert judged(refused).evidence is None
    assert judged(refused[:-1]).evidence is Evidence.E3


def test_every_voiding_code_takes_back_each_of_what_it_names() -> None:
    for row in TABLE.rows("op"):
        for code in row.voids:
            found = judged([event(0, "203"), event(1, code), event(2, row.code)] if code != "203" else [event(1, "203"), event(2, row.code)])
            assert found.voided == 1 and not found.needs_person, (row.code, code)
