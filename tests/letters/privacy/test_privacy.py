"""Personal data of a case: looked at with a name and a reason, kept while it is evidence, gone when nobody needs it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from letters.batch.lapsing import lapsing
from letters.batch.letterview import letter_view
from letters.batch.planning import plan_lender
from letters.privacy.erased import demand_there
from letters.privacy.erasing import erase_cases
from letters.privacy.purging import due, purge
from letters.privacy.retention import kept_days, reasons_to_keep
from letters.privacy.subject import EXPORTED, PERSONS_FOR_TWO, UNMASKED, everything, look, unmasked
from letters.rules.policy import Policy
from letters.tables import Letter
from letters.tables_privacy import ErasedCase
from locate.case import StopKind
from locate.contacts.lost_contact import CallResult
from locate.contacts.store import record_attempt
from locate.loading import load_cases
from locate.stops import case_by_no, resume_case, stop_case
from locate.tables import Case, CaseAddress, ContactAsk, ContactAttempt, Lender
from records.audit import verify_audit
from records.clock import today
from records.database import Database
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7
from records.tables import AuditEntry
from tests.letters.batch.conftest import send  # noqa: F401  the fixture

DAY = date(2026, 11, 20)
WHO = {"by": "张三", "reason": "委托终止", "actor": "test"}


def at(db: Database, day: date) -> None:
    db.clock = lambda: datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def erase(db: Database, case_no: str) -> int:
    with db.session() as session:
        lender = session.query(Lender).one()
        return erase_cases(session, db.cipher, lender, [case_by_no(session, "DEMO", case_no).id], **WHO, clock=db.clock)


def kept(db: Database, case_no: str, day: date) -> list[str]:
    with db.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        return reasons_to_keep(session, [case.id], Policy(), day).get(case.id, [])


def looked(db: Database, case_no: str, **changes: str) -> None:
    words = {"action": UNMASKED, "by": "张三", "second": "", "reason": "核对退件", "actor": "test", **changes}
    with db.session() as session:
        look(session, session.query(Lender).one(), case_by_no(session, "DEMO", case_no), clock=db.clock, **words)


def test_a_look_needs_a_name_and_a_reason_and_is_in_the_chain(house: Database, keep, composed) -> None:
    record = composed(1)
    keep(record)
    for missing in ({"by": " "}, {"reason": ""}):
        with pytest.raises(WrongUsage):
            looked(house, record.case_no, **missing)
    looked(house, record.case_no)
    with house.session() as session:
        found = unmasked(session, house.cipher, case_by_no(session, "DEMO", record.case_no))
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == UNMASKED)).one()
        assert verify_audit(session).sound
    assert (found["debtor_name"], found["id_number"]) == (record.debtor_name, record.id_number)
    assert entry.subject == f"case:DEMO/{record.case_no}" and entry.detail["by"] == "张三"
    assert record.id_number not in str(entry.detail)


def test_the_25th_person_of_a_day_needs_two_names(house: Database, keep, composed) -> None:
    numbers = [composed(number).case_no for number in range(1, PERSONS_FOR_TWO + 1)]
    keep(*(composed(number) for number in range(1, PERSONS_FOR_TWO + 1)))
    for case_no in numbers[:-1]:
        looked(house, case_no)
    looked(house, numbers[0])  # somebody seen already counts once
    for second in ("", "张三"):
        with pytest.raises(NeedsDecision, match="R-PII-04"):
            looked(house, numbers[-1], action=EXPORTED, second=second)
    looked(house, numbers[-1], action=EXPORTED, second="李四")


def test_an_export_holds_the_person_whole_and_others_masked(house: Database, keep, composed, send) -> None:  # noqa: F811
    record = composed(1)
    keep(record)
    send(DAY)
    with house.session() as session:
        found = everything(session, house.cipher, session.query(Lender).one(), case_by_no(session, "DEMO", record.case_no))
    assert found["person"]["mobile"] == record.mobile and len(found["letters"]) == 1 and found["given_to"] == ["示例邮政"]
    assert found["decisions"][0]["verdict"] == "planned" and found["amounts"][0]["total"]
    contact = record.contacts[0]
    assert contact.mobile not in str(found) and contact.name not in str(found)


def test_what_is_still_needed_is_kept_and_says_why(house: Database, keep, composed, send) -> None:  # noqa: F811
    record = composed(1)
    keep(record)
    batch_no = plan_lender(house, "DEMO", DAY, actor="test", workers=1).batch_no
    assert batch_no is not None and "尚未交寄" in kept(house, record.case_no, DAY)[0]
    send_again = composed(2)
    keep(send_again)
    with house.session() as session:
        stop_case(session, case_by_no(session, "DEMO", send_again.case_no), StopKind.SUIT_SERVED, "立案", actor="test", clock=house.clock)
    assert kept(house, send_again.case_no, DAY) == ["案件已进入诉讼，资料可能是证据；诉讼结束后请先解除停止标记。"]
    with house.session() as session:
        resume_case(session, case_by_no(session, "DEMO", send_again.case_no), StopKind.SUIT_SERVED, "结案", actor="test", clock=house.clock)
    assert kept(house, send_again.case_no, DAY) == []


def test_a_sent_letter_is_kept_to_its_last_day_and_then_purged(house: Database, keep, composed, send) -> None:  # noqa: F811
    record, other = composed(1), composed(2)
    keep(record)
    batch_no, now = send(DAY), today(house.clock)
    last = DAY + timedelta(days=kept_days(Policy()))
    assert "须保存至" in kept(house, record.case_no, last)[0] and kept(house, record.case_no, last + timedelta(days=1)) == []
    folder = house.settings.workspace.batches / batch_no
    with house.session() as session:
        assert due(session, house, now + timedelta(days=30)).working == ()
        assert due(session, house, now + timedelta(days=31)).working == (batch_no,)
        assert due(session, house, last).whole == ()
    at(house, now + timedelta(days=40))
    assert purge(house, now + timedelta(days=40), by="张三", reason="月度", actor="test", progress=lambda *_: None).cases == ()
    assert not (folder / "print").exists() and list(folder.glob("*/SEALED")), "the sealed evidence stays"
    end = max(last, now + timedelta(days=Policy().retain_process_days)) + timedelta(days=10)
    at(house, end)
    keep(other)  # fresh: not old enough to go
    found = purge(house, end, by="张三", reason="到期", actor="test", progress=lambda *_: None)
    assert (found.whole, found.cases) == ((batch_no,), (("DEMO", record.case_no),)) and not folder.exists()
    again = purge(house, end, by="张三", reason="到期", actor="test", progress=lambda *_: None)
    assert (again.working, again.whole, again.cases) == ((), (), ())
    with house.session() as session:
        assert [row.case_no for row in lapsing(session, house.cipher, lender_code=None, until=None)] == [other.case_no]
        with pytest.raises(WrongUsage, match="已按保存期限删除"):
            letter_view(session, house.cipher, session.query(Letter).one().letter_no)
        with pytest.raises(WrongUsage, match="已于"):
            demand_there(session, case_by_no(session, "DEMO", record.case_no))


def test_erased_text_is_nowhere_and_the_case_is_not_planned_until_the_lender_sends_it_anew(house: Database, keep, composed) -> None:
    record = composed(1)
    keep(record)
    with house.session() as session:
        before = case_by_no(session, "DEMO", record.case_no)
        index, version = bytes(before.id_bidx), before.version
    assert erase(house, record.case_no) == 1
    with house.session() as session:
        case = case_by_no(session, "DEMO", record.case_no)
        (stored,) = load_cases(session, house.cipher, [case.id])
        held = stored.record
        assert (held.debtor_name, held.id_number, held.mobile, held.contract_no, held.remark) == ("", "", "", "", "")
        assert [one.text for one in held.addresses] == [""] and [(one.name, one.mobile) for one in held.contacts] == [("", "")]
        assert bytes(case.id_bidx) != index and case.mobile_bidx is None
        assert session.scalars(select(CaseAddress.place_bidx)).all() == [None]
        assert session.scalars(select(ErasedCase.version)).all() == [version]
        assert verify_audit(session).sound
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).batch_no is None
    keep(record)
    with house.session() as session:
        assert session.scalars(select(Case.version)).one() == version + 1
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).batch_no is not None


def test_keyed_tokens_of_called_numbers_go_too_and_nothing_else_of_their_rows(house: Database, keep, composed) -> None:
    record = composed(1)
    keep(record)
    with house.session() as session:
        case = case_by_no(session, "DEMO", record.case_no)
        record_attempt(
            session, house.cipher, case, CallResult.FAILED, on=DAY, evidence="录音 1", actor="test", clock=house.clock
        )
        session.add(ContactAsk(
            id=uuid7(), case_id=case.id, case_version=1, contact_ordinal=0, mobile_bidx=bytes(32), on_date=DAY, result="answered",
            propensity=None, evidence="录音 2", actor="test", at=house.clock(),
        ))  # fmt: skip
        token = session.scalars(select(ContactAttempt.number_token)).one()
    change = "UPDATE contact_attempt SET number_token = 'x'"
    with pytest.raises(Exception, match="append-only"), house.session() as session:
        session.execute(text(change))
    erase(house, record.case_no)
    with house.session() as session:
        assert session.scalars(select(ContactAttempt.number_token)).one() != token
        assert session.scalars(select(ContactAsk.mobile_bidx)).one() != bytes(32)
        assert session.scalars(select(ContactAsk.result)).all() == ["answered"]
    for statement in ("UPDATE contact_ask SET result = 'denies'", "DELETE FROM contact_attempt", f"{change}, evidence = ''"):
        with pytest.raises(Exception, match="append-only"), house.session() as session:
            session.execute(text(statement))


def test_that_a_case_was_erased_can_not_be_unsaid(house: Database, keep, composed) -> None:
    keep(composed(1))
    erase(house, composed(1).case_no)
    with pytest.raises(Exception, match="append-only"), house.session() as session:
        session.execute(text("DELETE FROM erased_case"))
