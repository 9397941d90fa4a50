"""``handa post guidance``: what to ask of couriers, by delivery office, from the post's own tracks."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from console.files import demand_suffix, demand_writable, whole_file
from console.house import day_of, house
from console.options import AnyLender, Json
from console.sheets import write_csv, write_xlsx
from console.speech import bars, document, done, say, table
from records.errors import NeedsDecision

HEADERS = ("邮编", "轨迹中最多见的投递局", "地址类别", "建议", "首次上门件数", "最早", "最近")
KINDS = {False: "住址", True: "单位"}


def guidance(
    batch_no: Annotated[str | None, typer.Option("--batch", metavar="批次号", help="只列该批寄往的投递局，并写明本批件数")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="文件", help="写成 CSV 或 XLSX，可随批次交给邮政")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="日期", help="只用该日以前收到的轨迹；不写则为今天")] = None,
    lender: AnyLender = None,
    partner: Annotated[str | None, typer.Option("--partner", metavar="代码", help="只看这家邮政合作方；不写则全部")] = None,
    as_json: Json = False,
) -> None:
    """签收模型：各投递局何时上门见得到人、有无投柜箱的习惯，由轨迹统计，说得准才说，不含个人信息。示例：handa post guidance --batch B20261121-01 -o 投递建议.xlsx"""
    from letters.batch.guidance import guidance as told
    from letters.batch.guidance import pieces_of
    from letters.batch.lookup import batch_by_no
    from letters.batch.parties import lender_by_code, partner_by_code
    from records.clock import SHANGHAI

    if output is not None:
        demand_suffix(output, (".csv", ".xlsx"))
        demand_writable(output)
    day = day_of(as_of)
    with house(quiet=as_json) as db, bars() as report, db.session() as session:
        if lender is not None:
            lender_by_code(session, lender)
        partner_id = partner_by_code(session, partner).id if partner is not None else None
        batch = batch_by_no(session, batch_no) if batch_no is not None else None
        mine = pieces_of(session, batch.id) if batch is not None else None
        until = datetime.combine(day, time(), SHANGHAI) - timedelta(microseconds=1)
        found = told(
            session, until, partner_id=batch.partner_id if batch is not None and partner_id is None else partner_id, lender_code=lender,
            progress=lambda read, total: report("读取轨迹", read, total),
        )  # fmt: skip
    guides = [one for one in found.guides if mine is None or mine[one.postcode, one.work]]
    if not found.visits and not found.guides:
        raise NeedsDecision(f"截至 {day} 还没有能说明上门时间的投递轨迹。", "请先用 handa post import 导入轨迹，再过几周来看。")
    headers = HEADERS if mine is None else (*HEADERS, "本批件数")
    rows = [
        (one.postcode, one.office, KINDS[one.work], "；".join(one.words), one.visits, one.first.isoformat(), one.last.isoformat(), *(() if mine is None else (mine[one.postcode, one.work],)))
        for one in guides
    ]  # fmt: skip
    facts = {
        "as_of": day, "visits": found.visits, "silent": found.silent, "unmoved": found.unmoved, "taken_back": found.taken_back,
        "guides": [
            {"postcode": one.postcode, "office": one.office, "work": one.work, "words": one.words, "visits": one.visits, "first": one.first, "last": one.last,
             **({} if mine is None else {"pieces": mine[one.postcode, one.work]})}
            for one in guides
        ],
    }  # fmt: skip
    summary = (
        f"截至 {day}：能说明上门时间的首次上门 {found.visits} 件；{len(found.guides)} 个投递局与地址类别有建议，{found.silent} 个说不准而不说；"
        f"与时间无关（迁移、查无此人、承运人原因等）{found.unmoved} 件、被撤销 {found.taken_back} 件未用。"
    )
    if output is not None:
        with whole_file(output) as target:
            (write_xlsx if output.suffix.lower() == ".xlsx" else write_csv)(target, headers, rows)
        done(as_json, {"file": output, **facts}, f"{summary}\n已写入 {len(rows)} 行：{output}")
        return
    if as_json:
        document(facts)
        return
    table("投递建议", headers, rows)
    say(summary)
    say("投递员何时上门自有考虑，这些比率不是试验结果；函件须当面交收件人签收，不建议投柜箱。")
