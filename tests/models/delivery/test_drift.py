"""A model in force is judged by ripe letters in two windows; two worse ones and it must step back."""

from __future__ import annotations

import numpy as np

from models.delivery.drift import WINDOW_DAYS, Usual, must_step_back, windows
from models.delivery.measures import calibration_line, ece, quality

TODAY = 739_900


def judged(said_off: float, count: int = 1_200):
    rng = np.random.default_rng(4)
    true = rng.uniform(0.1, 0.9, count)
    good = rng.random(count) < true
    day = TODAY - rng.integers(0, 2 * WINDOW_DAYS, count)
    said = np.clip(true + said_off, 0.02, 0.98)
    return windows(day, np.arange(count), said, np.full(count, 0.5), good, Usual.of(true), TODAY)


def test_an_honest_model_stays() -> None:
    newest, before = judged(0.0)
    assert (newest.last, before.last) == (TODAY, TODAY - WINDOW_DAYS)
    assert newest.judged
    assert not newest.worse
    assert newest.alarms == ()
    assert not must_step_back((newest, before))


def test_one_that_is_worse_than_the_rules_twice_steps_back_and_says_why() -> None:
    found = judged(-0.55)
    assert must_step_back(found)
    assert {"worse", "calibration", "psi"} <= set(found[0].alarms)


def test_few_letters_are_no_evidence() -> None:
    found = judged(-0.55, 120)
    assert not found[0].judged
    assert not must_step_back(found)


def test_honest_probabilities_lie_on_the_line_and_others_do_not() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.95, 6_000)
    good = rng.random(6_000) < p
    intercept, slope = calibration_line(p, good)
    assert abs(intercept) < 0.1
    assert abs(slope - 1) < 0.1
    assert ece(p, good) < 0.03
    _, flat = calibration_line(1 / (1 + np.exp(-2 * np.log(p / (1 - p)))), good)
    assert abs(flat - 0.5) < 0.05
    found = quality(p, good, np.arange(6_000))
    assert found.log_loss.low < found.log_loss.value < found.log_loss.high
    assert sum(one.letters for one in found.bins) == found.letters == 6_000
