"""The same cases come out of every format and encoding a lender may send."""

from __future__ import annotations

import codecs
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlwt

from locate.intake.open_file import open_case_file
from locate.intake.sheets import Opened
from records.errors import UnreadableInput

EXPECTED = 12


def codes(result: Any) -> list[str]:
    return [problem.code for problem in result.rejected]


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ","), ("gb18030", ","), ("gbk", "\t"), ("utf-16", "\t"), ("utf-8", ";"), ("gb18030", "|")],
)
def test_delimited_text_in_any_usual_encoding(case_file: Any, encoding: str, delimiter: str) -> None:
    result = case_file.read(case_file.csv(case_file.table(), encoding=encoding, delimiter=delimiter))
    assert len(result.accepted) == EXPECTED and codes(result) == []
    assert result.accepted[0].record.debtor_name == "欧阳乙"


def test_rare_characters_survive_gb18030(case_file: Any) -> None:
    names = ["丁燕䶮", "谭堃", "王𠮷", "李𬭊", "买买提·吐尔逊", "㛃某", "张\U00031350"]
    for row, name in zip(case_file.rows, names, strict=False):
        row["name"] = name
    result = case_file.read(case_file.csv(case_file.table(), encoding="gb18030"))
    assert [case.record.debtor_name for case in result.accepted[: len(names)]] == names


def test_characters_that_gb18030_moved_are_read_in_their_new_place(case_file: Any) -> None:
    path = case_file.csv(case_file.table(), encoding="gb18030")
    path.write_bytes(path.read_bytes().replace("欧阳乙".encode("gb18030"), "欧".encode("gb18030") + b"\xfe\x59"))
    assert case_file.read(path).accepted[0].record.debtor_name == "欧龴"


def test_ods(case_file: Any) -> None:
    table = case_file.table()
    for row in table[1:]:
        row[6], row[7], row[17] = date(2025, 3, 4), float(row[7]), float(row[17])
    result = case_file.read(case_file.ods(table))
    assert len(result.accepted) == EXPECTED and codes(result) == []
    assert result.accepted[0].sheet == "案件"


def test_xls(case_file: Any, tmp_path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("案件")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for at, row in enumerate(case_file.table()):
        for column, cell in enumerate(row):
            if at and column == 6:
                sheet.write(at, column, date(2025, 3, 4), day)
            elif at and column == 14:
                sheet.write(at, column, float(cell))
            else:
                sheet.write(at, column, cell)
    path = tmp_path / "cases.xls"
    book.save(str(path))
    result = case_file.read(path)
    assert len(result.accepted) == EXPECTED and codes(result) == []
    assert result.accepted[0].record.disbursed_on == date(2025, 3, 4)


def test_a_workbook_is_known_by_its_content_and_not_by_its_name(case_file: Any) -> None:
    path = case_file.xlsx({"案件": case_file.table()}, name="cases.csv")
    assert len(case_file.read(path).accepted) == EXPECTED


def name_letter(name: str) -> str:
    """Zip writers of Windows store GBK bytes without a flag; Python can't, so placeholders of equal length are replaced."""
    return {"案件": "a", "地址": "b", "联系人": "c"}[name]


def test_three_csv_files_in_a_folder_and_in_a_zip_with_gbk_names(case_file: Any, tmp_path: Path) -> None:
    folder = tmp_path / "委案"
    folder.mkdir()
    for name, table in case_file.three_tables().items():
        case_file.csv(table, encoding="gb18030", name=f"委案/{name}.csv")
    assert len(case_file.read(folder).accepted) == EXPECTED
    packed = tmp_path / "委案.zip"
    names = {name: name.encode("gb18030") for name in ("案件", "地址", "联系人")}
    with zipfile.ZipFile(packed, "w") as package:
        for name, coded in names.items():
            package.writestr(f"{len(coded)}{name_letter(name) * (len(coded) - 1)}.csv", (folder / f"{name}.csv").read_bytes())
    data = packed.read_bytes()
    for name, coded in names.items():
        data = data.replace(f"{len(coded)}{name_letter(name) * (len(coded) - 1)}".encode(), coded)
    packed.write_bytes(data)
    result = case_file.read(packed)
    assert len(result.accepted) == EXPECTED and result.sheets == ("案件", "地址", "联系人")
    assert len(result.accepted[0].record.addresses) == 2 and len(result.accepted[0].record.contacts) == 1


def test_record_numbers_count_header_and_blank_lines_but_not_quoted_breaks(case_file: Any) -> None:
    table = case_file.table()
    table[1][18] = "浙江省杭州市\n西湖区文三路1号1幢2单元301室"
    table.insert(2, [])
    table.insert(3, [""] * len(table[0]))
    result = case_file.read(case_file.csv(table))
    assert [case.row for case in result.accepted][:3] == [2, 5, 6]
    assert result.accepted[0].record.addresses[0].text == "浙江省杭州市西湖区文三路1号1幢2单元301室"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b"\r\n , ,\r\n", "FILE_EMPTY"),
        (b"<html><body><table><tr><td>\xe5\xa7\x93\xe5\x90\x8d</td></tr></table></body></html>", "FILE_WEB_PAGE"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "FILE_WEB_PAGE"),
        ("案件编号,客户姓名\r\n1,王".encode("gb18030") + b"\x81\xff,\xff\r\n", "FILE_ENCODING"),
        ("案件编号,客户姓名,证件号码,合计,剩余本金\r\n1,王小明一二三四五六七八九十\r\n".encode() + b"\xe5\xa7\r\n", "FILE_ENCODING_BROKEN"),
        (codecs.BOM_UTF8 + "姓名\r\n".encode() + b"\xff\xfe", "FILE_ENCODING_BROKEN"),
        (b"\x00\x01\x02\x03binary\x00", "FILE_TYPE"),
        (b"PK\x03\x04 not a package", "FILE_DAMAGED"),
        (b"just some words\r\nand more words\r\n", "NO_HEADER"),
    ],
)
def test_what_is_no_case_file_is_refused_with_its_reason(case_file: Any, tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "cases.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(path)
    assert fault.value.code == code
    assert fault.value.message and fault.value.advice


def test_one_broken_byte_in_utf8_never_turns_names_into_other_names(case_file: Any) -> None:
    path = case_file.csv(case_file.table(), encoding="utf-8")
    data = path.read_bytes()
    place = data.index("文三路".encode())
    path.write_bytes(data[:place] + data[place + 1 :])
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(path)
    assert fault.value.code == "FILE_ENCODING_BROKEN"


def test_an_unclosed_quote_is_found_before_it_swallows_the_file(case_file: Any) -> None:
    case_file.rows *= 10
    path = case_file.csv(case_file.table())
    text = path.read_text("utf-8-sig").replace("首次委案\n", '"首次委案\n', 1)
    path.write_text(text, "utf-8")
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(path)
    assert fault.value.code == "FILE_QUOTES"


def test_a_protected_workbook_says_so(case_file: Any, tmp_path: Path) -> None:
    import msoffcrypto.format.ooxml as ooxml

    plain = case_file.xlsx({"案件": case_file.table()})
    locked = tmp_path / "locked.xlsx"
    with plain.open("rb") as source, locked.open("wb") as target:
        ooxml.OOXMLFile(source).encrypt("secret", target)
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(locked)
    assert fault.value.code == "FILE_ENCRYPTED"


def test_a_package_that_unpacks_to_far_too_much_is_refused(case_file: Any, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(path)
    assert fault.value.code == "FILE_BOMB"


@pytest.mark.parametrize(("row", "column", "code"), [(1_048_575, 60, "FILE_TOO_LARGE"), (30, 16_383, "FILE_TOO_WIDE")])
def test_a_stray_cell_in_the_far_corner_does_not_fill_the_memory(case_file: Any, row: int, column: int, code: str) -> None:
    def touch(_book: Any, sheets: Any) -> None:
        sheets["案件"].write_string(row, column, ".")

    path = case_file.xlsx({"案件": case_file.table()}, touch=touch)
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(path)
    assert fault.value.code == code


def test_the_hash_of_a_file_is_that_of_its_bytes(case_file: Any) -> None:
    import hashlib

    path = case_file.csv(case_file.table())
    opened = open_case_file(path)
    assert isinstance(opened, Opened)
    assert opened.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert opened.size == path.stat().st_size
