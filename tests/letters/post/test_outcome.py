"""Outcomes: a pure function of the event set; voids take back; what contradicts itself waits for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.post.codes import Address, Evidence, How, Person, Reached, load_code_table
from letters.post.model import EventKind, LetterState, PostEvent
from letters.post.outcome import Outcome, outcome
from records.clock import SHANGHAI

TABLE = load_code_table()
START = datetime(2026, 11, 21, 18, tzinfo=SHANGHAI)


def event(step: float, codes: str, *, effective: bool = True, serial: str = "") -> PostEvent:
    """``codes``: action or action(sub); ``step``: hours after START."""
    action, _, sub = codes.rstrip(")").partition("(")
    opened = len(action) > 2
    proper = sub if action in ("10", "704") else ""
    not_proper = sub if action in ("20", "705") else ""
    return PostEvent(
        item_no="XA42000000001",
        serial=serial,
        occurred_at=START + timedelta(hours=step),
        office="武汉市某揽投部",
        action=action,
        proper_delivery=f"signed:{proper}" if proper and opened else proper,
        not_proper_delivery=f"unsigned:{not_proper}" if not_proper and opened else not_proper,
        description="",
        effective=effective,
    )


def stream(text: str) -> list[PostEvent]:
    """``"00 40 20(127) !20(127)"``: an hour apart; ``!`` voids the last event with the same codes."""
    found: list[PostEvent] = []
    for step, word in enumerate(text.split()):
        if word.startswith("!"):
            target = next(e for e in reversed(found) if codes_of(e) == word[1:])
            found.append(replace(target, effective=False, serial="v"))
        else:
            found.append(event(step, word))
    return found


def codes_of(found: PostEvent) -> str:
    sub = (found.proper_delivery or found.not_proper_delivery).rpartition(":")[2]
    return f"{found.action}({sub})" if sub else found.action


def result(text: str) -> Outcome:
    return outcome(stream(text), TABLE)


def test_unclaimed_and_returned_ends_returned_not_delivered() -> None:
    found = result("00 40 41 50 20(127) 50 10(14)")
    assert found.state is LetterState.RETURNED
    assert found.norm_code == "UNCLAIMED_EXPIRED"
    assert found.how is None
    assert found.train is None
    assert not found.needs_person


@pytest.mark.parametrize("text", ["10(10) !10(10)", "00 41 50 10(10) !10(10)", "203 954 702 704(10) 743"])
def test_a_voided_delivery_ends_in_transit(text: str) -> None:
    found = result(text)
    assert found.state is LetterState.IN_TRANSIT
    assert found.claimed is None
    assert found.voided == 1
    assert (found.how, found.norm_code, found.train, found.evidence) == (None, "", None, None)


@pytest.mark.parametrize(
    ("text", "state"),
    [("", LetterState.HANDED_OVER), ("00", LetterState.ACCEPTED), ("60", LetterState.ACCEPTED), ("203", LetterState.ACCEPTED),
     ("00 40", LetterState.IN_TRANSIT), ("00 41 50", LetterState.IN_TRANSIT), ("00 50 20(103)", LetterState.IN_TRANSIT),
     ("00 50 10(10)", LetterState.DELIVERED), ("00 50 10(11)", LetterState.DELIVERED), ("00 50 10(12)", LetterState.DELIVERED),
     ("00 10(13)", LetterState.RETURNED), ("00 50 20(104) 10(14)", LetterState.RETURNED), ("203 708 711", LetterState.RETURNED),
     ("00 20(117)", LetterState.LOST), ("203 987", LetterState.LOST), ("203 704(50)", LetterState.IN_TRANSIT),
     ("203 704(50) 748", LetterState.DELIVERED), ("203 207", LetterState.HANDED_OVER), ("203 702 742", LetterState.IN_TRANSIT),
     ("203 705(7) 744", LetterState.IN_TRANSIT)],
)  # fmt: skip
def test_states_of_simple_streams(text: str, state: LetterState) -> None:
    found = result(text)
    assert found.state is state
    assert not found.needs_person


@pytest.mark.parametrize(
    ("text", "how", "evidence", "person", "reached"),
    [("00 50 10(10)", How.SELF, Evidence.E1, Person.HERE, Reached.YES),
     ("00 50 10(11)", How.OTHER, Evidence.E2_IF_RELATED, Person.UNKNOWN, Reached.PERHAPS),
     ("00 50 10(12)", How.UNIT, Evidence.E3_LIKE, Person.UNKNOWN, Reached.PERHAPS),
     ("203 704(70)", How.PROPERTY, Evidence.E2_IF_RELATED, Person.UNKNOWN, Reached.PERHAPS),
     ("203 704(150)", How.LETTERBOX, Evidence.E5, Person.UNKNOWN, Reached.NO),
     ("203 704(166)", How.UNATTENDED, Evidence.E5, Person.UNKNOWN, Reached.NO)],
)  # fmt: skip
def test_how_it_was_handed_out_decides_what_it_proves(
    text: str, how: How, evidence: Evidence, person: Person, reached: Reached
) -> None:
    found = result(text)
    assert (found.how, found.evidence, found.person, found.reached) == (how, evidence, person, reached)


def test_a_refusal_reached_the_debtor_and_stays_so_when_the_paper_comes_back() -> None:
    for text in ("00 50 20(104)", "00 50 20(104) 10(14)"):
        found = result(text)
        assert (found.reached, found.address, found.evidence) == (Reached.REFUSED, Address.VALID, Evidence.E3)
        assert found.norm_code == "REFUSED"
    assert found.train == 1


def test_a_return_is_judged_by_its_earlier_reason() -> None:
    found = result("00 50 20(103) 20(126) 10(14)")
    assert (found.norm_code, found.address, found.person, found.train) == ("MOVED_UNKNOWN", Address.INVALID, Person.MOVED, 0)
    assert found.evidence is Evidence.E5


def test_a_moved_debtor_stays_moved_though_the_letter_is_then_unclaimed() -> None:
    assert result("00 50 20(126) 50 20(127) 10(14)").norm_code == "MOVED_UNKNOWN"


def test_a_return_without_a_reason_says_nothing_of_the_address() -> None:
    found = result("00 50 10(14)")
    assert (found.norm_code, found.address, found.train, found.evidence) == ("RTS_DONE", None, None, Evidence.E5)


def test_not_found_once_says_nothing_twice_makes_the_address_invalid() -> None:
    assert result("00 50 20(113) 10(14)").address is Address.UNKNOWN
    assert result("00 50 20(113) 50 20(113) 10(14)").address is Address.INVALID


def test_a_voided_attempt_does_not_count() -> None:
    found = result("00 50 20(113) 50 20(113) !20(113) 10(14)")
    assert (found.address, found.attempts) == (Address.UNKNOWN, 1)


def test_no_label_before_the_end() -> None:
    assert result("00 50 20(102)").train is None
    assert result("00 50 20(102) 10(14)").train == 0


@pytest.mark.parametrize(
    ("text", "code", "claimed"),
    [("00 50 10(10) 10(14)", "TWO_FINALS", LetterState.RETURNED), ("00 50 10(10) 10(11)", "TWO_FINALS", LetterState.DELIVERED),
     ("203 704(10) 741 711", "TWO_FINALS", LetterState.RETURNED), ("00 20(117) 10(10)", "TWO_FINALS", LetterState.DELIVERED),
     ("50 10(10) 00", "DELIVERED_BEFORE_ACCEPTANCE", LetterState.DELIVERED),
     ("00 50 10(10) 50", "MOVEMENT_AFTER_FINAL", LetterState.DELIVERED),
     ("203 704(10) 741", "MOVEMENT_AFTER_FINAL", LetterState.DELIVERED),
     ("203 704", "SIGNER_MISSING", LetterState.DELIVERED), ("203 704(100)", "SIGNER_MISSING", LetterState.DELIVERED),
     ("203 743 704(10)", "VOID_UNMATCHED", LetterState.DELIVERED)],
)  # fmt: skip
def test_a_contradicted_end_waits_for_a_person(text: str, code: str, claimed: LetterState) -> None:
    found = result(text)
    assert code in {anomaly.code for anomaly in found.anomalies if anomaly.blocking}
    assert found.needs_person
    assert found.state is LetterState.IN_TRANSIT
    assert found.claimed is claimed
    assert (found.how, found.train, found.evidence) == (None, None, None)


def test_events_before_the_hand_over_are_not_believed() -> None:
    events = stream("00 50 10(10)")
    assert outcome(events, TABLE, handed_over_on=date(2026, 11, 21)).state is LetterState.DELIVERED
    late = outcome(events, TABLE, handed_over_on=date(2026, 11, 22))
    assert (late.state, late.claimed) == (LetterState.IN_TRANSIT, LetterState.DELIVERED)


def test_a_missing_acceptance_is_noted_but_does_not_stop_the_delivery() -> None:
    found = result("50 10(10)")
    assert found.state is LetterState.DELIVERED
    assert [(a.code, a.blocking) for a in found.anomalies] == [("ACCEPTANCE_MISSING", False)]


def test_a_void_of_another_moment_does_not_silently_leave_the_delivery_standing() -> None:
    events = [*stream("00 50 10(10)"), event(30, "10(10)", effective=False)]
    found = outcome(events, TABLE)
    assert found.needs_person
    assert found.state is LetterState.IN_TRANSIT


def test_a_void_that_comes_before_its_event_still_takes_it_back() -> None:
    events = stream("00 50 10(10) !10(10)")
    assert outcome(events[-1:], TABLE).state is LetterState.IN_TRANSIT
    assert outcome(reversed(events), TABLE) == outcome(events, TABLE)


def test_a_voided_reversal_gives_the_delivery_back() -> None:
    assert result("203 702 704(10) 743 !743").state is LetterState.DELIVERED


def test_delivered_voided_and_delivered_again_is_delivered() -> None:
    assert result("203 702 704(10) 743 702 704(20)").how is How.OTHER
    assert result("00 50 10(10) !10(10) 50 10(11)").how is How.OTHER


def test_each_reversal_takes_back_one_event_the_latest_before_it() -> None:
    assert result("203 702 705(4) 702 705(3) 744").norm_code == "NOT_AT_ADDR"
    assert result("203 702 705(4) 702 705(3) 744 744").attempts == 0


def test_events_of_the_same_second_are_read_in_the_order_of_a_pieces_life() -> None:
    events = [event(0, "203"), event(5, "743"), event(5, "704(10)"), event(5, "702")]
    assert outcome(events, TABLE).state is LetterState.IN_TRANSIT
    assert outcome(events, TABLE).voided == 1


def test_an_unknown_code_after_the_end_waits_for_a_person_and_before_it_does_not() -> None:
    unknown = replace(event(1, "50"), action="99")
    before = outcome([event(0, "00"), unknown, event(2, "10(10)")], TABLE)
    assert before.state is LetterState.DELIVERED
    after = outcome([event(0, "00"), event(0.5, "10(10)"), unknown], TABLE)
    assert (after.state, after.needs_person) == (LetterState.IN_TRANSIT, True)


def test_one_unknown_code_after_the_end_is_enough_to_wait() -> None:
    events = [event(0, "00"), replace(event(1, "50"), action="98"), event(2, "10(10)"), replace(event(3, "50"), action="99")]
    assert outcome(events, TABLE).needs_person


def test_words_in_the_description_decide_nothing() -> None:
    events = [replace(e, description="投递并签收，签收人：本人 无法签收 退回") for e in stream("00 50")]
    assert outcome(events, TABLE).state is LetterState.IN_TRANSIT


PUSH = st.one_of(
    st.sampled_from(["00", "60", "30", "40", "41", "50", "51"]),
    st.sampled_from(["10(10)", "10(11)", "10(12)", "10(13)", "10(14)"]),
    st.integers(100, 130).map(lambda code: f"20({code})"),
)
OPEN = st.one_of(
    st.sampled_from([row.code for row in TABLE.rows("op")]),
    st.sampled_from([f"704({row.code})" for row in TABLE.rows("signed")]),
    st.sampled_from([f"705({row.code})" for row in TABLE.rows("unsigned")]),
)
EVENTS = st.builds(
    event, st.integers(0, 12), st.one_of(PUSH, OPEN), effective=st.sampled_from([True, True, True, False]),
    serial=st.sampled_from(["", "1", "2"]),
)  # fmt: skip
HISTORIES = st.lists(EVENTS, max_size=12)


@given(HISTORIES, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_outcome(events: list[PostEvent], chance: object) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert outcome(shuffled, TABLE) == outcome(events, TABLE)


@given(HISTORIES, st.lists(st.integers(0, 11), max_size=12))
def test_any_repetition_gives_the_same_outcome(events: list[PostEvent], again: list[int]) -> None:
    repeated = events + [replace(events[i], serial="again", office="另处") for i in again if i < len(events)]
    assert outcome(repeated, TABLE) == outcome(events, TABLE)


@given(HISTORIES)
def test_a_believed_end_has_exactly_one_live_final_event(events: list[PostEvent]) -> None:
    found = outcome(events, TABLE)
    if found.is_final:
        assert not found.needs_person
        assert found.claimed is None
        assert found.final_at == found.last_event_at
    else:
        assert found.how is None
        assert found.train is None


@given(HISTORIES)
def test_voiding_every_event_leaves_no_result(events: list[PostEvent]) -> None:
    found = outcome([*events, *(replace(e, effective=False) for e in events)], TABLE)
    assert not found.is_final
    assert found.claimed is None
    assert (found.norm_code, found.train, found.evidence, found.attempts) == ("", None, None, 0)


@given(HISTORIES)
def test_an_event_and_its_void_together_change_no_verdict(events: list[PostEvent]) -> None:
    live = [e for e in events if e.effective and TABLE.meaning(e.action, e.proper_delivery, e.not_proper_delivery)]
    extra = event(20, "10(10)")
    before, after = outcome(live, TABLE), outcome([*live, extra, replace(extra, effective=False)], TABLE)
    assert (after.norm_code, after.address, after.train, after.how) == (
        before.norm_code, before.address, before.train, before.how,
    )  # fmt: skip
    assert after.anomalies == before.anomalies
    assert after.state in (before.state, LetterState.IN_TRANSIT)


@given(st.lists(PUSH.filter(lambda codes: not codes.startswith("10(") and codes != "20(117)"), max_size=8))
def test_without_a_final_event_the_state_only_moves_forward(codes: list[str]) -> None:
    order = [LetterState.HANDED_OVER, LetterState.ACCEPTED, LetterState.IN_TRANSIT]
    ranks = [order.index(outcome([event(i, c) for i, c in enumerate(codes[:n])], TABLE).state) for n in range(len(codes) + 1)]
    assert ranks == sorted(ranks)


@given(HISTORIES)
def test_13_14_and_711_are_never_a_delivery(events: list[PostEvent]) -> None:
    returned = [e for e in events if TABLE.meaning(e.action, e.proper_delivery, e.not_proper_delivery).kind is not EventKind.DELIVERED]  # type: ignore[union-attr]  # fmt: skip
    assert outcome(returned, TABLE).state is not LetterState.DELIVERED
