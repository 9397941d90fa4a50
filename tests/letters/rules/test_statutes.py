"""Quoted statutes (R-LAW-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from letters.rules.model import LetterFacts
from letters.rules.plain_text import plain
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


IN_THE_LAW_FILE = {
    "民法典": (188, 189, 193, 195, 546, 561, 577, 675, 676, 680, 1024, 1032, 1035, 1038), "民事诉讼法": (87, 95),
    "律师法": (13, 25, 40, 48, 50, 55), "个人信息保护法": (6, 13, 15, 21, 23, 25, 28, 47, 51, 55, 57, 59, 69), "邮政法": (33, 35, 47, 49, 84),
    "征信业管理条例": (13, 15, 18, 20), "商业银行信用卡业务监督管理办法": (66, 67, 68, 69, 70), "诉讼时效规定": (8, 17, 19),
    "关于审理银行卡民事纠纷案件若干问题的规定": (2, 3), "关于审理民间借贷案件适用法律若干问题的规定": (1, 25, 26, 28, 29),
    "最高人民法院关于适用《中华人民共和国民法典》总则编若干问题的解释": (35, 38), "快递暂行条例": (25,),
    "网络数据安全管理条例": (12, 28), "银行保险机构消费者权益保护管理办法": (41,),
    "关于以法院专递方式邮寄送达民事诉讼文书的若干规定": (6, 9, 11),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_THE_LAW_FILE)
def test_every_article_of_the_law_file_that_a_letter_may_quote_is_on_the_list(name: str) -> None:
    """law-and-post.md §1 and §3: civil and administrative texts; criminal law is for no letter (R-LAW-16)."""
    current = [one for one in statutes()[plain(name)] if one.in_force(date(2026, 11, 20))]
    assert len(current) == 1
    assert all(current[0].has_article(article) for article in IN_THE_LAW_FILE[name])


def test_no_two_versions_of_a_text_are_in_force_on_one_day() -> None:
    for versions in statutes().values():
        ordered = sorted(versions, key=lambda one: one.since)
        for before, after in pairwise(ordered):
            assert before.until is not None and before.until < after.since
