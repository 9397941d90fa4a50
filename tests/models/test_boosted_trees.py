"""The trees as a plain estimator: what is read from JSON scores as what was fitted, and probabilities are probabilities."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.boosted_trees import BoostedTrees, Tree, fit

RNG = np.random.default_rng(3)
ROWS = RNG.random((1500, 3))
LABELS = (ROWS[:, 0] > 0.5).astype(np.int64) + ((ROWS[:, 0] > 0.5) & (ROWS[:, 1] > 0.6))
MODEL = fit(("x", "y", "z"), ROWS, LABELS, seed=1, rounds=30)


def test_a_model_read_from_json_scores_the_same() -> None:
    again = BoostedTrees.from_json(json.loads(json.dumps(MODEL.as_json())))
    assert again == MODEL
    assert again.probabilities(ROWS[0].tolist()) == MODEL.probabilities(ROWS[0].tolist())


def test_it_learns_and_its_probabilities_are_calibrated() -> None:
    chances = np.array([MODEL.probabilities(row) for row in ROWS.tolist()])
    assert np.allclose(chances.sum(axis=1), 1.0)
    assert (chances.argmax(axis=1) == LABELS).mean() > 0.97
    assert abs(chances[:, 2].mean() - (LABELS == 2).mean()) < 0.03


def test_it_scores_as_the_library_that_fitted_it() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    from models.boosted_trees import _tree

    fitted = HistGradientBoostingClassifier(max_iter=5, max_leaf_nodes=8, early_stopping=False, random_state=0).fit(ROWS, LABELS == 1)
    trees = tuple(_tree(stage[0].nodes, 1) for stage in fitted._predictors)
    ours = BoostedTrees(("x", "y", "z"), (float(fitted._baseline_prediction.ravel()[0]), 0.0), (trees, (_no_tree(),)), 1.0, (1.0, 1.0))
    chances = np.array([ours.probabilities(row) for row in ROWS[:200].tolist()])
    assert np.allclose(chances[:, 0], fitted.predict_proba(ROWS[:200])[:, 1], atol=1e-4)


def _no_tree() -> Tree:
    return Tree((-1,), (0.0,), (0,), (0,), (0.0,))


def test_trees_with_more_leaves_than_can_be_read_are_refused() -> None:
    nodes, leaves = 8, 9  # a chain: each node has a leaf on its left
    chain = Tree((*[0] * nodes, *[-1] * leaves), (0.5,) * 17, (*range(nodes, 2 * nodes), *[0] * leaves), (*range(1, nodes), 16, *[0] * leaves), (0.0,) * 17)
    with pytest.raises(ValueError, match="leaves"):
        BoostedTrees(("x",), (0.0,), ((chain,),), 1.0, (1.0,))


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="rows"):
        fit(("x",), ROWS, LABELS)
