"""``handa rules`` and ``handa policy`` at the command line: what applied to a case, who vouches for what, which policy holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from letters.rules.policyfile import read_policy
from tests.console.conftest import DAY, Handa, Worked


def of_verdict(worked: Worked, verdict: str) -> str:
    rows = worked.handa("batch", "decisions", "--date", DAY, "--json").document["decisions"]
    return str(next(row["case_no"] for row in rows if row["verdict"] == verdict))


@pytest.mark.parametrize("verdict", ["planned", "refused"])
def test_explain_says_what_applied_with_inputs_verdict_and_layers(worked: Worked, secrets: Callable[[str], list[str]], verdict: str) -> None:
    case_no = of_verdict(worked, verdict)
    said = worked.handa("rules", "explain", case_no, "--lender", "DEMO", "--json")
    found = said.document
    assert found["verdict"] == verdict
    rules = {rule["id"]: rule for rule in found["rules"]}
    assert rules["R-AMT-02"]["parameters"] == [{"name": "max_as_of_age_days", "value": 7, "set_by": "出厂"}]
    assert ("R-AMT-06" in rules, "R-LAW-09" in rules) == (False, True)  # a private lender's rule; a letter's rule
    outcomes = {rule["outcome"] for rule in found["rules"]}
    assert (rules["R-LAW-09"]["outcome"] == "passed") is (verdict == "planned")
    assert ("block" in outcomes) is (verdict == "refused")
    assert {"A", "K"} <= set(found["inputs"]["regimes"])
    assert found["inputs"]["price"]["cap"] == "24"
    people = worked.handa("rules", "explain", case_no, "--lender", "DEMO", "--date", DAY)
    assert "R-AMT-05" in people.out
    assert "适用制度" in people.out
    assert secrets(said.out + people.out) == []


def test_explain_of_nothing_says_what_to_do(worked: Worked) -> None:
    case_no = of_verdict(worked, "planned")
    for words in (["NONE", "--lender", "DEMO"], [case_no, "--lender", "NONE"], [case_no, "--lender", "DEMO", "--date", "2020-01-01"]):
        assert worked.handa("rules", "explain", *words).code == 2


def test_a_confirmation_is_registered_listed_and_its_paper_given_back(parties: Handa, tmp_path: Path) -> None:
    paper = tmp_path / "应急预案.pdf"
    paper.write_bytes(b"%PDF made up")
    before = parties("rules", "list", "--json").document["rules"]
    missing = {rule["id"] for rule in before if rule["missing"]}
    assert "R-PII-09" in missing
    assert "R-PII-05" not in missing  # the composed house confirmed what a release needs
    done = parties("rules", "confirm", "R-PII-09", "--by", "张示例", "--evidence", paper, "--until", "2099-01-01", "--json")
    assert (done.code, done.document["by"]) == (0, "张示例")
    after = parties("rules", "list", "--lender", "DEMO", "--json").document["rules"]
    assert "R-PII-09" not in {rule["id"] for rule in after if rule["missing"]}
    (listed,) = parties("rules", "confirmations", "R-PII-09", "--json").document["confirmations"]
    assert listed == done.document
    assert "张示例" in parties("rules", "confirmations").out
    target = tmp_path / "取出.pdf"
    assert parties("rules", "evidence", listed["id"], "-o", target).code == 0
    assert target.read_bytes() == b"%PDF made up"
    assert parties("rules", "evidence", listed["id"], "-o", target).code == 2  # nothing is overwritten
    assert "缺少或已失效的确认" in parties("rules", "list").out


def test_a_wrong_confirmation_says_how_it_is_written(parties: Handa, tmp_path: Path) -> None:
    paper = tmp_path / "a.pdf"
    paper.write_bytes(b"x")
    for words in (
        ["R-PII-05", "--by", "张", "--evidence", paper],
        ["R-NONE-00", "--by", "张", "--evidence", paper],
        ["R-PII-09", "--by", "张", "--evidence", tmp_path / "none.pdf"],
        ["R-PII-09", "--by", "张", "--evidence", paper, "--until", "2020-01-01"],
    ):
        said = parties("rules", "confirm", *words)
        assert said.code == 2
        assert "怎么办" in said.err


def test_rules_list_needs_no_workspace_and_makes_none(bare: Handa) -> None:
    assert bare("rules", "list", "--json").code == 0
    assert not Path(bare.env["HANDA_HOME"]).exists()
    assert bare("rules", "list", "--lender", "DEMO").code == 2


def test_a_rule_shows_its_test_and_its_paper(bare: Handa) -> None:
    assert "tests/records/test_audit.py" in bare("rules", "show", "R-CMP-04").out
    assert "handa rules confirm" in bare("rules", "show", "R-PII-05").out
    assert bare("rules", "show", "R-AMT-03", "--json").document["parameters"] == ["line_evidence"]


def test_a_policy_is_checked_adopted_compared_and_listed(handa: Handa, tmp_path: Path) -> None:
    file = tmp_path / "策略.toml"
    file.write_text("format = 1\n[house]\nmax_as_of_age_days = 9\n[lender.DEMO]\nmax_as_of_age_days = 3\n[house.rules]\nR-TIM-04 = 'block'\n", "utf-8")
    checked = handa("policy", "check", file, "--json").document
    assert (len(checked["changes"]), [one["name"] for one in checked["loosened"]]) == (3, ["max_as_of_age_days"])
    assert "放宽 1 处" in handa("policy", "check", file).out
    assert handa("policy", "show", "--json").document["version"] == 0
    refused = handa("policy", "set", file)
    assert refused.code == 3
    assert "--by" in refused.err
    done = handa("policy", "set", file, "--by", "张示例", "--reason", "月末报数晚", "--json").document
    assert done["version"] == 1
    assert "没有改变" in handa("policy", "set", file).out
    shown = handa("policy", "show", "--lender", "DEMO", "--json").document
    values = {one["name"]: (one["value"], one["set_by"]) for one in shown["parameters"]}
    assert values["max_as_of_age_days"] == ("3", "资方 DEMO")
    assert shown["rules"] == [{"id": "R-TIM-04", "effect": "block", "set_by": "全所"}]
    assert "资方 DEMO" in handa("policy", "show", "--lender", "DEMO").out
    copy = tmp_path / "抄本.toml"
    assert handa("policy", "show", "-o", copy).code == 0
    assert read_policy(copy.read_text("utf-8")) == read_policy(file.read_text("utf-8"))
    assert len(handa("policy", "diff", "0", "1", "--json").document["changes"]) == 3
    assert "相同" in handa("policy", "diff", "1", copy).out
    (version,) = handa("policy", "history", "--json").document["versions"]
    assert (version["by"], version["loosened"]) == ("张示例", 1)
    assert "月末报数晚" in handa("policy", "history").out
    assert handa("audit", "verify").code == 0


def test_a_wrong_policy_file_is_exit_code_2_and_changes_nothing(handa: Handa, tmp_path: Path) -> None:
    wrong = tmp_path / "错.toml"
    wrong.write_text("format = 1\n[house.rules]\nR-TIM-06 = 'off'\n", "utf-8")
    said = handa("policy", "set", wrong, "--json")
    assert (said.code, said.document["error"]["code"]) == (2, "E-POLICY")
    wrong.write_bytes(b"\xff\xfe")
    for words in (["set", wrong], ["check", tmp_path / "none.toml"], ["diff", "0", "7"], ["show", "--version", "7"]):
        assert handa("policy", *words).code == 2
    assert handa("policy", "history", "--json").document["versions"] == []
