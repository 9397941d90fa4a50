"""The trees as a plain estimator: what is read from JSON scores as what was fitted, and probabilities are probabilities."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.boosted_trees import BoostedTrees, fit

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

    fitted = HistGradientBoostingClassifier(max_iter=5, max_leaf_nodes=4, early_stopping=False, random_state=0).fit(ROWS, LABELS == 1)
    trees = tuple(_tree(stage[0].nodes, 1) for stage in fitted._predictors)
    ours = np.array([sum(t.score(row) for t in trees) for row in ROWS[:200].tolist()]) + fitted._baseline_prediction.ravel()[0]
    assert np.allclose(ours, fitted.decision_function(ROWS[:200]), atol=1e-4)


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="rows"):
        fit(("x",), ROWS, LABELS)
