"""The workbook of refused rows: the lender's own layout with a 原因 column, ready to be corrected and sent again.

A refused case comes with its address and contact rows, a refused address with its case row, so that the corrected file
can be imported by itself. The same input gives the same bytes. Text is written as text, never as a formula.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from locate.intake.gather import cell_of
from locate.intake.open_file import open_case_file
from locate.intake.problems import Findings
from locate.intake.profile import Profile
from locate.intake.reading import ImportResult
from locate.intake.rows import RowKind, RowSorter
from locate.intake.shapes import Part, key_text, own_keys, shape_of
from locate.intake.sheets import Row
from locate.intake.text import Cell
from records.files import disk_faults, replace_durably

REASON: Final = "原因"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "|", "%")
_LONGEST_TEXT: Final = 32_767
_LONGEST_SHEET_NAME: Final = 31
_BAD_SHEET_NAME: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_WIDTH, _REASON_WIDTH = 14, 60

_Reasons = Mapping[tuple[str | None, int], list[str]]


@dataclass(frozen=True, slots=True)
class _Styles:
    text: Format
    guarded: Format
    day: Format
    moment: Format
    reason: Format
    head: Format


def write_refused(
    path: Path, result: ImportResult, folder: Path, profile: Profile | None = None
) -> Path | None:
    """Write the refused rows of ``path`` into ``folder``; the file, or None where nothing was refused.

    Raises:
        UnreadableInput: ``path`` is no longer what was read.
        DiskFull: no room.
    """
    reasons: dict[tuple[str | None, int], list[str]] = {}
    for problem in result.rejected:
        if problem.row is not None:
            said = reasons.setdefault((problem.sheet, problem.row), [])
            where = f"【{problem.column}】" if problem.column else ""
            if where + problem.message not in said:
                said.append(where + problem.message)
    if not reasons:
        return None
    opened = open_case_file(path)
    shape = shape_of(opened, profile, Findings(opened.name))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{Path(opened.name).stem}-退回-{opened.sha256[:8]}.xlsx"
    beside = folder / f".{target.name}.{os.getpid()}.part"
    case_numbers = {problem.case_no for problem in result.rejected if problem.case_no}
    side_sheets = {part.plan.sheet for part in (*shape.addresses, *shape.contacts)}
    from_side = {
        problem.case_no for problem in result.rejected if problem.case_no and problem.sheet in side_sheets
    }
    try:
        with disk_faults(target):
            book = xlsxwriter.Workbook(str(beside), {"constant_memory": True, "strings_to_formulas": False})
            book.set_properties({"created": datetime.combine(result.as_of, time())})
            styles = _styles(book)
            keys: dict[str, set[str]] = {
                "case_no": set(case_numbers),
                "contract_no": set(),
                "id_number": set(),
            }
            for part in shape.cases:
                _write_part(book, part, _case_rows(part, reasons, from_side, keys), reasons, styles)
            for part in (*shape.addresses, *shape.contacts):
                _write_part(book, part, _side_rows(part, reasons, keys), reasons, styles)
            book.close()
        replace_durably(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return target


def _styles(book: Any) -> _Styles:
    return _Styles(
        text=book.add_format({"num_format": "@"}),
        guarded=book.add_format({"num_format": "@", "quote_prefix": True}),
        day=book.add_format({"num_format": "yyyy-mm-dd"}),
        moment=book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        reason=book.add_format({"font_color": "#C00000", "text_wrap": True, "num_format": "@"}),
        head=book.add_format({"bold": True, "num_format": "@"}),
    )


def _case_rows(
    part: Part, reasons: _Reasons, from_side: set[str], keys: dict[str, set[str]]
) -> Iterator[tuple[int, Row]]:
    column = part.plan.column("case_no")
    for number, row in part.table.rows():
        if number <= part.data_start():
            yield number, row
            continue
        wanted = (part.plan.sheet, number) in reasons
        if wanted or (from_side and key_text(cell_of(row, column), "case_no") in from_side):
            for name, key in own_keys(part.plan, row).items():
                if key:
                    keys[name].add(key)
            yield number, row


def _side_rows(part: Part, reasons: _Reasons, keys: Mapping[str, set[str]]) -> Iterator[tuple[int, Row]]:
    name = next(name for name in ("case_no", "contract_no", "id_number") if name in part.plan.scalars)
    column = part.plan.column(name)
    sorter = RowSorter(part.plan)
    for number, row in part.table.rows():
        head = number <= part.data_start()
        if (
            head
            or (part.plan.sheet, number) in reasons
            or (sorter.kind_of(row) is RowKind.DATA and key_text(cell_of(row, column), name) in keys[name])
        ):
            yield number, row


def _write_part(
    book: Any, part: Part, rows: Iterator[tuple[int, Row]], reasons: _Reasons, styles: _Styles
) -> None:
    name = part.table.name.translate(_BAD_SHEET_NAME).strip("'")[:_LONGEST_SHEET_NAME] or "Sheet"
    sheet: Worksheet = book.add_worksheet(name)
    width = max(part.plan.header.width, 1)
    sheet.set_column(0, width - 1, _WIDTH)
    sheet.set_column(width, width, _REASON_WIDTH)
    for at, (number, row) in enumerate(rows):
        is_head = number == part.data_start()
        for column, cell in enumerate(row[:width]):
            _write_cell(sheet, at, column, cell, styles, styles.head if is_head else styles.text)
        if is_head:
            sheet.write_string(at, width, REASON, styles.head)
            sheet.freeze_panes(at + 1, 0)
        said = reasons.get((part.plan.sheet, number))
        if said:
            sheet.write_string(at, width, "\n".join(said)[:_LONGEST_TEXT], styles.reason)


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Cell, styles: _Styles, text: Format) -> None:
    if isinstance(cell, str):
        if cell:
            guarded = cell.lstrip().startswith(_FORMULA_STARTS)
            sheet.write_string(row, column, cell[:_LONGEST_TEXT], styles.guarded if guarded else text)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell, styles.moment)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, styles.day)
    elif isinstance(cell, time | timedelta):
        sheet.write_string(row, column, str(cell), text)
