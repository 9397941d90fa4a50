"""Rules on what the finished letter says (R-LAW-07, -09, -10, -12, -14, -18, R-CMP-01, R-LIM-06)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from letters.compose import compose, load_bundle, parts
from letters.rules import judge_letter
from letters.rules.letter_text import (
    CARD_WORDS,
    LETTER_NUMBER,
    assignment_is_notified,
    complaint_route_is_printed,
    facts_are_labelled_as_the_clients,
    letter_number_is_in_form,
    mandate_is_enclosed,
    required_parts_are_present,
    text_is_complete_and_only_the_debtors,
    verification_route_is_printed,
)
from letters.rules.model import LenderFacts, LetterFacts, Severity
from letters.rules.parts import PART_TITLES
from locate.case import LenderKind


def saying(letter: LetterFacts, before: str, after: str) -> LetterFacts:
    assert before in letter.text
    return replace(letter, text=letter.text.replace(before, after))


def adding(letter: LetterFacts, text: str) -> LetterFacts:
    return replace(letter, text=letter.text + text)


def test_a_good_letter_has_no_findings(letter: LetterFacts) -> None:
    assert judge_letter(letter) == ()


@pytest.mark.parametrize("number", ["（2026）鄂某某律函字第000123号", "〔2026〕京海律函字第5号", "(2026)沪律函字第1号"])
def test_letter_numbers_of_bar_custom_are_known(number: str) -> None:
    assert LETTER_NUMBER.match(number)


@pytest.mark.parametrize(
    "number",
    ["2026鄂律函第1号", "（26）鄂某某律函字第1号", "（2026）鄂某某律函字第号", "（2026）鄂某某律函字第123456789号", "", "（2026）律函字第1号",
     "（2026）鄂某某律函字第１号", "（2026）鄂某某律函字第1号\n"],
)  # fmt: skip
def test_letter_number_is_in_form(letter: LetterFacts, number: str) -> None:
    assert letter_number_is_in_form(letter) == ()
    assert not LETTER_NUMBER.match(number)
    findings = letter_number_is_in_form(adding(replace(letter, letter_no=number), number))
    assert [finding.severity for finding in findings] == [Severity.BLOCK]


def test_a_number_of_another_year_or_unprinted_is_refused(letter: LetterFacts) -> None:
    assert "年份 2026" in letter_number_is_in_form(replace(letter, day=date(2027, 1, 2)))[0].message
    other = saying(letter, "第000123号", "第000124号")
    assert "没有印出" in letter_number_is_in_form(other)[0].message


@pytest.mark.parametrize("part", sorted(parts.LETTER_PARTS))
def test_required_parts_are_present(letter: LetterFacts, part: str) -> None:
    assert required_parts_are_present(letter) == ()
    (finding,) = required_parts_are_present(replace(letter, parts=letter.parts - {part}))
    assert PART_TITLES[part] in finding.message


CARD_ITEMS = {
    parts.CARD_BALANCE: "截至2026年11月17日，欠款余额为人民币11,313.46元。",
    parts.CARD_BASIS: "您未按约定还款。依据《商业银行信用卡业务监督管理办法》。",
    parts.CARD_RIGHTS: "您有权查询账户、提出异议和投诉。您应当按期还款。",
    parts.CARD_ROUTES: "您可以查询账户并还款；如有异议请提供证据。",
    parts.CARD_ISSUER_CONTACT: "发卡银行客服电话95500。",
}


def test_a_card_letter_needs_the_six_items_of_article_69(letter: LetterFacts) -> None:
    card = adding(replace(letter, is_card=True), "".join(CARD_ITEMS.values()))
    (finding,) = required_parts_are_present(card)
    assert all(PART_TITLES[part] in finding.message for part in parts.CARD_PARTS)
    assert required_parts_are_present(replace(card, parts=parts.ALL_PARTS)) == ()


@pytest.mark.parametrize("part", sorted(CARD_ITEMS))
def test_an_item_of_article_69_that_is_only_marked_is_not_there(part: str) -> None:
    said = "".join(words for name, words in CARD_ITEMS.items() if name != part)
    unsaid = [name for name, words in CARD_WORDS.items() if not all(one.is_said(said) for one in words)]
    assert part in unsaid
    assert all(one.is_said(CARD_ITEMS[part]) for one in CARD_WORDS[part])


@pytest.mark.parametrize("reference", ["consumer@1", "card@1"])
def test_the_houses_card_letters_say_all_items(reference: str) -> None:
    bundle = load_bundle(reference)
    text = compose(bundle, replace(bundle.sample, is_card=True)).text
    assert [part for part, words in CARD_WORDS.items() if not all(one.is_said(text) for one in words)] == []


def test_every_part_has_a_title() -> None:
    assert set(PART_TITLES) == parts.ALL_PARTS


def test_the_text_names_the_debtor_and_the_contract(letter: LetterFacts) -> None:
    assert "姓名" in required_parts_are_present(saying(letter, "欧阳明远", "张三"))[0].message
    assert "合同号" in required_parts_are_present(saying(letter, "HT20250387169488", "HT1"))[0].message


def test_a_name_broken_over_a_line_is_still_found(letter: LetterFacts) -> None:
    assert required_parts_are_present(saying(letter, "欧阳明远", "欧阳明\n远")) == ()


@pytest.mark.parametrize("left_over", ["{{ total }}", "{% if x %}", "${name}", "【请填写金额】", "____", "XXXX", "None", "{total}",
                                       "\ufffd", "nan 元"])  # fmt: skip
def test_text_is_complete_and_only_the_debtors(letter: LetterFacts, left_over: str) -> None:
    assert text_is_complete_and_only_the_debtors(letter) == ()
    (finding,) = text_is_complete_and_only_the_debtors(adding(letter, left_over))
    assert "占位符" in finding.message


@pytest.mark.parametrize("harmless", ["Henan", "某某律师事务所", "199****0123", "（见附件（一））", "合同编号 AXXB"])
def test_what_looks_like_a_placeholder_but_is_none_passes(letter: LetterFacts, harmless: str) -> None:
    assert text_is_complete_and_only_the_debtors(adding(letter, harmless)) == ()


@pytest.mark.parametrize(
    ("leak", "severity"),
    [
        ("合同号 HT20250000000001", Severity.BLOCK),
        ("致：司马文远", Severity.BLOCK),
        ("司马文远先生", Severity.BLOCK),
        ("司马文远 尾号1234", Severity.BLOCK),
        ("司马文远", Severity.HOLD),
        ("身份证号码后四位：9999", Severity.BLOCK),
        ("居民身份证号码：**************9999", Severity.BLOCK),
        ("330106198804250619", Severity.BLOCK),
    ],
)
def test_another_debtors_data_is_found(letter: LetterFacts, leak: str, severity: Severity) -> None:
    (finding,) = text_is_complete_and_only_the_debtors(adding(letter, leak))
    assert finding.severity is severity
    assert "司马" not in finding.message and "1234" not in finding.message


def test_own_data_and_chance_are_no_leak(letter: LetterFacts) -> None:
    same_name = replace(letter, others=(("欧阳明远", "0619", "HT20250000000001"),))
    assert text_is_complete_and_only_the_debtors(same_name) == ()
    short = replace(letter, others=(("材料", "9999", "HT20250000000001"),))  # a name that is a word of the letter
    assert text_is_complete_and_only_the_debtors(short) == ()
    part_of_own = replace(letter, others=(("明远", "9999", "HT2025038716948"),))
    assert text_is_complete_and_only_the_debtors(part_of_own) == ()
    numeric = replace(adding(letter, "330106198804250619"), contract_no="330106198804250619")
    assert all("完整证件" not in finding.message for finding in text_is_complete_and_only_the_debtors(numeric))
    not_an_id = adding(letter, "330106198804250618")  # check character fails: an account number
    assert text_is_complete_and_only_the_debtors(not_an_id) == ()


def test_mandate_is_enclosed(letter: LetterFacts) -> None:
    assert mandate_is_enclosed(letter) == ()
    assert mandate_is_enclosed(saying(letter, "授权委托书", "说明"))
    assert mandate_is_enclosed(replace(letter, parts=letter.parts - {parts.ENCLOSURES}))


def test_facts_are_labelled_as_the_clients(letter: LetterFacts) -> None:
    assert facts_are_labelled_as_the_clients(letter) == ()
    bare = saying(letter, "以下事实系委托人陈述，依据委托人提供的材料整理。", "")
    assert {"委托人陈述" in f.message or "特别声明" in f.message for f in facts_are_labelled_as_the_clients(bare)} == {True}
    assert len(facts_are_labelled_as_the_clients(bare)) == 2
    unlabelled = replace(letter, parts=letter.parts - {parts.STATEMENT_LABEL})
    assert len(facts_are_labelled_as_the_clients(unlabelled)) == 1
    silent = saying(letter, "如您对上述内容有异议，请联系委托人客服 95500 提出并提供证据；", "")
    assert ["异议" in f.message for f in facts_are_labelled_as_the_clients(silent)] == [True]


def test_verification_route_is_printed(letter: LetterFacts) -> None:
    assert verification_route_is_printed(letter) == ()
    for missing in (saying(letter, "核验", ""), replace(letter, parts=letter.parts - {parts.VERIFICATION})):
        (finding,) = verification_route_is_printed(missing)
        assert finding.severity is Severity.WARN


def test_complaint_route_is_printed(letter: LetterFacts) -> None:
    assert complaint_route_is_printed(letter) == ()
    (finding,) = complaint_route_is_printed(saying(letter, "投诉", "其他"))
    assert "投诉" in finding.message and "查询、" not in finding.message
    assert complaint_route_is_printed(replace(letter, parts=letter.parts - {parts.QUERY_ROUTE}))


def test_assignment_is_notified(letter: LetterFacts) -> None:
    assigned = replace(letter, lender=LenderFacts("AMC", "示例资产公司", LenderKind.ASSIGNEE))
    assert [finding.rule_id for finding in judge_letter(assigned)] == ["R-LIM-06"]
    told = adding(assigned, "原债权人已将上述债权转让给委托人，特此通知。")
    assert judge_letter(told) == ()
    assert assignment_is_notified(told) == ()
    assert judge_letter(letter) == ()  # a bank's own claim: not its regime


def test_the_shipped_templates_sample_letter_passes(letter: LetterFacts) -> None:
    """The template that the house ships must satisfy the house's rules, card or not."""
    import json
    from pathlib import Path

    from letters.compose import compose, load_bundle
    from letters.compose.model import LetterFields

    root = Path(__file__).resolve().parents[3]
    sample = root / "templates" / "letters" / "consumer" / "1" / "sample.json"
    if not sample.exists():
        pytest.skip("the consumer template is not in this checkout")
    raw = json.loads(sample.read_text("utf-8"))
    for is_card in (False, True):
        fields = LetterFields.from_json(json.dumps({**raw, "is_card": is_card}))
        composed = compose(load_bundle("consumer@1"), fields)
        shown = LetterFacts(
            day=fields.letter_date, text=composed.text, parts=composed.parts, letter_no=fields.letter_no,
            item_no=fields.item_no, item_format="domestic13", debtor_name=fields.addressee_name,
            id_tail=fields.id_tail, contract_no=fields.contract_no, postcode=fields.postcode, adcode="420103",
            lender=letter.lender, is_card=is_card, others=letter.others,
        )  # fmt: skip
        assert judge_letter(shown) == ()
