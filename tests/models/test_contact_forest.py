"""The contact forest on composed data. Every figure here is synthetic and says nothing about real people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.contact_forest import ContactForest, NotFitted
from models.ranking_metrics import auc, first_hit_rate, mean_reciprocal_rank

FEATURES = ("listed", "same_surname", "number_run", "debtors_on_number", "times_reserved", "age_years", "nearness", "answered")
GROUPS = ("parent", "sibling", "colleague")
Floats = NDArray[np.float64]


def composed_contacts(
    rng: np.random.Generator, count: int, reliable: bool, groups: NDArray[np.str_]
) -> Floats:
    """Reliable contacts lie near what their group is like; unreliable ones are a mixture of stale, made-up and mistaken.

    Not of the forest's form: counts, flags and log-normal ages, with half of the unreliable ones looking ordinary in all
    but one feature.
    """
    kin = np.isin(groups, ["parent", "sibling"])
    rows = np.column_stack([
        rng.integers(1, 4, count),
        rng.random(count) < np.where(kin, 0.7, 0.05),
        1 + rng.poisson(0.8, count),
        np.log1p(rng.poisson(0.05, count)),
        np.log1p(rng.poisson(np.where(kin, 0.6, 0.2))),
        rng.lognormal(0.0, 0.5, count),
        np.where(kin, rng.integers(1, 5, count), rng.integers(0, 3, count)),
        np.log1p(rng.poisson(0.8, count)),
    ]).astype(np.float64)  # fmt: skip
    if not reliable:
        fault = rng.integers(0, 4, count)
        rows[:, 2] += np.where(fault == 0, rng.integers(3, 8, count), 0)
        rows[:, 3] += np.where(fault == 1, np.log1p(rng.integers(3, 40, count)), 0)
        rows[:, 5] += np.where(fault == 2, rng.uniform(4, 9, count), 0)
        rows[:, 6] = np.where(fault == 3, 0, rows[:, 6])
        rows[:, 7] = np.where(rng.random(count) < 0.7, 0, rows[:, 7])
    return rows


def groups_of(rng: np.random.Generator, count: int) -> NDArray[np.str_]:
    return rng.choice(np.array(GROUPS), count)


def fitted(seed: int = 7, count: int = 900) -> ContactForest:
    rng = np.random.default_rng(1)
    groups = groups_of(rng, count)
    return ContactForest(FEATURES, seed=seed).fit(composed_contacts(rng, count, True, groups), list(groups))


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_it_tells_reliable_from_unreliable_contacts_better_than_chance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = groups_of(rng, 1200)
    good = rng.random(1200) < 0.5
    rows = np.where(good[:, None], composed_contacts(rng, 1200, True, groups), composed_contacts(rng, 1200, False, groups))
    scores = fitted().score(rows, list(groups))
    assert auc(scores, good) > 0.75
    cases = [f"case-{n // 4}" for n in range(1200)]
    by_chance = rng.random(1200)
    assert first_hit_rate(scores, good, cases) > first_hit_rate(by_chance, good, cases) + 0.15
    assert mean_reciprocal_rank(scores, good, cases) > mean_reciprocal_rank(by_chance, good, cases) + 0.10


def test_reliable_contacts_score_evenly_between_nought_and_one() -> None:
    """The score is a share of reliable contacts, so among new reliable ones a tenth lies below 0.1, half below 0.5."""
    rng = np.random.default_rng(3)
    groups = groups_of(rng, 3000)
    scores = fitted(count=3000).score(composed_contacts(rng, 3000, True, groups), list(groups))
    assert scores.min() > 0 and scores.max() <= 1
    for share in (0.1, 0.5, 0.9):
        assert np.mean(scores <= share) == pytest.approx(share, abs=0.08)


def test_the_same_seed_gives_the_same_scores_and_the_order_of_examples_is_nothing() -> None:
    rng = np.random.default_rng(5)
    groups = groups_of(rng, 300)
    rows = composed_contacts(rng, 300, True, groups)
    order = rng.permutation(300)
    first = ContactForest(FEATURES, seed=2, trees=40).fit(rows, list(groups))
    again = ContactForest(FEATURES, seed=2, trees=40).fit(rows[order], list(groups[order]))
    other = ContactForest(FEATURES, seed=3, trees=40).fit(rows, list(groups))
    asked = composed_contacts(rng, 50, False, groups[:50])
    assert np.array_equal(first.score(asked, list(groups[:50])), again.score(asked, list(groups[:50])))
    assert not np.array_equal(first.score(asked, list(groups[:50])), other.score(asked, list(groups[:50])))
    assert first.version == again.version != other.version


def test_a_group_with_too_few_examples_abstains() -> None:
    rng = np.random.default_rng(5)
    groups = np.array(["parent"] * 60 + ["colleague"] * 39)
    forest = ContactForest(FEATURES).fit(composed_contacts(rng, 99, True, groups), list(groups))
    assert forest.groups == ("parent",)
    scores = forest.score(composed_contacts(rng, 3, True, np.array(["parent", "colleague", "stranger"])),
                          ["parent", "colleague", "stranger"])  # fmt: skip
    assert list(np.isnan(scores)) == [False, True, True]


def test_the_oddest_still_come_last() -> None:
    """Beyond the oddest known-reliable contact the score goes on falling."""
    forest = fitted()
    ordinary = np.array([[1, 1, 1, 0, 0.5, 1, 3, 0.7]])
    odd, odder = ordinary.copy(), ordinary.copy()
    odd[0, [2, 3]] = [9, 3]
    odder[0, [0, 2, 3, 5, 6, 7]] = [9, 11, 5, 12, 0, 0]
    middle, low, lowest = (float(forest.score(row, ["parent"])[0]) for row in (ordinary, odd, odder))
    assert middle > low > lowest > 0


@pytest.mark.parametrize(
    ("rows", "groups", "message"),
    [
        (np.zeros((2, 3)), ["a", "a"], "8 features"),
        (np.zeros((2, 8)), ["a"], "2 rows and 1 groups"),
        (np.full((1, 8), np.nan), ["a"], "finite"),
    ],
)
def test_wrong_shapes_and_values_are_refused(rows: Floats, groups: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ContactForest(FEATURES).fit(rows, groups)
    with pytest.raises(NotFitted):
        ContactForest(FEATURES).score(np.zeros((1, 8)), ["a"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=2, max_size=30))
def test_auc_equals_counting_pairs(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in rows], dtype=np.float64)
    good = np.array([flag for _, flag in rows])
    pairs = [(a, b) for a in scores[good] for b in scores[~good]]
    if not pairs:
        with pytest.raises(ValueError, match="AUC"):
            auc(scores, good)
        return
    assert auc(scores, good) == pytest.approx(np.mean([(a > b) + 0.5 * (a == b) for a, b in pairs]))


def test_first_hit_and_reciprocal_rank_by_hand() -> None:
    scores = np.array([0.9, 0.1, 0.5, 0.5, 0.3])
    good = np.array([False, True, True, False, False])
    cases = ["a", "a", "b", "b", "c"]  # c has no good candidate and does not count
    assert first_hit_rate(scores, good, cases) == 0.25
    assert mean_reciprocal_rank(scores, good, cases) == pytest.approx((1 / 2 + 1 / 1.5) / 2)
