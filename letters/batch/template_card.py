"""What the card of a choice between two templates says, in plain words and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from letters.batch.model_store import TEMPLATES
from letters.batch.template_models import against_templates, chosen_way, more_complaints
from letters.press.reportsheet import Column, Section
from models.uplift.learners import TITLES, Kind
from models.uplift.measures import SHARES

_TITLES = {**TITLES, Kind.AVERAGE: "对所有案件一样"}


def is_templates(facts: Mapping[str, Any]) -> bool:
    """Whether these are the facts of a choice between templates."""
    return facts.get("model") == TEMPLATES


def verdict(facts: Mapping[str, Any]) -> str:
    """What came out, in one sentence."""
    average, second, ordinary = facts["average_fen"], facts["second"], facts["ordinary"]
    if average["low"] > 0:
        return f"{second} 平均带来更多还款。"
    if average["high"] < 0:
        return f"{second} 平均带来更少还款。"
    return f"平均看不出 {second} 与 {ordinary} 哪个带来更多还款。"


def template_notes(facts: Mapping[str, Any]) -> list[str]:
    """What a reader must know before the tables."""
    average, against = facts["average_fen"], against_templates(facts)
    chance = more_complaints(facts)
    return [
        ("本页数字全部来自模拟数据，不能说明任何真实的人。" if facts["synthetic"] else "数字来自真实案件。") + f"资方 {facts['lender']}，只用该资方自己的记录。",
        f"比较：常用模板 {facts['ordinary']} 与第二模板 {facts['second']}，只是措辞不同；每封首封函件用哪个由抽签决定。不改变金额、收件人与地址，也不决定能不能寄；两个模板都须经律师审定、向资方备案。",
        f"学习：{facts['window'][0]} 至 {facts['window'][1]} 的案件，观察期 {facts['window_days']} 天已满 {facts['lines']} 件，其中 {facts['second']} {facts['second_lines']} 件、"
        f"{facts['ordinary']} {facts['ordinary_lines']} 件；观察期未满 {facts['open']} 件不用；截至 {facts['as_of']} 所知。" + _unheard(facts["unheard"]),
        f"结果：每案改用 {facts['second']} 平均多带来 {_yuan(average['value'])} 元（95% 区间 {_yuan(average['low'])} 至 {_yuan(average['high'])}，债务人 {average['of']} 人）。{verdict(facts)}",
        f"检验：{facts['test_window'][0]} 至 {facts['test_window'][1]} 的案件，训练时没有用过。选用：最好者并不显著胜过（95%）的最简单的一种，即{_TITLES[Kind(facts['kind'])]}；"
        f"照它选模板，比都用 {facts['ordinary']} 每案多带来 {_interval(chosen_way(facts)['value'])} 元。",
        f"投诉与异议：若两个模板其实一样，第二模板出现这么多或更多的可能为 {chance:.1%}。",
        ("启用关口：" + "；".join(against) + "。") if against else "启用关口：没有反对的理由。",
    ]


def template_sections(facts: Mapping[str, Any]) -> list[Section]:
    """The card's tables."""
    rows = [
        (
            _TITLES[Kind(one["kind"])] + ("（选用）" if one["kind"] == facts["kind"] else ""), _interval(one["value"]), f"{one['takes']:.0%}", _interval(one["area"]),
            *(_interval(share) for share in one["first"]),
        )
        for one in facts["tried"]
    ]  # fmt: skip
    arms = [(facts["ordinary"], facts["arms"]["ordinary"]), (facts["second"], facts["arms"]["second"])]
    return [
        Section(
            "按不同办法选模板，比都用常用模板多带来的还款（元/案，按全部检验案件平均）",
            (
                Column("办法", 5), Column("多带来（95% 区间）", 7), Column("用第二模板", 3, True), Column("Qini 面积（95% 区间）", 7),
                *(Column(f"只给最合适的 {share:.0%}", 6) for share in SHARES),
            ),
            tuple(rows),
            note=f"都用第二模板为 {_interval(facts['for_all'])}。估计更大的案件用第二模板。Qini 面积是先给最合适的案件高出随机的部分；区间按债务人重抽样。",
        ),
        Section(
            "两个模板的函件后来怎样", (
                Column("模板", 4), Column("案件", 3, True), Column("已交寄", 3, True), Column("已有结果", 3, True), Column("其中签收", 4, True), Column("投诉", 3, True),
                Column("异议", 3, True), Column("有投诉或异议", 4, True),
            ),
            tuple(
                (name, one["lines"], one["posted"], one["ended"], _share(one["delivered"], one["ended"]), one["complaints"], one["objections"], _share(one["troubled"], one["lines"]))
                for name, one in arms
            ),
            note="全部抽过签的案件，观察期未满的也在内；投诉、异议按案件计，收到日在计划日起的观察期内。",
        ),
        Section(
            "可靠性：估计与实际的差别（元/案）", (Column("估计", 4, True), Column("实际（95% 区间）", 7), Column("案件", 3, True)),
            tuple((_yuan(one["said"]), _interval(one["seen"]), one["lines"]) for one in facts["steps"]), note="检验案件按估计值分为件数相近的十组，从小到大。",
        ),
    ]  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part}（{part / whole:.1%}）" if whole else str(part)


def _unheard(count: int) -> str:
    return f"另有 {count} 件观察期已过而资方没有送来还款记录，不算满。" if count else ""


def _yuan(fen: float | None) -> str:
    return "—" if fen is None else f"{fen / 100:.2f}"


def _interval(figure: Mapping[str, Any]) -> str:
    return f"{_yuan(figure['value'])}（{_yuan(figure['low'])} 至 {_yuan(figure['high'])}）"
