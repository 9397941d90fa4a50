"""What no field may carry, and how long a field may be. Found before a letter is composed; nothing is ever repaired.

Sources: press-notes.md §7 (bidi marks, zero-width, PUA and controls pass every escaping and change what is read).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields
from operator import attrgetter, gt
from typing import Final, get_type_hints

from letters.compose.errors import FieldProblem
from letters.compose.model import ClaimLine, LetterFields

_FORBIDDEN: Final = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # controls, newlines too: one field is one line
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners and fillers that show nothing
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"  # zero width, bidi, separators
    "\ufe00-\ufe0f\U000e0000-\U000e0fff"  # variation selectors, tags
    "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"  # lone surrogates, private use
    "\ufdd0-\ufdef\ufffc-\uffff"  # non-characters, object replacement
    "]"
)
_SUSPECT_MARK: Final = re.compile("[\u0300-\u1cff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe20-\ufe2f]")
"""Ranges in which combining marks live; the category decides."""

LONGEST: Final[dict[str, int]] = {
    "addressee_name": 60,
    "addressee_address": 120,
    "contract_no": 48,
    "letter_no": 40,
    "item_no": 13,
    "verification_code": 24,
    "verification_url": 160,
    "payment_channel": 200,
    "query_channel": 200,
    "complaint_channel": 200,
    "claim_lines": 60,
}
"""Characters, the manifest's 收件人地址 ≤ 120 among them (law-and-post.md §7b); ``DEFAULT_LONGEST`` for the others."""
DEFAULT_LONGEST: Final = 80
MOST_CLAIM_LINES: Final = 40
MOST_REPAYMENTS: Final = 180
"""Fifteen years of monthly payments; more belongs on a statement of the client's own."""
LARGEST_FEN: Final = 10**15
"""Ten million million yuan: more is a damaged file, not a claim."""

TITLES: Final[dict[str, str]] = {
    "template": "模板名称", "letter_no": "函号", "item_no": "邮件号码", "verification_code": "核验码",
    "verification_url": "核验网址", "addressee_name": "收件人姓名", "addressee_address": "收件地址",
    "postcode": "邮政编码", "addressee_phone_masked": "联系电话", "id_tail": "身份证号末四位", "firm_name": "律所名称",
    "firm_licence_no": "律所执业许可证号", "firm_address": "律所地址", "firm_phone": "律所电话", "lawyer_name": "律师姓名",
    "lawyer_licence_no": "律师执业证号", "client_name": "委托人名称", "product_name": "产品名称", "contract_no": "合同编号",
    "annual_rate": "年化利率", "payment_channel": "还款渠道", "query_channel": "查询与异议渠道",
    "complaint_channel": "投诉渠道", "send_method": "寄送方式", "postal_product": "邮政业务代码", "office_name": "寄达局名称",
    "relay_for": "被转告人姓名", "original_creditor": "原债权人名称", "earlier_letter_no": "前次函号", "earlier_result": "前次投递结果",
    "claim_lines": "金额明细", "total_fen": "合计金额",
}
"""What an operator calls each field."""

MAY_BE_EMPTY: Final = frozenset({
    "annual_rate", "addressee_phone_masked", "verification_url", "postcode", "office_name", "letter_no", "item_no",
    "verification_code", "relay_for", "original_creditor", "earlier_letter_no", "earlier_result",
})
"""Numbers are given after planning; a piece without postcode goes out with an empty box."""
EMPTY_FOR_A_RELAY: Final = frozenset({
    "id_tail", "addressee_phone_masked", "client_name", "product_name", "contract_no", "annual_rate", "payment_channel",
    "query_channel", "complaint_channel", "original_creditor", "earlier_letter_no", "earlier_result",
})
"""What a letter to a contact must not even carry (R-THP-03)."""


def refused_characters(text: str) -> list[str]:
    """The characters of ``text`` that no field may carry, each once, in order; empty for clean text."""
    found = dict.fromkeys(_FORBIDDEN.findall(text))
    if _SUSPECT_MARK.search(text):
        found |= dict.fromkeys(char for char in text if unicodedata.category(char).startswith("M"))
    return list(found)


def field_problems(letter: LetterFields) -> tuple[FieldProblem, ...]:
    """Everything that keeps these fields from being printed; empty when they may be."""
    if letter.relay_for:
        return _relay_problems(letter)
    if _clean(letter):
        return _amount_problems(letter)
    return _text_problems(_texts(letter), MAY_BE_EMPTY) + _amount_problems(letter)


def _clean(letter: LetterFields) -> bool:
    """Whether ``_text_problems`` would surely find nothing: all texts in one look, without a word about any. May err to False."""
    own = _own_texts(letter)
    needed = _needed_texts(letter)
    address = "".join(letter.addressee_address)
    lines = [text for line in letter.claim_lines for text in (line.label, line.note, line.clause, line.rate, line.period)]
    joined = "".join((*own, address, *lines))
    return (
        all(needed) and bool(address) and all(line.label for line in letter.claim_lines)
        and not any(map(gt, map(len, own), _LIMITS)) and len(address) <= LONGEST["addressee_address"]
        and max(map(len, lines), default=0) <= LONGEST["claim_lines"]
        and not _FORBIDDEN.search(joined) and not _SUSPECT_MARK.search(joined) and not any(map(str.isspace, (*needed, address, *lines)))
    )  # fmt: skip


def _text_problems(texts: list[tuple[str, str]], may_be_empty: frozenset[str]) -> tuple[FieldProblem, ...]:
    problems: list[FieldProblem] = []
    for name, text in texts:
        title = TITLES.get(name, name)
        problems += [
            FieldProblem(name, "CHARACTER", f"{title}含有不能印刷的字符（U+{ord(char):04X}）")
            for char in refused_characters(text)
        ]
        longest = LONGEST.get(name, DEFAULT_LONGEST)
        if len(text) > longest:
            problems.append(FieldProblem(name, "TOO_LONG", f"{title}有 {len(text)} 个字，最多 {longest} 个"))
        if not text.strip() and name not in may_be_empty:
            problems.append(FieldProblem(name, "EMPTY", f"{title}为空"))
    return tuple(problems)


def _relay_problems(letter: LetterFields) -> tuple[FieldProblem, ...]:
    """A relay letter's fields: clean, and without a word or figure of the debt."""
    problems = list(_text_problems(_texts(letter), MAY_BE_EMPTY | EMPTY_FOR_A_RELAY))
    problems += [
        FieldProblem(name, "DEBT", f"转告函的字段不得含{TITLES[name]}") for name in sorted(EMPTY_FOR_A_RELAY) if getattr(letter, name)
    ]
    amounts = (letter.total_fen, letter.principal_disbursed_fen, letter.principal_repaid_fen, letter.overdue_days, letter.offer_fen)
    if letter.claim_lines or letter.repayments or any(amounts) or letter.is_card:
        problems.append(FieldProblem("claim_lines", "DEBT", "转告函的字段不得含债务金额或逾期情况"))
    dates = {letter.disbursed_on, letter.overdue_since, letter.as_of, letter.deadline} - {letter.letter_date}
    if dates or letter.assigned_on or letter.assignment_notice_on or letter.earlier_sent_on or letter.offer_until:
        problems.append(FieldProblem("claim_lines", "DEBT", "转告函的字段不得含债务的日期"))
    return tuple(problems)


_TYPES: Final = get_type_hints(LetterFields)
_TEXT_FIELDS: Final = tuple(each.name for each in fields(LetterFields) if _TYPES[each.name] is str)
_LIMITS: Final = tuple(LONGEST.get(name, DEFAULT_LONGEST) for name in _TEXT_FIELDS)
_own_texts: Final = attrgetter(*_TEXT_FIELDS)
_needed_texts: Final = attrgetter(*(name for name in _TEXT_FIELDS if name not in MAY_BE_EMPTY))


def _texts(letter: LetterFields) -> list[tuple[str, str]]:
    texts = [(name, getattr(letter, name)) for name in _TEXT_FIELDS]
    texts.append(("addressee_address", "".join(letter.addressee_address)))
    for line in letter.claim_lines:
        texts.append(("claim_lines", line.label))
        texts += [("claim_lines", text) for text in (line.note, line.clause, line.rate, line.period) if text]
    return texts


def _amount_problems(letter: LetterFields) -> tuple[FieldProblem, ...]:
    problems: list[FieldProblem] = []
    lines: tuple[ClaimLine, ...] = letter.claim_lines
    if not lines or len(lines) > MOST_CLAIM_LINES:
        message = f"金额明细应为 1 至 {MOST_CLAIM_LINES} 行，实有 {len(lines)} 行"
        problems.append(FieldProblem("claim_lines", "COUNT", message))
    if sum(line.amount_fen for line in lines) != letter.total_fen:
        problems.append(FieldProblem("total_fen", "SUM", "金额明细之和与合计不符"))
    if len(letter.repayments) > MOST_REPAYMENTS:
        problems.append(FieldProblem("repayments", "COUNT", f"还款记录最多 {MOST_REPAYMENTS} 笔，实有 {len(letter.repayments)} 笔"))
    amounts = [letter.total_fen, letter.principal_disbursed_fen, letter.principal_repaid_fen, letter.offer_fen]
    amounts += [one.amount_fen for one in letter.repayments]
    if any(abs(amount) > LARGEST_FEN for amount in (*amounts, *(line.amount_fen for line in lines))):
        problems.append(FieldProblem("total_fen", "TOO_LARGE", "金额超出可印刷范围"))
    return tuple(problems)
