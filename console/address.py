"""``handa address parse|dedupe``: the address engine as a tool by itself. Needs no workspace and no database."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from console.speech import bars, document, say, table
from console.texts import count_lines, read_texts
from locate.address import parse, parse_many, to_json_dict
from locate.address.model import Address
from records.errors import WrongUsage

app = typer.Typer(help="地址：解析、标准化、去重。示例：handa address parse 武汉市江汉区新华路25号3栋2单元501室", no_args_is_help=True)

PAGE = 2_000
LABELS = {
    "province": "省", "city": "市", "district": "区县", "township": "乡镇街道", "village": "村社区", "devzone": "开发区",
    "road": "道路", "road_no": "门牌", "sub_road": "支路", "sub_road_no": "支路门牌", "poi": "小区/地点", "sub_poi": "次级地点",
    "building": "楼栋", "unit": "单元", "floor": "楼层", "room": "房间", "rest": "其余", "adcode": "区划代码", "postcode": "邮编",
    "canonical": "标准地址", "grade": "等级", "confidence": "置信度", "issues": "提示",
}  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="在标准输出给出一个 JSON 文档")]


@app.command("parse")
def parse_(
    what: Annotated[str, typer.Argument(metavar="地址或文件", help="一个地址，或 .txt/.csv/.xlsx 文件（.txt 一行一个地址）")],
    column: Annotated[str | None, typer.Option("--column", help="表格中地址所在列的表头")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="输出 .jsonl 或 .csv，顺序与输入一致")] = None,
    as_json: Json = False,
) -> None:
    """解析并标准化地址。示例：handa address parse 地址.txt -o 结果.jsonl"""
    source = Path(what)
    if not _is_file(source):
        address = parse(what)
        if as_json or output is not None:
            _one(to_json_dict(address), output)
        else:
            _show(address)
        return
    total = count_lines(source)
    with bars() as report:
        rows = _parsed(read_texts(source, column), total, report)
        if output is None:
            document([to_json_dict(address) for address in rows])
            return
        count = _write(rows, output)
    say(f"已解析 {count} 个地址：{output}", quiet=as_json)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a long address is no file name
        return False


def _one(value: dict[str, object], output: Path | None) -> None:
    if output is None:
        document(value)
    else:
        output.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


def _show(address: Address) -> None:
    shown = to_json_dict(address)
    rows = [(label, shown[name]) for name, label in LABELS.items() if shown.get(name) not in (None, [], "")]
    rows += [(f"更正：{c.field}", f"{c.before} → {c.after}（{c.why}）") for c in address.corrections]
    table("解析结果", ("部分", "值"), rows)


def _parsed(texts: Iterable[str], total: int, report: object) -> Iterator[Address]:
    page: list[str] = []
    done = 0
    for text in texts:
        page.append(text)
        if len(page) == PAGE:
            yield from parse_many(page)
            done += len(page)
            page = []
            if callable(report):
                report("解析地址", done, max(total, done))
    yield from parse_many(page)
    if callable(report):
        report("解析地址", done + len(page), max(total, done + len(page)))


def _write(rows: Iterator[Address], output: Path) -> int:
    count = 0
    try:
        if output.suffix == ".jsonl":
            with output.open("w", encoding="utf-8") as file:
                for address in rows:
                    file.write(json.dumps(to_json_dict(address), ensure_ascii=False) + "\n")
                    count += 1
        elif output.suffix == ".csv":
            with output.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["原文", *LABELS.values()])
                for address in rows:
                    shown = to_json_dict(address)
                    cells = [address.raw, *(shown.get(name) for name in LABELS)]
                    writer.writerow([_cell(cell) for cell in cells])
                    count += 1
        else:
            raise WrongUsage(f"不支持的输出格式“{output.suffix}”。", "请用 .jsonl 或 .csv。")
    except OSError as fault:
        raise WrongUsage(f"无法写入 {output}：{fault.strerror}。", "请核对目录与权限。") from fault
    return count


def _cell(value: object) -> str:
    """A cell that no spreadsheet program takes for a formula."""
    text = "" if value is None else " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
