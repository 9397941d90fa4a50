"""Template lint: all ways through a bundle, forbidden words in any of them, fixed numbers, dead text; versions compared."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from letters.batch.approving import approve_template, words_for_a_lawyer
from letters.compose import Bundle, TemplateFault, load_bundle
from letters.compose.bundle import TEMPLATES, references
from letters.compose.errors import BundleUnusable
from letters.rules.bundle_diff import differences
from letters.rules.bundle_lint import LintFinding, lint, ways
from letters.tables import Firm
from locate.case import LenderKind
from records.errors import NeedsDecision, WrongUsage

DAY = date(2026, 11, 20)
MESSAGE = "为妥善解决上述事宜"


@pytest.fixture
def edited(tmp_path: Path):
    """``edited(old, new, name="consumer")``: the house's bundle with its text changed, loaded anew."""
    made = iter(range(100))

    def make(*changes: tuple[str, str], name: str = "consumer", file: str = "letter.jinja") -> Bundle:
        folder = tmp_path / str(next(made)) / name / "1"
        shutil.copytree(TEMPLATES / name / "1", folder)
        text = (folder / file).read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / file).write_text(text, "utf-8")
        return load_bundle(folder)

    return make


def rules(found: tuple[LintFinding, ...]) -> set[str]:
    return {one.finding.rule_id for one in found}


@pytest.mark.parametrize("name", references())
@pytest.mark.parametrize("day", [DAY, date(2027, 2, 1)])
def test_the_houses_own_templates_pass_in_every_way(name: str, day: date) -> None:
    assert lint(load_bundle(name), day) == ()


def test_every_way_through_the_conditions_is_tried() -> None:
    found = list(ways(load_bundle("consumer@1")))
    assert len(found) == len({way.name for way in found}) == 16
    assert len({way.letter.text for way in found}) == 16
    assert {way.fields.is_card for way in found} == {True, False} and {bool(way.fields.annual_rate) for way in found} == {True, False}


@pytest.mark.parametrize(
    ("words", "rule_id", "blocks"),
    [
        ("您涉嫌信用卡诈骗。", "R-LAW-11", True),
        ("届时将通知您的单位和家人。", "R-LAW-11", True),
        ("这是最后一次通知。", "R-LAW-11", False),
        ("将影响您的征信。", "R-LAW-11", False),
        ("依据《合同法》第一百零七条，", "R-LAW-13", True),
        ("依据《某某条例》第三条，", "R-LAW-13", True),
        ("请拨打13800001111联系。", "R-LAW-12", True),
        ("另付费用50.00元。", "R-LAW-12", True),
        ("请填写{待填写}____。", "R-LAW-12", True),
        ("否则将向公安机关报案。", "R-LAW-16", True),
    ],
)
def test_what_may_not_stand_in_a_template_is_found(edited, words: str, rule_id: str, blocks: bool) -> None:
    found = [one for one in lint(edited((MESSAGE, words + MESSAGE)), DAY) if one.finding.rule_id == rule_id]
    assert found and any(one.blocks for one in found) is blocks


def test_words_behind_a_condition_are_found_and_the_way_is_told(edited) -> None:
    hidden = edited((MESSAGE, "{% if is_card and not annual_rate %}老赖{% endif %}" + MESSAGE))
    found = [one for one in lint(hidden, DAY) if one.finding.rule_id == "R-LAW-11"]
    assert len(found) == 1 and all("信用卡" in way and "无年化成本" in way for way in found[0].ways)
    assert 0 < len(found[0].ways) < 16


def test_words_that_no_way_prints_are_told(edited) -> None:
    dead = edited((MESSAGE, "{% if is_card and not is_card %}坐牢的文字{% endif %}" + MESSAGE))
    assert {"R-LAW-12", "R-LAW-11"} <= rules(lint(dead, DAY))


def test_a_part_missing_in_one_way_only_is_found(edited) -> None:
    part = edited(("::p part=privacy\n", "{% if annual_rate %}\n::p part=privacy\n{% else %}\n::p\n{% endif %}\n"))
    found = [one for one in lint(part, DAY) if one.finding.rule_id == "R-LAW-09"]
    assert found and all("无年化成本" in way for way in found[0].ways)


def test_a_card_item_missing_is_found(edited) -> None:
    with pytest.raises(BundleUnusable, match="card_rights"):
        edited(("part=card_rights,legal_opinion", "part=legal_opinion"))


def test_an_assignees_letter_must_bring_the_notice() -> None:
    assert rules(lint(load_bundle("consumer@1"), DAY, LenderKind.ASSIGNEE)) == {"R-LIM-06"}


def test_a_relay_template_can_not_even_name_the_debt(edited) -> None:
    for words in ("{{ total }}", "{{ contract_no }}", "{{ client_name }}", "{% if is_card %}卡{% endif %}"):
        with pytest.raises(BundleUnusable, match="没有字段"):
            edited(("您好。", "您好。" + words), name="relay")
    assert rules(lint(edited(("您好。", "您好。请还款。"), name="relay"), DAY)) == {"R-THP-03"}


def test_too_many_conditions_are_refused(monkeypatch) -> None:
    monkeypatch.setattr("letters.rules.bundle_lint.MOST_WAYS", 8)
    with pytest.raises(TemplateFault, match="16 种"):
        list(ways(load_bundle("consumer@1")))


def test_a_wrong_type_is_found() -> None:
    named = replace(load_bundle("consumer@1"), title="催收公告")
    assert rules(lint(named, DAY)) == {"R-LAW-16"}


def test_two_versions_are_compared_in_words_and_layout(edited) -> None:
    old = edited()
    assert differences(old, edited()) == ()
    new = edited((MESSAGE, "为妥善处理上述事项"), ("本函不作其他用途。", ""))
    where = [row.where for row in differences(old, new)]
    assert where.count("文字：改写") >= 1 and all(row.where.startswith("文字") for row in differences(old, new))
    assert any(MESSAGE in row.old and "为妥善处理" in row.new for row in differences(old, new))
    wider = edited(("left = 25.0", "left = 20.0"), file="layout.toml")
    assert [(row.where, row.old, row.new) for row in differences(old, wider)] == [("版式：左边距", "25.0", "20.0")]
    assert differences(old, edited(("sheets = 1", "sheets = 2"), file="bundle.toml"))[0].where == "附件"
    assert differences(old, load_bundle("relay@1"))


def test_a_lawyer_accepts_pressing_words_one_by_one_and_never_a_forbidden_one(house, edited) -> None:
    pressing = edited((MESSAGE, "这是最后一次通知。" + MESSAGE))
    assert words_for_a_lawyer(pressing) == {"最后一次": "M1"}
    with house.session() as session:
        firm = session.query(Firm).one()
        with pytest.raises(NeedsDecision, match="最后一次"):
            approve_template(session, firm, pressing, "L001", day=DAY, clock=house.clock)
        with pytest.raises(WrongUsage):
            approve_template(session, firm, pressing, "A001", accepted=["M1"], day=DAY, clock=house.clock)
        with pytest.raises(NeedsDecision, match="老赖"):
            approve_template(session, firm, edited((MESSAGE, "老赖" + MESSAGE)), "L001", day=DAY, clock=house.clock)
        approve_template(session, firm, pressing, "L001", accepted=["M1"], day=DAY, clock=house.clock)
        assert firm.settings["accepted_wording"] == {"consumer@1": ["最后一次"]}
        assert "consumer@1" in firm.settings["approved_templates"]


def test_accepted_words_are_shown_to_the_lawyer_and_hold_no_letter(letter) -> None:
    from letters.rules.lexicon import wording_is_lawful
    from letters.rules.model import Severity

    pressing = replace(letter, text=letter.text + "这是最后一次通知。")
    assert wording_is_lawful(pressing)[0].severity is Severity.HOLD
    assert wording_is_lawful(replace(pressing, accepted_wording=frozenset({"最后一次"})))[0].severity is Severity.WARN
    worse = replace(letter, text=letter.text + "老赖", accepted_wording=frozenset({"老赖"}))
    assert wording_is_lawful(worse)[0].severity is Severity.BLOCK
