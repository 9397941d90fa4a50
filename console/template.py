"""``handa template …``: list, lint, preview, compare and approve templates."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, section
from console.files import demand_writable, whole_file
from console.house import day_of, house, settings
from console.options import Day, Json
from console.speech import document, done, say, table
from records.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from letters.compose import Bundle

app = section("template")
Which = Annotated[str, typer.Argument(metavar="模板", help="如 consumer@1，或模板文件夹")]
PREVIEW_SCALE = 150 / 72


def _bundle(which: str) -> Bundle:
    from letters.compose import load_bundle

    settings()  # says where the workspace's own templates lie
    return load_bundle(which if "@" in which else Path(which))


@app.command("list", cls=SpokenCommand)
def list_(as_json: Json = False) -> None:
    """列出随软件的与工作区自己的模板，及各律所的审定情况。示例：handa template list"""
    from sqlalchemy import select

    from letters.compose import load_bundle
    from letters.compose.bundle import references
    from letters.tables import Firm

    with house(quiet=as_json) as db, db.session() as session:
        names = references()
        firms = [(firm.code, firm.settings.get("approved_templates", [])) for firm in session.scalars(select(Firm).order_by(Firm.code))]
    rows = []
    for name in names:
        bundle = load_bundle(name)
        approved = [code for code, templates in firms if name in templates]
        rows.append({"template": name, "title": bundle.title, "type": bundle.letter_type.value, "sha256": bundle.sha256, "approved_by": approved})
    if as_json:
        document({"templates": rows})
        return
    shown = [(row["template"], row["title"], "、".join(row["approved_by"]) or "未审定", str(row["sha256"])[:16]) for row in rows]
    table("模板", ("模板", "名称", "已审定的律所", "哈希（前 16 位）"), shown)


@app.command("new", cls=SpokenCommand)
def new(
    which: Annotated[str, typer.Argument(metavar="模板", help="新模板的名称与版本，如 consumer@2")],
    source: Annotated[str, typer.Option("--from", metavar="模板", help="从哪个版本复制，如 consumer@1")],
    as_json: Json = False,
) -> None:
    """从已有版本复制出新模板，放在工作区 templates/ 下供修改；修改后检查、审定、备案方可使用。示例：handa template new consumer@2 --from consumer@1"""
    from letters.compose.newbundle import copy_bundle

    with house(quiet=as_json) as db:
        folder = copy_bundle(source, which, db.settings.workspace.templates)
    done(as_json, {"template": which, "folder": folder}, f"已建立 {which}：{folder}。修改后请运行 handa template lint {which}，再由律师审定、向资方备案。")


@app.command("lint", cls=SpokenCommand)
def lint(which: Which, date_text: Day = None, as_json: Json = False) -> None:
    """按所有写法检查模板：措辞、法条、必备部分、写死的号码、函件类型。示例：handa template lint consumer@1"""
    from letters.compose import TemplateFault
    from letters.rules.bundle_lint import lint as lint_bundle
    from letters.rules.bundle_lint import ways

    bundle = _bundle(which)
    try:
        found = lint_bundle(bundle, day_of(date_text))
        count = len(list(ways(bundle)))
    except TemplateFault as fault:
        raise WrongUsage(f"模板 {bundle.reference} 有误：{fault}", "请改正模板文件后重试。") from fault
    if as_json:
        rows = [{**asdict(one.finding), "ways": list(one.ways)} for one in found]
        document({"template": bundle.reference, "sha256": bundle.sha256, "ways": count, "findings": rows})
    elif not found:
        say(f"模板 {bundle.reference} 的 {count} 种写法均未发现问题。")
    else:
        names = {"block": "不得使用", "hold": "须律师认可", "warn": "提示"}
        table(
            f"模板 {bundle.reference}（{count} 种写法）",
            ("处理", "规则", "说明", "写法"),
            [
                (names[one.finding.severity], one.finding.rule_id, one.finding.message, f"{one.ways[0]} 等 {len(one.ways)} 种" if len(one.ways) > 1 else one.ways[0])
                for one in found
            ],
        )
    if any(one.blocks for one in found):
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))
    if any(one.finding.severity == "hold" for one in found):
        raise typer.Exit(int(ExitCode.NEEDS_DECISION))


@app.command("preview", cls=SpokenCommand)
def preview(
    which: Which,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写入的 PDF")],
    pictures: Annotated[Path | None, typer.Option("--png", metavar="文件夹", help="另存每页为 PNG")] = None,
    every: Annotated[bool, typer.Option("--all-ways", help="印出所有写法，而不只是样例")] = False,
    as_json: Json = False,
) -> None:
    """以虚构样例印出模板（样章，不具效力）。示例：handa template preview consumer@1 -o 样稿.pdf --png 样稿图"""
    from letters.compose import compose
    from letters.press.part import PartWriter
    from letters.press.seal import Seal
    from letters.rules.bundle_lint import ways

    bundle = _bundle(which)
    demand_writable(output)
    shown = [(way.fields, way.letter) for way in ways(bundle)] if every else [(bundle.sample, compose(bundle, bundle.sample))]
    sample = bundle.sample
    with whole_file(output) as target:
        writer = PartWriter(target, bundle, batch_no="B00000000-00", dated=sample.letter_date, seal=Seal.sample(sample.firm_name), duplex=True)
        for position, (fields, letter) in enumerate(shown, start=1):
            writer.add(letter, fields, position, len(shown))
        pages = writer.close().pages
    if pictures is not None:
        _pictures(output, pictures)
    done(as_json, {"file": output, "pages": pages, "letters": len(shown)}, f"已写入：{output}（{len(shown)} 封，{pages} 页）")


def _pictures(pdf: Path, folder: Path) -> None:
    import pypdfium2

    from records.files import disk_faults

    with disk_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        opened = pypdfium2.PdfDocument(pdf)
        for number in range(len(opened)):
            opened[number].render(scale=PREVIEW_SCALE).to_pil().save(folder / f"{pdf.stem}-{number + 1:03d}.png")
        opened.close()


@app.command("diff", cls=SpokenCommand)
def diff(
    old: Annotated[str, typer.Argument(metavar="旧版", help="如 consumer@1，或模板文件夹")],
    new: Annotated[str, typer.Argument(metavar="新版", help="如 consumer@2，或模板文件夹")],
    as_json: Json = False,
) -> None:
    """比较两个模板版本的文字与版式。示例：handa template diff consumer@1 consumer@2"""
    from letters.rules.bundle_diff import differences

    first, second = _bundle(old), _bundle(new)
    rows = differences(first, second)
    if as_json:
        document({"old": first.sha256, "new": second.sha256, "differences": [asdict(row) for row in rows]})
    elif not rows:
        say("两个版本的文字与版式相同。")
    else:
        table(f"{first.reference} 与 {second.reference} 的差异", ("部分", "原为", "现为"), [(row.where, row.old, row.new) for row in rows])


@app.command("approve", cls=SpokenCommand)
def approve(
    which: Annotated[str, typer.Argument(metavar="模板", help="如 consumer@1")],
    firm: Annotated[str, typer.Option("--firm", metavar="代码", help="律所代码")],
    lawyer: Annotated[str, typer.Option("--lawyer", metavar="代码", help="审定的执业律师")],
    accept: Annotated[list[str] | None, typer.Option("--accept", metavar="措辞", help="律师认可的 M 类措辞或类别，可重复")] = None,
    date_text: Day = None,
    as_json: Json = False,
) -> None:
    """由律师审定模板版本（R-LAW-05）；未通过检查的不能审定，M 类措辞须逐一认可。示例：handa template approve consumer@1 --firm F1 --lawyer L001"""
    from letters.batch.approving import approve_template
    from letters.batch.parties import firm_by_code
    from letters.compose import load_bundle

    with house(quiet=as_json) as db, db.session() as session:
        bundle = load_bundle(which)
        row = firm_by_code(session, firm)
        approve_template(session, row, bundle, lawyer, accepted=accept or [], day=day_of(date_text), clock=db.clock)
    done(as_json, {"firm": firm, "template": which, "sha256": bundle.sha256}, f"已登记：{firm} 审定模板 {which}。")
