"""Quoted statutes (R-LAW-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from letters.rules.model import LetterFacts
from letters.rules.statutes import Quotation, article_number, quotations, statutes, statutes_are_in_force


def quoting(letter: LetterFacts, text: str) -> LetterFacts:
    return replace(letter, text=text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("八", 8), ("十", 10), ("六十九", 69), ("一百零八", 108), ("五百七十七", 577), ("一千零三十二", 1032), ("69", 69),
     ("一千二百六十", 1260), ("一百一十", 110)],
)  # fmt: skip
def test_article_numbers_are_read(text: str, number: int) -> None:
    assert article_number(text) == number


def test_quotations_are_found_with_all_their_articles() -> None:
    text = (
        "根据《中华人民共和国民法典》第五百七十七条、第六百七十五条第一款和第六百七十六条的规定，又《律师法》（2017年修正）第25条，"
        "以及合同第三条、《个人借款合同》的约定。"
    )
    assert list(quotations(text)) == [
        Quotation("中华人民共和国民法典", 577),
        Quotation("中华人民共和国民法典", 675),
        Quotation("中华人民共和国民法典", 676),
        Quotation("律师法", 25),
        Quotation("个人借款合同", None),
    ]


def test_articles_that_go_on_after_quoted_words_belong_to_the_same_law() -> None:
    text = "《民法典》第六百七十五条规定：“应当返还借款。”第六百七十六条规定：“应当支付逾期利息。”合同第九条规定了费用。"
    assert list(quotations(text)) == [Quotation("民法典", 675), Quotation("民法典", 676)]


def test_a_title_inside_a_title_is_read_whole() -> None:
    text = "《最高人民法院关于适用《中华人民共和国民法典》总则编若干问题的解释》第三十八条"
    (quoted,) = quotations(text)
    assert quoted.article == 38 and quoted.name in statutes()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("《民法典》第一千二百六十一条", "不存在"),
        ("《合同法》第一百零七条", "废止"),
        ("《中华人民共和国民法总则》第一百八十八条", "废止"),
        ("依照《担保法》的精神", "废止"),
        ("《治安管理处罚法》第四十二条", "不在已核对"),
        ("《商业银行信用卡业务监督管理办法》第七十一条", "未经核对"),
    ],
)
def test_statutes_are_in_force(letter: LetterFacts, text: str, word: str) -> None:
    assert statutes_are_in_force(letter) == ()
    (finding,) = statutes_are_in_force(quoting(letter, text))
    assert word in finding.message


def test_a_law_is_judged_on_the_letters_date(letter: LetterFacts) -> None:
    text = "《民法典》第六百七十五条"
    assert statutes_are_in_force(quoting(letter, text)) == ()
    before = replace(quoting(letter, text), day=date(2020, 12, 31))
    assert "尚未生效" in statutes_are_in_force(before)[0].message
    old = replace(quoting(letter, "《合同法》第一百零七条"), day=date(2020, 12, 31))
    assert statutes_are_in_force(old) == ()


def test_contracts_and_other_titles_are_not_judged(letter: LetterFacts) -> None:
    assert statutes_are_in_force(quoting(letter, "《个人消费借款合同》约定的条款，《还款计划表》")) == ()
