"""Questions to contacts become trials: point in time, pending ones censored, one lender, only lawful ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from letters.batch.contact_knowledge import bars_on
from letters.batch.contact_trials import contact_trials
from letters.batch.relaying import plan_relay
from locate.case import Contact, Source
from locate.contacts.asks import AskResult, record_ask
from locate.contacts.lost_contact import CallResult
from locate.contacts.store import record_attempt, record_opt_out
from locate.contacts.trial_rows import GROUP_NAMES
from locate.stops import case_by_no
from locate.tables import Lender, Payment
from models.contacts.trials import ContactTrials, Result
from records.clock import SHANGHAI, today
from records.database import Database
from records.errors import WrongUsage
from records.identity import uuid7

BROTHER = Contact(1, "王联系", "兄弟", "19900100001", "", Source.RESERVED, "YL-1", None, opted_out=False)
FRIEND = replace(BROTHER, ordinal=2, name="李联系", relation="朋友", mobile="19900100002")
OTHER = replace(BROTHER, ordinal=3, name="赵联系", relation="其他", mobile="19900100003")
FIRST = date(2026, 9, 1)


@pytest.fixture
def case_no(house: Database, keep, composed) -> str:
    record = composed(1, contacts=(BROTHER, FRIEND, OTHER))
    keep(record)
    with house.session() as session:
        case = case_by_no(session, "DEMO", record.case_no)
        for call in range(3):
            record_attempt(
                session, house.cipher, case, CallResult.FAILED, on=FIRST - timedelta(days=5), evidence=f"LY-{call}", actor="test", clock=house.clock
            )
    return record.case_no


def ask(db: Database, case_no: str, ordinal: int, result: AskResult, on: date, propensity: float | None = None) -> bool:
    with db.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        return record_ask(
            session, case, ordinal, result, on=on, evidence=f"LY-{ordinal}-{on}", propensity=propensity, actor="test", clock=db.clock
        )


def trials(db: Database, as_of: datetime | None = None) -> ContactTrials:
    with db.session() as session:
        return contact_trials(session, db.cipher, session.query(Lender).one(), as_of or db.clock())


def only(found: ContactTrials, group: str, day: date) -> ContactTrials:
    return found.take((found.group == GROUP_NAMES.index(group)) & (found.day == day.toordinal()))


def test_a_day_of_asking_is_a_case_with_every_contact_that_might_be_asked(house: Database, case_no: str) -> None:
    assert ask(house, case_no, 1, AskResult.RELAYS, FIRST, 0.7)
    assert not ask(house, case_no, 1, AskResult.RELAYS, FIRST, 0.7), "the same call record is one question"
    found = trials(house)
    assert [GROUP_NAMES[group] for group in found.group] == ["sibling", "friend"], "the contact of unknown relation is no row"
    assert found.asked.tolist() == [True, False] and found.propensity[0] == 0.7 and np.isnan(found.propensity[1])
    assert found.result.tolist() == [Result.NOT_USEFUL, Result.UNKNOWN], "nothing came of it in 30 days"
    assert found.known_day[0] == (FIRST + timedelta(days=31)).toordinal()
    assert found.column("relayed").tolist() == [0.0, 0.0], "what was heard on the day is no feature of the day"


def test_a_question_still_open_is_censored_and_one_not_lawful_on_its_day_is_gone(house: Database, case_no: str) -> None:
    lately = today(house.clock) - timedelta(days=10)
    ask(house, case_no, 1, AskResult.ANSWERED, lately)
    ask(house, case_no, 2, AskResult.ANSWERED, FIRST - timedelta(days=30))  # before the debtor was lost
    found = trials(house)
    assert set(found.day.tolist()) == {lately.toordinal()}
    assert found.asked.tolist() == [True, False] and not found.known.any()
    with house.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        early = bars_on(session, house.cipher, case, 2, FIRST - timedelta(days=30), house.clock())
    assert [bar.code for bar in early] == ["not_lost"]


def test_a_debtor_who_turns_up_is_credited_to_the_last_question_before(house: Database, case_no: str) -> None:
    ask(house, case_no, 1, AskResult.RELAYS, FIRST)
    ask(house, case_no, 2, AskResult.RELAYS, FIRST + timedelta(days=8))
    with house.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        session.add(
            Payment(
                id=uuid7(), case_id=case.id, reference="P-1", paid_on=FIRST + timedelta(days=12), amount_fen=100, source="by hand",
                actor="test", recorded_at=datetime(2026, 9, 20, 10, tzinfo=SHANGHAI),
            )
        )  # fmt: skip
    found = trials(house)
    assert only(found, "friend", FIRST + timedelta(days=8)).result.tolist() == [Result.USEFUL]
    assert only(found, "friend", FIRST + timedelta(days=8)).known_day.tolist() == [date(2026, 9, 20).toordinal()]
    assert only(found, "sibling", FIRST).result.tolist() == [Result.NOT_USEFUL]


def test_history_is_what_was_known_before_the_day(house: Database, case_no: str) -> None:
    for days, heard in ((0, AskResult.RELAYS), (20, AskResult.NO_ANSWER), (60, AskResult.ANSWERED)):
        ask(house, case_no, 1, heard, FIRST + timedelta(days=days))
    found = trials(house)
    rows = [only(found, "sibling", FIRST + timedelta(days=days)) for days in (0, 20, 60)]
    counts = {name: [round(float(np.expm1(row.column(name)[0]))) for row in rows] for name in ("answered", "relayed", "failed", "in_vain")}
    assert counts == {"answered": [0, 1, 1], "relayed": [0, 1, 1], "failed": [0, 0, 1], "in_vain": [0, 0, 2]}
    last = only(found, "friend", FIRST + timedelta(days=60))
    assert last.column("in_vain").tolist() == [0.0]


@pytest.mark.parametrize(("heard", "result"), [(AskResult.COMPLAINED, Result.COMPLAINT), (AskResult.WRONG_NUMBER, Result.NOT_USEFUL), (AskResult.DENIES, Result.NOT_USEFUL)])
def test_what_ends_a_contact_ends_its_rows(house: Database, case_no: str, heard: AskResult, result: Result) -> None:
    ask(house, case_no, 1, heard, FIRST)
    ask(house, case_no, 2, AskResult.NO_ANSWER, FIRST + timedelta(days=7))
    found = trials(house)
    first = only(found, "sibling", FIRST)
    assert first.result.tolist() == [result] and first.known_day[0] == FIRST.toordinal()
    # A complaint is recorded today; the others bar from the call on.
    assert len(only(found, "sibling", FIRST + timedelta(days=7))) == 0


def test_a_refusal_within_the_window_counts_against_the_question(house: Database, case_no: str) -> None:
    ask(house, case_no, 2, AskResult.ANSWERED, today(house.clock) - timedelta(days=3))
    with house.session() as session:
        record_opt_out(session, house.cipher, FRIEND.mobile, how="来电", reason="不再联系", actor="test", clock=house.clock)
    assert trials(house).result[trials(house).asked].tolist() == [Result.COMPLAINT]
    before = house.clock() - timedelta(days=1)
    assert len(trials(house, before)) == 0, "as of the day before nothing was recorded"


def test_whom_a_call_showed_to_be_a_stranger_gets_no_relay_letter(house: Database, case_no: str) -> None:
    ask(house, case_no, 2, AskResult.WRONG_NUMBER, FIRST)
    with house.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        assert [bar.code for bar in bars_on(session, house.cipher, case, 2, today(house.clock), house.clock())] == ["wrong_number"]
    plan = plan_relay(house, "DEMO", date(2026, 11, 20), actor="test", case_no=case_no, contact=2)
    assert plan.batch_no is None and any("号码已知不是本人" in text for text in plan.results[0][3])


def test_an_ask_needs_a_contact_evidence_and_a_past_day(house: Database, case_no: str) -> None:
    with house.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        for change, words in (
            ({"ordinal": 9}, "没有联系人9"), ({"evidence": " "}, "通话记录"), ({"on": today(house.clock) + timedelta(days=1)}, "将来"), ({"propensity": 0.0}, "选中概率"),
        ):  # fmt: skip
            given = {"ordinal": 1, "on": FIRST, "evidence": "LY", "propensity": None} | change
            ordinal = given.pop("ordinal")
            with pytest.raises(WrongUsage, match=words):
                record_ask(session, case, ordinal, AskResult.ANSWERED, actor="test", clock=house.clock, **given)  # type: ignore[arg-type]
