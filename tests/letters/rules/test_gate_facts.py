"""Rules on what the lawyer's gate and the complaint desk know of a case (R-LAW-01, -02, R-TIM-07, R-AMT-09)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from letters.rules import judge
from letters.rules.mandate import case_is_in_the_mandate, no_conflict_is_open
from letters.rules.model import Facts, GateFacts, Verdict
from letters.rules.payments import snapshot_holds_every_payment
from letters.rules.timing import no_objection_is_unanswered


def test_case_is_in_the_mandate(facts: Facts) -> None:
    assert case_is_in_the_mandate(facts) == ()
    outside = replace(facts, gate=GateFacts(outside_mandate=True))
    assert [finding.rule_id for finding in case_is_in_the_mandate(outside)] == ["R-LAW-01"]
    assert judge(outside).verdict is Verdict.REFUSED


def test_no_conflict_is_open(facts: Facts) -> None:
    assert no_conflict_is_open(facts) == ()
    hit = replace(facts, gate=GateFacts(conflicts=("债务人与本所其他客户同名",) * 2))
    (finding,) = no_conflict_is_open(hit)
    assert "同名" in finding.message
    assert judge(hit).verdict is Verdict.HELD, "a lawyer decides"


def test_no_objection_is_unanswered(facts: Facts) -> None:
    assert no_objection_is_unanswered(facts) == ()
    waiting = replace(facts, gate=GateFacts(open_complaints=("C20261120-0001", "C20261120-0002")))
    assert len(no_objection_is_unanswered(waiting)) == 2
    assert judge(waiting).verdict is Verdict.REFUSED


def test_snapshot_holds_every_payment(facts: Facts) -> None:
    assert snapshot_holds_every_payment(facts) == ()
    paid = replace(facts, gate=GateFacts(paid_on=date(2026, 11, 19)))
    (finding,) = snapshot_holds_every_payment(paid)
    assert "2026-11-18" in finding.message and "2026-11-19" in finding.message
    assert judge(paid).verdict is Verdict.REFUSED
