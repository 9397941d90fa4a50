"""``handa post import``: what comes back from the post. Books and gaps: ``console.post_books``; quarantine: ``console.post_review``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import post_decide, post_review
from console.commandline import SpokenCommand, section
from console.consequences import consequences, rule
from console.files import demand_readable
from console.house import actor, house
from console.options import Json
from console.parties import only_partner
from console.post_books import POST_BOOKS
from console.post_guidance import guidance
from console.post_money import POST_MONEY, say_swapped, swapped_after_import
from console.post_proofs import proofs
from console.speech import bars, document, say, table
from records.errors import ExitCode, UnreadableInput

if TYPE_CHECKING:
    from letters.post.store import AnswerReport

app = section("post")
app.command("consequences", cls=SpokenCommand)(consequences)
app.command("rule", cls=SpokenCommand)(rule)
app.command("guidance", cls=SpokenCommand)(guidance)
for _name, _command in POST_MONEY.items():
    app.command(_name, cls=SpokenCommand)(_command)
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
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="名称", help="列对应方案；不写则用 handa partner profile use 选定的")
    ] = None,
    as_json: Json = False,
) -> None:
    """导入邮政回执与投递轨迹；同一文件重复导入不会改变任何结果。示例：handa post import answers/*.csv"""
    from letters.post.store import import_answer

    reports: list[AnswerReport] = []
    refused: list[tuple[Path, UnreadableInput]] = []
    with house(quiet=as_json) as db, bars() as report:
        if partner is None:
            with db.session() as session:
                partner = only_partner(session)
        for path in files:
            try:
                demand_readable(path)
                reports.append(
                    import_answer(
                        db, partner, path, actor=actor(), received_at=db.clock(), profile=profile, progress=report
                    )
                )
            except UnreadableInput as fault:
                if len(files) == 1:
                    raise
                refused.append((path, fault))  # one bad file doesn't keep the others out
        tracks = [one.sha256 for one in reports if one.kind == "events" and one.counts.get("new")]
        misplaced = swapped_after_import(db, partner, tracks)
    if as_json:
        unread = [
            {"name": path.name, "error": {"code": fault.code, "message": fault.message, "advice": fault.advice}}
            for path, fault in refused
        ]
        document({"files": [asdict(one) for one in reports] + unread, "swapped": [asdict(one) for one in misplaced]})
    else:
        _say_reports(reports, refused)
        if misplaced:
            say_swapped(misplaced)
    quarantined = any(one.counts.get("quarantined") for one in reports)
    if quarantined:
        say("有隔离的行，请用 handa post quarantine 查看并处理。", quiet=as_json)
    if refused and not reports:
        raise typer.Exit(int(ExitCode.WRONG_USAGE))
    if refused or quarantined or misplaced:
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
    for one in reports:
        if not one.already:
            columns = "，".join(f"{header}→{field}" for field, header in one.header.items() if header != field)
            if columns:
                say(f"{one.name} 的列对应{f'（方案“{one.profile}”）' if one.profile else ''}：{columns}")
            if one.unknown_columns:
                say(f"{one.name} 中未识别的列（未导入）：{'、'.join(one.unknown_columns)}")
    if refused:
        rows = [(path.name, fault.code, fault.message, fault.advice) for path, fault in refused]
        table("读不了的文件（未导入）", ("文件", "代码", "原因", "怎么办"), rows)


post_review.register(app)
post_decide.register(app)
