"""``handa report day``: the day on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.house import day_of, house
from console.speech import document, say, table
from letters.batch.report import day_figures, day_page
from records.errors import WrongUsage
from records.files import write_atomic

app = typer.Typer(help="报告。示例：handa report day --date 2026-11-21 -o 日报.html", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """报告。"""


@app.command("day")
def day(
    date_text: Annotated[str | None, typer.Option("--date", help="日期")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入 .html 文件")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出给出一个 JSON 文档")] = False,
) -> None:
    """当日审查、批次与投递结果。示例：handa report day --date 2026-11-21 -o 日报.html"""
    if output is not None and output.suffix != ".html":
        raise WrongUsage(f"不支持的报告格式“{output.suffix}”。", "目前可用 .html。")
    with house(quiet=as_json) as db, db.session() as session:
        figures = day_figures(session, day_of(date_text))
    if output is not None:
        write_atomic(output, day_page(figures).encode())
        say(f"报告已写入：{output}", quiet=as_json)
    if as_json:
        document(figures)
    elif output is None:
        table("审查结果", ("资方", "计划发函", "暂停待人", "拒绝"), [(v["lender"], v["planned"], v["held"], v["refused"]) for v in figures["verdicts"]])
        table("原因", ("规则", "名称", "处理", "案件数"), [(r["id"], r["title"], r["severity"], r["cases"]) for r in figures["rules"]])
        table("批次", ("批次", "资方", "进度", "函件", "状态"), [(b["batch_no"], b["lender"], b["step"], b["letters"], b["states"]) for b in figures["batches"]])
