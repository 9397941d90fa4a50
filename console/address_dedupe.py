"""``handa address dedupe``: which rows of a file are one place, a group a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.files import demand_suffix, demand_writable
from console.house import workers as processes
from console.options import Json, Output, Workers
from console.speech import Report, bars, document, say, table
from records.errors import Broken, ExitCode, WrongUsage

if TYPE_CHECKING:
    from locate.address.matching.many import PlaceGroup

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
    from concurrent.futures.process import BrokenProcessPool

    from console.address_run import opened

    if output is not None:
        demand_suffix(output, FORMATS)
        demand_writable(output)
    count = processes(workers)
    with opened(file, column, sheet) as source, bars() as report:
        if source is None:
            raise WrongUsage(f"没有文件“{file}”。", "请核对路径。")
        from locate.address import group_texts

        texts = (text for text, _ in source.rows)
        try:
            groups = group_texts(texts, workers=count, progress=_patiently(report, source.total), total=source.total)
        except BrokenProcessPool as fault:
            raise Broken("有工作进程意外结束，多半是内存不足。", "请减少 --workers 或加内存后重试。", code="E-WORKER-DIED") from fault
    if output is not None:
        _write(groups, output)
    for sentence in source.warnings:
        say(sentence, quiet=True)
    addresses = sum(len(group.members) for group in groups)
    summary = {"addresses": addresses, "places": len(groups)}
    if as_json:
        document({**summary, "file": output} if output is not None else {**summary, "groups": list(_rows(groups))})
    else:
        say(f"{addresses} 个地址，{len(groups)} 处。" + (f"已写入：{output}" if output is not None else ""))
        if output is None:
            _show(groups)
    if source.warnings:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _patiently(report: Report, total: int) -> Callable[[str, int, int], None]:
    """A bar for each stage of the work; how many texts are to come is what the input says."""
    from console.address_run import Progress

    stages: dict[str, Progress] = {}

    def told(what: str, done: int, of: int) -> None:
        stage = stages.setdefault(what, Progress(what, of if stages else total, report))
        stage.add(done - stage.done)

    return told


def _rows(groups: list[PlaceGroup]) -> Iterator[dict[str, object]]:
    for group in groups:
        items = [member + 1 for member in group.members]
        yield dict(zip(LABELS, (group.key, group.canonical, len(items), items, list(group.reasons)), strict=True))


def _write(groups: list[PlaceGroup], output: Path) -> None:
    import json

    from console.files import whole_file
    from console.sheets import write_csv, write_xlsx

    rows = _rows(groups)
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


def _show(groups: list[PlaceGroup]) -> None:
    several = [group for group in groups if len(group.members) > 1]
    shown = [(g.canonical, " ".join(str(m + 1) for m in g.members)) for g in several[:_SHOWN]]
    table(f"同一处的地址（共 {len(several)} 组，显示前 {len(shown)} 组）", ("标准地址", "第几个"), shown)
