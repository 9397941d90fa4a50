"""``handa post consequences|rule`` and ``handa models labels``: what outcomes lead to, a person's word on it, rows to learn from."""

from __future__ import annotations

import csv
from dataclasses import asdict
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from console.files import demand_suffix, demand_writable, neutral, whole_file
from console.house import actor, day_of, house
from console.options import AnyLender, Day, Json, Output
from console.speech import document, done, say, table
from records.errors import WrongUsage

SHOWN = 100


class FollowWord(StrEnum):
    """Values of ``--as``."""

    NEXT = "next"
    SAME = "same"
    STOP = "stop"


def consequences(date_text: Day = None, lender: AnyLender = None, as_json: Json = False) -> None:
    """各投递结果的件数与后果，以及等待续发或等人决定的案件和日期。示例：handa post consequences --date 2026-11-21"""
    from letters.batch.consequence_view import consequence_report
    from letters.batch.parties import lender_by_code
    from letters.post.codes import Evidence
    from letters.post.consequences import (
        ADDRESS_NAMES,
        EVIDENCE_NAMES,
        PERSON_NAMES,
        REACH_NAMES,
        AddressVerdict,
        PersonVerdict,
        Reach,
    )
    from letters.rules.following import TURN_NAMES, Turn

    day = day_of(date_text)
    with house(quiet=as_json) as db, db.session() as session:
        if lender is not None:
            lender_by_code(session, lender)
        found = consequence_report(session, day, lender)
    if as_json:
        document({"date": day, "reasons": found.reasons, "turns": found.turns, "waiting": [asdict(one) for one in found.waiting]})
        return
    table(
        "投递结果与后果",
        ("结果", "件数", "已了结", "地址", "债务人", "触达", "证据", "接下来"),
        [
            (
                one["title"], one["letters"], one["ended"], ADDRESS_NAMES[AddressVerdict(one["address"])],
                PERSON_NAMES[PersonVerdict(one["person"])], REACH_NAMES[Reach(one["reached"])],
                EVIDENCE_NAMES[Evidence(one["evidence"])], one["follows_name"],
            )
            for one in found.reasons
        ],
    )  # fmt: skip
    table("案件现状", ("现状", "案件数"), [(TURN_NAMES[Turn(turn)], count) for turn, count in found.turns.items()])
    shown = found.waiting[:SHOWN]
    title = f"等待续发或等人决定（共 {len(found.waiting)} 件，列出 {len(shown)} 件）"
    table(
        title, ("资方", "案件号", "现状", "前函", "结果", "可发日期"),
        [(one.lender, one.case_no, one.turn_name, one.letter_no, one.title, one.on or "—") for one in shown],
    )  # fmt: skip


def rule(
    which: Annotated[str, typer.Argument(metavar="函号", help="函号或邮件号码")],
    follows: Annotated[FollowWord, typer.Option("--as", help="next 改寄下一地址、same 再寄原址、stop 停止")],
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="作出决定的人")],
    why: Annotated[str, typer.Option("--reason", metavar="文字", help="理由，如退回信封上的批注；勿写个人信息")],
    date_text: Day = None,
    as_json: Json = False,
) -> None:
    """登记人对一封函件后续的决定（结果不明、次数已满时）；仍可能投到的函件只能登记 stop。示例：handa post rule XA00000015242 --as next --by 张某 --reason 退批写明已迁"""
    from letters.batch.ruling import rule_on
    from letters.post.consequences import FOLLOW_NAMES, Follow

    day = day_of(date_text)
    with house(quiet=as_json) as db, db.session() as session:
        number = rule_on(session, db.cipher, which, Follow(follows.value), by=by, reason=why, day=day, actor=actor(), clock=db.clock)
    done(as_json, {"letter_no": number, "follows": follows.value}, f"已登记 {number}：{FOLLOW_NAMES[Follow(follows.value)]}。")


def labels(
    output: Output = None,
    date_text: Annotated[str | None, typer.Option("--as-of", metavar="日期", help="以该日终了时邮政已告知的为准；不写则为此刻")] = None,
    lender: AnyLender = None,
    as_json: Json = False,
) -> None:
    """导出投递结果的训练标签（去标识，承运人原因与在途的标为 censored）；不写 -o 只报各标签件数。示例：handa models labels -o 标签.csv --as-of 2026-11-30"""
    from collections import Counter

    from letters.batch.parties import lender_by_code
    from letters.batch.training_labels import COLUMNS, delivery_labels
    from records.clock import SHANGHAI

    if output is not None:
        demand_suffix(output, (".csv",))
        demand_writable(output)
    counts: Counter[str] = Counter()
    place = COLUMNS.index("label")
    with house(quiet=as_json) as db, db.session() as session:
        if lender is not None:
            lender_by_code(session, lender)
        as_of = db.clock()
        if date_text is not None:
            as_of = datetime.combine(day_of(date_text) + timedelta(days=1), time(), SHANGHAI)
            if as_of > db.clock() + timedelta(days=1):
                raise WrongUsage(f"--as-of {date_text} 还没有到。", "请写今天或以前的日期。")
        rows = delivery_labels(session, db.cipher, as_of, lender)
        if output is None:
            counts.update(str(row[place]) for row in rows)
        else:
            with whole_file(output) as target, target.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                for row in rows:
                    counts[str(row[place])] += 1
                    writer.writerow([neutral(cell) for cell in row])
    figures = dict(sorted(counts.items()))
    if as_json:
        document({"as_of": as_of, "labels": figures, "file": output})
        return
    table("训练标签", ("标签", "件数"), list(figures.items()))
    if output is not None:
        say(f"已写入 {sum(figures.values())} 行：{output}")
