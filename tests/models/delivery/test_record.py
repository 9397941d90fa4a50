"""Fading counts know what came before a day and nothing later, and agree with adding up by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.delivery.record import Tally, paired

EVENTS = st.lists(st.tuples(st.integers(-1, 3), st.integers(700_000, 700_060), st.integers(0, 2)), max_size=40)


@given(events=EVENTS, asked=st.lists(st.tuples(st.integers(-1, 4), st.integers(699_990, 700_080)), min_size=1, max_size=10))
def test_counts_are_those_added_up_by_hand(events: list[tuple[int, int, int]], asked: list[tuple[int, int]]) -> None:
    key, day, kind = (np.array([event[i] for event in events], np.int64) for i in range(3))
    tally = Tally.of(key, day, kind, 3, 30.0, 7.0)
    both = tally.before(np.array([k for k, _ in asked], np.int64), np.array([d for _, d in asked], np.int64))
    for found, tau in zip(both, (30.0, 7.0), strict=True):
        for row, (k, d) in enumerate(asked):
            for c in range(3):
                by_hand = sum(math.exp(-(d - at) / tau) for one, at, of in events if one == k >= 0 and at < d and of == c)
                assert found[row, c] == pytest.approx(by_hand, abs=1e-9)


@given(parts=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=30, unique=True))
def test_paired_keys_are_different_for_different_parts(parts: list[tuple[int, int]]) -> None:
    one, other = (np.array([part[i] for part in parts], np.int64) for i in range(2))
    assert len(set(paired(one, other).tolist())) == len(parts)
    assert (paired(one, other) >= 0).all()


def test_a_key_of_which_a_part_is_not_known_is_none() -> None:
    assert paired(np.array([3, -1]), np.array([-1, 4])).tolist() == [-1, -1]


def test_days_too_far_apart_for_the_memory_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        Tally.of(np.zeros(2, np.int64), np.array([1, 700_000]), np.zeros(2, np.int64), 1, 900.0, 5.0)
