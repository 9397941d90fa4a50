"""``handa address parse|dedupe``: the address engine as a tool by itself. Needs no workspace and no database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, section
from console.faults import reason
from console.files import demand_suffix, demand_writable
from console.options import Json, Output
from console.speech import Report, bars, document, done, say, table
from records.errors import UnreadableInput, WrongUsage

if TYPE_CHECKING:
    from locate.address.model import Address

app = section("address")

PAGE = 2_000
LABELS = {
    "province": "省", "city": "市", "district": "区县", "township": "乡镇街道", "village": "村社区", "devzone": "开发区",
    "road": "道路", "road_no": "门牌", "sub_road": "支路", "sub_road_no": "支路门牌", "poi": "小区/地点", "sub_poi": "次级地点",
    "building": "楼栋", "unit": "单元", "floor": "楼层", "room": "房间", "rest": "其余", "adcode": "区划代码", "postcode": "邮编",
    "canonical": "标准地址", "grade": "等级", "confidence": "置信度", "issues": "提示",
}  # fmt: skip
FORMATS = (".jsonl", ".csv", ".xlsx")
Column = Annotated[str | None, typer.Option("--column", metavar="列名", help="表格中地址所在列的表头；只有一列时可不写")]


@app.command("parse", cls=SpokenCommand)
def parse_(
    what: Annotated[str, typer.Argument(metavar="地址或文件", help="一个地址，或 .txt/.csv/.xlsx 文件（.txt 一行一个地址）")],
    column: Column = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="文件", help="输出 .jsonl、.csv 或 .xlsx，顺序与输入一致")
    ] = None,
    as_json: Json = False,
) -> None:
    """解析并标准化地址：一个地址，或整个文件。示例：handa address parse 地址.txt -o 结果.jsonl"""
    from locate.address import parse, to_json_dict

    source = _file(what)
    if output is not None:
        demand_suffix(output, FORMATS)
        demand_writable(output)
    if source is None:
        if not what.strip():
            raise WrongUsage("地址是空的。", "请写一个地址，或一个 .txt、.csv、.xlsx 文件。")
        address = parse(what)
        if output is not None:
            _write([address], output)
        if as_json:
            document(to_json_dict(address))
        elif output is None:
            _show(address)
        return
    with bars() as report:
        rows = _parsed(source, column, report)
        if output is None:
            document([to_json_dict(address) for address in rows])
            return
        count = _write(rows, output)
    done(as_json, {"addresses": count, "file": output}, f"已解析 {count} 个地址：{output}")


@app.command("dedupe", cls=SpokenCommand)
def dedupe_(
    file: Annotated[Path, typer.Argument(metavar="文件", help=".txt、.csv 或 .xlsx 文件")],
    column: Column = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """找出写法不同而其实是同一处的地址：每组一行，含组内各行的行号与理由。示例：handa address dedupe 地址.csv --column 地址 -o 分组.csv"""
    from locate.address import dedupe

    source = _file(str(file))
    if source is None:
        raise WrongUsage(f"没有文件“{file}”。", "请核对路径。")
    if output is not None:
        demand_suffix(output, FORMATS)
        demand_writable(output)
    with bars() as report:
        addresses = list(_parsed(source, column, report))
    groups = dedupe(addresses)
    rows: list[dict[str, object]] = [
        {
            "key": addresses[group.members[0]].key,
            "canonical": addresses[group.members[0]].canonical,
            "count": len(group.members),
            "items": [member + 1 for member in group.members],
            "reasons": list(group.reasons),
        }
        for group in groups
    ]
    if output is not None:
        _write_rows(rows, {"key": "标识", "canonical": "标准地址", "count": "个数", "items": "第几个", "reasons": "理由"}, output)
    summary = {"addresses": len(addresses), "places": len(groups)}
    if as_json:
        document({**summary, "file": output} if output is not None else {**summary, "groups": rows})
        return
    say(f"{len(addresses)} 个地址，{len(groups)} 处。" + (f"已写入：{output}" if output is not None else ""))
    if output is None:
        several = [row for row in rows if len(_items(row)) > 1]
        shown = [(row["canonical"], " ".join(map(str, _items(row)))) for row in several[:20]]
        table(f"同一处的地址（共 {len(several)} 组，显示前 {len(shown)} 组）", ("标准地址", "第几个"), shown)


def _items(row: dict[str, object]) -> list[int]:
    """The item numbers of a group's row."""
    items = row["items"]
    assert isinstance(items, list)
    return items


def _file(what: str) -> Path | None:
    """The file that ``what`` names, None when it is an address.

    Raises:
        WrongUsage: it looks like a file, and there is none.
    """
    path = Path(what)
    try:
        if path.is_file():
            return path
        folder = path.is_dir()
    except OSError:  # a long address is no file name
        return None
    if folder:
        raise WrongUsage(f"“{what}”是一个文件夹。", "请给出一个 .txt、.csv 或 .xlsx 文件。")
    if path.suffix.lower() in (".txt", ".csv", ".xlsx", ".xls", ".ods", ".tsv"):
        raise WrongUsage(f"没有文件“{what}”。", "请核对路径。")
    return None


def _show(address: Address) -> None:
    from locate.address import to_json_dict

    shown = to_json_dict(address)
    rows = [
        (label, " ".join(map(str, value)) if isinstance(value, list) else value)
        for name, label in LABELS.items()
        if (value := shown.get(name)) not in (None, [], "")
    ]
    rows += [(f"更正：{LABELS.get(c.field, c.field)}", f"{c.before} → {c.after}（{c.why}）") for c in address.corrections]
    table("解析结果", ("部分", "值"), rows)


def _parsed(source: Path, column: str | None, report: Report) -> Iterator[Address]:
    from console.texts import count_lines, read_texts
    from locate.address import parse_many

    try:
        total = count_lines(source)
        page: list[str] = []
        ready = 0
        for text in read_texts(source, column):
            page.append(text)
            if len(page) == PAGE:
                yield from parse_many(page)
                ready += len(page)
                page = []
                report("解析地址", ready, max(total, ready))
        yield from parse_many(page)
        report("解析地址", ready + len(page), ready + len(page))
    except OSError as fault:
        raise UnreadableInput(f"无法读取 {source}：{reason(fault)}。", "请核对路径与权限。") from fault


def _write(addresses: Iterable[Address], output: Path) -> int:
    from locate.address import to_json_dict

    rows = (to_json_dict(address) for address in addresses)
    return _write_rows(rows, {"raw": "原文", **LABELS}, output)


def _write_rows(rows: Iterable[dict[str, object]], labels: dict[str, str], output: Path) -> int:
    from console.files import whole_file
    from console.sheets import write_csv, write_xlsx

    suffix = demand_suffix(output, FORMATS)
    count = 0

    def counted() -> Iterator[dict[str, object]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    with whole_file(output) as target:
        if suffix == ".jsonl":
            with target.open("w", encoding="utf-8") as file:
                for row in counted():
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            cells = ([row.get(name) for name in labels] for row in counted())
            (write_csv if suffix == ".csv" else write_xlsx)(target, list(labels.values()), cells)
    return count
