"""A column of texts from a .txt, .csv or .xlsx file, one at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from records.errors import UnreadableInput, WrongUsage

_ENCODINGS = ("utf-8-sig", "gb18030")


def count_lines(path: Path) -> int:
    """Lines of a text file, for a progress bar; 0 for other kinds."""
    if path.suffix.lower() not in (".txt", ".csv"):
        return 0
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def read_texts(path: Path, column: str | None) -> Iterator[str]:
    """Every line of a .txt, or every cell of the column headed ``column`` of a table whose first row is its header.

    Raises:
        UnreadableInput: unknown kind, encoding, or no such column.
    """
    kind = path.suffix.lower()
    if kind == ".txt":
        yield from _lines(path)
    elif kind == ".csv":
        yield from _column((row for row in csv.reader(_lines(path))), column, path)
    elif kind in (".xlsx", ".xls", ".ods"):
        try:
            sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        except CalamineError as fault:
            raise UnreadableInput(f"无法读取表格 {path}。", "请另存为 .xlsx 后重试。") from fault
        yield from _column(([str(cell) for cell in row] for row in sheet.iter_rows()), column, path)
    else:
        raise UnreadableInput(f"不支持的文件类型“{path.suffix}”。", "请用 .txt、.csv 或 .xlsx。")


def _lines(path: Path) -> Iterator[str]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline=None) as file:
        for line in file:
            yield line.rstrip("\n")


def _encoding(path: Path) -> str:
    for encoding in _ENCODINGS:
        try:
            with path.open(encoding=encoding) as file:
                while file.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        except OSError as fault:
            raise UnreadableInput(f"无法读取 {path}：{fault.strerror}。", "请核对路径与权限。") from fault
        return encoding
    raise UnreadableInput(f"无法识别 {path} 的编码。", "请另存为 UTF-8 后重试。")


def _column(rows: Iterator[list[str]], column: str | None, path: Path) -> Iterator[str]:
    header = next(rows, [])
    if column is None and len(header) == 1:
        column = header[0]
    if column is None or column not in header:
        raise WrongUsage(f"{path.name} 中没有列“{column or ''}”。", f"请用 --column 指定：{'、'.join(header)}")
    index = header.index(column)
    for row in rows:
        yield row[index] if index < len(row) else ""
