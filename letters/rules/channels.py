"""What the debtor is told before and in the letter: that the claim is out with others (R-OUT-02), where to pay (R-LAW-15),
who writes (R-LAW-08).

The papers behind them (processing mandate, filed accounts, the lender's notice) are duties that a person confirms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from letters.rules.claim_papers import STAND_INS
from letters.rules.model import Facts, Finding, LetterFacts, Severity
from letters.rules.papers import day_in
from letters.rules.plain_text import plain
from letters.rules.rule import Regime, Say, letter_rule, planning_rule

_DIGITS: Final = re.compile(r"\d{8,}")
_PERSONAL: Final = re.compile(r"个人(?:银行)?(?:账户|账号|微信|支付宝|收款码)|户名[:：]?\s*[\u4e00-\u9fa5·]{2,4}(?=[\s,，;；。]|$)")
"""A payee who is a person: an organisation's name is longer."""


@planning_rule(
    "R-OUT-02",
    "首次触达前须告知债务人外包催收",
    Severity.BLOCK,
    source="银行保险机构消费者权益保护管理办法 41 [S]",
    regimes=frozenset({Regime.BANK, Regime.INTERNET, Regime.MICRO}),
    parameters=("notice_evidence",),
    messages={
        "late": "委外告知日期 {date} 晚于批次日，债务人尚未被告知，不得发函；请资方先告知，再重新计划。",
        "unreadable": "委外告知日期无法识别，不得据此发函；请资方写成 2026-11-20 的形式后重新报送。",
        "absent": "委案表没有委外告知日期；请资方补充“委外告知日期”一列，或说明告知渠道后用 handa rules confirm R-OUT-02 登记。",
    },
)
def debtor_was_told_of_the_agency(facts: Facts, say: Say) -> Iterator[Finding]:
    """The debtor heard from the lender first. Reading: without the column the lender's confirmation stands in, by policy."""
    told = facts.case.extra.get("outsourcing_notice_on") if facts.case.extra else None
    if not told:
        if severity := STAND_INS[facts.policy.notice_evidence]:
            yield say("absent", severity=severity)
        return
    day = day_in(told)
    if day is None:
        yield say("unreadable")
    elif day > facts.day:
        yield say("late", date=day)


@planning_rule(
    "R-LAW-15",
    "还款渠道须为资方备案的官方账户",
    Severity.BLOCK,
    source="CBA 指引；GB/T 45251-2025 [S]",
    messages={
        "personal": "资方登记的还款渠道含个人账户，不得印在函上；请资方改为对公账户后用 handa lender set 更新。",
        "not_filed": "资方登记的还款渠道不在其备案的官方账户之列，不得印在函上；请核对，并用 handa lender set 更新 payment_channel 或 official_accounts。",
    },
)
def payment_goes_to_a_filed_account(facts: Facts, say: Say) -> Iterator[Finding]:
    """No private payee; the account number is among those that the lender filed, where it filed a list (``official_accounts``).

    Reading: a lender without such a list is confirmed by a person (``duties``), for this very channel.
    """
    for fault in _channel_faults(facts.lender.payment_channel, facts.lender.official_accounts):
        yield say(fault)


@lru_cache(maxsize=256)
def _channel_faults(channel: str, filed: tuple[str, ...]) -> tuple[str, ...]:
    """What is wrong with a lender's channel, by the key of its sentence: the same for all of its cases."""
    found = ["personal"] if _PERSONAL.search(channel) else []
    if filed and channel:
        numbers = _DIGITS.findall(channel.replace(" ", ""))
        known = {number for account in filed for number in _DIGITS.findall(account.replace(" ", ""))}
        if not set(numbers) <= known or not (numbers or channel in filed):
            found.append("not_filed")
    return tuple(found)


@letter_rule(
    "R-LAW-08",
    "寄件人须为发函律所，平台与邮政凭书面委托处理",
    Severity.BLOCK,
    source="上海律协指引 16 [S]；个人信息保护法 21 [V]",
    messages={"other": "函件没有以承办律所的名义发出，不得发出；请核对模板的信头与署名。"},
)
def firm_is_the_sender(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """The letter names the issuing firm. The written mandate of post and printer is a duty (``duties``)."""
    if facts.firm_name and plain(facts.firm_name) not in plain(facts.text):
        yield say("other")
