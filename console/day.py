"""``handa day run``: the operator's one command for a day."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from console.house import actor, day_of, house, workers
from console.money import fen_of_text
from console.speech import bars, document, table
from letters.batch.day import DayResult, run_day
from letters.batch.state import STEP_NAMES
from records.errors import ExitCode

app = typer.Typer(help="每日批次：一条命令走完计划到交寄。示例：handa day run --date 2026-11-21", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """每日批次。"""


@app.command("run")
def run(
    date_text: Annotated[str | None, typer.Option("--date", help="批次日期，如 2026-11-21；不写则为今天")] = None,
    lender: Annotated[list[str] | None, typer.Option("--lender", help="资方代码，可重复；不写则所有资方")] = None,
    budget: Annotated[str | None, typer.Option("--budget", help="每个资方的邮资预算（元）")] = None,
    workers_asked: Annotated[int | None, typer.Option("--workers", help="进程数；不写则按处理器核数")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出给出一个 JSON 文档")] = False,
) -> None:
    """计划 → 签发（有律师常设指令时）→ 印刷 → 封装 → 交寄。中断后重新运行即可继续，绝不重复发函。"""
    day = day_of(date_text)
    budget_fen = None if budget is None else fen_of_text(budget)
    with house(quiet=as_json) as db, bars() as report:
        result = run_day(
            db,
            day,
            actor=actor(),
            workers=workers(workers_asked),
            lenders=lender or (),
            budget_fen=budget_fen,
            progress=report,
        )
    if as_json:
        document(asdict(result))
    else:
        say_day(result)
    if result.waiting:
        raise typer.Exit(int(ExitCode.NEEDS_DECISION))
    if any(plan.held or plan.refused for plan in result.plans):
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def say_day(result: DayResult) -> None:
    """The day's result for an operator."""
    headers = ("资方", "批次", "审查案件", "计划发函", "暂停待人", "拒绝", "与前次相同", "当日已有函")
    table(
        f"{result.day} 计划",
        headers,
        [
            (p.lender, p.batch_no or "—", p.candidates, p.planned, p.held, p.refused, p.unchanged, p.already)
            for p in result.plans
        ],
    )
    table(
        f"{result.day} 批次",
        ("批次", "资方", "进度", "去向或待办", "抽回"),
        [
            (b.batch_no, b.lender, STEP_NAMES[b.step], b.waits_for or b.place, len(b.pulled) or "")
            for b in result.batches
        ],
    )
