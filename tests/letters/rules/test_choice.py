"""Rules on the choice itself (H-ADR-01, R-AI-01, R-AI-03)."""

from __future__ import annotations

from dataclasses import replace

from letters.rules import judge
from letters.rules.choice import an_address_was_chosen, choice_explains_itself, choice_is_one_of_the_given
from letters.rules.model import Facts, Verdict
from locate.address.model import Grade
from locate.choose import RuleEstimator, choose


def test_an_address_was_chosen(facts: Facts) -> None:
    assert an_address_was_chosen(facts) == ()
    vague = (replace(facts.parsed[0], grade=Grade.AREA),)
    none = replace(
        facts, parsed=vague, choice=choose(facts.case, vague, (), facts.product, facts.day, RuleEstimator())
    )
    (finding,) = an_address_was_chosen(none)
    assert "地址1：只到区县或街道" in finding.message
    assert judge(none).verdict is Verdict.HELD
    assert [finding.rule_id for finding in judge(none).findings] == ["H-ADR-01"]


def test_choice_is_one_of_the_given(facts: Facts) -> None:
    assert choice_is_one_of_the_given(facts) == ()
    chosen = facts.choice.chosen
    assert chosen is not None
    elsewhere = replace(chosen.candidate.given, text="湖北省武汉市某处")
    moved = replace(chosen.candidate.parsed, room="502室")
    for candidate in (replace(chosen.candidate, given=elsewhere), replace(chosen.candidate, parsed=moved)):
        invented = replace(facts, choice=replace(facts.choice, chosen=replace(chosen, candidate=candidate)))
        assert "不是资方提供" in choice_is_one_of_the_given(invented)[0].message
        assert judge(invented).verdict is Verdict.REFUSED


def test_a_chosen_address_without_basis_is_refused_even_if_the_chooser_let_it_pass(facts: Facts) -> None:
    chosen = facts.choice.chosen
    assert chosen is not None
    given = replace(chosen.candidate.given, basis="")
    slipped = replace(
        facts,
        case=replace(facts.case, addresses=(given,)),
        choice=replace(facts.choice, chosen=replace(chosen, candidate=replace(chosen.candidate, given=given))),
    )
    assert "没有通过来源规则" in choice_is_one_of_the_given(slipped)[0].message
    assert judge(slipped).verdict is Verdict.REFUSED


def test_choice_explains_itself(facts: Facts) -> None:
    assert choice_explains_itself(facts) == ()
    chosen = facts.choice.chosen
    assert chosen is not None
    for choice, word in (
        (replace(facts.choice, model_version=""), "模型版本"),
        (replace(facts.choice, inputs_sha256="abc"), "输入哈希"),
        (replace(facts.choice, chosen=replace(chosen, reasons=())), "理由"),
        (replace(facts.choice, chosen=replace(chosen, probability=1.5)), "得分"),
    ):
        (finding,) = choice_explains_itself(replace(facts, choice=choice))
        assert word in finding.message
