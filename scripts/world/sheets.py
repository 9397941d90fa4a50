"""Case files in the shapes lenders send: one wide sheet (XLSX or GB18030 CSV) or the three tables of a workbook.

Rows are written as they come and never held: fifty thousand cases need no more memory than fifty.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import xlsxwriter

from scripts.world.cases import KINDS, AddressLine, Cell, ComposedCase, rng_of

AMOUNT_HEADERS = {
    "principal_disbursed": "贷款本金(元)", "principal_repaid": "已还本金(元)", "principal_due": "剩余本金(元)",
    "interest": "利息(元)", "compound_interest": "复利(元)", "penalty_interest": "罚息(元)",
    "liquidated_damages": "违约金(元)", "fees": "费用(元)", "waived": "减免金额(元)", "total": "合计(元)",
}  # fmt: skip
CASE_HEADERS: dict[str, str] = {
    "serial": "序号", "case_no": "案件编号", "debtor_name": "客户姓名", "id_number": "证件号码", "mobile": "手机号",
    "contract_no": "合同号", "product": "产品名称", "disbursed_on": "贷款发放日", **AMOUNT_HEADERS, "as_of": "截至日",
    "overdue_since": "逾期起始日", "annual_rate": "年化利率(%)",
}  # fmt: skip
ADDRESS_WORDS = {"户籍": "户籍地址", "居住": "现住址", "单位": "单位地址"}
ADDRESS_PARTS = {"": "", "_source": "来源", "_basis": "依据编号", "_collected_on": "采集日期"}
CONTACT_PARTS = {"name": "姓名", "relation": "关系", "mobile": "电话", "address": "地址", "opted_out": "拒绝联系"}
CONTACTS = 2
LAST_HEADERS = {"remark": "备注", "score": "内部评分卡分数"}
TITLE = "示例消费金融有限公司委案清单"
NOTE = "说明：金额单位为元；本表仅供委托催告使用，请勿外传。"
BLANK_EVERY = 700
"""A blank row is left after every so many cases, as in files pasted together."""


def wide_headers() -> dict[str, str]:
    """Field → header of the wide shape, in column order."""
    headers = dict(CASE_HEADERS)
    for kind in KINDS:
        for part, word in ADDRESS_PARTS.items():
            headers[f"{kind}{part}"] = ADDRESS_WORDS[kind] + word
    for number in range(1, CONTACTS + 1):
        for part, word in CONTACT_PARTS.items():
            headers[f"contact_{number}_{part}"] = f"联系人{number}{word}"
    return headers | LAST_HEADERS


def _date_cell(rng: random.Random, day: date | None, *, typed: bool) -> Cell:
    """A date as typists leave it: mostly a real date, now and then text."""
    if day is None:
        return None
    form = rng.random()
    if typed and form < 0.7:
        return day
    if form < 0.8:
        return f"{day.year}/{day.month}/{day.day}"
    if form < 0.92:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day:%Y%m%d}" if form < 0.97 else f"{day:%Y-%m-%d}"


def _amount_cell(rng: random.Random, fen: int, *, typed: bool) -> Cell:
    form = rng.random()
    if typed and form < 0.92:
        return fen // 100 if fen % 100 == 0 else fen / 100
    if form < 0.96:
        return f"{fen / 100:.2f}"
    return f"{fen / 100:,.2f}" if form < 0.985 else f"{fen / 100:,.2f}元"


def case_cells(seed: int, case: ComposedCase, *, typed: bool) -> dict[str, Cell]:
    """Field → cell of the case's own columns. ``typed``: the sheet has numbers and dates, not only text."""
    rng = rng_of(seed, case.copy_of or case.number, 3)
    debt = case.debt
    cells: dict[str, Cell] = {
        "serial": case.number, "case_no": case.case_no, "debtor_name": case.name, "id_number": case.id_number,
        "mobile": case.mobile, "contract_no": case.contract_no, "product": debt.product,
    }  # fmt: skip
    for field in AMOUNT_HEADERS:
        cells[field] = _amount_cell(rng, getattr(debt, field), typed=typed)
    for field in ("disbursed_on", "as_of", "overdue_since"):
        cells[field] = _date_cell(rng, getattr(debt, field), typed=typed)
    cells["annual_rate"] = float(debt.annual_rate) if typed else f"{debt.annual_rate}%"
    cells["remark"] = case.remark or None
    cells["score"] = rng.choice((601, 612, 655, 701))
    cells.update(case.cells)
    return cells


def address_cells(rng: random.Random, line: AddressLine, *, typed: bool) -> tuple[Cell, ...]:
    """Text, source, basis, date of one address."""
    return (line.address.text, line.source or None, line.basis or None, _date_cell(rng, line.collected_on, typed=typed))


def wide_cells(seed: int, case: ComposedCase, *, typed: bool) -> dict[str, Cell]:
    """Field → cell of the wide shape."""
    cells = case_cells(seed, case, typed=typed)
    rng = rng_of(seed, case.copy_of or case.number, 4)
    for line in case.addresses:
        for part, cell in zip(ADDRESS_PARTS, address_cells(rng, line, typed=typed), strict=True):
            cells[line.kind + part] = cell
    for number, contact in enumerate(case.contacts[:CONTACTS], start=1):
        values = (contact.name, contact.relation, contact.mobile, contact.address or None, "是" if contact.opted_out else "否")
        for part, value in zip(CONTACT_PARTS, values, strict=True):
            cells[f"contact_{number}_{part}"] = value
    return cells


@dataclass(slots=True)
class Placed:
    """Where a case stands in the file: 1-based rows (CSV: records, header counted) by sheet."""

    case: ComposedCase
    sheet: str | None
    row: int
    address_rows: tuple[int, ...] = ()
    contact_rows: tuple[int, ...] = ()


class CaseFileWriter(Protocol):
    """Takes cases one by one and says where each landed."""

    def add(self, case: ComposedCase) -> Placed: ...

    def close(self) -> None: ...


class _Sheet:
    """One worksheet of a workbook written row after row."""

    def __init__(self, book: xlsxwriter.Workbook, name: str) -> None:
        self.name = name
        self.rows = 0
        self._sheet = book.add_worksheet(name)
        self._date = book.add_format({"num_format": "yyyy-mm-dd"})

    def skip(self) -> int:
        self.rows += 1
        return self.rows

    def write(self, cells: Sequence[Cell]) -> int:
        """Write one row; gives its 1-based number."""
        row = self.rows
        sheet = self._sheet
        for column, cell in enumerate(cells):
            if cell is None:
                continue
            if isinstance(cell, str):
                sheet.write_string(row, column, cell)
            elif isinstance(cell, date):
                sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), self._date)  # noqa: DTZ001
            else:
                sheet.write_number(row, column, cell)
        return self.skip()


def _book(path: Path) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The same arguments give the same bytes: a fixed time of making in place of the clock's.
    book.set_properties({"title": TITLE, "created": datetime(2026, 1, 1)})  # noqa: DTZ001
    return book


class WideWorkbook:
    """XLSX, one sheet: title, note, header in row 3, cases, a row of totals below."""

    def __init__(self, path: Path, seed: int) -> None:
        self._book = _book(path)
        self._sheet = _Sheet(self._book, "委案清单")
        self._seed = seed
        self._fields = list(wide_headers())
        self._totals = dict.fromkeys(AMOUNT_HEADERS, 0)
        self._sheet.write([TITLE])
        self._sheet.write([NOTE])
        self._sheet.write(list(wide_headers().values()))

    def add(self, case: ComposedCase) -> Placed:
        cells = wide_cells(self._seed, case, typed=True)
        row = self._sheet.write([cells.get(field) for field in self._fields])
        for field in AMOUNT_HEADERS:
            self._totals[field] += getattr(case.debt, field)
        if case.number % BLANK_EVERY == 0:
            self._sheet.skip()
        return Placed(case, self._sheet.name, row)

    def close(self) -> None:
        totals: dict[str, Cell] = {"serial": "合计"} | {field: fen / 100 for field, fen in self._totals.items()}
        self._sheet.write([totals.get(field) for field in self._fields])
        self._book.close()


class ThreeTableWorkbook:
    """XLSX with the sheets 案件, 地址, 联系人. A repeated or contradicting case has no address rows of its own."""

    def __init__(self, path: Path, seed: int) -> None:
        self._book = _book(path)
        self._seed = seed
        self._cases = _Sheet(self._book, "案件")
        self._addresses = _Sheet(self._book, "地址")
        self._contacts = _Sheet(self._book, "联系人")
        self._fields = [*CASE_HEADERS, *LAST_HEADERS]
        self._cases.write([TITLE])
        self._cases.write([(CASE_HEADERS | LAST_HEADERS)[field] for field in self._fields])
        self._addresses.write(["案件编号", "地址", "地址类型", "来源", "依据编号", "采集日期"])
        self._contacts.write(["案件编号", "姓名", "关系", "电话", "地址", "来源", "是否同意联系", "拒绝联系标记"])

    def add(self, case: ComposedCase) -> Placed:
        cells = case_cells(self._seed, case, typed=True)
        row = self._cases.write([cells.get(field) for field in self._fields])
        if case.copy_of is not None:
            return Placed(case, self._cases.name, row)
        rng = rng_of(self._seed, case.number, 4)
        address_rows = []
        for line in case.addresses:
            text, source, basis, day = address_cells(rng, line, typed=True)
            address_rows.append(self._addresses.write([case.case_no, text, line.kind, source, basis, day]))
        contact_rows = [
            self._contacts.write(
                [case.case_no, c.name, c.relation, c.mobile, c.address or None, c.source, "是", "是" if c.opted_out else "否"]
            )
            for c in case.contacts
        ]
        return Placed(case, self._cases.name, row, tuple(address_rows), tuple(contact_rows))

    def close(self) -> None:
        self._book.close()


class WideCsv:
    """CSV in GB18030 with CRLF, header in record 1, everything text."""

    def __init__(self, path: Path, seed: int) -> None:
        self._file = path.open("w", encoding="gb18030", newline="")
        self._writer = csv.writer(self._file)
        self._seed = seed
        self._fields = [field for field in wide_headers() if field != "serial"]
        self._records = 0
        self._write([wide_headers()[field] for field in self._fields])

    def _write(self, cells: Iterable[Cell]) -> int:
        self._writer.writerow(["" if cell is None else cell for cell in cells])
        self._records += 1
        return self._records

    def add(self, case: ComposedCase) -> Placed:
        cells = wide_cells(self._seed, case, typed=False)
        return Placed(case, None, self._write(cells.get(field) for field in self._fields))

    def close(self) -> None:
        self._file.close()


SHAPES: dict[str, type[WideWorkbook] | type[ThreeTableWorkbook] | type[WideCsv]] = {
    "wide": WideWorkbook, "three": ThreeTableWorkbook, "csv": WideCsv,
}  # fmt: skip


@contextmanager
def open_writer(shape: str, path: Path, seed: int) -> Iterator[CaseFileWriter]:
    """A writer of the shape ``wide``, ``three`` or ``csv``; the file is complete when the block ends."""
    writer = SHAPES[shape](path, seed)
    try:
        yield writer
    finally:
        writer.close()
