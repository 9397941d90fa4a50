"""``handa day run``: the operator's one command for a day."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from console.batch import known_lenders, say_closed, say_plans
from console.commandline import SpokenCommand, section
from console.house import actor, day_of, house, workers
from console.money import fen_of_text
from console.options import Day, Json, Workers
from console.speech import bars, document, say, table
from records.errors import ExitCode

if TYPE_CHECKING:
    from letters.batch.day import DayResult

app = section("day")


@app.command("run", cls=SpokenCommand)
def run(
    date_text: Day = None,
    lender: Annotated[
        list[str] | None, typer.Option("--lender", metavar="代码", help="资方代码，可重复；不写则所有资方")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="元", help="每个资方的邮资预算；超出的按预期价值排后暂停")
    ] = None,
    workers_asked: Workers = None,
    as_json: Json = False,
) -> None:
    """计划 → 签发（有律师常设指令时；否则停下等律师）→ 印刷 → 封装 → 交寄。中断后重新运行即可继续，绝不重复发函。示例：handa day run --date 2026-11-21"""
    from letters.batch.day import run_day

    day = day_of(date_text)
    budget_fen = None if budget is None else fen_of_text(budget)
    processes = workers(workers_asked)
    with house(quiet=as_json) as db, bars() as report:
        codes = known_lenders(db, lender or ())
        result = run_day(
            db, day, actor=actor(), workers=processes, lenders=codes, budget_fen=budget_fen, progress=report
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
    from letters.batch.state import STEP_NAMES

    say_closed(result.day, result.closed)
    say_plans(f"{result.day} 计划", result.plans)
    if not result.batches:
        say("没有可交寄的批次。逐案结果：handa batch decisions --date " + result.day.isoformat())
        return
    table(
        f"{result.day} 批次",
        ("批次", "资方", "进度", "去向或待办", "抽回"),
        [
            (b.batch_no, b.lender, STEP_NAMES[b.step], b.waits_for or b.place, len(b.pulled) or "")
            for b in result.batches
        ],
    )
    pulled = [one for batch in result.batches for one in batch.pulled]
    if pulled:
        table("抽回的函件（不会寄出）", ("函号", "案件号", "原因"), [(one.letter_no, one.case_no, one.reason) for one in pulled])
