"""``handa address``: one text or a whole file, in order, a line each; needs no workspace."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.console.conftest import Handa

TEXTS = ["武汉市江汉区新华路25号3栋2单元501室", "", "乱七八糟", "湖北武汉江汉新华路25号3幢2单元501", "=HYPERLINK(\"http://x\")北京市海淀区中关村大街1号"]


def written(folder: Path, kind: str) -> Path:
    path = folder / f"地址.{kind}"
    if kind == "txt":
        path.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    elif kind == "gb.txt":
        path.write_text("\n".join(TEXTS) + "\n", encoding="gb18030")
    elif kind == "csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([["编号", "地址"], *([i, text] for i, text in enumerate(TEXTS))])
    else:
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet()
        for row, text in enumerate(["地址", *TEXTS]):
            sheet.write_string(row, 1, text)
            sheet.write_string(row, 0, "编号" if row == 0 else str(row))
        book.close()
    return path


def test_one_address_is_shown_in_parts_and_as_json(bare: Handa) -> None:
    shown = bare("address", "parse", TEXTS[0])
    assert shown.code == 0
    assert "新华路" in shown.out
    document = bare("address", "parse", TEXTS[0], "--json").document
    assert (document["city"], document["district"], document["room"], document["grade"]) == ("武汉市", "江汉区", "501室", "door")
    assert not Path(bare.env["HANDA_HOME"]).exists()


@pytest.mark.parametrize("kind", ["txt", "gb.txt", "csv", "xlsx"])
def test_a_file_gives_a_line_for_each_line_in_its_order(bare: Handa, tmp_path: Path, kind: str) -> None:
    words = ["--column", "地址"] if kind in ("csv", "xlsx") else []
    out = tmp_path / "结果.jsonl"
    said = bare("address", "parse", written(tmp_path, kind), *words, "-o", out, "--json")
    assert (said.code, said.document["addresses"]) == (0, len(TEXTS))
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["raw"] for row in rows] == TEXTS
    assert rows[0] == bare("address", "parse", TEXTS[0], "--json").document
    assert bare("address", "parse", written(tmp_path, kind), *words).out == out.read_text("utf-8")
    assert bare("address", "parse", written(tmp_path, kind), *words, "--json").document == rows


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_tables_hold_no_formula(bare: Handa, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"结果.{suffix}"
    assert bare("address", "parse", written(tmp_path, "txt"), "-o", out).code == 0
    if suffix == "csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            rows: list[list[object]] = list(csv.reader(file))
        assert str(rows[-1][0]).startswith("'=")
    else:
        rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
        assert str(rows[-1][0]).startswith("=HYPERLINK")  # a text cell, not a formula: calamine gives formulas' values
        import zipfile

        assert b"<f>" not in zipfile.ZipFile(out).read("xl/worksheets/sheet1.xml")
    assert rows[0][0] == "原文"
    assert len(rows) == len(TEXTS) + 1


def test_a_missing_column_is_told_with_those_there_are(bare: Handa, tmp_path: Path) -> None:
    said = bare("address", "parse", written(tmp_path, "csv"), "--column", "住址", "--json")
    assert said.code == 2
    assert "编号、地址" in said.document["error"]["advice"]
    assert bare("address", "parse", written(tmp_path, "csv")).code == 2


def test_a_failed_run_leaves_no_half_file(bare: Handa, tmp_path: Path) -> None:
    source = tmp_path / "坏.txt"
    source.write_bytes("武汉市\n".encode() + b"\xff\xfe\x00\x81")
    out = tmp_path / "结果.jsonl"
    out.write_text("旧\n", encoding="utf-8")
    said = bare("address", "parse", source, "-o", out, "--json")
    assert (said.code, said.document["error"]["code"]) == (2, "E-UNREADABLE")
    assert out.read_text("utf-8") == "旧\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["坏.txt", "结果.jsonl"]


def test_dedupe_groups_ways_of_writing_one_place(bare: Handa, tmp_path: Path) -> None:
    source, out = tmp_path / "地址.txt", tmp_path / "分组.csv"
    source.write_text("武汉市江汉区新华路25号3栋2单元501室\n武汉市江汉区新华路25号3栋2单元502室\n湖北省武汉市江汉区新华路25号3幢2单元501室\n", encoding="utf-8")
    document = bare("address", "dedupe", source, "--json").document
    assert (document["addresses"], document["places"]) == (3, 2)
    assert sorted(sorted(group["items"]) for group in document["groups"]) == [[1, 3], [2]]
    assert bare("address", "dedupe", source, "-o", out).code == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 3
