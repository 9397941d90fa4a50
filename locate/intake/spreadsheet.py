"""Workbooks (XLSX, XLSB, XLS, ODS) through python-calamine: values typed, merged cells filled, row numbers the sheet's own."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import python_calamine as calamine

from locate.intake.marks import extent, percent_rows, sheet_marks, sheet_parts
from locate.intake.problems import refuse_file
from locate.intake.sheets import Marks, Row, Table

WIDEST: Final = 1024
"""More columns than any case file has; a sheet wider than this is a mistake or an attack."""
MOST_CELLS: Final = 16_000_000
"""Rows times columns of a sheet: what 1 GiB of memory holds (300,000 cases of 50 columns)."""
_LARGEST_MERGE: Final = 200_000
"""Cells that merged ranges may fill in altogether."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of an open workbook."""

    name: str
    hidden: bool
    marks: Marks
    _sheet: calamine.CalamineSheet
    _fill: dict[int, list[tuple[int, int, int]]]
    """By 0-based row: (from row, from column, to column) of the merged ranges that cover it."""
    _source: Path | BytesIO
    _part: str | None
    """The part of an XLSX package that holds the sheet's cells."""

    @property
    def sheet(self) -> str | None:
        """The sheet's name in reports."""
        return self.name

    def percent_rows(self, column: int) -> frozenset[int]:
        """Rows whose cell of this column is shown as a percentage (XLSX only: other formats don't tell)."""
        if self._part is None:
            return frozenset()
        if isinstance(self._source, BytesIO):
            self._source.seek(0)
        with zipfile.ZipFile(self._source) as package:
            return percent_rows(package, self._part, column)

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Every row from row 1; a merged cell's value stands in each cell it covers."""
        start = self._sheet.start
        if start is None:
            return
        lead: Row = [""] * start[1]
        tops: dict[int, Row] = {}
        for index, values in enumerate(self._sheet.iter_rows()):
            row: Row = [*lead, *values] if lead else list(values)
            for top, left, right in self._fill.get(index, ()):
                row += [""] * (right + 1 - len(row))
                source = row if top == index else tops.get(top, row)
                row[left : right + 1] = [source[left]] * (right + 1 - left)
            if index in self._fill:
                tops[index] = row
            yield index + 1, row


def _fill_of(sheet: calamine.CalamineSheet) -> dict[int, list[tuple[int, int, int]]]:
    fill: dict[int, list[tuple[int, int, int]]] = {}
    budget = _LARGEST_MERGE
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        budget -= (bottom - top + 1) * (right - left + 1)
        if budget < 0 or right >= WIDEST:
            break
        for row in range(top, bottom + 1):
            fill.setdefault(row, []).append((top, left, right))
    return fill


def open_workbook(source: Path | BytesIO, *, is_xlsx: bool) -> tuple[Table, ...]:
    """The sheets of a workbook.

    Raises:
        UnreadableInput: a password, damage, or a sheet too large for the memory.
    """
    looked_at = _looked_at(source) if is_xlsx else {}
    try:
        if isinstance(source, BytesIO):
            source.seek(0)
        book = calamine.load_workbook(source)
        metadata = [each for each in book.sheets_metadata if each.typ == calamine.SheetTypeEnum.WorkSheet]
        sheets = [book.get_sheet_by_name(each.name) for each in metadata]
    except calamine.PasswordError as fault:
        raise refuse_file("FILE_ENCRYPTED") from fault
    except (calamine.CalamineError, OSError, ValueError) as fault:
        raise refuse_file("FILE_DAMAGED", str(fault)[:200]) from fault
    tables: list[Table] = []
    for each, sheet in zip(metadata, sheets, strict=True):
        if sheet.end is not None and sheet.end[1] >= WIDEST:
            raise refuse_file("FILE_TOO_WIDE", str(sheet.end[1] + 1), str(WIDEST))
        hidden = each.visible != calamine.SheetVisibleEnum.Visible
        part, marks = looked_at.get(each.name, (None, Marks()))
        tables.append(Sheet(each.name, hidden, marks, sheet, _fill_of(sheet), source, part))
    return tuple(tables)


def _looked_at(source: Path | BytesIO) -> dict[str, tuple[str | None, Marks]]:
    """Part and marks of each sheet of an XLSX, after its sheets were found to fit into the memory."""
    try:
        with zipfile.ZipFile(source) as package:
            parts = sheet_parts(package)
            for name, part in parts.items():
                rows, columns = extent(package, part)
                if columns > WIDEST:
                    raise refuse_file("FILE_TOO_WIDE", str(columns), str(WIDEST))
                if rows * columns > MOST_CELLS:
                    raise refuse_file(
                        "FILE_TOO_LARGE", f"{name}：{rows} 行 × {columns} 列", f"{MOST_CELLS} 个单元格"
                    )
            return {name: (parts[name], marks) for name, marks in sheet_marks(package, parts).items()}
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, zlib.error) as fault:
        raise refuse_file("FILE_DAMAGED", str(fault)[:200]) from fault
