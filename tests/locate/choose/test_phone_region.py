"""Where a number was issued: what the table says, how numbers may be written, what stays unknown, how far it agrees."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locate.address.gazetteer import DISTRICT, gazetteer
from locate.choose.phone_region import BLOCK, FILE, FIRST, _table, phone_agreement, region_of_mobile

FACTS = json.loads(FILE.with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("13805710000", "3301"), ("13000100000", "11"), ("13012345678", "50"), ("13000080000", "4201"), ("13000020000", "34"),
        ("13005000000", "46"), ("13029610000", "659001"), ("17312345678", ""), ("19912345678", ""), ("16612345678", ""),
    ],
)  # fmt: skip
def test_where_a_number_was_issued(number: str, code: str) -> None:
    assert region_of_mobile(number) == code


@pytest.mark.parametrize("written", ["13805710000", "+8613805710000", "008613805710000", "86 138 0571 0000", " 138-0571-0000 ", "１３８０５７１００００", "(+86)138.0571.0000"])
def test_a_number_may_be_written_as_in_a_case_file(written: str) -> None:
    assert region_of_mobile(written) == "3301"


@pytest.mark.parametrize("text", ["", "无", "057188880000", "1380571000", "138057100000", "23805710000", "12805710000", "13805710000/13905710000", "1380571000x"])
def test_what_is_no_mobile_number_has_no_region(text: str) -> None:
    assert region_of_mobile(text) == ""


@given(st.text() | st.from_regex(r"\A(\+86|0086)?1[0-9]{0,12}\Z") | st.integers(0, 10**12).map(str))
def test_any_text_gives_a_code_or_nothing(text: str) -> None:
    code = region_of_mobile(text)
    assert code == "" or (code.isdigit() and len(code) in (2, 4, 6))
    assert phone_agreement(code, "330106") in (-1, 0, 1, 2)


@given(st.integers(FIRST * 10**4, 2 * 10**10 - 1).map(str))
def test_all_numbers_of_a_block_have_the_region_of_its_run(number: str) -> None:
    """A slow, obvious reading beside the fast one: the run that holds the block, from the first."""
    table, block, at = _table(), int(number[:BLOCK]), 0
    while at + 1 < len(table.starts) and table.starts[at + 1] <= block:
        at += 1
    assert region_of_mobile(number) == table.codes[table.places[at]] == region_of_mobile(number[:BLOCK] + "0000")


@given(st.sampled_from(["14", "16", "19"]), st.integers(0, 9), st.integers(0, 10**8 - 1))
def test_a_segment_that_the_source_does_not_know_is_not_guessed(head: str, third: int, rest: int) -> None:
    if f"{head}{third}" not in FACTS["blocks"]["by_segment"]:
        assert region_of_mobile(f"{head}{third}{rest:08d}") == ""


def test_every_code_is_a_place_of_today() -> None:
    areas = gazetteer()
    codes = [code for code in _table().codes if code]
    assert len(codes) == len(set(codes)) > 330
    for code in codes:
        unit = areas.by_code[code.ljust(6, "0")]
        assert areas.levels[unit] == {2: 1, 4: 2, 6: DISTRICT}[len(code)]
    assert "3414" not in codes, "巢湖 was dissolved in 2011"
    assert "3712" not in codes, "莱芜 is part of 济南 since 2019"


def test_the_table_is_the_one_that_was_built() -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == FACTS["sha256"][FILE.name]
    table = _table()
    ends = [*table.starts[1:], 2_000_000]
    assert table.starts == sorted(table.starts)
    assert all(one != other for one, other in zip(table.places, table.places[1:], strict=False)), "runs are as long as can be"
    known = sum(end - start for start, end, place in zip(table.starts, ends, table.places, strict=True) if table.codes[place])
    assert known == FACTS["blocks"]["known"] == sum(FACTS["blocks"]["by_segment"].values())


@pytest.mark.parametrize(
    ("region", "adcode", "level"),
    [
        ("3301", "330106", 2), ("3301", "331002", 1), ("3301", "440305", 0), ("3301", "330106001", 2), ("11", "110105", 2), ("50", "500229", 2),
        ("34", "340181", 1), ("46", "460105", 1), ("46", "110105", 0), ("429004", "429004", 2), ("429004", "429005", 1), ("4201", "420000", 1),
        ("", "330106", -1), ("3301", None, -1), ("3301", "", -1),
    ],
)  # fmt: skip
def test_how_far_the_region_agrees_with_an_address(region: str, adcode: str | None, level: int) -> None:
    assert phone_agreement(region, adcode) == level
