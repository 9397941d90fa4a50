"""``handa address base load|find|show``: the operator's own library of standard addresses."""

from __future__ import annotations

from typing import Annotated

import typer

from console.commandline import SpokenCommand, SpokenGroup
from console.house import house
from console.options import Json
from console.speech import bars, document, done, say, table
from records.errors import ExitCode, WrongUsage

base = typer.Typer(
    name="base",
    help="标准地址库：装入、查找。示例：handa address base load 标准地址.csv --column 地址",
    cls=SpokenGroup,
    no_args_is_help=True,
    add_completion=False,
)
Column = Annotated[str | None, typer.Option("--column", metavar="列名", help="表格中地址所在列的表头；只有一列时可不写")]
SHOWN_REFUSED = 10
RELATIONS = {"same": "同一处", "contains": "库中较细", "within": "库中较粗"}


@base.command("load", cls=SpokenCommand)
def load(
    file: Annotated[str, typer.Argument(metavar="文件", help=".txt（一行一个）、CSV、TSV、XLSX、XLS、ODS、Parquet、JSONL；- 为标准输入")],
    column: Column = None,
    as_json: Json = False,
) -> None:
    """把自有的标准地址装入地址库；同一地址重复装入不会多出一条。示例：handa address base load 标准地址.csv --column 地址"""
    from console.address_run import opened
    from locate.address_base import load_base

    with opened(file, column) as source:
        if source is None:
            raise WrongUsage(f"没有文件“{file}”。", "请核对路径。")
        total, texts = source.total, (text for text, _ in source.rows)
        with house(quiet=as_json) as db, bars() as report:
            loaded = load_base(db, texts, lambda count: report("装入地址", count, max(total, count)))
    said = f"新增 {loaded.added} 个地址，{loaded.known} 个已在库中，{len(loaded.refused)} 个不能用（只到区县或归属不明）。"
    if loaded.refused:
        few = "、".join(map(str, loaded.refused[:SHOWN_REFUSED]))
        said += f"不能用的是第 {few} 个{'等' if len(loaded.refused) > SHOWN_REFUSED else ''}。"
    done(as_json, {"added": loaded.added, "known": loaded.known, "refused": list(loaded.refused)}, said)
    if loaded.refused:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


@base.command("find", cls=SpokenCommand)
def find(
    text: Annotated[str, typer.Argument(metavar="地址", help="一个地址")],
    as_json: Json = False,
) -> None:
    """在地址库中找与一个地址同一处、包含它或在它之内的地址，并说明理由。示例：handa address base find 武汉市江汉区新华路25号3栋2单元501室"""
    from locate.address import parse
    from locate.address_base import find_in_base

    with house(quiet=as_json) as db, db.session() as session:
        [found] = find_in_base(session, db.cipher, [parse(text)])
    if as_json:
        document([{"text": f.text, "relation": f.match.relation.value, "score": f.match.score, "why": f.match.why} for f in found])
        return
    if not found:
        say("地址库中没有这一处。")
        return
    table("地址库中的地址", ("地址", "关系", "得分", "理由"), [(f.text, RELATIONS[f.match.relation.value], f"{f.match.score:.2f}", f.match.why) for f in found])


@base.command("show", cls=SpokenCommand)
def show(as_json: Json = False) -> None:
    """地址库中有多少个地址。示例：handa address base show"""
    from locate.address_base import base_size

    with house(quiet=as_json) as db, db.session() as session:
        count = base_size(session)
    done(as_json, {"addresses": count}, f"地址库中有 {count} 个地址。")
