"""``handa report feedback``: what became of letters, for the lender's risk team, de-identified."""

from __future__ import annotations

import csv
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from console.files import demand_suffix, demand_writable, neutral, whole_file
from console.house import day_of, house
from console.options import Json, LenderCode
from console.speech import done
from records.errors import WrongUsage


def feedback(
    lender: LenderCode,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写成 CSV；数据字典写在旁边的“文件名-字典.csv”")],
    first_text: Annotated[str | None, typer.Option("--from", metavar="日期", help="统计期首日（批次日），按整月计；不写则为末日前一年")] = None,
    last_text: Annotated[str | None, typer.Option("--to", metavar="日期", help="统计期末日，按整月计；不写则为上月末")] = None,
    as_json: Json = False,
) -> None:
    """贷后反馈贷前：按产品、渠道、地区、月份的送达、迁离与还款，去标识，每格不少于 10 人；只统计已过完的整月，结果也截至月末。示例：handa report feedback --lender DEMO -o 反馈.csv"""
    from letters.batch.feedback import COLUMNS, whole_months
    from letters.batch.feedback import feedback as made
    from letters.batch.parties import lender_by_code
    from records.clock import SHANGHAI

    demand_suffix(output, (".csv",))
    demand_writable(output)
    with house(quiet=as_json) as db, db.session() as session:
        today = db.clock().astimezone(SHANGHAI).date()
        asked_last = day_of(last_text) if last_text is not None else today.replace(day=1) - timedelta(days=1)
        asked_first = day_of(first_text) if first_text is not None else asked_last - timedelta(days=365)
        if asked_first > asked_last:
            raise WrongUsage(f"首日 {asked_first} 晚于末日 {asked_last}。", "请核对 --from 与 --to。")
        try:
            first, last, known = whole_months(asked_first, asked_last, today)
        except ValueError:
            raise WrongUsage(
                f"{asked_first} 至 {asked_last} 之间没有已过完的整月。", "反馈只按过完的整月统计，以免两份文件相减看出个人；请等到月末之后，或把 --from 提前。"
            ) from None
        found = made(session, lender_by_code(session, lender), first, last, datetime.combine(known, time(23, 59, 59), SHANGHAI))
    dictionary = output.with_name(f"{output.stem}-字典.csv")
    for path, header, rows in ((output, tuple(COLUMNS), found.rows), (dictionary, ("column", "meaning"), tuple(COLUMNS.items()))):
        with whole_file(path) as target, target.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows([neutral(cell) for cell in row] for row in rows)
    done(
        as_json, {"file": output, "dictionary": dictionary, "cells": found.told, "merged": found.merged, "held_back": found.held_back},
        f"已写入 {output}（{first} 至 {last}，结果截至 {known}；{found.told} 格；{found.merged} 格因人数不足或为防相减合并为一行，"
        f"另有 {found.held_back} 格不写出）；数据字典：{dictionary}",
    )  # fmt: skip
