"""``handa post postage|settle-difference|swapped``: what the post charged, and whether its tracks fit the addresses."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.files import demand_readable, demand_suffix, demand_writable, neutral, whole_file
from console.house import actor, house, locked
from console.options import BatchNo, Json, Output
from console.speech import document, done, say, table
from letters.post.causes import CAUSE_NAMES, Cause
from records.errors import ExitCode
from records.money import yuan

if TYPE_CHECKING:
    from letters.batch.postage import Difference
    from letters.post.swapped import Misplaced
    from records.database import Database

_SUM = re.compile(r"-?[0-9]+(\.[0-9]{2})?")
HEADERS = ("邮件号码", "函号", "应收（元）", "实收（元）", "差额（元）", "清单重（克）", "回执重（克）", "可能原因", "说明", "处理")


def postage(batch_no: BatchNo, output: Output = None, as_json: Json = False) -> None:
    """逐件核对批次资费与回执：应收、实收、差额及可能原因；有未处理的差额时批次不能结清。示例：handa post postage B20261121-01"""
    from letters.batch.lookup import batch_by_no
    from letters.batch.postage import compare_postage

    if output is not None:
        demand_suffix(output, (".csv",))
        demand_writable(output)
    with house(quiet=as_json) as db, db.session() as session:
        found = compare_postage(session, batch_by_no(session, batch_no))
    rows = [_cells(one) for one in found.differences]
    if output is not None:
        with whole_file(output) as target, target.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADERS)
            # Sums stay numbers, minus sign and all; words are kept from acting as formulas.
            writer.writerows([[cell if _SUM.fullmatch(str(cell)) else neutral(cell) for cell in row] for row in rows])
        say(f"已导出 {len(rows)} 行：{output}", quiet=as_json)
    if as_json:
        differences = [{**asdict(one), "difference_fen": one.difference_fen, "open": one.settled is None} for one in found.differences]
        summed = {name: getattr(found, name) for name in ("acknowledged", "refused", "expected_fen", "charged_fen", "difference_fen", "other_weight")}
        document({"batch": found.batch_no, **summed, "open": len(found.open), "by_cause": found.by_cause, "differences": differences})
    else:
        say(
            f"批次 {found.batch_no}：回执 {found.acknowledged} 件（拒收 {found.refused} 件），应收 {yuan(found.expected_fen)} 元，"
            f"实收 {yuan(found.charged_fen)} 元，差额 {yuan(found.difference_fen)} 元；另称重不同 {found.other_weight} 件。"
        )
        if rows and output is None:
            table("资费差额", HEADERS, rows)
        for cause, count in found.by_cause.items():
            say(f"{CAUSE_NAMES[cause]}（{cause}）：{count} 件未处理。")
        if found.open:
            say(f"核实后登记处理：handa post settle-difference {found.batch_no} --cause {found.open[0].cause} --reason 理由 --by 姓名")
        elif found.acknowledged:
            say("没有未处理的差额。")
    if found.open:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _cells(one: Difference) -> tuple[object, ...]:
    charged = "未列" if one.charged_fen is None else yuan(one.charged_fen)
    weight = "未列" if one.charged_weight_g is None else one.charged_weight_g
    settled = f"{one.settled.by}：{one.settled.reason}" if one.settled else "未处理"
    return (
        one.item_no, one.letter_no, yuan(one.expected_fen), charged, yuan(one.difference_fen), one.weight_g, weight, CAUSE_NAMES[one.cause],
        one.words, settled,
    )  # fmt: skip


def settle_difference(
    batch_no: BatchNo,
    reason: Annotated[str, typer.Option("--reason", metavar="文字", help="核实的结果：为何照付、由谁补退")],
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="经办人")],
    item: Annotated[list[str] | None, typer.Option("--item", metavar="号码", help="邮件号码，可重复")] = None,
    cause: Annotated[Cause | None, typer.Option("--cause", metavar="原因", help="处理该原因的全部未处理差额，代码见 handa post postage")] = None,
    evidence: Annotated[Path | None, typer.Option("--evidence", metavar="文件", help="依据：复称记录、对账单、往来函件")] = None,
    as_json: Json = False,
) -> None:
    """登记资费差额的处理，逐件或按原因；只追加，不改动。示例：handa post settle-difference B20261121-01 --cause WEIGHT_STEP --reason 复称属实照付 --by 张三"""
    from letters.batch.lookup import batch_by_no
    from letters.batch.postage import open_differences, settle_differences
    from letters.gate.papers import keep_paper

    if evidence is not None:
        demand_readable(evidence)
    with locked(as_json) as db, db.session() as session:
        batch = batch_by_no(session, batch_no)
        paper = keep_paper(db.settings, evidence) if evidence else None
        settled = settle_differences(
            session, batch, items=item or (), cause=cause, reason=reason, by=by, evidence=paper, actor=actor(), clock=db.clock
        )
        left = len(open_differences(session, batch))
    answer = {"batch": batch_no, "settled": [one.item_no for one in settled], "open": left, "evidence_sha256": paper.sha256 if paper else ""}
    words = f"已登记处理 {len(settled)} 件差额" if settled else "没有符合条件的未处理差额"
    done(as_json, answer, f"{words}；批次 {batch_no} 尚有 {left} 件未处理。")


def swapped(
    batch_no: Annotated[str | None, typer.Argument(metavar="[批次号]", help="只看这一批；不写则看所有批次")] = None, as_json: Json = False
) -> None:
    """标签贴错？列出轨迹终点与收件地址不在同一城市的邮件，并指出疑似互换的两件。示例：handa post swapped B20261121-01"""
    from letters.batch.lookup import batch_by_no
    from letters.post.swapped import find_swapped

    with house(quiet=as_json) as db, db.session() as session:
        found = find_swapped(session, None if batch_no is None else [batch_by_no(session, batch_no).id])
    if as_json:
        document({"swapped": [asdict(one) for one in found]})
    elif found:
        say_swapped(found)
    else:
        say("没有轨迹终点与收件地址不在同一城市的邮件（同城之内贴错的看不出来）。")
    if found:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def say_swapped(found: Sequence[Misplaced]) -> None:
    """Misplaced pieces for people."""
    table(
        "轨迹终点与收件地址不在同一城市",
        ("批次", "序号", "邮件号码", "函号", "地址所在", "轨迹所到", "机构", "判断"),
        [(m.batch_no, m.position, m.item_no, m.letter_no, m.address_city, m.track_city, m.office, m.words) for m in found],
    )


def swapped_after_import(db: Database, partner: str, sha256s: Sequence[str]) -> list[Misplaced]:
    """What the just imported files' tracks say against the addresses of their batches."""
    from letters.post.swapped import find_swapped, misplaced_in_file

    with db.session() as session:
        batches = {batch for sha256 in sha256s for batch in misplaced_in_file(session, partner, sha256)}
        return find_swapped(session, batches) if batches else []


POST_MONEY: dict[str, Callable[..., None]] = {"postage": postage, "settle-difference": settle_difference, "swapped": swapped}
"""Hung on ``handa post`` by ``console.post``."""
