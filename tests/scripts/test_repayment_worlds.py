"""The worlds of repayment: the same by seed, different in the mechanism they claim, and the study tells them apart."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from models.uplift.measures import depth, within
from models.uplift.trials import LetterTrials
from scripts import letter_score_study as study
from scripts.world.repayment_worlds import CHANGE_WEEK, PAID_LATELY, WORLDS, RepaymentWorld

WEEKLY = 1_500


@cache
def world(name: str) -> RepaymentWorld:
    return RepaymentWorld(name, 1)


@cache
def log(name: str, weeks: int = 8) -> LetterTrials:
    return LetterTrials.joined(*(world(name).log(number, WEEKLY, 0.2) for number in range(weeks)))


@cache
def effect(name: str, number: int) -> np.ndarray:
    return world(name).effect_fen(number, world(name).week(number, WEEKLY))


def test_a_world_is_the_same_by_seed_even_in_another_process() -> None:
    program = (
        "from scripts.world.repayment_worlds import RepaymentWorld as W\n"
        f"t = W('hidden', 1).log(3, {WEEKLY}, 0.2)\n"
        "print(t.repaid_fen.sum(), t.amount_fen.sum(), t.treated.sum(), t.features.sum())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    trials = world("hidden").log(3, WEEKLY, 0.2)
    assert said == [
        str(value)
        for value in (
            trials.repaid_fen.sum(),
            trials.amount_fen.sum(),
            trials.treated.sum(),
            trials.features.sum(),
        )
    ]
    assert RepaymentWorld("hidden", 2).log(3, WEEKLY, 0.2).repaid_fen.sum() != trials.repaid_fen.sum()
    with pytest.raises(ValueError, match="no world"):
        RepaymentWorld("merry", 1)


@pytest.mark.parametrize("name", WORLDS)
def test_nobody_repays_more_than_is_owed_and_features_do_not_know_of_the_letter(name: str) -> None:
    trials, people = log(name), world(name).week(0, WEEKLY)
    assert (
        (trials.repaid_fen >= 0).all()
        and (trials.repaid_fen <= trials.amount_fen).all()
        and np.isfinite(trials.features).all()
    )
    assert (trials.features[:WEEKLY] == people.features).all(), (
        "what a file tells is settled before anything is drawn"
    )


def test_the_marginals_are_those_that_the_docstring_tells() -> None:
    people = world("plain").week(0, 20_000)
    alone = world("plain").repaid(0, people, np.zeros(20_000, bool))
    assert (alone > 0).mean() == pytest.approx(0.19, abs=0.015)
    assert alone.sum() / people.amount_fen.sum() == pytest.approx(0.06, abs=0.015)
    assert people.reach.mean() == pytest.approx(0.44, abs=0.015)


def test_a_letter_moves_some_hardens_others_and_nobody_where_they_pay_anyway() -> None:
    moved = effect("plain", 0)
    assert moved.mean() > 0 and (moved < 0).mean() > 0.05 and (moved > 0).mean() > 0.3
    assert not effect("anyway", 0).any()
    paid = log("anyway")
    assert paid.repaid_fen[paid.treated].mean() > 0, (
        "they repay all the same: after a letter, not because of it"
    )


def test_only_the_changed_world_breaks_and_only_from_its_week_on() -> None:
    assert (effect("sudden", CHANGE_WEEK - 1) == effect("plain", CHANGE_WEEK - 1)).all()
    assert effect("sudden", CHANGE_WEEK).mean() < 0.5 * effect("plain", CHANGE_WEEK).mean()


def test_where_arrangements_are_kept_the_likeliest_payers_are_whom_a_letter_harms() -> None:
    people = world("arranged").week(0, WEEKLY)
    alone = world("arranged").repaid(0, people, np.zeros(WEEKLY, bool))
    keeps, moved = people.features[:, PAID_LATELY] > 0, effect("arranged", 0)
    assert 0.03 < keeps.mean() < 0.12 and (alone[keeps] > 0).mean() > 2.5 * (alone[~keeps] > 0).mean()
    assert moved[keeps].mean() < 0 < moved[~keeps].mean()
    assert (moved[~keeps] == effect("plain", 0)[~keeps]).all(), "all others live as in the plain world"


def test_where_staff_chose_a_plain_comparison_misleads_and_the_draw_does_not() -> None:
    trials = log("hidden", 20)
    truth = float(np.mean([effect("hidden", number).mean() for number in (0, 7, 14)]))
    by_hand = trials.repaid_fen[trials.treated].mean() - trials.repaid_fen[~trials.treated].mean()
    assert by_hand > 3 * truth
    drawn = trials.take(np.isfinite(trials.propensity))
    assert 0.2 < len(drawn) / len(trials) < 0.3 and drawn.treated.mean() == pytest.approx(0.8, abs=0.02)
    arms = [drawn.repaid_fen[drawn.treated], drawn.repaid_fen[~drawn.treated]]
    error = sum(float(arm.var()) / len(arm) for arm in arms) ** 0.5
    assert abs(float(arms[0].mean() - arms[1].mean()) - truth) < 3 * error < by_hand - truth
    assert np.isfinite(log("plain").propensity).all()


def small(name: str, monkeypatch: pytest.MonkeyPatch) -> study.Run:
    monkeypatch.setattr(study, "WEEKLY", 400)
    monkeypatch.setattr(study, "LATER", range(38, 40))
    return study.run(name, 1)


def test_the_study_measures_against_who_knows_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run = small("plain", monkeypatch)
    truth = run.truth
    assert truth.area(truth.informed) == pytest.approx(1.0) and truth.area(
        np.zeros(len(truth.effect))
    ) == pytest.approx(0.0, abs=1e-9)
    assert truth.area(-truth.informed) == pytest.approx(-1.0)
    assert truth.area(run.score) < 1 and truth.first(truth.informed, 0.1) == pytest.approx(1.0)
    rows = list(study.budgets([run]))
    assert [row[2] for row in rows] == [80, 240]
    for row, share in zip(rows, (0.1, 0.3), strict=True):
        score, chance, debts, payers, knowing = (int(str(value)) for value in row[4:])
        assert knowing > max(score, chance, debts, payers) and chance == round(
            share * float(truth.effect.sum()) / 100_000
        )
        # The score's own letters, added up by hand.
        first = np.argsort(-run.score, kind="stable")[: int(str(row[3]))]
        assert score == round(float(truth.effect[first].sum()) / 100_000)
        assert debts == round(
            float((truth.effect * within(depth(run.debts), share, len(truth.effect))).sum()) / 100_000
        )
    (line,) = study.everywhere([run])
    assert len(line) == 8 and all(-1 <= float(str(value)) <= 1 for value in line[2:7])
    study.table("T", ("a", "b"), iter([(1, "x")]))
    assert capsys.readouterr().out == "\n### T\n\n| a | b |\n|---|---|\n| 1 | x |\n"


def test_where_letters_change_nothing_the_study_claims_no_share_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = small("anyway", monkeypatch)
    assert run.trained.average_fen.low < 0 < run.trained.average_fen.high
    (row,) = study.orders([run])
    assert row[8:17] == ("–",) * 9 and not list(study.everywhere([run]))
    assert all(str(value) == "0" for row in study.budgets([run]) for value in row[4:])


def test_the_score_writes_to_nobody_it_expects_a_loss_from(monkeypatch: pytest.MonkeyPatch) -> None:
    run = small("anyway", monkeypatch)
    lost = replace(run, score=np.where(np.arange(len(run.score)) < 5, 5_000.0, -5_000.0))
    assert [row[3] for row in study.budgets([lost])] == [5, 5]
