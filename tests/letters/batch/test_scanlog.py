"""Scan logs as machines write them: encodings, headers or none, times, rows that are no mark."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from letters.batch.scanlog import ScanLog, read_log
from letters.press.mark import Mark, mark_text
from records.clock import SHANGHAI
from records.errors import UnreadableInput

BATCH = "B20261121-01"
MARKS = [Mark(BATCH, piece, 1, 1, 1) for piece in (1, 2, 3)]
T = "2026-11-21 09:00:0"


def log(tmp_path: Path, content: str | bytes, name: str = "scan.csv", encoding: str = "utf-8") -> ScanLog:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return read_log(path)


def table(*rows: tuple[object, ...], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


CHINESE = table(("装封机扫描记录", ""), (), ("序号", "扫描时间", "装封标记", "信封号", "操作员"),
                *((n, f"{T}{n}", mark.text, 100 + n, "甲") for n, mark in enumerate(MARKS)))  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    found = log(tmp_path, CHINESE.replace(",", delimiter), encoding=encoding)
    assert [one.mark for one in found.readings] == MARKS
    assert [one.row for one in found.readings] == [4, 5, 6]
    assert found.numbered and [one.envelope for one in found.readings] == ["100", "101", "102"]
    assert found.readings[1].at == datetime(2026, 11, 21, 9, 0, 1, tzinfo=SHANGHAI)
    assert found.unknown_columns == ("操作员",)


def test_a_bare_list_of_marks_as_a_hand_scanner_writes_it(tmp_path: Path) -> None:
    found = log(tmp_path, "\r\n".join(f"]d1{mark.text}" for mark in MARKS) + "\r\n", "手工.txt")
    assert [one.mark for one in found.readings] == MARKS and not found.numbered
    timed = log(tmp_path, "\n".join(f"09:00:0{n}\t{mark.text}" for n, mark in enumerate(MARKS)), "hand.txt")
    assert [one.mark for one in timed.readings] == MARKS and [one.at for one in timed.readings] == [None] * 3


def test_a_workbook_with_dates_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "scan.xlsx"
    book = xlsxwriter.Workbook(str(path), {"remove_timezone": True})
    notes, sheet = book.add_worksheet("说明"), book.add_worksheet("扫描")
    notes.write_string(0, 0, "一号线")
    date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, ["时间", "标记", "信封序号"])
    for n, mark in enumerate(MARKS, 1):
        sheet.write_datetime(n, 0, datetime(2026, 11, 21, 9, 0, n), date)  # noqa: DTZ001  a spreadsheet knows no zone
        sheet.write_row(n, 1, [mark.text, float(n)])
    book.close()
    found = read_log(path)
    assert [(one.mark, one.envelope, one.sheet) for one in found.readings] == [(m, str(n), "扫描") for n, m in enumerate(MARKS, 1)]
    assert found.readings[0].at == datetime(2026, 11, 21, 9, 0, 1, tzinfo=SHANGHAI)


def test_rows_that_are_no_mark_stay_readings_with_code_and_row(tmp_path: Path) -> None:
    bad = MARKS[0].text[:-1] + str((int(MARKS[0].text[-1]) + 1) % 10)
    rows = ["NOREAD", "", "M1/xx", bad, mark_text(BATCH, 1, 1, 1, 1).replace("M1", "M7"), "读码失败"]
    content = table(("time", "mark"), *((f"{T}{n}", text) for n, text in enumerate(rows)), (f"{T}9", MARKS[0].text), ("坏时间", MARKS[1].text))
    found = log(tmp_path, content)
    codes = ["NO_READ", "NO_READ", "MARK_FORM", "MARK_CHECK", "MARK_VERSION", "NO_READ", "", ""]
    assert [one.code for one in found.readings] == codes
    assert [one.row for one in found.readings] == list(range(2, 10))
    assert [(one.row, one.code) for one in found.bad_times] == [(9, "BAD_TIME")]


def test_the_same_reading_written_twice_counts_once_a_doubled_sheet_twice(tmp_path: Path) -> None:
    row = ("2026-11-21 09:00:00.125", MARKS[0].text)
    found = log(tmp_path, table(("time", "mark"), row, row, ("2026-11-21 09:00:00.250", MARKS[0].text)))
    assert (len(found.readings), found.repeated) == (2, 1)
    coarse = ("2026-11-21 09:00:00", MARKS[0].text)
    assert len(log(tmp_path, table(("time", "mark"), coarse, coarse)).readings) == 2


@pytest.mark.parametrize("form", ["{}", "{:%Y/%m/%d %H:%M:%S}", "{:%Y%m%d%H%M%S}", "{:%Y年%m月%d日 %H:%M:%S}", "{:%Y-%m-%dT%H:%M:%S+08:00}"])
def test_times_in_many_forms(tmp_path: Path, form: str) -> None:
    moment = datetime(2026, 11, 21, 9, 5, 7)  # noqa: DTZ001  as machines write it
    found = log(tmp_path, table(("time", "mark"), (form.format(moment), MARKS[0].text)))
    assert found.readings[0].at == moment.replace(tzinfo=SHANGHAI), found.bad_times


def test_a_clock_that_passes_midnight_and_date_and_time_apart(tmp_path: Path) -> None:
    found = log(tmp_path, table(("日期", "时间", "标记"), ("2026-11-21", "23:59:59", MARKS[0].text), ("2026-11-22", "0:00:01", MARKS[1].text)))
    assert found.readings[1].at == datetime(2026, 11, 22, 0, 0, 1, tzinfo=SHANGHAI)
    assert len(log(tmp_path, table(("time", "mark"), ("23:59:59", MARKS[0].text), ("00:00:01", MARKS[1].text))).readings) == 2


@pytest.mark.parametrize(("content", "words"), [
    ("", "为空"), ("甲,乙\n1,2\n", "没有一个装封标记"), (table(("time", "mark"), (f"{T}9", MARKS[0].text), (f"{T}1", MARKS[1].text)), "第 3 行的时间早于上一行"),
])  # fmt: skip
def test_what_is_no_log_or_not_in_order_is_refused(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(UnreadableInput, match=words):
        log(tmp_path, content)
