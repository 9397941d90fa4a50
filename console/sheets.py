"""Tables as files for spreadsheet programs, row by row in flat memory; no cell is ever taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from console.files import neutral
from records.errors import WrongUsage

LAST_ROW = 1_048_576
"""Rows of a sheet (ECMA-376, and every spreadsheet program)."""
LONGEST_CELL = 32_767


def write_csv(target: Path, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """UTF-8 with BOM, so that Excel reads Chinese; cells that look like formulas get an apostrophe."""
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows([neutral(cell) for cell in row] for row in rows)


def write_xlsx(target: Path, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """One sheet. Text is written as text, numbers as numbers.

    Raises:
        WrongUsage: more rows than a sheet has.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(str(target), {"constant_memory": True, "in_memory": False})
    try:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, header in enumerate(headers):
            sheet.write_string(0, column, header, bold)
        for number, row in enumerate(rows, start=1):
            if number >= LAST_ROW:
                raise WrongUsage(f"超过一张工作表的 {LAST_ROW - 1} 行。", "请改用 .csv 或 .jsonl。")
            for column, cell in enumerate(row):
                if cell is None:
                    continue
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    sheet.write_number(number, column, cell)
                else:
                    text = " ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)
                    sheet.write_string(number, column, text[:LONGEST_CELL])
    finally:
        book.close()
