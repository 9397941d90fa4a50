"""``handa limitation …``: what lapses when, a lawyer's confirmation of evidence, dates and clauses, wording for lapsed debts."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, section
from console.files import read_evidence
from console.house import actor, day_of, house
from console.options import AnyLender, CaseNo, Json, LenderCode
from console.speech import document, done, say, table
from records.errors import WrongUsage

if TYPE_CHECKING:
    from letters.tables import Lawyer
    from locate.tables import Case

app = section("limitation")


class GradeWord(StrEnum):
    """Values of ``--grade``."""

    E2 = "E2"
    E3 = "E3"
    E4 = "E4"
    E5 = "E5"


class FactWord(StrEnum):
    """Values of ``--kind``."""

    LAST_DUE = "last_due"
    ACCELERATION = "acceleration"
    CLAUSE = "clause"


@app.command("list", cls=SpokenCommand)
def list_(
    until: Annotated[str | None, typer.Option("--until", metavar="日期", help="只列此日及以前届满的")] = None,
    lender: AnyLender = None,
    as_json: Json = False,
) -> None:
    """按时效届满先后列出案件与最迟交寄日。示例：handa limitation list --until 2027-03-31"""
    from letters.batch.lapsing import lapsing
    from letters.batch.parties import lender_by_code

    last = None if until is None else day_of(until)
    with house(quiet=as_json) as db, db.session() as session:
        if lender is not None:
            lender_by_code(session, lender)
        rows = lapsing(session, db.cipher, lender_code=lender, until=last)
    if as_json:
        document({"until": last, "cases": [asdict(row) for row in rows]})
    elif not rows:
        say("没有符合条件的案件。")
    else:
        table(
            f"诉讼时效（{len(rows)} 件，先届满的在前）",
            ("资方", "案件号", "最迟交寄", "届满日", "起算", "待律师确认", "停止发函"),
            [(r.lender, r.case_no, r.post_by, r.last_day, r.runs_from, r.unconfirmed or "", "是" if r.stopped else "") for r in rows],
        )


@app.command("confirm", cls=SpokenCommand)
def confirm(
    which: Annotated[str, typer.Argument(metavar="函号", help="函号或邮件号码")],
    lawyer: Annotated[str, typer.Option("--lawyer", metavar="代码", help="确认的执业律师")],
    grade: Annotated[GradeWord, typer.Option("--grade", metavar="等级", help="E2 家属、E3 拒收、E4 退回、E5 不作证据")],
    why: Annotated[str, typer.Option("--reason", metavar="文字", help="依据与理由")],
    as_json: Json = False,
) -> None:
    """律师确认一封函件的送达证据等级（E3、E4 只有确认后才中断时效）。示例：handa limitation confirm XA00000015242 --lawyer L001 --grade E3 --reason 拒收退回，地址未变更"""
    from letters.batch.lapsing import confirm_grade
    from letters.batch.letterview import find_letter
    from letters.rules.grading import GRADE_NAMES, Grade

    with house(quiet=as_json) as db, db.session() as session:
        letter, _ = find_letter(session, which)
        delivery = confirm_grade(session, db.cipher, letter, lawyer, Grade(grade.value), why, clock=db.clock)
        number = letter.letter_no
    words = f"已确认 {number}：{grade.value} {GRADE_NAMES[Grade(grade.value)]}（{delivery.arrived_on}）。"
    done(as_json, {"letter_no": number, "grade": grade.value, "on": delivery.arrived_on}, words)


@app.command("record", cls=SpokenCommand)
def record(
    case_no: CaseNo,
    lender: LenderCode,
    kind: Annotated[FactWord, typer.Option("--kind", metavar="种类", help="last_due 最后到期日、acceleration 提前到期日、clause 送达地址条款")],
    evidence: Annotated[Path, typer.Option("--evidence", metavar="文件", help="证明文件（合同页、通知书等），登记其哈希")],
    date_text: Annotated[str | None, typer.Option("--date", metavar="日期", help="到期日；条款不写")] = None,
    text: Annotated[str, typer.Option("--text", metavar="文字", help="条款原文")] = "",
    page: Annotated[int, typer.Option("--page", metavar="页码", help="条款所在页", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """登记时效起算日或合同送达地址条款（R-LIM-01、R-LIM-07）。示例：handa limitation record AJ0001 --lender DEMO --kind last_due --date 2025-06-30 --evidence 合同.pdf"""
    from letters.batch.lapsing import record_fact
    from locate.stops import case_by_no

    clause = kind is FactWord.CLAUSE
    if clause and (not text.strip() or not page):
        raise WrongUsage("登记条款须写明原文与页码。", "请加 --text 与 --page。")
    if not clause and date_text is None:
        raise WrongUsage("登记到期日须写明日期。", "请加 --date。")
    content = read_evidence(evidence)
    with house(quiet=as_json) as db, db.session() as session:
        case = case_by_no(session, lender, case_no)
        record_fact(
            session, db.cipher, case, kind.value, on=None if clause else day_of(date_text), text=f"第{page}页：{text}" if clause else "",
            evidence_name=evidence.name, evidence_sha256=hashlib.sha256(content).hexdigest(), by=actor(), actor=actor(), clock=db.clock,
        )
    done(as_json, {"case_no": case_no, "kind": kind.value}, f"已登记案件 {case_no}。")


@app.command("wording", cls=SpokenCommand)
def wording(
    case_no: CaseNo,
    lender: LenderCode,
    template: Annotated[str, typer.Option("--template", metavar="模板", help="律师选定的模板，如 reminder@1")],
    lawyer: Annotated[str, typer.Option("--lawyer", metavar="代码", help="作出选择的执业律师")],
    why: Annotated[str, typer.Option("--reason", metavar="文字", help="时效核对结论与理由")],
    as_json: Json = False,
) -> None:
    """律师为时效已过或将届满的案件选定模板；已过的不得含起诉措辞。示例：handa limitation wording AJ0001 --lender DEMO --template reminder@1 --lawyer L001 --reason 已核对，仅作提示"""
    from letters.batch.lapsing import record_fact
    from letters.batch.limits import WORDING
    from letters.compose import load_bundle
    from locate.stops import case_by_no

    if not why.strip():
        raise WrongUsage("须写明理由。", "请加 --reason。")
    with house(quiet=as_json) as db, db.session() as session:
        sha256 = load_bundle(template).sha256
        case = case_by_no(session, lender, case_no)
        person = _lawyer(session, case, lawyer)
        record_fact(
            session, db.cipher, case, WORDING, on=None, text=template, evidence_name=why, evidence_sha256=sha256,
            by=f"lawyer:{person.code}", actor=actor(), clock=db.clock,
        )
    done(as_json, {"case_no": case_no, "template": template}, f"已登记：案件 {case_no} 由律师 {lawyer} 选定模板 {template}。")


def _lawyer(session: object, case: Case, code: str) -> Lawyer:
    """The practising lawyer of the firm that serves the case's lender."""
    from sqlalchemy.orm import Session

    from letters.batch.parties import lawyer_of, parties_of
    from locate.tables import Lender

    assert isinstance(session, Session)
    person = lawyer_of(session, parties_of(session, session.get_one(Lender, case.lender_id)).firm, code)
    if not person.is_lawyer or not person.active:
        raise WrongUsage(f"“{code}”不是在册执业律师。", "请由执业律师选定。")
    return person


