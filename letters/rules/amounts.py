"""Amounts and price (R-AMT). Money in fen, rates as exact percent. Rule texts: law-and-post.md §1.5, §2.4, §7a.

R-AMT-03, -04, -07 and -08 are ``claim_papers``'; R-AMT-09 belongs to the hand-over.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from letters.rules.cap_test import CapTest, cap_test
from letters.rules.caps import cap_for
from letters.rules.claim_papers import DISCLOSED_SINCE
from letters.rules.model import Facts, Finding, Severity
from letters.rules.regimes import is_card_debt
from letters.rules.rule import Regime, Say, planning_rule
from locate.case import LenderKind
from records.money import yuan

LINE_TITLES: Final = (
    ("principal_due", "剩余本金"),
    ("interest", "利息"),
    ("compound_interest", "复利"),
    ("penalty_interest", "罚息"),
    ("liquidated_damages", "违约金"),
    ("fees", "费用"),
    ("waived", "减免"),
)

LICENSED: Final = frozenset({LenderKind.BANK, LenderKind.CONSUMER_FINANCE})


@planning_rule(
    "R-AMT-01",
    "合计须等于各项之和",
    Severity.BLOCK,
    source="商业银行信用卡业务监督管理办法 69 [V]；实务笔记 [S]",
    messages={
        "differs": "债权合计与各项之和相差 {difference} 元（合计 {total}，各项之和 {lines}），拒绝发函；请资方核对后重新报送。",
        "negative": "债权项目“{line}”为负数，拒绝发函；请资方核对后重新报送。",
        "nothing": "债权合计为 {total} 元，没有可主张的金额，拒绝发函；请资方核实是否已结清。",
    },
)
def total_is_the_sum_of_lines(facts: Facts, say: Say) -> Iterator[Finding]:
    """Total = sum of lines less what was waived, to the fen; no negative line; something is owed."""
    claim = facts.case.claim
    lines = claim.lines_total()
    if lines != claim.total:
        yield say("differs", difference=yuan(abs(claim.total - lines)), total=yuan(claim.total), lines=yuan(lines))
    for name, title in LINE_TITLES:
        if getattr(claim, name) < 0:
            yield say("negative", line=title)
    if claim.total <= 0:
        yield say("nothing", total=yuan(claim.total))


@planning_rule(
    "R-AMT-02",
    "金额截至日不得过旧",
    Severity.BLOCK,
    source="law-and-post.md §7a [D]",
    parameters=("max_as_of_age_days",),
    messages={
        "stale": "金额截至 {date}，距批次日 {age} 天，超过 {limit} 天，不得据此发函；请资方重新提供最近的金额。",
        "future": "金额截至日 {date} 晚于批次日，不得据此发函；请资方更正。",
    },
)
def claim_is_fresh(facts: Facts, say: Say) -> Iterator[Finding]:
    """The amounts are at most some days old on the batch date, and not of the future."""
    as_of, limit = facts.case.claim.as_of, facts.policy.max_as_of_age_days
    age = (facts.day - as_of).days
    if age < 0:
        yield say("future", date=as_of)
    elif age > limit:
        yield say("stale", date=as_of, age=age, limit=limit)


@planning_rule(
    "R-AMT-05",
    "年化综合成本不得超过上限",
    Severity.BLOCK,
    source="金规〔2025〕9号；小贷综合融资成本指引 [S]；民间借贷规定 25、28、29、31 [V]",
    parameters=("cap_licensed_percent", "cap_lpr_multiple", "rate_gap_points", "annualising", "default_items"),
    messages={
        "proven": "按{how}，年化综合成本至少为 {rate}%，超过上限 {cap}%（{words}），拒绝发函；请资方按上限重新计算债权。",
        "proven_lawyer": "按{how}，年化综合成本至少为 {rate}%，超过 {cap}%（{words}）；请律师核算后决定。",
        "default": "计入复利、罚息、违约金后，年化至少为 {rate}%，超过 {cap}%（{words}），法院可能调减；请律师留意，或请资方减免后重新报送。",
        "gap": "按还款流水算得年化综合成本 {rate}%，与资方所报 {stated}% 相差较大；请资方核对年化利率与还款流水。",
        "over": "年化综合成本 {rate}% 超过上限 {cap}%（{words}），拒绝发函；请资方按上限重新计算债权。",
        "lawyer": "年化综合成本 {rate}% 超过 {cap}%（{words}）；请律师分段核算后决定。",
        "unknown": "未提供年化综合成本，无法核对上限（{words}）；请资方补充年化利率后再计划。",
        "unknown_licensed": "未提供年化综合成本，未核对上限（{words}）；请资方补充年化利率。",
        "fraction": "年化综合成本写作 {rate}，疑为小数（{percent}%），无法核对上限；请资方确认单位后重新报送。",
        "zero": "年化综合成本为 0 但主张了利息，前后矛盾；请资方核对年化利率。",
        "negative": "年化综合成本 {rate}% 为负数，拒绝发函；请资方更正。",
        "origin": "债权系受让取得，年化 {rate}% 高于一年期 LPR 的 {multiple} 倍（{cap}%）；原债权人如非持牌机构则已超限，请核实原债权人类型。",
    },
)
def cost_is_within_the_cap(facts: Facts, say: Say) -> Iterator[Finding]:
    """All-in annual cost within the cap of the case's regime, by the highest of the lender's figure, the ledger's rate of
    return and the least that the charges prove; an unknown one is never passed in silence."""
    rate, kind, policy = facts.case.claim.annual_rate, facts.lender.kind, facts.policy
    test = cap_test(facts)
    disbursed, cap = test.contract_on, test.cap
    yield from _proven(facts, test, say)
    if rate is None:
        if kind in LICENSED and disbursed < DISCLOSED_SINCE:
            yield say("unknown_licensed", severity=Severity.WARN, words=cap.words)
        else:
            yield say("unknown", severity=Severity.HOLD, words=cap.words)
        return
    if rate < 0:
        yield say("negative", rate=_percent(rate))
    elif rate == 0:
        if facts.case.claim.interest > 0:
            yield say("zero", severity=Severity.HOLD)
    elif rate < 1:
        yield say("fraction", severity=Severity.HOLD, rate=_percent(rate), percent=_percent(rate * 100))
    elif cap.percent is not None and rate > cap.percent:
        if cap.firm:
            yield say("over", rate=_percent(rate), cap=_percent(cap.percent), words=cap.words)
        else:
            yield say(
                "lawyer", severity=Severity.HOLD, rate=_percent(rate), cap=_percent(cap.percent), words=cap.words
            )
    elif kind is LenderKind.ASSIGNEE:
        unlicensed = cap_for(LenderKind.PRIVATE, disbursed, facts.day, policy)
        if unlicensed.percent is not None and rate > unlicensed.percent:
            yield say(
                "origin",
                severity=Severity.WARN,
                rate=_percent(rate),
                cap=_percent(unlicensed.percent),
                multiple=policy.cap_lpr_multiple,
            )


def _proven(facts: Facts, test: CapTest, say: Say) -> Iterator[Finding]:
    """What our own reckoning shows, where the lender's figure alone would pass or says less."""
    proven, stated, cap, full = test.proven, test.stated, test.cap, test.with_default
    if proven is None:
        return
    if cap.percent is not None and full is not None and full > cap.percent >= proven:
        severity = Severity(facts.policy.default_items)
        yield say("default", severity=severity, rate=_percent(full), cap=_percent(cap.percent), words=cap.words)
    if cap.percent is not None and proven > cap.percent and (stated is None or stated <= cap.percent):
        how = "还款流水" if proven == test.computed else "所主张的息费除以全部本金与全部期间"
        # A court may reduce a card's charges (银行卡规定 2): a judgement, not a plain cap.
        plain = cap.firm and not is_card_debt(facts.case)
        yield say(
            "proven" if plain else "proven_lawyer",
            severity=None if plain else Severity.HOLD,
            how=how, rate=_percent(proven), cap=_percent(cap.percent), words=cap.words,
        )  # fmt: skip
    elif test.computed is not None and stated is not None and abs(test.computed - stated) > facts.policy.rate_gap_points:
        yield say("gap", severity=Severity.WARN, rate=_percent(test.computed), stated=_percent(stated))


@planning_rule(
    "R-AMT-06",
    "民间借贷本金以实际出借为准",
    Severity.BLOCK,
    source="民间借贷规定 26；民法典 670 [V]",
    regimes=frozenset({Regime.PRIVATE}),
    messages={
        "more": "主张的剩余本金与已还本金之和比实际出借金额多 {difference} 元，拒绝发函；请资方按实际出借金额更正本金。",
    },
)
def principal_was_really_advanced(facts: Facts, say: Say) -> Iterator[Finding]:
    """No more principal is claimed than was handed over: interest taken off in advance is not principal."""
    claim = facts.case.claim
    more = claim.principal_due + claim.principal_repaid - claim.principal_disbursed
    if more > 0:
        yield say("more", difference=yuan(more))


@planning_rule(
    "R-AMT-10",
    "核对上限所用的 LPR 须有记录",
    Severity.HOLD,
    source="民间借贷规定 25 [V]",
    parameters=("cap_lpr_multiple",),
    messages={"missing": "LPR 表没有 {month} 的一年期利率，无法核对年化上限；请用 handa policy lpr add 登记公布的利率后重新计划。"},
)
def lpr_of_the_month_is_known(facts: Facts, say: Say) -> Iterator[Finding]:
    """A cap that hangs on the LPR needs the rate of that month on record."""
    cap = cap_test(facts).cap
    if cap.missing_lpr_on is not None:
        yield say("missing", month=f"{cap.missing_lpr_on:%Y-%m}")


def _percent(value: Decimal) -> str:
    """``Decimal('24.00')`` → ``24``; no exponent form."""
    return f"{value.normalize():f}"
