"""What the post must be able to carry (R-PST) and what may stand outside (R-ENV-03). Formats: ``letters.post``.

R-PST-04 is the batch's reconciliation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from letters.post.numbers import NumberFormat, is_valid
from letters.post.products import is_postcode
from letters.rules.model import Facts, Finding, LetterFacts, PieceFacts, Severity
from letters.rules.plain_text import plain
from letters.rules.postcodes import provinces_of
from letters.rules.rule import Say, letter_rule, piece_rule, planning_rule

_POSTCODE_SOURCE: Final = "law-and-post.md §3.5 [S]"
_POSTCODE_MESSAGES: Final = {
    "missing": "收件地址没有邮政编码，无法分拣；请补充邮编或更正地址。",
    "form": "收件地址的邮政编码不是六位半角数字；请更正邮编。",
    "province": "邮政编码 {postcode} 与收件地址所在省份不一致；请核对邮编与地址。",
    "unplaced": "收件地址没有行政区划代码，无法核对邮政编码 {postcode}；请更正地址。",
}
_ITEM_SOURCE: Final = "UPU S10 [V-computed]；国内号码形式 [S]"


def _postcode_problem(postcode: str | None, adcode: str | None) -> str:
    """The key of what is wrong with a postcode for a place, '' when nothing is."""
    if not postcode:
        return "missing"
    if not is_postcode(postcode):
        return "form"
    if not adcode:
        return "unplaced"
    return "" if adcode[:2] in provinces_of(postcode) else "province"


def _is_item_number(item_no: str, item_format: str) -> bool:
    return item_format in set(NumberFormat) and is_valid(item_no, item_format)


@planning_rule(
    "R-PST-01",
    "作为证据的函件只能以给据邮件寄送",
    Severity.BLOCK,
    source="邮政法 84 [V]",
    messages={
        "ordinary": "邮政产品“{product}”是平常邮件，没有收寄与签收凭据，不得用于律师函；请改用挂号或 EMS。",
        "unknown": "没有代码为“{product}”的邮政产品，无法判断是否为给据邮件；请改用已登记的挂号或 EMS 产品。",
    },
)
def product_is_registered_mail(facts: Facts, say: Say) -> Iterator[Finding]:
    """Receipt at posting and signature at delivery, or it proves nothing. Read from the partner's product table."""
    product = facts.catalogue.products.get(facts.product)
    if product is None:
        yield say("unknown", product=facts.product)
    elif not product.registered:
        yield say("ordinary", product=product.name)


@planning_rule(
    "R-PST-03", "邮编须为六位数字且与省份一致", Severity.HOLD, source=_POSTCODE_SOURCE, messages=_POSTCODE_MESSAGES
)
def postcode_fits_the_address(facts: Facts, say: Say) -> Iterator[Finding]:
    """Six digits (a leading zero is valid) whose province is the address's."""
    chosen = facts.choice.chosen
    if chosen is None:
        return
    postcode = chosen.candidate.parsed.postcode
    if problem := _postcode_problem(postcode, chosen.candidate.parsed.adcode):
        yield say(problem, postcode=postcode)


@letter_rule(
    "R-PST-03", "邮编须为六位数字且与省份一致", Severity.HOLD, source=_POSTCODE_SOURCE, messages=_POSTCODE_MESSAGES
)
def letter_postcode_fits_the_address(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """The same on the finished letter."""
    if problem := _postcode_problem(facts.postcode, facts.adcode):
        yield say(problem, postcode=facts.postcode)


@piece_rule(
    "R-PST-03", "寄达局邮编须为六位数字且与省份一致", Severity.HOLD, source=_POSTCODE_SOURCE, messages=_POSTCODE_MESSAGES
)
def piece_postcode_fits_the_address(facts: PieceFacts, say: Say) -> Iterator[Finding]:
    """The same on the manifest row."""
    if problem := _postcode_problem(facts.piece.office_postcode, facts.adcode):
        yield say(problem, postcode=facts.piece.office_postcode)


@letter_rule(
    "R-PST-02",
    "邮件号码须符合产品号码规则",
    Severity.BLOCK,
    source=_ITEM_SOURCE,
    messages={"invalid": "邮件号码 {item} 不符合产品的号码规则（{format}），不得使用；请核对号段登记。"},
)
def item_number_is_valid(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """Pattern of the product's format, check digit for S10. That one number is one letter is a key of the tables."""
    if not _is_item_number(facts.item_no, facts.item_format):
        yield say("invalid", item=facts.item_no, format=facts.item_format)


@piece_rule(
    "R-PST-02",
    "邮件号码须符合产品号码规则",
    Severity.BLOCK,
    source=_ITEM_SOURCE,
    messages={"invalid": "交寄清单第 {record} 行的邮件号码 {item} 不符合产品的号码规则（{format}），不得交寄；请核对号段登记。"},
)
def piece_number_is_valid(facts: PieceFacts, say: Say) -> Iterator[Finding]:
    """The same on the manifest row."""
    piece = facts.piece
    if not _is_item_number(piece.item_no, facts.item_format):
        yield say("invalid", record=piece.record_no, item=piece.item_no, format=facts.item_format)


OUTSIDE_WORDS: Final = re.compile(r"催收|催告|欠款|逾期|债务|还款|贷款|法院|律师函|诉讼|执行")
"""Words that tell a stranger what is inside. A firm's own name (…律师事务所) is not among them."""

ITEM_NAME: Final = "函件"


@piece_rule(
    "R-ENV-03",
    "信封、内件品名与备注不得透露内容",
    Severity.BLOCK,
    source="上海律协指引 16；CBA 指引 [S]",
    messages={
        "item_name": "交寄清单第 {record} 行的内件品名应为“函件”，不得写其他内容；请更正后重新生成清单。",
        "remark": "交寄清单第 {record} 行的备注只能是函号；请更正后重新生成清单。",
        "words": "交寄清单第 {record} 行的外露栏目含有“{word}”，不得交寄；请更正后重新生成清单。",
    },
)
def outside_says_nothing(facts: PieceFacts, say: Say) -> Iterator[Finding]:
    """内件品名 is 函件, 备注 is the letter number or empty, nothing outside speaks of a debt.

    The recipient's own address is left out of the word check: a 法院路 is a road. The letter number is a number, though
    custom writes 律函 into it.
    """
    piece = facts.piece
    if piece.item_name != ITEM_NAME:
        yield say("item_name", record=piece.record_no)
    if piece.remark not in ("", facts.letter_no):
        yield say("remark", record=piece.record_no)
    outside = plain(piece.item_name + "\n" + piece.own_no + "\n" + piece.remark.replace(facts.letter_no, ""))
    if found := OUTSIDE_WORDS.search(outside):
        yield say("words", record=piece.record_no, word=found.group())


@piece_rule(
    "R-PST-05",
    "重量与资费档须与张数相符",
    Severity.WARN,
    source="law-and-post.md §3.2 [D]",
    messages={
        "differs": "交寄清单第 {record} 行按 {sheets} 张计应重 {weight} 克，清单写 {listed} 克；请核对张数与封型。",
        "heavy": "交寄清单第 {record} 行重 {weight} 克，超过 20 克起重档，资费增加；请确认或压缩页数。",
    },
)
def weight_follows_from_sheets(facts: PieceFacts, say: Say) -> Iterator[Finding]:
    """Weight = sheets and envelope, recomputed; more than the first step of 20 g is flagged."""
    piece, catalogue = facts.piece, facts.catalogue
    if piece.sheets < 1 or piece.envelope not in catalogue.envelopes:
        yield say("differs", record=piece.record_no, sheets=piece.sheets, weight="？", listed=piece.weight_g)
        return
    weight = catalogue.weight_of(piece.sheets, piece.envelope)
    if weight != piece.weight_g:
        yield say("differs", record=piece.record_no, sheets=piece.sheets, weight=weight, listed=piece.weight_g)
    if weight > FIRST_STEP_G:
        yield say("heavy", record=piece.record_no, weight=weight)


FIRST_STEP_G: Final = 20
