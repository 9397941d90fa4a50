"""Choosing place and postal product together: what a delivery is worth against what each product costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locate.address.model import Address
from locate.case import AddressKind, CaseRecord, GivenAddress, Source
from locate.choose import ChoicePolicy, RuleEstimator, choose
from locate.choose.learned_estimator import LearnedEstimator, opportunities_of
from locate.choose.model import Candidate, Choice, ProductOffer, Scored, Track
from locate.choose.rule_terms import rule_terms
from models.delivery.estimators import DeliveryModel, Kind
from models.delivery.features import FEATURES, Record
from models.delivery.linear import Linear
from models.delivery.products import NO_EFFECT, ProductEffect
from tests.locate.choose.test_learned import asked

DAY = date(2026, 11, 20)
MakeGiven = Callable[..., GivenAddress]
MakePlace = Callable[..., Address]
LETTER = ProductOffer("200", "挂号信函", lambda _postcode: 420)
EMS = ProductOffer("402", "文书专递", lambda postcode: 1_200 if postcode.startswith("31") else 2_000)
BOTH = (LETTER, EMS)
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Told:
    """An estimator that says what it is told: (place key, product) → probability."""

    chances: Mapping[tuple[str, str], float]
    version: str = "told"

    def score(self, candidates: tuple[Candidate, ...], tracks: tuple[Track, ...], product: str, day: date) -> tuple[Scored, ...]:
        return tuple(Scored(one, product, self.chances[one.parsed.key, product], 0, ()) for one in candidates)


def choice_of(case: CaseRecord, make: MakeGiven, place: MakePlace, chances: Mapping[tuple[str, str], float], **more: object) -> Choice:
    keys = sorted({key for key, _ in chances})
    one = replace(case, addresses=tuple(make(n) for n, _ in enumerate(keys, start=1)))
    return choose(one, tuple(place(key) for key in keys), (), "200", DAY, Told(chances), **{"products": BOTH, **more})  # type: ignore[arg-type]


def taken(choice: Choice) -> tuple[str, str]:
    assert choice.chosen is not None
    return choice.chosen.candidate.parsed.key, choice.chosen.product


def test_the_dearer_product_is_taken_where_it_earns_its_postage(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    """A delivery is worth 200 yuan here (one per cent of the claim): eight points more are worth 16 yuan, EMS costs 7.80 more."""
    choice = choice_of(case, given_address, place, {("a", "200"): 0.40, ("a", "402"): 0.48})
    assert taken(choice) == ("a", "402")
    assert choice.chosen is not None
    assert (choice.chosen.value_fen, choice.chosen.cost_fen) == (9_600 - 1_200, 1_200)
    assert choice.chosen.reasons[-1].text == "邮政产品：文书专递 预期签收 48%、邮资 12.00 元；另可用挂号信函 预期签收 40%、邮资 4.20 元"
    assert taken(choice_of(case, given_address, place, {("a", "200"): 0.40, ("a", "402"): 0.43})) == ("a", "200")


def test_postage_follows_the_place(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    chances = {("a", "200"): 0.40, ("a", "402"): 0.46}
    assert taken(choice_of(case, given_address, place, chances)) == ("a", "402")
    far = choice_of(case, given_address, lambda key: place(key, postcode="830000", adcode="650102"), chances)
    assert taken(far) == ("a", "200")


def test_a_small_claim_goes_by_the_cheap_product(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    small = replace(case, claim=replace(case.claim, total=type(case.claim.total)(50_000)))
    assert taken(choice_of(small, given_address, place, {("a", "200"): 0.3, ("a", "402"): 0.6})) == ("a", "200")


def test_the_runner_up_is_another_place(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    chances = {("a", "200"): 0.60, ("a", "402"): 0.70, ("b", "200"): 0.50, ("b", "402"): 0.52}
    choice = choice_of(case, given_address, place, chances)
    assert taken(choice) == ("a", "402")
    assert choice.runner_up is not None
    assert (choice.runner_up.candidate.parsed.key, choice.runner_up.product) == ("b", "200")
    assert sorted((one.candidate.parsed.key, one.product) for one in choice.others) == [("a", "200"), ("b", "402")]


def test_rules_know_no_difference_and_take_the_cheapest(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    one = replace(case, addresses=(given_address(1),))
    for products, cheapest in ((BOTH, "200"), ((EMS, LETTER), "200"), ((LETTER, ProductOffer("404", "EMS", lambda _: 420)), "200")):
        choice = choose(one, (place("a"),), (), products[0].code, DAY, RuleEstimator(), products=products)
        assert taken(choice) == ("a", cheapest)


def test_the_ordinary_product_comes_first(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    with pytest.raises(ValueError, match="ordinary"):
        choose(replace(case, addresses=(given_address(1),)), (place("a"),), (), "402", DAY, RuleEstimator(), products=BOTH)


def test_one_product_is_chosen_as_before(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    """Without further products the policy's flat postage counts, the hash is the old one, and no product is spoken of."""
    one = replace(case, addresses=(given_address(1), given_address(2, kind=AddressKind.WORK, source=Source.CONTRACT)))
    choice = choose(one, (place("a"), place("b")), (), "200", DAY, RuleEstimator())
    assert choice.chosen is not None
    assert choice.chosen.cost_fen == ChoicePolicy().postage_fen
    assert not any(reason.code == "product" for reason in choice.chosen.reasons)
    several = choose(one, (place("a"), place("b")), (), "200", DAY, RuleEstimator(), products=BOTH)
    dearer = choose(one, (place("a"), place("b")), (), "200", DAY, RuleEstimator(), products=(LETTER, ProductOffer("402", "文书专递", lambda _: 1_300)))
    assert len({choice.inputs_sha256, several.inputs_sha256, dearer.inputs_sha256}) == 3


@quick
@given(
    chances=st.dictionaries(st.sampled_from("abcd"), st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)), min_size=1, max_size=4),
    total=st.integers(10_000, 20_000_000), costs=st.tuples(st.integers(100, 3_000), st.integers(100, 3_000)),
)  # fmt: skip
def test_nothing_that_was_left_is_worth_more(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace, chances: dict[str, tuple[float, float]], total: int, costs: tuple[int, int]
) -> None:
    one = replace(case, claim=replace(case.claim, total=type(case.claim.total)(total)))
    products = (ProductOffer("200", "挂号信函", lambda _: costs[0]), ProductOffer("402", "文书专递", lambda _: costs[1]))
    told = {(key, product): p for key, both in chances.items() for product, p in zip(("200", "402"), both, strict=True)}
    choice = choice_of(one, given_address, place, told, products=products)
    assert choice.chosen is not None
    left = [other for other in (choice.runner_up, *choice.others) if other is not None]
    assert len(left) == len(told) - 1
    assert all(other.value_fen <= choice.chosen.value_fen for other in left)
    assert {(o.candidate.parsed.key, o.product) for o in (*left, choice.chosen)} == set(told)


def test_exploration_draws_among_places_and_products(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    """Three of the four pairs are above the floor and worth their postage; the fourth is never drawn."""
    chances = {("a", "200"): 0.60, ("a", "402"): 0.62, ("b", "200"): 0.30, ("b", "402"): 0.04}
    terms = ChoicePolicy(explore_per_mille=300, explore_floor_per_mille=50)
    counts: dict[tuple[str, str], int] = {}
    for step in range(1000):
        choice = choice_of(case, given_address, place, chances, policy=terms, draw=step / 1000)
        pair = taken(choice)
        counts[pair] = counts.get(pair, 0) + 1
        assert choice.propensity == pytest.approx(0.8 if pair == ("a", "200") else 0.1)
        assert {taken(choice), *((one.candidate.parsed.key, one.product) for one in choice.drawn_among)} == {("a", "200"), ("a", "402"), ("b", "200")}
    assert counts == {("a", "200"): 800, ("a", "402"): 100, ("b", "200"): 100}
    assert choice_of(case, given_address, place, chances).drawn_among == ()


def likes_ems(products: tuple[int, ...]) -> DeliveryModel:
    """A model in which EMS adds two log-odds, and that may tell these products apart."""
    linear = Linear(np.zeros(len(FEATURES)), np.ones(len(FEATURES)), np.zeros((1, len(FEATURES))), np.array([-0.5]))
    return DeliveryModel(Kind.LOGISTIC, 0.0, rule_terms(), linear=linear, products=products, effect=ProductEffect({1: (2.0, 0.0)}) if products else NO_EFFECT)


@pytest.mark.parametrize(("told", "apart"), [((), False), ((0,), False), ((0, 2), False), ((0, 1), True)])
def test_a_product_that_chance_never_gave_is_told_as_the_ordinary_one(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace, told: tuple[int, ...], apart: bool
) -> None:
    candidates = tuple(Candidate(given_address(n), place(key)) for n, key in ((1, "a"), (2, "b")))
    estimator = LearnedEstimator(likes_ems(told), Record.of(opportunities_of([], 1, DAY, 0)), "test", {"200": 0, "402": 1}, 1)
    (answer,) = estimator.answers([asked(candidates)], DAY)
    letter, ems = (answer.score(candidates, (), product, DAY) for product in ("200", "402"))
    assert [one.product for one in ems] == ["402", "402"]
    assert [one.probability > other.probability for one, other in zip(ems, letter, strict=True)] == [apart, apart]
    with pytest.raises(ValueError, match="another product"):
        answer.score(candidates, (), "240", DAY)


def test_what_a_model_tells_apart_is_in_its_file_and_old_files_stay_as_they_were() -> None:
    told, older = likes_ems((0, 1)), likes_ems(())
    assert DeliveryModel.from_bytes(told.to_bytes()).products == (0, 1)
    assert b"products" not in older.to_bytes()
    assert DeliveryModel.from_bytes(older.to_bytes()).version == older.version


def test_what_was_set_is_taken_where_no_difference_is_known_and_only_there(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    alike = {("a", "200"): 0.50, ("a", "402"): 0.50, ("b", "200"): 0.30, ("b", "402"): 0.30}
    choice = choice_of(case, given_address, place, alike, preferred="402")
    assert taken(choice) == ("a", "402")
    assert choice.chosen is not None
    assert choice.chosen.reasons[-1].text.endswith("；按资方设定的金额选用")
    assert taken(choice_of(case, given_address, place, alike, preferred="200")) == ("a", "200")
    assert taken(choice_of(case, given_address, place, alike)) == ("a", "200")
    told = {**alike, ("a", "402"): 0.51}
    assert taken(choice_of(case, given_address, place, told, preferred="402")) == ("a", "200"), "a point more does not pay for EMS"
    assert choice.inputs_sha256 != choice_of(case, given_address, place, alike).inputs_sha256
    with pytest.raises(ValueError, match="preferred"):
        choice_of(case, given_address, place, alike, preferred="404")
