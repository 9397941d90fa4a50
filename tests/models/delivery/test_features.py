"""Features are finite, complete, and know nothing of their own day or later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from locate.address.model import Grade, Issue
from locate.case import AddressKind, Source
from models.delivery.features import FEATURES, GRADES, GROUPS, ISSUES, KINDS, SOURCES, Record, matrix
from models.delivery.opportunities import Opportunities, elsewhere


def test_codes_are_in_the_order_of_the_engines_enumerations() -> None:
    assert tuple(one.value for one in AddressKind) == KINDS
    assert tuple(one.value for one in Source) == SOURCES
    assert tuple(one.value for one in Grade)[: len(GRADES)] == GRADES
    assert tuple(one.value for one in Issue) == ISSUES


def test_every_feature_belongs_to_one_group() -> None:
    assert len(set(FEATURES)) == len(FEATURES) == sum(len(group.features) for group in GROUPS)


def test_what_came_to_be_known_later_changes_nothing(known: Opportunities) -> None:
    day = int(np.quantile(known.day, 0.6))
    today = known.take(known.day == known.day[np.argmin(np.abs(known.day - day))])
    asked = int(today.day[0])
    then = matrix(today, Record.of(known.take(known.known_day < asked)))
    assert np.allclose(then, matrix(today, Record.of(known)), atol=1e-9)
    # … and what was known before does.
    assert not np.allclose(then, matrix(today, Record.of(known.take(known.known_day < asked - 30))), atol=1e-3)


def test_other_lenders_letters_say_nothing_of_a_place(known: Opportunities) -> None:
    mine, others = known.lender == 0, known.take(known.lender != 0)
    rows = known.take(mine)
    moved = replace(others, room=rows.room[np.arange(len(others)) % len(rows)], building=others.building * 0 + 7)
    one, other = (matrix(rows, Record.of(Opportunities.joined(rows, part))) for part in (others, moved))
    for name in ("office.weight", "estate.weight", "building.weight", "room.weight", "own_room.self", "own.failed"):
        column = FEATURES.index(name)
        assert np.allclose(one[:, column], other[:, column], atol=1e-9), name


def test_no_rows_make_no_lines(known: Opportunities) -> None:
    assert matrix(known.take(np.zeros(0, np.int64)), Record.of(known)).shape == (0, len(FEATURES))


@pytest.mark.parametrize(
    ("room", "age", "places", "others"),
    [
        ([1, 2, 2], [100, 50, 30], [2, 2, 2], [30, 100, 100]),
        ([1, 1], [10, 20], [1, 1], [None, None]),
        ([-1, -1], [10, None], [2, 2], [None, 10]),
    ],
)
def test_what_stands_beside_a_place(room: list[int], age: list[int | None], places: list[int], others: list[int | None]) -> None:
    ages = np.array([np.nan if one is None else float(one) for one in age])
    found, youngest = elsewhere(np.zeros(len(room), np.int64), np.array(room), ages)
    assert found.tolist() == places
    assert [None if np.isnan(one) else int(one) for one in youngest] == others
