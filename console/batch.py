"""``handa batch …``: plan, sample, release, print, seal, hand over, show, void."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.batch_close import close
from console.batch_control import BATCH_CONTROL
from console.batch_forecast import forecast
from console.batch_gate import BATCH_GATE, known_lawyer
from console.batch_labels import labels
from console.batch_verify import verify
from console.commandline import SpokenCommand, section
from console.files import demand_writable, neutral, whole_file
from console.house import actor, day_of, house, locked, workers
from console.money import fen_of_text
from console.options import AnyLender, BatchNo, Day, Json, OrderWord, Output, Workers
from console.speech import bars, document, done, say, table
from records.errors import ExitCode

if TYPE_CHECKING:
    from letters.batch.day import ClosedCounter
    from letters.batch.planning import PlanResult
    from letters.batch.pulling import Pulled
    from records.database import Database

app = section("batch")
for _name, _command in (BATCH_GATE | BATCH_CONTROL | {"labels": labels, "forecast": forecast, "close": close}).items():
    app.command(_name, cls=SpokenCommand)(_command)
PLAN_HEADERS = {
    "lender": "资方", "batch_no": "批次", "candidates": "审查案件", "planned": "计划发函", "first": "其中首封", "retries": "其中续发", "held": "暂停待人", "refused": "拒绝",
    "waiting": "等待结果或间隔", "unchanged": "与前次相同", "already": "当日已有函",
}  # fmt: skip


class VerdictWord(StrEnum):
    """Values of ``--verdict``."""

    PLANNED = "planned"
    HELD = "held"
    REFUSED = "refused"


def known_lenders(db: Database, asked: Sequence[str]) -> list[str]:
    """The lenders named, each once.

    Raises:
        WrongUsage: one is unknown.
    """
    from letters.batch.parties import lender_by_code

    with db.session() as session:
        return [lender_by_code(session, code).code for code in dict.fromkeys(asked)]


@app.command("plan", cls=SpokenCommand)
def plan(
    date_text: Day = None,
    lender: AnyLender = None,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="元", help="每个资方的邮资预算；超出的按预期价值排后暂停")
    ] = None,
    total_budget: Annotated[
        str | None, typer.Option("--total-budget", metavar="元", help="全部资方合计的邮资预算，在资方间轮流分配")
    ] = None,
    order: Annotated[
        OrderWord | None, typer.Option("--order", help="预算不足时的先后 value 预期价值、limitation 时效先届满的在前；不写则按策略")
    ] = None,
    template: Annotated[
        str | None, typer.Option("--template", metavar="模板", help="本次使用的模板，如 settlement@1、second@1；不写则用各资方登记的模板")
    ] = None,
    workers_asked: Workers = None,
    as_json: Json = False,
) -> None:
    """计划当日批次：选址、合规审查、编函号与邮件号。示例：handa batch plan --date 2026-11-21 --lender DEMO"""
    from letters.batch.day import closed_counters
    from letters.batch.planning import lenders_with_cases, plan_lenders
    from letters.batch.view import decision_rows

    day = day_of(date_text)
    budget_fen, total_fen = (None if text is None else fen_of_text(text) for text in (budget, total_budget))
    processes = workers(workers_asked)
    with locked(as_json) as db:
        with db.session() as session:
            codes = known_lenders(db, [lender]) if lender else lenders_with_cases(session)
            closed = closed_counters(session, codes, day)
        # All closed: planning refuses and says when it can be done. Some: the others are planned.
        resting = {one.lender for one in closed} if len(closed) < len(codes) else set()
        with bars() as report:
            results = plan_lenders(
                db, [code for code in codes if code not in resting], day, actor=actor(), workers=processes, budget_fen=budget_fen, total_budget_fen=total_fen,
                order=order.value if order else None, template=template, progress=report,
            )
        decisions = []
        with db.session() as session:
            for result in results:
                decisions += decision_rows(session, day, result.lender)
    if as_json:
        document({"plans": [asdict(result) for result in results], "decisions": decisions, "closed": [asdict(one) for one in closed]})
    else:
        say_closed(day, closed)
        say_plans("计划结果", results)
        say("逐案结果：handa batch decisions --date " + day.isoformat())
    if any(result.held or result.refused for result in results):
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def say_closed(day: date, closed: Sequence[ClosedCounter]) -> None:
    """The lenders that were not planned because their partner takes nothing on the day."""
    for one in closed:
        following = f"；下一个收寄日 {one.next_day}" if one.next_day else ""
        say(f"资方 {one.lender} 未计划：邮政合作方“{one.partner}”在 {day} 不收寄（{one.reason}）{following}。")


def say_plans(title: str, plans: Sequence[PlanResult]) -> None:
    """How each lender's planning ended."""
    rows = [["、".join(plan.batches) or "—" if name == "batch_no" else getattr(plan, name) for name in PLAN_HEADERS] for plan in plans]
    table(title, list(PLAN_HEADERS.values()), rows)
    for plan in plans:
        if len(plan.templates) > 1:
            said = "，".join(f"{template} 计划 {count} 封" for template, count in plan.templates)
            say(f"资方 {plan.lender} 在试验两个模板：{said}；首封函件用哪个由抽签决定。")
    for warning in dict.fromkeys(warning for plan in plans for warning in plan.warnings):
        say(f"提醒：{warning}")


@app.command("decisions", cls=SpokenCommand)
def decisions(
    date_text: Day = None,
    lender: AnyLender = None,
    verdict: Annotated[VerdictWord | None, typer.Option("--verdict", help="只列 计划 | 暂停 | 拒绝")] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """逐案列出计划、暂停与拒绝及其规则和理由；-o 导出为 CSV。示例：handa batch decisions --date 2026-11-21 --verdict held -o held.csv"""
    from letters.batch.parties import lender_by_code
    from letters.batch.view import DECISION_HEADERS, decision_rows

    day = day_of(date_text)
    if output is not None:
        demand_writable(output)
    with house(quiet=as_json) as db, db.session() as session:
        if lender is not None:
            lender_by_code(session, lender)
        rows = [row for row in decision_rows(session, day, lender) if verdict in (None, row["verdict"])]
    if output is not None:
        write_decisions(rows, output)
        say(f"已导出 {len(rows)} 行：{output}", quiet=as_json)
    if as_json:
        document({"date": day, "decisions": rows})
    elif output is None:
        _say_decisions(day, rows, list(DECISION_HEADERS.items()))


def _say_decisions(day: date, rows: list[dict[str, Any]], headers: list[tuple[str, str]]) -> None:
    if not rows:
        say(f"{day} 没有符合条件的审查结果。")
        return
    table(f"{day} 逐案结果", [title for _, title in headers], [[row[name] for name, _ in headers] for row in rows])


def write_decisions(rows: list[dict[str, Any]], output: Path) -> None:
    """The decisions as a CSV for spreadsheet programs.

    Raises:
        WrongUsage: the file can't be written.
    """
    from letters.batch.view import DECISION_HEADERS

    with whole_file(output) as target, target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(DECISION_HEADERS.values())
        writer.writerows([[neutral(row[name]) for name in DECISION_HEADERS] for row in rows])


@app.command("sample", cls=SpokenCommand)
def sample(
    batch_no: BatchNo,
    lawyer: Annotated[
        str | None, typer.Option("--lawyer", metavar="律师代码", help="由哪位律师查看；签发须由签发律师本人查看过")
    ] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """按风险抽取函件供律师查看（金额最高、地址最不确定、有提示、等距），并记录谁已查看。示例：handa batch sample B20261121-01 --lawyer L001"""
    from letters.batch.preview import write_sample

    if output is not None:
        demand_writable(output)
    with locked(as_json) as db:
        viewer = actor() if lawyer is None else f"lawyer:{known_lawyer(db, batch_no, lawyer)}"
        path, sampled = write_sample(db, batch_no, output, actor=viewer)
    if as_json:
        document({"batch": batch_no, "file": path, "letters": [asdict(one) for one in sampled]})
        return
    table("抽样函件", ("序号", "函号", "抽取理由"), [(one.position, one.letter_no, one.why) for one in sampled])
    say(f"请打开查看：{path}")
    if lawyer is None:
        say("未写明由哪位律师查看；签发前须由签发律师查看：加 --lawyer 律师代码。")


@app.command("release", cls=SpokenCommand)
def release(
    batch_no: BatchNo,
    lawyer: Annotated[str, typer.Option("--lawyer", metavar="律师代码", help="签发律师")],
    as_json: Json = False,
) -> None:
    """律师签发批次（须先查看抽样）。示例：handa batch release B20261121-01 --lawyer L001"""
    from letters.batch.lookup import batch_by_no
    from letters.batch.releasing import release_batch

    with locked(as_json) as db, db.session() as session:
        released = release_batch(session, db.cipher, batch_by_no(session, batch_no), lawyer, clock=db.clock)
    if as_json:
        document(asdict(released))
        return
    say(f"批次 {released.batch_no} {'此前已签发' if released.already else '已签发'}：{released.letters} 封。")
    _say_pulled(released.pulled)


def _say_pulled(pulled: Sequence[Pulled]) -> None:
    if pulled:
        table("抽回的函件（不会寄出）", ("函号", "案件号", "原因"), [(one.letter_no, one.case_no, one.reason) for one in pulled])


@app.command("print", cls=SpokenCommand)
def print_(batch_no: BatchNo, workers_asked: Workers = None, as_json: Json = False) -> None:
    """印刷已签发的批次。示例：handa batch print B20261121-01"""
    from letters.batch.printing import print_batch

    processes = workers(workers_asked)
    with locked(as_json) as db, bars() as report:
        pulled = print_batch(db, batch_no, actor=actor(), workers=processes, progress=report)
    if as_json:
        document({"batch": batch_no, "pulled": [asdict(one) for one in pulled]})
        return
    say(f"批次 {batch_no} 已印刷。")
    _say_pulled(pulled)


@app.command("seal", cls=SpokenCommand)
def seal_(batch_no: BatchNo, workers_asked: Workers = None, as_json: Json = False) -> None:
    """封装已印刷的批次（清单、校验和、签名）。示例：handa batch seal B20261121-01"""
    from letters.batch.sealing import seal

    processes = workers(workers_asked)
    with locked(as_json) as db, bars() as report:
        folder = seal(db, batch_no, actor=actor(), workers=processes, progress=report)
    done(as_json, {"batch": batch_no, "folder": folder}, f"批次已封装：{folder}")


@app.command("handover", cls=SpokenCommand)
def handover(batch_no: BatchNo, workers_asked: Workers = None, as_json: Json = False) -> None:
    """把封装好的批次交给邮政合作方。示例：handa batch handover B20261121-01"""
    from letters.batch.handing import hand_over

    processes = workers(workers_asked)
    with locked(as_json) as db, bars() as report:
        place = hand_over(db, batch_no, actor=actor(), workers=processes, progress=report)
    done(as_json, {"batch": batch_no, "place": place}, f"批次已交寄：{place}")


app.command("verify", cls=SpokenCommand)(verify)


@app.command("list", cls=SpokenCommand)
def list_(as_json: Json = False) -> None:
    """列出批次及其进度。示例：handa batch list"""
    from letters.batch.state import STEP_NAMES
    from letters.batch.view import list_batches

    with house(quiet=as_json) as db, db.session() as session:
        rows = list_batches(session)
    if as_json:
        document({"batches": rows})
        return
    if not rows:
        say("还没有批次。")
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


@app.command("show", cls=SpokenCommand)
def show(batch_no: BatchNo, as_json: Json = False) -> None:
    """查看一个批次：进度、经过、各状态的件数；--json 给出每封函件。示例：handa batch show B20261121-01"""
    from letters.batch.lookup import batch_by_no
    from letters.batch.state import STEP_NAMES, BatchStep
    from letters.batch.view import batch_view

    with house(quiet=as_json) as db, db.session() as session:
        view = batch_view(session, batch_by_no(session, batch_no))
    if as_json:
        document(view)
        return
    names = {step.value: name for step, name in STEP_NAMES.items()} | {
        BatchStep.PLANNED.value: "已计划", "sample_viewed": "已查看抽样", "unsealed": "有函件抽回或补印，封装作废", "resealed": "重新封装", "reprinted": "补印",
        "complaints_accepted": "律师决定在投诉偏多时继续", "packed": "已加密为交寄包",
    }  # fmt: skip
    say(f"批次 {view['batch_no']}（{view['lender']}，{view['day']}）：{STEP_NAMES[view['step']]}")
    table(
        "经过",
        ("时间", "步骤", "经办"),
        [(event["at"], names.get(event["kind"], event["kind"]), event["actor"]) for event in view["events"]],
    )
    table("函件状态", ("状态", "件数"), list(view["states"].items()))


@app.command("void", cls=SpokenCommand)
def void(
    batch_no: BatchNo,
    reason: Annotated[str, typer.Option("--reason", metavar="文字", help="作废原因（记入函号登记簿）")],
    as_json: Json = False,
) -> None:
    """作废尚未交寄的批次。示例：handa batch void B20261121-01 --reason 模板有误"""
    from letters.batch.lookup import batch_by_no
    from letters.batch.voiding import void_batch

    with locked(as_json) as db, db.session() as session:
        fresh = void_batch(session, batch_by_no(session, batch_no), reason, actor=actor(), clock=db.clock)
    outcome = "已作废" if fresh else "此前已作废"
    done(as_json, {"batch": batch_no, "voided": fresh}, f"批次 {batch_no} {outcome}，函号保留在登记簿中，不再使用。")
