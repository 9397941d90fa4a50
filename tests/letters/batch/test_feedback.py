"""Feedback to lending: no cell tells of fewer than ten people, and none can be reckoned from the others."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from letters.batch.feedback import COLUMNS, LEAST, OTHERS, Cell, Feedback, feedback, told, wilson
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
    own = [row for row in found.rows if row[0] != OTHERS]
    assert {tuple(row[:4]) for row in own} == {key for key, who in people.items() if len(who) >= LEAST}
    # The row of the small ones speaks of two cells or more, so that none of them is left when it stands alone.
    small = [key for key, who in people.items() if len(who) < LEAST]
    assert (found.merged, found.held_back) in ((len(small), 0), (0, len(small)))
    assert found.merged != 1
    assert found.told + found.merged + found.held_back == len(people)


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
