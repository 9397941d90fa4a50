"""Trees in plain numbers give scikit-learn's own answers, before and after a trip through JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest

from models.contact_forest import ContactForest
from models.plain_trees import IsolationTrees, PlainTrees, boosted_trees


@pytest.mark.parametrize(("rows", "sample"), [(600, 256), (40, 30), (3, 3), (1, 1)])
def test_an_isolation_forest_in_plain_numbers_scores_as_scikit_learn_does(rows: int, sample: int) -> None:
    rng = np.random.default_rng(rows)
    train = np.column_stack([rng.normal(size=(rows, 3)), rng.integers(0, 3, rows), np.ones(rows)])
    asked = np.vstack([train, np.column_stack([rng.normal(0, 4, (500, 4)), rng.random(500) / 3])])
    forest = IsolationForest(n_estimators=60, max_samples=sample, random_state=3).fit(train)
    plain = IsolationTrees.from_json(json.loads(json.dumps(IsolationTrees.of(forest).as_json())))
    np.testing.assert_allclose(plain.anomaly(asked), -forest.score_samples(asked), rtol=1e-12)


def test_boosted_trees_in_plain_numbers_score_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(900, 4)).round(1)
    model = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=6, early_stopping=False, random_state=1)
    model.fit(rows, rows[:, 0] * rows[:, 1] > 0.2, sample_weight=rng.uniform(0.5, 2, 900))
    base, trees = boosted_trees(model)
    again = PlainTrees.from_json(json.loads(json.dumps(trees.as_json())))
    asked = rng.normal(size=(5_000, 4)).round(1)
    np.testing.assert_allclose(base + again.sums(asked), model.decision_function(asked), rtol=1e-9, atol=1e-12)


def test_a_contact_forest_comes_back_from_json_as_it_was() -> None:
    rng = np.random.default_rng(2)
    rows, groups = rng.normal(size=(120, 3)), ["parent", "friend"] * 60
    forest = ContactForest(("a", "b", "c"), trees=30).fit(rows, groups)
    again = ContactForest.from_json(json.loads(json.dumps(forest.as_json())))
    asked = rng.normal(0, 3, (200, 3))
    assert np.array_equal(forest.score(asked, ["parent"] * 200), again.score(asked, ["parent"] * 200))
    assert again.version == forest.version and again.groups == forest.groups


def test_trees_that_point_outside_are_refused() -> None:
    data = {"feature": [0], "threshold": [0.0], "left": [4], "right": [0], "value": [1.0], "roots": [0], "depth": 1}
    with pytest.raises(ValueError, match="outside"):
        PlainTrees.from_json(data)
    with pytest.raises(ValueError, match="lengths"):
        PlainTrees.from_json({**data, "left": [0, 0]})
