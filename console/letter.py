"""``handa letter show|extract``: one letter's state, numbers and track; its exact pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.commandline import SpokenCommand, section
from console.files import whole_file
from console.house import actor, house
from console.options import Json
from console.speech import document, done, say, table

app = section("letter")
Which = Annotated[str, typer.Argument(metavar="函号", help="函号或邮件号码")]


@app.command("show", cls=SpokenCommand)
def show(which: Which, as_json: Json = False) -> None:
    """查看一封函件：状态、号码与邮政轨迹（个人信息已遮盖）。示例：handa letter show （2026）鄂示例律函字第000001号"""
    from letters.batch.letterview import letter_view
    from letters.batch.state import STATE_NAMES
    from letters.post.model import LetterState

    with house(quiet=as_json) as db, db.session() as session:
        view = letter_view(session, db.cipher, which)
    if as_json:
        document(view)
        return
    say(f"{view['letter_no']}　邮件号 {view['item_no']}　{STATE_NAMES[LetterState(view['state'])]}")
    shown = ("batch_no", "case_no", "addressee", "address", "template", "outcome", "part", "first_page", "pages", "content_sha256")
    names = ("批次", "案件号", "收件人", "地址", "模板", "结果代码", "分册", "首页", "页数", "页面哈希")
    table("函件", ("项目", "值"), [(name, view[key]) for key, name in zip(shown, names, strict=True)])
    if not view["events"]:
        say("还没有邮政轨迹。")
        return
    table(
        "邮政轨迹",
        ("时间", "机构", "动作", "签收", "未妥投", "有效"),
        [
            (e["at"], e["office"], e["action"], e["proper_delivery"], e["not_proper_delivery"], "是" if e["effective"] else "否（冲销）")
            for e in view["events"]
        ],
    )


@app.command("extract", cls=SpokenCommand)
def extract(
    which: Which,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写入的 PDF")],
    as_json: Json = False,
) -> None:
    """取出一封函件的原页面（与印刷的完全一致），并记录查看。示例：handa letter extract XA00000015242 -o 函件.pdf"""
    from letters.batch.letterview import extract_pages

    # The file gets its name only after the look at it is on record; it is closed to others, as it is about a person.
    with whole_file(output) as target, house(quiet=as_json) as db, db.session() as session:
        extract_pages(session, db, which, target, actor=actor())
        if target.is_file():
            target.chmod(0o600)
    done(as_json, {"file": output}, f"已写入：{output}")
