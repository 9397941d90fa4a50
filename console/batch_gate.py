"""``handa batch gate|client-list|confirm|pull-list|accept-complaints``: what a batch needs beside its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.files import demand_suffix, demand_writable, whole_file
from console.house import actor, house, locked
from console.options import BatchNo, Json, Output
from console.payments import say_late
from console.speech import document, done, say, table
from records.errors import ExitCode
from records.money import yuan

if TYPE_CHECKING:
    from records.database import Database


def known_lawyer(db: Database, batch_no: str, code: str) -> str:
    """The code of a lawyer of the batch's firm.

    Raises:
        WrongUsage: the firm has none such.
    """
    from letters.batch.lookup import batch_by_no
    from letters.batch.parties import lawyer_of
    from letters.tables import Firm

    with db.session() as session:
        return lawyer_of(session, session.get_one(Firm, batch_by_no(session, batch_no).firm_id), code).code


def gate(
    batch_no: BatchNo,
    lawyer: Annotated[str | None, typer.Option("--lawyer", metavar="律师代码", help="签发律师；不写则为署名律师")] = None,
    as_json: Json = False,
) -> None:
    """签发前还缺什么：逐项列出规则、缺项与办理命令。示例：handa batch gate B20261121-01"""
    from letters.batch.lookup import batch_by_no
    from letters.batch.parties import lawyer_of
    from letters.batch.policies import policy_of_batch
    from letters.gate.missing import missing_for_release
    from letters.tables import Firm, Lawyer

    with house(quiet=as_json) as db, db.session() as session:
        batch = batch_by_no(session, batch_no)
        firm = session.get_one(Firm, batch.firm_id)
        person = session.get_one(Lawyer, batch.lawyer_id) if lawyer is None else lawyer_of(session, firm, lawyer)
        missing = missing_for_release(session, db.cipher, batch, person, policy=policy_of_batch(session, batch), clock=db.clock)
        code = person.code
    if as_json:
        document({"batch": batch_no, "lawyer": code, "missing": [asdict(one) for one in missing]})
    elif missing:
        table(f"批次 {batch_no} 由 {code} 签发尚缺", ("规则", "缺什么", "怎么办"), [(one.rule_id, one.what, one.command) for one in missing])
    else:
        say(f"批次 {batch_no} 可以签发：handa batch release {batch_no} --lawyer {code}")
    if missing:
        raise typer.Exit(int(ExitCode.NEEDS_DECISION))


def client_list(batch_no: BatchNo, output: Output = None, as_json: Json = False) -> None:
    """导出交资方签章的确认清单（案件、截至日、金额与清单哈希）。示例：handa batch client-list B20261121-01 -o 确认清单.xlsx"""
    from letters.batch.lookup import batch_by_no
    from letters.gate.confirming import batch_list, write_client_list

    if output is not None:
        demand_suffix(output, (".xlsx",))
        demand_writable(output)
    with house(quiet=as_json) as db, db.session() as session:
        batch = batch_by_no(session, batch_no)
        if output is None:
            found = batch_list(session, batch)
        else:
            with whole_file(output) as target:
                found = write_client_list(session, batch, target)
    words = f"批次 {batch_no}：{found.letters} 封，合计 {yuan(found.total_fen)} 元，清单哈希 {found.sha256}。"
    words += "加 -o 文件.xlsx 导出。" if output is None else f"已导出：{output}。请资方核对签章后回传，再用 handa batch confirm 登记。"
    done(as_json, {"batch": batch_no, "file": output, **asdict(found)}, words)


def confirm(
    batch_no: BatchNo,
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="资方确认人")],
    evidence: Annotated[Path, typer.Option("--evidence", metavar="文件", help="资方签章回传的清单、扫描件或邮件")],
    said_hash: Annotated[str, typer.Option("--hash", metavar="哈希", help="回传清单上的哈希（至少前 8 位），与本批现在的清单核对")] = "",
    as_json: Json = False,
) -> None:
    """登记资方对批次案件清单与金额的确认（R-LAW-04）；清单一旦变化即失效。示例：handa batch confirm B20261121-01 --by 李经理 --evidence 回传.pdf"""
    from letters.batch.lookup import batch_by_no
    from letters.gate.confirming import confirm_batch
    from letters.gate.papers import keep_paper

    with locked(as_json) as db, db.session() as session:
        batch = batch_by_no(session, batch_no)
        paper = keep_paper(db.settings, evidence)
        found, fresh = confirm_batch(session, batch, by=by, evidence=paper, said_hash=said_hash, actor=actor(), clock=db.clock)
    answer = {"batch": batch_no, "list_sha256": found.sha256, "evidence_sha256": paper.sha256, "recorded": fresh}
    done(as_json, answer, f"资方确认{'已登记' if fresh else '此前已登记'}：{found.letters} 封，合计 {yuan(found.total_fen)} 元，清单哈希 {found.sha256[:16]}…")


def pull_list(batch_no: BatchNo, output: Output = None, as_json: Json = False) -> None:
    """立即核对停止、还款与投诉并抽回，列出已印出、须从纸堆中抽走的函件；-o 导出为 PDF 或 XLSX。示例：handa batch pull-list B20261121-01 -o 抽件.pdf"""
    from letters.batch import pull_list as lists
    from letters.batch.lookup import batch_by_no

    if output is not None:
        demand_suffix(output, (".pdf", ".xlsx"))
        demand_writable(output)
    with locked(as_json) as db, db.session() as session:
        found = lists.pull_list(session, batch_by_no(session, batch_no), actor=actor(), clock=db.clock)
    if output is not None:
        with whole_file(output) as target:
            lists.write_pull_list(found, target)
        say(f"已导出 {len(found.on_paper)} 件：{output}", quiet=as_json)
    if as_json:
        document(asdict(found))
        return
    if not found.on_paper:
        say(f"批次 {batch_no} 没有须从纸堆中抽走的函件。")
    elif output is None:
        table("须从纸堆中抽走", lists.HEADERS, [one.cells() for one in found.on_paper])
    if found.unprinted:
        say(f"另有 {len(found.unprinted)} 封在印刷前已抽回，没有纸件。")
    say_late(found.late)


def accept_complaints(
    batch_no: BatchNo,
    lawyer: Annotated[str, typer.Option("--lawyer", metavar="律师代码", help="作出决定的律师")],
    why: Annotated[str, typer.Option("--reason", metavar="文字", help="查明的原因与继续的理由")],
    as_json: Json = False,
) -> None:
    """投诉偏多而停下的批次，由律师查明原因后决定继续；再有新投诉会再次停下（R-CMP-03）。示例：handa batch accept-complaints B20261121-01 --lawyer L001 --reason 已更正表述"""
    from letters.answers.rate import accept_complaints as accept
    from letters.batch.lookup import batch_by_no
    from letters.batch.parties import lawyer_of
    from letters.tables import Firm

    with locked(as_json) as db, db.session() as session:
        batch = batch_by_no(session, batch_no)
        person = lawyer_of(session, session.get_one(Firm, batch.firm_id), lawyer)
        complaints = accept(session, batch, person, why, clock=db.clock)
    done(as_json, {"batch": batch_no, "complaints": complaints}, f"律师 {lawyer} 已查看 {complaints} 件投诉，批次 {batch_no} 可以继续。")


BATCH_GATE: dict[str, Callable[..., None]] = {
    "gate": gate,
    "client-list": client_list,
    "confirm": confirm,
    "pull-list": pull_list,
    "accept-complaints": accept_complaints,
}
"""Hung on ``handa batch`` by ``console.batch``."""
