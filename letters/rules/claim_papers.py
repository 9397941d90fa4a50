"""What stands behind each line of a claim (R-AMT-03, -04, -07, -08): clause, rate, period, disclosure, fee papers, order.

The columns are optional in intake. Reading, in each rule: a file that has them is held to them; one that has not is treated
as the policy says (``*_evidence``): a lender's confirmation stands in by default (``duties``), so that a lender's usual file
does not stop every case. Texts of clauses are recorded as the lender writes them, not interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from letters.rules.cap_test import ledger_agrees
from letters.rules.model import Facts, Finding, Severity
from letters.rules.papers import LINE_COLUMNS, LINES, RATED, contract_date, day_in, payments_in, words_of
from letters.rules.rule import Regime, Say, planning_rule
from records.money import yuan

DISCLOSED_SINCE: Final = date(2026, 8, 1)
"""《个人贷款业务明示综合融资成本规定》 in force, for loans signed from then on (新老划断)."""
STAND_INS: Final = {"warn": Severity.WARN, "confirmation": None, "hold": Severity.HOLD, "block": Severity.BLOCK}
"""What the absence of a column does to a case, by the policy's word; None = the lender's confirmation is asked for instead."""
SUSPECT_FEES: Final = re.compile("催收|上门|外访|律师|诉讼代理")
"""Fees that may be claimed only if agreed, disclosed and incurred."""
_LAWFUL: Final = ("费用", "利息", "本金")
_ORDER: Final = re.compile("费用|利息|本金")


def _owed(facts: Facts) -> list[str]:
    return [line for line in LINES if getattr(facts.case.claim, line) > 0]


@planning_rule(
    "R-AMT-03",
    "每项金额须有合同条款、利率、期间与台账号",
    Severity.BLOCK,
    source="上海律协指引 7、10 [S]",
    parameters=("line_evidence",),
    messages={
        "lacking": "债权明细缺少依据：{what}，不得据此发函；请资方在委案表中补齐对应列后重新报送。",
        "absent": "委案表没有逐项的合同条款、利率、期间与台账号；请资方补充这些列，或出具书面说明后用 handa rules confirm R-AMT-03 登记。",
    },
)
def lines_have_their_clauses(facts: Facts, say: Say) -> Iterator[Finding]:
    """Each claimed line with clause; those that grow with time with rate and period; one ledger number for the snapshot.

    Reading: one ledger number serves all lines of a case. The snapshot's hash stands in the claim table.
    """
    extra = facts.case.extra
    if LINE_COLUMNS.isdisjoint(extra):
        if severity := STAND_INS[facts.policy.line_evidence]:
            yield say("absent", severity=severity)
        return
    lacking = []
    for line in _owed(facts):
        wanted = [("clause", "条款"), *((("line_rate", "利率"), ("period", "期间")) if line in RATED else ())]
        missing = [title for name, title in wanted if not extra.get(f"{line}_{name}")]
        if missing:
            lacking.append(LINES[line] + "".join(f"无{title}" for title in missing))
    if not extra.get("ledger_id"):
        lacking.append("无台账号")
    if lacking:
        yield say("lacking", what="、".join(lacking))


@planning_rule(
    "R-AMT-04",
    "2026-08-01 起的贷款每项金额对应明示表项目",
    Severity.BLOCK,
    source="个人贷款业务明示综合融资成本规定 [S]",
    regimes=frozenset({Regime.BANK, Regime.INTERNET, Regime.MICRO}),
    parameters=("disclosure_evidence",),
    messages={
        "undisclosed": "债权项目“{what}”不在综合融资成本明示表中，不得主张；请资方去掉该项目，或提供含该项目的明示表。",
        "absent": "2026-08-01 以后签订的贷款，委案表没有明示表项目；请资方补充“明示表项目”一列，或出具明示表样表后用 handa rules confirm R-AMT-04 登记。",
    },
)
def lines_were_disclosed(facts: Facts, say: Say) -> Iterator[Finding]:
    """Nothing is claimed that the disclosure statement did not name. Principal needs no item; a line's own word is enough."""
    if contract_date(facts.case) < DISCLOSED_SINCE:
        return
    items = "、".join(words_of(facts.case, "disclosed_items"))
    if not items:
        if severity := STAND_INS[facts.policy.disclosure_evidence]:
            yield say("absent", severity=severity)
        return
    names = [LINES[line] for line in _owed(facts) if line not in ("principal_due", "fees")]
    if facts.case.claim.fees > 0:
        names += words_of(facts.case, "fee_items") or ("费用",)
    unknown = [name for name in names if _fee_name(name) not in items]
    if unknown:
        yield say("undisclosed", what="、".join(unknown))


def _fee_name(item: str) -> str:
    """The name of a fee item without its amount."""
    return re.split(r"[\d:：=（(\s]", item, maxsplit=1)[0]


@planning_rule(
    "R-AMT-07",
    "催收费、上门费、律师费须有合同、明示且已发生",
    Severity.BLOCK,
    source="CBA 指引；个人贷款业务明示综合融资成本规定 [S]",
    parameters=("fee_evidence",),
    messages={
        "unfounded": "费用“{what}”缺少{lacking}，不得主张；请资方去掉该费用，或补充合同条款、明示项目与发生凭证。",
        "absent": "主张了费用但委案表没有费用名目，无法排除催收费、上门费；请资方补充“费用名目”一列，或出具书面说明后用 handa rules confirm R-AMT-07 登记。",
    },
)
def fees_are_agreed_and_incurred(facts: Facts, say: Say) -> Iterator[Finding]:
    """A collection, visit or lawyer's fee only if in the contract, disclosed and incurred; asked only where fees are claimed."""
    if facts.case.claim.fees <= 0:
        return
    extra = facts.case.extra
    items = words_of(facts.case, "fee_items")
    if not items:
        if severity := STAND_INS[facts.policy.fee_evidence]:
            yield say("absent", severity=severity)
        return
    disclosed = extra.get("disclosed_items", "")
    for item in items:
        name = _fee_name(item)
        if not SUSPECT_FEES.search(name):
            continue
        lacking = [
            title
            for title, there in (
                ("合同条款", extra.get("fees_clause")), ("明示项目", name in disclosed), ("发生凭证", extra.get("fee_voucher")),
            )
            if not there
        ]  # fmt: skip
        if lacking:
            yield say("unfounded", what=name, lacking="、".join(lacking))


@planning_rule(
    "R-AMT-08",
    "部分还款按费用、利息、本金顺序抵充",
    Severity.WARN,
    source="民法典 561 [V]",
    messages={
        "order": "资方所报抵充顺序为{order}，与法定的费用、利息、本金不同且没有合同条款；请资方说明约定依据或重新抵充。",
        "principal_first": "{date} 的还款抵了本金，而该日之前的利息仍在主张；请资方核对抵充顺序（费用、利息、本金）。",
        "parts": "{date} 的还款各项之和与还款额相差 {difference} 元；请资方核对还款流水。",
        "gap": "还款流水与已还本金不符，未据以计算年化；请资方提供完整的还款流水。",
        "unreadable": "还款流水有一项无法识别；请资方按“日期 金额（利息…、本金…）；…”的形式填写。",
    },
)
def payments_were_applied_in_order(facts: Facts, say: Say) -> Iterator[Finding]:
    """What the file says of repayments keeps the order of 民法典 561, adds up, and agrees with the claim.

    Reading: a file that says nothing of repayments is taken to follow the lawful order; the claim's figures are the lender's
    statement. ``price.apply_payment`` is the order itself.
    """
    extra = facts.case.extra
    if not extra:
        return
    said = tuple(_ORDER.findall(extra.get("allocation_order", "")))
    agreed = bool(extra.get("allocation_clause"))
    if said and said != _LAWFUL[-len(said) :] and not agreed:
        yield say("order", order="、".join(said))
    found = payments_in(extra.get("payments", ""))
    if isinstance(found, str):
        yield say("unreadable")
        return
    unpaid_since = day_in(extra.get("interest_period", "")) if facts.case.claim.interest > 0 else None
    for payment in found:
        difference = sum(fen for _, fen in payment.parts) - payment.fen
        if payment.parts and difference:
            yield say("parts", date=payment.day, difference=yuan(abs(difference)))
        if unpaid_since and unpaid_since < payment.day and payment.used_for("principal") and not agreed:
            yield say("principal_first", date=payment.day)
    if found and not ledger_agrees(found, facts.case.claim):
        yield say("gap")
