"""``handa report day``: the day on one page."""

from __future__ import annotations

from console.commandline import SpokenCommand, section
from console.files import demand_suffix, demand_writable, whole_file
from console.house import day_of, house
from console.options import Day, Json, Output
from console.speech import document, say, table

app = section("report")


@app.command("day", cls=SpokenCommand)
def day_(
    date_text: Day = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """当日审查、批次与投递结果；-o 写成一页 HTML。示例：handa report day --date 2026-11-21 -o 日报.html"""
    from letters.batch.report import day_figures, day_page

    day = day_of(date_text)
    if output is not None:
        demand_suffix(output, (".html",))
        demand_writable(output)
    with house(quiet=as_json) as db, db.session() as session:
        figures = day_figures(session, day)
    if output is not None:
        with whole_file(output) as target:
            target.write_text(day_page(figures), encoding="utf-8")
        say(f"报告已写入：{output}", quiet=as_json)
    if as_json:
        document(figures)
    elif output is None:
        table("审查结果", ("资方", "计划发函", "暂停待人", "拒绝"), [(v["lender"], v["planned"], v["held"], v["refused"]) for v in figures["verdicts"]])
        table("原因", ("规则", "名称", "处理", "案件数"), [(r["id"], r["title"], r["severity"], r["cases"]) for r in figures["rules"]])
        table("批次", ("批次", "资方", "进度", "函件", "状态"), [(b["batch_no"], b["lender"], b["step"], b["letters"], b["states"]) for b in figures["batches"]])
        table(
            "邮件号码余量",
            ("合作方", "产品", "余量", "日均用量", "约可用天数", "作废"),
            [(s["partner"], s["product"], s["left"], f"{s['per_day']:.1f}", "—" if s["days_left"] is None else s["days_left"], s["void"]) for s in figures["numbers"]],
        )
        for stock in figures["numbers"]:
            if stock["low"]:
                say(f"提醒：{stock['low']}")
