"""``handa address``: the address engine as a tool by itself. Needs no workspace and no database, but for ``--maps`` and ``base``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.address_base import base
from console.address_columns import LABELS, cells
from console.address_dedupe import dedupe
from console.address_output import FORMATS, Layout
from console.commandline import SpokenCommand, section
from console.files import demand_suffix, demand_writable
from console.house import workers as processes
from console.options import Json, Workers
from console.speech import Voice, bars, document, done, lines_out, say, table
from records.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from console.address_input import Input
    from console.address_output import Rendered
    from locate.address.model import Address
    from locate.maps import SecondOpinion

app = section("address")
app.add_typer(base)
app.command("dedupe", cls=SpokenCommand)(dedupe)


@app.command("parse", cls=SpokenCommand)
def parse_(
    what: Annotated[
        str, typer.Argument(metavar="地址或文件", help="一个地址；或文件：.txt（一行一个）、CSV、TSV、XLSX、XLS、ODS、Parquet、JSONL；- 为标准输入")
    ],
    column: Annotated[str | None, typer.Option("--column", metavar="列名", help="表格中地址所在列的表头；只有一列时可不写")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="工作表", help="工作簿中的哪一张；只有一张有这一列时可不写")] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="文件", help="输出 .jsonl、.csv、.xlsx 或 .parquet，顺序与输入一致；不写则逐行输出 JSON"),
    ] = None,
    workers: Workers = None,
    maps: Annotated[bool, typer.Option("--maps", help="再问地图服务（须先设好密钥）：只作旁证，不改结果")] = False,
    as_json: Json = False,
) -> None:
    """解析并标准化地址：一个地址，或整个文件。示例：handa address parse 地址.csv --column 地址 -o 结果.xlsx"""
    from console.address_run import opened

    suffix = ".jsonl"
    if output is not None:
        suffix = demand_suffix(output, FORMATS)
        demand_writable(output)
    count = processes(workers)
    if maps:
        from console.address_maps import demand_keys

        demand_keys()
    with opened(what, column, sheet) as source:
        if source is None:
            _one(what, output, Layout(suffix, with_opinion=maps), as_json=as_json)
        else:
            _many(source, output, Layout(suffix, source.others, maps), count, as_json=as_json)


def _one(text: str, output: Path | None, layout: Layout, *, as_json: bool) -> None:
    from console.address_output import json_object, rendered, write
    from locate.address import parse

    if not text.strip():
        raise WrongUsage("地址是空的。", "请写一个地址，或一个文件。")
    address = parse(text.encode("utf-8", "replace").decode("utf-8"))
    opinion = None
    if layout.with_opinion:
        from console.address_maps import reviewing

        with reviewing() as review:
            address, opinion = review(address)
    if output is not None:
        write([rendered(layout, [(text, ())], [address], [opinion])], output, layout)
    if as_json:
        document(json_object(address, opinion))
    elif output is None:
        _show(address, opinion)


def _show(address: Address, opinion: SecondOpinion | None) -> None:
    rows = [(label, cell) for label, cell in zip(LABELS.values(), cells(address), strict=True) if cell not in (None, "")]
    if opinion is not None:
        rows += list(zip(("地图意见", "地图详情"), opinion.as_cells(), strict=True))
    table("解析结果", ("部分", "值"), rows)


def _many(source: Input, output: Path | None, layout: Layout, workers: int, *, as_json: bool) -> None:
    from console.address_output import write
    from console.address_run import Progress, demand_room, parsed

    demand_room(source, layout)
    with bars() as report:
        progress = Progress("解析地址", source.total, report)
        if layout.with_opinion:
            from console.address_maps import reviewed

            chunks = reviewed(source, layout, progress)
        else:
            chunks = parsed(source, layout, workers, progress)
        if output is not None:
            write(chunks, output, layout)
        elif as_json:
            _one_document(chunks)
        else:
            for chunk in chunks:
                assert isinstance(chunk, str)
                if not lines_out(chunk):
                    break
    for sentence in source.warnings:
        say(sentence, quiet=True)
    if output is not None:
        said = {"addresses": progress.done, "file": output, "warnings": source.warnings}
        done(as_json, said, f"已解析 {progress.done} 个地址：{output}")
    if source.warnings:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _one_document(chunks: Iterable[Rendered]) -> None:
    """All objects as one JSON document: kept aside until the last is there, so that a fault never leaves half of one."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", prefix="handa-") as kept:
        for number, line in enumerate(_lines(chunks)):
            kept.write((",\n" if number else "[\n") + line)
        kept.write("\n]\n" if kept.tell() else "[]\n")
        kept.seek(0)
        Voice.documents += 1
        while block := kept.read(1 << 16):
            if not lines_out(block):
                break


def _lines(chunks: Iterable[Rendered]) -> Iterator[str]:
    for chunk in chunks:
        assert isinstance(chunk, str)
        yield from chunk.split("\n")[:-1]
