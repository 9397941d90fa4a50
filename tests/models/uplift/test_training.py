"""What is learned of letters is right in made-up trials; without a draw, or with a false one, nothing is learned."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from models.uplift.learners import Kind, LetterModel, arrival, fit, pseudo_effects
from models.uplift.training import NoDraw, NotByChance, TooFew, train
from models.uplift.trials import FEATURES, OPEN, WINDOW_DAYS, LetterTrials, feature_rows

DAY = 739_000
AS_OF = DAY + 300


def made(count: int = 12_000, *, effect: float = 0.3, seed: int = 1) -> LetterTrials:
    """A letter that arrives makes those who answered a call pay ``effect`` more of their debt, others nothing."""
    rng = np.random.default_rng(seed)
    delivery, answered, amount = rng.uniform(0.1, 0.9, count), rng.integers(0, 2, count), rng.integers(200_000, 900_000, count)
    features = feature_rows(
        amount, rng.integers(30, 900, count), delivery, rng.poisson(1, count), rng.random(count) < 0.2, answered, rng.poisson(2, count), rng.integers(0, 4, count),
        rng.random(count) < 0.3,
    )  # fmt: skip
    treated = rng.random(count) < 0.7
    share = np.clip(rng.random(count) * 0.2 + treated * (rng.random(count) < delivery) * answered * effect, 0, 1) * (rng.random(count) < 0.7)
    return LetterTrials(
        np.arange(count) // 2, DAY + rng.integers(0, 240, count), treated, np.full(count, 0.7), amount, np.full(count, 680), (share * amount).astype(np.int64), features
    )


TRIALS = made()
TRAINED = train(TRIALS, AS_OF)


def true_effect(trials: LetterTrials) -> np.ndarray:
    return 0.3 * 0.7 * arrival(trials.features) * trials.features[:, FEATURES.index("calls_answered")]


def test_who_moves_is_found_and_how_much() -> None:
    assert TRAINED.model.kind in (Kind.TWO_MODELS, Kind.DOUBLY_ROBUST, Kind.DOUBLY_ROBUST_TREES)
    fresh = made(seed=2)
    said, truth = TRAINED.model.effect(fresh.features), true_effect(fresh)
    assert np.corrcoef(said, truth)[0, 1] > 0.9 and said.mean() == pytest.approx(truth.mean(), rel=0.15)
    assert TRAINED.average_fen.low < float((truth * fresh.amount_fen).mean()) < TRAINED.average_fen.high
    # Large debts are not what a letter moves, and who pays much is not who pays more for it.
    area = TRAINED.chosen.ordered.area.value
    assert area > TRAINED.largest_debts.area.value and TRAINED.chosen.ordered.area.low > 0
    assert (TRAINED.written, TRAINED.alone) == (int(TRIALS.take(TRIALS.closed(AS_OF)).treated.sum()), TRAINED.lines - TRAINED.written)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_candidate_comes_back_from_its_file(kind: Kind) -> None:
    model = fit(kind, TRIALS, seed=3)
    again = LetterModel.from_bytes(model.to_bytes())
    assert again.version == model.version and model.version.startswith(f"letters-{kind.value}-")
    assert (again.effect(TRIALS.features) == model.effect(TRIALS.features)).all()
    assert fit(kind, TRIALS, seed=3).to_bytes() == model.to_bytes()


@pytest.mark.parametrize("change", [{"form": 9}, {"task": "delivery"}, {"features": ["x"]}, {"kind": "none"}, {"average": "x"}, {"written": None}])
def test_a_file_that_was_changed_is_refused(change: dict[str, object]) -> None:
    data = json.loads(fit(Kind.DOUBLY_ROBUST, TRIALS, seed=3).to_bytes())
    with pytest.raises(ValueError):
        LetterModel.from_bytes(json.dumps({**data, **change}).encode())
    with pytest.raises(ValueError, match="not a model file"):
        LetterModel.from_bytes(b"\x80pickle")


def test_the_order_of_the_rows_teaches_nothing() -> None:
    mixed = np.random.default_rng(0).permutation(len(TRIALS))
    assert train(TRIALS.take(mixed), AS_OF).model.to_bytes() == TRAINED.model.to_bytes()


def test_where_letters_change_nothing_none_is_said_to() -> None:
    found = train(made(effect=0.0, seed=5), AS_OF)
    assert found.average_fen.low < 0 < found.average_fen.high
    assert abs(found.model.effect(TRIALS.features)).mean() < 0.02


def test_pseudo_effects_are_right_on_average_where_the_draw_was_uneven() -> None:
    trials = made(40_000, seed=7)
    rng = np.random.default_rng(8)
    # Those with large debts were written to nine times of ten, the others three of ten: undo half of the letters accordingly.
    large = trials.amount_fen > 550_000
    propensity = np.where(large, 0.7, 0.35)
    keep = ~trials.treated | large | (rng.random(len(trials)) < 0.35 * 0.3 / (0.7 * 0.65))
    uneven = replace(trials, propensity=propensity).take(keep)
    naive = uneven.share[uneven.treated].mean() - uneven.share[~uneven.treated].mean()
    truth = float(true_effect(uneven).mean())
    assert pseudo_effects(uneven, 1).mean() == pytest.approx(truth, abs=0.006)
    assert abs(naive - truth) < 0.05  # amounts do not confound here; the estimate must not suffer from the weights


def test_what_no_draw_decided_is_left_out_and_what_is_open_is_counted() -> None:
    none = replace(TRIALS, propensity=np.full(len(TRIALS), np.nan))
    with pytest.raises(NoDraw):
        train(none, AS_OF)
    half = np.where(np.arange(len(TRIALS)) % 2 == 0, np.nan, TRIALS.propensity)
    early = train(replace(TRIALS, propensity=half), AS_OF)
    assert early.undrawn == len(TRIALS) // 2
    late = TRIALS.day + WINDOW_DAYS >= AS_OF - 60
    assert train(replace(TRIALS, repaid_fen=np.where(late, OPEN, TRIALS.repaid_fen)), AS_OF - 60).open == int((late & (TRIALS.day < AS_OF - 60)).sum())


def test_too_few_of_either_arm_are_too_few() -> None:
    few = np.flatnonzero(~TRIALS.treated)[:150]
    with pytest.raises(TooFew):
        train(TRIALS.take(np.r_[np.flatnonzero(TRIALS.treated), few]), AS_OF)
    with pytest.raises(TooFew):
        train(replace(TRIALS, repaid_fen=np.where(TRIALS.treated, TRIALS.repaid_fen, 0)), AS_OF)


def test_a_draw_that_was_none_is_found_out() -> None:
    # Somebody wrote to those who had answered, and called it a draw.
    chosen = TRIALS.features[:, FEATURES.index("calls_answered")] > 0
    keep = np.where(chosen, TRIALS.treated, ~TRIALS.treated) | (np.arange(len(TRIALS)) % 3 == 0)
    with pytest.raises(NotByChance) as found:
        train(TRIALS.take(keep), AS_OF)
    assert found.value.args[0] == "calls_answered" and abs(found.value.args[1]) > 5
