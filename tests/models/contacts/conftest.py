"""Trials made up in a few lines: one column decides, one is noise. No claim about people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.contacts.trials import ContactTrials, Result

FEATURES = ("listed", "age_known", "age_years", "helped")
GROUPS = ("parent", "friend")
Make = Callable[..., ContactTrials]


@pytest.fixture
def make_trials() -> Make:
    def make(cases: int = 600, seed: int = 1, *, logged: bool = True, lender: int = 0, annoyed_share: float = 0.03) -> ContactTrials:
        rng = np.random.default_rng(seed)
        n = cases * 3
        helped, group = rng.integers(0, 3, n).astype(float), rng.integers(0, 2, n)
        chance = np.where(group == 0, 0.08, 0.04) + 0.22 * helped
        useful, annoyed = rng.random(n) < chance, rng.random(n) < annoyed_share
        asked = rng.random(n) < 0.5
        result = np.where(annoyed, int(Result.COMPLAINT), np.where(useful, int(Result.USEFUL), int(Result.NOT_USEFUL)))
        day = 738_000 + np.repeat(np.arange(cases), 3)
        values = np.column_stack([np.tile([1.0, 2.0, 3.0], cases), np.ones(n), rng.uniform(0, 5, n), helped])
        # The rule prior knows relations and nothing else.
        return ContactTrials(
            FEATURES, GROUPS, np.repeat(np.arange(cases), 3), np.repeat(np.arange(cases) // 2, 3), np.full(n, lender), day, group, values,
            np.where(group == 0, 0.3, 0.1), np.full(n, 0.02), asked, np.full(n, 0.5 if logged else np.nan),
            np.where(asked, result, -1), np.where(asked, day + 30, -1),
        )  # fmt: skip

    return make
