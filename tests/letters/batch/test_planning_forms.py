"""Planning with templates that tell more: the facts come from the case file or the case's history; without them a case is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from letters.batch.approving import approve_template
from letters.batch.lookup import batch_by_no, live_pieces
from letters.batch.parties import firm_by_code, lender_by_code
from letters.batch.planning import plan_lender
from letters.compose import compose, load_bundle
from letters.compose.model import LetterFields
from letters.gate.filing import file_template
from locate.tables import Decision
from records.database import Database
from records.errors import WrongUsage
from tests.letters.batch.conftest import DAY
from tests.letters.conftest import compose_case

LATER = DAY + timedelta(days=45)
ASSIGNED = {"original_creditor": "示例银行股份有限公司", "assigned_on": "2026-03-01", "original_holder": "银行"}


@pytest.fixture(autouse=True)
def forms_are_approved(house: Database) -> None:
    with house.session() as session:
        firm, lender = firm_by_code(session, "F1"), lender_by_code(session, "DEMO")
        for reference in ("settlement@1", "assigned@1", "statement@1", "second@1", "card@1"):
            bundle = load_bundle(reference)
            approve_template(session, firm, bundle, "L001", day=DAY, clock=house.clock)
            file_template(
                session, lender, template=reference, bundle_sha256=bundle.sha256, filed_on=date(2026, 1, 1), reference="BA-1", actor="test",
                clock=house.clock,
            )  # fmt: skip


def planned(house: Database, template: str, day: date = DAY) -> tuple[Any, list[LetterFields]]:
    result = plan_lender(house, "DEMO", day, actor="test", workers=1, template=template)
    if result.batch_no is None:
        return result, []
    with house.session() as session:
        return result, [piece.fields for piece in live_pieces(session, house.cipher, batch_by_no(session, result.batch_no))]


def reasons(house: Database) -> str:
    with house.session() as session:
        return "；".join(finding["message"] for one in session.scalars(select(Decision)) for finding in one.findings)


def test_an_offer_comes_from_the_case_file_to_the_fen(house: Database, keep) -> None:
    keep(compose_case(0, extra={"offer_amount": "6,000.50元", "offer_until": "2026-12-31"}), compose_case(1))
    result, (fields,) = planned(house, "settlement@1")
    assert (result.planned, result.held) == (1, 1)
    assert (fields.offer_fen, fields.offer_until) == (600_050, date(2026, 12, 31))
    assert "6,000.50元" in compose(load_bundle("settlement@1"), fields).text
    assert "补充“和解金额”一列" in reasons(house)


@pytest.mark.parametrize("amount", ["约6000", "6000.505", "1e9", "-1", "NaN", "", "六千"])
def test_an_amount_that_is_none_offers_nothing(house: Database, keep, amount: str) -> None:
    keep(compose_case(0, extra={"offer_amount": amount, "offer_until": "2026-12-31"}))
    result, letters = planned(house, "settlement@1")
    assert (result.held, letters) == (1, [])
    assert "和解金额" in reasons(house)


def test_an_assignment_comes_from_the_case_file(house: Database, keep) -> None:
    keep(compose_case(0, extra=ASSIGNED), compose_case(1, extra={**ASSIGNED, "assigned_on": "去年"}))
    result, (fields,) = planned(house, "assigned@1")
    assert result.held == 1
    assert fields.original_creditor == "示例银行股份有限公司"
    assert "现以本函将上述债权转让的事实通知您" in compose(load_bundle("assigned@1"), fields).text


def test_a_statement_shows_clauses_and_payments_and_no_other_letter_carries_them(house: Database, keep) -> None:
    extra = {
        "principal_due_clause": "第二条", "interest_clause": "第五条", "interest_line_rate": "14.4%", "interest_period": "2026-05-01至2026-11-18",
        "penalty_interest_clause": "第九条", "penalty_interest_line_rate": "21.6%", "penalty_interest_period": "2026-05-01至2026-11-18",
        "ledger_id": "TZ-1", "payments": "2025-03-05 1200.00；2025-04-05 1,300.50", **ASSIGNED,
    }  # fmt: skip
    keep(compose_case(0, extra=extra))
    _, (fields,) = planned(house, "statement@1")
    assert [one.amount_fen for one in fields.repayments] == [120_000, 130_050]
    assert [(line.clause, line.rate) for line in fields.claim_lines if line.label == "正常利息"] == [("第五条", "14.4%")]
    assert fields.original_creditor == ""
    text = compose(load_bundle("statement@1"), fields).text
    assert "2025年4月5日\t1,300.50" in text


def test_a_second_letter_follows_one_that_has_ended(house: Database, keep, send, track) -> None:
    keep(compose_case(0))
    result, letters = planned(house, "second@1")
    assert (result.held, letters) == (1, [])
    assert "须接续一封已有结果的前函" in reasons(house)
    with house.session() as session:
        first = next(live_pieces(session, house.cipher, batch_by_no(session, send())))
    track(first.item_no, (DAY, "00", "", ""), (DAY + timedelta(2), "20", "", "104"), (DAY + timedelta(6), "10", "13", ""))
    case = compose_case(0)
    keep(replace(case, claim=replace(case.claim, as_of=LATER)))
    _, (fields,) = planned(house, "second@1", LATER)
    assert (fields.earlier_letter_no, fields.earlier_sent_on) == (first.letter_no, DAY)
    assert "拒收" in fields.earlier_result
    assert f"以{first.letter_no}就同一事宜向您致函" in compose(load_bundle("second@1"), fields).text


def test_a_card_letter_is_for_cards_alone(house: Database, keep) -> None:
    keep(compose_case(0))
    assert planned(house, "card@1")[0].held == 1
    assert "只用于信用卡欠款" in reasons(house)


def test_a_letter_to_somebody_else_is_no_template_for_planning(house: Database, keep) -> None:
    keep(compose_case(0))
    with pytest.raises(WrongUsage, match="不能用作致债务人的律师函"):
        plan_lender(house, "DEMO", DAY, actor="test", workers=1, template="relay@1")
