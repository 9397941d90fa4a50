"""Rows between, above and below cases; what a sheet shows besides values; cases against each other."""

from __future__ import annotations

import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from locate.case import Source, StopKind
from records.errors import UnreadableInput


def problems(result: Any) -> list[tuple[str, int, str]]:
    return [(p.code, p.row, p.field) for p in result.rejected]


def warned(result: Any) -> list[tuple[str, int | None]]:
    return [(p.code, p.row) for p in result.warnings]


def rewrite(path: Path, part: str, change: Any) -> Path:
    """Change one part of a package in place."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


# ---- what people put between cases ----
def test_titles_notes_subtotals_repeated_headers_and_signatures(case_file: Any) -> None:
    table = case_file.table()
    blank = [""] * len(table[0])
    subtotal = [*blank]
    subtotal[0], subtotal[7], subtotal[14] = "杭州分行小计", "80000.00", "40000.00"
    total = [*blank]
    total[1], total[14] = "合计：12户", "120000.00"
    bare_total = [*blank]
    bare_total[7], bare_total[14] = "240000.00", "120000.00"
    rows = [
        ["某银行2026年11月委案清单"], ["说明：本表金额单位为元"], table[0], *table[1:5], subtotal, ["续表（第2页）"], table[0], *table[5:], [], blank,
        total, bare_total, ["制表人：张三", "", "审核人：李四"], ["注：以上数据仅供委托催告使用"], ["以下空白"],
    ]  # fmt: skip
    result = case_file.read(case_file.csv(rows))
    assert len(result.accepted) == 12 and result.rejected == ()
    assert [case.row for case in result.accepted][:5] == [4, 5, 6, 7, 11]
    assert {code for code, _ in warned(result)} == {"ROW_NOTE", "HEADER_REPEATED", "ROW_UNLABELLED_TOTAL"}


@pytest.mark.parametrize("label", ["合计", "小计", "总计", "本页合计", "杭州分行小计", "合 计", "共计", "Total", "总计（12户）"])
def test_total_rows_by_any_label(case_file: Any, label: str) -> None:
    table = case_file.table()
    row = [""] * len(table[0])
    row[0], row[14] = label, "1"
    result = case_file.read(case_file.csv([*table, row]))
    assert len(result.accepted) == 12 and result.rejected == () and result.case_rows == 12


def test_a_case_without_identity_is_refused_and_not_taken_for_a_note(case_file: Any) -> None:
    for row, key in zip(case_file.rows, ("case_no", "name", "id", "contract"), strict=False):
        row[key] = ""
    case_file.rows[4].update(id="", remark="累计逾期3次")
    result = case_file.read(case_file.csv(case_file.table()))
    assert problems(result) == [
        ("VALUE_MISSING", 2, "case_no"), ("VALUE_MISSING", 3, "debtor_name"), ("VALUE_MISSING", 4, "id_number"),
        ("VALUE_MISSING", 5, "contract_no"), ("VALUE_MISSING", 6, "id_number"),
    ]  # fmt: skip


def test_an_unquoted_comma_that_shifts_the_columns_is_refused(case_file: Any) -> None:
    path = case_file.csv(case_file.table())
    text = path.read_text("utf-8-sig").replace("文三路3号1幢", "文三路3号,1幢")
    path.write_text(text, "utf-8")
    result = case_file.read(path)
    assert len(result.accepted) == 11 and ("ROW_TOO_LONG", 4, "case_no") in problems(result)


def test_blank_rows_and_columns_anywhere(case_file: Any) -> None:
    table = [[*row[:3], "", *row[3:20], "", "", *row[20:], ""] for row in case_file.table()]
    spread = [row for each in table for row in (each, [])]
    assert len(case_file.read(case_file.csv(spread)).accepted) == 12


def test_a_column_without_a_header_but_with_content_is_said(case_file: Any) -> None:
    table = [[*row, "x" if at else ""] for at, row in enumerate(case_file.table())]
    assert ("COLUMN_NO_HEADER", 1) in warned(case_file.read(case_file.csv(table)))


# ---- one case against another ----
def test_a_repeated_row_counts_once_and_a_conflicting_one_is_refused(case_file: Any) -> None:
    table = case_file.table()
    same, other = [*table[1]], [*table[2]]
    same[7], same[15] = "20,000.00元", "2026年11月18日"
    other[11], other[14] = "4.00", f"{float(other[14]) + 0.97:.2f}"
    result = case_file.read(case_file.csv([*table, same, other]))
    assert result.duplicates == ("AJ202600001",) and len(result.accepted) == 12
    assert problems(result) == [("CASE_NO_CONFLICT", 15, "case_no")]
    assert result.accepted[1].record.claim.penalty_interest == 303
    assert ("CASE_DUPLICATE", 14) in warned(result)


def test_a_repeated_row_that_was_refused_is_refused_once(case_file: Any) -> None:
    case_file.rows[0]["total"] = "1.00"
    table = case_file.table()
    result = case_file.read(case_file.csv([*table, table[1]]))
    assert problems(result) == [("TOTAL_MISMATCH", 2, "total")] and result.duplicates == ("AJ202600001",)


def test_one_id_number_under_two_names_refuses_both(case_file: Any) -> None:
    case_file.rows[5]["id"] = case_file.rows[2]["id"]
    result = case_file.read(case_file.csv(case_file.table()))
    assert problems(result) == [("ID_NAME_CONFLICT", 4, "debtor_name"), ("ID_NAME_CONFLICT", 7, "debtor_name")]
    assert len(result.accepted) == 10


def test_one_debt_under_two_case_numbers_is_said(case_file: Any) -> None:
    case_file.rows[1].update(id=case_file.rows[0]["id"], name=case_file.rows[0]["name"], contract=case_file.rows[0]["contract"])
    result = case_file.read(case_file.csv(case_file.table()))
    assert len(result.accepted) == 12 and ("DEBT_TWICE", 3) in warned(result)


# ---- figures and days that must agree ----
def test_figures_that_do_not_add_up_name_the_total_and_the_blanks(case_file: Any) -> None:
    case_file.rows[0]["fees"] = "-"
    case_file.rows[1]["damages"] = ""
    result = case_file.read(case_file.csv(case_file.table()))
    assert problems(result) == [("TOTAL_MISMATCH", 2, "total"), ("AMOUNT_DASH", 2, "fees"), ("TOTAL_MISMATCH", 3, "total"), ("AMOUNT_DASH", 3, "liquidated_damages")]
    case_file.rows[0].update(fees="0.00")
    assert "总" not in result.rejected[0].message or "10,0" in result.rejected[0].message


def test_a_dash_is_zero_where_the_figures_agree(case_file: Any) -> None:
    for row in case_file.rows:
        if row["damages"] == "0.00":
            row["damages"] = "-"
    result = case_file.read(case_file.csv(case_file.table()))
    assert len(result.accepted) == 12


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"as_of": "2026-11-21"}, "AS_OF_FUTURE", "as_of"),
        ({"overdue": "2026-11-19"}, "OVERDUE_AFTER_AS_OF", "overdue_since"),
        ({"disbursed": "2025-09-11"}, "DISBURSED_AFTER_OVERDUE", "disbursed_on"),
        ({"disbursed": "1982-01-01", "overdue": "1984-01-01"}, "BORN_AFTER_DISBURSED", "id_number"),
        ({"due": "0", "interest": "0", "penalty": "0", "damages": "0", "fees": "0", "total": "0"}, "AMOUNT_ZERO", "total"),
    ],
)
def test_facts_that_contradict_each_other_are_refused(case_file: Any, changes: dict[str, str], code: str, field: str) -> None:
    case_file.rows[11].update(changes)
    if code == "BORN_AFTER_DISBURSED":
        case_file.rows[11]["id"] = "110105198506150027"
        from locate.intake.checks.id_number import check_character

        case_file.rows[11]["id"] = "11010519850615002" + check_character("11010519850615002")
    result = case_file.read(case_file.csv(case_file.table()))
    assert (code, 13, field) in problems(result) and len(result.accepted) == 11


def test_what_is_only_odd_is_said_and_kept(case_file: Any) -> None:
    from locate.intake.checks.id_number import check_character

    young = "33010620080115003"
    case_file.rows[0]["id"] = young + check_character(young)
    case_file.rows[1]["repaid"] = "1.00"
    case_file.rows[2]["mobile"] = "空号"
    case_file.rows[3]["rate"] = ""
    case_file.rows[4].update(c_name=case_file.rows[4]["name"])
    case_file.rows[5]["a1_on"] = "2026-12-31"
    case_file.rows[6]["a1_basis"] = ""
    case_file.rows[7]["a1_kind"] = ""
    result = case_file.read(case_file.csv(case_file.table()))
    assert len(result.accepted) == 12
    assert warned(result) == [
        ("UNDER_18", 2), ("PRINCIPAL_GAP", 3), ("PHONE_INVALID", 4), ("RATE_MISSING", 5), ("CONTACT_IS_DEBTOR", 6),
        ("ADDRESS_DATE", 7), ("ADDRESS_NO_BASIS", 8), ("ADDRESS_KIND_MISSING", 9),
    ]  # fmt: skip
    assert result.accepted[2].record.mobile == "" and result.accepted[5].record.addresses[0].collected_on is None


# ---- addresses ----
def test_an_address_without_lawful_source_falls_alone(case_file: Any) -> None:
    case_file.rows[0]["a1_source"] = ""
    case_file.rows[1]["a2_source"] = "系统查询"
    case_file.rows[2]["a1_source"] = "电商订单"
    case_file.rows[3]["a2_kind"] = "父母"
    result = case_file.read(case_file.csv(case_file.table()))
    assert problems(result) == [
        ("ADDRESS_NO_SOURCE", 2, "address_1_source"), ("ADDRESS_SOURCE_UNKNOWN", 3, "address_2_source"), ("ADDRESS_KIND_UNKNOWN", 5, "address_2_kind"),
    ]  # fmt: skip
    assert len(result.accepted) == 12 and result.addresses_refused == 3
    banned = result.accepted[2].record.addresses[0]
    assert (banned.source, banned.source_text) == (Source.BANNED, "电商订单")
    assert [address.ordinal for address in result.accepted[0].record.addresses] == [2]


def test_a_case_without_any_address_falls(case_file: Any) -> None:
    case_file.rows[0].update(a1="无", a2="")
    case_file.rows[1].update(a1_source="", a2="不详")
    result = case_file.read(case_file.csv(case_file.table()))
    assert [p for p in problems(result) if p[0] == "ADDRESS_NONE"] == [("ADDRESS_NONE", 2, "address_1"), ("ADDRESS_NONE", 3, "address_1")]
    assert len(result.accepted) == 10


def test_the_same_as_means_within_the_case_only(case_file: Any) -> None:
    case_file.rows[0]["a2"] = "同上"
    case_file.rows[1]["a2"] = "同户籍地址"
    case_file.rows[2]["a1"] = "同上"
    case_file.rows[3]["a2"] = "同单位"
    result = case_file.read(case_file.csv(case_file.table()))
    assert {address.text for address in result.accepted[0].record.addresses} == {case_file.rows[0]["a1"]}
    assert [address.text for address in result.accepted[1].record.addresses] == [case_file.rows[1]["a1"]] * 2
    assert problems(result) == [("ADDRESS_SAME_AS", 4, "address_1"), ("ADDRESS_SAME_AS", 5, "address_2")]


def test_three_tables_join_and_orphans_are_told(case_file: Any) -> None:
    sheets = case_file.three_tables()
    sheets["地址"].append(["AJ-NOBODY", "杭州市某路1号", "户籍", "合同约定", "2025-01-01", "HT"])
    sheets["联系人"].append(["AJ-NOBODY", "王某", "朋友", "19900077777", "", "本人预留", "是", "已拒绝"])
    sheets["地址"][2][1] = "同户籍地址"
    result = case_file.read(case_file.xlsx(sheets))
    assert len(result.accepted) == 12
    assert [(p.sheet, p.code, p.row) for p in result.rejected] == [("地址", "SIDE_ORPHAN", 26), ("联系人", "SIDE_ORPHAN", 14)]
    assert [address.text for address in result.accepted[0].record.addresses] == [case_file.rows[0]["a1"]] * 2
    assert result.refusing == ("19900077777",)


def test_a_case_number_merged_over_its_address_rows_counts_for_all(case_file: Any) -> None:
    sheets = case_file.three_tables()

    def touch(_book: Any, written: Any) -> None:
        for at in range(1, 25, 2):
            written["地址"].merge_range(at, 0, at + 1, 0, sheets["地址"][at][0])

    result = case_file.read(case_file.xlsx(sheets, touch=touch))
    assert [len(case.record.addresses) for case in result.accepted] == [2] * 12 and result.rejected == ()


def test_a_refusal_of_contact_in_unclear_words_is_a_refusal(case_file: Any) -> None:
    case_file.rows[0]["c_refuses"] = "说别再打了"
    case_file.rows[1]["c_refuses"] = "已拒绝"
    result = case_file.read(case_file.csv(case_file.table()))
    assert [case.record.contacts[0].opted_out for case in result.accepted[:3]] == [True, True, False]
    assert warned(result) == [("CONTACT_REFUSAL_UNCLEAR", 2), ("CONTACT_REFUSED", 3)]


def test_what_a_fallen_row_says_about_people_is_still_heard(case_file: Any) -> None:
    case_file.rows[0].update(total="1", remark="债务人已故", c_refuses="是")
    result = case_file.read(case_file.csv(case_file.table()))
    assert result.fallen_stops == (("AJ202600001", (StopKind.DECEASED,)),) and result.refusing == ("19900090001",)


# ---- what a sheet shows besides values ----
def test_hidden_rows_are_imported_and_said(case_file: Any) -> None:
    path = case_file.xlsx({"案件": case_file.table()}, touch=lambda _book, sheets: sheets["案件"].set_row(4, None, None, {"hidden": True}))
    result = case_file.read(path)
    assert len(result.accepted) == 12 and warned(result) == [("ROW_HIDDEN", 5)]


def test_struck_rows_and_struck_addresses_are_refused(case_file: Any) -> None:
    table = case_file.table()

    def touch(book: Any, sheets: Any) -> None:
        struck = book.add_format({"font_strikeout": True})
        for column, cell in enumerate(table[3]):
            sheets["案件"].write_string(3, column, cell, struck)
        sheets["案件"].write_string(5, 18, table[5][18], struck)
        sheets["案件"].write_string(6, 32, "首次委案", struck)

    result = case_file.read(case_file.xlsx({"案件": table}, touch=touch))
    assert {(code, row) for code, row, _ in problems(result)} >= {("ROW_STRUCK", 4), ("ADDRESS_STRUCK", 6)}
    assert len(result.accepted) == 11 and len(result.accepted[3].record.addresses) == 1


def test_error_values_are_not_blanks(case_file: Any) -> None:
    def touch(_book: Any, sheets: Any) -> None:
        sheets["案件"].write_formula(1, 12, "=NA()", None, "#N/A")
        sheets["案件"].write_formula(2, 32, "=1/0", None, "#DIV/0!")

    result = case_file.read(case_file.xlsx({"案件": case_file.table()}, touch=touch))
    assert ("CELL_ERROR", 2, "liquidated_damages") in problems(result) and "#N/A" in result.rejected[0].message
    assert len(result.accepted) == 11 and ("CELL_ERROR", 3) in warned(result)


def test_a_formula_without_a_stored_result_is_refused_where_it_matters(case_file: Any) -> None:
    path = case_file.xlsx({"案件": case_file.table()})

    def change(sheet: bytes) -> bytes:
        sheet = re.sub(rb'<c r="O4"[^>]*>.*?</c>', b'<c r="O4"><f>SUM(J4:N4)</f></c>', sheet)
        sheet = re.sub(rb'<c r="AG5"[^>]*>.*?</c>', b"<c r=\"AG5\"><f>cmd|' /C calc'!A0</f><v></v></c>", sheet)
        return re.sub(rb'<c r="S6"[^>]*>.*?</c>', b'<c r="S6"><f>A1&amp;B1</f></c>', sheet)

    result = case_file.read(rewrite(path, "xl/worksheets/sheet1.xml", change))
    assert ("FORMULA_UNCACHED", 4, "total") in problems(result)
    assert ("FORMULA_IGNORED", 5) in warned(result)
    assert len(result.accepted) == 11


def test_a_required_column_of_formulas_without_results_refuses_the_file(case_file: Any) -> None:
    path = case_file.xlsx({"案件": case_file.table()})
    change = lambda sheet: re.sub(rb'<c r="O([2-9]|1\d)"[^>]*>.*?</c>', rb'<c r="O\1"><f>SUM(J\1:N\1)</f></c>', sheet)  # noqa: E731
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(rewrite(path, "xl/worksheets/sheet1.xml", change))
    assert fault.value.code == "FORMULA_COLUMN" and "合计" in fault.value.message


def test_formulas_with_stored_results_are_values(case_file: Any) -> None:
    table = case_file.table()

    def touch(_book: Any, sheets: Any) -> None:
        for at, row in enumerate(table[1:], 1):
            sheets["案件"].write_formula(at, 14, f"=SUM(J{at + 1}:N{at + 1})", None, float(row[14]))

    assert len(case_file.read(case_file.xlsx({"案件": table}, touch=touch)).accepted) == 12


def test_a_note_on_a_cell_is_told_and_heard(case_file: Any) -> None:
    def touch(_book: Any, sheets: Any) -> None:
        sheets["案件"].write_comment(2, 1, "客户已身故，暂停")
        sheets["案件"].write_comment(3, 1, "老客户")

    result = case_file.read(case_file.xlsx({"案件": case_file.table()}, touch=touch))
    assert StopKind.DECEASED in result.accepted[1].record.stops and result.accepted[2].record.stops == ()
    assert ("CELL_COMMENT", 3) in warned(result) and ("CELL_COMMENT", 4) in warned(result)


def test_the_1904_date_system(case_file: Any) -> None:
    for row in case_file.rows:
        row["disbursed"] = date(2025, 3, 4)
        row["overdue"] = (date(2025, 9, 10) - date(1904, 1, 1)).days
    result = case_file.read(case_file.xlsx({"案件": case_file.table()}, date_1904=True))
    assert {(case.record.disbursed_on, case.record.claim.overdue_since) for case in result.accepted} == {(date(2025, 3, 4), date(2025, 9, 10))}
    assert ("DATES_1904", None) in warned(result)


def test_numbers_where_text_was_meant(case_file: Any) -> None:
    for at, row in enumerate(case_file.rows):
        row["case_no"], row["contract"], row["mobile"] = float(at + 1), 20260000000.0 + at, float(row["mobile"])
    case_file.rows[4]["id"] = float(case_file.rows[4]["id"][:17] + "0")
    case_file.rows[5]["contract"] = 2.0261100001234567e17
    result = case_file.read(case_file.xlsx({"案件": case_file.table()}))
    assert problems(result) == [("ID_DAMAGED", 6, "id_number"), ("NUMBER_DAMAGED", 7, "contract_no")]
    first = result.accepted[0].record
    assert (first.case_no, first.contract_no, first.mobile) == ("1", "20260000000", "19900000001")


def test_the_files_date_is_kept_where_addresses_have_none(case_file: Any) -> None:
    table = [[cell for at, cell in enumerate(row) if at not in (22, 27)] for row in case_file.table()]
    day = date(2026, 11, 19)
    result = case_file.read(case_file.csv(table), as_of=day)
    assert [code for code, _ in warned(result)] == ["NO_COLLECTION_DATES"]
    assert {address.reported_on for case in result.accepted for address in case.record.addresses} == {day}
    later = case_file.read(case_file.csv(table), today=day + timedelta(days=9))
    assert later.as_of == day + timedelta(days=9)
