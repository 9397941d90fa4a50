"""``handa post quarantine|codes|map-code|replay|dismiss``: rows that were not understood, and the codes that they wait for."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from console.commandline import SpokenCommand
from console.house import actor, house
from console.options import Json
from console.parties import only_partner
from console.speech import bars, document, done, say, table
from records.errors import ExitCode

PartnerCode = Annotated[str | None, typer.Option("--partner", metavar="代码", help="邮政合作方代码；只有一家时可不写")]
By = Annotated[str, typer.Option("--by", metavar="姓名", help="由谁认定")]
Why = Annotated[str, typer.Option("--why", metavar="文字", help="依据或理由，如 邮政2026年代码手册第3页")]
_SHOWN = 50
_MOST = 1_000


class CodeKind(StrEnum):
    """Values of ``--kind``."""

    ACTION = "action"
    PROPER = "proper"
    NOTPROPER = "notproper"
    OP = "op"
    SIGNED = "signed"
    UNSIGNED = "unsigned"


_KIND_HELP = "代码种类：action、proper、notproper（推送格式的动作、签收情况、未妥投原因），op、signed、unsigned（开放平台）"


def register(app: typer.Typer) -> None:
    """Hang the commands on ``app``."""
    for name, command in (
        ("quarantine", quarantine), ("codes", codes), ("map-code", map_code), ("replay", replay), ("dismiss", dismiss),
    ):  # fmt: skip
        app.command(name, cls=SpokenCommand)(command)


def quarantine(
    partner: PartnerCode = None,
    code: Annotated[str | None, typer.Option("--code", metavar="代码", help="只列这一原因的行，如 UNKNOWN_CODE")] = None,
    show: Annotated[bool, typer.Option("--show", help="列出各行内容（自由文字已遮盖），并记录查看")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=_MOST, help="至多列出多少行内容")] = _SHOWN,
    as_json: Json = False,
) -> None:
    """隔离待处理的行：按原因与代码计数；加 --show 逐行列出（不含个人信息）。示例：handa post quarantine --code UNKNOWN_CODE --show"""
    from letters.post.replay import quarantine_summary, quarantined_contents
    from letters.post.unread import open_quarantine

    with house(quiet=as_json) as db, db.session() as session:
        groups = [row for row in quarantine_summary(session, partner) if code in (None, row["code"])]
        rows = [row for row in open_quarantine(session) if code in (None, row["code"])] if as_json else []
        contents = []
        if show and groups:
            contents = quarantined_contents(
                session, db.cipher, partner or only_partner(session), code=code, limit=limit, actor=actor(), clock=db.clock
            )
    if as_json:
        document({"quarantine": rows, "groups": groups, "contents": contents})
        return
    if not groups:
        say("没有隔离的行。")
        return
    table(
        "隔离待处理",
        ("合作方", "代码", "原因", "行数", "最早收到"),
        [(row["partner"], row["code"], row["what"], row["rows"], f"{row['since']:%Y-%m-%d}") for row in groups],
    )
    if contents:
        table(
            "各行内容（自由文字已遮盖）",
            ("文件", "行", "代码", "内容"),
            [(r["file"], r["row"], r["code"], "；".join(f"{k}={v}" for k, v in r["content"].items() if v)) for r in contents],
        )
    say(
        "未知代码请用 handa post map-code 指定含义，再用 handa post replay 重新读取；已由邮政重发的，用 handa post dismiss 了结。"
    )


def codes(
    partner: PartnerCode = None,
    kind: Annotated[CodeKind | None, typer.Option("--kind", help=_KIND_HELP)] = None,
    as_json: Json = False,
) -> None:
    """列出可选的含义与该合作方已指定的代码（何人、何时、依据、代码表版本）。示例：handa post codes --kind notproper"""
    from letters.post.meanings import FIELDS, field_of, meanings
    from letters.post.partner_codes import history_of, partner_named, table_in_force

    kinds = [kind.value] if kind else list(FIELDS)
    with house(quiet=as_json) as db, db.session() as session:
        found = partner_named(session, partner or only_partner(session))
        made, version = history_of(session, found.id), table_in_force(session, found.id).sha256
        name = found.code
    allowed = {one: {word: row.name for word, row in meanings(field_of(one)).items()} for one in kinds}
    if as_json:
        document({"partner": name, "code_table_sha256": version, "meanings": allowed, "mapped": made})
        return
    for one, words in allowed.items():
        table(f"{FIELDS[one]}（--kind {one}）可选的含义", ("含义", "说明"), list(words.items()))
    if made:
        table(
            f"{name} 已指定的代码",
            ("种类", "代码", "含义", "名称", "认定人", "依据", "时间"),
            [(r["field"], r["code"], r["meaning"], r["name"], r["by"], r["why"], r["at"]) for r in made],
        )
    say(f"{name} 现行代码表版本：{version[:16]}")


def map_code(
    code: Annotated[str, typer.Argument(metavar="代码", help="合作方文件中的代码")],
    meaning: Annotated[
        str, typer.Argument(metavar="含义", help="可选含义见 handa post codes；动作还可写 voids:代码（作废该代码）")
    ],
    kind: Annotated[CodeKind, typer.Option("--kind", help=_KIND_HELP)],
    by: By,
    why: Why,
    partner: PartnerCode = None,
    name: Annotated[str, typer.Option("--name", metavar="文字", help="合作方对该代码的叫法；不写则用含义的名称")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="已看过将改变状态的件数，确认指定")] = False,
    as_json: Json = False,
) -> None:
    """为合作方的一个代码指定含义（只此一次，对全部轨迹生效）；会改变已有函件状态的，先列出件数，加 --yes 才生效。示例：handa post map-code 97 in_transit --kind action --by 张三 --why 邮政2026年代码手册第3页"""
    from letters.post.mapping import map_code as keep
    from letters.post.meanings import field_of
    from letters.post.partner_codes import partner_named

    with house(quiet=as_json) as db, db.session() as session:
        found = partner_named(session, partner or only_partner(session))
        change, fresh = keep(
            session,
            found,
            field_of(kind.value),
            code,
            meaning,
            name=name,
            by=by,
            why=why,
            agreed=yes,
            actor=actor(),
            clock=db.clock,
        )
        owner = found.code
    if as_json:
        document({"partner": owner, "recorded": fresh, **asdict(change)})
        return
    say(
        f"{'已指定' if fresh else '此前已指定'}：{owner} 的代码 {code} 表示“{change.after}”"
        + (f"（原为“{change.before}”）" if change.before else "")
        + "。"
    )
    if change.letters:
        moved = "，".join(f"{what} {count} 件" for what, count in change.changed.items()) or "状态均不变"
        say(f"轨迹中已有该代码的函件 {change.letters} 件：{moved}。")
    if change.waiting:
        say(f"有 {change.waiting} 行正等待这个代码，请运行 handa post replay。")


def replay(
    partner: PartnerCode = None,
    code: Annotated[str | None, typer.Option("--code", metavar="代码", help="只重新读取因此原因隔离的行")] = None,
    as_json: Json = False,
) -> None:
    """重新读取隔离的行：现在认得代码、对得上邮件的，如同刚刚收到一样入库；其余留下并写明原因。可随时中断、重跑。示例：handa post replay"""
    from letters.post.replay import replay_quarantine

    with house(quiet=as_json) as db, bars() as report:
        if partner is None:
            with db.session() as session:
                partner = only_partner(session)
        made = replay_quarantine(db, partner, actor=actor(), code=code, progress=report)
    if as_json:
        document(asdict(made))
    else:
        say(f"重新读取 {made.rows} 行：入库 {made.taken} 行，仍隔离 {sum(made.left.values())} 行。")
        if made.left:
            table("仍隔离", ("代码", "行数"), sorted(made.left.items()))
    if made.left:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def dismiss(
    code: Annotated[str, typer.Argument(metavar="原因代码", help="如 BAD_DATE、BROKEN_OFF")],
    by: By,
    why: Why,
    partner: PartnerCode = None,
    file: Annotated[str | None, typer.Option("--file", metavar="文件名", help="只了结这个文件中的行")] = None,
    as_json: Json = False,
) -> None:
    """了结隔离的行：邮政已重发，或确认与本方无关；行与内容仍保存。示例：handa post dismiss BROKEN_OFF --by 张三 --why 邮政已重发完整文件"""
    from letters.post.replay import dismiss as close

    with house(quiet=as_json) as db, db.session() as session:
        count = close(session, partner or only_partner(session), code, file=file, by=by, why=why, actor=actor(), clock=db.clock)
    done(as_json, {"code": code, "rows": count}, f"已了结 {count} 行。")
