"""``handa post import|quarantine``: what comes back from the post. Books and gaps: ``console.post_books``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, section
from console.files import demand_readable
from console.house import actor, house
from console.options import Json
from console.post_books import POST_BOOKS
from console.post_proofs import proofs
from console.speech import bars, document, say, table
from records.errors import ExitCode, UnreadableInput, WrongUsage

if TYPE_CHECKING:
    from letters.post.store import AnswerReport
    from records.database import Database

app = section("post")
for _name, _command in POST_BOOKS.items():
    app.command(_name, cls=SpokenCommand)(_command)
app.add_typer(proofs)
KINDS = {"acknowledgement": "回执", "events": "轨迹"}
COUNTS = {
    "events": "轨迹行", "new": "新增轨迹", "repeated": "重复轨迹", "accepted": "收寄", "refused": "拒收", "quarantined": "隔离待人",
}  # fmt: skip


@app.command("import", cls=SpokenCommand)
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="文件…", help="回执或轨迹文件（CSV、XLSX、JSON），按形式自动识别")],
    partner: Annotated[
        str | None, typer.Option("--partner", metavar="代码", help="邮政合作方代码；只有一家时可不写")
    ] = None,
    as_json: Json = False,
) -> None:
    """导入邮政回执与投递轨迹；同一文件重复导入不会改变任何结果。示例：handa post import answers/*.csv"""
    from letters.post.store import import_answer

    reports: list[AnswerReport] = []
    refused: list[tuple[Path, UnreadableInput]] = []
    with house(quiet=as_json) as db, bars() as report:
        code = partner or _only_partner(db)
        for path in files:
            try:
                demand_readable(path)
                reports.append(import_answer(db, code, path, actor=actor(), received_at=db.clock(), progress=report))
            except UnreadableInput as fault:
                if len(files) == 1:
                    raise
                refused.append((path, fault))  # one bad file doesn't keep the others out
    if as_json:
        unread = [
            {"name": path.name, "error": {"code": fault.code, "message": fault.message, "advice": fault.advice}}
            for path, fault in refused
        ]
        document({"files": [asdict(one) for one in reports] + unread})
    else:
        _say_reports(reports, refused)
    quarantined = any(one.counts.get("quarantined") for one in reports)
    if quarantined:
        say("有隔离的行，请用 handa post quarantine 查看并处理。", quiet=as_json)
    if refused and not reports:
        raise typer.Exit(int(ExitCode.WRONG_USAGE))
    if refused or quarantined:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _say_reports(reports: list[AnswerReport], refused: list[tuple[Path, UnreadableInput]]) -> None:
    if reports:
        table(
            "导入结果",
            ("文件", "类型", "此前已导入", *COUNTS.values()),
            [
                (one.name, KINDS[one.kind], "是" if one.already else "", *(one.counts.get(name, "") for name in COUNTS))
                for one in reports
            ],
        )
    if refused:
        rows = [(path.name, fault.code, fault.message, fault.advice) for path, fault in refused]
        table("读不了的文件（未导入）", ("文件", "代码", "原因", "怎么办"), rows)


def _only_partner(db: Database) -> str:
    from sqlalchemy import select

    from letters.tables import Partner

    with db.session() as session:
        codes = list(session.scalars(select(Partner.code).order_by(Partner.code)))
    if len(codes) != 1:
        raise WrongUsage("请用 --partner 指明邮政合作方。", f"已登记：{'、'.join(codes) or '无'}")
    return codes[0]


@app.command("quarantine", cls=SpokenCommand)
def quarantine(as_json: Json = False) -> None:
    """列出隔离待处理的行（不含个人信息）。示例：handa post quarantine"""
    from letters.post.unread import open_quarantine

    with house(quiet=as_json) as db, db.session() as session:
        rows = open_quarantine(session)
    if as_json:
        document({"quarantine": rows})
        return
    if not rows:
        say("没有隔离的行。")
        return
    table("隔离待处理", ("文件", "行", "代码", "原因"), [(row["file"], row["row"], row["code"], row["what"]) for row in rows])
