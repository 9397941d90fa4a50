"""``handa verify`` and ``handa complaint …``: what is answered to debtors, and what is taken in from them."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.commandline import SpokenCommand, section
from console.house import actor, day_of, house
from console.options import CaseNo, Json, LenderCode
from console.payments import say_affected, say_late
from console.speech import document, done, say, table
from records.errors import ExitCode

complaint_app = section("complaint")


class KindWord(StrEnum):
    """Values of ``--kind``."""

    COMPLAINT = "complaint"
    OBJECTION = "objection"


def register(app: typer.Typer) -> None:
    """Hang the command on ``app``."""
    app.command("verify")(verify)


def verify(
    code: Annotated[str, typer.Argument(metavar="核验码", help="对方读出的、印在函上的核验码")],
    caller: Annotated[str, typer.Option("--caller", metavar="文字", help="来电号码或来源（只存加密索引，用来限制试码）")],
    as_json: Json = False,
) -> None:
    """凭函上的核验码确认函件是否由律所寄出。只可告知所列各项；债务、姓名、金额与资方一概不得透露。示例：handa verify 7K3QM2X9PA --caller 027-12345678"""
    from letters.answers.verification import verify_code
    from letters.batch.policies import policy_in_force

    with house(quiet=as_json) as db:
        with db.session() as session:
            policy = policy_in_force(session, "", "")
        found = verify_code(db, code, caller, policy=policy, actor=actor())
    if as_json:
        document({"found": found is not None, "confirmed": None if found is None else asdict(found)})
    elif found is None:
        say("没有寄出过带此核验码的函件。请告知对方：该函可能不是本所寄出，勿向函中账户付款。")
    else:
        table(
            "可以告知对方的内容（仅此而已）",
            ("项目", "内容"),
            [
                ("函号", found.letter_no), ("日期", found.dated), ("律所", found.firm), ("执业许可证号", found.licence_no),
                ("律师", found.lawyer), ("律师执业证号", found.lawyer_licence_no), ("律所电话", found.firm_phone),
            ],
        )  # fmt: skip
        say("函件内容请对方以手中原件为准；有异议的，请登记：handa complaint add。")
    if found is None:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


@complaint_app.command("add", cls=SpokenCommand)
def add(
    case_no: CaseNo,
    lender: LenderCode,
    kind: Annotated[KindWord, typer.Option("--kind", help="complaint 投诉、objection 异议")],
    channel: Annotated[str, typer.Option("--channel", metavar="文字", help="来自何种渠道，如 来电、来信、监管转办")],
    text: Annotated[str, typer.Option("--text", metavar="文字", help="内容（加密保存）")],
    letter: Annotated[str | None, typer.Option("--letter", metavar="函号", help="所指函件的函号或邮件号码；不写则为该案最近一封")] = None,
    received: Annotated[str | None, typer.Option("--on", metavar="日期", help="收到日期；不写则为今天")] = None,
    as_json: Json = False,
) -> None:
    """登记投诉或异议：案件当日停止发函，在途批次中的函件抽回，并按工作日算出答复期限。示例：handa complaint add AJ0001 --lender DEMO --kind objection --channel 来电 --text 称已还清"""
    from letters.answers.complaints import KIND_NAMES, ComplaintKind, letter_of, take_in
    from letters.batch.affected import affected_by_cases
    from letters.batch.late import note_late_of_cases
    from letters.batch.policies import policy_in_force
    from locate.stops import case_by_no

    day = day_of(received)
    with house(quiet=as_json) as db, db.session() as session:
        case = case_by_no(session, lender, case_no)
        taken = take_in(
            session, db.cipher, case, ComplaintKind(kind), letter=letter_of(session, letter) if letter else None, channel=channel,
            what=text, received_on=day, policy=policy_in_force(session, "", lender), actor=actor(), clock=db.clock,
        )  # fmt: skip
        session.flush()
        late = note_late_of_cases(session, [case.id], actor=actor(), clock=db.clock)
        coming = affected_by_cases(session, [case.id])
    about = f"（所指函件 {taken.letter_no}）" if taken.letter_no else ""
    words = f"已登记{KIND_NAMES[ComplaintKind(kind)]} {taken.complaint_no}{about}：案件 {case_no} 已停止发函，请于 {taken.due_on} 前答复。"
    done(as_json, {**asdict(taken), "to_pull": [asdict(one) for one in coming], "too_late": [asdict(one) for one in late]}, words)
    if not as_json:
        say_affected(coming)
        say_late(late)


@complaint_app.command("list", cls=SpokenCommand)
def list_(
    only_open: Annotated[bool, typer.Option("--open", help="只列未办结的")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列逾期未办结的")] = False,
    date_text: Annotated[str | None, typer.Option("--date", metavar="日期", help="以哪一天判断逾期；不写则为今天")] = None,
    as_json: Json = False,
) -> None:
    """列出投诉与异议，最先到期的在前；有逾期未办结的以退出码 1 结束。示例：handa complaint list --open"""
    from letters.answers.complaints import KIND_NAMES, ComplaintKind, list_complaints

    day = day_of(date_text)
    with house(quiet=as_json) as db, db.session() as session:
        rows = list_complaints(session, day, only_open=only_open, only_overdue=overdue)
    if as_json:
        document({"date": day, "complaints": rows})
    elif not rows:
        say("没有符合条件的投诉或异议。")
    else:
        table(
            "投诉与异议",
            ("编号", "种类", "资方", "案件号", "函号", "批次", "收到", "期限", "状态"),
            [
                (
                    row["complaint_no"], KIND_NAMES[ComplaintKind(row["kind"])], row["lender"], row["case_no"], row["letter_no"],
                    row["batch_no"], row["received_on"], row["due_on"],
                    "逾期" if row["overdue"] else "未办结" if row["resolved_on"] is None else "成立" if row["upheld"] else "不成立",
                )
                for row in rows
            ],
        )  # fmt: skip
    if any(row["overdue"] for row in rows):
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


@complaint_app.command("resolve", cls=SpokenCommand)
def resolve(
    number: Annotated[str, typer.Argument(metavar="编号", help="如 C20261121-0001")],
    result: Annotated[str, typer.Option("--result", metavar="文字", help="核实结果（加密保存）")],
    upheld: Annotated[bool, typer.Option("--upheld/--not-upheld", help="成立或不成立")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="不成立的，同时恢复发函")] = False,
    evidence: Annotated[Path | None, typer.Option("--evidence", metavar="文件", help="答复函等凭据（存档）")] = None,
    as_json: Json = False,
) -> None:
    """登记核实结果；有结果之前案件不能再发函。示例：handa complaint resolve C20261121-0001 --result 经核对流水，欠款属实 --not-upheld --resume"""
    from letters.answers import complaints
    from letters.gate.papers import keep_paper

    with house(quiet=as_json) as db, db.session() as session:
        paper = None if evidence is None else keep_paper(db.settings, evidence)
        fresh = complaints.resolve(
            session, db.cipher, number, result=result, upheld=upheld, resume=resume, evidence=paper, by=actor(), clock=db.clock
        )
    outcome = "已办结" if fresh else "此前已办结，未作改动"
    done(as_json, {"complaint_no": number, "resolved": fresh}, f"{number} {outcome}。")
