"""Addresses in a column of a table: CSV and TSV as a stream, XLSX, XLS and ODS by sheet; opened by ``locate.intake``.

The header is found by the column's name among the first rows, so titles above it do no harm.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from console.address_input import (
    LONGEST_TEXT,
    Cell,
    Input,
    Row,
    count_lines,
    named,
    no_column,
    reopener,
    too_long,
)
from locate.intake.delimited import open_delimited
from locate.intake.header import SEARCHED_ROWS
from locate.intake.open_file import open_case_file
from locate.intake.sheets import Table
from locate.intake.text import Cell as Found
from locate.intake.text import number_text, plain, word
from records.errors import UnreadableInput, WrongUsage

_EXACT: Final = 10**15
"""Whole numbers below are what a spreadsheet shows; above it has already rounded them."""
_SHOWN_WARNINGS: Final = 20


def open_table(path: Path, shown: str, column: str | None) -> Input:
    """A CSV or TSV.

    Raises:
        UnreadableInput: it can't be decoded or is no table.
        WrongUsage: no such column.
    """
    with named(shown):
        table = open_delimited(shown, None, reopener(path))
    headers = list(_headers(table, shown, column))
    if not headers:
        raise no_column(shown, column, _first_row(table, shown))
    return _input(table, shown, headers[0], count_lines(path))


def open_sheets(path: Path, shown: str, column: str | None, sheet: str | None) -> Input:
    """The one sheet of a workbook that has the column.

    Raises:
        UnreadableInput: damaged, protected or too large.
        WrongUsage: no sheet has the column, or several have and none was chosen.
    """
    with named(shown):
        book = open_case_file(path).tables
    tables = [table for table in book if sheet is None or table.sheet == sheet]
    if not tables:
        raise WrongUsage(f"{shown} 没有工作表“{sheet}”。", f"请用 --sheet 指定：{'、'.join(str(each.sheet) for each in book)}")
    found = [(table, header) for table in tables for header in islice(_headers(table, shown, column), 1)]
    visible = [(table, header) for table, header in found if not table.hidden] or found
    if not visible:
        filled = [table for table in tables if any(_first_row(table, shown))]
        raise no_column(_place(shown, (filled or tables)[0]), column, _first_row((filled or tables)[0], shown))
    if len(visible) > 1:
        raise WrongUsage(
            f"{shown} 有 {len(visible)} 张工作表都有这一列。",
            f"请用 --sheet 指定：{'、'.join(str(table.sheet) for table, _ in visible)}",
        )
    table, header = visible[0]
    return _input(table, shown, header, 0)


def _place(shown: str, table: Table) -> str:
    return shown if table.sheet is None else f"{shown}“{table.sheet}”"


def _walk(table: Table, shown: str) -> Iterator[tuple[int, list[Found]]]:
    """The rows; a quote that never ends is the reader's to find, a field without end ours to tell."""
    try:
        with named(_place(shown, table)):
            yield from table.rows()
    except csv.Error as fault:
        raise UnreadableInput(f"{_place(shown, table)} 不是完整的表格。", "请核对引号是否成对，另存后重试。") from fault


def _first_row(table: Table, shown: str) -> tuple[str, ...]:
    for _, row in islice(_walk(table, shown), SEARCHED_ROWS):
        names = tuple(text for cell in row if (text := plain(cell)))
        if names:
            return names
    return ()


@dataclass(frozen=True, slots=True)
class _Header:
    """A header row: its number, the address's index, all names."""

    row: int
    at: int
    names: tuple[str, ...]


def _headers(table: Table, shown: str, column: str | None) -> Iterator[_Header]:
    """Rows that could be the header, best first."""
    first = [(number, [plain(cell) for cell in row]) for number, row in islice(_walk(table, shown), SEARCHED_ROWS)]
    if column is None:
        filled = [(number, row) for number, row in first if any(row)]
        used = {at for _, row in filled for at, text in enumerate(row) if text}
        if len(used) == 1:
            number, row = filled[0]
            [at] = used
            _demand_a_header(row[at], shown)
            yield _Header(number, at, tuple(row))
        return
    for same in (lambda text: text == column, lambda text: bool(text) and word(text) == word(column)):
        for number, row in first:
            hits = [at for at, text in enumerate(row) if same(text)]
            if len(hits) > 1 and len({text for text in row if text}) > 1:
                columns = "、".join(f"第 {at + 1} 列" for at in hits)
                raise WrongUsage(f"{_place(shown, table)} 第 {number} 行有几列都叫“{column}”：{columns}。", "请改名后重试。")
            if hits:
                yield _Header(number, hits[0], tuple(row))


def _demand_a_header(text: str, shown: str) -> None:
    """Refuse a table whose only column begins with an address at once: it would be lost as a header."""
    from locate.address import Grade, parse

    if parse(text).grade is not Grade.UNUSABLE:
        raise WrongUsage(f"{shown} 的第一行像是地址，不是表头。", "请加一行表头，或改名为 .txt（一行一个地址）。")


def _input(table: Table, shown: str, header: _Header, lines: int) -> Input:
    at, names = header.at, header.names
    width = max((index for index, name in enumerate(names) if name), default=at) + 1
    kept = [index for index in range(width) if index != at]
    others = tuple(names[index] or f"第{index + 1}列" for index in kept)
    opened = Input(shown, others, max(0, lines - header.row), iter(()))
    return replace(opened, rows=_rows(table, shown, header, kept, width, opened.warnings))


def _rows(
    table: Table, shown: str, header: _Header, kept: Sequence[int], width: int, warnings: list[str]
) -> Iterator[Row]:
    at, names = header.at, header.names
    place = _place(shown, table)
    errors, uncached = table.marks.errors, table.marks.uncached
    blank = 0
    for number, row in _walk(table, shown):
        if number <= header.row:
            continue
        if not any(row):
            blank += 1  # at the end of a sheet they are no rows; between others they are
            continue
        for _ in range(blank):
            yield "", (None,) * len(kept)
        blank = 0
        if len(row) > width and any(plain(cell) for cell in row[width:]):
            raise UnreadableInput(
                f"{place} 第 {number} 行有 {len(row)} 列，表头只有 {width} 列。", "多半是地址里的逗号没有加引号；请修正后重试。"
            )
        text = plain(row[at]) if at < len(row) else ""
        if len(text) > LONGEST_TEXT:
            raise too_long(place, number)
        if (number, at) in errors or (number, at) in uncached:
            text = ""
            _warn(warnings, f"{place} 第 {number} 行“{names[at]}”是没有结果的公式或错误值，按空白处理。")
        yield text, tuple(_kept(row[index]) if index < len(row) else None for index in kept)


def _warn(warnings: list[str], sentence: str) -> None:
    if len(warnings) < _SHOWN_WARNINGS:
        warnings.append(sentence)
    elif len(warnings) == _SHOWN_WARNINGS:
        warnings.append("还有更多同样的单元格。")


def _kept(cell: Found) -> Cell:
    """A cell as it can be written out again: what it shows, not what a float makes of it."""
    if isinstance(cell, bool) or (isinstance(cell, str) and cell == ""):
        return cell if cell != "" else None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < _EXACT else float(number_text(cell))
    if isinstance(cell, int):
        return cell
    return plain(cell)
