"""Training: by evidence, deterministic, loud about leaks, silent about nothing; the file holds numbers and is checked."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from locate.choose.rule_terms import rule_terms
from models.delivery.correction import NONE, Correction, corrected
from models.delivery.estimators import DeliveryModel, Kind, delivered_flags
from models.delivery.facts import facts_of, figures_of
from models.delivery.features import FEATURES, Record, matrix
from models.delivery.leaks import LeakFound, demand_no_leak
from models.delivery.opportunities import Opportunities, Outcome
from models.delivery.reasons import group_weights
from models.delivery.ripeness import Ripeness
from models.delivery.training import Option, TooFew, TooYoung, Trained, train
from models.delivery.waiting import Answers, never_answered
from tests.models.delivery.conftest import AS_OF

OPTIONS = (Option(Kind.RULE), Option(Kind.EMPIRICAL_BAYES), Option(Kind.LOGISTIC), Option(Kind.BOOSTED))


@pytest.fixture(scope="module")
def trained(letters: Opportunities) -> Trained:
    return train(letters, AS_OF, rule_terms(), options=OPTIONS)


def test_what_is_learned_beats_the_rules_on_later_letters(trained: Trained) -> None:
    assert trained.chosen.kind in (Kind.LOGISTIC, Kind.BOOSTED)
    assert trained.test.log_loss.value < trained.baseline.log_loss.value
    assert trained.test.letters > 100
    assert trained.censored > 0
    assert trained.letters + trained.censored == 16 * 250


def test_the_same_letters_in_another_order_give_the_same_bytes(letters: Opportunities, trained: Trained) -> None:
    shuffled = letters.take(np.random.default_rng(9).permutation(len(letters)))
    again = train(shuffled, AS_OF, rule_terms(), options=OPTIONS)
    assert again.model.to_bytes() == trained.model.to_bytes()


def test_letters_of_which_nothing_was_known_by_then_change_nothing(letters: Opportunities, trained: Trained) -> None:
    late = letters.known_day >= AS_OF
    other = replace(letters, outcome=np.where(late & (letters.outcome >= 0), Outcome.SELF, letters.outcome))
    assert train(other, AS_OF, rule_terms(), options=OPTIONS).model.to_bytes() == trained.model.to_bytes()


def test_a_model_trained_without_phone_regions_says_the_same_whatever_they_are(letters: Opportunities, known: Opportunities) -> None:
    """Models from before there was a table: the feature never moved, so it has no weight and no branch."""
    for options in ((Option(Kind.LOGISTIC),), (Option(Kind.BOOSTED),)):
        without = replace(letters, phone_region=np.full(len(letters), -1))
        model = train(without, AS_OF, rule_terms(), options=options).model
        record = Record.of(known)
        before, after = replace(known, phone_region=np.full(len(known), -1)), replace(known, phone_region=np.arange(len(known)) % 4 - 1)
        assert model.chances(before, record).tobytes() == model.chances(after, record).tobytes()


def test_letters_from_before_phone_regions_were_known_are_learned_from_with_those_after(letters: Opportunities, trained: Trained) -> None:
    mixed = replace(letters, phone_region=np.where(letters.day < AS_OF - 7 * 8, -1, letters.phone_region))
    found = train(mixed, AS_OF, rule_terms(), options=OPTIONS)
    assert found.test.log_loss.value < found.baseline.log_loss.value
    phone = {group.code: group.letters for group in found.groups if group.by == "phone"}
    assert set(phone) <= {-1, 0, 1, 2}
    assert sum(phone.values()) == found.test.letters


def test_chances_add_up_and_are_about_right(trained: Trained, known: Opportunities) -> None:
    chances = trained.model.chances(known, Record.of(known))
    assert np.allclose(chances.sum(axis=1), 1.0)
    assert (chances >= 0).all()
    for outcome in (Outcome.SELF, Outcome.UNKNOWN, Outcome.MOVED):
        assert abs(float(chances[:, outcome].mean()) - float((known.outcome == outcome).mean())) < 0.05


def test_a_file_is_numbers_and_comes_back_the_same(trained: Trained, known: Opportunities) -> None:
    content = trained.model.to_bytes()
    back = DeliveryModel.from_bytes(content)
    assert back.version == trained.model.version
    features = matrix(known, Record.of(known))
    assert np.array_equal(back.delivered(known, features), trained.model.delivered(known, features))
    assert figures_of(facts_of(trained, synthetic=True, source="x"))["letters"] == trained.test.letters


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.update(form=2), lambda data: data.update(task="contacts"), lambda data: data.update(features=data["features"][1:]),
        lambda data: data.update(slope=-1.0), lambda data: data.pop("terms"), lambda data: data["receipts"]["weights"].pop(),
        lambda data: data.update(kind="pickle"), lambda data: data.update(correction={"scale": 1, "keys": {"moon": [1]}, "shifts": {"moon": [1.0]}}),
    ],
)  # fmt: skip
def test_a_file_that_is_none_or_was_changed_is_refused(trained: Trained, spoil) -> None:
    data = json.loads(trained.model.to_bytes())
    spoil(data)
    with pytest.raises(ValueError):
        DeliveryModel.from_bytes(json.dumps(data).encode())


@pytest.mark.parametrize("content", [b"", b"\x80\x04cos\nsystem\n", b"[]", b"{}"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a"):
        DeliveryModel.from_bytes(content)


def test_too_few_letters_are_said(letters: Opportunities) -> None:
    with pytest.raises(TooFew) as few:
        train(letters.take(np.arange(200)), AS_OF, rule_terms())
    assert few.value.args[0] < 200


def test_letters_chosen_by_hand_are_not_learned_from_where_others_are(letters: Opportunities, trained: Trained) -> None:
    assert trained.by_hand == 0
    early = letters.day < letters.day.min() + 21
    mixed = train(replace(letters, propensity=np.where(early, np.nan, letters.propensity)), AS_OF, rule_terms(), options=OPTIONS[::2])
    assert mixed.by_hand == 0
    assert mixed.letters == trained.letters
    hand = train(replace(letters, propensity=np.full(len(letters), np.nan)), AS_OF, rule_terms(), options=OPTIONS[::2])
    assert hand.by_hand == hand.letters


def test_letters_of_one_week_are_too_close_together_to_learn_from(letters: Opportunities) -> None:
    here = letters.take(letters.day >= AS_OF - 21)
    with pytest.raises(TooYoung) as young:
        train(here, AS_OF + 60, rule_terms())
    have, learn, need, *_ = young.value.args
    assert have > 300
    assert learn < need


def test_a_feature_that_has_seen_the_answer_is_named(known: Opportunities) -> None:
    good = delivered_flags(known.outcome)
    telling = replace(known, confidence=np.where(good, 0.9, 0.1))
    with pytest.raises(LeakFound, match="confidence"):
        train(telling, AS_OF, rule_terms(), options=OPTIONS)


def test_a_feature_from_the_future_is_named(known: Opportunities) -> None:
    record = Record.of(known)
    features = matrix(known, record)
    features[:, FEATURES.index("own_room.self")] += 1.0
    with pytest.raises(LeakFound, match=r"own_room\.self"):
        demand_no_leak(known, features, record, delivered_flags(known.outcome))


def test_a_boosted_model_has_a_linear_part_and_one_of_before_scores_without(letters: Opportunities, known: Opportunities) -> None:
    model = train(letters, AS_OF, rule_terms(), options=(Option(Kind.RULE), Option(Kind.BOOSTED))).model
    assert model.kind is Kind.BOOSTED and model.linear is not None and 0 < model.linear_share < 1
    some = known.take(np.arange(80))
    features = matrix(some, Record.of(known))
    data = json.loads(model.to_bytes())
    assert np.array_equal(DeliveryModel.from_bytes(model.to_bytes()).raw(some, features), model.raw(some, features))
    del data["linear_share"]
    data["linear"] = None
    before = json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
    old = DeliveryModel.from_bytes(before)
    assert old.to_bytes() == before  # its version stays
    assert model.forest is not None
    assert np.array_equal(old.raw(some, features), np.clip(model.forest.score(features), -8, 8))
    data["linear_share"] = 0.3
    with pytest.raises(ValueError, match="linear part"):
        DeliveryModel.from_bytes(json.dumps(data).encode())


def test_groups_of_features_explain_a_score(trained: Trained, known: Opportunities) -> None:
    some = known.take(np.arange(60))
    weights = group_weights(trained.model, some, matrix(some, Record.of(known)))
    assert any(np.abs(one).max() > 0.1 for one in weights.values())
    assert group_weights(DeliveryModel(Kind.RULE, 0.0, rule_terms()), some, matrix(some, Record.of(known))) == {}


def answers_of(rows: Opportunities, *, silent: bool = True) -> Answers:
    """What the rows say on ``AS_OF`` of a model that gives every letter an even chance; ``silent``: with those under way then."""
    known, waiting = rows.take(rows.known_day < AS_OF), rows.take((rows.known_day >= AS_OF) & silent)
    return Answers.of(known, np.zeros(len(known)), delivered_flags(known.outcome), waiting, np.zeros(len(waiting)), 0.001, Ripeness.of(known, AS_OF), AS_OF)


def ended(rows: Opportunities, good_share: float | np.ndarray, seed: int = 2) -> Opportunities:
    """The rows with other ends: delivered with this chance."""
    good = np.random.default_rng(seed).random(len(rows)) < good_share
    return replace(rows, outcome=np.where(good, Outcome.SELF, Outcome.MOVED).astype(np.int64))


def test_a_correction_follows_a_change_and_leaves_the_rest_alone(known: Opportunities) -> None:
    rows = ended(known, np.where((known.kind == 4) & (known.day >= AS_OF - 45), 0.1, 0.5))
    found = corrected(answers_of(rows), AS_OF)
    assert found.scale > 0
    shift = found.of(rows)
    assert shift[rows.kind == 4].mean() < -0.7
    assert abs(shift[rows.kind == 0].mean()) < 0.4
    assert np.array_equal(Correction.from_json(json.loads(json.dumps(found.as_json()))).of(rows), shift)


def test_where_nothing_changed_little_is_corrected(known: Opportunities) -> None:
    for seed in range(3):
        rows = ended(known, 0.5, seed)
        assert np.abs(corrected(answers_of(rows), AS_OF).of(rows)).mean() < 0.15  # of the log-odds: under four points


def test_letters_that_stay_silent_tell_of_a_change_before_their_returns_come(known: Opportunities) -> None:
    """Receipts come within days and returns after a month: of the last two weeks only receipts can be known."""
    rows = ended(known, np.where(known.day >= AS_OF - 15, 0.15, 0.5))
    good = delivered_flags(rows.outcome)
    late = np.random.default_rng(3).integers(0, 5, len(rows))
    rows = replace(rows, known_day=rows.day + np.where(good, 2, 24) + late)
    newest = rows.day >= AS_OF - 15
    assert delivered_flags(rows.outcome[newest & (rows.known_day < AS_OF)]).all()
    assert corrected(answers_of(rows), AS_OF).of(rows.take(newest)).mean() < -0.5
    # Where the letters under way were left out of the rows, nothing can be made of their silence: no change is seen, none is made up.
    assert abs(corrected(answers_of(rows, silent=False), AS_OF).of(rows.take(newest)).mean()) < 0.2


def test_answers_that_nobody_fetched_are_no_silence(known: Opportunities) -> None:
    """Since three weeks no news at all came in: the letters of that time say nothing."""
    rows = ended(known, 0.5)
    stopped = AS_OF - 21
    rows = replace(rows, known_day=np.where(rows.known_day >= stopped, AS_OF, rows.known_day))
    answers = answers_of(rows)
    silent = answers.open & (answers.rows.day >= stopped)
    assert silent.any()
    assert (answers.still[:, silent] == 1).all()
    assert np.abs(answers.slopes(np.zeros(len(answers.rows))).gradient[silent]).max() < 1e-9
    assert abs(corrected(answers, AS_OF).of(rows.take(rows.day >= stopped)).mean()) < 0.2


def test_slopes_are_the_derivatives_of_the_likelihood(known: Opportunities) -> None:
    answers = answers_of(known)
    assert answers.open.any()
    shift = np.random.default_rng(4).normal(0, 1, len(answers.rows))
    near = 1e-5
    for at in np.flatnonzero(answers.open)[:5]:
        step = np.zeros(len(shift))
        step[at] = near
        up, here, down = (answers.slopes(shift + sign * step) for sign in (1, 0, -1))
        assert here.gradient[at] == pytest.approx((up.log_likelihood - down.log_likelihood) / (2 * near), abs=1e-4)
        bend = -(up.gradient[at] - down.gradient[at]) / (2 * near)
        assert here.seen[at] == pytest.approx(max(bend, 0.0), abs=1e-4)
        assert here.curvature[at] >= here.seen[at]


def test_letters_that_never_get_an_end_are_counted(letters: Opportunities) -> None:
    assert 0.01 < never_answered(letters, AS_OF, 40) < 0.035  # planted: 2 %
    assert never_answered(letters, int(letters.day.min()), 40) == pytest.approx(0.02)


def test_no_correction_without_letters_to_check_it(known: Opportunities) -> None:
    assert corrected(answers_of(known.take(np.arange(40))), AS_OF) is NONE
