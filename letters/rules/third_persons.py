"""Third persons (R-THP): who may be written to, who may never be asked.

What a contact may be asked, and when, is ``letters.rules.relay``.
"""

from __future__ import annotations

from collections.abc import Iterator

from letters.rules.model import Facts, Finding, PieceFacts, Severity
from letters.rules.rule import Say, piece_rule, planning_rule
from letters.rules.sources import chosen_address
from letters.rules.timing import open_stops
from locate.case import AddressKind, StopKind
from locate.choose import lawful
from locate.contacts.relations import is_known_relation, may_be_a_minor


@planning_rule(
    "R-THP-01",
    "收件人只能是债务人、担保人或共同债务人",
    Severity.BLOCK,
    source="商业银行信用卡业务监督管理办法 68 [V]；GB/T 45251-2025；CBA 指引 [S]",
    messages={
        "guarantor": "拟寄送的地址{ordinal}属于担保人或共同债务人，不得用于向债务人本人寄送；请改用债务人本人的地址。",
        "recipient": "拟寄送的地址{ordinal}文本中写有他人姓名，可能不是债务人本人的地址；请核对，确属本人地址的请去掉姓名后重新报送。",
        "deceased": "债务人已故，只有经律师批准才可向继承人或遗产管理人发函；请转律师处理。",
    },
)
def addressee_is_the_debtor(facts: Facts, say: Say) -> Iterator[Finding]:
    """The letter goes to the debtor at an address of their own; heirs only on a lawyer's approval."""
    chosen = facts.choice.chosen
    if chosen is not None:
        given, parsed = chosen.candidate.given, chosen.candidate.parsed
        if lawful.is_a_guarantors(given):
            yield say("guarantor", ordinal=given.ordinal)
        if lawful.names_somebody_else(parsed, facts.case.debtor_name):
            yield say("recipient", severity=Severity.HOLD, ordinal=given.ordinal)
    if StopKind.DECEASED in open_stops(facts):
        yield say("deceased", severity=Severity.HOLD)


@planning_rule(
    "R-THP-04",
    "拒绝联系的联系人永久不得联系",
    Severity.BLOCK,
    source="GB/T 45251-2025（press article 3）[S]",
    messages={"opted_out": "联系人{ordinal}已明确拒绝再被联系，任何渠道均不得再联系；请勿再为其安排联系（不影响向债务人本人发函）。"},
)
def contact_has_not_opted_out(facts: Facts, say: Say) -> Iterator[Finding]:
    """An opt-out is permanent and in every channel; the letter to the debtor may go on."""
    for contact in facts.case.contacts:
        if contact.opted_out or contact.ordinal in facts.opted_out:
            yield say("opted_out", subject=f"contact:{contact.ordinal}", ordinal=contact.ordinal)


@planning_rule(
    "R-THP-06",
    "未成年或关系不明的联系人不得联系",
    Severity.BLOCK,
    source="个人信息保护法 28（不满十四周岁）[V]；[D]",
    parameters=("adult_age",),
    messages={
        "unknown": "联系人{ordinal}与债务人的关系不明，不得联系；请资方补充关系（不影响向债务人本人发函）。",
        "minor": "联系人{ordinal}是债务人的子女，按债务人年龄推算可能未成年，不得联系；请资方确认其已成年（不影响向债务人本人发函）。",
    },
)
def contact_is_a_known_adult(facts: Facts, say: Say) -> Iterator[Finding]:
    """A contact whose relation nobody knows, or who may be a child, is never approached."""
    for contact in facts.case.contacts:
        subject = f"contact:{contact.ordinal}"
        if not is_known_relation(contact.relation):
            yield say("unknown", subject=subject, ordinal=contact.ordinal)
        elif may_be_a_minor(contact.relation, facts.case.id_number, facts.day, facts.policy.adult_age):
            yield say("minor", subject=subject, ordinal=contact.ordinal)


@planning_rule(
    "R-THP-08",
    "单位地址须为债务人预留的通讯地址",
    Severity.HOLD,
    source="个人信息保护法 6 [V]；[D]",
    parameters=("work_address_sources",),
    messages={
        "not_reserved": "拟寄送的地址{ordinal}是单位地址，且不是债务人本人预留的通讯地址，可能被单位知悉债务；请确认或改用其他地址。",
        "mailroom": "拟寄送的地址{ordinal}是单位地址，可能由收发室签收，签收后证据等级较低；请留意。",
    },
)
def workplace_was_reserved(facts: Facts, say: Say) -> Iterator[Finding]:
    """A workplace is written to only where the debtor gave it for correspondence; a mailroom may sign."""
    given = chosen_address(facts)
    if given is None or given.kind is not AddressKind.WORK:
        return
    if given.source.value in facts.policy.work_address_sources:
        yield say("mailroom", severity=Severity.WARN, ordinal=given.ordinal)
    else:
        yield say("not_reserved", ordinal=given.ordinal)


@piece_rule(
    "R-THP-01",
    "邮件收件人只能是债务人本人",
    Severity.BLOCK,
    source="商业银行信用卡业务监督管理办法 68 [V]；GB/T 45251-2025；CBA 指引 [S]",
    messages={"other": "交寄清单第 {record} 行的收件人不是函件所致的债务人，不得交寄；请停止该批次并核对清单。"},
)
def recipient_is_the_debtor(facts: PieceFacts, say: Say) -> Iterator[Finding]:
    """The manifest names the person whom the letter is for."""
    if facts.piece.recipient_name != facts.debtor_name:
        yield say("other", record=facts.piece.record_no)


@piece_rule(
    "R-THP-07",
    "信封与清单不得出现联系人的姓名电话",
    Severity.BLOCK,
    source="快递暂行条例 25；个人信息保护法 6 [V]",
    messages={
        "contact": "交寄清单第 {record} 行出现了联系人的姓名或电话，不得交寄；请去掉后重新生成清单。",
        "debtor": "交寄清单第 {record} 行是转告函，却出现了债务人姓名，不得交寄；请停止该批次并核对。",
    },
)
def contact_is_not_on_the_envelope(facts: PieceFacts, say: Say) -> Iterator[Finding]:
    """No second contact's name or phone on envelope or slip. A phone that is the debtor's own too is not theirs alone."""
    if facts.relay_for:
        if facts.relay_for in facts.piece.recipient_address or facts.relay_for == facts.piece.recipient_name:
            yield say("debtor", record=facts.piece.record_no)
        return
    piece = facts.piece
    outside = (piece.recipient_address, piece.recipient_phone, piece.item_name, piece.remark)
    for name, mobile in facts.contacts:
        named = piece.recipient_name == name != facts.debtor_name
        if named or (mobile and any(mobile in text for text in outside)):
            yield say("contact", record=piece.record_no)
            return
