"""What is written: whole or absent, in order, the same over any number of processes, other columns kept, no formulas."""

from __future__ import annotations

import csv
import datetime
import json
import zipfile
from pathlib import Path

import openpyxl
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from console import address_run, address_workers
from console.address_workers import in_order
from locate.address import parse, to_json_dict
from locate.address.arrow import RESULT
from records.errors import Broken
from tests.console.conftest import Handa

HOME = "武汉市江汉区新华路25号3栋2单元501室"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table whose own columns clash with ours and hold what looks like formulas."""
    path = tmp_path / "客户.csv"
    rows = [["编号", "省", "地址", "备注", "欠款"], ["007", "鄂", HOME, "=1+1", "-12.50"], ["", "", "", "@x", "-1+1"]]
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_csv_keeps_the_other_columns_first(bare: Handa, tmp_path: Path, table: Path) -> None:
    out = tmp_path / "结果.csv"
    assert bare("address", "parse", table, "--column", "地址", "-o", out).code == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first)[:7] == ["编号", "省", "备注", "欠款", "原文", "解析_省", "市"]
    assert (first["编号"], first["省"], first["备注"], first["欠款"]) == ("007", "鄂", "'=1+1", "-12.50")
    assert (first["解析_省"], first["市"], first["房间"], first["可投递"]) == ("湖北省", "武汉市", "501室", "是")
    assert (second["备注"], second["欠款"], second["等级"]) == ("'@x", "'-1+1", "unusable")


def test_xlsx_opens_in_another_program_and_holds_no_formula(bare: Handa, tmp_path: Path, table: Path) -> None:
    out = tmp_path / "结果.xlsx"
    assert bare("address", "parse", table, "--column", "地址", "-o", out).code == 0
    header, first, second = openpyxl.load_workbook(out).active.iter_rows()
    found = {name.value: cell for name, cell in zip(header, first, strict=True)}
    assert (found["编号"].value, found["省"].value, found["备注"].value, found["备注"].data_type) == ("007", "鄂", "=1+1", "s")
    assert (found["标准地址"].value, found["置信度"].data_type) == (parse(HOME).canonical, "n")
    assert len(second) == len(header)
    assert b"<f>" not in zipfile.ZipFile(out).read("xl/worksheets/sheet1.xml")


def test_parquet_of_a_table_opens_in_another_program(bare: Handa, tmp_path: Path, table: Path) -> None:
    out = tmp_path / "结果.parquet"
    assert bare("address", "parse", table, "--column", "地址", "-o", out).code == 0
    frame = pandas.read_parquet(out)
    assert list(frame.columns) == ["编号", "省", "备注", "欠款", *RESULT.names]
    assert frame["编号"].tolist()[0] == "007"
    assert frame["备注"].tolist() == ["=1+1", "@x"]
    assert frame["room"].tolist()[0] == "501室"


def test_parquet_to_parquet_keeps_every_type(bare: Handa, tmp_path: Path) -> None:
    path, out = tmp_path / "地址.parquet", tmp_path / "结果.parquet"
    days = [datetime.date(2026, 11, 20), None]
    given = pa.table({"city": pa.array([1, 2], pa.int16()), "addr": [HOME, None], "day": days, "tags": [["a"], []]})
    pq.write_table(given, path)
    assert bare("address", "parse", path, "--column", "addr", "-o", out, "--json").document["addresses"] == 2
    made = pq.read_table(out)
    assert made.select(given.column_names) == given
    assert made.column("parsed_city").to_pylist() == ["武汉市", None]
    assert made.column("parsed_issues").to_pylist()[0] == to_json_dict(parse(HOME))["issues"]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "xlsx", "parquet"])
def test_no_rows_give_an_output_without_rows(bare: Handa, tmp_path: Path, suffix: str) -> None:
    empty, out = tmp_path / "空.parquet", tmp_path / f"结果.{suffix}"
    pq.write_table(pa.table({"addr": pa.array([], pa.string())}), empty)
    assert bare("address", "parse", empty, "--column", "addr", "-o", out, "--json").document["addresses"] == 0
    assert out.exists()
    if suffix == "parquet":
        assert pq.read_table(out).num_rows == 0
    head = tmp_path / "表头.csv"
    head.write_text("编号,地址\n", encoding="utf-8")
    assert bare("address", "parse", head, "--column", "地址", "-o", out, "--json").document["addresses"] == 0
    assert bare("address", "parse", head, "--column", "地址", "--json").document == []


def test_several_processes_write_the_same_bytes(bare: Handa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_run, "CHUNK", 7)
    path = tmp_path / "地址.txt"
    path.write_text("".join(f"武汉市江汉区新华路{number}号\n" for number in range(100)), encoding="utf-8")
    for suffix in ("jsonl", "csv"):
        one, two = tmp_path / f"一.{suffix}", tmp_path / f"二.{suffix}"
        assert bare("address", "parse", path, "-o", one, "--workers", 1).code == 0
        assert bare("address", "parse", path, "-o", two, "--workers", 2).code == 0
        assert one.read_bytes() == two.read_bytes()
    assert [json.loads(line)["road_no"] for line in (tmp_path / "一.jsonl").read_text("utf-8").splitlines()] == [
        f"{number}号" for number in range(100)
    ]
    assert bare("address", "parse", path, "--workers", 0).code == 2


def test_a_fault_late_in_the_input_leaves_nothing_behind(bare: Handa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_run, "CHUNK", 5)
    path = tmp_path / "表.csv"
    path.write_text("编号,地址\n" + "1,武汉市\n" * 60 + "2,武汉市,新华路\n", encoding="utf-8")
    for suffix in ("jsonl", "csv", "xlsx", "parquet"):
        for workers in (1, 2):
            said = bare("address", "parse", path, "--column", "地址", "-o", tmp_path / f"结果.{suffix}", "--workers", workers, "--json")
            assert (said.code, "第 62 行" in said.document["error"]["message"]) == (2, True)
    assert [each.name for each in tmp_path.iterdir()] == ["表.csv"]
    said = bare("address", "parse", path, "--column", "地址", "--json")
    assert set(said.document) == {"error"}


def test_more_rows_than_a_sheet_has_are_refused_before_any_work(bare: Handa, tmp_path: Path) -> None:
    path = tmp_path / "地址.txt"
    path.write_bytes(b"x\n" * 1_048_576)
    said = bare("address", "parse", path, "-o", tmp_path / "结果.xlsx", "--json")
    assert said.code == 2
    assert "1048575" in said.document["error"]["message"]


def test_a_cell_that_a_sheet_can_not_hold_is_refused_and_not_cut(bare: Handa, tmp_path: Path) -> None:
    path, out = tmp_path / "地址.jsonl", tmp_path / "结果.xlsx"
    path.write_text(json.dumps({"地址": HOME, "备注": "长" * 32_768}), encoding="utf-8")
    said = bare("address", "parse", path, "--column", "地址", "-o", out, "--json")
    assert (said.code, "第 1 条" in said.document["error"]["message"], out.exists()) == (2, True, False)
    assert bare("address", "parse", path, "--column", "地址", "-o", tmp_path / "结果.csv").code == 0


def test_line_separators_inside_a_text_end_no_line(bare: Handa, tmp_path: Path) -> None:
    path = tmp_path / "地址.txt"
    path.write_text("武汉市\u2028江汉区\x85新华路1号\u2029\n杭州市\n", encoding="utf-8")
    out = bare("address", "parse", path).out
    assert len(out.splitlines()) == 2
    assert json.loads(out.splitlines()[0])["raw"] == "武汉市\u2028江汉区\x85新华路1号\u2029"
    assert len(bare("address", "parse", path, "--json").document) == 2


def test_a_reader_that_leaves_ends_the_work(bare: Handa, tmp_path: Path) -> None:
    path = tmp_path / "地址.txt"
    path.write_text("武汉市江汉区新华路1号\n" * 200_000, encoding="utf-8")
    process = bare.process("address", "parse", path, "--workers", 1)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["city"] == "武汉市"
    process.stdout.close()
    assert process.wait(60) == 0


def double(number: int) -> int:
    return number * 2


def die(number: int) -> int:
    import os

    if number == 5:
        os._exit(9)
    return number


def test_chunks_come_back_in_order_and_are_not_taken_all_at_once() -> None:
    taken: list[int] = []

    def numbers() -> object:
        for number in range(50):
            taken.append(number)
            yield number

    done = in_order(double, numbers(), 2)  # type: ignore[arg-type]
    assert next(done) == 0
    assert len(taken) <= 2 * address_workers._AHEAD + 1
    assert list(done) == [number * 2 for number in range(1, 50)]
    assert list(in_order(double, [], 2)) == []


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(Broken) as caught:
        list(in_order(die, range(20), 2))
    assert caught.value.code == "E-WORKER-DIED"


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "xlsx", "parquet"])
def test_groups_of_one_place_in_every_format(bare: Handa, tmp_path: Path, table: Path, suffix: str) -> None:
    out = tmp_path / f"分组.{suffix}"
    said = bare("address", "dedupe", table, "--column", "地址", "-o", out, "--json")
    assert (said.code, said.document["addresses"]) == (0, 2)
    assert out.stat().st_size > 0
    if suffix == "parquet":
        assert pq.read_table(out).column("items").to_pylist() == [[1], [2]]
