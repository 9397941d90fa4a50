"""``handa contacts …``: refusals (R-THP-04), attempts that prove a debtor lost (R-THP-02), relay letters to contacts."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, section
from console.files import read_evidence
from console.house import actor, day_of, house, locked
from console.options import CaseNo, Day, Json, LenderCode
from console.payments import say_affected
from console.speech import document, done, say, table
from records.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

app = section("contacts")


class ResultWord(StrEnum):
    """Values of ``--result``."""

    FAILED = "failed"
    INVALID_NUMBER = "invalid_number"
    ANSWERED = "answered"


@app.command("opt-out", cls=SpokenCommand)
def opt_out(
    how: Annotated[str, typer.Option("--how", metavar="文字", help="以何种方式提出，如 来电、短信")],
    reason: Annotated[str, typer.Option("--reason", metavar="文字", help="原话或理由")],
    mobile: Annotated[str | None, typer.Option("--mobile", metavar="号码", help="联系人手机号")] = None,
    letter: Annotated[str | None, typer.Option("--letter", metavar="函号", help="或其收到的转告函的函号或邮件号码")] = None,
    as_json: Json = False,
) -> None:
    """登记联系人拒绝联系：永久、全渠道、即时生效，已印刷未交寄的转告函会被抽回。示例：handa contacts opt-out --mobile 19900000000 --how 来电 --reason 要求不再联系"""
    from letters.batch.affected import affected_by_refusal
    from locate.contacts.store import MOBILE_INDEX, record_opt_out_of

    if (mobile is None) == (letter is None):
        raise WrongUsage("请写明手机号（--mobile）或转告函的函号（--letter），二者择一。", "示例：--mobile 19900000000")
    if mobile is not None and not (mobile.isascii() and mobile.isdigit() and len(mobile) == 11):
        raise WrongUsage("手机号必须是 11 位数字。", "请核对后重试。")
    if not how.strip() or not reason.strip():
        raise WrongUsage("须写明以何种方式提出（--how）与理由（--reason）。", "例如：--how 来电 --reason 要求不再联系")
    with house(quiet=as_json) as db, db.session() as session:
        index = db.cipher.blind(MOBILE_INDEX, mobile) if mobile is not None else _number_of(session, str(letter))
        fresh = record_opt_out_of(session, index, how=how, reason=reason, actor=actor(), clock=db.clock)
        session.flush()
        coming = affected_by_refusal(session, index)
    words = "已登记，该号码永久不再联系。" if fresh else "该号码此前已登记拒绝联系。"
    done(as_json, {"recorded": fresh, "to_pull": [asdict(one) for one in coming]}, words)
    if not as_json:
        say_affected(coming)


def _number_of(session: Session, which: str) -> bytes:
    """The blind index of the number of the contact whom this relay letter is for."""
    from letters.batch.letterview import find_letter
    from letters.batch.relaying import mobile_index_of

    index = mobile_index_of(session, find_letter(session, which)[0])
    if index is None:
        raise WrongUsage(f"“{which}”不是转告函。", "请用 --mobile 写明联系人的手机号。")
    return index


@app.command("lost", cls=SpokenCommand)
def lost(
    case_no: CaseNo,
    lender: LenderCode,
    result: Annotated[ResultWord, typer.Option("--result", help="failed 未接通、invalid_number 空号、answered 已接通")],
    evidence: Annotated[str, typer.Option("--evidence", metavar="编号", help="通话记录或录音编号")],
    date_text: Day = None,
    number: Annotated[str, typer.Option("--number", metavar="号码", help="所呼叫的号码；不写则为案件登记的手机号")] = "",
    as_json: Json = False,
) -> None:
    """登记一次与债务人联系的结果，作为失联证明（R-THP-02）。示例：handa contacts lost AJ0001 --lender DEMO --result failed --evidence LY-20261120-01"""
    from locate.contacts.lost_contact import CallResult, lost_contact
    from locate.contacts.store import attempts_of, record_attempt
    from locate.stops import case_by_no
    from records.clock import today

    on = day_of(date_text)
    with house(quiet=as_json) as db, db.session() as session:
        case = case_by_no(session, lender, case_no)
        fresh = record_attempt(
            session, db.cipher, case, CallResult(result.value), on=on, evidence=evidence, mobile=number, actor=actor(), clock=db.clock
        )
        session.flush()
        proof = lost_contact(attempts_of(session, [case.id]).get(case.id, []), today(db.clock))
    since = f"，自 {proof.since} 起" if proof.since else ""
    words = f"{'已登记' if fresh else '此前已登记'}。案件 {case_no} {'已失联' if proof.lost else '尚未失联'}（{proof.how}{since}）。"
    done(as_json, {"case_no": case_no, "recorded": fresh, "lost": proof.lost, "how": proof.how, "since": proof.since}, words)


class AskWord(StrEnum):
    """Values of ``--result`` of ``contacts result``."""

    RELAYS = "relays"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    DENIES = "denies"
    COMPLAINED = "complained"


@app.command("result", cls=SpokenCommand)
def result(
    case_no: CaseNo,
    lender: LenderCode,
    contact: Annotated[int, typer.Option("--contact", metavar="序号", min=1, help="联系人序号")],
    heard: Annotated[
        AskWord,
        typer.Option(
            "--result",
            help="relays 答应转达、answered 接听未答应、no_answer 未接通、wrong_number 号码不是本人、denies 不认识债务人、complained 投诉",
        ),
    ],
    evidence: Annotated[str, typer.Option("--evidence", metavar="编号", help="通话记录或录音编号")],
    date_text: Day = None,
    propensity: Annotated[float | None, typer.Option("--propensity", metavar="概率", help="当时选中此人的概率（按概率选人时）；不写则为未记")] = None,
    as_json: Json = False,
) -> None:
    """登记一次向联系人询问的结果：供排序与训练；投诉即永久不再联系。示例：handa contacts result AJ0001 --lender DEMO --contact 1 --result relays --evidence LY-20261121-01"""
    from letters.batch.affected import affected_by_refusal
    from letters.batch.contact_knowledge import bars_on
    from locate.contacts.asks import ASK_NAMES, AskResult, number_of, record_ask
    from locate.stops import case_by_no

    on = day_of(date_text)
    with house(quiet=as_json) as db, db.session() as session:
        case = case_by_no(session, lender, case_no)
        bars = bars_on(session, db.cipher, case, contact, on, db.clock())
        fresh = record_ask(
            session, case, contact, AskResult(heard.value), on=on, evidence=evidence, propensity=propensity, actor=actor(), clock=db.clock
        )
        session.flush()
        coming = affected_by_refusal(session, number_of(session, case, contact)) if heard is AskWord.COMPLAINED else []
    words = f"{'已登记' if fresh else '此前已登记'}：案件 {case_no} 联系人{contact} {ASK_NAMES[AskResult(heard.value)]}。"
    if bars:
        words += f"\n注意：按登记，{on} 不应询问此人（{'；'.join(bar.text for bar in bars)}），此次不用于训练。"
    done(as_json, {
        "case_no": case_no, "contact": contact, "recorded": fresh, "bars": [bar.code for bar in bars], "to_pull": [asdict(one) for one in coming],
    }, words)  # fmt: skip
    if not as_json:
        say_affected(coming)


@app.command("household", cls=SpokenCommand)
def household(
    case_no: CaseNo,
    lender: LenderCode,
    contact: Annotated[int, typer.Option("--contact", metavar="序号", min=1, help="配偶在案件中的联系人序号")],
    evidence: Annotated[Path, typer.Option("--evidence", metavar="文件", help="家庭共同债务的证据，登记其哈希")],
    reviewer: Annotated[str, typer.Option("--reviewer", metavar="姓名", help="复核人")],
    as_json: Json = False,
) -> None:
    """登记配偶的家庭共同债务证据与复核人（R-THP-05）。示例：handa contacts household AJ0001 --lender DEMO --contact 1 --evidence 证据.pdf --reviewer 李复核"""
    from letters.batch.relay_papers import record_household
    from locate.stops import case_by_no

    content = read_evidence(evidence)
    with house(quiet=as_json) as db, db.session() as session:
        case = case_by_no(session, lender, case_no)
        record_household(
            session, case, contact, name=evidence.name, sha256=hashlib.sha256(content).hexdigest(), reviewer=reviewer,
            actor=actor(), clock=db.clock,
        )
    done(as_json, {"case_no": case_no, "contact": contact}, f"已登记案件 {case_no} 联系人{contact} 的证据与复核人。")


@app.command("relay", cls=SpokenCommand)
def relay(
    lender: LenderCode,
    case_no: Annotated[str | None, typer.Argument(metavar="案件号", help="不写则为所有已失联的案件")] = None,
    contact: Annotated[int | None, typer.Option("--contact", metavar="序号", min=1, help="联系人序号；不写则按排序选定")] = None,
    date_text: Day = None,
    as_json: Json = False,
) -> None:
    """计划致联系人的转告函（只请其转告，不涉债务）；之后与其他批次一样抽样、签发、印刷、封装、交寄。示例：handa contacts relay AJ0001 --lender DEMO --contact 1"""
    from letters.batch.relaying import plan_relay
    from letters.batch.view import VERDICT_NAMES

    if contact is not None and case_no is None:
        raise WrongUsage("指定联系人序号时须写明案件号。", "示例：handa contacts relay AJ0001 --lender DEMO --contact 1")
    with locked(as_json) as db:
        plan = plan_relay(db, lender, day_of(date_text), actor=actor(), case_no=case_no, contact=contact)
    if as_json:
        names = ("case_no", "contact", "verdict", "findings")
        document({"batch_no": plan.batch_no, "letters": [dict(zip(names, one, strict=True)) for one in plan.results]})
    else:
        table(
            "转告函",
            ("案件号", "联系人", "结果", "理由与处理"),
            [(case, ordinal, VERDICT_NAMES[verdict], "".join(why)) for case, ordinal, verdict, why in plan.results],
        )
        say(f"批次：{plan.batch_no or '未建立'}")
    if any(verdict != "planned" for _, _, verdict, _ in plan.results):
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))
