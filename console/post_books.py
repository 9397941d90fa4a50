"""``handa post books|gaps|settle``: whether every piece is accounted for, what is not, and what a person does about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.house import actor, house, locked
from console.options import Json
from console.speech import bars, document, done, say, table
from records.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from letters.post.account import Account
    from letters.post.gaps import Gap

SomeBatch = Annotated[str | None, typer.Option("--batch", metavar="批次号", help="只看这一批")]
GAP_HEADERS = ("种类", "对象", "件数", "已过天数", "工作日", "应于何日前处理", "谁处理", "怎么办")


def books(
    batch_no: Annotated[str | None, typer.Argument(metavar="批次号", help="如 B20261121-01；不写则所有批次")] = None,
    totals: Annotated[bool, typer.Option("--all", help="按资方、合作方、月份合计")] = False,
    as_json: Json = False,
) -> None:
    """账目：生成 = 印刷 + 废件，印刷 = 装封 = 交寄，交寄 = 收寄 + 拒收，收寄 = 妥投 + 退回 + 丢失 + 未结。示例：handa post books B20261121-01"""
    from letters.batch.lookup import batch_by_no
    from letters.post.account import accounts, totals_of

    if batch_no and totals:
        raise WrongUsage("批次号与 --all 不能同时使用。", "看一批请写批次号，看合计请写 --all。")
    with house(quiet=as_json) as db, bars() as report, db.session() as session:
        ids = [batch_by_no(session, batch_no).id] if batch_no else None
        found = accounts(session, ids, progress=report)
    if totals:
        found = totals_of(found)
    if as_json:
        document({"books": [one.plain() for one in found]})
    elif batch_no:
        _say_book(found[0])
    else:
        _say_books(found)
    if any(one.differences for one in found):
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _say_book(account: Account) -> None:
    rows: list[tuple[object, ...]] = []
    for one in account.books.equations():
        right = " + ".join(f"{name} {count}" for name, count in one.right)
        rows.append((one.title, one.left, right, one.difference or "平", "、".join(one.pieces)))
    table(f"账目：{account.title}", ("等式", "左", "右", "差", "涉及邮件"), rows)


def _say_books(found: Sequence[Account]) -> None:
    if not found:
        say("还没有批次。")
        return
    headers = ("范围", "进度", "生成", "印刷", "废件", "抽回", "交寄", "收寄", "拒收", "妥投", "退回", "丢失", "未结", "不平")
    rows = []
    for one in found:
        figures = one.figures()
        rows.append((one.title, one.step, *(figures[name] for name in headers[2:-1]), one.differences or "平"))
    table("账目", headers, rows)


def gaps(
    batch_no: SomeBatch = None,
    code: Annotated[str | None, typer.Option("--code", metavar="代码", help="只看这一种，如 NO_TRACK")] = None,
    pieces: Annotated[bool, typer.Option("--pieces", help="逐件列出（须写 --batch 与 --code）")] = False,
    every: Annotated[bool, typer.Option("--every", help="连同尚未到期的，如在途未满天数的邮件")] = False,
    as_json: Json = False,
) -> None:
    """哪里对不上、过了多久、该谁处理：没有回执或轨迹的邮件、缺号的文件、互相矛盾的结果等。示例：handa post gaps --batch B20261121-01 --code NO_TRACK --pieces"""
    from letters.batch.lookup import batch_by_no
    from letters.post.gap_kinds import kind_of
    from letters.post.gaps import gaps_of, pieces_of
    from letters.post.standing import batch_facts

    if code is not None:
        kind_of(code)
    if pieces and not (batch_no and code):
        raise WrongUsage("--pieces 须同时写明批次与种类。", "例如 handa post gaps --batch B20261121-01 --code NO_TRACK --pieces。")
    with house(quiet=as_json) as db, bars() as report, db.session() as session:
        facts = batch_facts(session, [batch_by_no(session, batch_no).id]) if batch_no else None
        if pieces and facts and code:
            listed = pieces_of(session, db.clock, facts[0], code, every=every)
        else:
            look = gaps_of(session, db.clock, batches=facts, every=every, progress=report)
    if pieces:
        _say_pieces([asdict(one) for one in listed], batch_no, code, as_json=as_json)
        found: Sequence[object] = listed
    else:
        kept = [gap for gap in look.gaps if code in (None, gap.code)]
        found = kept
        if as_json:
            document({"gaps": [asdict(gap) for gap in kept]})
        elif kept:
            say_gaps("缺口", kept)
        else:
            say("没有缺口：每个批次、每件邮件都有交代。")
    if found:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def say_gaps(title: str, found: Sequence[Gap], *, quiet: bool = False) -> None:
    """Gaps as a table for people."""
    rows = [
        (f"{gap.title}\n{gap.code}", gap.subject, gap.count, gap.days, gap.working_days, gap.due_on, gap.who_name, f"{gap.advice}\n{gap.command}")
        for gap in found
    ]
    table(title, GAP_HEADERS, rows, quiet=quiet)


def _say_pieces(rows: list[dict[str, Any]], batch_no: str | None, code: str | None, *, as_json: bool) -> None:
    if as_json:
        document({"batch": batch_no, "code": code, "pieces": rows})
        return
    if not rows:
        say("没有这样的邮件。")
        return
    names = {
        "position": "序号", "item_no": "邮件号码", "letter_no": "函号", "copy_no": "份次", "place": "账目", "since": "起自", "days": "天数",
        "due_on": "应处理日", "last_event": "最后轨迹", "norm_code": "结果代码", "note": "说明",
    }  # fmt: skip
    table(f"批次 {batch_no} {code}", list(names.values()), [[row[name] for name in names] for row in rows])


def settle(
    batch_no: Annotated[str, typer.Argument(metavar="批次号", help="如 B20261121-01")],
    code: Annotated[str, typer.Option("--code", metavar="代码", help="缺口种类，如 LOST_PIECE；见 handa post gaps")],
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="由谁负责")],
    reason: Annotated[str, typer.Option("--reason", metavar="文字", help="处理结果与理由")],
    item: Annotated[list[str] | None, typer.Option("--item", metavar="邮件号码", help="只登记这些件，可多次给出；不写则该种全部")] = None,
    evidence: Annotated[Path | None, typer.Option("--evidence", metavar="文件", help="证据（合作方答复、收据、赔偿单）")] = None,
    as_json: Json = False,
) -> None:
    """登记事实不能消除的缺口如何处理（丢失已索赔、拒收已重新计划等）；有新的回执或轨迹即重新列出。示例：handa post settle B20261121-01 --code LOST_PIECE --by 张三 --reason 已按三倍资费索赔"""
    from letters.batch.lookup import batch_by_no
    from letters.gate.papers import keep_paper
    from letters.post.gap_kinds import kind_of
    from letters.post.settling import settle as settle_gap

    kind = kind_of(code)
    with locked(as_json) as db, db.session() as session:
        batch = batch_by_no(session, batch_no)
        paper = keep_paper(db.settings, evidence) if evidence is not None else None
        settled = settle_gap(
            session, batch, code, items=item or (), by=by, reason=reason, evidence=paper, actor=actor(), clock=db.clock
        )
    said = f"已登记：批次 {settled.batch_no}“{kind.title}”{settled.pieces} 件。" if settled.pieces else "此前已登记，没有新的。"
    done(as_json, asdict(settled), said)


def kinds(
    partner: Annotated[str | None, typer.Option("--partner", metavar="代码", help="按这家邮政合作方的约定显示或更改")] = None,
    change: Annotated[str | None, typer.Option("--set", metavar="代码=天数", help="改一种的天数；“代码=”恢复原样")] = None,
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="由谁负责（更改时必填）")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="文字", help="依据，如协议条款（更改时必填）")] = "",
    as_json: Json = False,
) -> None:
    """缺口有哪些种类、多久之后该谁处理、依据什么；可按与合作方的约定改天数。示例：handa post kinds --partner POST --set NO_TRACK=5 --by 张三 --reason 协议第七条"""
    from letters.batch.parties import partner_by_code
    from letters.post.gap_days import set_days
    from letters.post.gap_kinds import WHO_NAMES, days_of, gap_kinds

    if change and not partner:
        raise WrongUsage("更改天数须写明合作方。", "请加 --partner 代码。")
    own: dict[str, int] = {}
    if partner:
        with locked(as_json) as db, db.session() as session:
            found = partner_by_code(session, partner)
            own = days_of(found.settings, found.code)
            if change:
                code, days = _change(change)
                own = set_days(session, found, code, days, by=by, reason=reason, actor=actor(), clock=db.clock)
    rows = [
        {
            "code": kind.code, "title": kind.title, "who": kind.who.value, "days": own.get(kind.code, kind.days),
            "unit": "working" if kind.working else "calendar", "settle": kind.settle.value, "agreed": kind.code in own,
            "advice": kind.advice, "source": kind.source,
        }
        for kind in gap_kinds().values()
    ]  # fmt: skip
    if as_json:
        document({"partner": partner, "kinds": rows})
        return
    shown = [
        (row["code"], row["title"], WHO_NAMES[gap_kinds()[str(row["code"])].who],
         f"{row['days']}{' 个工作日' if row['unit'] == 'working' else ' 天'}{'（约定）' if row['agreed'] else ''}", row["advice"], row["source"])
        for row in rows
    ]  # fmt: skip
    table("缺口种类", ("代码", "对不上什么", "谁处理", "多久之后", "怎么办", "依据"), shown)


def _change(text: str) -> tuple[str, int | None]:
    code, sign, days = text.partition("=")
    if not sign or not (days == "" or (days.isascii() and days.isdigit() and len(days) < 6)):
        raise WrongUsage(f"“{text}”无法识别。", "请写成 NO_TRACK=5；恢复原样写 NO_TRACK=。")
    return code.strip(), int(days) if days else None


POST_BOOKS: dict[str, Callable[..., None]] = {"books": books, "gaps": gaps, "settle": settle, "kinds": kinds}
"""Hung on ``handa post`` by ``console.post``."""
