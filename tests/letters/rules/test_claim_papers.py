"""What stands behind a claim's lines: clauses, disclosure, fees, order of payments; columns there and columns absent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from letters.rules import judge
from letters.rules.amounts import cost_is_within_the_cap
from letters.rules.cap_test import cap_test
from letters.rules.claim_papers import (
    fees_are_agreed_and_incurred,
    lines_have_their_clauses,
    lines_were_disclosed,
    payments_were_applied_in_order,
)
from letters.rules.model import Facts, Severity
from letters.rules.papers import Payment, day_in, payments_in
from letters.rules.policy import Policy
from locate.case import LenderKind
from records.money import Fen

FULL = {
    "principal_due_clause": "合同第3条",
    "interest_clause": "合同第5条", "interest_line_rate": "15.4%", "interest_period": "2026-02-01至2026-11-18",
    "penalty_interest_clause": "合同第9条", "penalty_interest_line_rate": "23.1%", "penalty_interest_period": "2026-02-01至2026-11-18",
    "ledger_id": "TZ-1",
}  # fmt: skip


def told(facts: Facts, **extra: str) -> Facts:
    return replace(facts, case=replace(facts.case, extra=extra))


def of_2026(facts: Facts, **extra: str) -> Facts:
    return replace(facts, case=replace(facts.case, disbursed_on=date(2026, 8, 1), extra=extra))


def with_claim(facts: Facts, **changes: object) -> Facts:
    return replace(facts, case=replace(facts.case, claim=replace(facts.case.claim, **changes)))  # type: ignore[arg-type]


def with_fees(facts: Facts, **extra: str) -> Facts:
    return told(with_claim(facts, fees=Fen(50_000), total=Fen(1_181_346)), **extra)


def test_lines_have_their_clauses(facts: Facts) -> None:
    assert lines_have_their_clauses(told(facts, **FULL)) == ()
    (finding,) = lines_have_their_clauses(told(facts, **{**FULL, "penalty_interest_clause": "", "ledger_id": ""}))
    assert finding.severity is Severity.BLOCK
    assert "罚息无条款、无台账号" in finding.message
    (finding,) = lines_have_their_clauses(told(facts, ledger_id="TZ-1"))
    assert "利息无条款无利率无期间" in finding.message
    assert "违约金" not in finding.message  # nil lines need nothing


@pytest.mark.parametrize(
    ("rule", "parameter", "make"),
    [
        (lines_have_their_clauses, "line_evidence", lambda facts: facts),
        (lines_were_disclosed, "disclosure_evidence", of_2026),
        (fees_are_agreed_and_incurred, "fee_evidence", with_fees),
    ],
)
def test_without_the_columns_the_policy_says_what_stands_in(facts: Facts, rule, parameter, make) -> None:  # type: ignore[no-untyped-def]
    bare = make(facts)
    assert rule(bare) == ()  # the lender's confirmation, asked for once and not for every case
    for word, severity in (("warn", Severity.WARN), ("hold", Severity.HOLD), ("block", Severity.BLOCK)):
        (finding,) = rule(replace(bare, policy=Policy(**{parameter: word})))
        assert finding.severity is severity
        assert "handa rules confirm" in finding.message


def test_lines_were_disclosed(facts: Facts) -> None:
    assert lines_were_disclosed(of_2026(facts, disclosed_items="利息；罚息；违约金")) == ()
    (finding,) = lines_were_disclosed(of_2026(facts, disclosed_items="利息"))
    assert finding.severity is Severity.BLOCK
    assert "“罚息”" in finding.message
    fees = with_claim(of_2026(facts, disclosed_items="利息、罚息、担保费", fee_items="担保费 300元；评审费 200元"), fees=Fen(50_000))
    (finding,) = lines_were_disclosed(fees)
    assert "“评审费" in finding.message


def test_disclosure_is_for_loans_from_august_2026_only(facts: Facts) -> None:
    assert lines_were_disclosed(told(facts, disclosed_items="利息")) == ()
    earlier = of_2026(facts, disclosed_items="利息", contract_formed_on="2026-07-31")
    assert lines_were_disclosed(earlier) == ()
    private = replace(of_2026(facts, disclosed_items="利息"), lender=replace(facts.lender, kind=LenderKind.PRIVATE))
    assert "R-AMT-04" not in {finding.rule_id for finding in judge(private).findings}


def test_fees_are_agreed_and_incurred(facts: Facts) -> None:
    assert fees_are_agreed_and_incurred(told(facts, fee_items="上门费")) == ()  # no fee is claimed
    assert fees_are_agreed_and_incurred(with_fees(facts, fee_items="账户管理费")) == ()
    lawful = with_fees(facts, fee_items="律师费 500元", fees_clause="第12条", disclosed_items="利息、律师费", fee_voucher="FP-1")
    assert fees_are_agreed_and_incurred(lawful) == ()
    (finding,) = fees_are_agreed_and_incurred(with_fees(facts, fee_items="上门费 500元", fees_clause="第12条"))
    assert finding.severity is Severity.BLOCK
    assert "“上门费”缺少明示项目、发生凭证" in finding.message


def test_payments_were_applied_in_order(facts: Facts) -> None:
    assert payments_were_applied_in_order(facts) == ()
    good = "2025-06-05 12000.00（利息2000、本金10000）"
    assert payments_were_applied_in_order(told(facts, payments=good, allocation_order="费用、利息、本金")) == ()
    assert payments_were_applied_in_order(told(facts, payments=good, allocation_order="利息、本金")) == ()
    (finding,) = payments_were_applied_in_order(told(facts, allocation_order="本金、利息、费用"))
    assert finding.severity is Severity.WARN
    assert payments_were_applied_in_order(told(facts, allocation_order="本金、利息、费用", allocation_clause="第7条")) == ()


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"payments": "2026-03-05 10000（本金10000）", "interest_period": "2026-02-01至2026-11-18"}, "抵了本金"),
        ({"payments": "2025-06-05 12000（利息1000、本金10000）"}, "相差 1,000.00 元"),
        ({"payments": "2025-06-05 500"}, "与已还本金不符"),
        ({"payments": "去年还过一些"}, "无法识别"),
    ],
)
def test_a_ledger_that_does_not_fit_is_said(facts: Facts, extra: dict[str, str], words: str) -> None:
    (finding,) = payments_were_applied_in_order(told(facts, **extra))
    assert words in finding.message


def test_the_ledger_gives_the_rate_of_return_and_the_higher_figure_counts(facts: Facts) -> None:
    dear = told(facts, payments="2025-06-05 16000（利息6000、本金10000）")
    test = cap_test(dear)
    assert test.computed is not None
    assert test.computed > 24  # 6,000 of interest on 20,000 in three months
    (finding,) = cost_is_within_the_cap(dear)
    assert finding.severity is Severity.BLOCK
    assert "还款流水" in finding.message
    assert test.as_json()["stated"] == "15.4"
    assert cap_test(dear) is test
    fair = told(facts, payments="2025-09-05 11500（利息1500、本金10000）")
    (gap,) = cost_is_within_the_cap(fair)
    assert gap.severity is Severity.WARN
    assert "15.4" in gap.message
    assert cost_is_within_the_cap(replace(fair, policy=Policy(rate_gap_points=Decimal(12)))) == ()


def test_charges_that_prove_more_than_the_cap_are_refused_though_the_lender_says_less(facts: Facts) -> None:
    claim = {"interest": Fen(1_023_456), "total": Fen(2_031_346)}
    (finding,) = cost_is_within_the_cap(with_claim(facts, **claim))
    assert finding.severity is Severity.BLOCK
    assert "息费" in finding.message
    card = with_claim(facts, **claim)
    card = replace(card, case=replace(card.case, product="信用卡"))
    (finding,) = cost_is_within_the_cap(card)
    assert finding.severity is Severity.HOLD  # a court may reduce a card's charges: for a lawyer


def test_what_falls_due_on_default_counts_for_private_lenders_and_is_said_of_licensed_ones(facts: Facts) -> None:
    damages = with_claim(facts, liquidated_damages=Fen(900_000), total=Fen(2_031_346))
    (finding,) = cost_is_within_the_cap(damages)
    assert finding.severity is Severity.WARN
    assert "法院可能调减" in finding.message
    (finding,) = cost_is_within_the_cap(replace(damages, policy=Policy(default_items="block")))
    assert finding.severity is Severity.BLOCK
    private = replace(damages, lender=replace(facts.lender, kind=LenderKind.PRIVATE))
    private = with_claim(private, annual_rate=Decimal("12"))
    (finding,) = cost_is_within_the_cap(private)
    assert finding.severity is Severity.BLOCK


def test_the_effective_rate_is_the_stricter_one(facts: Facts) -> None:
    fair = told(facts, payments="2025-09-05 11500（利息1500、本金10000）")
    nominal = cap_test(fair).computed
    effective = cap_test(replace(fair, policy=Policy(annualising="effective"))).computed
    assert nominal is not None
    assert effective is not None
    assert effective > nominal


def test_payments_are_read_and_what_is_none_is_given_back() -> None:
    assert payments_in("2025年6月5日：1,200.50元；2025-05-05 100") == (
        Payment(date(2025, 5, 5), Fen(10_000)),
        Payment(date(2025, 6, 5), Fen(120_050)),
    )
    assert payments_in("2025-13-05 100") == "2025-13-05 100"
    assert payments_in("") == ()


@pytest.mark.parametrize(("text", "day"), [("2026年11月2日", date(2026, 11, 2)), ("20261102", date(2026, 11, 2)), ("2026-02-30", None), ("无", None)])
def test_a_date_is_found_in_a_text(text: str, day: date | None) -> None:
    assert day_in(text) == day
