"""What can be read, how it is recognised, and what is said of what can't: file, sheet, row and column."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from tests.console.conftest import Handa

HOME, BARE = "武汉市江汉区新华路25号3栋2单元501室", "杭州市凯旋路1号"


def parsed(bare: Handa, path: Path, *words: object) -> list[dict[str, object]]:
    said = bare("address", "parse", path, *words)
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.split("\n")[:-1]]


def raws(bare: Handa, path: Path, *words: object) -> list[object]:
    return [row["raw"] for row in parsed(bare, path, *words)]


def refused(bare: Handa, path: Path, *words: object) -> str:
    said = bare("address", "parse", path, *words, "-o", path.parent / "结果.jsonl", "--json")
    assert said.code == 2, said.out
    assert not (path.parent / "结果.jsonl").exists()
    return said.document["error"]["message"] + said.document["error"]["advice"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_tables_of_any_usual_encoding_and_delimiter(bare: Handa, tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "表.csv"
    rows = [["客户一览", "", ""], ["编号", "地址", "备注"], ["1", HOME, "x"], ["", "", ""], ["2", f'"{BARE}{delimiter}2幢"', ""], ["", "", ""]]
    path.write_text("\n".join(delimiter.join(row) for row in rows) + "\n", encoding=encoding)
    assert raws(bare, path, "--column", "地址") == [HOME, "", f"{BARE}{delimiter}2幢"]
    assert raws(bare, path, "--column", " 地 址") == [HOME, "", f"{BARE}{delimiter}2幢"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_gives_a_row_for_every_line(bare: Handa, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "地址.txt"
    path.write_bytes(f"{HOME}\r\n\r\n{BARE},2幢\n\n".encode(encoding))
    assert raws(bare, path) == [HOME, "", f"{BARE},2幢", ""]


def test_json_lines_of_objects(bare: Handa, tmp_path: Path) -> None:
    path = tmp_path / "地址.jsonl"
    path.write_text(f'{{"id": 1, "地址": "{HOME}"}}\n\n{{"地址": null, "多": {{"a": [1]}}}}\n{{"id": true, "地址": "\\ud800市"}}\n', encoding="utf-8")
    assert raws(bare, path, "--column", "地址") == [HOME, "", "?市"]
    out = tmp_path / "结果.csv"
    assert bare("address", "parse", path, "--column", "地址", "-o", out).code == 0
    header, first, second, _ = out.read_text("utf-8-sig").splitlines()
    assert header.startswith("id,多,原文,")
    assert first.startswith(f"1,,{HOME}")
    assert second.startswith(',"{""a"": [1]}",,')


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"a": "x"}\nnot json\n', "第 2 行不是 JSON"), ('["x"]\n', "第 1 行不是 JSON 对象"), ('{"a": 5}\n', "第 1 行“a”不是文字"),
     ('{"a": "x", "b": 1}\n', "a、b"), ("[" * 5000 + "\n", "第 1 行不是 JSON")],
)  # fmt: skip
def test_json_lines_that_are_none(bare: Handa, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "地址.jsonl"
    path.write_text(text, encoding="utf-8")
    column = () if "、" in words else ("--column", "a")
    assert words in refused(bare, path, *column)


def book(path: Path, **sheets: list[list[object]]) -> Path:
    work = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = work.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(at, column, cell, None, "#N/A" if "NA()" in cell else cell[1:])
                elif cell is not None:
                    sheet.write(at, column, cell)
    work.close()
    return path


def test_the_one_sheet_that_has_the_column_is_read(bare: Handa, tmp_path: Path) -> None:
    path = book(tmp_path / "客户.xlsx", 说明=[["请填写"]], 名单=[["名单"], [], ["编号", "现住址"], [7.0, HOME], [None, None], [8.5, BARE]])
    assert raws(bare, path, "--column", "现住址") == [HOME, "", BARE]
    assert "没有列“住址”" in refused(bare, path, "--column", "住址")
    assert "名单" in refused(bare, path, "--column", "现住址", "--sheet", "别的")


def test_several_sheets_with_the_column_must_be_chosen_from(bare: Handa, tmp_path: Path) -> None:
    path = book(tmp_path / "客户.xlsx", 甲=[["地址"], [HOME]], 乙=[["地址"], [BARE]])
    assert "甲、乙" in refused(bare, path, "--column", "地址")
    assert raws(bare, path, "--column", "地址", "--sheet", "乙") == [BARE]


def test_a_cell_that_holds_an_error_is_read_as_blank_and_told(bare: Handa, tmp_path: Path) -> None:
    path = book(tmp_path / "客户.xlsx", 名单=[["地址", "备注"], [HOME, "好"], ["=NA()", "坏"]])
    out = tmp_path / "结果.jsonl"
    said = bare("address", "parse", path, "--column", "地址", "-o", out, "--json")
    assert said.code == 1
    assert "“名单” 第 3 行“地址”" in said.document["warnings"][0]
    assert [json.loads(line)["raw"] for line in out.read_text("utf-8").splitlines()] == [HOME, ""]


def test_parquet_with_dictionaries_and_nulls(bare: Handa, tmp_path: Path) -> None:
    path = tmp_path / "地址.parquet"
    texts = pa.array([HOME, None, BARE]).dictionary_encode()
    pq.write_table(pa.table({"id": pa.array([1, 2, 3], pa.int16()), "addr": texts}), path)
    assert raws(bare, path, "--column", "addr") == [HOME, "", BARE]
    assert "id、addr" in refused(bare, path)
    assert "int16" in refused(bare, path, "--column", "id")
    path.write_bytes(path.read_bytes()[:-20] + b"PAR1")
    assert "Parquet" in refused(bare, path, "--column", "addr")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("编号,地址\n1,武汉市江汉区,新华路25号\n", "第 2 行有 3 列"),
        ("编号,地址,地址\n1,a,b\n", "第 2 列、第 3 列"),
        ("编号,住址\n1,a\n", "编号、住址"),
        ("地址\n" + "长" * 20_001 + "\n", "表.csv：第 2 条"),
        (f"{HOME}\n{BARE}\n", "第一行像是地址"),
        ('编号,地址\n1,"武汉' + "\n" * 60 + "\n", "引号"),
        ("<html><body>", "表.csv：文件内容是网页"),
    ],
)
def test_tables_that_can_not_be_read_say_where(bare: Handa, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "表.csv"
    path.write_text(text, encoding="utf-8")
    column = () if "像是" in words else ("--column", "地址")
    assert words in refused(bare, path, *column)


def test_a_line_without_end_is_refused(bare: Handa, tmp_path: Path) -> None:
    path = tmp_path / "地址.txt"
    path.write_text(HOME + "\n" + "市" * 50_000, encoding="utf-8")
    assert "第 2 行" in refused(bare, path)


def test_what_is_no_file_is_told(bare: Handa, tmp_path: Path) -> None:
    for words in ((tmp_path / "没有.parquet",), (tmp_path,), ("",), (tmp_path / "没有.csv", "--column", "地址")):
        said = bare("address", "parse", *words)
        assert said.code == 2
    assert bare("address", "parse", "武汉市" * 2000, "--json").document["city"] == "武汉市"
    assert bare("address", "dedupe", "武汉市").code == 2


@pytest.mark.parametrize("kind", ["lines", "table", "json", "parquet", "xlsx"])
def test_standard_input_is_recognised_by_what_it_is(bare: Handa, tmp_path: Path, kind: str) -> None:
    words: list[object] = ["--column", "地址"]
    if kind == "lines":
        data, words = f"{HOME}\n\n{BARE}\n".encode(), []
    elif kind == "table":
        data = f"编号,地址\n1,{HOME}\n2,\n3,{BARE}\n".encode("gb18030")
    elif kind == "json":
        data = f'{{"地址": "{HOME}"}}\n{{"地址": ""}}\n{{"地址": "{BARE}"}}\n'.encode()
    elif kind == "parquet":
        pq.write_table(pa.table({"地址": [HOME, "", BARE]}), tmp_path / "x")
        data = (tmp_path / "x").read_bytes()
    else:
        data = book(tmp_path / "x.xlsx", 甲=[["编号", "地址"], [1, HOME], [2, None], [3, BARE]]).read_bytes()
    process = bare.process("address", "parse", "-", *words, stdin=-1, text=False)
    out, err = process.communicate(data)
    assert process.returncode == 0, err.decode()
    assert [json.loads(line)["raw"] for line in out.decode().split("\n")[:-1]] == [HOME, "", BARE]


def test_nothing_on_standard_input_is_told(bare: Handa) -> None:
    process = bare.process("address", "parse", "-", stdin=-1)
    _, err = process.communicate("")
    assert process.returncode == 2
    assert "标准输入是空的" in err


def test_a_named_pipe_is_read_like_standard_input(bare: Handa, tmp_path: Path) -> None:
    pipe = tmp_path / "管道"
    os.mkfifo(pipe)
    process = bare.process("address", "parse", pipe)
    with pipe.open("w", encoding="utf-8") as file:
        file.write(HOME + "\n")
    out, _ = process.communicate()
    assert json.loads(out)["raw"] == HOME


def test_dates_and_numbers_of_other_columns_stay_what_they_show(bare: Handa, tmp_path: Path) -> None:
    path = book(tmp_path / "客户.xlsx", 名单=[["编号", "日期", "金额", "卡号", "地址"], [7.0, None, -12.5, 6.22202e17, HOME]])
    out = tmp_path / "结果.csv"
    assert bare("address", "parse", path, "--column", "地址", "-o", out).code == 0
    assert out.read_text("utf-8-sig").splitlines()[1].startswith(f"7,,-12.5,6.22202e+17,{HOME},")
