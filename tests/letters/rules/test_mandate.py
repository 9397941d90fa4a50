"""Rules on firm, lawyer and template (R-LAW-03, -05)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from letters.rules import judge
from letters.rules.mandate import licences_are_in_force, template_is_approved
from letters.rules.model import Facts, Verdict


def with_firm(facts: Facts, **changes: object) -> Facts:
    return replace(facts, firm=replace(facts.firm, **changes))  # type: ignore[arg-type]


def with_lawyer(facts: Facts, **changes: object) -> Facts:
    return replace(facts, lawyer=replace(facts.lawyer, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("whose", "changes", "word"),
    [
        ("firm", {"active": False}, "停用"),
        ("firm", {"licence_no": " "}, "许可证号"),
        ("firm", {"licence_until": date(2026, 11, 19)}, "已过期"),
        ("firm", {"lawyers": ()}, "不属于律所"),
        ("lawyer", {"is_lawyer": False}, "不是执业律师"),
        ("lawyer", {"active": False}, "停用"),
        ("lawyer", {"licence_no": ""}, "执业证号"),
        ("lawyer", {"licence_until": date(2026, 11, 19)}, "已过期"),
        ("lawyer", {"code": "L9"}, "不属于律所"),
    ],
)
def test_licences_are_in_force(facts: Facts, whose: str, changes: dict[str, object], word: str) -> None:
    assert licences_are_in_force(facts) == ()
    changed = with_firm(facts, **changes) if whose == "firm" else with_lawyer(facts, **changes)
    (finding,) = licences_are_in_force(changed)
    assert word in finding.message
    assert judge(changed).verdict is Verdict.REFUSED


def test_a_licence_holds_on_its_last_day(facts: Facts) -> None:
    assert licences_are_in_force(with_lawyer(facts, licence_until=facts.day)) == ()
    assert licences_are_in_force(with_firm(facts, licence_until=facts.day)) == ()


def test_template_is_approved(facts: Facts) -> None:
    assert template_is_approved(facts) == ()
    newer = replace(facts, template="consumer@2")
    (finding,) = template_is_approved(newer)
    assert "consumer@2" in finding.message
    assert judge(newer).verdict is Verdict.REFUSED
