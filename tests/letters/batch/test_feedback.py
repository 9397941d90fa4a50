"""Feedback to lending: no cell tells of fewer than ten people, and none can be reckoned from the others."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from letters.batch.feedback import (
    COLUMNS,
    LEAST,
    OTHERS,
    Cell,
    Feedback,
    feedback,
    told,
    whole_months,
    wilson,
)
from letters.batch.lookup import batch_by_no, live_pieces
from locate.tables import Lender
from records.clock import SHANGHAI
from records.database import Database
from tests.letters.batch.conftest import DAY
from tests.letters.conftest import compose_case

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
CELLS = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from(["4201", "4403"]), st.sampled_from(["2026-01", "2026-02"])),
    st.sets(st.integers(0, 30), min_size=1, max_size=25), max_size=16,
)  # fmt: skip


@given(people=CELLS)
def test_nothing_is_told_of_fewer_than_ten_people(people: dict[tuple[str, str, str, str], set[int]]) -> None:
    cells = {key: Cell({bytes([one]) for one in who}, len(who), len(who), len(who) // 2) for key, who in people.items()}
    found = told(cells, FIRST, LAST, LAST)
    column = list(COLUMNS)
    for row in found.rows:
        assert int(str(row[column.index("debtors")])) >= LEAST
        assert len(row) == len(COLUMNS)
    # What a lender that knows its totals gets by subtracting all told cells is nobody, or ten and more from two cells and more.
    own = {tuple(row[:4]) for row in found.rows if row[0] != OTHERS}
    assert own <= set(people) and found.told == len(own)
    others = [row for row in found.rows if row[0] == OTHERS]
    left = [who for key, who in people.items() if key not in own]
    assert found.merged + found.held_back == len(left)
    if others:
        assert (found.held_back, found.merged >= 2) == (0, True)
        assert int(str(others[0][column.index("debtors")])) == len(set().union(*left)) >= LEAST
    elif left:
        # Nothing at all is told only where there is nothing that could be.
        assert not found.rows and (len(left) == 1 or len(set().union(*left)) < LEAST)
    assert all(len(who) >= LEAST for key, who in people.items() if key in own)
    if all(len(who) >= LEAST for who in people.values()):
        assert len(own) == len(people)


def test_a_small_cell_alone_is_told_with_the_least_of_the_large_ones() -> None:
    cells = {("p", "c", region, "2026-01"): Cell({bytes([at, n]) for n in range(count)}, count) for at, (region, count) in enumerate(
        [("4201", 30), ("4403", 3), ("3301", 12)]
    )}  # fmt: skip
    found = told(cells, FIRST, LAST, LAST)
    assert [(row[2], row[4]) for row in found.rows] == [("4201", 30), (OTHERS, 15)]
    assert (found.told, found.merged, found.held_back) == (1, 2, 0)


@given(first=st.dates(date(2024, 1, 1), date(2027, 12, 31)), days=st.integers(0, 800), today=st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_windows_are_whole_months_that_are_over(first: date, days: int, today: date) -> None:
    last = first + timedelta(days)
    try:
        start, end, known = whole_months(first, last, today)
    except ValueError:
        assert first.replace(day=1) >= today.replace(day=1)
        return
    assert start.day == 1 and (end + timedelta(1)).day == 1 and (known + timedelta(1)).day == 1
    assert start <= first and end <= known < today.replace(day=1)
    assert end >= last or end == today.replace(day=1) - timedelta(1)


@pytest.mark.parametrize(("count", "of", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)])
def test_wilson(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


def told_of(house: Database, days: int = 0) -> Feedback:
    with house.session() as session:
        lender = session.scalars(select(Lender).where(Lender.code == "DEMO")).one()
        return feedback(session, lender, FIRST, LAST, house.clock().astimezone(SHANGHAI) + timedelta(days=days))


def test_letters_are_counted_by_what_became_of_them(house: Database, keep, send, track) -> None:
    keep(*[compose_case(n) for n in range(12)])
    batch = send()
    with house.session() as session:
        pieces = list(live_pieces(session, house.cipher, batch_by_no(session, batch)))
    for piece in pieces[:5]:
        track(piece.item_no, (DAY, "00", "", ""), (DAY + timedelta(2), "10", "10", ""))
    track(pieces[5].item_no, (DAY, "00", "", ""), (DAY + timedelta(3), "20", "", "126"), (DAY + timedelta(6), "10", "13", ""))
    (row,) = told_of(house).rows
    shown = dict(zip(COLUMNS, row, strict=True))
    assert (shown["product"], shown["region"], shown["month"], shown["debtors"], shown["letters"]) == ("消费贷款", "4201", "2026-11", 12, 12)
    assert (shown["ended"], shown["delivered"], shown["own_hand"], shown["gone"], shown["ripe"]) == (6, 5, 5, 1, 0)
    assert shown["delivered_rate"] == "0.8333"
    later = dict(zip(COLUMNS, told_of(house, 40).rows[0], strict=True))
    assert (later["ripe"], later["repaid"], later["repaid_rate"]) == (12, 0, "0.0000")


def test_nine_people_are_nobody(house: Database, keep, send) -> None:
    keep(*[compose_case(n) for n in range(9)])
    send()
    found = told_of(house)
    assert (found.rows, found.held_back) == ((), 1)
