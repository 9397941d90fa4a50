"""The policy file: what it may say, that faults are named, that lenders only tighten, that a diff is exact."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.rules import judge
from letters.rules.model import Facts, Severity, Verdict
from letters.rules.parameters import PARAMETERS, Parameter, Value
from letters.rules.policy import Policy
from letters.rules.policyfile import (
    EFFECTS,
    HOUSE,
    Change,
    Layer,
    PolicyDocument,
    as_strict,
    default_of,
    diff,
    effective_policy,
    is_read_law,
    loosened,
    own_effect,
    patched,
    read_policy,
    rule_cards,
    severity_under,
    to_toml,
    value_in,
)
from records.errors import WrongUsage

LAYERS: tuple[Layer, ...] = (HOUSE, ("firm", "F1"), ("firm", "F2"), ("lender", "DEMO"), ("lender", "DEMO", "个人消费贷款"), ("lender", "L-2"))


def _values(parameter: Parameter) -> st.SearchStrategy[Value]:
    if parameter.name == "lpr_published":
        return st.sampled_from([(), ("2026-01 3.00 2026-01-20",), ("2026-01 2.90 2026-01-20", "2026-02 2.90 2026-02-24")])
    if isinstance(parameter.default, tuple):
        return st.lists(st.sampled_from(parameter.words), unique=True).map(tuple)
    if isinstance(parameter.default, str):
        return st.sampled_from(parameter.words)
    whole = st.integers(int(parameter.low or 0), int(parameter.high or 0))
    return whole.map(Decimal) if isinstance(parameter.default, Decimal) else whole


def _setting(layer: Layer) -> st.SearchStrategy[tuple[tuple[Layer, str], Value]]:
    parameters = [one for one in PARAMETERS.values() if one.way != "neutral" or layer[0] != "lender"]
    numbers = st.sampled_from(parameters).flatmap(lambda one: st.tuples(st.just((layer, one.name)), _values(one)))
    names = sorted(rule_cards())
    rules = st.sampled_from(names).flatmap(
        lambda name: st.tuples(st.just((layer, name)), st.sampled_from([e for e in EFFECTS if not is_read_law(name) or EFFECTS.index(e) >= EFFECTS.index(own_effect(name))]))
    )
    return st.one_of(numbers, rules)


documents = st.lists(st.sampled_from(LAYERS).flatmap(_setting), max_size=12).map(lambda rows: PolicyDocument(dict(rows)))


def test_every_field_of_the_policy_is_a_parameter_and_its_default_is_one_of_its_values() -> None:
    assert {field.name for field in fields(Policy)} - {"version", "rules", "layers"} == set(PARAMETERS)
    for parameter in PARAMETERS.values():
        given_value = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
        assert parameter.read(given_value) == parameter.default


def test_an_empty_document_is_the_shipped_policy() -> None:
    assert effective_policy(PolicyDocument(), firm="F1", lender="DEMO") == Policy()
    assert read_policy("format = 1\n") == PolicyDocument()


def test_layers_over_layers() -> None:
    document = read_policy(
        """
        format = 1
        [house]
        min_days_between_letters = 10
        [house.rules]
        R-AMT-02 = "hold"
        [firm.F1]
        max_as_of_age_days = 9
        [lender.DEMO]
        max_as_of_age_days = 5
        work_address_sources = ["reserved"]
        [lender.DEMO.product."个人消费贷款"]
        adult_age = 20
        """
    )
    plain = effective_policy(document, firm="F1", lender="OTHER")
    assert (plain.min_days_between_letters, plain.max_as_of_age_days, plain.adult_age) == (10, 9, 18)
    own = effective_policy(document, firm="F1", lender="DEMO", product="个人消费贷款")
    assert (own.max_as_of_age_days, own.adult_age, own.work_address_sources) == (5, 20, ("reserved",))
    assert dict(own.layers)["max_as_of_age_days"] == "资方 DEMO"
    assert dict(own.layers)["adult_age"] == "资方 DEMO 产品“个人消费贷款”"
    assert dict(own.layers)["R-AMT-02"] == "全所"
    assert own.sha256 != plain.sha256


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[house]\n", "format"),
        ("format = 1\n[hause]\n", "hause"),
        ("format = 1\n[house]\nmin_days_between_leters = 3\n", "min_days_between_letters？"),
        ("format = 1\n[house]\nmin_days_between_letters = -1\n", "不小于 0"),
        ("format = 1\n[house]\nmin_days_between_letters = true\n", "应为整数"),
        ("format = 1\n[house]\ncap_lpr_multiple = 5\n", "不大于 4"),
        ("format = 1\n[house]\ncap_licensed_percent = 'x'\n", "应为数字"),
        ("format = 1\n[house]\nadult_age = 13\n", "不小于 14"),
        ("format = 1\n[house]\nline_evidence = 'maybe'\n", "应为其中之一"),
        ("format = 1\n[house]\nwork_address_sources = ['banned']\n", "应为列表"),
        ("format = 1\n[house.rules]\nR-TIM-06 = 'off'\n", "不能放宽"),
        ("format = 1\n[house.rules]\nR-TIM-6 = 'off'\n", "没有可以开关的这条规则"),
        ("format = 1\n[house.rules]\nR-AMT-02 = 'maybe'\n", "应为其中之一"),
        ("format = 1\n[lender.DEMO]\npostage_fen = 500\n", "不分宽严"),
        ("format = 1\n[lender.DEMO]\nmax_as_of_age_days = 8\n", "只能收紧"),
        ("format = 1\n[lender.DEMO.rules]\nR-AMT-02 = 'warn'\n", "只能收紧"),
        ("format = 1\n[lender.DEMO]\nmax_as_of_age_days = 3\n[lender.DEMO.product.P]\nmax_as_of_age_days = 4\n", "只能收紧"),
        ("format = 1\nlender.DEMO = 3\n", "应为一节"),
        ("format = 1\n[lender.DEMO]\nproduct = 3\n", "应为若干节"),
        ("format = \n", "TOML"),
    ],
)
def test_a_fault_is_named_with_file_place_and_what_to_do(text: str, said: str) -> None:
    with pytest.raises(WrongUsage) as fault:
        read_policy(text, "甲.toml")
    assert said in fault.value.message
    assert "甲.toml" in fault.value.message
    assert fault.value.code == "E-POLICY"


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(WrongUsage) as fault:
        read_policy("format = 2\n[house]\na = 1\nb = 2\n")
    assert fault.value.message.count("\n") == 3


@given(documents)
def test_text_and_document_are_one(document: PolicyDocument) -> None:
    try:
        again = read_policy(to_toml(document))
    except WrongUsage as fault:
        assert "只能收紧" in fault.message  # a lender's layer that loosens is no policy
    else:
        assert again == document


@given(documents, documents)
def test_a_diff_applied_gives_the_other(one: PolicyDocument, other: PolicyDocument) -> None:
    changes = diff(one, other)
    assert patched(one, changes) == other
    assert diff(other, patched(one, changes)) == []
    assert (not changes) == (one == other)


@given(documents, st.sampled_from(["F1", "F2", ""]), st.sampled_from(["DEMO", "L-2"]), st.sampled_from(["", "个人消费贷款"]))
def test_no_lender_or_product_layer_ever_loosens_what_its_firm_works_under(document: PolicyDocument, firm: str, lender: str, product: str) -> None:
    above = effective_policy(document, firm=firm)
    below = effective_policy(document, firm=firm, lender=lender)
    lowest = effective_policy(document, firm=firm, lender=lender, product=product)
    for name in (*PARAMETERS, *rule_cards()):
        assert as_strict(name, value_in(below, name), value_in(above, name)) or PARAMETERS[name].way == "neutral"
        assert as_strict(name, value_in(lowest, name), value_in(below, name)) or PARAMETERS[name].way == "neutral"


@given(documents, documents)
def test_what_is_not_reported_as_loosened_is_as_strict_as_before(one: PolicyDocument, other: PolicyDocument) -> None:
    told = {(change.layer, change.name) for change in loosened(one, other)}
    for name in (*PARAMETERS, *rule_cards()):
        if name in PARAMETERS and PARAMETERS[name].way == "neutral":
            continue
        was, now = (value_in(effective_policy(each), name) for each in (one, other))
        assert as_strict(name, now, was) == ((HOUSE, name) not in told)


@given(st.sampled_from(EFFECTS), st.sampled_from(EFFECTS), st.sampled_from(list(Severity)), st.sampled_from(list(Severity)))
def test_a_stricter_effect_never_makes_a_finding_milder(one: str, other: str, own: Severity, found: Severity) -> None:
    mild, strict = sorted((one, other), key=EFFECTS.index)
    ranks = [-1 if (made := severity_under(effect, own, found)) is None else EFFECTS.index(made) for effect in (mild, strict)]
    assert ranks[0] <= ranks[1]
    assert severity_under(own.value, own, found) is found


def test_a_removed_tightening_counts_as_loosened() -> None:
    tight = PolicyDocument({(("lender", "DEMO"), "max_as_of_age_days"): 3})
    assert loosened(tight, PolicyDocument()) == [Change(("lender", "DEMO"), "max_as_of_age_days", 3, 7)]
    assert loosened(PolicyDocument(), tight) == []


def test_switches_change_what_a_rule_does(facts: Facts) -> None:
    stale = replace(facts, day=date(2026, 12, 20))
    assert judge(stale).verdict is Verdict.REFUSED
    for effect, verdict in (("hold", Verdict.HELD), ("warn", Verdict.PLANNED), ("off", Verdict.PLANNED), ("block", Verdict.REFUSED)):
        judged = judge(replace(stale, policy=Policy(rules=(("R-AMT-02", effect),))))
        assert judged.verdict is verdict
        assert ("R-AMT-02" in {finding.rule_id for finding in judged.findings}) is (effect != "off")


def test_a_tightened_rule_raises_what_it_says_at_its_own_severity(facts: Facts) -> None:
    near = replace(facts, case=replace(facts.case, claim=replace(facts.case.claim, overdue_since=date(2024, 1, 2))))
    assert judge(near).verdict is Verdict.PLANNED
    assert judge(replace(near, policy=Policy(rules=(("R-LIM-01", "hold"),)))).verdict is Verdict.HELD


def test_what_rests_on_read_law_is_marked(facts: Facts) -> None:
    assert is_read_law("R-TIM-06")
    assert not is_read_law("R-AMT-02")
    assert default_of("R-AMT-02") == "block"
    assert facts.policy == Policy()
