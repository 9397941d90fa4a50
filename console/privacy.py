"""``handa privacy …``: looking at, giving out, keeping and erasing the personal data of the people in cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, section
from console.files import demand_suffix, demand_writable, whole_file
from console.house import actor, house, locked
from console.options import CaseNo, Json, LenderCode
from console.speech import bars, document, done, say, table
from records.errors import NeedsDecision, WrongUsage

if TYPE_CHECKING:
    from letters.privacy.purging import Due

app = section("privacy")
By = Annotated[str, typer.Option("--by", metavar="姓名", help="作出决定的人")]
Why = Annotated[str, typer.Option("--reason", metavar="文字", help="理由")]
Second = Annotated[str, typer.Option("--second", metavar="姓名", help="24 小时内满 25 人起，另一名同意的负责人（R-PII-04）")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只列出，不删除")]
SHOWN = 20


def _named(by: str, why: str) -> None:
    if not by.strip() or not why.strip():
        raise WrongUsage("须写明作出决定的人与理由。", "请加 --by 姓名 --reason 理由。")


@app.command("unmask", cls=SpokenCommand)
def unmask(case_no: CaseNo, lender: LenderCode, by: By, why: Why, second: Second = "", as_json: Json = False) -> None:
    """查看一个案件未遮盖的个人信息；谁、为何、何时先入审计链（R-PII-02）。示例：handa privacy unmask AJ0001 --lender DEMO --by 张三 --reason 核对退件地址"""
    from letters.batch.parties import lender_by_code
    from letters.privacy.subject import UNMASKED, look, unmasked
    from locate.stops import case_by_no

    with house(quiet=as_json) as db:
        with db.session() as session:  # the record stands before anything is shown
            case = case_by_no(session, lender, case_no)
            look(
                session, lender_by_code(session, lender), case, action=UNMASKED, by=by, second=second, reason=why, actor=actor(),
                clock=db.clock,
            )  # fmt: skip
        with db.session() as session:
            found = unmasked(session, db.cipher, case_by_no(session, lender, case_no))
    if as_json:
        document(found)
        return
    titles = {"debtor_name": "姓名", "id_number": "证件号", "mobile": "手机", "contract_no": "合同号"}
    rows = [(title, found[name]) for name, title in titles.items()]
    rows += [(f"地址{one['ordinal']}", one["text"]) for one in found["addresses"]]
    table(f"案件 {case_no}（已记录查看：{by}）", ("项目", "内容"), rows)


@app.command("export", cls=SpokenCommand)
def export(
    case_no: CaseNo,
    lender: LenderCode,
    by: By,
    why: Why,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写入的 .zip 或 .json")],
    second: Second = "",
    as_json: Json = False,
) -> None:
    """导出所存的一个人的全部信息，答复其查阅、复制请求（个人信息保护法 45）；联系人等他人信息仍遮盖，导出入审计链。示例：handa privacy export AJ0001 --lender DEMO --by 张三 --reason 本人书面申请 -o 本人信息.zip"""
    from letters.batch.parties import lender_by_code
    from letters.post.evidence_zip import write_zip
    from letters.privacy.subject import EXPORTED, everything, look
    from locate.stops import case_by_no

    demand_suffix(output, (".zip", ".json"))
    demand_writable(output)
    with house(quiet=as_json) as db:
        with db.session() as session:
            case = case_by_no(session, lender, case_no)
            look(
                session, lender_by_code(session, lender), case, action=EXPORTED, by=by, second=second, reason=why, actor=actor(),
                clock=db.clock,
            )  # fmt: skip
        with db.session() as session:
            found = everything(session, db.cipher, lender_by_code(session, lender), case_by_no(session, lender, case_no))
    content = (json.dumps(found, ensure_ascii=False, indent=1, default=str) + "\n").encode()
    with whole_file(output) as target:
        if output.suffix.lower() == ".zip":
            write_zip({"本人信息.json": content}, target)
        else:
            target.write_bytes(content)
    done(as_json, {"file": output, "letters": len(found["letters"])}, f"已写入：{output}（函件 {len(found['letters'])} 封）。只可交给本人或其代理人。")


@app.command("erase", cls=SpokenCommand)
def erase(case_no: CaseNo, lender: LenderCode, by: By, why: Why, dry_run: DryRun = False, as_json: Json = False) -> None:
    """删除一个案件的个人信息（加密字段以空值覆盖，不可恢复）；尚须保存的逐条说明原因，不删除。示例：handa privacy erase AJ0001 --lender DEMO --by 张三 --reason 委托终止"""
    from letters.batch.parties import lender_by_code
    from letters.batch.policies import policy_in_force
    from letters.privacy.erased import demand_there
    from letters.privacy.erasing import erase_cases
    from letters.privacy.retention import reasons_to_keep
    from locate.stops import case_by_no
    from records.clock import today

    _named(by, why)
    with locked(as_json) as db, db.session() as session:
        row, case = lender_by_code(session, lender), case_by_no(session, lender, case_no)
        demand_there(session, case)
        policy = policy_in_force(session, str(row.settings.get("firm", "")), lender)
        reasons = reasons_to_keep(session, [case.id], policy, today(db.clock)).get(case.id, [])
        if reasons:
            raise NeedsDecision(
                f"案件 {case_no} 的个人信息现在不能删除：{''.join(reasons)}",
                "本人要求停止使用的，请用 handa cases stop 登记 objection：除存储外不再使用（R-SRC-07）。",
            )
        erased = 0 if dry_run else erase_cases(session, db.cipher, row, [case.id], by=by, reason=why, actor=actor(), clock=db.clock)
    words = f"案件 {case_no} 的个人信息{'可以删除' if dry_run else '已删除，不可恢复'}。"
    done(as_json, {"case_no": case_no, "erased": erased, "may_be_erased": True}, words)


@app.command("purge", cls=SpokenCommand)
def purge(by: By, why: Why, dry_run: DryRun = False, as_json: Json = False) -> None:
    """删除保存期限已满的印刷文件与个人信息（期限见 handa policy show 的 retain_…）；证据、投诉、诉讼仍需要的不删。示例：handa privacy purge --by 张三 --reason 月度清理 --dry-run"""
    from letters.privacy.purging import due
    from letters.privacy.purging import purge as run
    from records.clock import today

    _named(by, why)
    with locked(as_json) as db:
        day = today(db.clock)
        if dry_run:
            with db.session() as session:
                found = due(session, db, day)
        else:
            with bars() as report:
                found = run(db, day, by=by, reason=why, actor=actor(), progress=report)
    if as_json:
        document({"day": day, "dry_run": dry_run, "working": found.working, "whole": found.whole, "cases": found.cases})
    else:
        _say(found, "可以删除" if dry_run else "已删除")


def _say(found: Due, verb: str) -> None:
    if not (found.working or found.whole or found.cases):
        say("没有保存期限已满的内容。")
        return
    say(f"{verb}：{len(found.working)} 个批次的印刷工作文件、{len(found.whole)} 个批次的全部文件、{len(found.cases)} 件案件的个人信息。")
    rows = [("印刷工作文件", one) for one in found.working] + [("批次全部文件", one) for one in found.whole]
    rows += [("案件个人信息", f"{lender} {case_no}") for lender, case_no in found.cases]
    table(f"{verb}（共 {len(rows)} 项，显示前 {min(SHOWN, len(rows))} 项）", ("种类", "对象"), rows[:SHOWN])


