"""Who stops a case, takes a payment or a refusal is told which letters of the house will not go, and where paper lies."""

from __future__ import annotations

from datetime import timedelta

from letters.batch.affected import affected_by_cases, affected_by_refusal
from letters.batch.lookup import batch_by_no
from letters.batch.pulling import pull_stopped
from letters.batch.relaying import plan_relay
from letters.rules.model import Verdict
from locate.case import StopKind
from locate.contacts.store import MOBILE_INDEX, record_opt_out
from locate.payments import BY_HAND, PaymentRow, record_payments
from locate.stops import case_by_no, resume_case, stop_case
from locate.tables import Lender
from records.clock import today
from records.database import Database
from tests.letters.batch.test_relaying import CONTACT, DAY, lost_case, relay  # noqa: F401  the fixture
from tests.letters.batch.test_stops import handed, planned, printed, released, sealed


def stopped_and_told(db: Database, case_no: str) -> list[tuple[str, bool]]:
    with db.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        stop_case(session, case, StopKind.DISPUTED, "异议", actor="test", clock=db.clock)
        session.flush()
        told = [(one.case_no, one.on_paper) for one in affected_by_cases(session, [case.id])]
        resume_case(session, case, StopKind.DISPUTED, "误记", actor="test", clock=db.clock)
        return told


def test_an_act_names_its_letters_until_the_post_has_them(house: Database, keep, composed) -> None:
    numbers = [composed(1).case_no, composed(2).case_no]
    for number in (1, 2):
        keep(composed(number))
    batch_no = planned(house)
    assert stopped_and_told(house, numbers[0]) == [(numbers[0], False)]
    released(house, batch_no)
    printed(house, batch_no)
    assert stopped_and_told(house, numbers[0]) == [(numbers[0], True)]
    sealed(house, batch_no)
    assert stopped_and_told(house, numbers[1]) == [(numbers[1], True)]
    handed(house, batch_no)
    assert stopped_and_told(house, numbers[0]) == []


def test_a_refusal_names_the_relay_letters_and_a_pulled_one_leaves_the_case_free(house: Database, lost_case) -> None:  # noqa: F811
    case_no = lost_case(1, CONTACT)
    batch_no = relay(house).batch_no
    index = house.cipher.blind(MOBILE_INDEX, CONTACT.mobile)
    with house.session() as session:
        assert affected_by_refusal(session, index) == []
        case = case_by_no(session, "DEMO", case_no)
        stop_case(session, case, StopKind.DISPUTED, "异议", actor="test", clock=house.clock)
        session.flush()
        pull_stopped(session, batch_by_no(session, batch_no), actor="test", clock=house.clock)
        resume_case(session, case, StopKind.DISPUTED, "误记", actor="test", clock=house.clock)
    again = plan_relay(house, "DEMO", DAY, actor="test")
    assert [one[2] for one in again.results] == [Verdict.PLANNED], "a letter that was pulled was never sent"
    with house.session() as session:
        record_opt_out(session, house.cipher, CONTACT.mobile, how="来电", reason="勿扰", actor="test", clock=house.clock)
        session.flush()
        (one,) = affected_by_refusal(session, index)
    assert (one.batch_no, one.case_no, one.on_paper) == (again.batch_no, case_no, False)


def test_a_payment_of_tomorrow_is_refused(house: Database, keep, composed) -> None:
    keep(composed(1))
    tomorrow = today(house.clock) + timedelta(days=1)
    with house.session() as session:
        lender = session.query(Lender).one()
        row = PaymentRow(4, composed(1).case_no, tomorrow, 100, "LS1")
        report = record_payments(session, lender, [row], BY_HAND, actor="test", clock=house.clock)
    assert report.accepted == 0 and "在将来" in report.problems[0].message and report.problems[0].row == 4
