"""Delays seen only when short enough: the share known at an age is found again, and weighted letters stand for all."""

from __future__ import annotations

import numpy as np
import pytest

from models.delivery.opportunities import Opportunities
from models.delivery.ripeness import Ripeness
from tests.models.delivery.conftest import AS_OF


def test_weights_undo_that_receipts_come_first(letters: Opportunities) -> None:
    known = letters.take((letters.outcome >= 0) & (letters.known_day < AS_OF))
    ripe, weight = Ripeness.of(known, AS_OF).weights(known, AS_OF)
    last_weeks = known.day >= AS_OF - 28
    whole = letters.take((letters.day >= AS_OF - 28) & (letters.outcome >= 0))
    use = ripe & last_weeks
    truth = float(np.isin(whole.outcome, [0, 1, 2])[whole.day <= known.day[use].max()].mean())
    good = np.isin(known.outcome[use], [0, 1, 2])
    assert good.mean() - truth > 0.02, "unweighted, the last weeks look better than they are"
    assert abs(float(np.average(good, weights=weight[use])) - truth) < abs(good.mean() - truth) / 2


def test_the_share_known_rises_to_one(known: Opportunities) -> None:
    found = Ripeness.of(known, AS_OF + 60)
    assert (np.diff(found.known, axis=1) >= -1e-12).all()
    assert found.known[:, -1].tolist() == pytest.approx([1.0, 1.0])
    assert 20 <= found.days_until(0.95) <= 30


def test_letters_of_a_week_weigh_for_those_of_other_weeks(known: Opportunities) -> None:
    ripeness = Ripeness.of(known, AS_OF)
    use, weight = ripeness.between(known, AS_OF - 7, AS_OF)
    assert use.any()
    assert ((known.known_day[use] >= AS_OF - 7) & (known.known_day[use] < AS_OF)).all()
    assert (weight[use] >= 1.0).all()
    assert (weight[known.known_day < AS_OF - 60] == 0).all()
