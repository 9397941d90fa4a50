"""A small composed case file in every disguise: the same twelve cases, written the way different lenders write."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from html import escape
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from locate.intake import ImportResult, Profile, read_case_file
from locate.intake.checks.id_number import check_character

TODAY = date(2026, 11, 20)

WIDE = [
    "案件编号", "客户姓名", "证件号码", "手机号", "合同号", "产品名称", "贷款发放日", "贷款本金(元)", "已还本金(元)", "剩余本金(元)",
    "利息(元)", "罚息(元)", "违约金(元)", "费用(元)", "合计(元)", "截至日", "逾期起始日", "年化利率(%)", "地址1", "地址1类型", "地址1来源",
    "地址1依据编号", "地址1采集日期", "地址2", "地址2类型", "地址2来源", "地址2依据编号", "地址2采集日期", "联系人1姓名", "联系人1关系",
    "联系人1电话", "联系人1拒绝联系", "备注",
]  # fmt: skip
KEYS = [
    "case_no", "name", "id", "mobile", "contract", "product", "disbursed", "lent", "repaid", "due", "interest", "penalty",
    "damages", "fees", "total", "as_of", "overdue", "rate", "a1", "a1_kind", "a1_source", "a1_basis", "a1_on", "a2",
    "a2_kind", "a2_source", "a2_basis", "a2_on", "c_name", "c_relation", "c_mobile", "c_refuses", "remark",
]  # fmt: skip

Cell = Any
Row = dict[str, Cell]


def id_number(serial: int) -> str:
    """A composed number with a right check character."""
    first = f"330106{1970 + serial % 30}{serial % 12 + 1:02d}{serial % 28 + 1:02d}{serial % 900 + 37:03d}"
    return first + check_character(first)


def case_row(serial: int) -> Row:
    """A composed case whose figures agree."""
    due, interest, penalty, damages, fees = 1000000 + serial * 137, 5011 + serial, 303, 0 if serial % 2 else 77, 5000
    total = due + interest + penalty + damages + fees

    def yuan(fen: int) -> str:
        return f"{fen // 100}.{fen % 100:02d}"

    return dict(
        zip(
            KEYS,
            [
                f"AJ2026{serial:05d}", "欧阳" + "甲乙丙丁戊己庚辛壬癸子丑"[serial % 12], id_number(serial), f"199000{serial:05d}",
                f"HT{serial:08d}", "消费贷", "2025-03-04", yuan(2000000), yuan(2000000 - due), yuan(due), yuan(interest),
                yuan(penalty), yuan(damages), yuan(fees), yuan(total), "2026-11-18", "2025-09-10", "15.4",
                f"浙江省杭州市西湖区文三路{serial}号1幢2单元301室", "户籍", "合同约定", f"HT-2025-{serial:04d}", "2025-03-04",
                f"杭州市余杭区五常街道荆丰小区{serial}幢101", "居住", "本人预留", f"YL-2025-{serial:04d}", "2025-06-01",
                "司马" + "春夏秋冬"[serial % 4], "配偶", f"199000{90000 + serial}", "否", "首次委案",
            ],
            strict=True,
        )
    )  # fmt: skip


@dataclass
class CaseFile:
    """Twelve cases that a test changes, and ways to write them down."""

    folder: Path
    rows: list[Row] = field(default_factory=lambda: [case_row(serial) for serial in range(1, 13)])

    def table(self, headers: Sequence[str] = WIDE, keys: Sequence[str] = KEYS) -> list[list[Cell]]:
        """Header and rows, in the order of ``keys``."""
        return [list(headers), *([row.get(key, "") for key in keys] for row in self.rows)]

    def csv(self, table: Sequence[Sequence[Cell]], *, encoding: str = "utf-8-sig", delimiter: str = ",", name: str = "cases.csv") -> Path:
        """Delimited text."""
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(table)
        path = self.folder / name
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    def xlsx(self, sheets: dict[str, Sequence[Sequence[Cell]]], *, name: str = "cases.xlsx", touch: Callable[[Any, dict[str, Any]], None] | None = None, **options: Any) -> Path:
        """A workbook; ``touch`` changes it before it is closed."""
        path = self.folder / name
        book = xlsxwriter.Workbook(str(path), options)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        written = {}
        for title, table in sheets.items():
            written[title] = sheet = book.add_worksheet(title)
            for at, row in enumerate(table):
                for column, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(at, column, datetime.combine(cell, time()), day)
                    elif isinstance(cell, str):
                        if cell:
                            sheet.write_string(at, column, cell)
                    elif cell is not None:
                        sheet.write(at, column, cell)
        if touch is not None:
            touch(book, written)
        book.close()
        return path

    def ods(self, table: Sequence[Sequence[Cell]], *, sheet: str = "案件") -> Path:
        """An OpenDocument sheet, as LibreOffice and WPS write it."""

        def cell(value: Cell) -> str:
            if isinstance(value, bool) or value in ("", None):
                return "<table:table-cell/>"
            if isinstance(value, int | float):
                return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
            if isinstance(value, date):
                return f'<table:table-cell office:value-type="date" office:date-value="{value}"><text:p>{value}</text:p></table:table-cell>'
            return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'

        rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in table)
        names = "".join(f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"' for short, long in [("office", "office"), ("table", "table"), ("text", "text")])
        content = f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names} office:version="1.2"><office:body><office:spreadsheet><table:table table:name="{sheet}">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        path = self.folder / "cases.ods"
        with zipfile.ZipFile(path, "w") as package:
            package.writestr("mimetype", kind)
            package.writestr("content.xml", content)
            package.writestr(
                "META-INF/manifest.xml",
                '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
            )
        return path

    def read(self, path: Path, *, profile: Profile | None = None, as_of: date | None = None, today: date = TODAY) -> ImportResult:
        """Read a file as of the composed day."""
        return read_case_file(path, today=today, profile=profile, as_of=as_of)

    def three_tables(self) -> dict[str, list[list[Cell]]]:
        """The same cases as 案件, 地址 and 联系人."""
        case_keys = [*KEYS[:18], "remark"]
        cases = self.table([*WIDE[:18], "备注"], case_keys)
        addresses: list[list[Cell]] = [["案件编号", "地址", "地址类型", "来源", "采集日期", "依据编号"]]
        contacts: list[list[Cell]] = [["案件编号", "姓名", "关系", "电话", "地址", "来源", "是否同意联系", "拒绝联系标记"]]
        for row in self.rows:
            for n in ("a1", "a2"):
                if row[n]:
                    addresses.append([row["case_no"], row[n], *(row[f"{n}_{part}"] for part in ("kind", "source", "on", "basis"))])
            contacts.append([row["case_no"], row["c_name"], row["c_relation"], row["c_mobile"], "", "本人预留", "是", row["c_refuses"]])
        return {"案件": cases, "地址": addresses, "联系人": contacts}


@pytest.fixture
def case_file(tmp_path: Path) -> CaseFile:
    """Twelve good cases."""
    return CaseFile(tmp_path)
