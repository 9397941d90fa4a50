"""``handa policy lpr …``: the loan prime rate by month, as published; months that the shipped table lacks are entered here."""

from __future__ import annotations

from typing import Annotated

import typer

from console.commandline import SpokenCommand, SpokenGroup
from console.house import actor, day_of, house, locked
from console.options import Json
from console.speech import document, done, say, table
from records.errors import WrongUsage

lpr_app = typer.Typer(
    name="lpr", help="一年期 LPR：查看、登记公布的利率（民间借贷的上限据此计算）。示例：handa policy lpr list", cls=SpokenGroup,
    no_args_is_help=True, add_completion=False,
)  # fmt: skip
SHOWN = 12


@lpr_app.command("list", cls=SpokenCommand)
def list_(as_json: Json = False) -> None:
    """列出一年期 LPR 及各月来历。示例：handa policy lpr list"""
    from letters.batch.policies import policy_in_force
    from letters.rules.lpr import read_entry, table_with

    with house(quiet=as_json) as db, db.session() as session:
        entered = policy_in_force(session, "", "").lpr_published
    own = {read_entry(text)[0] for text in entered}
    rows = [
        (f"{year}-{month:02d}", f"{rate.percent:f}", rate.published_on, "登记" if (year, month) in own else "随附")
        for (year, month), rate in sorted(table_with(entered).items())
    ]
    if as_json:
        names = ("month", "percent", "published_on", "from")
        document({"months": [dict(zip(names, row, strict=True)) for row in rows]})
        return
    table(f"一年期 LPR（%，最近 {SHOWN} 个月）", ("月份", "利率", "公布日", "来历"), rows[-SHOWN:])
    say("随附的利率凭公开代码与记忆整理，用于民间借贷前请与全国银行间同业拆借中心的公告核对；不符的用 handa policy lpr add 更正。")


@lpr_app.command("add", cls=SpokenCommand)
def add(
    month: Annotated[str, typer.Argument(metavar="月份", help="如 2026-01")],
    percent: Annotated[str, typer.Option("--percent", metavar="百分数", help="公布的一年期 LPR，如 3.00")],
    published: Annotated[str, typer.Option("--published", metavar="日期", help="公布日，如 2026-01-20")],
    source: Annotated[str, typer.Option("--source", metavar="文字", help="来源：公告名称、编号或网址")],
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="核对公告的人")],
    as_json: Json = False,
) -> None:
    """登记全国银行间同业拆借中心公布的一年期 LPR，成为策略的新版本，来源与核对人入审计链；逐月登记，不能跳月，不能推算。示例：handa policy lpr add 2026-01 --percent 3.00 --published 2026-01-20 --source 拆借中心公告 --by 张三"""
    from letters.batch import policies
    from letters.rules.lpr import read_entry, table_with
    from letters.rules.policyfile import HOUSE, Change, patched
    from records.clock import today

    if not by.strip() or not source.strip():
        raise WrongUsage("登记利率须写明核对人与来源。", "请加 --by 姓名 --source 公告。")
    on = day_of(published)
    entry = f"{month.strip()} {percent.strip().rstrip('%')} {on}"
    with locked(as_json) as db, db.session() as session:
        if on > today(db.clock):
            raise WrongUsage(f"公布日 {on} 在将来。", "只能登记已经公布的利率。")
        before = policies.document_of(session)
        old = before.settings.get((HOUSE, "lpr_published"), ())
        kept = old if isinstance(old, tuple) else ()
        try:
            which = read_entry(entry)[0]
            entries = tuple(sorted([*(one for one in kept if read_entry(one)[0] != which), entry]))
            table_with(entries)
        except ValueError as fault:
            raise WrongUsage(f"利率不能登记：{fault}。", "示例：handa policy lpr add 2026-01 --percent 3.00 --published 2026-01-20") from fault
        after = patched(before, [Change(HOUSE, "lpr_published", kept or None, entries)])
        why = f"登记一年期 LPR {entry}，来源：{source.strip()}"
        number, _ = policies.adopt(session, after, by=by.strip(), reason=why, actor=actor(), clock=db.clock)
    done(as_json, {"month": month, "version": number}, f"已登记 {month} 一年期 LPR {percent}（策略版本 {number}）。请重新计划受影响的案件。")
