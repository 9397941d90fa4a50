"""Orders are measured as added up by hand; chance is worth nothing; ties share their places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.uplift.budget import within_budget
from models.uplift.measures import area_parts, depth, ordered, steps, within

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=40).map(lambda values: np.array(values, np.float64))


@given(score=SCORES)
def test_places_lie_between_and_fall_with_the_score(score: np.ndarray) -> None:
    at = depth(score)
    assert ((at > 0) & (at < 1)).all() and at.mean() == pytest.approx(0.5)
    for i in range(len(score)):
        for j in range(len(score)):
            assert (score[i] > score[j]) == (at[i] < at[j])


@given(score=SCORES, cut=st.floats(0.0, 1.0))
def test_a_share_of_the_order_holds_that_many_lines(score: np.ndarray, cut: float) -> None:
    inside = within(depth(score), cut, len(score))
    assert inside.sum() == pytest.approx(cut * len(score)) and ((inside >= 0) & (inside <= 1)).all()
    assert all(inside[i] >= inside[j] for i in range(len(score)) for j in range(len(score)) if score[i] >= score[j])


def test_the_area_is_that_between_the_curve_and_chance() -> None:
    gain = np.array([4.0, 2.0, 0.0, -2.0])
    # Curve of the best order at 0, 1/4 … 1, a fourth a step: 0, 1, 1.5, 1.5, 1; chance: a line to 1.
    curve, chance = np.array([0, 1, 1.5, 1.5, 1.0]), np.linspace(0, 1, 5)
    assert area_parts(-np.arange(4.0), gain).mean() == pytest.approx(np.trapezoid(curve - chance, dx=0.25))
    assert area_parts(np.zeros(4), gain).mean() == pytest.approx(0.0)
    assert area_parts(np.arange(4.0), gain).mean() == pytest.approx(-area_parts(-np.arange(4.0), gain).mean())


def test_figures_of_an_order() -> None:
    rng = np.random.default_rng(4)
    gain = rng.normal(10, 40, 4_000)
    good, debtor = ordered(gain + rng.normal(0, 40, 4_000), gain, np.arange(4_000)), np.arange(4_000)
    assert good.area.low > 0 and good.everyone.value == pytest.approx(gain.mean()) and good.curve[-1] == good.everyone
    assert good.first[0].value < good.first[1].value < good.first[2].value
    chance = ordered(rng.random(4_000), gain, debtor)
    assert chance.area.low < 0 < chance.area.high
    said = steps(gain, gain, debtor)
    assert len(said) == 10 and all(one.seen.low <= one.said <= one.seen.high for one in said)


CASES = st.lists(st.tuples(st.integers(-2_000, 5_000), st.integers(1, 900)), max_size=30)


@given(cases=CASES, letters=st.none() | st.integers(0, 30), fen=st.none() | st.integers(0, 9_000), turn=st.randoms(use_true_random=False))
def test_a_budget_is_kept_and_nobody_vanishes(cases: list[tuple[int, int]], letters: int | None, fen: int | None, turn) -> None:  # type: ignore[no-untyped-def]
    effect, cost = (np.array([case[i] for case in cases], np.int64) for i in range(2))
    key = np.arange(len(cases))
    found = within_budget(effect.astype(float), cost, key, letters=letters, fen=fen)
    assert len(found.order) <= (len(cases) if letters is None else letters) and (fen is None or cost[found.order].sum() <= fen)
    taken = np.zeros(len(cases), bool)
    taken[found.order] = True
    assert (taken.astype(int) + found.unmoved + found.harmed + found.over_budget == 1).all()
    assert (found.harmed == (effect < 0)).all() and (found.unmoved == ((effect >= 0) & (effect <= cost))).all()
    if fen is not None and (letters is None or len(found.order) < letters):
        left = fen - cost[found.order].sum()
        assert (cost[found.over_budget] > left).all(), "no letter is left out that the rest of the money pays for"
    assert (effect[found.order] > cost[found.order]).all()
    # The same cases in another order are chosen alike.
    mixed = list(range(len(cases)))
    turn.shuffle(mixed)
    again = within_budget(effect[mixed].astype(float), cost[mixed], key[mixed], letters=letters, fen=fen)
    assert [mixed[i] for i in again.order] == found.order.tolist()


def test_a_dear_letter_makes_way_for_a_cheaper_one_and_harm_is_named() -> None:
    effect, cost = np.array([9_000.0, 4_000.0, 900.0, 500.0, -1.0]), np.array([900, 800, 300, 680, 100])
    found = within_budget(effect, cost, np.arange(5), fen=1_300)
    assert found.order.tolist() == [0, 2] and found.over_budget.tolist() == [False, True, False, False, False]
    assert found.unmoved.tolist() == [False, False, False, True, False] and found.harmed.tolist() == [False] * 4 + [True]


def test_a_letter_that_costs_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nothing"):
        within_budget(np.array([1.0]), np.array([0]), np.array([0]))
