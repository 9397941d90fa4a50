"""The consequences of outcomes: every reason has one, the code tables agree, carriers' faults teach nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.post.codes import SIGNED, UNSIGNED, Evidence, How, code_table_with, load_code_table
from letters.post.consequences import (
    AddressVerdict,
    Censored,
    Follow,
    Label,
    PersonVerdict,
    Reach,
    consequence,
    disagreements,
    tables,
)
from letters.post.model import LetterState, PostEvent
from letters.post.outcome import Outcome, outcome
from records.clock import SHANGHAI

CODES = load_code_table()
FAULTS = ("CARRIER_MISROUTE", "DAMAGED", "FORCE_MAJEURE", "HOLIDAY", "LOST", "RECALLED")
HEADER = "field,code,name,kind,refined_by,norm,how,address,address_again,person,reached,train,evidence,voids,next_action\n"


def test_every_meaning_of_the_code_tables_has_a_consequence_that_agrees() -> None:
    norms = {row.norm for field in ("action", "properdelivery", "notproperdelivery", "op", "signed", "unsigned") for row in CODES.rows(field)}
    assert norms - {""} <= set(tables().reasons)
    assert disagreements(CODES) == []
    assert set(tables().receipts) == set(How)


def test_a_partners_row_that_says_otherwise_is_told() -> None:
    other = HEADER + "notproperdelivery,126,迁移,attempt_failed,,MOVED_UNKNOWN,,V,,H,0,1,,,\nnotproperdelivery,199,新,attempt_failed,,NEW_REASON,,U,,?,0,,,,\n"
    told = disagreements(code_table_with(other))
    assert any("126" in one and "地址" in one for one in told) and any("199" in one and "没有后果" in one for one in told)


@pytest.mark.parametrize("reason", FAULTS)
def test_a_carriers_fault_judges_nobody_and_teaches_nothing(reason: str) -> None:
    """R-DLV-08, R-AI-04."""
    row = tables().reasons[reason]
    assert (row.address, row.person, row.label, row.counts) == (AddressVerdict.UNKNOWN, PersonVerdict.UNKNOWN, Label.CENSORED, False)


def test_who_signed_makes_it_precise() -> None:
    def signed(how: How, norm: str = "OK_OTHER") -> tuple[Reach, Label, Evidence]:
        found = consequence(Outcome(LetterState.DELIVERED, how=how, norm_code=norm))
        return found.reached, found.label, found.evidence

    assert signed(How.SELF, "OK_SELF") == (Reach.SELF, Label.SELF, Evidence.E1)
    assert signed(How.FAMILY) == (Reach.HOUSEHOLD, Label.HOUSEHOLD, Evidence.E2_IF_RELATED)
    assert signed(How.PROPERTY) == (Reach.OTHER, Label.OTHER, Evidence.E2_IF_RELATED)
    assert signed(How.UNIT, "OK_UNIT") == (Reach.OTHER, Label.OTHER, Evidence.E3_LIKE)


def test_nothing_is_guessed_of_a_reason_without_a_row() -> None:
    found = consequence(Outcome(LetterState.RETURNED, norm_code="NEW_REASON"))
    assert (found.reason, found.follows, found.label, found.shuts) == ("NEW_REASON", Follow.ASK, Label.CENSORED, False)


def test_the_counters_refusal_and_silence() -> None:
    assert consequence(None, accepted=False).reason == "NOT_ACCEPTED"
    assert (consequence(None).follows, consequence(None).censored) == (Follow.WAIT, Censored.PENDING)


SUBCODES = (
    [("10", row.code, "") for row in CODES.rows("properdelivery")]
    + [("20", "", row.code) for row in CODES.rows("notproperdelivery")]
    + [("704", SIGNED + row.code, "") for row in CODES.rows("signed")]
    + [("705", "", UNSIGNED + row.code) for row in CODES.rows("unsigned")]
    + [(code, "", "") for code in ("00", "41", "50", "711", "743", "744", "987")]
)
EVENTS = st.lists(st.tuples(st.sampled_from(SUBCODES), st.integers(0, 50), st.booleans()), max_size=8)


@given(EVENTS, st.randoms())
def test_of_any_events_the_consequence_is_one_and_an_open_or_taken_back_end_teaches_nothing(rows, order) -> None:  # type: ignore[no-untyped-def]
    start = datetime(2026, 11, 21, 9, tzinfo=SHANGHAI)
    events = [
        PostEvent("XA00000000001", "", start + timedelta(hours=hour), "", *codes, "", effective) for codes, hour, effective in rows
    ]
    result = outcome(events, CODES)
    found = consequence(result)
    order.shuffle(events)
    assert consequence(outcome(events + events, CODES)) == found
    if not result.is_final:
        assert not found.ended and found.label is Label.CENSORED and found.follows in (Follow.WAIT, Follow.ASK, Follow.STOP)
    else:
        assert found.follows is not Follow.WAIT
    if found.censored in (Censored.CARRIER_FAULT, Censored.OUR_FAULT):
        assert not found.shuts and found.train is None
    assert (found.label is Label.CENSORED) == (found.censored is not None)
