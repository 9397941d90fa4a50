"""Sources of addresses and contacts (R-SRC). The questions are ``locate.choose.lawful``'s; the verdicts are here.

Evidence behind a recording or authorisation number is asked for at release: at planning the number suffices.
R-SRC-06 is kept by the tables (a place is linked to persons by keyed index only).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from letters.rules.model import Facts, Finding, Severity
from letters.rules.papers import day_in
from letters.rules.rule import Say, planning_rule
from locate.case import CaseRecord, GivenAddress, Source, StopKind
from locate.choose import lawful

_OWN_RULE = frozenset({Source.CONVERSATION, Source.CREDIT_BUREAU})
"""Sources whose missing proof R-SRC-02 and -03 report."""


_CONSENT_BASED: Final = frozenset({Source.AUTHORISED, Source.CONVERSATION, Source.CREDIT_BUREAU, Source.CONTACT})
"""Sources that hang on somebody's consent; a contract's own address does not (个人信息保护法 13)."""
_NO_CONSENT: Final = re.compile("(未|不|没有?|无)(经|予)?(债务人|本人)?同意")
_END: Final = re.compile(r"(?:有效期?|授权期限?|期限)?[^\d]{0,6}至\s*(\d{4}[-./年]\d{1,2}[-./月]\d{1,2})")


def _end_of(basis: str) -> date | None:
    found = _END.search(basis)
    return day_in(found[1]) if found else None


def withdrawn_addresses(case: CaseRecord, day: date) -> frozenset[int]:
    """Ordinals of addresses that may not be used any more since consent was withdrawn (R-SRC-07). A date that can't be read
    counts as withdrawn."""
    told = case.extra.get("consent_withdrawn_on") if case.extra else None
    if not told or ((since := day_in(told)) is not None and since > day):
        return frozenset()
    return frozenset(given.ordinal for given in case.addresses if given.source in _CONSENT_BASED)


def chosen_address(facts: Facts) -> GivenAddress | None:
    """The given address that the letter would go to."""
    return facts.choice.chosen.candidate.given if facts.choice.chosen is not None else None


@planning_rule(
    "R-SRC-01",
    "地址须有合法来源、日期与依据",
    Severity.BLOCK,
    source="CBA 指引六类渠道；GB/T 45251-2025 5.3 [S]",
    messages={
        "no_basis": "地址{ordinal}没有来源依据（合同、预留或授权文件编号），不得使用；请资方补充依据后重新报送。",
        "future": "地址{ordinal}的采集日期 {date} 晚于批次日，不得使用；请资方更正日期。",
        "no_date": "地址{ordinal}未注明采集日期，按文件日期 {date} 记为“据报”；请资方补充采集日期。",
    },
)
def has_lawful_source(facts: Facts, say: Say) -> Iterator[Finding]:
    """Every address needs source, document and a true date; a missing date is recorded for the one that is used."""
    chosen = chosen_address(facts)
    for given in facts.case.addresses:
        subject = f"address:{given.ordinal}"
        if lawful.has_banned_source(given):
            continue
        if not lawful.has_basis(given) and given.source not in _OWN_RULE:
            yield say("no_basis", subject=subject, ordinal=given.ordinal)
        if lawful.is_dated_after(given, facts.day):
            yield say("future", subject=subject, ordinal=given.ordinal, date=given.collected_on)
        elif given.collected_on is None and given is chosen:
            yield say(
                "no_date", subject=subject, severity=Severity.WARN, ordinal=given.ordinal, date=given.reported_on
            )


@planning_rule(
    "R-SRC-02",
    "双方沟通所得地址须有录音依据",
    Severity.BLOCK,
    source="GB/T 45251-2025：沟通获取须有授权同意的录音（press article 3）[S]",
    messages={
        "no_recording": "地址{ordinal}来源为双方沟通但没有录音编号，不得使用；请资方补充录音编号、通话时间与同意标志。",
        "refused": "地址{ordinal}的沟通依据载明债务人未同意，不得使用；请资方删除该地址或补充债务人同意的依据。",
        "show": "地址{ordinal}来源为双方沟通；签发前请核对录音、通话时间与债务人的同意。",
    },
)
def conversation_has_recording(facts: Facts, say: Say) -> Iterator[Finding]:
    """An address told in conversation counts only with the recording that shows consent.

    Reading: the basis is the recording's number; where it also says that there was no consent, that is heard.
    """
    for given in facts.case.addresses:
        if given.source is Source.CONVERSATION and _NO_CONSENT.search(given.basis):
            yield say("refused", subject=f"address:{given.ordinal}", ordinal=given.ordinal)
    yield from _proof_of(facts, say, Source.CONVERSATION, "no_recording")


@planning_rule(
    "R-SRC-03",
    "征信查询所得地址须有书面授权",
    Severity.BLOCK,
    source="征信业管理条例 18、20；个人信息保护法 14–15 [V]",
    messages={
        "no_consent": "地址{ordinal}来源为授权征信查询但没有授权书编号，不得使用；请资方补充书面授权、用途与有效期。",
        "expired": "地址{ordinal}的征信查询授权已于 {until} 到期，不得使用；请资方取得新的授权后重新报送。",
        "show": "地址{ordinal}来源为授权征信查询；签发前请核对书面授权、用途、有效期且未撤回。",
    },
)
def bureau_query_has_consent(facts: Facts, say: Say) -> Iterator[Finding]:
    """A bureau address needs the debtor's written authorisation for this purpose, in force.

    Reading: the basis is the authorisation's number; where it also names an end (有效期至 …), that end is held to.
    """
    for given in facts.case.addresses:
        if given.source is Source.CREDIT_BUREAU and (until := _end_of(given.basis)) is not None and until < facts.day:
            yield say("expired", subject=f"address:{given.ordinal}", ordinal=given.ordinal, until=until)
    yield from _proof_of(facts, say, Source.CREDIT_BUREAU, "no_consent")


def _proof_of(facts: Facts, say: Say, source: Source, missing: str) -> Iterator[Finding]:
    chosen = chosen_address(facts)
    for given in facts.case.addresses:
        if given.source is not source:
            continue
        subject = f"address:{given.ordinal}"
        if not lawful.has_basis(given):
            yield say(missing, subject=subject, ordinal=given.ordinal)
        elif given is chosen:
            yield say("show", subject=subject, severity=Severity.WARN, ordinal=given.ordinal)


@planning_rule(
    "R-SRC-04",
    "禁止来源的个人信息不得使用",
    Severity.BLOCK,
    source="法释〔2017〕10号 3–5 [V]；press article 1 [S]",
    messages={
        "address": "地址{ordinal}的来源属于禁止使用的类型（如订单数据、购买数据、爬取通讯录），不得使用。请按数据安全事件登记。",
        "contact": "联系人{ordinal}的来源属于禁止使用的类型，不得联系。请按数据安全事件登记。",
        "only": "本案地址来自禁止使用的来源，且没有其他可用地址，拒绝发函；请登记数据安全事件，并要求资方删除该数据、补充合法地址。",
        "incident": "本案资料含禁止来源的地址，虽另有合法地址，仍须先处置；请登记数据安全事件并由律师确认后再发函。",
    },
)
def no_banned_source(facts: Facts, say: Say) -> Iterator[Finding]:
    """Data of a banned source is never used, and that a lender holds it is an incident that a person must look at."""
    found = False
    for given in facts.case.addresses:
        if lawful.has_banned_source(given):
            found = True
            yield say("address", subject=f"address:{given.ordinal}", ordinal=given.ordinal)
    for contact in facts.case.contacts:
        if contact.source is Source.BANNED:
            yield say("contact", subject=f"contact:{contact.ordinal}", ordinal=contact.ordinal)
    if not found:
        return
    if facts.choice.chosen is None:
        yield say("only")
    else:
        yield say("incident", severity=Severity.HOLD)


@planning_rule(
    "R-SRC-05",
    "不得跨委托方使用个人地址",
    Severity.BLOCK,
    source="个人信息保护法 21、23 [V]",
    messages={
        "cross": "地址{ordinal}与债务人的对应关系来自另一委托方的资料，不得用于本案；请本案资方自行提供并说明依据。",
        "chosen": "拟寄送的地址{ordinal}来自另一委托方的资料，拒绝发函；请本案资方自行提供地址及依据。",
    },
)
def stays_within_client(facts: Facts, say: Say) -> Iterator[Finding]:
    """What one client's file says of a person is not used for another client."""
    chosen = chosen_address(facts)
    for ordinal in facts.cross_lender:
        yield say("cross", subject=f"address:{ordinal}", ordinal=ordinal)
        if chosen is not None and chosen.ordinal == ordinal:
            yield say("chosen", ordinal=ordinal)


@planning_rule(
    "R-SRC-07",
    "撤回同意或反对处理后除存储外停止使用",
    Severity.BLOCK,
    source="个人信息保护法 15、27、44、47 [V]",
    messages={
        "address": "债务人已撤回同意，地址{ordinal}的来源以同意为依据，不得再使用；请改用合同约定或本人预留的地址。",
        "chosen": "债务人已撤回同意，拟寄送的地址{ordinal}不得再使用，拒绝发函；请资方提供合同约定或本人预留的地址。",
        "objection": "债务人反对处理其个人信息，除存储外不得使用，拒绝发函；请资方处理该请求并书面答复后，再解除停止标记。",
    },
)
def withdrawn_consent_is_heard(facts: Facts, say: Say) -> Iterator[Finding]:
    """After a withdrawal nothing that hangs on consent is used; after an objection to processing nothing is.

    Reading: a withdrawal (file column) ends addresses of consent-based sources only; an objection is a stop of the case, whose
    recorded time is the time to stop.
    """
    if any(stop.kind is StopKind.OBJECTION for stop in facts.stops) or StopKind.OBJECTION in facts.case.stops:
        yield say("objection")
    if not facts.case.extra:
        return
    chosen = chosen_address(facts)
    for ordinal in sorted(withdrawn_addresses(facts.case, facts.day)):
        yield say("address", subject=f"address:{ordinal}", ordinal=ordinal)
        if chosen is not None and chosen.ordinal == ordinal:
            yield say("chosen", ordinal=ordinal)
