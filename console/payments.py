"""``handa cases payment``: payments after the snapshot, from a table or one by hand (R-AMT-09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.files import demand_readable
from console.house import actor, day_of, house
from console.money import fen_of_text
from console.options import Json, LenderCode
from console.speech import document, say, table
from records.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from letters.batch.affected import Affected
    from letters.batch.late import Late
    from locate.payments import PaymentReport
    from records.database import Database

SHOWN = 20


def payment(
    what: Annotated[str, typer.Argument(metavar="文件|案件号", help="还款表（案件号、还款日期、还款金额、流水号四列），或一个案件号")],
    lender: LenderCode,
    amount: Annotated[str | None, typer.Option("--amount", metavar="元", help="还款金额（登记一笔时）")] = None,
    paid_on: Annotated[str | None, typer.Option("--on", metavar="日期", help="还款日期（登记一笔时）")] = None,
    reference: Annotated[str | None, typer.Option("--reference", metavar="流水号", help="流水号（登记一笔时）")] = None,
    as_json: Json = False,
) -> None:
    """登记还款：快照之后到账的，已计划未交寄的函件会被抽回，须以新的债权金额重新计划。重复导入不改变结果。示例：handa cases payment 还款表.xlsx --lender DEMO 示例：handa cases payment AJ0001 --lender DEMO --amount 1200 --on 2026-11-20 --reference LS001"""
    from letters.batch import parties
    from letters.batch.affected import affected_by_cases
    from letters.batch.late import note_late_of_cases
    from locate.stops import case_by_no

    by_hand = amount is not None or paid_on is not None or reference is not None
    if by_hand and (amount is None or paid_on is None or not (reference or "").strip()):
        raise WrongUsage("登记一笔还款须同时写明金额、日期与流水号。", "请加 --amount、--on、--reference；或给出还款表文件。")
    with house(quiet=as_json) as db:
        with db.session() as session:
            parties.lender_by_code(session, lender)
            if by_hand:
                case_by_no(session, lender, what)
        report = _one(db, lender, what, amount or "", paid_on or "", reference or "") if by_hand else _file(db, lender, Path(what))
        with db.session() as session:
            ids = [case_by_no(session, lender, case_no).id for case_no in report.case_nos]
            late = note_late_of_cases(session, ids, actor=actor(), clock=db.clock) if ids else []
            coming = affected_by_cases(session, ids)
    if as_json:
        document({**asdict(report), "to_pull": [asdict(one) for one in coming], "too_late": [asdict(one) for one in late]})
    else:
        say(f"新登记还款 {report.accepted} 笔，此前已登记 {report.known} 笔，退回 {len(report.problems)} 行。")
        if report.problems:
            table("退回", ("行", "案件号", "原因"), [(p.row or "—", p.case_no, p.message) for p in report.problems[:SHOWN]])
        say_affected(coming)
        say_late(late)
    if report.problems:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _file(db: Database, lender: str, path: Path) -> PaymentReport:
    from letters.batch import parties
    from locate.payments import import_payments

    demand_readable(path)
    with db.session() as session:
        lender_id = parties.lender_by_code(session, lender).id
    return import_payments(db, lender_id, path, actor=actor())


def _one(db: Database, lender: str, case_no: str, amount: str, paid_on: str, reference: str) -> PaymentReport:
    from letters.batch import parties
    from locate.payments import BY_HAND, PaymentRow, record_payments

    fen = int(fen_of_text(amount))
    if fen == 0:
        raise WrongUsage("还款金额不能为零。", "请核对 --amount。")
    row = PaymentRow(0, case_no, day_of(paid_on), fen, reference.strip())
    with db.session() as session:
        return record_payments(session, parties.lender_by_code(session, lender), [row], BY_HAND, actor=actor(), clock=db.clock)


def say_affected(coming: Sequence[Affected]) -> None:
    """What will be pulled, and where paper must be taken out of the tray."""
    if not coming:
        return
    rows = [(one.batch_no, one.step, one.letter_no, one.case_no, one.reason) for one in coming[:SHOWN]]
    more = f"，共 {len(coming)} 封，显示前 {SHOWN} 封" if len(coming) > SHOWN else ""
    table(f"不会寄出的函件（批次进行下一步时抽回{more}）", ("批次", "进度", "函号", "案件号", "原因"), rows)
    for batch_no in dict.fromkeys(one.batch_no for one in coming if one.on_paper):
        say(f"批次 {batch_no} 已印出：请立即用 handa batch pull-list {batch_no} 取得抽件清单，从纸堆中抽走。")


def say_late(late: Sequence[Late]) -> None:
    """What can no longer be pulled."""
    if late:
        rows = [(one.batch_no, one.letter_no, one.case_no, one.reason) for one in late]
        table("已交寄、无法抽回（已登记；如需拦截请联系邮政合作方撤回）", ("批次", "函号", "案件号", "原因"), rows)
