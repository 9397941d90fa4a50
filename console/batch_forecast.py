"""``handa batch forecast``: what planning would do on a day, before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from console.house import day_of, house
from console.money import fen_of_text
from console.options import AnyLender, Day, Json, OrderWord
from console.speech import bars, document, say, table
from records.money import yuan

if TYPE_CHECKING:
    from letters.batch.outlook import DayForecast, Forecast, LimitUse, Sum

SHOWN = 20
"""Destinations and reasons that a table shows; --json gives all."""


def forecast(
    date_text: Day = None,
    lender: AnyLender = None,
    days: Annotated[int, typer.Option("--days", min=1, max=60, metavar="天数", help="放不下的排到之后几天，含当天")] = 5,
    budget: Annotated[str | None, typer.Option("--budget", metavar="元", help="每个资方每次计划的邮资预算")] = None,
    total_budget: Annotated[str | None, typer.Option("--total-budget", metavar="元", help="全部资方合计的邮资预算")] = None,
    order: Annotated[OrderWord | None, typer.Option("--order", help="放不下时的先后 value 预期价值、limitation 时效先届满的在前；不写则按策略")] = None,
    as_json: Json = False,
) -> None:
    """试算当日计划，不写入任何内容：可发、暂停与拒绝及理由，张数、重量、资费，号段余量，能力是否够用，其余排到哪天。示例：handa batch forecast --date 2026-11-21 --days 5"""
    from letters.batch.forecasting import forecast as look_ahead
    from letters.batch.parties import lender_by_code
    from letters.batch.planning import lenders_with_cases

    day = day_of(date_text)
    budgets = [None if text is None else fen_of_text(text) for text in (budget, total_budget)]
    with house(quiet=as_json) as db:
        with db.session() as session:
            codes = [lender_by_code(session, lender).code] if lender else lenders_with_cases(session)
        with bars() as report:
            found = look_ahead(
                db, codes, day, days=days, budget_fen=budgets[0], total_budget_fen=budgets[1],
                order=order.value if order else None, progress=report,
            )
    if as_json:
        document(asdict(found))
        return
    _say(found)


def _say(found: Forecast) -> None:
    table(
        f"{found.day} 试算（未写入任何内容）",
        ("资方", "审查案件", "可发", "暂停", "拒绝", "张数", "重量(kg)", "资费(元)", "当日排入"),
        [(one.lender, one.candidates, one.planned.letters, one.held, one.refused, *_figures(one.planned), one.first_day) for one in found.lenders],
    )
    reasons = [(one.lender, row) for one in found.lenders for row in one.reasons]
    if reasons:
        table(
            "不能发的理由（一案可有几条）",
            ("资方", "规则", "结果", "案件", "举例"),
            [(code, row.rule_id, "拒绝" if row.verdict == "refused" else "暂停", row.cases, row.message) for code, row in reasons[:SHOWN]],
        )
        _more(len(reasons))
    table(
        "产品与号段",
        ("合作方", "产品", "件数", "本埠", "张数", "重量(kg)", "资费(元)", "号段余量"),
        [
            (one.partner, f"{one.product} {one.name}", one.sum.letters, one.local, *_figures(one.sum), one.numbers_left)
            for one in found.products
        ],
    )
    for one in found.products:
        if one.numbers_left < one.sum.letters:
            say(f"号段不足：{one.partner} 的 {one.product} 需要 {one.sum.letters} 个号码，只剩 {one.numbers_left} 个；请用 handa partner range 登记新号段。")
    biggest = sorted(found.offices, key=lambda one: (-one.sum.letters, one.prefix))
    if biggest:
        table(
            "寄达（邮编前四位）",
            ("邮编", "寄达局", "件数", "重量(kg)", "资费(元)"),
            [(one.prefix, one.office, one.sum.letters, *_figures(one.sum)[1:]) for one in biggest[:SHOWN]],
        )
        _more(len(biggest))
    _say_days(found.days)


def _say_days(days: Sequence[DayForecast]) -> None:
    table(
        "逐日排入",
        ("日期", "件数", "张数", "重量(kg)", "资费(元)", "各资方", "能力", "仍在等候"),
        [
            (
                one.day, one.sum.letters, *_figures(one.sum), "　".join(f"{code} {count}" for code, count in one.lenders.items()) or "—",
                "；".join([*(f"{code} 不收寄（{why}）" for code, why in one.closed.items()), *map(_limit, one.limits)]) or "无限制",
                one.waiting,
            )
            for one in days
        ],
    )  # fmt: skip
    if days and days[-1].waiting:
        say(f"到 {days[-1].day} 仍有 {days[-1].waiting} 封排不进；可用 --days 看更远，或增加能力、预算。")
    say("之后各日按当天的审查结果推算，其间的还款、停止与时效变化未计入。")


def _limit(one: LimitUse) -> str:
    used, left = (yuan(one.used), yuan(one.left)) if one.fen else (one.used, one.left)
    return f"{one.about} {used}/{left}"


def _figures(total: Sum) -> tuple[int, str, str]:
    return total.sheets, f"{total.weight_g / 1000:.2f}", yuan(total.postage_fen)


def _more(count: int) -> None:
    if count > SHOWN:
        say(f"共 {count} 行，只列前 {SHOWN} 行；全部见 --json。")
