"""Advice to couriers is silent where hours do not matter, right where they do, and rests on ten pieces or more."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.guidance import LEAST, OPTIONS, SLOTS, WINDOW, Visits, advice, share_beyond, slot_of

AS_OF = date(2026, 11, 1).toordinal()


def visits_of(*parts: tuple[int, bool, int, int, int], day: int = AS_OF - 30) -> Visits:
    """``(office, work, slot, met, missed)``."""
    rows = [(office, work, slot, n < met) for office, work, slot, met, missed in parts for n in range(met + missed)]
    office, work, slot, met = (np.array(column) for column in zip(*rows, strict=True))
    return Visits(office.astype(np.int64), office.astype(np.int64) // 100, work.astype(bool), slot.astype(np.int64), met.astype(bool), np.full(len(rows), day))


@pytest.mark.parametrize(("weekday", "hour", "slot"), [(0, 0, 0), (4, 11, 0), (0, 12, 1), (0, 16, 1), (0, 17, 2), (4, 23, 2), (5, 8, 3), (6, 13, 4), (6, 20, 5)])
def test_a_week_has_six_slots(weekday: int, hour: int, slot: int) -> None:
    assert slot_of(weekday, hour) == slot


def test_an_hour_at_which_people_are_in_is_advised() -> None:
    found, looked = advice(visits_of((1, False, 0, 20, 80), (1, False, 2, 45, 5), (2, False, 0, 20, 20), (2, False, 2, 10, 10)), AS_OF)
    assert looked == 2
    (one,) = found
    assert (one.office, one.work, one.pieces, one.met, one.others, one.others_met) == (1, False, 50, 45, 100, 20)
    assert 2 in dict(OPTIONS)[one.option] and 0.2 < one.gain < 0.7


def test_homes_and_places_of_work_are_two_things() -> None:
    found, looked = advice(visits_of((1, True, 0, 80, 10), (1, True, 4, 2, 48), (1, False, 0, 10, 80), (1, False, 4, 45, 5)), AS_OF)
    assert looked == 2 and len(found) == 2
    slots = {one.work: dict(OPTIONS)[one.option] for one in found}
    assert 0 in slots[True] and 4 in slots[False]


@settings(max_examples=60)
@given(parts=st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.integers(0, SLOTS - 1), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=20))
def test_nothing_rests_on_fewer_than_ten_and_order_teaches_nothing(parts: list[tuple[int, bool, int, int, int]]) -> None:
    if not sum(part[3] + part[4] for part in parts):
        return
    visits = visits_of(*parts)
    found, _ = advice(visits, AS_OF)
    assert all(one.pieces >= LEAST and one.others >= LEAST and one.gain > 0 for one in found)
    assert len({(one.office, one.work) for one in found}) == len(found)
    assert advice(visits.take(np.random.default_rng(1).permutation(len(visits))), AS_OF)[0] == found


def test_what_is_old_or_yet_to_come_is_not_heard() -> None:
    parts = ((1, False, 0, 20, 80), (1, False, 2, 45, 5))
    assert advice(visits_of(*parts, day=AS_OF), AS_OF) == ([], 0)
    assert advice(visits_of(*parts, day=AS_OF - WINDOW - 1), AS_OF) == ([], 0)


def test_chance_alone_advises_nothing() -> None:
    rng = np.random.default_rng(5)
    count = 20_000
    office = rng.integers(0, 200, count)
    visits = Visits(office, office // 10, np.zeros(count, bool), rng.integers(0, SLOTS, count), rng.random(count) < 0.45, np.full(count, AS_OF - 60))
    assert len(advice(visits, AS_OF)[0]) <= 2


@pytest.mark.parametrize(("count", "of", "beyond"), [(9, 9, False), (10, 10, True), (3, 10, False), (20, 100, True), (12, 100, False)])
def test_a_habit_is_more_than_chance(count: int, of: int, beyond: bool) -> None:
    assert share_beyond(count, of, 0.10) is beyond
