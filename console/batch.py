"""``handa batch …`` and ``handa worker``: plan, sample, release, print, seal, hand over, show, void."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from console.house import actor, day_of, house, workers
from console.money import fen_of_text
from console.speech import bars, document, say, table
from letters.batch.day import LOCK
from letters.batch.handing import hand_over
from letters.batch.lookup import batch_by_no
from letters.batch.planning import lenders_with_cases, plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.pulling import Pulled
from letters.batch.releasing import release_batch
from letters.batch.sealing import seal
from letters.batch.state import STEP_NAMES
from letters.batch.view import DECISION_HEADERS, batch_view, decision_rows, list_batches
from letters.batch.voiding import void_batch
from letters.post.verify import verify_batch
from records.database import Database
from records.errors import ExitCode, WrongUsage

app = typer.Typer(help="批次：计划、签发、印刷、封装、交寄。示例：handa batch plan --date 2026-11-21", no_args_is_help=True)

BatchNo = Annotated[str, typer.Argument(metavar="批次号", help="如 B20261121-01")]
Json = Annotated[bool, typer.Option("--json", help="在标准输出给出一个 JSON 文档")]
Workers = Annotated[int | None, typer.Option("--workers", help="进程数；不写则按处理器核数")]


@contextmanager
def _locked(quiet: bool) -> Iterator[Database]:
    """The records with the house-wide lock: a step by hand and a day's run never overlap."""
    with house(quiet=quiet) as db, db.exclusive(LOCK):
        yield db


@app.command("plan")
def plan(
    date_text: Annotated[str | None, typer.Option("--date", help="批次日期，如 2026-11-21；不写则为今天")] = None,
    lender: Annotated[str | None, typer.Option("--lender", help="资方代码；不写则所有资方")] = None,
    budget: Annotated[str | None, typer.Option("--budget", help="邮资预算（元）；超出的按预期价值排后暂停")] = None,
    workers_asked: Workers = None,
    as_json: Json = False,
) -> None:
    """计划当日批次：选址、合规审查、编函号与邮件号。示例：handa batch plan --date 2026-11-21 --lender DEMO"""
    day = day_of(date_text)
    budget_fen = None if budget is None else fen_of_text(budget)
    with _locked(as_json) as db:
        with db.session() as session:
            codes = [lender] if lender else lenders_with_cases(session)
        with bars() as report:
            results = [
                plan_lender(
                    db, code, day, actor=actor(), workers=workers(workers_asked), budget_fen=budget_fen, progress=report
                )
                for code in codes
            ]
        decisions = []
        with db.session() as session:
            for result in results:
                decisions += decision_rows(session, day, result.lender)
    if as_json:
        document({"plans": [asdict(result) for result in results], "decisions": decisions})
    else:
        _say_plans([asdict(result) for result in results])
        say("逐案结果：handa batch decisions --date " + day.isoformat())
    if any(result.held or result.refused for result in results):
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _say_plans(plans: list[dict[str, object]]) -> None:
    headers = ("资方", "批次", "审查案件", "计划发函", "暂停待人", "拒绝", "与前次相同", "当日已有函")
    names = ("lender", "batch_no", "candidates", "planned", "held", "refused", "unchanged", "already")
    table("计划结果", headers, [[plan[name] if plan[name] is not None else "—" for name in names] for plan in plans])


@app.command("decisions")
def decisions(
    date_text: Annotated[str | None, typer.Option("--date", help="批次日期")] = None,
    lender: Annotated[str | None, typer.Option("--lender", help="资方代码")] = None,
    verdict: Annotated[str | None, typer.Option("--verdict", help="planned | held | refused")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="导出为 CSV")] = None,
    as_json: Json = False,
) -> None:
    """逐案列出计划、暂停与拒绝及其规则和理由。示例：handa batch decisions --date 2026-11-21 --verdict held -o held.csv"""
    day = day_of(date_text)
    with house(quiet=as_json) as db, db.session() as session:
        rows = [row for row in decision_rows(session, day, lender) if verdict in (None, row["verdict"])]
    if as_json:
        document({"date": day, "decisions": rows})
        return
    cells = [[row[name] for name in DECISION_HEADERS] for row in rows]
    if output is not None:
        write_decisions(rows, output)
        say(f"已导出 {len(cells)} 行：{output}")
        return
    table(f"{day} 逐案结果", list(DECISION_HEADERS.values()), cells)


def write_decisions(rows: list[dict[str, Any]], output: Path) -> None:
    """The decisions as a CSV for spreadsheet programs.

    Raises:
        WrongUsage: the file can't be written.
    """
    try:
        with output.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(DECISION_HEADERS.values())
            writer.writerows([[_neutral(row[name]) for name in DECISION_HEADERS] for row in rows])
    except OSError as fault:
        raise WrongUsage(f"无法写入 {output}：{fault.strerror}。", "请核对目录与权限。") from fault


def _neutral(cell: object) -> object:
    """A cell that no spreadsheet program takes for a formula."""
    text = "" if cell is None else str(cell)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


@app.command("sample")
def sample(
    batch_no: BatchNo,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="抽样函件 PDF 的存放位置")] = None,
    as_json: Json = False,
) -> None:
    """按风险抽取函件供律师查看（金额最高、地址最不确定、有提示、等距），并记录已查看。示例：handa batch sample B20261121-01"""
    with _locked(as_json) as db:
        path, sampled = write_sample(db, batch_no, output, actor=actor())
    if as_json:
        document({"batch": batch_no, "file": path, "letters": [asdict(one) for one in sampled]})
        return
    table("抽样函件", ("序号", "函号", "抽取理由"), [(one.position, one.letter_no, one.why) for one in sampled])
    say(f"请打开查看：{path}")


@app.command("release")
def release(
    batch_no: BatchNo,
    lawyer: Annotated[str, typer.Option("--lawyer", help="签发律师代码")],
    as_json: Json = False,
) -> None:
    """律师签发批次（须先查看抽样）。示例：handa batch release B20261121-01 --lawyer L001"""
    with _locked(as_json) as db, db.session() as session:
        done = release_batch(session, db.cipher, batch_by_no(session, batch_no), lawyer, clock=db.clock)
    if as_json:
        document(asdict(done))
        return
    say(f"批次 {done.batch_no} {'此前已签发' if done.already else '已签发'}：{done.letters} 封。")
    _say_pulled(list(done.pulled))


def _say_pulled(pulled: list[Pulled]) -> None:
    if pulled:
        table("抽回的函件（不会寄出）", ("函号", "案件号", "原因"), [(one.letter_no, one.case_no, one.reason) for one in pulled])


@app.command("print")
def print_(batch_no: BatchNo, workers_asked: Workers = None, as_json: Json = False) -> None:
    """印刷已签发的批次。示例：handa batch print B20261121-01"""
    with _locked(as_json) as db, bars() as report:
        pulled = print_batch(db, batch_no, actor=actor(), workers=workers(workers_asked), progress=report)
    if as_json:
        document({"batch": batch_no, "pulled": [asdict(one) for one in pulled]})
        return
    say(f"批次 {batch_no} 已印刷。")
    _say_pulled(pulled)


@app.command("seal")
def seal_(batch_no: BatchNo, workers_asked: Workers = None, as_json: Json = False) -> None:
    """封装已印刷的批次（清单、校验和、签名）。示例：handa batch seal B20261121-01"""
    with _locked(as_json) as db, bars() as report:
        folder = seal(db, batch_no, actor=actor(), workers=workers(workers_asked), progress=report)
    if as_json:
        document({"batch": batch_no, "folder": folder})
        return
    say(f"批次已封装：{folder}")


@app.command("handover")
def handover(batch_no: BatchNo, workers_asked: Workers = None, as_json: Json = False) -> None:
    """把封装好的批次交给邮政合作方。示例：handa batch handover B20261121-01"""
    with _locked(as_json) as db, bars() as report:
        place = hand_over(db, batch_no, actor=actor(), workers=workers(workers_asked), progress=report)
    if as_json:
        document({"batch": batch_no, "place": place})
        return
    say(f"批次已交寄：{place}")


@app.command("verify")
def verify(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="封装批次的文件夹或 ZIP")], as_json: Json = False
) -> None:
    """不依赖数据库核对封装批次：校验和、签名、件数与合计。示例：handa batch verify ./B20261121-01-1a2b3c4d"""
    problems = [str(problem) for problem in verify_batch(folder)]
    if as_json:
        document({"folder": folder, "problems": problems})
    elif problems:
        table("核对不符", ("问题",), [(problem,) for problem in problems])
    else:
        say("核对无误：文件齐全、校验和与签名一致、件数与合计相符。")
    if problems:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


@app.command("list")
def list_(as_json: Json = False) -> None:
    """列出批次及其进度。示例：handa batch list"""
    with house(quiet=as_json) as db, db.session() as session:
        rows = list_batches(session)
    if as_json:
        document({"batches": rows})
        return
    headers = ("批次", "日期", "资方", "产品", "函件", "进度", "封装名称")
    table(
        "批次",
        headers,
        [
            (row["batch_no"], row["day"], row["lender"], row["product"], row["letters"], STEP_NAMES[row["step"]], row["sealed_name"] or "—")
            for row in rows
        ],
    )


@app.command("show")
def show(batch_no: BatchNo, as_json: Json = False) -> None:
    """查看一个批次：进度、件数、每封函件的状态。示例：handa batch show B20261121-01"""
    with house(quiet=as_json) as db, db.session() as session:
        view = batch_view(session, batch_by_no(session, batch_no))
    if as_json:
        document(view)
        return
    say(f"批次 {view['batch_no']}（{view['lender']}，{view['day']}）：{STEP_NAMES[view['step']]}")
    table("经过", ("时间", "步骤", "经办"), [(event["at"], event["kind"], event["actor"]) for event in view["events"]])
    table("函件状态", ("状态", "件数"), list(view["states"].items()))


@app.command("void")
def void(
    batch_no: BatchNo,
    reason: Annotated[str, typer.Option("--reason", help="作废原因（必填，记入函号登记簿）")],
    as_json: Json = False,
) -> None:
    """作废尚未交寄的批次。示例：handa batch void B20261121-01 --reason 模板有误"""
    with _locked(as_json) as db, db.session() as session:
        fresh = void_batch(session, batch_by_no(session, batch_no), reason, actor=actor(), clock=db.clock)
    if as_json:
        document({"batch": batch_no, "voided": fresh})
        return
    say(f"批次 {batch_no} {'已作废' if fresh else '此前已作废'}，函号保留在登记簿中，不再使用。")
