"""``handa address dedupe``: which rows of a file are one place, a group a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.files import demand_suffix, demand_writable
from console.house import workers as processes
from console.options import Json, Output, Workers
from console.speech import bars, document, say, table
from records.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from console.address_input import Row
    from locate.address.dedupe import Group
    from locate.address.model import Address

FORMATS = (".jsonl", ".csv", ".xlsx", ".parquet")
LABELS = {"key": "标识", "canonical": "标准地址", "count": "个数", "items": "第几个", "reasons": "理由"}
_SHOWN = 20


def dedupe(
    file: Annotated[str, typer.Argument(metavar="文件", help=".txt（一行一个）、CSV、TSV、XLSX、XLS、ODS、Parquet、JSONL；- 为标准输入")],
    column: Annotated[str | None, typer.Option("--column", metavar="列名", help="表格中地址所在列的表头；只有一列时可不写")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="工作表", help="工作簿中的哪一张；只有一张有这一列时可不写")] = None,
    output: Output = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """找出写法不同而其实是同一处的地址：每组一行，含组内各行的行号与理由。示例：handa address dedupe 地址.csv --column 地址 -o 分组.csv"""
    from console.address_run import Progress, chunked, opened
    from console.address_workers import in_order

    if output is not None:
        demand_suffix(output, FORMATS)
        demand_writable(output)
    count = processes(workers)
    with opened(file, column, sheet) as source, bars() as report:
        if source is None:
            raise WrongUsage(f"没有文件“{file}”。", "请核对路径。")
        from locate.address import dedupe as group

        progress = Progress("解析地址", source.total, report)
        addresses: list[Address] = []
        for chunk in in_order(read, chunked(source.rows), count):
            addresses += chunk
            progress.add(len(chunk))
        groups = group(addresses)
    if output is not None:
        _write(addresses, groups, output)
    for sentence in source.warnings:
        say(sentence, quiet=True)
    summary = {"addresses": len(addresses), "places": len(groups)}
    if as_json:
        document({**summary, "file": output} if output is not None else {**summary, "groups": list(_rows(addresses, groups))})
    else:
        say(f"{len(addresses)} 个地址，{len(groups)} 处。" + (f"已写入：{output}" if output is not None else ""))
        if output is None:
            _show(addresses, groups)
    if source.warnings:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def read(rows: list[Row]) -> list[Address]:
    """A chunk's addresses."""
    from locate.address import parse_many

    return list(parse_many([text for text, _ in rows]))


def _rows(addresses: list[Address], groups: list[Group]) -> Iterator[dict[str, object]]:
    for group in groups:
        first = addresses[group.members[0]]
        items = [member + 1 for member in group.members]
        yield dict(zip(LABELS, (first.key, first.canonical, len(items), items, list(group.reasons)), strict=True))


def _write(addresses: list[Address], groups: list[Group], output: Path) -> None:
    import json

    from console.files import whole_file
    from console.sheets import write_csv, write_xlsx

    rows = _rows(addresses, groups)
    with whole_file(output) as target:
        match output.suffix.lower():
            case ".jsonl":
                with target.open("w", encoding="utf-8") as file:
                    file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            case ".parquet":
                import pyarrow as pa
                from pyarrow.parquet import write_table

                kinds = (pa.string(), pa.string(), pa.int64(), pa.list_(pa.int64()), pa.list_(pa.string()))
                write_table(pa.Table.from_pylist(list(rows), schema=pa.schema(zip(LABELS, kinds, strict=True))), target)
            case suffix:
                write_table_ = write_csv if suffix == ".csv" else write_xlsx
                write_table_(target, list(LABELS.values()), ([row[name] for name in LABELS] for row in rows))


def _show(addresses: list[Address], groups: list[Group]) -> None:
    several = [group for group in groups if len(group.members) > 1]
    shown = [(addresses[g.members[0]].canonical, " ".join(str(m + 1) for m in g.members)) for g in several[:_SHOWN]]
    table(f"同一处的地址（共 {len(several)} 组，显示前 {len(shown)} 组）", ("标准地址", "第几个"), shown)
