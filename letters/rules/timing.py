"""Time, frequency and stops (R-TIM), and the repetitions that the post would carry twice (R-PST-06, R-DLV-07).

R-TIM-01..03 are about calls, which Handa does not make.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from letters.rules.following import template_name
from letters.rules.model import Facts, Finding, PastLetter, Severity
from letters.rules.rule import Say, planning_rule
from locate.case import StopKind

STOP_TITLES: Final[Mapping[StopKind, str]] = {
    StopKind.SETTLED: "已结清",
    StopKind.INSTALMENT: "分期协议履行中",
    StopKind.DISPUTED: "债务人有异议，尚未核实",
    StopKind.COMPLAINT: "投诉处理中",
    StopKind.DECEASED: "债务人已故",
    StopKind.BANKRUPT: "破产程序中",
    StopKind.FRAUD_VICTIM: "债务人称系被冒名或受骗",
    StopKind.ID_MISMATCH: "身份不符",
    StopKind.SUIT_SERVED: "已起诉并送达",
    StopKind.WITHDRAWN: "资方撤回委托",
    StopKind.OBJECTION: "债务人撤回同意或反对处理个人信息",
}

MOVED_OR_UNKNOWN: Final = frozenset({
    "MOVED_AWAY", "MOVED_UNKNOWN", "PERSON_UNKNOWN", "ADDR_WRONG", "UNIT_UNKNOWN", "DEMOLISHED",
})  # fmt: skip
"""Outcomes (law-and-post.md §7c) after which an address is not written to again."""


def open_stops(facts: Facts) -> tuple[StopKind, ...]:
    """Every stop that stands: recorded ones and those that the lender's file states; each kind once, in their order."""
    if not facts.stops and not facts.case.stops:
        return ()
    kinds = {stop.kind for stop in facts.stops} | set(facts.case.stops)
    return tuple(kind for kind in StopKind if kind in kinds)


def _days_since(past: PastLetter, facts: Facts) -> int:
    return (facts.day - past.posted_on).days


def _chosen_place(facts: Facts) -> str:
    return facts.choice.chosen.candidate.parsed.key if facts.choice.chosen is not None else ""


@planning_rule(
    "R-TIM-04",
    "同一信贷产品两次发函至少间隔七日",
    Severity.HOLD,
    source="GB/T 45251-2025 经 csai 转述 [S]，适用于函件为 [D]",
    parameters=("min_days_between_letters",),
    messages={"too_soon": "同一信贷产品 {days} 天前（{date}）已向债务人发函，不足 {limit} 天；请于 {after} 之后再计划。"},
)
def letters_keep_their_distance(facts: Facts, say: Say) -> Iterator[Finding]:
    """Seven natural days between letters for one credit product, whichever case they belong to."""
    limit = facts.policy.min_days_between_letters
    near = [
        past
        for past in facts.past
        if (past.same_case or past.product in (facts.case.product, facts.product)) and _days_since(past, facts) < limit
    ]
    if near:
        last = max(near, key=lambda past: past.posted_on)
        yield say(
            "too_soon",
            days=_days_since(last, facts),
            date=last.posted_on,
            limit=limit,
            after=last.posted_on.fromordinal(last.posted_on.toordinal() + limit - 1),
        )


@planning_rule(
    "R-TIM-05",
    "同一地址有在途函件时不得再寄",
    Severity.BLOCK,
    source="law-and-post.md §7a [D]",
    parameters=("in_flight_days",),
    messages={"in_flight": "拟寄送的地址有 {days} 天前（{date}）寄出、尚无最终结果的函件，不得再寄；请待其投递结果，或满 {limit} 天后再计划。"},
)
def no_letter_is_in_flight(facts: Facts, say: Say) -> Iterator[Finding]:
    """While a letter to this debtor is under way to a place, no other goes there."""
    place, limit = _chosen_place(facts), facts.policy.in_flight_days
    flying = [
        past for past in facts.past if place and past.place_key == place and not past.final and _days_since(past, facts) < limit
    ]
    if flying:
        last = max(flying, key=lambda past: past.posted_on)
        yield say("in_flight", days=_days_since(last, facts), date=last.posted_on, limit=limit)


@planning_rule(
    "R-TIM-06",
    "停止标记未解除前不得发函",
    Severity.BLOCK,
    source="商业银行信用卡业务监督管理办法 69–70 [V]；GB/T 45251-2025 5.6 [S]",
    messages={"stopped": "案件有停止标记“{title}”，不得发函；请资方核实，确认可以继续后解除该标记。"},
)
def no_stop_is_open(facts: Facts, say: Say) -> Iterator[Finding]:
    """Settled, instalment deal, objection, complaint, death and the like stop the letter until a person clears them."""
    for kind in open_stops(facts):
        yield say("stopped", title=STOP_TITLES[kind])


@planning_rule(
    "R-TIM-07",
    "异议与投诉有核实结果后方可再发函",
    Severity.BLOCK,
    source="商业银行信用卡业务监督管理办法 69 [V]；GB/T 45251-2025 5.6 [S]",
    messages={"unanswered": "债务人的投诉或异议 {number} 尚无核实结果，不得发函；请核实后用 handa complaint resolve 登记结果。"},
)
def no_objection_is_unanswered(facts: Facts, say: Say) -> Iterator[Finding]:
    """A complaint or objection keeps the case still until its result is recorded, even where a stop was lifted."""
    for number in facts.gate.open_complaints:
        yield say("unanswered", number=number)


@planning_rule(
    "R-PST-06",
    "不得重复寄送同一函件",
    Severity.BLOCK,
    source="law-and-post.md §7a [D]",
    parameters=("min_days_between_letters",),
    messages={"repeated": "本案 {days} 天前（{date}）已用同一模板向同一地址发函，属重复寄送；请勿重复计划，确需再发的请更换模板或地址。"},
)
def letter_is_not_repeated(facts: Facts, say: Say) -> Iterator[Finding]:
    """The same case, place and template within the distance of R-TIM-04 is the same letter twice."""
    place, limit = _chosen_place(facts), facts.policy.min_days_between_letters
    template = template_name(facts.template)
    for past in facts.past:
        if (
            past.same_case
            and place
            and past.place_key == place
            and template_name(past.template) == template
            and _days_since(past, facts) < limit
        ):
            yield say("repeated", days=_days_since(past, facts), date=past.posted_on)
            return


@planning_rule(
    "R-DLV-07",
    "已退回为迁移或查无此人的地址不得再寄",
    Severity.BLOCK,
    source="邮政法 33 [V]；实务笔记 [S]",
    messages={"moved": "拟寄送的地址曾于 {date} 寄送并以迁移、查无此人或地址错误退回，不得再寄；请资方补充其他合法地址。"},
)
def address_is_not_known_as_left(facts: Facts, say: Say) -> Iterator[Finding]:
    """What came back as moved or unknown is not sent there again, unless the debtor signed there since."""
    place = _chosen_place(facts)
    if not place:
        return
    here = [past for past in facts.past if past.place_key == place]
    left = [past.posted_on for past in here if past.outcome in MOVED_OR_UNKNOWN]
    signed = [past.posted_on for past in here if past.outcome == "OK_SELF"]
    if left and (not signed or max(signed) <= max(left)):
        yield say("moved", date=max(left))
