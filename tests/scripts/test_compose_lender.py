"""The composed lender: the same arguments give the same file, and its truth holds for what is in it."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.world import people, places
from scripts.world.cases import compose_case
from scripts.world.compose_lender import compose_lender
from scripts.world.defects import PLANTS, REPEATS, compose_defective, planted_name

DAY = date(2026, 11, 20)


@given(seed=st.integers(0, 10**6), number=st.integers(1, 10**6))
def test_a_clean_case_is_consistent(seed: int, number: int) -> None:
    case = compose_case(seed, number, DAY)
    debt = case.debt
    assert people.check_digit(case.id_number[:17]) == case.id_number[17]
    assert case.id_number[:6] in {d.adcode for d in places.districts()}
    born = date.fromisoformat(f"{case.id_number[6:10]}-{case.id_number[10:12]}-{case.id_number[12:14]}")
    assert (debt.disbursed_on - born).days >= 18 * 366
    assert debt.disbursed_on < debt.overdue_since < debt.as_of <= DAY
    assert (DAY - debt.as_of).days <= 7
    lines = debt.interest + debt.compound_interest + debt.penalty_interest + debt.liquidated_damages + debt.fees
    assert debt.total == debt.principal_due + lines - debt.waived
    assert min(debt.principal_due, debt.interest, debt.penalty_interest, debt.total) >= 0
    assert case.mobile.startswith("199000") and len(case.mobile) == 11
    assert all(c.mobile.startswith("199000") for c in case.contacts)
    assert case.addresses and all(line.source and line.basis for line in case.addresses)


def test_a_case_does_not_depend_on_how_many_stand_before_it(tmp_path: Path) -> None:
    few = json.loads(compose_lender(tmp_path / "few.xlsx", cases=30).truth.read_text("utf-8"))
    many = json.loads(compose_lender(tmp_path / "many.xlsx", cases=60).truth.read_text("utf-8"))
    assert many["accepted"][: len(few["accepted"])] == few["accepted"]


@pytest.mark.parametrize(("shape", "ending"), [("wide", "xlsx"), ("three", "xlsx"), ("csv", "csv")])
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, shape: str, ending: str) -> None:
    first = compose_lender(tmp_path / f"1/a.{ending}", cases=120, shape=shape)
    second = compose_lender(tmp_path / f"2/a.{ending}", cases=120, shape=shape)
    other = compose_lender(tmp_path / f"3/a.{ending}", cases=120, shape=shape, seed=8)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.truth.read_bytes() == second.truth.read_bytes()
    assert first.path.read_bytes() != other.path.read_bytes()


def test_every_row_is_where_the_truth_says(tmp_path: Path) -> None:
    done = compose_lender(tmp_path / "wide.xlsx", cases=900, defect_share=0.3)
    truth = json.loads(done.truth.read_text("utf-8"))
    sheet = openpyxl.load_workbook(done.path, read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    header = list(rows[2])
    number = header.index("案件编号")
    for about in truth["defects"] + truth["accepted"]:
        assert (rows[about["row"] - 1][number] or "").strip() == about["case_no"]
    assert rows[-1][0] == "合计"
    total = header.index("合计(元)")
    by_row = {a["row"]: a for a in truth["accepted"]}
    for row, about in by_row.items():
        cell = rows[row - 1][total]
        if isinstance(cell, (int, float)):
            assert round(cell * 100) == about["amounts_fen"]["total"]


def test_three_tables_hold_the_same_cases_as_the_wide_shape(tmp_path: Path) -> None:
    wide = json.loads(compose_lender(tmp_path / "w.xlsx", cases=300).truth.read_text("utf-8"))
    three = json.loads(compose_lender(tmp_path / "t.xlsx", cases=300, shape="three").truth.read_text("utf-8"))

    def essence(truth: dict) -> list[tuple]:
        return [(a["case_no"], a["name"], a["amounts_fen"]["total"], len(a["addresses"])) for a in truth["accepted"]]

    assert essence(wide) == essence(three)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx", read_only=True)
    assert book.sheetnames == ["案件", "地址", "联系人"]


def test_the_csv_is_gb18030_with_characters_beyond_the_plane(tmp_path: Path) -> None:
    done = compose_lender(tmp_path / "c.csv", cases=4_000, shape="csv", defect_share=0.5)
    with done.path.open(encoding="gb18030", newline="") as source:
        records = list(csv.reader(source))
    assert len(records) == 4_001
    names = {record[records[0].index("客户姓名")] for record in records[1:]}
    assert any(ord(character) > 0xFFFF for name in names for character in name)


def test_about_the_asked_share_is_defective_and_every_kind_occurs() -> None:
    chosen = [planted_name(7, number, 0.08) for number in range(1, 20_001)]
    planted = [c for c in chosen if c is not None]
    assert 0.07 < len(planted) / len(chosen) < 0.09
    assert len(set(planted)) == len(PLANTS) + len(REPEATS)


def test_a_repeated_case_repeats_the_whole_row_and_a_contradiction_only_the_number() -> None:
    repeats = contradictions = 0
    for number in range(1, 5_000):
        case = compose_defective(7, number, DAY, 0.2)
        if case.defect is None or case.copy_of is None:
            continue
        original = compose_defective(7, case.copy_of, DAY, 0.2)
        assert original.defect is None
        assert case.case_no == original.case_no
        if case.defect.name == "dup_exact":
            repeats += 1
            assert (case.name, case.id_number, case.debt) == (original.name, original.id_number, original.debt)
        else:
            contradictions += 1
            assert case.id_number != original.id_number
    assert repeats > 10 and contradictions > 10
