"""``handa batch proof|scans|reprint``: print control, from the finished page to the closed envelope."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.files import demand_readable, demand_writable, neutral, whole_file
from console.house import actor, house, locked, workers
from console.options import BatchNo, Json, Output, Workers
from console.speech import bars, document, say, table
from records.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from letters.batch.inserted import Copy, PrintCounts
    from letters.batch.inserting import ScanReport

_SHOWN = 40
"""Lines of a table on the screen; all of them are in ``-o`` and ``--json``."""
_UNREAD = "找出这张纸；它所在信封里的件按有误处理"
_ROW_ADVICE = {
    "OTHER_BATCH": "取出这张纸，交还它的批次，并在那一批导入同一份记录", "NO_SUCH_COPY": "查明这张纸从何而来，不得寄出",
    "MARK_VERSION": "查明是否别的系统或旧版本所印，不得寄出", "BAD_TIME": "标记照常计入；请核对装封机的时间格式",
}  # fmt: skip
COPY_HEADERS = ("件", "份", "函号", "邮件号码", "分册", "起始页", "状态", "代码", "情况", "怎么办")


def proof(
    batch_no: BatchNo,
    sample: Annotated[int | None, typer.Option("--sample", metavar="件数", min=1, help="每个分册看几件；不写则按抽样规则")] = None,
    every: Annotated[bool, typer.Option("--all", help="逐件全看（每千件约需两三分钟）")] = False,
    as_json: Json = False,
) -> None:
    """校样：把印好的页面变成图像，用独立的读码器读出全部条码，核对姓名、地址、号码与合计。示例：handa batch proof B20261121-01 --all"""
    from letters.batch.proofing import said
    from letters.batch.proofs import proof_batch, ruled_sample

    if every and sample is not None:
        raise WrongUsage("--all 与 --sample 只能写一个。", "全看用 --all，抽看用 --sample 件数。")
    with locked(as_json) as db, bars() as report:
        number = None if every else sample if sample is not None else ruled_sample(db, batch_no)
        results = proof_batch(db, batch_no, sample=number, actor=actor(), progress=report)
    rows = [
        {"part": one.part, "code": found.code, "position": found.position, "page": found.page, "message": said(found)}
        for one in results
        for found in one.findings
    ]
    if as_json:
        parts = [{"part": one.part, "pieces": one.pieces, "looked": one.looked, "findings": len(one.findings)} for one in results]
        document({"batch": batch_no, "parts": parts, "findings": rows})
    else:
        table("校样", ("分册", "件数", "看了", "不符"), [(one.part, one.pieces, one.looked, len(one.findings)) for one in results])
        if rows:
            table("不符之处", ("分册", "件", "页", "代码", "问题"), [(r["part"], r["position"], r["page"], r["code"], r["message"]) for r in rows[:_SHOWN]])
            say("有不符的分册不得付印或封装：检查模板、字体与字段后作废本批，重新计划。")
        else:
            say("校样无误。")
    if rows:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def scans(
    batch_no: BatchNo,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[文件…]", help="装封机的扫描记录（CSV、TXT、XLSX）；不写则只看现状")] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """导入装封扫描记录，找出缺张、重张、串件、张序不对的件；不写文件则列出现状。示例：handa batch scans B20261121-01 扫描.csv -o 须处理.csv"""
    from letters.batch.inserted import TO_REPRINT, CopyState, copies_of, print_counts
    from letters.batch.inserting import import_scans
    from letters.batch.lookup import batch_by_no

    for path in files or ():
        demand_readable(path)
    if output is not None:
        demand_writable(output)
    with locked(as_json) as db, bars() as report:
        reports = [import_scans(db, batch_no, path, actor=actor(), progress=report) for path in files or ()]
        with db.session() as session:
            batch = batch_by_no(session, batch_no)
            counts = print_counts(session, batch)
            spoiled = (CopyState.REPLACED, CopyState.PULLED)
            bad = [copy for copy in copies_of(session, batch) if copy.state in TO_REPRINT or (copy.state in spoiled and copy.codes)]
    if output is not None:
        _write_copies(bad, output)
        say(f"已导出 {len(bad)} 行：{output}", quiet=as_json)
    if as_json:
        document({"batch": batch_no, "logs": [asdict(one) for one in reports], "counts": asdict(counts), "copies": [asdict(copy) for copy in bad]})
    else:
        _say_reports(reports)
        _say_copies(batch_no, bad, counts, handed=any(one.handed_over for one in reports))
    if counts.to_reprint or any(one.faults for one in reports):
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _say_reports(reports: Sequence[ScanReport]) -> None:
    for one in reports:
        own = one.counts
        again = "（此前已导入，未作改动）" if one.already else ""
        say(
            f"扫描记录 {one.number} {one.name}{again}：读数 {own['readings']}，完好 {own['whole']} 件，有误 {own['faulty']} 件；"
            f"{'按信封号' if one.numbered else '无信封号，按末张'}分封"
            + (f"；同一读数重复记录 {own['repeated']} 行已略去" if own["repeated"] else "")
        )
        if one.unknown_columns:
            say(f"未使用的列：{'、'.join(one.unknown_columns)}")
        if one.faults:
            rows = [(fault.sheet, fault.row, fault.code, fault.what, _ROW_ADVICE.get(fault.code, _UNREAD)) for fault in one.faults[:_SHOWN]]
            table(f"不能归到本批某件的行（共 {len(one.faults)} 行）", ("工作表", "行", "代码", "问题", "怎么办"), rows)


def _advice(copy: Copy) -> str:
    from letters.batch.inserted import CopyState

    if copy.state is CopyState.MISSING:
        return "查找这一件；找不到或无法确认的补印"
    if copy.state is CopyState.FAULTY:
        return "取出信封销毁，补印"
    return "取出信封销毁，不得寄出"


def _copy_row(copy: Copy) -> tuple[object, ...]:
    from letters.batch.inserted import STATE_NAMES

    return (
        copy.position, copy.copy_no, copy.letter_no, copy.item_no, copy.part, copy.first_page, STATE_NAMES[copy.state], copy.codes,
        copy.detail, _advice(copy),
    )  # fmt: skip


def _say_copies(batch_no: str, bad: Sequence[Copy], counts: PrintCounts, *, handed: bool) -> None:
    if bad:
        table(f"须处理的件与废件（共 {len(bad)} 件）", COPY_HEADERS, [_copy_row(copy) for copy in bad[:_SHOWN]])
    say(
        f"制件 {counts.generated} = 未印 {counts.unprinted} + 好件 {counts.printed} + 废件 {counts.spoiled} + 抽回 {counts.pulled}；"
        f"好件中已装封 {counts.inserted}、待扫描 {counts.waiting}、待补印 {counts.to_reprint}。"
    )
    if handed and counts.to_reprint:
        say("本批已交寄：请立即通知邮政合作方撤回上列邮件号码，不能补印。")
    elif counts.to_reprint:
        say(f"补印：handa batch reprint {batch_no}")


def _write_copies(bad: Sequence[Copy], output: Path) -> None:
    with whole_file(output) as target, target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COPY_HEADERS)
        writer.writerows([[neutral(cell) for cell in _copy_row(copy)] for copy in bad])


def reprint(
    batch_no: BatchNo,
    complete: Annotated[bool, typer.Option("--complete", help="确认扫描记录已全部导入（缺得很多时须写）")] = False,
    workers_asked: Workers = None,
    as_json: Json = False,
) -> None:
    """只补印装封有误或找不到的件：同一函件、新的份号与邮件号码，旧号码作废。示例：handa batch reprint B20261121-01"""
    from letters.batch.reprinting import reprint as make

    processes = workers(workers_asked)
    with locked(as_json) as db, bars() as report:
        result = make(db, batch_no, actor=actor(), workers=processes, complete=complete, progress=report)
    if as_json:
        document(asdict(result))
        return
    if result.replaced:
        rows = [(one.position, one.copy_no, one.letter_no, one.void_item_no, one.item_no, one.reason) for one in result.replaced]
        table(f"补印 {len(rows)} 件", ("件", "新份号", "函号", "作废号码", "新号码", "原因"), rows[:_SHOWN])
    else:
        say("没有要补印的件。")
    if result.unsealed:
        say(f"原封装 {result.unsealed} 已作废；装封扫描后请重新封装：handa batch seal {batch_no}")
    if result.pulled:
        table("抽回的函件（不会寄出）", ("函号", "案件号", "原因"), [(one.letter_no, one.case_no, one.reason) for one in result.pulled])
    for path in result.parts:
        say(f"补印分册：{path}")


def counts(batch_no: BatchNo, as_json: Json = False) -> None:
    """一个批次制件、印刷、废件、装封的件数。示例：handa batch counts B20261121-01"""
    from letters.batch.inserted import print_counts
    from letters.batch.lookup import batch_by_no

    with house(quiet=as_json) as db, db.session() as session:
        found = print_counts(session, batch_by_no(session, batch_no))
    if as_json:
        document({"batch": batch_no, **asdict(found), "adds_up": found.adds_up})
        return
    rows = [
        ("制件", found.generated), ("未印", found.unprinted), ("好件（已印、要寄）", found.printed), ("废件（已补印）", found.spoiled),
        ("函件已抽回", found.pulled), ("已装封", found.inserted), ("待扫描", found.waiting), ("待补印", found.to_reprint),
    ]  # fmt: skip
    table(f"批次 {batch_no} 件数", ("项目", "件数"), rows)


BATCH_CONTROL: dict[str, Callable[..., None]] = {"proof": proof, "scans": scans, "reprint": reprint, "counts": counts}
