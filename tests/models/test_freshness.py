"""Freshness: planted hazards come back, groups that differ are told apart, few looks stay uncertain."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.freshness import LEAST, Freshness, constant_rate, fit_freshness

YEARLY = {1: 0.10, 2: 0.60, 3: 0.30}


def looks(count: int, seed: int = 1, yearly: dict[int, float] = YEARLY) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = rng.choice(list(yearly), count)
    age = rng.uniform(1, 2000, count)
    rate = np.array([yearly[one] for one in group]) / 365.25
    return group.astype(np.int64), age, rng.random(count) < np.exp(-rate * age)


def test_planted_hazards_come_back_with_honest_intervals() -> None:
    fitted = fit_freshness(*looks(6_000))
    inside = 0
    for group, rate in YEARLY.items():
        for age in (200.0, 700.0, 1500.0):
            p, low, high = (float(one[0]) for one in fitted.still_there(np.array([group]), np.array([age])))
            true = float(np.exp(-rate * age / 365.25))
            assert abs(p - true) < 0.08, (group, age)
            inside += low <= true <= high
    assert inside >= 7


def test_it_beats_a_rate_that_is_the_same_for_all() -> None:
    fitted, rate = fit_freshness(*looks(3_000)), constant_rate(*looks(3_000)[1:])
    group, age, there = looks(3_000, seed=2)

    def loss(p: np.ndarray) -> float:
        return float(-np.where(there, np.log(np.clip(p, 1e-6, 1)), np.log(np.clip(1 - p, 1e-6, 1))).mean())

    assert loss(fitted.still_there(group, age)[0]) < loss(np.exp(-rate * age)) - 0.02


def test_few_looks_and_unknown_groups_stay_uncertain() -> None:
    few, many = fit_freshness(*looks(LEAST)), fit_freshness(*looks(5_000))
    widths = []
    for fitted, group in ((few, 1), (many, 1), (many, 99)):
        _, low, high = fitted.still_there(np.array([group]), np.array([700.0]))
        widths.append(float(high[0] - low[0]))
    assert widths[0] > widths[1]
    assert widths[2] > widths[1]


@settings(max_examples=25, deadline=None)
@given(ages=st.lists(st.floats(0, 6_000), min_size=2, max_size=8), group=st.sampled_from([1, 2, 3, 9]))
def test_nobody_comes_back_with_age(ages: list[float], group: int) -> None:
    fitted = fit_freshness(*looks(800))
    p, low, high = fitted.still_there(np.full(len(ages), group), np.array(sorted(ages)))
    assert (np.diff(p) <= 1e-12).all()
    assert ((low <= p + 1e-12) & (p <= high + 1e-12) & (low >= 0) & (high <= 1)).all()


def test_numbers_only_and_back() -> None:
    fitted = fit_freshness(*looks(500))
    back = Freshness.from_json(json.loads(json.dumps(fitted.as_json())))
    asked = (np.array([1, 7]), np.array([30.0, 900.0]))
    assert all(np.array_equal(one, other) for one, other in zip(back.still_there(*asked), fitted.still_there(*asked), strict=True))
    with pytest.raises(ValueError, match="shape"):
        Freshness.from_json(fitted.as_json() | {"groups": [1]})


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        fit_freshness(*looks(LEAST - 1))
    with pytest.raises(ValueError, match="age"):
        fit_freshness(*looks(500)).still_there(np.array([1]), np.array([np.nan]))
