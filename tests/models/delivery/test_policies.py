"""Exploration is drawn as its propensities say, and what another policy would have reached is estimated without bias."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.delivery.policies import best_rows, explored, keyed_draw, off_policy


@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=12), share=st.sampled_from([0.0, 0.02, 0.1, 0.5]), seed=st.integers(0, 10_000)
)  # fmt: skip
def test_one_row_a_group_and_propensities_that_add_up(sizes: list[int], share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    value, allowed = rng.normal(size=len(group)), rng.random(len(group)) < 0.6
    draw = rng.random(len(sizes))[group]
    taken = explored(group, value, np.arange(len(group)), allowed, share, draw)
    assert sorted(group[taken.rows].tolist()) == list(range(len(sizes)))
    assert np.allclose(np.bincount(group, taken.propensity), 1.0)
    assert (taken.propensity[taken.rows] > 0).all()
    greedy = best_rows(group, value, np.arange(len(group)))
    assert all(allowed[row] or row in greedy for row in taken.rows)
    if share == 0:
        assert taken.rows.tolist() == greedy.tolist()


def test_rows_are_taken_as_often_as_their_propensity_says() -> None:
    cases = 40_000
    group = np.repeat(np.arange(cases), 3)
    value = np.tile([3.0, 2.0, 1.0], cases)
    allowed = np.tile([True, True, False], cases)
    draw = np.random.default_rng(1).random(cases)[group]
    taken = explored(group, value, np.arange(len(group)), allowed, 0.2, draw)
    often = np.bincount(taken.rows % 3, minlength=3) / cases
    assert taken.propensity[:3].tolist() == pytest.approx([0.9, 0.1, 0.0])
    assert often.tolist() == pytest.approx([0.9, 0.1, 0.0], abs=0.006)


def test_off_policy_estimates_find_the_truth_and_agreement_does_not() -> None:
    """Two kinds of cases; the old policy takes row 0, row 1 is better in the second kind only."""
    rng = np.random.default_rng(5)
    cases = 20_000
    kind = rng.random(cases) < 0.5
    chance = np.stack([np.where(kind, 0.2, 0.6), np.where(kind, 0.7, 0.3)], axis=1)
    draw = rng.random(cases)
    old = explored(np.repeat(np.arange(cases), 2), np.tile([1.0, 0.0], cases), np.arange(2 * cases), np.ones(2 * cases, bool), 0.2, np.repeat(draw, 2))
    row = old.rows % 2
    delivered = (rng.random(cases) < chance[np.arange(cases), row]).astype(float)
    wanted = (row == np.where(kind, 1, 0)).astype(float)
    guess = np.full(cases, 0.45)
    found = off_policy(np.arange(cases), delivered, old.propensity[old.rows], wanted, guess, guess)
    truth = float(chance[np.arange(cases), np.where(kind, 1, 0)].mean())
    for figure in (found.ips, found.snips, found.doubly_robust):
        assert figure.low - 0.005 <= truth <= figure.high + 0.01
    assert abs(found.agreeing.value - truth) > 0.02


def test_a_propensity_of_nothing_is_refused() -> None:
    one = np.ones(1)
    with pytest.raises(ValueError, match="propensity"):
        off_policy(np.zeros(1, np.int64), one, np.zeros(1), one, one, one)


def test_a_keyed_draw_is_repeatable_even_and_the_keys_own() -> None:
    draws = [keyed_draw(b"k", str(n)) for n in range(4_000)]
    assert draws == [keyed_draw(b"k", str(n)) for n in range(4_000)]
    assert 0.48 < float(np.mean(draws)) < 0.52
    assert keyed_draw(b"other", "1") != draws[1]
