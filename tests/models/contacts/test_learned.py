"""Estimators learn what decides, know no future, mix no lenders, and are plain numbers in JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from models.contacts.calibration import Calibration, fit_calibration, log_odds
from models.contacts.learned import (
    KINDS,
    PriorContacts,
    TooFewTrials,
    fit_contacts,
    from_json,
    usefulness_reasons,
)
from models.contacts.nearest_isolation import isolation
from models.contacts.propensity import inverse_propensity
from models.contacts.ranking import first_of_cases
from models.contacts.trials import Result

END = 10**6


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_comes_back_from_json_with_the_same_answers(make_trials, kind: str) -> None:
    trials = make_trials(300)
    model = fit_contacts(kind, trials, END, seed=3)
    again = from_json(json.loads(json.dumps(model.as_json())))
    np.testing.assert_array_equal(again.usefulness(trials), model.usefulness(trials))
    np.testing.assert_array_equal(again.complaint(trials), model.complaint(trials))
    assert again.version == model.version == fit_contacts(kind, trials, END, seed=3).version
    useful = model.usefulness(trials)
    assert ((useful > 0) & (useful < 1)).all()


@pytest.mark.parametrize("kind", ["logistic", "boosted", "two_step"])
def test_what_decides_is_learned_and_calibrated(make_trials, kind: str) -> None:
    model, fresh = fit_contacts(kind, make_trials(1_500), END), make_trials(1_500, seed=2)
    told, helped = model.usefulness(fresh), fresh.column("helped")
    chance = np.where(fresh.group == 0, 0.08, 0.04) + 0.22 * helped
    for level in (0.0, 2.0):
        assert told[helped == level].mean() == pytest.approx(chance[helped == level].mean(), abs=0.08)
    # 0.97: an annoyed contact counts as a complaint, whatever else.
    picked, by_prior = (chance[first_of_cases(fresh, of.scores(fresh))].mean() for of in (model, PriorContacts()))
    assert picked > 1.3 * by_prior


def test_nothing_known_later_changes_the_model(make_trials) -> None:
    trials = make_trials(800)
    day = int(trials.day[0]) + 500
    other = np.where(trials.known & (trials.known_day > day), int(Result.USEFUL), trials.result)
    one, two = (fit_contacts("logistic", of, day) for of in (trials, replace(trials, result=other)))
    assert one.version == two.version
    assert fit_contacts("logistic", trials, day + 100).version != one.version


def test_too_little_and_more_than_one_lender_are_refused(make_trials) -> None:
    with pytest.raises(TooFewTrials, match="known results"):
        fit_contacts("logistic", make_trials(30), END)
    mixed = make_trials(300)
    mixed.lender[:9] = 1
    with pytest.raises(ValueError, match="lender"):
        fit_contacts("logistic", mixed, END)
    with pytest.raises(ValueError, match="format"):
        from_json({"format": 1, "kind": "pickle"})
    model = fit_contacts("rates", make_trials(300), END)
    with pytest.raises(ValueError, match="other features"):
        model.usefulness(replace(make_trials(3), groups=("friend", "parent")))


def test_reasons_name_the_feature_that_mattered(make_trials) -> None:
    trials = make_trials(800)
    model = fit_contacts("logistic", trials, END)
    row = trials.take(np.flatnonzero(trials.column("helped") == 2)[:1])
    ((first, weight), *_) = usefulness_reasons(model, row, np.array([2.0, 1.0, 1.0, 0.0]))[0]
    assert first == "helped" and weight > 0.5


def test_inverse_propensities_give_the_asked_the_weight_of_all(make_trials) -> None:
    trials = make_trials(2_000)
    rng = np.random.default_rng(4)
    propensity = np.where(trials.group == 0, 0.8, 0.2)
    asked = rng.random(len(trials)) < propensity
    for logged in (propensity, np.full(len(trials), np.nan)):
        tried = replace(trials, asked=asked, propensity=logged, result=np.where(asked, 0, -1), known_day=np.where(asked, trials.day, -1))
        rows = np.flatnonzero(asked)
        weights = inverse_propensity(tried, rows)
        assert weights.mean() == pytest.approx(1)
        assert np.average(trials.group[rows] == 0, weights=weights) == pytest.approx((trials.group == 0).mean(), abs=0.05)
        assert (trials.group[rows] == 0).mean() > 0.7


def test_a_small_group_is_drawn_to_the_whole() -> None:
    raw, group = log_odds(np.full(404, 0.2)), np.array([0] * 400 + [1] * 4)
    good = np.arange(404) % 5 == 0
    good[400:] = True
    calibrated = fit_calibration(raw, good, group, np.ones(404), 2)
    large, small = calibrated.probability(raw[[0, 403]], group[[0, 403]])
    assert large == pytest.approx(0.2, abs=0.02) and large < small < 0.35, "four of four say little"
    assert Calibration.from_json(json.loads(json.dumps(calibrated.as_json()))) == calibrated


def test_calibration_keeps_the_order_of_the_score() -> None:
    rng = np.random.default_rng(1)
    raw = np.sort(rng.normal(-1, 1, 3_000))
    calibrated = fit_calibration(raw, rng.random(3_000) < 0.3, np.zeros(3_000, np.int64), np.ones(3_000), 1)
    assert calibrated.steps, "enough rows for steps"
    assert (np.diff(calibrated.probability(raw, np.zeros(3_000, np.int64))) >= 0).all()


def test_isolation_grows_with_the_distance_from_the_examples() -> None:
    rng = np.random.default_rng(2)
    found = isolation(rng.normal(size=(300, 2)), np.array([[0.0, 0.0], [3.0, 3.0], [9.0, 9.0]]), rng)
    assert found[0] < 0.6 < found[1] <= found[2] == 1.0
