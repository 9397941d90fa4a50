"""The list of rules: all of the 101, each sentence one that an operator can act on, each rule with its test."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from letters.rules import RULES_VERSION, State, all_rules
from letters.rules.catalogue import proofs
from letters.rules.duties import BY_ID
from letters.rules.policy import Policy
from letters.rules.rule import LETTER_RULES, PIECE_RULES, PLANNING_RULES, RELAY_RULES
from locate.choose.policy import ChoicePolicy

HERE = Path(__file__).resolve()
LAW = HERE.parents[4] / "shared" / "domain" / "law-and-post.md"
RULES = [*PLANNING_RULES, *LETTER_RULES, *PIECE_RULES, *RELAY_RULES]


def test_all_101_rules_of_the_law_file_are_listed_and_no_other() -> None:
    if not LAW.exists():
        pytest.skip("shared/domain/law-and-post.md is not beside this checkout")
    told = set(re.findall(r"^\| (R-[A-Z]{2,3}-\d{2}) \|", LAW.read_text("utf-8"), re.M))
    listed = {entry.id for entry in all_rules() if entry.id.startswith("R-")}
    assert len(told) == 101
    assert listed == told


def test_no_rule_is_both_asked_and_recorded() -> None:
    ids = [entry.id for entry in all_rules()]
    assert len(ids) == len(set(ids))
    assert {rule.card.id for rule in RULES} == {entry.id for entry in all_rules() if entry.state is State.ASKED}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.card.id}-{rule.name}")
def test_every_rule_has_a_docstring_a_source_and_sentences_to_act_on(rule) -> None:  # type: ignore[no-untyped-def]
    card = rule.card
    assert rule.check.__doc__ and card.source and card.title
    assert card.messages
    for sentence in card.messages.values():
        assert "请" in sentence and sentence.endswith(("。", "）。")), sentence


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_a_test_of_its_name(rule) -> None:  # type: ignore[no-untyped-def]
    tests = "\n".join(path.read_text("utf-8") for path in HERE.parent.glob("test_*.py"))
    assert f"def test_{rule.name}(" in tests


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rules_parameters_are_fields_of_the_policy(rule) -> None:  # type: ignore[no-untyped-def]
    assert set(rule.card.parameters) <= {field.name for field in fields(Policy)}


def test_the_policy_serves_as_the_terms_of_a_choice_with_the_same_defaults() -> None:
    policy, terms = Policy(), ChoicePolicy()
    assert all(getattr(policy, field.name) == getattr(terms, field.name) for field in fields(ChoicePolicy))


def test_a_changed_parameter_changes_the_policys_hash() -> None:
    assert Policy().sha256 == Policy().sha256 != Policy(min_days_between_letters=8).sha256


def test_the_rules_version_is_a_content_hash() -> None:
    assert re.fullmatch(r"2026-11\.[0-9a-f]{12}", RULES_VERSION)


def test_what_another_module_keeps_is_proved_by_a_test_that_exists() -> None:
    root = HERE.parents[3]
    for rule_id, tests in proofs().items():
        assert rule_id in {entry.id for entry in all_rules()}
        for test in tests:
            path, _, name = test.partition("::")
            assert f"def {name}(" in (root / path).read_text("utf-8"), f"{rule_id}: {test}"
    kept = {entry.id for entry in all_rules() if entry.state is State.ELSEWHERE}
    assert kept - set(proofs()) <= THEIR_OWN


THEIR_OWN = {"R-THP-02", "R-LIM-02"}
"""Proved with the lawyer's gate and the evidence room, where they are built."""


def test_a_duty_is_listed_as_confirmed_or_as_asked_and_confirmed() -> None:
    by_id = {entry.id: entry for entry in all_rules()}
    for rule_id in BY_ID:
        assert by_id[rule_id].state in (State.ORGANISATION, State.ASKED)
        assert "登记" in by_id[rule_id].where
