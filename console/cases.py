"""``handa cases import|list|show|stop|resume``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, section
from console.faults import reason
from console.house import actor, day_of, house, workers
from console.options import AnyLender, CaseNo, Json, LenderCode
from console.payments import payment, say_affected, say_late
from console.speech import bars, document, done, say, table
from locate.case import STOP_NAMES, StopKind
from records.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from locate.intake.profile import Profile
    from locate.intake.report import ImportReport

app = section("cases")
app.command("payment", cls=SpokenCommand)(payment)
SHOWN_PROBLEMS = 20
STOP_KINDS = "、".join(f"{kind.value} {name}" for kind, name in STOP_NAMES.items())
KIND_NAMES = {
    "household": "户籍", "residence": "居住", "work": "单位", "billing": "账单", "delivery": "收货", "contract": "合同约定送达",
}  # fmt: skip
SOURCE_NAMES = {
    "contract": "合同约定", "reserved": "本人预留", "authorised": "本人授权", "conversation": "双方沟通", "public": "合法公开",
    "contact": "预留联系人告知", "credit_bureau": "授权征信查询", "court_order": "司法调查令", "guarantee": "担保/共债合同",
}  # fmt: skip
GRADE_NAMES = {"door": "到户", "building": "到楼", "place": "到村、小区或门牌", "area": "只到区域", "unusable": "不可用"}
VERDICT_NAMES = {"planned": "计划发函", "held": "暂停待人", "refused": "拒绝"}


@app.command("import", cls=SpokenCommand)
def import_(
    file: Annotated[Path, typer.Argument(metavar="文件", help="XLSX、XLS、ODS、CSV、TSV，或装有三张 CSV 的文件夹/ZIP")],
    lender: LenderCode,
    profile: Annotated[str | None, typer.Option("--profile", metavar="名称", help="资方的列对应方案名称")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="日期", help="以哪一天为准检查日期，并作为文件未写明时的截至日；不写则为今天")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不保存")] = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="目录", help="退回行工作簿的存放目录")] = None,
    as_json: Json = False,
) -> None:
    """导入委案表：逐行检查，好的入库，坏的连同原因退回。同一文件重复导入不会改变任何结果。示例：handa cases import 委案表.xlsx --lender DEMO --report ./退回"""
    from locate.ahead import reading_ahead
    from locate.intake.store import import_case_file
    from locate.reading import read_new
    from records.clock import today

    if report is not None:
        _demand_folder(report)
    as_of_day: date | None = None if as_of is None else day_of(as_of)
    several = workers(None) > 1
    with house(quiet=as_json) as db, bars() as progress, reading_ahead(worthwhile=several and not dry_run) as ahead:
        taken = import_case_file(
            db,
            lender,
            file,
            today=as_of_day or today(db.clock),
            actor=actor(),
            profile=profile,
            as_of=as_of_day,
            dry_run=dry_run,
            report_folder=report,
            progress=progress,
            ahead=ahead,
        )
        if not dry_run:
            # What was not read ahead, so that grades can be seen; a run cut off here loses nothing: planning reads the rest.
            read_new(db, lender, workers=workers(None), progress=progress)
    if as_json:
        document(taken.as_json())
    else:
        say_import(taken, dry_run=dry_run)
    if taken.rejected:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _demand_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise WrongUsage(f"--report 要的是一个文件夹，{folder} 不是。", "请换一个目录。")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise WrongUsage(f"无法建立目录 {folder}：{reason(fault)}。", "请核对路径与权限。") from fault


def say_import(taken: ImportReport, *, dry_run: bool = False) -> None:
    """The import's result for people: counts, how headers were understood, the first problems."""
    view = taken.as_json()
    if taken.already:
        say("此文件此前已导入，内容完全相同，未做任何改动。以下是当时的结果。")
    counts = view["counts"]
    table("导入结果" + ("（仅检查，未保存）" if dry_run else ""), ("项目", "数量"), [(COUNTS.get(k, k), v) for k, v in counts.items()])
    for sheet, header in view["header"].items():
        table(f"列对应：{sheet or '（单表）'}", ("字段", "文件中的列名"), list(header.items()))
    problems = [("退回", p) for p in view["rejected"]] + [("提示", p) for p in view["warnings"]]
    if problems:
        table(
            f"问题（共 {len(problems)} 条，显示前 {min(len(problems), SHOWN_PROBLEMS)} 条）",
            ("处理", "工作表", "行", "案件号", "字段", "代码", "说明"),
            [
                (level, p["sheet"] or "", p["row"] or "", p["case_no"] or "", p["field"] or "", p["code"], p["message"])
                for level, p in problems[:SHOWN_PROBLEMS]
            ],
        )
    if taken.report_file is not None:
        say(f"退回的行及原因：{taken.report_file}（改正后可直接重新导入）")


COUNTS = {
    "rows": "案件行", "accepted": "入库", "new": "新增", "updated": "更新", "unchanged": "未变", "duplicates": "重复（已忽略）",
    "rejected": "退回", "warnings": "提示", "addresses_accepted": "地址入库", "addresses_refused": "地址退回",
}  # fmt: skip


@app.command("list", cls=SpokenCommand)
def list_(
    lender: AnyLender = None,
    limit: Annotated[int, typer.Option("--limit", metavar="件数", min=1, help="最多列出多少件")] = 50,
    as_json: Json = False,
) -> None:
    """列出案件（不含个人信息）。示例：handa cases list --lender DEMO"""
    from locate.caseview import lender_known, list_cases

    with house(quiet=as_json) as db, db.session() as session:
        if lender is not None and not lender_known(session, lender):
            raise WrongUsage(f"没有资方“{lender}”。", "请用 handa lender list 查看。")
        total, rows = list_cases(session, lender, limit)
    if as_json:
        document({"total": total, "cases": rows})
        return
    table(
        f"案件（共 {total} 件，列出 {len(rows)} 件）",
        ("资方", "案件号", "产品", "版本", "停止发函"),
        [(r["lender"], r["case_no"], r["product"], r["version"], "是" if r["stopped"] else "") for r in rows],
    )


@app.command("show", cls=SpokenCommand)
def show(case_no: CaseNo, lender: LenderCode, as_json: Json = False) -> None:
    """查看一个案件（个人信息已遮盖）。示例：handa cases show AJ0001 --lender DEMO"""
    from sqlalchemy import select

    from letters.privacy.erased import demand_there
    from letters.tables_proof import RelayLetter
    from locate.caseview import case_view
    from locate.stops import case_by_no

    with house(quiet=as_json) as db, db.session() as session:
        case = case_by_no(session, lender, case_no)
        demand_there(session, case)
        view = case_view(session, db.cipher, case, beside=select(RelayLetter.decision_id))
    if as_json:
        document(view)
        return
    names = ("case_no", "debtor", "id_number", "mobile", "product", "total", "as_of", "overdue_since")
    titles = ("案件号", "债务人", "证件号", "手机", "产品", "债权合计（元）", "截至日", "逾期起始日")
    table("案件", ("项目", "值"), [(title, view[name]) for title, name in zip(titles, names, strict=True)])
    table(
        "地址",
        ("序号", "种类", "来源", "地址", "等级", "提示"),
        [
            (
                a["ordinal"], KIND_NAMES.get(a["kind"], a["kind"]), SOURCE_NAMES.get(a["source"], a["source"]), a["text"],
                GRADE_NAMES.get(a["grade"], "未解析"), "、".join(a["issues"] or []),
            )
            for a in view["addresses"]
        ],
    )  # fmt: skip
    if view["contacts"]:
        rows = [(c["ordinal"], c["name"], c["relation"], "是" if c["opted_out"] else "否") for c in view["contacts"]]
        table("联系人（不是收件人）", ("序号", "姓名", "关系", "已拒绝联系"), rows)
    if view["stops"]:
        table(
            "停止发函",
            ("原因", "自", "说明", "解除"),
            [(s["name"], s["since"], s["reason"], s["cleared_why"] or "") for s in view["stops"]],
        )
    if view["decision"]:
        decision = view["decision"]
        say(f"{decision['day']} 审查结果：{VERDICT_NAMES.get(decision['verdict'], decision['verdict'])}")
        table("规则结论", ("规则", "对象", "说明"), [(f["rule_id"], f["subject"], f["message"]) for f in decision["findings"]])
        table("选址理由", ("代码", "理由"), [(r["code"], r["text"]) for r in decision["reasons"]])


@app.command("stop", cls=SpokenCommand)
def stop(
    case_no: CaseNo,
    lender: LenderCode,
    kind: Annotated[StopKind, typer.Option("--kind", metavar="种类", help=f"原因种类：{STOP_KINDS}")],
    why: Annotated[str, typer.Option("--reason", metavar="文字", help="说明")],
    as_json: Json = False,
) -> None:
    """停止对一个案件发函，即时生效；已计划未交寄的函件会被抽回。示例：handa cases stop AJ0001 --lender DEMO --kind settled --reason 已结清"""
    from letters.batch.affected import affected_by_cases
    from letters.batch.late import note_late_of_cases
    from locate.stops import case_by_no, stop_case

    with house(quiet=as_json) as db, db.session() as session:
        case = case_by_no(session, lender, case_no)
        fresh = stop_case(session, case, kind, why, actor=actor(), clock=db.clock)
        session.flush()
        late = note_late_of_cases(session, [case.id], actor=actor(), clock=db.clock)
        coming = affected_by_cases(session, [case.id])
    words = f"案件 {case_no} {'已停止' if fresh else '此前已停止'}发函：{STOP_NAMES[kind]}。"
    lists = {"to_pull": [asdict(one) for one in coming], "too_late": [asdict(one) for one in late]}
    answer = {"case_no": case_no, "kind": kind, "stopped": fresh, **{name: found for name, found in lists.items() if found}}
    done(as_json, answer, words)
    if not as_json:
        say_affected(coming)
        say_late(late)


@app.command("resume", cls=SpokenCommand)
def resume(
    case_no: CaseNo,
    lender: LenderCode,
    kind: Annotated[StopKind, typer.Option("--kind", metavar="种类", help=f"解除哪一种停止：{STOP_KINDS}")],
    why: Annotated[str, typer.Option("--reason", metavar="文字", help="解除理由")],
    as_json: Json = False,
) -> None:
    """解除停止。示例：handa cases resume AJ0001 --lender DEMO --kind complaint --reason 投诉已办结"""
    from letters.answers.complaints import demand_answered
    from locate.stops import case_by_no, resume_case

    with house(quiet=as_json) as db, db.session() as session:
        case = case_by_no(session, lender, case_no)
        demand_answered(session, case, kind)
        cleared = resume_case(session, case, kind, why, actor=actor(), clock=db.clock)
    words = f"案件 {case_no} 已解除 {cleared} 条停止。" if cleared else f"案件 {case_no} 没有未解除的“{STOP_NAMES[kind]}”。"
    done(as_json, {"case_no": case_no, "kind": kind, "cleared": cleared}, words)


@app.command("profile", cls=SpokenCommand)
def profile(
    name: Annotated[str, typer.Argument(metavar="名称", help="方案名称；名为 default 的方案在导入时自动使用")],
    lender: LenderCode,
    file: Annotated[Path | None, typer.Option("--file", metavar="文件", help="列对应方案（JSON）；不写则显示已保存的方案")] = None,
    as_json: Json = False,
) -> None:
    """保存或查看资方的列对应方案；导入时它优先于自动识别。示例：handa cases profile default --lender DEMO --file 列对应.json"""
    import json

    from locate.intake.profile import mapping_of
    from locate.intake.store import load_profile, save_profile

    mapping = None
    if file is not None:
        try:
            mapping = json.loads(file.read_text(encoding="utf-8-sig"))
        except OSError as fault:
            raise WrongUsage(f"无法读取方案文件 {file}：{reason(fault)}。", "请核对路径与权限。") from fault
        except ValueError as fault:
            raise WrongUsage(f"方案文件 {file} 不是 UTF-8 编码的 JSON。", "写法见 docs/case-files.md。") from fault
        if not isinstance(mapping, dict):
            raise WrongUsage(f"方案文件 {file} 不是一个 JSON 对象。", "写法见 docs/case-files.md。")
    with house(quiet=as_json) as db, db.session() as session:
        if mapping is not None:
            kept: Profile | None = save_profile(session, lender, name, mapping, actor=actor(), clock=db.clock)
        else:
            kept = load_profile(session, lender, name)
    shown = {} if kept is None else mapping_of(kept)
    if as_json:
        document({"lender": lender, "name": name, "mapping": shown})
        return
    if mapping is not None:
        say(f"已保存资方 {lender} 的列对应方案 {name}。")
    table(f"列对应方案 {name}", ("部分", "内容"), [(part, json.dumps(value, ensure_ascii=False)) for part, value in shown.items()])
