"""What the finished letter must say and must not hold (R-LAW-07, -09, -10, -12, -14, -18, R-CMP-01, R-LIM-06).

Wording is the lexicon's, quotations are the statutes'. Findings never quote names, numbers or addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from letters.compose import parts
from letters.rules.model import Finding, LetterFacts, Severity
from letters.rules.parts import PART_TITLES, required_parts
from letters.rules.plain_text import plain
from letters.rules.rule import Regime, Say, letter_rule
from letters.rules.sentence_patterns import Demand, demand, first_match, sentence_pattern

LETTER_NUMBER: Final = re.compile(r"^[（(〔\[](20\d{2})[)）〕\]][\u4e00-\u9fa5]{1,12}律函字第\d{1,8}号\Z", re.ASCII)
"""（年号）+ 区划简称 + 律所简称 + 律函字第…号 (law-and-post.md §2.2); group 1 is the year."""


@letter_rule(
    "R-LAW-07",
    "函号须符合编号规则且印在函上",
    Severity.BLOCK,
    source="律所惯例 [S]；[D]",
    messages={
        "form": "函号不符合“（年份）某律函字第N号”的格式，不得使用；请核对律所的函号规则。",
        "year": "函号的年份 {year} 与函件日期 {day} 不符，不得使用；请核对函号登记簿。",
        "not_printed": "函件正文没有印出登记的函号，不得发出；请核对模板。",
    },
)
def letter_number_is_in_form(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """Pattern, year of the letter's date, and printed as registered. Uniqueness is a key of the register's table."""
    match = LETTER_NUMBER.match(facts.letter_no)
    if match is None:
        yield say("form")
    elif int(match.group(1)) != facts.day.year:
        yield say("year", year=match.group(1), day=facts.day)
    if plain(facts.letter_no) not in plain(facts.text):
        yield say("not_printed")


CARD_WORDS: Final[Mapping[str, tuple[Demand, ...]]] = {
    parts.CARD_BALANCE: (demand(r"(?:欠款|余额|款项|合计)[^。;]{0,24}?[\d,]+\.\d{2}元"),),
    parts.CARD_BASIS: (demand(r"未[^。;]{0,16}(?:还款|归还|偿还|清偿)"), demand(r"《[^》。;]{3,40}》")),
    parts.CARD_RIGHTS: (
        demand(r"有权[^。;]{0,40}(?:查询|核对|异议|投诉)"), demand(r"(?:应当|应|须|负有)[^。;]{0,30}(?:还款|归还|偿还)"),
    ),
    parts.CARD_ROUTES: (demand("查询"), demand("还款|归还|偿还"), demand("异议"), demand("证据|举证|凭证")),
    parts.CARD_ISSUER_CONTACT: (demand(r"发卡(?:银行|行|机构)[^。;]{0,12}(?:联系|电话|客服|热线)"),),
}  # fmt: skip
"""Art 69: what each of the items says in any wording. A part that is only marked in the template is not there. The seal
(``CARD_SEAL``) is drawn, not written."""


@letter_rule(
    "R-LAW-09",
    "函件各必备部分须齐全",
    Severity.BLOCK,
    source="商业银行信用卡业务监督管理办法 69 [V]；上海律协指引 11–14 [S]",
    messages={
        "unsaid": "信用卡函件没有写明{titles}（《商业银行信用卡业务监督管理办法》第六十九条），不得发出；请补充模板文字。",
        "missing": "函件缺少必备部分：{titles}，不得发出；请补充模板。",
        "not_named": "函件正文没有写明收件人姓名，不得发出；请核对模板与字段。",
        "no_contract": "函件正文没有写明合同号，不得发出；请核对模板与字段。",
    },
)
def required_parts_are_present(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """Every part of §2.2, for cards the six of art 69 too; the text really names the person and the contract."""
    wanted = required_parts(is_card=facts.is_card, is_relay=bool(facts.relay_for))
    missing = [title for part, title in PART_TITLES.items() if part in wanted and part not in facts.parts]
    if missing:
        yield say("missing", titles="、".join(missing))
    if facts.is_card and not facts.relay_for:
        unsaid = [PART_TITLES[part] for part, words in CARD_WORDS.items() if not all(one.is_said(facts.text) for one in words)]
        if unsaid:
            yield say("unsaid", titles="、".join(unsaid))
    text = plain(facts.text)
    if plain(facts.debtor_name) not in text:
        yield say("not_named")
    if not facts.relay_for and plain(facts.contract_no) not in text:
        yield say("no_contract")


_PLACEHOLDER: Final = sentence_pattern(
    r"(?=[{}%$<\[\]【_×xX\ufffdNnuUTFL])"  # so that the engine passes over all other characters at once
    r"(?:\{\{|\}\}|\{%|%\}|\$\{|<%|%>|\[\[|\]\]|【(填写|待填|请填|插入)[^】]*】|_{3,}|[×xX]{4,}"
    r"|(?<![A-Za-z])(None|null|undefined|Undefined|NaN|NaT|nan|TODO|FIXME|Lorem)(?![A-Za-z])|\ufffd|\{[a-z_]{2,40}\})"
)
"""Left-overs of templates. 某某 is not among them: firms may be so named, and 某 is a surname's cover in no letter."""

_ID_TAIL: Final = re.compile(r"(?:证(?:(?<=身份证)|件)|码(?<=身份号码))[^\d]{0,16}?(?:\*{1,14}|尾号[:为是]?|[后末]四位[:为是]?)(\d{3}[\dXx])(?!\d)")
_FULL_ID: Final = re.compile(r"[1-8](?<![\dA-Za-z].)\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS: Final = "10X98765432"
_ADDRESSED: Final = r"(?:致:?|收件人:?|姓名:?|持卡人:?|债务人:?|借款人:?|尊敬的){name}|{name}(?:先生|女士|小姐)"
_SHORTEST_TELLING_NAME: Final = 3
"""Two-character names occur inside other words (高明 is a district too); alone they tell nothing."""


@letter_rule(
    "R-LAW-12",
    "不得有未填占位符或他人资料",
    Severity.BLOCK,
    source="law-and-post.md §7a [D]",
    messages={
        "placeholder": "函件含未填的占位符“{mark}”，不得发出；请检查模板与字段。",
        "contract": "函件出现了同批另一案件的合同号，不得发出；请停止该批次并检查模板。",
        "name": "函件以同批另一债务人的姓名称呼，不得发出；请停止该批次并检查模板。",
        "name_hold": "函件中出现了同批另一债务人的姓名，可能串案；请核对后再发。",
        "tail": "函件印出的证件尾号不是本案债务人的，不得发出；请停止该批次并检查模板。",
        "full_id": "函件印出了完整证件号码，不得发出；请改为只印后四位。",
    },
)
def text_is_complete_and_only_the_debtors(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """No placeholder left; no neighbour's name, ID tail or contract number; no whole ID number at all."""
    text = plain(facts.text)
    if mark := first_match(_PLACEHOLDER, facts.text):
        yield say("placeholder", mark=mark[:12])
    own_tail = facts.id_tail.upper()
    if any(tail.upper() != own_tail for tail in _ID_TAIL.findall(text)):
        yield say("tail")
    own_contract = plain(facts.contract_no)
    rest = text.replace(own_contract, "\n") if own_contract else text
    if any(_is_resident_id(found) for found in _FULL_ID.findall(rest)):
        yield say("full_id")
    for own_name in filter(None, (plain(facts.debtor_name), plain(facts.relay_for))):
        rest = rest.replace(own_name, "\n")
    for name, tail, contract in facts.others:
        their_contract, their_name = plain(contract), plain(name)
        if len(their_contract) >= 6 and their_contract != own_contract and their_contract in rest:
            yield say("contract")
        if not their_name or their_name not in rest:
            continue
        if re.search(_ADDRESSED.format(name=re.escape(their_name)), rest) or (
            tail.upper() != own_tail and tail and tail in rest and len(their_name) >= _SHORTEST_TELLING_NAME
        ):
            yield say("name")
        elif len(their_name) >= _SHORTEST_TELLING_NAME:
            yield say("name_hold", severity=Severity.HOLD)


def _is_resident_id(number: str) -> bool:
    """GB 11643 check character: other 18-digit numbers (contracts, accounts) fail it ten times in eleven."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11] == number[17].upper()


_CLIENTS_WORDS: Final = demand(r"委托人(的)?(陈述|所述|称|主张|提供|确认)|(据|根据|依据)委托人")
_CONTACT_US: Final = demand(
    r"(异议|不同意见|不符|疑问|争议)[^。;]{0,60}(联系|提出|反馈|告知|说明|提交|核实|拨打|致电)"
    r"|(联系|提出|反馈|提交)[^。;]{0,30}(异议|不同意见)"
)
_WARRANTY: Final = demand(
    r"委托人[^。;]{0,60}(负责|保证|承担|真实|准确|为准)|(依据|根据|基于)委托人[^。;]{0,40}(材料|资料|陈述|信息)"
)


@letter_rule(
    "R-LAW-14",
    "未核实事实须标明为委托人陈述",
    Severity.BLOCK,
    source="上海律协指引 11–12 [S]",
    messages={
        "label": "函件没有标明事实系委托人陈述，不得发出；请在事实部分注明“委托人陈述如下”。",
        "warranty": "函件没有说明事实以委托人提供的材料为依据，不得发出；请补充特别声明。",
        "contact": "函件没有告知对内容有异议时如何联系，不得发出；请补充。",
    },
)
def facts_are_labelled_as_the_clients(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """Facts are the client's statement, on the client's papers, and who disagrees is told how to say so."""
    if parts.STATEMENT_LABEL not in facts.parts or not _CLIENTS_WORDS.is_said(facts.text):
        yield say("label")
    if not _WARRANTY.is_said(facts.text):
        yield say("warranty")
    if not _CONTACT_US.is_said(facts.text):
        yield say("contact")


_VERIFY: Final = demand("核验|验证|查验")
_PHONE: Final = demand(r"(?:0\d{2,3}-?\d{7,8}|1\d{10}|[48]00-?\d{3,4}-?\d{3,4}|(?<!\d)9[56]\d{3,4}(?!\d))")


@letter_rule(
    "R-LAW-18",
    "函件须印有核验途径",
    Severity.WARN,
    source="消费者提示 [S]；[D]",
    messages={"none": "函件没有印出核验码与律所电话，收件人无法核验真伪；请补充模板。"},
)
def verification_route_is_printed(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """A code and a phone by which the recipient can ask whether the letter is real."""
    told = _VERIFY.is_said(facts.text) and _PHONE.is_said(facts.text)
    if parts.VERIFICATION not in facts.parts or not told:
        yield say("none")


@letter_rule(
    "R-CMP-01",
    "函件须印有查询、异议与投诉途径",
    Severity.BLOCK,
    source="商业银行信用卡业务监督管理办法 69 [V]",
    messages={"missing": "函件没有写明{what}途径，不得发出；请补充模板或资方的相应渠道。"},
)
def complaint_route_is_printed(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """Each letter says where to ask, object and complain at the lender."""
    text = plain(facts.text)
    missing = [word for word in ("查询", "异议", "投诉") if word not in text]
    if parts.QUERY_ROUTE not in facts.parts and not missing:
        missing = ["查询、异议与投诉"]
    if missing:
        yield say("missing", what="、".join(missing))


@letter_rule(
    "R-LAW-10",
    "授权委托书须随函附寄",
    Severity.BLOCK,
    source="上海律协指引 6 [S]",
    messages={"none": "函件附件没有列明授权委托书，不得发出；请在模板附件清单中列入并随函装入。"},
)
def mandate_is_enclosed(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """The enclosures name the mandate. That the sheet lies in the envelope is the press's count."""
    if parts.ENCLOSURES not in facts.parts or "授权委托书" not in plain(facts.text):
        yield say("none")


_ASSIGNED: Final = demand(
    r"债权[^。;]{0,30}转让[^。;]{0,60}(通知|告知|知会)|(通知|告知|知会)[^。;]{0,60}债权[^。;]{0,30}转让"
)


@letter_rule(
    "R-LIM-06",
    "受让债权须随函或事先通知转让",
    Severity.BLOCK,
    source="民法典 546；时效规定 17 [V]",
    regimes=frozenset({Regime.ASSIGNEE}),
    messages={"none": "债权系受让取得，函件没有债权转让通知的内容，不得发出；请改用含转让通知的模板。"},
)
def assignment_is_notified(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """An assigned claim binds the debtor only from notice; the letter must bring it or recall it."""
    if not _ASSIGNED.is_said(facts.text):
        yield say("none")
