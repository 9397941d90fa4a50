"""The manifest: what is written is read back exactly, totals are the sum of rows, nothing is cut or acts as a formula."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from letters.post.manifest import (
    HEADER,
    Totals,
    control_of,
    piece_problems,
    read_manifest,
    read_rows,
    write_rows,
)
from letters.post.model import BatchHead, ManifestPiece
from letters.post.posting_list import ROWS_A_PAGE, write_posting_list
from records.errors import UnreadableInput

TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12)
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
PIECES = st.builds(
    ManifestPiece,
    **{name: st.integers(0, 10**12) for name in ("record_no", "weight_g", "postage_fen", "pages", "sheets", "part", "first_page")},
    **dict.fromkeys(("own_no", "item_no", "office_postcode", "office_name", "recipient_name", "recipient_address", "recipient_phone", "item_name", "remark", "batch_no", "case_token", "letter_no", "letter_sha256", "template", "envelope", "lawyer_code", "release_token", "address_token", "address_source", "address_score", "firm_code", "lender_code", "sort_bag"), ANY_TEXT),
)  # fmt: skip


def written(pieces: list[ManifestPiece], pay_method: str = "记欠") -> str:
    out = io.StringIO(newline="")
    assert list(write_rows(out, pieces, customer_no="42010012345", pay_method=pay_method)) == pieces
    return out.getvalue()


@given(st.lists(PIECES, max_size=5))
def test_reading_what_was_written_gives_the_same_rows_whatever_they_hold(pieces: list[ManifestPiece]) -> None:
    assert list(read_rows(io.StringIO(written(pieces), newline=""))) == pieces


@given(st.lists(PIECES, max_size=6))
def test_totals_are_the_sum_of_the_rows(pieces: list[ManifestPiece]) -> None:
    totals = Totals()
    for piece in pieces:
        totals = totals.plus(piece)
    assert totals.pieces == len(pieces)
    assert totals.weight_g == sum(p.weight_g for p in pieces)
    assert totals.postage_fen == sum(p.postage_fen for p in pieces)
    assert totals.sheets == sum(p.sheets for p in pieces)
    assert totals.control == sum(control_of(p) for p in pieces) % 10**15


def test_the_templates_columns_come_first_with_their_names(make_piece: Callable[..., ManifestPiece]) -> None:
    header, row = written([make_piece(1)]).split("\r\n")[:2]
    assert header.split(",")[:15] == [
        "记录序号", "用户自编号", "邮件号码", "寄达局邮编", "寄达局名称", "收件人姓名", "收件人地址", "收件人电话", "重量",
        "单件重量", "邮件备注", "内件名称", "大客户编号", "封发标志", "已贴票金额",
    ]  # fmt: skip
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    assert cells["大客户编号"] == "42010012345"
    assert cells["封发标志"] == cells["已贴票金额"] == ""
    assert cells["case_no"] == "C1"
    assert {"batch_no", "letter_sha256", "address_rank_score", "sort_bag", "insert_check"} <= cells.keys()


def test_prepaid_batches_state_the_stamps_value(make_piece: Callable[..., ManifestPiece]) -> None:
    row = written([make_piece(1, postage_fen=405)], pay_method="贴票").split("\r\n")[1]
    assert row.split(",")[14] == "4.05"


def test_exchanged_rows_change_the_control_total(make_piece: Callable[..., ManifestPiece]) -> None:
    one, two = make_piece(1), make_piece(2)
    swapped = Totals().plus(replace(one, item_no=two.item_no)).plus(replace(two, item_no=one.item_no))
    assert swapped.control != Totals().plus(one).plus(two).control


def test_a_good_piece_has_no_problem(make_piece: Callable[..., ManifestPiece]) -> None:
    assert piece_problems(make_piece(1)) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [({"recipient_name": "名" * 21}, "TOO_LONG"), ({"recipient_address": "址" * 121}, "TOO_LONG"),
     ({"recipient_name": "=HYPERLINK(1)"}, "FORMULA"), ({"recipient_address": "@SUM(A1)"}, "FORMULA"),
     ({"remark": "+cmd|' /C calc'!A0"}, "FORMULA"), ({"recipient_name": "甲\n乙"}, "CONTROL_CHARACTER"),
     ({"recipient_address": "甲\u2028乙"}, "CONTROL_CHARACTER"), ({"recipient_name": " 甲"}, "OUTER_SPACE"),
     ({"recipient_name": ""}, "EMPTY"), ({"item_no": "XA123"}, "BAD_ITEM_NO"), ({"office_postcode": "43001"}, "BAD_POSTCODE"),
     ({"office_postcode": "４３００１４"}, "BAD_POSTCODE"), ({"letter_sha256": "0"}, "BAD_HASH"),
     ({"weight_g": 0}, "NOT_POSITIVE"), ({"postage_fen": -1}, "NOT_POSITIVE"), ({"sheets": 0}, "NOT_POSITIVE")],
)  # fmt: skip
def test_what_does_not_fit_is_told_and_never_cut(
    make_piece: Callable[..., ManifestPiece], change: dict[str, object], code: str
) -> None:
    assert code in {problem.code for problem in piece_problems(make_piece(1, **change))}


@pytest.mark.parametrize("change", [{"address_score": "-0.2500"}, {"recipient_phone": "+8619900000000"}])
def test_numbers_with_a_sign_are_no_formulas(make_piece: Callable[..., ManifestPiece], change: dict[str, object]) -> None:
    assert piece_problems(make_piece(1, **change)) == ()


@pytest.mark.parametrize("damage", ["header", "short", "number", "full-width number"])
def test_a_damaged_manifest_is_refused_with_its_row(make_piece: Callable[..., ManifestPiece], damage: str) -> None:
    text = written([make_piece(1), make_piece(2)])
    match damage:
        case "header":
            text = text.replace("记录序号", "序号", 1)
        case "short":
            text = text.rsplit(",", 3)[0]
        case "number":
            text = text.replace(",420,", ",4.2,")
        case _:
            text = text.replace(",420,", ",４２０,")
    with pytest.raises(UnreadableInput):
        list(read_rows(io.StringIO(text, newline="")))


def test_every_template_column_is_written_once() -> None:
    assert len(set(HEADER)) == len(HEADER)


def test_a_manifest_that_is_not_utf8_is_refused(tmp_path: Path, make_piece: Callable[..., ManifestPiece]) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(written([make_piece(1)]).encode("gb18030"))
    with pytest.raises(UnreadableInput):
        list(read_manifest(path))


def sheets_of(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def posted(path: Path, head: BatchHead, pieces: list[ManifestPiece]) -> dict[str, list[list[object]]]:
    totals = Totals()
    for piece in pieces:
        totals = totals.plus(piece)
    write_posting_list(path, head, pieces, totals)
    return sheets_of(path)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.one_of(st.integers(1, 2 * ROWS_A_PAGE + 2), st.just(ROWS_A_PAGE + 1)), fees=st.randoms(use_true_random=False))
@example(count=ROWS_A_PAGE, fees=random.Random(1))
@example(count=ROWS_A_PAGE + 1, fees=random.Random(1))
def test_page_subtotals_add_up_to_the_total(
    tmp_path: Path, head: BatchHead, make_piece: Callable[..., ManifestPiece], count: int, fees: object
) -> None:
    pieces = [make_piece(n, postage_fen=fees.randint(1, 10**6)) for n in range(1, count + 1)]  # type: ignore[attr-defined]
    rows = posted(tmp_path / "list.xlsx", head, pieces)["交寄清单"]
    subtotals = [row for row in rows if row[0] == "本页小计"]
    (total,) = [row for row in rows if row[0] == "总计"]
    assert len(subtotals) == -(-count // ROWS_A_PAGE)
    assert sum(int(str(row[4]).split(".")[0]) for row in subtotals) == count == total[4]
    assert sum(round(float(str(row[6])) * 100) for row in subtotals) == sum(p.postage_fen for p in pieces)


def test_the_list_for_people_states_totals_in_figures_and_capitals(
    tmp_path: Path, head: BatchHead, make_piece: Callable[..., ManifestPiece]
) -> None:
    sheets = posted(tmp_path / "list.xlsx", head, [make_piece(n) for n in (1, 2)])
    summary = {row[0]: row[1] for row in sheets["汇总"] if row[0]}
    assert summary["件数"] == "2"
    assert summary["总资费大写"] == "捌元肆角整"
    assert summary["号段起止"] == f"{make_piece(1).item_no} — {make_piece(2).item_no}"
    assert any("捌元肆角整" in str(row[0]) for row in sheets["交寄清单"])


def test_the_list_for_people_is_the_same_bytes_every_time(
    tmp_path: Path, head: BatchHead, make_piece: Callable[..., ManifestPiece]
) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        posted(tmp_path / name, head, [make_piece(n) for n in range(1, 50)])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_formula_in_a_cell_stays_text(tmp_path: Path, head: BatchHead, make_piece: Callable[..., ManifestPiece]) -> None:
    rows = posted(tmp_path / "list.xlsx", head, [make_piece(1, recipient_name="=1+1")])["交寄清单"]
    assert rows[2][7] == "=1+1"


def test_a_list_that_contradicts_the_manifest_is_never_written(
    tmp_path: Path, head: BatchHead, make_piece: Callable[..., ManifestPiece]
) -> None:
    with pytest.raises(ValueError):
        write_posting_list(tmp_path / "list.xlsx", head, [make_piece(1)], Totals(pieces=2))
