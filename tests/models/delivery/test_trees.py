"""Trees as plain numbers: sklearn's own scores, the same bytes each time, and a damaged file is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.delivery import trees
from models.delivery.trees import Forest, grow, walked


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(900, 6))
    return x, (x[:, 0] + x[:, 1] * x[:, 2] + rng.normal(size=900)) > 0


def test_scores_are_sklearns_own(rows, monkeypatch: pytest.MonkeyPatch) -> None:
    x, good = rows
    kept: list = []
    real = trees._boosting
    monkeypatch.setattr(trees, "_boosting", lambda *a: kept.append(real(*a)) or kept[-1])
    forest = grow(x, good, np.ones(len(x)), trees=30, seed=1)
    theirs = kept[0].decision_function(x)
    assert np.allclose(forest.score(x), theirs, atol=1e-6)
    assert np.allclose(walked(x[:50], forest.base, forest.roots, forest.feature, forest.threshold, forest.left, forest.right, forest.value), theirs[:50], atol=1e-6)


def test_the_same_rows_and_seed_give_the_same_numbers_through_json(rows) -> None:
    x, good = rows
    weights = np.linspace(0.2, 3.0, len(x))
    one, other = (grow(x, good, weights, trees=10, seed=2) for _ in range(2))
    assert json.dumps(one.as_json()) == json.dumps(other.as_json())
    back = Forest.from_json(json.loads(json.dumps(one.as_json())), 6)
    assert np.array_equal(back.score(x), one.score(x))


@pytest.mark.parametrize(
    ("name", "value"), [("left", 0), ("feature", 6), ("right", 10_000), ("value", float("nan"))],
)  # fmt: skip
def test_a_damaged_forest_is_refused(rows, name: str, value: float) -> None:
    x, good = rows
    data = grow(x, good, np.ones(len(x)), trees=3, seed=1).as_json()
    data[name][0 if name != "value" else -1] = value  # type: ignore[index]
    with pytest.raises(ValueError, match="damaged"):
        Forest.from_json(data, 6)
