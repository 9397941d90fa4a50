"""What people must see to: missing, lapsed, changed and counted; what stops a release and what is only due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from letters.rules.duties import (
    BY_ID,
    DUTIES,
    LARGE_PROCESSOR,
    Circumstances,
    Confirmed,
    Duty,
    Per,
    scopes,
    unmet,
)
from letters.rules.model import Severity
from letters.rules.policy import Policy

DAY = date(2026, 11, 20)
NOW = Circumstances(
    DAY, "DEMO", "F1", ("POST",), covers=(("payment_channel", "a"), ("filed_with_lender", "b"), ("choice_model", "c"))
)
COVERS = dict(NOW.covers)


def confirmed(duty: Duty, now: Circumstances = NOW, on: date = DAY, until: date | None = None) -> list[Confirmed]:
    found = []
    for lender, firm, agency in scopes(duty, now):
        for time in range(duty.times_a_year):
            found.append(
                Confirmed(duty.rule_id, lender, firm, agency, on - timedelta(days=time), until, COVERS.get(duty.covers, ""))
            )
    return found


EVERYTHING = [one for duty in DUTIES for one in confirmed(duty)]


def ids(findings: list) -> set[str]:  # type: ignore[type-arg]
    return {finding.rule_id for finding in findings}


def test_when_all_is_confirmed_nothing_is_missing() -> None:
    assert unmet(EVERYTHING, NOW, Policy()) == []
    assert unmet(EVERYTHING, NOW, Policy(confirmations="strict")) == []


def test_without_confirmations_the_law_that_was_read_stops_a_release_and_strict_policy_stops_every_b() -> None:
    by_law = {finding.rule_id for finding in unmet([], NOW, Policy()) if finding.severity is not Severity.WARN}
    assert by_law == {"R-LAW-08", "R-OUT-04", "R-PII-05"}
    strict = {f.rule_id for f in unmet([], NOW, Policy(confirmations="strict")) if f.severity is not Severity.WARN}
    assert strict == {duty.rule_id for duty in DUTIES if duty.stops_release} | {"R-OUT-05"}


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.rule_id)
def test_each_duty_is_missed_when_it_is_not_confirmed_and_its_sentence_names_the_command(duty: Duty) -> None:
    now = replace(NOW, left=("OLD",), persons=LARGE_PROCESSOR + 1)
    rest = [one for other in DUTIES if other is not duty for one in confirmed(other, now)]
    found = unmet(rest, now, Policy())
    assert ids(found) == {duty.rule_id}
    for finding in found:
        assert f"handa rules confirm {duty.rule_id}" in finding.message
        assert finding.message.endswith("。")
    assert unmet([*rest, *confirmed(duty, now)], now, Policy()) == []


def test_a_confirmation_lapses_on_its_end_and_never_later_than_the_longest_time() -> None:
    pia = BY_ID["R-PII-05"]
    others = [one for one in EVERYTHING if one.rule_id != "R-PII-05"]
    for on, until, missing in (
        (DAY - timedelta(days=365), None, False),
        (DAY - timedelta(days=366), None, True),
        (DAY - timedelta(days=366), DAY + timedelta(days=900), True),
        (DAY - timedelta(days=9), DAY, False),
        (DAY - timedelta(days=9), DAY - timedelta(days=1), True),
        (DAY + timedelta(days=1), None, False),
    ):
        found = unmet([*others, *confirmed(pia, on=on, until=until)], NOW, Policy())
        assert bool(found) is missing, (on, until)
    assert "到期" in unmet([*others, *confirmed(pia, on=date(2024, 1, 1))], NOW, Policy())[0].message


def test_a_changed_payment_channel_must_be_confirmed_anew() -> None:
    changed = replace(NOW, covers=(("payment_channel", "other"), *NOW.covers[1:]))
    (finding,) = unmet(EVERYTHING, changed, Policy(confirmations="strict"))
    assert finding.rule_id == "R-LAW-15"
    assert "已变更" in finding.message
    assert finding.severity is Severity.BLOCK


def test_two_checks_a_year_are_counted_by_days() -> None:
    others = [one for one in EVERYTHING if one.rule_id != "R-OUT-05"]
    once = [Confirmed("R-OUT-05", "", "", code, DAY, None) for code in ("F1", "POST") for _ in range(2)]
    assert {f.rule_id for f in unmet([*others, *once], NOW, Policy())} == {"R-OUT-05"}


def test_another_lenders_confirmation_does_not_count() -> None:
    foreign = [replace(one, lender="OTHER") if one.lender else one for one in EVERYTHING]
    assert "R-OUT-04" in ids(unmet(foreign, NOW, Policy()))


def test_an_agency_that_left_owes_a_certificate_and_a_large_house_a_duty() -> None:
    assert ids(unmet(EVERYTHING, replace(NOW, left=("OLD",)), Policy())) == {"R-OUT-06"}
    others = [one for one in EVERYTHING if one.rule_id != "R-PII-07"]
    assert unmet(others, replace(NOW, persons=LARGE_PROCESSOR), Policy()) == []
    assert ids(unmet(others, replace(NOW, persons=LARGE_PROCESSOR + 1), Policy())) == {"R-PII-07"}


def test_where_the_policy_asks_each_case_no_confirmation_stands_in() -> None:
    others = [one for one in EVERYTHING if one.rule_id != "R-AMT-03"]
    assert ids(unmet(others, NOW, Policy())) == {"R-AMT-03"}
    assert unmet(others, NOW, Policy(line_evidence="block")) == []


def test_every_duty_names_a_paper_a_source_and_one_scope() -> None:
    assert len(BY_ID) == len(DUTIES)
    for duty in DUTIES:
        assert duty.evidence
        assert duty.source
        assert list(scopes(duty, replace(NOW, left=("OLD",)))), duty.rule_id
        assert duty.per in Per
