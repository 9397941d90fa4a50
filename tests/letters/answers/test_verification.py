"""Verifying a letter by its code: only what the firm may say, only for letters that were posted, only so many tries."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from letters.answers.verification import Confirmed, code_form, verify_code
from letters.batch.handing import hand_over
from letters.batch.lookup import batch_by_no, live_pieces
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.releasing import release_batch
from letters.batch.sealing import seal
from letters.rules.policy import Policy
from letters.tables_answers import VerificationAttempt, VerificationCode
from records.audit import verify_audit
from records.database import Database
from records.errors import NeedsDecision, WrongUsage

DAY = date(2026, 11, 20)


def ask(db: Database, code: str, caller: str = "027-1", **limits: int) -> Confirmed | None:
    return verify_code(db, code, caller, policy=Policy(**limits), actor="test")


@pytest.fixture
def code(house: Database, keep: Any, composed: Any) -> str:
    """The code on the first of two letters that were handed over; before that, nobody may confirm it."""
    keep(composed(0), composed(1))
    batch_no = str(plan_lender(house, "DEMO", DAY, actor="test", workers=1).batch_no)
    write_sample(house, batch_no, None, actor="lawyer:L001")
    with house.session() as session:
        release_batch(session, house.cipher, batch_by_no(session, batch_no), "L001", clock=house.clock)
        printed = next(live_pieces(session, house.cipher, batch_by_no(session, batch_no))).fields.verification_code
    assert ask(house, printed, "before") is None, "not posted yet"
    print_batch(house, batch_no, actor="test", workers=1)
    seal(house, batch_no, actor="test", workers=1)
    hand_over(house, batch_no, actor="test", workers=1)
    return printed


def test_firm_lawyer_number_and_date_are_confirmed_and_nothing_else(house: Database, code: str, composed: Any) -> None:
    found = ask(house, code)
    assert found is not None and found.letter_no == "（2026）鄂示例律函字第000001号"
    assert set(asdict(found)) == {"letter_no", "dated", "firm", "licence_no", "lawyer", "lawyer_licence_no", "firm_phone"}
    case = composed(0)
    for secret in (case.debtor_name, case.case_no, case.contract_no, "示例消费金融", str(case.claim.total)):
        assert secret not in str(found)
    with house.session() as session:
        assert len(session.scalars(select(VerificationCode)).all()) == 2
        assert code.encode() not in b"".join(session.scalars(select(VerificationCode.code_bidx)))
        assert verify_audit(session, house.settings).sound


def test_a_code_is_read_as_people_say_it(house: Database, code: str) -> None:
    spoken = "-".join(code.lower()).replace("0", "o").replace("1", "l")
    assert ask(house, spoken) == ask(house, code) != None  # noqa: E711  both are there
    for bad in ("", "ABC", "核验码", "U" * 10):
        with pytest.raises(WrongUsage):
            code_form(bad)
    with pytest.raises(WrongUsage, match="来电"):
        ask(house, code, " ")


def test_tries_are_recorded_and_limited_per_caller_and_in_all(house: Database, code: str) -> None:
    wrong = "0" * len(code)
    for _ in range(2):
        assert ask(house, wrong, verify_failures_a_day=2) is None
    with pytest.raises(NeedsDecision, match="24 小时"):
        ask(house, code, verify_failures_a_day=2)
    assert ask(house, code, "027-2", verify_failures_a_day=2) is not None, "another caller"
    with pytest.raises(NeedsDecision, match="试码"):
        ask(house, code, "027-3", verify_failures_an_hour=2)
    with house.session() as session:
        tries = session.scalars(select(VerificationAttempt)).all()
        assert [one.found for one in tries].count(False) == 3, "the one before posting too"
        assert all(b"027" not in one.caller_bidx for one in tries)


def test_failures_are_forgotten_after_a_day(house: Database, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(house, "0" * len(code), verify_failures_a_day=1) is None
    now: datetime = house.clock()
    object.__setattr__(house, "clock", lambda: now + timedelta(days=1, minutes=1))
    assert ask(house, code, verify_failures_a_day=1) is not None
