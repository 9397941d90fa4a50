"""Figures against slow, obvious counting; the gate promotes only what is proved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contacts.evaluation import (
    by_log,
    by_truth,
    calibration_error,
    difference,
    measures,
    pr_auc,
    ratio_of_precision,
)
from models.contacts.gate import champion, contact_gate
from models.contacts.learned import PriorContacts
from models.contacts.training import compare_contacts, contact_card_facts, train_contacts
from models.contacts.trials import ContactTrials, Result

END = 10**6


def rows(cases: list[int], asked: list[bool] | None = None, result: list[int] | None = None, propensity: float = 0.5) -> ContactTrials:
    n = len(cases)
    nought, told = np.zeros(n, np.int64), np.array(asked if asked is not None else [False] * n)
    known = np.array(result if result is not None else [-1] * n)
    return ContactTrials(
        ("listed",), ("friend",), np.array(cases), np.array(cases), nought, nought + 5, nought, np.arange(n, dtype=float)[:, None],
        np.full(n, 0.2), np.full(n, 0.02), told, np.full(n, propensity), known, np.where(known >= 0, 6, -1),
    )  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_case_figures_equal_counting(lines: list[tuple[int, int, bool, bool]]) -> None:
    cases, scores = [line[0] for line in lines], np.array([line[1] for line in lines], dtype=float)
    useful, annoyed = np.array([line[2] for line in lines]), np.array([line[3] for line in lines])
    found = by_truth(rows(cases), scores, useful, annoyed)
    for at, case in enumerate(sorted(set(cases))):
        order = sorted((i for i in range(len(lines)) if cases[i] == case), key=lambda i: (-scores[i], i))
        goods = [float(useful[i]) for i in order]
        assert found.hit[at] == goods[0] and found.complaint[at] == annoyed[order[0]]
        if not any(goods):
            assert np.isnan(found.reciprocal[at]) and np.isnan(found.ndcg[at])
            continue
        assert found.reciprocal[at] == 1 / (goods.index(1.0) + 1)
        dcg, ideal = (sum(g / np.log2(r + 2) for r, g in enumerate(of[:3])) for of in (goods, sorted(goods, reverse=True)))
        assert found.ndcg[at] == pytest.approx(dcg / ideal)


def test_pr_auc_and_calibration_error_on_small_examples() -> None:
    good = np.array([True, False, True, False])
    assert pr_auc(np.array([0.9, 0.8, 0.7, 0.1]), good) == pytest.approx((1 + 2 / 3) / 2)
    assert pr_auc(np.full(4, 0.3), good) == pytest.approx(0.5)
    assert np.isnan(pr_auc(np.full(4, 0.3), np.zeros(4, bool)))
    assert calibration_error(np.array([0.0, 0.0, 1.0, 1.0]), np.array([False, False, True, True]), 2) == 0
    assert calibration_error(np.full(4, 0.75), good, 2) == pytest.approx(0.25)


def test_the_log_weighs_asked_first_choices_by_what_they_stand_for() -> None:
    trials = rows([1, 1, 2, 3], [True, False, True, False], [int(Result.USEFUL), -1, int(Result.NOT_USEFUL), -1])
    trials = replace(trials, propensity=np.array([0.25, 0.75, 0.5, 0.5]))
    found = by_log(trials, np.array([1.0, 0.0, 0.0, 0.0]))
    assert len(found.hit) == 2, "case 3 was not asked"
    assert measures(found, np.array([0.5]), np.array([True])).precision.value == pytest.approx(4 / 6)


def test_the_log_agrees_with_the_truth_where_probabilities_are_logged(make_trials) -> None:
    trials = make_trials(4_000)
    scores = trials.column("helped")
    told = measures(by_log(trials, scores), np.array([0.5]), np.array([True])).precision
    first = scores.reshape(-1, 3).max(axis=1)
    assert told.low < 0.97 * (0.06 + 0.22 * first).mean() < told.high


def test_the_gate_wants_a_gain_beyond_chance_and_no_more_complaints(make_trials) -> None:
    trials = make_trials(1_500)
    rng = np.random.default_rng(9)
    chance = 0.06 + 0.22 * trials.column("helped")
    useful, annoyed = rng.random(len(trials)) < chance, rng.random(len(trials)) < 0.03
    base = by_truth(trials, PriorContacts().scores(trials), useful, annoyed)
    good, same = by_truth(trials, chance, useful, np.zeros_like(annoyed)), base
    said = measures(good, chance, useful)
    passed = contact_gate(good, said, base)
    assert passed.promote and passed.ratio.low > 1 and passed.cases == 1_500
    assert "no_gain" in contact_gate(same, said, base).against
    worse = by_truth(trials, chance, useful, np.ones_like(annoyed))
    assert contact_gate(worse, measures(worse, chance, useful), base).against == ("more_complaints",)
    assert contact_gate(good, measures(good, np.full(len(chance), 0.9), useful), base).against == ("badly_calibrated",)
    few = by_truth(trials.take(trials.case < 50), chance[trials.case < 50], useful[trials.case < 50], annoyed[trials.case < 50])
    assert "too_few_cases" in contact_gate(few, said, base).against
    assert champion({"boosted": passed, "logistic": passed}, {"boosted": good, "logistic": good}) == "logistic", "of equals the simpler"
    assert champion({}, {}) == "prior"
    assert ratio_of_precision(base, base).value == 1 and difference(base, base, "hit").high == 0


def test_training_promotes_on_evidence_and_the_card_has_its_denominators(make_trials) -> None:
    trials = make_trials(6_000, annoyed_share=0.0)
    compared = compare_contacts(trials, END, seed=1, kinds=("rates", "logistic"))
    assert compared.kind == "logistic" and not compared.verdicts["rates"].promote
    model = train_contacts(trials, END, seed=1, kind=compared.kind)
    facts = contact_card_facts(model, trials, END, compared, synthetic=True)
    assert facts["known_results"] == trials.known.sum() and facts["synthetic"] is True
    assert sum(group["results"] for group in facts["groups"]) == trials.known.sum()  # type: ignore[attr-defined,misc,index]
    assert train_contacts(trials, END, kind="prior").kind == "prior"


def test_a_log_without_probabilities_promotes_nobody(make_trials) -> None:
    """What was always asked tells where old and new agree, and nothing of where they differ."""
    compared = compare_contacts(make_trials(1_500, logged=False), END, kinds=("logistic",))
    assert compared.kind == "prior" and "log_cannot_tell" in compared.verdicts["logistic"].against
