"""What a postal product does is learned from letters that chance gave it, and from no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locate.choose.rule_terms import rule_terms
from models.delivery.estimators import DeliveryModel, Kind
from models.delivery.features import Record
from models.delivery.opportunities import DELIVERED, Flags, Opportunities, Outcome
from models.delivery.products import (
    LEAST_DRAWN,
    ProductEffect,
    delivered_by,
    effect_of,
    product_effect,
    products_told,
    told_as,
)
from models.delivery.training import Option, Trained, train
from tests.models.delivery.conftest import AS_OF

OPTIONS = (Option(Kind.RULE), Option(Kind.LOGISTIC))
SAVED = 0.30
"""Of the letters that would fail, so many arrive for having gone by EMS."""


def by_ems(letters: Opportunities, ems: Flags, seed: int) -> Opportunities:
    """The letters as if these had gone by EMS, and a part of their failures had been receipts for it."""
    lucky = np.random.default_rng(seed).random(len(letters)) < SAVED
    failed = (letters.outcome >= 0) & ~np.isin(letters.outcome, list(DELIVERED))
    return replace(letters, product=ems.astype(np.int64), outcome=np.where(ems & failed & lucky, Outcome.SELF, letters.outcome))


@pytest.fixture(scope="module")
def drawn(letters: Opportunities) -> Opportunities:
    return by_ems(letters, np.random.default_rng(5).random(len(letters)) < 0.3, 6)


@pytest.fixture(scope="module")
def trained(drawn: Opportunities) -> Trained:
    return train(drawn, AS_OF, rule_terms(), options=OPTIONS, drawn=np.ones(len(drawn), bool))


def both_ways(model: DeliveryModel, rows: Opportunities) -> tuple[float, float]:
    """Mean chance of the same rows by letter and by EMS, as a house whose ordinary product is the letter."""
    record, home = Record.of(rows), np.zeros(len(rows), np.int64)
    by = [delivered_by(model, replace(rows, product=np.full(len(rows), code)), record, home) for code in (0, 1)]
    return float(by[0].mean()), float(by[1].mean())


def test_what_chance_gave_is_told_apart_and_by_how_much(trained: Trained, drawn: Opportunities) -> None:
    assert trained.model.products == (0, 1)
    known = drawn.take(drawn.outcome >= 0)
    letter, ems = both_ways(trained.model, known)
    planted = SAVED * (1 - letter)
    assert ems - letter == pytest.approx(planted, abs=0.05)


def test_what_nobody_drew_is_not_told_apart(drawn: Opportunities) -> None:
    model = train(drawn, AS_OF, rule_terms(), options=OPTIONS).model
    assert model.products == ()
    letter, ems = both_ways(model, drawn.take(drawn.outcome >= 0))
    assert letter == ems


def test_who_is_sent_ems_for_what_they_are_teaches_nothing_of_ems(letters: Opportunities) -> None:
    """EMS for those who are easily reached, with no effect at all; a tenth of the letters is drawn, and from these alone it is learned."""
    rng = np.random.default_rng(11)
    by_chance = rng.random(len(letters)) < 0.4
    easy = letters.id_region >= 2
    ems = np.where(by_chance, rng.random(len(letters)) < 0.5, easy)
    sent = replace(letters, product=ems.astype(np.int64))
    found = train(sent, AS_OF, rule_terms(), options=OPTIONS, drawn=by_chance)
    assert found.model.products == (0, 1)
    letter, by_ems_too = both_ways(found.model, sent.take(sent.outcome >= 0))
    assert abs(by_ems_too - letter) < 0.04


def test_the_file_brings_the_effect_back_and_the_order_of_letters_does_not_matter(trained: Trained, drawn: Opportunities) -> None:
    again = DeliveryModel.from_bytes(trained.model.to_bytes())
    assert again.version == trained.model.version
    known = drawn.take(drawn.outcome >= 0)
    assert both_ways(again, known) == both_ways(trained.model, known)
    turned = np.random.default_rng(3).permutation(len(drawn))
    other = train(drawn.take(turned), AS_OF, rule_terms(), options=OPTIONS, drawn=np.ones(len(drawn), bool)[turned])
    assert other.model.to_bytes() == trained.model.to_bytes()


def test_too_few_of_one_product_are_no_trial(letters: Opportunities) -> None:
    known = np.flatnonzero(letters.outcome >= 0)
    few = np.zeros(len(letters), np.int64)
    few[known[: LEAST_DRAWN - 1]] = 1
    assert products_told(replace(letters, product=few)) == ()
    few[known[LEAST_DRAWN - 1]] = 1
    assert products_told(replace(letters, product=few)) == (0, 1)


@settings(max_examples=60, deadline=None)
@given(told=st.sets(st.integers(0, 3)).map(lambda codes: tuple(sorted(codes)) if len(codes) > 1 else ()), product=st.integers(0, 3), ordinary=st.integers(0, 3))
def test_a_product_is_told_as_itself_only_where_it_and_the_ordinary_one_are_told_apart(
    trained: Trained, letters: Opportunities, told: tuple[int, ...], product: int, ordinary: int
) -> None:
    asked = told_as(told, np.full(3, product), np.full(3, ordinary))
    both = product in told and ordinary in told
    assert set(asked.tolist()) == {product if both else ordinary}
    effect = ProductEffect(dict.fromkeys(told[1:], (0.3, 0.1)))
    added = effect_of(replace(trained.model, products=told, effect=effect), replace(letters.take(np.arange(3)), product=asked), np.full(3, 0.5))
    assert np.allclose(added, 0.35 if asked[0] in told[1:] else 0.0)


def test_what_the_model_misjudges_where_exploring_goes_is_not_the_products_doing(letters: Opportunities) -> None:
    """Both products arrive alike; EMS was drawn mostly at places that the model thinks too well of."""
    rng = np.random.default_rng(17)
    count = len(letters)
    explored = rng.random(count) < 0.3
    ems = explored & (rng.random(count) < 0.5)
    said = np.where(explored, 0.8, 0.4)
    good = rng.random(count) < 1 / (1 + np.exp(-np.where(explored, -0.4, 0.4)))
    rows = replace(letters, product=ems.astype(np.int64), propensity=np.where(explored, 0.15, 0.7))
    found = product_effect(rows, (0, 1), said, good, np.ones(count), AS_OF)
    start, slope = found.lines[1]
    assert abs(start + slope * 0.8) < 0.25
    naive = float(np.mean(good[ems])) - 1 / (1 + np.exp(-0.8))
    assert naive < -0.2, "who had compared EMS with the model's word alone would have blamed EMS"
