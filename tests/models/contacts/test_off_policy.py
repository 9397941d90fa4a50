"""What another order would have reached: against the truth of made-up logs, and refused where nobody explored."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.batch.contact_asks import LETTER_TAKES, WINDOW
from models.contacts.evaluation import by_log
from models.contacts.learned import PriorContacts
from models.contacts.off_policy import LEAST_OPEN, RIPE_DAYS, reached
from models.contacts.trials import ContactTrials, Floats, Result
from models.delivery.policies import LARGEST_WEIGHT

FIRST = 739_000


def log(cases: int, share: float, seed: int = 3, *, contacts: int = 2, luck: tuple[float, ...] = (0.1, 0.3)) -> ContactTrials:
    """Contact 1 is asked first but in ``share`` of the cases, where one is drawn evenly; contact k helps with ``luck[k - 1]``."""
    rng = np.random.default_rng(seed)
    n = cases * contacts
    at = np.tile(np.arange(contacts), cases)
    chance = np.where(at == 0, 1 - share, 0.0) + share / contacts
    taken = np.where(rng.random(cases) < share, rng.integers(0, contacts, cases), 0)
    asked = at == np.repeat(taken, contacts)
    # Cases differ: what is common to a case's contacts must not be taken for the merit of whom it asked.
    easy = np.repeat(rng.random(cases) < 0.3, contacts)
    useful = rng.random(n) < np.where(easy, 0.5, 0.0) + 0.5 * np.array(luck)[at]
    annoyed = ~useful & (rng.random(n) < np.array([0.02, 0.08] + [0.02] * (contacts - 2))[at])
    result = np.where(annoyed, int(Result.COMPLAINT), np.where(useful, int(Result.USEFUL), int(Result.NOT_USEFUL)))
    day = FIRST + np.repeat(np.arange(cases) % 200, contacts)
    return ContactTrials(
        ("listed",), ("friend",), np.repeat(np.arange(cases), contacts), np.repeat(np.arange(cases) // 2, contacts), np.zeros(n, np.int64), day,
        np.zeros(n, np.int64), at[:, None] + 1.0, np.full(n, 0.2), np.full(n, 0.02), asked, chance, np.where(asked, result, -1), np.where(asked, day + 30, -1),
    )  # fmt: skip


def judge(trials: ContactTrials, scores: Floats, ripe_until: int = FIRST + 1000):
    return reached(trials, scores, np.full(len(trials), 0.2), np.full(len(trials), 0.04), ripe_until)


def second_first(trials: ContactTrials) -> Floats:
    return trials.column("listed")


def test_days_until_the_end_is_known_are_those_of_the_questions() -> None:
    assert (WINDOW + LETTER_TAKES).days + 1 == RIPE_DAYS


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_truth_lies_in_the_intervals(seed: int) -> None:
    trials = log(6_000, 0.2, seed)
    found = judge(trials, second_first(trials))
    assert found is not None
    truth = 0.3 * 0.5 + 0.5 * 0.3
    for one in (found.ips, found.snips, found.doubly_robust):
        assert one.low <= truth <= one.high
    assert found.really.low <= 0.3 * 0.5 + 0.5 * (0.1 * 0.9 + 0.3 * 0.1) <= found.really.high
    assert found.gain.low > 0
    assert found.complaints_more.low <= 1000 * ((1 - truth) * 0.08 - (1 - 0.2) * 0.02) + 10
    assert (found.cases, found.open_cases, found.beyond, found.cut) == (6_000, 6_000, 0.0, 0)
    assert found.rare_cases == pytest.approx(600, abs=90)
    same = judge(trials, -second_first(trials))
    assert same is not None
    assert same.gain.low < 0.01 and same.gain.high > -0.03, "the policy in force reaches what it reached"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.02, 0.2), st.integers(2, 4))
def test_as_a_slow_obvious_reference_says(seed: int, share: float, contacts: int) -> None:
    trials = log(150, share, seed, contacts=contacts, luck=(0.1, 0.3, 0.2, 0.4)[:contacts])
    scores = np.random.default_rng(seed).random(len(trials))
    found = judge(trials, scores)
    assert found is not None
    ips, robust, weights = [], [], []
    for case in range(150):
        rows = [row for row in range(len(trials)) if trials.case[row] == case]
        first = max(rows, key=lambda row: scores[row])
        weight = min(float(trials.asked[first]) / float(trials.propensity[first]), LARGEST_WEIGHT)
        good = float(trials.asked[first] and trials.result[first] == Result.USEFUL)
        ips.append(weight * good)
        robust.append(0.2 + weight * (good - 0.2))
        weights.append(weight)
    assert found.ips.value == pytest.approx(np.mean(ips))
    assert found.doubly_robust.value == pytest.approx(np.mean(robust))
    assert found.snips.value == pytest.approx(sum(ips) / max(sum(weights), 1e-12))


def test_refused_where_nobody_explored_or_too_little() -> None:
    trials = log(400, 0.1)
    greedy = replace(trials, propensity=np.where(trials.column("listed") == 1, 1.0, 0.0))
    assert judge(greedy, second_first(greedy)) is None
    dark = replace(trials, propensity=np.where(trials.asked, trials.propensity, np.nan))
    assert judge(dark, second_first(dark)) is None, "the probabilities of those not asked are not known"
    assert judge(trials.take(trials.case < LEAST_OPEN - 1), second_first(trials)[: 2 * LEAST_OPEN - 2]) is None
    assert judge(trials.take(np.zeros(len(trials), bool)), np.zeros(0)) is None
    assert judge(trials, second_first(trials)) is not None


def test_young_days_wait_and_a_letter_that_never_came_reached_nobody() -> None:
    trials = log(1_000, 0.2)
    half = judge(trials, second_first(trials), FIRST + 99)
    assert half is not None
    assert (half.cases, half.last) == (500, FIRST + 99)
    silent = replace(trials, result=np.full(len(trials), int(Result.UNKNOWN)), known_day=np.full(len(trials), -1))
    found = judge(silent, second_first(silent))
    assert found is not None
    assert (found.really.value, found.ips.value) == (0.0, 0.0)


def test_who_could_not_be_drawn_is_not_chosen_and_that_is_told() -> None:
    trials = log(1_000, 0.2, contacts=3, luck=(0.1, 0.3, 0.2))
    third = trials.column("listed") == 3
    chance = np.where(third, 0.0, np.where(trials.column("listed") == 1, 0.9, 0.1))
    drawn = trials.take(~np.isin(trials.case, trials.case[third & trials.asked]))
    drawn = replace(drawn, propensity=chance[~np.isin(trials.case, trials.case[third & trials.asked])])
    found = judge(drawn, drawn.column("listed"))
    assert found is not None
    assert found.beyond == 1.0
    best_of_two = judge(drawn, np.where(drawn.column("listed") == 3, -inf, drawn.column("listed")))
    assert best_of_two is not None
    assert best_of_two.doubly_robust == found.doubly_robust
    assert best_of_two.beyond == 0.0


def test_the_rule_prior_is_judged_like_any_other(make_trials) -> None:
    trials = make_trials(400)
    prior = PriorContacts()
    found = reached(trials, prior.scores(trials), prior.usefulness(trials), prior.complaint(trials), int(trials.day.max()))
    assert found is not None
    assert found.doubly_robust.of == found.debtors


def test_a_log_judges_both_on_the_same_cases_where_some_could_not_be_drawn() -> None:
    """Half of the cases are hopeless, and there the model wishes for a contact that nobody could draw: that must not flatter it."""
    trials = log(4_000, 0.2, contacts=3, luck=(0.3, 0.3, 0.3))
    hopeless = np.repeat(np.arange(4_000) % 2 == 0, 3)
    third = trials.column("listed") == 3
    kept = ~np.isin(trials.case, trials.case[third & trials.asked])
    nothing = np.where(hopeless & trials.asked, int(Result.NOT_USEFUL), trials.result)
    chance = np.where(third, 0.0, np.where(trials.column("listed") == 1, 0.9, 0.1))
    drawn = replace(trials, result=nothing, propensity=chance).take(kept)
    wishes = np.where(third & hopeless, 1.0, np.where(trials.column("listed") == 1, 0.5, 0.1))[kept]
    greedy = -drawn.column("listed")
    one, base = by_log(drawn, wishes), by_log(drawn, greedy)
    assert len(one.hit) == len(base.hit)
    assert (one.hit == base.hit).all()
