"""Of two wordings the better is found, for all or case by case; where they work alike, or the draw was none, nothing is claimed."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.uplift.learners import Kind, LetterModel, fit
from models.uplift.templates import (
    KINDS,
    NotAsDrawn,
    TemplateChoice,
    chance_of_more,
    demand_sizes,
    train_templates,
)
from models.uplift.training import NoDraw, NotByChance, TooFew
from models.uplift.trials import FEATURES, LetterTrials, feature_rows

DAY = 739_000
AS_OF = DAY + 300
ANSWERED = FEATURES.index("calls_answered")


def made(count: int = 9_000, *, who_answered: float = 0.0, others: float = 0.0, chance: float = 0.4, seed: int = 1) -> LetterTrials:
    """The second template makes those who answered a call pay ``who_answered`` of their debt more (less), and the others ``others``."""
    rng = np.random.default_rng(seed)
    answered, amount = rng.integers(0, 2, count), rng.integers(200_000, 900_000, count)
    features = feature_rows(
        amount, rng.integers(30, 900, count), np.full(count, np.nan), rng.poisson(1, count), rng.random(count) < 0.2, answered, rng.poisson(2, count),
        np.full(count, 1), np.zeros(count, bool),
    )  # fmt: skip
    second = rng.random(count) < chance
    share = np.clip(0.15 + rng.random(count) * 0.2 + second * np.where(answered > 0, who_answered, others), 0, 1) * (rng.random(count) < 0.6)
    return LetterTrials(
        np.arange(count) // 2, DAY + rng.integers(0, 240, count), second, np.full(count, chance), amount, np.ones(count, np.int64),
        (share * amount).astype(np.int64), features,
    )  # fmt: skip


ALIKE, BETTER, MIXED = made(), made(who_answered=0.05, others=0.05), made(who_answered=0.09, others=-0.09)


def test_alike_is_called_alike() -> None:
    trained = train_templates(ALIKE, AS_OF)
    assert trained.average_fen.low < 0 < trained.average_fen.high
    assert trained.effect.kind is Kind.AVERAGE and trained.chosen.value.low <= 0
    assert trained.second + trained.ordinary == trained.lines and trained.tried[0].kind is Kind.AVERAGE


def test_better_for_all_is_found_with_its_size() -> None:
    trained = train_templates(BETTER, AS_OF)
    truth = 0.05 * 0.6 * float(BETTER.amount_fen.mean())
    assert 0 < trained.average_fen.low < truth < trained.average_fen.high
    assert trained.effect.kind is Kind.AVERAGE and trained.chosen.takes == 1.0
    assert trained.chosen.value.value == pytest.approx(trained.for_all.value)
    choice = TemplateChoice("DEMO", "a@1", "b@1", trained.effect)
    assert choice.for_all and choice.second_is_better(BETTER.features).all()


def test_better_for_some_and_worse_for_others_is_chosen_case_by_case() -> None:
    trained = train_templates(MIXED, AS_OF)
    assert trained.average_fen.low < 0 < trained.average_fen.high, "for all together it makes no difference"
    assert trained.effect.kind is not Kind.AVERAGE and trained.chosen.value.low > 0
    fresh = made(seed=2, who_answered=0.09, others=-0.09)
    told = TemplateChoice("DEMO", "a@1", "b@1", trained.effect).second_is_better(fresh.features)
    assert (told == (fresh.features[:, ANSWERED] > 0)).mean() > 0.95


def test_what_stays_drawn_when_it_is_in_force_still_teaches() -> None:
    """Preferred cases have the second template with nine in ten, the others with one in ten: lines know their own chance."""
    trials = made(20_000, who_answered=0.06, others=0.0, seed=5)
    rng = np.random.default_rng(9)
    likes = trials.features[:, ANSWERED] > 0
    chance = np.where(likes, 0.9, 0.1)
    second = rng.random(len(trials)) < chance
    share = np.clip(0.25 + second * np.where(likes, 0.06, 0.0), 0, 1) * (rng.random(len(trials)) < 0.6)
    mixed = replace(trials, treated=second, propensity=chance, repaid_fen=(share * trials.amount_fen).astype(np.int64))
    trained = train_templates(mixed, AS_OF)
    truth = float((0.06 * 0.6 * likes * trials.amount_fen).mean())
    assert trained.average_fen.low < truth < trained.average_fen.high and trained.average_fen.low > 0
    raw = trials.amount_fen[second].mean()  # the arms as they are differ, the weighted ones do not
    assert raw == pytest.approx(trials.amount_fen.mean(), rel=0.05)


def test_without_a_draw_or_with_a_false_one_nothing_is_learned() -> None:
    with pytest.raises(NoDraw):
        train_templates(replace(BETTER, propensity=np.full(len(BETTER), np.nan)), AS_OF)
    with pytest.raises(TooFew):
        train_templates(BETTER.take(np.arange(300)), AS_OF)
    # A template that is stopped in some of its cases only: there are too few of it.
    stopped = BETTER.take(~(BETTER.treated & (np.arange(len(BETTER)) % 8 == 0)))
    with pytest.raises(NotAsDrawn) as unlike:
        train_templates(stopped, AS_OF)
    second, expected, off = unlike.value.args
    assert second < expected and off < -5
    with pytest.raises(NotByChance, match="calls_answered"):
        keeps = (BETTER.features[:, ANSWERED] > 0) == BETTER.treated
        demand = BETTER.take(keeps | (np.arange(len(BETTER)) % 3 == 0))
        train_templates(replace(demand, propensity=np.full(len(demand), float(demand.treated.mean()))), AS_OF)
    demand_sizes(BETTER)
    demand_sizes(BETTER.take(np.zeros(len(BETTER), bool)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_choice_comes_back_from_its_file(kind: Kind) -> None:
    choice = TemplateChoice("DEMO", "a@1", "b@1", fit(kind, MIXED, seed=3))
    again = TemplateChoice.from_bytes(choice.to_bytes())
    assert again.version == choice.version and choice.version.startswith(f"templates-{kind.value}-")
    assert (again.second_is_better(MIXED.features) == choice.second_is_better(MIXED.features)).all()
    assert replace(choice, lender="OTHER").version != choice.version


def test_training_again_gives_the_same_bytes() -> None:
    one, other = (train_templates(MIXED, AS_OF, seed=4) for _ in range(2))
    assert one.effect.to_bytes() == other.effect.to_bytes() and one.tried == other.tried


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", LetterModel(Kind.AVERAGE, 0.1).to_bytes(), json.dumps({"form": 1, "task": "templates"}).encode(),
                json.dumps({"form": 1, "task": "templates", "lender": "D", "ordinary": "a@1", "second": "b@1", "effect": {}}).encode()]
)  # fmt: skip
def test_what_is_no_such_file_is_not_read(content: bytes) -> None:
    with pytest.raises(ValueError):
        TemplateChoice.from_bytes(content)


@given(st.integers(0, 6), st.integers(1, 8), st.integers(0, 6), st.integers(1, 8))
def test_the_chance_of_more_is_that_of_every_way_to_deal_the_events(second: int, of_second: int, ordinary: int, of_ordinary: int) -> None:
    p, events = of_second / (of_second + of_ordinary), second + ordinary
    ways = sum(p ** sum(way) * (1 - p) ** (events - sum(way)) for way in product((0, 1), repeat=events) if sum(way) >= second)
    assert chance_of_more(second, of_second, ordinary, of_ordinary) == pytest.approx(ways)
    assert chance_of_more(0, of_second, ordinary, of_ordinary) == pytest.approx(1)


def test_the_chance_of_more_bears_large_numbers() -> None:
    assert chance_of_more(3_000, 50_000, 3_000, 50_000) == pytest.approx(0.505, abs=0.005)
    assert chance_of_more(3_300, 50_000, 3_000, 50_000) < 0.001
    assert chance_of_more(0, 0, 0, 0) == chance_of_more(0, 0, 3, 5) == 1.0
