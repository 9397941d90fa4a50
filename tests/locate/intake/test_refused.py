"""Refused rows go back in the lender's own layout, ready to be corrected and sent again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import openpyxl

from locate.intake.refused import REASON, write_refused


def sheet_of(path: Path, title: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path)[title].iter_rows()]


def test_the_layout_is_the_lenders_and_the_reason_stands_behind(case_file: Any, tmp_path: Path) -> None:
    case_file.rows[2]["total"] = "1.00"
    case_file.rows[5].update(id="123", name="王*")
    path = case_file.xlsx({"案件": [["委案清单"], [], *case_file.table()]})
    result = case_file.read(path)
    written = write_refused(path, result, tmp_path / "out")
    assert written is not None and written.name == f"cases-退回-{result.sha256[:8]}.xlsx"
    rows = sheet_of(written, "案件")
    assert rows[0][0] == "委案清单" and rows[2][-1] == REASON and rows[2][:3] == ["案件编号", "客户姓名", "证件号码"]
    assert [row[0] for row in rows[3:]] == ["AJ202600003", "AJ202600006"]
    assert "与合计 1.00 元不符" in rows[3][-1]
    assert "【客户姓名】姓名被掩码" in rows[4][-1] and "【证件号码】身份证号不是 18 位" in rows[4][-1]


def test_a_corrected_workbook_is_imported(case_file: Any, tmp_path: Path) -> None:
    right = case_file.rows[2]["total"]
    case_file.rows[2]["total"] = "1.00"
    sheets = case_file.three_tables()
    path = case_file.xlsx(sheets)
    written = write_refused(path, case_file.read(path), tmp_path)
    assert written is not None
    book = openpyxl.load_workbook(written)
    book["案件"]["O2"].value = right
    book.save(written)
    again = case_file.read(written)
    assert [case.record.case_no for case in again.accepted] == ["AJ202600003"] and again.rejected == ()
    assert len(again.accepted[0].record.addresses) == 2 and len(again.accepted[0].record.contacts) == 1


def test_a_refused_address_comes_with_its_case(case_file: Any, tmp_path: Path) -> None:
    case_file.rows[4]["a2_source"] = ""
    path = case_file.xlsx(case_file.three_tables())
    written = write_refused(path, case_file.read(path), tmp_path)
    assert written is not None
    assert [row[0] for row in sheet_of(written, "案件")] == ["案件编号", "AJ202600005"]
    addresses = sheet_of(written, "地址")
    assert [row[0] for row in addresses] == ["案件编号", "AJ202600005", "AJ202600005"]
    assert addresses[1][-1] is None and "R-SRC-01" in addresses[2][-1]


def test_text_never_becomes_a_formula(case_file: Any, tmp_path: Path) -> None:
    for row, remark in zip(case_file.rows, ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "=HYPERLINK(\"http://x\")"], strict=False):
        row.update(remark=remark, total="1")
    path = case_file.csv(case_file.table())
    written = write_refused(path, case_file.read(path), tmp_path)
    assert written is not None
    cells = [row[32] for row in openpyxl.load_workbook(written)["cases"].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", '=HYPERLINK("http://x")']
    assert {cell.data_type for cell in cells} == {"s"} and all(cell.quotePrefix for cell in cells)


def test_the_same_file_gives_the_same_bytes(case_file: Any, tmp_path: Path) -> None:
    case_file.rows[2]["total"] = "1.00"
    path = case_file.xlsx({"案件": case_file.table()})
    hashes = set()
    for place in ("a", "b"):
        written = write_refused(path, case_file.read(path), tmp_path / place)
        assert written is not None
        hashes.add(hashlib.sha256(written.read_bytes()).hexdigest())
    assert len(hashes) == 1 and not list(tmp_path.rglob("*.part"))


def test_nothing_refused_nothing_written(case_file: Any, tmp_path: Path) -> None:
    path = case_file.xlsx({"案件": case_file.table()})
    assert write_refused(path, case_file.read(path), tmp_path / "out") is None
    assert not (tmp_path / "out").exists()
