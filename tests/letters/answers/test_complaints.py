"""Complaints and objections freeze the case at once, have a due date, and end with a result before any further letter."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from letters.answers.complaints import (
    ComplaintKind,
    TakenIn,
    demand_answered,
    letter_of,
    list_complaints,
    resolve,
    take_in,
)
from letters.batch.planning import plan_lender
from letters.batch.view import decision_rows
from letters.rules.policy import Policy
from letters.tables import Letter
from letters.tables_answers import Complaint
from locate.case import StopKind
from locate.stops import case_by_no, resume_case
from locate.tables import CaseStop
from records.clock import today
from records.database import Database
from records.errors import NeedsDecision, WrongUsage

DAY = date(2026, 11, 20)
WHAT = "称 2025 年已还清，流水在手"


def take(db: Database, case_no: str, kind: ComplaintKind = ComplaintKind.OBJECTION, **changes: Any) -> TakenIn:
    with db.session() as session:
        given: dict[str, Any] = {
            "letter": None, "channel": "来电", "what": WHAT, "received_on": DAY, "policy": Policy(), "actor": "test", "clock": db.clock,
        }  # fmt: skip
        return take_in(session, db.cipher, case_by_no(session, "DEMO", case_no), kind, **{**given, **changes})


def end(db: Database, number: str, *, upheld: bool = False, resume: bool = False, result: str = "经核对流水，欠款属实") -> bool:
    with db.session() as session:
        return resolve(
            session, db.cipher, number, result=result, upheld=upheld, resume=resume, evidence=None, by="operator:李", clock=db.clock
        )


@pytest.mark.parametrize(("kind", "stop"), [(ComplaintKind.OBJECTION, StopKind.DISPUTED), (ComplaintKind.COMPLAINT, StopKind.COMPLAINT)])
def test_it_freezes_the_case_the_same_day_and_is_linked_to_the_last_letter(house: Database, keep: Any, composed: Any, kind: ComplaintKind, stop: StopKind) -> None:
    keep(composed(0))
    plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    taken = take(house, "T00000", kind)
    assert taken.due_on == date(2026, 12, 11), "fifteen working days"
    with house.session() as session:
        row = session.scalars(select(Complaint)).one()
        letter = session.scalars(select(Letter)).one()
        assert (row.letter_id, row.batch_id, row.template) == (letter.id, letter.batch_id, "consumer@1")
        assert taken.letter_no == letter.letter_no
        open_stop = session.scalars(select(CaseStop)).one()
        assert (open_stop.kind, open_stop.since) == (stop.value, today(house.clock))
        assert WHAT.encode() not in row.what_sealed and house.cipher.open("complaint.what", row.id, row.what_sealed) == WHAT
    assert plan_lender(house, "DEMO", DAY + timedelta(days=40), actor="test", workers=1).planned == 0


def test_numbers_run_and_no_letter_is_needed(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0), composed(1))
    first, second = take(house, "T00000"), take(house, "T00001")
    stem, number = first.complaint_no.split("-")
    assert (number, second.complaint_no, first.letter_no) == ("0001", f"{stem}-0002", "")


def test_a_result_comes_before_any_further_letter(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    number = take(house, "T00000").complaint_no
    with house.session() as session:
        case = case_by_no(session, "DEMO", "T00000")
        demand_answered(session, case, StopKind.SETTLED)
        with pytest.raises(NeedsDecision, match="R-TIM-07"):
            demand_answered(session, case, StopKind.DISPUTED)
        resume_case(session, case, StopKind.DISPUTED, "绕过", actor="test", clock=house.clock)
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 0, "even where the stop was lifted"
    with house.session() as session:
        (row,) = decision_rows(session, DAY)
    assert row["rules"] == "R-TIM-07" and number in row["reasons"]
    with pytest.raises(WrongUsage, match="核实结果"):
        end(house, number, result=" ")
    assert end(house, number)
    assert not end(house, number), "once"
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 1


def test_resolving_may_lift_the_stop_unless_it_was_upheld_or_another_is_open(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    first, second = take(house, "T00000").complaint_no, take(house, "T00000").complaint_no
    with pytest.raises(NeedsDecision):
        end(house, first, upheld=True, resume=True)

    def open_stops() -> int:
        with house.session() as session:
            return len(session.scalars(select(CaseStop).where(CaseStop.cleared_at.is_(None))).all())

    end(house, first, resume=True)
    assert open_stops() == 1
    end(house, second, resume=True)
    assert open_stops() == 0
    with pytest.raises(WrongUsage, match="没有投诉"):
        end(house, "C20200101-0001")


def test_what_falls_due_first_stands_first_and_overdue_ones_show(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0), composed(1), composed(2))
    late = take(house, "T00001", received_on=DAY - timedelta(days=30)).complaint_no
    soon = take(house, "T00000").complaint_no
    done = take(house, "T00002").complaint_no
    end(house, done, upheld=True)
    with house.session() as session:
        rows = list_complaints(session, DAY)
        assert [row["complaint_no"] for row in rows] == [late, soon, done]
        assert [row["overdue"] for row in rows] == [True, False, False]
        assert (rows[2]["upheld"], rows[2]["resolved_by"]) == (True, "operator:李")
        assert [row["complaint_no"] for row in list_complaints(session, DAY, only_open=True)] == [late, soon]
        assert [row["complaint_no"] for row in list_complaints(session, DAY, only_overdue=True)] == [late]
        assert WHAT not in str(rows)


def test_words_and_days_are_needed(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0), composed(1))
    plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    for changes in ({"channel": " "}, {"what": ""}, {"received_on": today(house.clock) + timedelta(days=1)}):
        with pytest.raises(WrongUsage):
            take(house, "T00000", **changes)
    with house.session() as session:
        other = session.scalars(select(Letter).where(Letter.case_id == case_by_no(session, "DEMO", "T00001").id)).one()
        assert letter_of(session, other.letter_no).id == other.id
        session.expunge(other)
        with pytest.raises(WrongUsage):
            letter_of(session, "不存在")
    with pytest.raises(WrongUsage, match="不属于"):
        take(house, "T00000", letter=other)
