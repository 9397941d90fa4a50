"""Duties: rules of law-and-post.md §7a that people keep and a named person confirms, and which of them are unmet on a day.

Pure: who confirmed what comes in, findings go out. The papers are kept by ``letters.batch.confirming``. Reading of the
table's B: where it names letters (OUT-01..04, PII-05, LAW-08 …) an unmet duty can stop the release; where it names a
purge, an export or an exit (PII-03, -04, -08, OUT-06) it is listed as due and stops nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from letters.rules.model import Finding, Severity
from letters.rules.policy import Policy

YEAR: Final = 365
LARGE_PROCESSOR: Final = 10_000_000
"""Persons from which a processor has the duties of important data (网络数据安全管理条例 28)."""


class Per(StrEnum):
    """What one confirmation speaks of."""

    HOUSE = "house"
    LENDER = "lender"
    AGENCY = "agency"
    LENDER_AGENCY = "lender_agency"
    FIRM_AGENCY = "firm_agency"


class When(StrEnum):
    """When a duty arises."""

    ALWAYS = "always"
    LARGE = "large"
    """More than ``LARGE_PROCESSOR`` persons."""
    LEFT = "left"
    """An agency that no longer serves."""
    FILES_LACK_IT = "files_lack_it"
    """Policy lets a lender's confirmation stand in for columns that its files do not have."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One rule that is confirmed by a person. ``evidence`` names the paper that an operator should attach."""

    rule_id: str
    title: str
    severity: Severity
    source: str
    per: Per
    evidence: str
    stops_release: bool = False
    longest_days: int | None = None
    """A confirmation holds at most so long, whatever end was named."""
    times_a_year: int = 1
    when: When = When.ALWAYS
    parameter: str = ""
    """For ``FILES_LACK_IT``: the policy field that must say ``confirmation``."""
    covers: str = ""
    """What the confirmation was made for; when that changes it has to be made anew."""


def _duty(rule_id: str, title: str, severity: Severity, source: str, per: Per, evidence: str, **more: object) -> Duty:
    return Duty(rule_id, title, severity, source, per, evidence, **more)  # type: ignore[arg-type]


_B, _W = Severity.BLOCK, Severity.WARN
DUTIES: Final[tuple[Duty, ...]] = (
    _duty("R-TIM-01", "22:00–08:00 不得电话、短信、即时通讯或上门", _B, "GB/T 45251-2025；CBA 指引 [S]", Per.LENDER, "资方及其外包机构通话系统的时段限制说明（函达不拨打电话）"),
    _duty("R-TIM-02", "每日接通电话合计不超过 3 次", _B, "GB/T 45251-2025 [S]", Per.LENDER, "资方及其外包机构通话系统的频次限制说明（函达不拨打电话）"),
    _duty("R-TIM-03", "同一号码每日尝试不超过 6 次", _B, "CBA 指引 [S]", Per.LENDER, "资方及其外包机构通话系统的频次限制说明（函达不拨打电话）"),
    _duty("R-AMT-03", "每项金额须有合同条款、利率、期间与台账号", _B, "上海律协指引 7、10 [S]", Per.LENDER, "资方关于逐项金额的合同条款、利率、期间与台账的书面说明", stops_release=True, when=When.FILES_LACK_IT, parameter="line_evidence", longest_days=YEAR),
    _duty("R-AMT-04", "2026-08-01 起的贷款每项金额对应明示表项目", _B, "个人贷款业务明示综合融资成本规定 [S]", Per.LENDER, "资方的综合融资成本明示表（样表）", stops_release=True, when=When.FILES_LACK_IT, parameter="disclosure_evidence", longest_days=YEAR),
    _duty("R-AMT-07", "催收费、上门费、律师费须有合同、明示且已发生", _B, "CBA 指引；个人贷款业务明示综合融资成本规定 [S]", Per.LENDER, "资方关于费用名目的书面说明（不含催收费、上门费，其余有合同约定、已明示且已发生）", stops_release=True, when=When.FILES_LACK_IT, parameter="fee_evidence", longest_days=YEAR),
    _duty("R-LAW-08", "寄件人须为发函律所，平台与邮政凭书面委托处理", _B, "上海律协指引 16 [S]；个人信息保护法 21 [V]", Per.FIRM_AGENCY, "律所与邮政、印刷机构的个人信息委托处理协议", stops_release=True),
    _duty("R-LAW-15", "还款渠道须为资方备案的官方账户", _B, "CBA 指引；GB/T 45251-2025 [S]", Per.LENDER, "资方关于对公还款渠道的确认函", stops_release=True, covers="payment_channel"),
    _duty("R-OUT-01", "外包方须在资方白名单内且在有效期", _B, "金规〔2025〕9号；CBA 指引 [S]", Per.LENDER_AGENCY, "资方的合作机构名单", stops_release=True),
    _duty("R-OUT-02", "首次触达前须告知债务人外包催收", _B, "银行保险机构消费者权益保护管理办法 41 [S]", Per.LENDER, "资方告知债务人委外的渠道、文本与日期", stops_release=True, when=When.FILES_LACK_IT, parameter="notice_evidence", longest_days=YEAR),
    _duty("R-OUT-03", "模板、地址、电话、号码变更须向资方重新备案", _B, "GB/T 45251-2025 [S]", Per.LENDER, "资方出具的备案回执", stops_release=True, covers="filed_with_lender"),
    _duty("R-OUT-04", "未经委托方同意不得转委托", _B, "个人信息保护法 21 [V]", Per.LENDER, "资方同意转委托邮政、印刷处理的书面文件", stops_release=True),
    _duty("R-OUT-05", "每年对外包机构合规检查不少于两次", _W, "GB/T 45251-2025 [S]", Per.AGENCY, "合规检查记录", times_a_year=2, longest_days=YEAR),
    _duty("R-OUT-06", "退出时须有数据返还或删除证明", _B, "个人信息保护法 21 [V]", Per.AGENCY, "数据返还或删除证明", when=When.LEFT),
    _duty("R-PII-03", "印刷文件确认封装后按期删除", _B, "个人信息保护法 19 [V]；上海律协指引 19 [S]", Per.HOUSE, "印刷文件删除记录或制度", longest_days=YEAR),
    _duty("R-PII-04", "导出 25 人以上财产信息须双人批准", _B, "法释〔2017〕10号 5 [V]", Per.HOUSE, "导出审批制度与记录", longest_days=YEAR),
    _duty("R-PII-05", "个人信息保护影响评估须有效", _B, "个人信息保护法 55–56 [V]", Per.LENDER, "个人信息保护影响评估报告（一年内）", stops_release=True, longest_days=YEAR),
    _duty("R-PII-07", "超过一千万人启用重要数据处理者义务", _W, "网络数据安全管理条例 28 [V]", Per.HOUSE, "数据安全负责人任命与年度风险评估", when=When.LARGE, longest_days=YEAR),
    _duty("R-PII-08", "按期保存并到期删除", _B, "商业银行信用卡业务监督管理办法 68 [V]；消费金融公司管理办法 [S]；个人信息保护法 47 [V]", Per.HOUSE, "保存期限表与到期处理记录", longest_days=YEAR),
    _duty("R-PII-09", "泄露事件须停止、报告、通知并记录", _B, "个人信息保护法 57 [V]", Per.HOUSE, "个人信息安全事件应急预案", longest_days=YEAR),
    _duty("R-AI-02", "不得使用受保护特征，定期出具群体差异报告", _B, "CBA 指引；GB/T 45251-2025 [S]；个人信息保护法 24 [V]", Per.HOUSE, "当前选址模型版本的群体差异报告", covers="choice_model"),
    _duty("R-AI-04", "训练数据去标识，剔除承运人原因与冲销事件", _B, "个人信息保护法 51 [V]；[D]", Per.HOUSE, "训练数据说明（随程序附带的规则版不用训练数据）", covers="choice_model"),
    _duty("R-AI-06", "公布的指标须注明分母、期间、真实或模拟", _B, "law-and-post.md §7a [D]", Per.HOUSE, "指标口径说明", longest_days=YEAR),
)  # fmt: skip
"""In the order of law-and-post.md §7a's topics."""

BY_ID: Final = {duty.rule_id: duty for duty in DUTIES}


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmation as the duties see it; codes are '' where it was not made for one."""

    rule_id: str
    lender: str
    firm: str
    agency: str
    confirmed_on: date
    until: date | None
    covers_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Whom a release would bind on a day, and what the confirmations must have been made for."""

    day: date
    lender: str
    firm: str
    agencies: tuple[str, ...]
    """Postal and printing partners that serve."""
    left: tuple[str, ...] = ()
    """Agencies and firms that no longer serve."""
    persons: int = 0
    covers: tuple[tuple[str, str], ...] = ()
    """(name of what is covered, its fingerprint now)."""


def holds_until(duty: Duty, one: Confirmed) -> date | None:
    """The last day that a confirmation holds; None = no end."""
    ends = [one.until] if one.until else []
    if duty.longest_days is not None:
        ends.append(one.confirmed_on + timedelta(days=duty.longest_days))
    return min(ends, default=None)


def scopes(duty: Duty, now: Circumstances) -> Iterator[tuple[str, str, str]]:
    """(lender, firm, agency) of every confirmation that a duty needs under the circumstances."""
    if duty.when is When.LEFT:
        yield from (("", "", code) for code in now.left)
    elif duty.per is Per.HOUSE:
        yield ("", "", "")
    elif duty.per is Per.LENDER:
        yield (now.lender, "", "")
    elif duty.per is Per.AGENCY:
        yield from (("", "", code) for code in (now.firm, *now.agencies))
    elif duty.per is Per.LENDER_AGENCY:
        yield from ((now.lender, "", code) for code in (now.firm, *now.agencies))
    else:
        yield from (("", now.firm, code) for code in now.agencies)


def unmet(confirmed: Iterable[Confirmed], now: Circumstances, policy: Policy) -> list[Finding]:
    """Findings on every duty that is not confirmed, no longer confirmed, or was confirmed for something else.

    BLOCK where it stops a release: the table says B of letters, and the source was read in the law ([V]) or the policy
    says ``strict``. Otherwise WARN (HOLD under ``strict`` for what the table holds later, R-OUT-05).
    """
    by_key: dict[tuple[str, str, str, str], list[Confirmed]] = {}
    for one in confirmed:
        by_key.setdefault((one.rule_id, one.lender, one.firm, one.agency), []).append(one)
    covers = dict(now.covers)
    found: list[Finding] = []
    for duty in DUTIES:
        if not _arises(duty, now, policy):
            continue
        severity = _severity(duty, policy)
        for lender, firm, agency in scopes(duty, now):
            known = by_key.get((duty.rule_id, lender, firm, agency), [])
            why = _why(duty, known, now.day, covers.get(duty.covers, ""))
            if why:
                found.append(Finding(duty.rule_id, severity, _sentence(duty, why, lender, firm, agency), _subject(lender, firm, agency)))
    return found


def _arises(duty: Duty, now: Circumstances, policy: Policy) -> bool:
    if duty.when is When.LARGE:
        return now.persons > LARGE_PROCESSOR
    return duty.when is not When.FILES_LACK_IT or getattr(policy, duty.parameter) == "confirmation"


def _severity(duty: Duty, policy: Policy) -> Severity:
    strict = policy.confirmations == "strict"
    if duty.times_a_year > 1 and strict:
        return Severity.HOLD
    binds = duty.severity is Severity.BLOCK and duty.stops_release
    return Severity.BLOCK if binds and (strict or "[V]" in duty.source) else Severity.WARN


def _why(duty: Duty, known: list[Confirmed], day: date, covers_now: str) -> str:
    """What is wrong, as a clause; '' when the duty is met."""
    if not known:
        return "尚未确认"
    # A confirmation given after the letters' date counts: it is there when the lawyer releases them.
    ends = [holds_until(duty, one) for one in known]
    alive = [one for one, end in zip(known, ends, strict=True) if end is None or end >= day]
    if not alive:
        return f"确认已于 {max(end for end in ends if end is not None)} 到期"
    if duty.covers and all(one.covers_sha256 != covers_now for one in alive):
        return "确认之后内容已变更，须重新确认"
    if len({one.confirmed_on for one in alive}) < duty.times_a_year:
        return f"一年内只有 {len({one.confirmed_on for one in alive})} 次，应有 {duty.times_a_year} 次"
    return ""


def _subject(lender: str, firm: str, agency: str) -> str:
    parts = [f"{kind}:{code}" for kind, code in (("lender", lender), ("firm", firm), ("agency", agency)) if code]
    return "/".join(parts) or "house"


def _sentence(duty: Duty, why: str, lender: str, firm: str, agency: str) -> str:
    options = [f" --{kind} {code}" for kind, code in (("lender", lender), ("firm", firm), ("agency", agency)) if code]
    whom = "，".join(f"{title} {code}" for title, code in (("资方", lender), ("律所", firm), ("机构", agency)) if code)
    return (
        f"“{duty.title}”{f'（{whom}）' if whom else ''}{why}；请取得{duty.evidence}，"
        f"再用 handa rules confirm {duty.rule_id}{''.join(options)} --by 姓名 --evidence 文件 登记。"
    )
