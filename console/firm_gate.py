"""``handa firm client|conflict|conflict-clear|capacity|renew|register``: the firm's side of the lawyer's gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from console.files import demand_suffix, demand_writable, whole_file
from console.house import actor, day_of, house
from console.options import CaseNo, Json, LenderCode, Name, Output
from console.sheets import write_csv, write_xlsx
from console.speech import document, done, say, table
from records.errors import ExitCode, WrongUsage

FirmCode = Annotated[str, typer.Argument(metavar="律所代码")]
LawyerCode = Annotated[str, typer.Option("--lawyer", metavar="律师代码", help="由哪位执业律师作出")]
SHOWN = 20


def client(
    firm: FirmCode,
    name: Name,
    id_number: Annotated[str, typer.Option("--id-number", metavar="证件号", help="证件号；写明后只有同一人才提示冲突")] = "",
    as_json: Json = False,
) -> None:
    """登记律所的其他客户，供利益冲突检索（姓名加密保存）。示例：handa firm client F1 --name 某某有限公司"""
    from letters.batch import parties
    from letters.gate.conflicts import add_client

    if not name.strip():
        raise WrongUsage("--name 不能为空。", "请写明客户名称。")
    with house(quiet=as_json) as db, db.session() as session:
        row = parties.firm_by_code(session, firm)
        fresh = add_client(session, db.cipher, row, name=name, id_number=id_number, actor=actor(), clock=db.clock)
    done(as_json, {"firm": firm, "recorded": fresh}, f"客户{'已登记' if fresh else '此前已登记'}。请重新作利益冲突检索：handa firm conflict {firm} …")


def conflict(
    firm: FirmCode,
    lender: LenderCode,
    lawyer: LawyerCode,
    note: Annotated[str, typer.Option("--note", metavar="文字", help="检索说明")] = "",
    as_json: Json = False,
) -> None:
    """作利益冲突检索并登记：资方及律所其他客户与全部债务人比对；有提示的案件暂停，等律师判断。示例：handa firm conflict F1 --lender DEMO --lawyer L001"""
    from letters.batch import parties
    from letters.gate.conflicts import check_conflicts

    with house(quiet=as_json) as db, db.session() as session:
        row = parties.firm_by_code(session, firm)
        person = parties.lawyer_of(session, row, lawyer)
        cases, hits = check_conflicts(
            session, db.cipher, row, parties.lender_by_code(session, lender), person, note=note, clock=db.clock
        )
    if as_json:
        document({"firm": firm, "lender": lender, "cases": cases, "hits": [{"case_no": hit.case_no, "why": hit.why} for hit in hits]})
    else:
        say(f"已检索 {cases} 件案件，利益冲突提示 {len(hits)} 条。")
        if hits:
            table("利益冲突提示", ("案件号", "提示"), [(hit.case_no, hit.why) for hit in hits[:SHOWN]])
            say(f"不构成冲突的，请律师登记：handa firm conflict-clear {firm} 案件号 --lender {lender} --lawyer {lawyer} --reason 理由")
    if hits:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def conflict_clear(
    firm: FirmCode,
    case_no: CaseNo,
    lender: LenderCode,
    lawyer: LawyerCode,
    why: Annotated[str, typer.Option("--reason", metavar="文字", help="为何不构成利益冲突")],
    as_json: Json = False,
) -> None:
    """律师判断某案件的提示不构成利益冲突，并写明理由。示例：handa firm conflict-clear F1 AJ0001 --lender DEMO --lawyer L001 --reason 同名不同人"""
    from letters.batch import parties
    from letters.gate.conflicts import clear_conflict
    from locate.stops import case_by_no

    with house(quiet=as_json) as db, db.session() as session:
        row = parties.firm_by_code(session, firm)
        person = parties.lawyer_of(session, row, lawyer)
        fresh = clear_conflict(session, row, case_by_no(session, lender, case_no), person, why, clock=db.clock)
    done(as_json, {"case_no": case_no, "cleared": fresh}, f"案件 {case_no} 的利益冲突提示{'已' if fresh else '此前已'}由律师 {lawyer} 判断。")


def capacity(
    firm: FirmCode,
    lawyer: Annotated[str, typer.Argument(metavar="律师代码")],
    per_day: Annotated[int, typer.Option("--per-day", metavar="件数", min=1, help="每日可审阅并签发的函件数")],
    as_json: Json = False,
) -> None:
    """登记律师每日的审阅能力；计划超出的函件按预期价值排后暂停（R-LAW-17）。示例：handa firm capacity F1 L001 --per-day 2000"""
    from letters.batch import parties
    from letters.gate.capacity import set_capacity

    with house(quiet=as_json) as db, db.session() as session:
        row = parties.firm_by_code(session, firm)
        set_capacity(session, row, parties.lawyer_of(session, row, lawyer), per_day, actor=actor(), clock=db.clock)
    done(as_json, {"firm": firm, "lawyer": lawyer, "per_day": per_day}, f"已登记律师 {lawyer} 每日 {per_day} 封。")


def renew(
    firm: FirmCode,
    until: Annotated[str, typer.Option("--until", metavar="日期", help="新的有效期")],
    lawyer: Annotated[str | None, typer.Option("--lawyer", metavar="律师代码", help="律师执业证；不写则为律所许可证")] = None,
    as_json: Json = False,
) -> None:
    """更新律所许可证或律师执业证的有效期。示例：handa firm renew F1 --lawyer L001 --until 2028-12-31"""
    from letters.batch import parties
    from records.audit import append_audit

    day = day_of(until)
    with house(quiet=as_json) as db, db.session() as session:
        row = parties.firm_by_code(session, firm)
        holder = row if lawyer is None else parties.lawyer_of(session, row, lawyer)
        before, holder.licence_until = holder.licence_until, day
        append_audit(
            session, actor=actor(), action="firm.renew", subject=f"firm:{firm}" + (f"/lawyer:{lawyer}" if lawyer else ""),
            detail={"before": before.isoformat(), "until": day.isoformat()}, clock=db.clock,
        )  # fmt: skip
    done(as_json, {"firm": firm, "lawyer": lawyer, "until": day}, f"已更新 {lawyer or firm} 的有效期至 {day}。")


def register(
    firm: FirmCode,
    year: Annotated[int | None, typer.Option("--year", metavar="年份", help="只看这一年")] = None,
    void: Annotated[bool, typer.Option("--void", help="只列作废的函号")] = False,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """函号登记簿：逐号列出批次与作废原因，并检查有无断号；-o 导出为 CSV 或 XLSX。示例：handa firm register F1 --year 2026 -o 函号登记簿.xlsx"""
    from letters.batch import parties
    from letters.batch.register import check_register, register_lines

    suffix = ""
    if output is not None:
        suffix = demand_suffix(output, (".csv", ".xlsx"))
        demand_writable(output)
    with house(quiet=as_json) as db, db.session() as session:
        row = parties.firm_by_code(session, firm)
        checks = check_register(session, row, year)
        lines = list(register_lines(session, row, year, only_void=void))
    cells = [
        (one.year, one.number, one.letter_no, one.batch_no, one.dated, one.voided_at.date() if one.voided_at else None, one.void_reason)
        for one in lines
    ]
    headers = ("年份", "号", "函号", "批次", "日期", "作废日期", "作废原因")
    if output is not None:
        with whole_file(output) as target:
            (write_csv if suffix == ".csv" else write_xlsx)(target, headers, cells)
        say(f"已导出 {len(cells)} 行：{output}", quiet=as_json)
    sound = all(check.sound for check in checks)
    if as_json:
        document({"firm": firm, "sound": sound, "checks": [asdict(check) for check in checks], "numbers": [asdict(one) for one in lines]})
    else:
        table(
            "登记簿检查",
            ("年份", "函号", "作废", "断号", "其他"),
            [
                (c.year, c.numbers, c.void, "、".join(f"{a}–{b}" if a != b else str(a) for a, b in c.gaps) or "无", "；".join(c.faults) or "无")
                for c in checks
            ],
        )
        if output is None and cells:
            table(f"函号（共 {len(cells)} 个，显示前 {min(len(cells), SHOWN)} 个）", headers, [[v or "" for v in line] for line in cells[:SHOWN]])
    if not sound:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


FIRM_GATE: dict[str, Callable[..., None]] = {
    "client": client,
    "conflict": conflict,
    "conflict-clear": conflict_clear,
    "capacity": capacity,
    "renew": renew,
    "register": register,
}
"""Hung on ``handa firm`` by ``console.firm``."""
