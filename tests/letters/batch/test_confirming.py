"""Confirmations with their papers, and policies as they are adopted, on a real database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from letters.batch.confirming import Scope, confirm, list_confirmations, missing_confirmations, open_evidence
from letters.batch.parties import firm_by_code, lender_by_code
from letters.batch.planning import plan_lender
from letters.batch.policies import (
    adopt,
    current_number,
    document_of,
    history,
    layers_of,
    policy_in_force,
    policy_of_decision,
)
from letters.rules.duties import DUTIES, Per, When
from letters.rules.policyfile import PolicyDocument, read_policy
from letters.tables import Firm
from letters.tables_rules import Confirmation, PolicyInUse
from locate.tables import Decision
from records.audit import verify_audit
from records.database import Database
from records.errors import Broken, HandaError, NeedsDecision, WrongUsage
from records.tables import AuditEntry

DAY = date(2026, 11, 20)
SCOPES = {
    Per.HOUSE: (Scope(),),
    Per.LENDER: (Scope(lender="DEMO"),),
    Per.AGENCY: (Scope(agency="F1"), Scope(agency="POST")),
    Per.LENDER_AGENCY: (Scope(lender="DEMO", agency="F1"), Scope(lender="DEMO", agency="POST")),
    Per.FIRM_AGENCY: (Scope(firm="F1", agency="POST"),),
}


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "评估报告.pdf"
    path.write_bytes(b"%PDF made up")
    return path


def keep(db: Database, rule_id: str, scope: Scope, paper: Path, day: date = DAY, until: date | None = None):
    return confirm(db, rule_id, scope, by="张示例", evidence=paper, until=until, day=day, actor="cli:test")


def missing(db: Database) -> set[str]:
    with db.session() as session:
        found = missing_confirmations(session, lender_by_code(session, "DEMO"), firm_by_code(session, "F1"), DAY)
    return {f"{finding.rule_id} {finding.subject}" for finding in found}


def actions(db: Database) -> list[str]:
    with db.session() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def adopted(db: Database, text: str, by: str = "", reason: str = "") -> int:
    with db.session() as session:
        return adopt(session, read_policy(text), by=by, reason=reason, actor="cli:test", clock=db.clock)[0]


def test_every_duty_can_be_confirmed_and_then_nothing_is_missing(ungated, paper) -> None:
    for duty in DUTIES:
        if duty.when not in (When.LEFT, When.LARGE):
            for scope in SCOPES[duty.per]:
                for time in range(duty.times_a_year):
                    keep(ungated, duty.rule_id, scope, paper, date(2026, 11, 20 - time))
    assert missing(ungated) == set()
    with ungated.session() as session:
        assert verify_audit(session).sound


def test_a_changed_channel_or_template_asks_again(ungated, paper) -> None:
    for rule_id in ("R-LAW-15", "R-OUT-03"):
        keep(ungated, rule_id, Scope(lender="DEMO"), paper)
    assert not {"R-LAW-15 lender:DEMO", "R-OUT-03 lender:DEMO"} & missing(ungated)
    with ungated.session() as session:
        lender = lender_by_code(session, "DEMO")
        lender.settings = {**lender.settings, "payment_channel": "另一账户 6200000000000000009"}
        session.scalars(select(Firm)).one().phone = "027-11111111"
    assert {"R-LAW-15 lender:DEMO", "R-OUT-03 lender:DEMO"} <= missing(ungated)


def test_the_paper_lies_sealed_and_comes_back_as_it_was(ungated, paper) -> None:
    kept = keep(ungated, "R-OUT-04", Scope(lender="DEMO"), paper)
    (file,) = ungated.settings.workspace.evidence.iterdir()
    assert b"made up" not in file.read_bytes()
    assert open_evidence(ungated, kept.id, actor="cli:test") == ("评估报告.pdf", b"%PDF made up")
    with ungated.session() as session:
        assert [one.by for one in list_confirmations(session, "r-out-04")] == ["张示例"]
        assert list_confirmations(session, "R-OUT-01") == []
    other = keep(ungated, "R-PII-09", Scope(), paper)
    newest = next(path for path in ungated.settings.workspace.evidence.iterdir() if other.id in path.name)
    newest.write_bytes(file.read_bytes())
    with pytest.raises(Broken):
        open_evidence(ungated, other.id, actor="cli:test")
    newest.unlink()
    with pytest.raises(WrongUsage):
        open_evidence(ungated, other.id, actor="cli:test")
    with pytest.raises(WrongUsage):
        open_evidence(ungated, "nobody", actor="cli:test")


def test_opening_a_paper_is_in_the_audit_chain(ungated, paper) -> None:
    kept = keep(ungated, "R-OUT-04", Scope(lender="DEMO"), paper)
    open_evidence(ungated, kept.id, actor="cli:test")
    assert actions(ungated)[-2:] == ["rule.confirmed", "rule.evidence_opened"]


@pytest.mark.parametrize(
    ("rule_id", "scope", "more"),
    [
        ("R-TIM-06", Scope(), {}),
        ("R-OUT-04", Scope(), {}),
        ("R-OUT-04", Scope(lender="DEMO", firm="F1"), {}),
        ("R-OUT-04", Scope(lender="NOBODY"), {}),
        ("R-OUT-05", Scope(agency="NOBODY"), {}),
        ("R-LAW-08", Scope(firm="NOBODY", agency="POST"), {}),
        ("R-OUT-04", Scope(lender="DEMO"), {"by": " "}),
        ("R-OUT-04", Scope(lender="DEMO"), {"until": date(2026, 11, 19)}),
        ("R-OUT-04", Scope(lender="DEMO"), {"evidence": Path("/nowhere")}),
    ],
)
def test_what_cannot_be_confirmed_changes_nothing(ungated, paper, rule_id, scope, more) -> None:
    words = {"by": "张示例", "evidence": paper, "until": None, **more}
    before = actions(ungated)
    with pytest.raises(WrongUsage) as fault:
        confirm(ungated, rule_id, scope, day=DAY, actor="cli:test", **words)
    assert fault.value.advice
    assert actions(ungated) == before
    with ungated.session() as session:
        assert session.scalar(select(func.count()).select_from(Confirmation)) == 0


def test_an_empty_paper_is_refused(ungated, paper) -> None:
    paper.write_bytes(b"")
    with pytest.raises(WrongUsage):
        keep(ungated, "R-OUT-04", Scope(lender="DEMO"), paper)


def test_loosening_needs_a_name_and_a_reason_and_is_in_the_chain(ungated) -> None:
    loose = "format = 1\n[house]\nmax_as_of_age_days = 10\n"
    for by, reason in (("", ""), ("张示例", ""), ("", "月末报数晚")):
        with pytest.raises(NeedsDecision) as fault:
            adopted(ungated, loose, by, reason)
        assert "7 → 10" in fault.value.message
    assert adopted(ungated, loose, "张示例", "月末报数晚") == 1
    with ungated.session() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
        assert entry.action == "policy.adopted"
        assert entry.detail["by"] == "张示例"
        assert entry.detail["loosened"][0]["name"] == "max_as_of_age_days"
        assert policy_in_force(session, "F1", "DEMO").max_as_of_age_days == 10
        assert policy_in_force(session, "F1", "DEMO", number=0).max_as_of_age_days == 7


def test_tightening_needs_nobody_and_the_same_again_changes_nothing(ungated) -> None:
    tight = "format = 1\n[lender.DEMO]\nmax_as_of_age_days = 3\n"
    assert (adopted(ungated, tight), adopted(ungated, "format = 1\n\n" + tight.split("\n", 1)[1])) == (1, 1)
    with ungated.session() as session:
        assert current_number(session) == 1
        assert [one.number for one in history(session)] == [1]
        assert document_of(session) == read_policy(tight)
        assert document_of(session, 0) == PolicyDocument()
        with pytest.raises(HandaError):
            document_of(session, 9)


def test_a_decision_can_be_read_back_with_the_policy_and_the_price_test_it_was_made_under(ungated, composed, request) -> None:
    keep_cases = request.getfixturevalue("keep")
    keep_cases(composed(1), composed(2, product="随薪贷"))
    adopted(ungated, 'format = 1\n[lender.DEMO.product."随薪贷"]\nmax_as_of_age_days = 1\n')
    result = plan_lender(ungated, "DEMO", DAY, actor="test", workers=1)
    assert (result.planned, result.refused) == (1, 1)
    with ungated.session() as session:
        decisions = {row.verdict: row for row in session.scalars(select(Decision))}
        body, number = policy_of_decision(session, decisions["refused"].policy_sha256) or ({}, 0)
        assert (body["max_as_of_age_days"], number) == (1, 1)
        assert layers_of(body)["max_as_of_age_days"] == "资方 DEMO 产品“随薪贷”"
        assert layers_of(body)["adult_age"] == "出厂"
        assert session.scalar(select(func.count()).select_from(PolicyInUse)) == 2
        price = decisions["planned"].checks["price"]
        assert (price["cap"], price["stated"]) == ("24", "15.4")
        assert decisions["planned"].checks["regimes"] == ["A", "K"]


def test_a_policy_adopted_while_a_planning_runs_does_not_change_it(ungated, composed, request) -> None:
    """The planning keeps the version it began with: its arguments name it."""
    request.getfixturevalue("keep")(composed(1))
    first = plan_lender(ungated, "DEMO", DAY, actor="test", workers=1)
    adopted(ungated, "format = 1\n[house]\nmax_as_of_age_days = 1\n")
    with ungated.session() as session:
        from letters.batch.frame import load_frame
        from letters.tables import Planning

        args = session.get_one(Planning, first.planning_id).args
        assert load_frame(session, args).policy.max_as_of_age_days == 7
