"""Offers say what was known, in codes; a learned model answers as an estimator; the rules in bulk say what they say one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locate.address.model import Address, Grade, Issue
from locate.case import AddressKind, CaseRecord, GivenAddress, Source
from locate.choose import ChoicePolicy, RuleEstimator, choose
from locate.choose.learned_estimator import Asked, LearnedEstimator, opportunities_of
from locate.choose.model import Candidate
from locate.choose.offers import Offer, building_key, estate_key, offers_of, region_agreement
from locate.choose.rule_terms import rule_terms
from models.delivery.estimators import DeliveryModel, Kind
from models.delivery.features import Record, matrix
from models.delivery.opportunities import elsewhere
from models.delivery.rules import rule_log_odds

DAY = date(2026, 11, 20)
MakeGiven = Callable[..., GivenAddress]
MakePlace = Callable[..., Address]
ID = "330106198804250619"
MOBILE = "13805710000"
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def token(level: str, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{level}|{key}".encode()).digest()[:7], "big")


def asked(candidates: tuple[Candidate, ...]) -> Asked:
    return Asked(candidates, offers_of(candidates, DAY, ID, MOBILE, token), 7, 2_000_000, 420)


@quick
@given(
    kinds=st.lists(
        st.tuples(
            st.sampled_from(list(AddressKind)), st.sampled_from([one for one in Source if one not in (Source.BANNED, Source.GUARANTEE)]),
            st.sampled_from([Grade.DOOR, Grade.BUILDING, Grade.PLACE]), st.none() | st.integers(0, 4000), st.floats(0.3, 1.0),
            st.sets(st.sampled_from(list(Issue)), max_size=3), st.sampled_from("abc"),
        ),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_the_rules_in_bulk_say_what_they_say_one_by_one(given_address: MakeGiven, place: MakePlace, kinds: list) -> None:
    candidates = tuple(
        Candidate(
            given_address(n, kind=kind, source=source, collected_on=None if age is None else DAY - timedelta(age)),
            place(key, grade=grade, confidence=round(confidence, 4), issues=tuple(sorted(issues))),
        )
        for n, (kind, source, grade, age, confidence, issues, key) in enumerate(kinds, start=1)
    )
    rows = opportunities_of([asked(candidates)], 1, DAY, 0)
    model = DeliveryModel(Kind.RULE, 0.0, rule_terms())
    nothing = Record.of(rows)
    found = model.delivered(rows, matrix(rows, nothing))
    expected = [one.probability for one in RuleEstimator().score(candidates, (), "200", DAY)]
    assert np.allclose(found, expected, atol=1e-9)
    assert np.isfinite(rule_log_odds(rows, matrix(rows, nothing), rule_terms())).all()


@quick
@given(beside=st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.none() | st.integers(0, 4000)), min_size=1, max_size=6))
def test_what_stands_beside_is_said_as_in_bulk(given_address: MakeGiven, place: MakePlace, beside: list[tuple[str, int | None]]) -> None:
    candidates = tuple(
        Candidate(given_address(n, collected_on=None if age is None else DAY - timedelta(age)), place(key)) for n, (key, age) in enumerate(beside, start=1)
    )
    offers = offers_of(candidates, DAY, ID, MOBILE, token)
    ages = np.array([np.nan if one.age_days < 0 else float(one.age_days) for one in offers])
    places, youngest = elsewhere(np.zeros(len(offers), np.int64), np.array([one.room for one in offers], np.int64), ages)
    assert [one.places for one in offers] == places.tolist()
    assert [one.elsewhere_days for one in offers] == [-1 if np.isnan(age) else int(age) for age in youngest]


def test_an_offer_says_what_was_known(given_address: MakeGiven, place: MakePlace) -> None:
    old = Candidate(given_address(1, source=Source.CONTRACT, collected_on=DAY - timedelta(900)), place("a", poi="清波小区", building="3", adcode="330106"))
    again = Candidate(given_address(2, collected_on=DAY - timedelta(50)), place("a", poi="清波小区", building="3"))
    other = Candidate(given_address(3, collected_on=None, kind=AddressKind.WORK), place("b", adcode="440305", issues=(Issue.OUTDATED,)))
    one, same, third = offers_of((old, again, other), DAY, ID, MOBILE, token)
    assert (one.room, one.age_days, one.voices, one.places) == (same.room, 50, 2, 2)
    assert (one.elsewhere_days, third.elsewhere_days, third.age_days) == (-1, 50, -1)
    assert (one.id_region, third.id_region, third.issues) == (3, 0, 1 << 2)
    assert (one.phone_region, same.phone_region, third.phone_region) == (2, 2, 0)
    assert one.building > 0
    assert third.estate == -1
    assert Offer.from_json(one.as_json()) == one
    assert not any("清波" in str(value) or "3301061988" in str(value) or MOBILE[:7] in str(value) for value in one.as_json().values())


def test_an_offer_kept_before_there_was_a_table_of_phone_regions_reads_as_not_known(given_address: MakeGiven, place: MakePlace) -> None:
    (offer,) = offers_of((Candidate(given_address(1), place("a")),), DAY, ID, MOBILE, token)
    kept = offer.as_json()
    assert kept.pop("phone_region") == 2
    assert Offer.from_json(kept) == replace(offer, phone_region=-1)
    for wrong in ({**kept, "phone": 2}, {name: value for name, value in kept.items() if name != "id_region"}):
        with pytest.raises(TypeError):
            Offer.from_json(wrong)


@pytest.mark.parametrize("mobile", ["", "19912345678"])
def test_a_phone_of_no_known_region_is_not_known_and_stays_so_as_a_row(given_address: MakeGiven, place: MakePlace, mobile: str) -> None:
    candidates = (Candidate(given_address(1), place("a")),)
    rows = opportunities_of([asked(candidates), Asked(candidates, offers_of(candidates, DAY, ID, mobile, token), 7, 2_000_000, 420)], 1, DAY, 0)
    assert rows.phone_region.tolist() == [2, -1]


def test_keys_of_a_building_lead_from_its_estate(place: MakePlace) -> None:
    address = place("k", poi="清波小区", building="3", room="1203")
    assert building_key(address) == f"{estate_key(address)}|3"
    assert estate_key(place("k", poi=None, road="新华路", road_no=None)) == ""
    assert building_key(place("k", adcode=None, poi="清波小区", building="3")) == ""


@pytest.mark.parametrize(("number", "adcode", "level"), [(ID, "330106", 3), (ID, "330102", 2), (ID, "331002", 1), (ID, "440305", 0), (ID, None, -1), ("", "330106", -1)])
def test_how_far_the_region_of_the_id_agrees(number: str, adcode: str | None, level: int) -> None:
    assert region_agreement(number, adcode) == level


@pytest.fixture
def learned() -> LearnedEstimator:
    rows = opportunities_of([], 1, DAY, 0)
    return LearnedEstimator(DeliveryModel(Kind.EMPIRICAL_BAYES, 0.0, rule_terms(), intercept=-0.5), Record.of(rows), "delivery-test+0", {"200": 0}, 1)


def test_a_learned_model_chooses_and_says_why(case: CaseRecord, given_address: MakeGiven, place: MakePlace, learned: LearnedEstimator) -> None:
    chosen_from = replace(case, addresses=(given_address(1), given_address(2)))
    parsed = (place("a"), place("b"))
    candidates = tuple(Candidate(given, address) for given, address in zip(chosen_from.addresses, parsed, strict=True))
    (answer,) = learned.answers([asked(candidates)], DAY)
    choice = choose(chosen_from, parsed, (), "200", DAY, answer)
    assert choice.model_version == "delivery-test+0"
    assert choice.chosen is not None
    assert 0 < choice.chosen.probability < 1
    assert any("最可能的结果" in reason.text for reason in choice.chosen.reasons)
    with pytest.raises(ValueError, match="other candidates"):
        answer.score(candidates[:1], (), "200", DAY)


def test_no_candidates_are_an_answer_too(learned: LearnedEstimator) -> None:
    (empty, one) = learned.answers([asked(()), asked(())], DAY)
    assert (empty.answers, one.answers) == ({"200": ()}, {"200": ()})


def test_exploration_takes_another_lawful_address_as_often_as_it_says(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    chosen_from = replace(
        case, addresses=(given_address(1), given_address(2, collected_on=date(2024, 1, 1)), given_address(3, kind=AddressKind.WORK, source=Source.PUBLIC))
    )
    parsed = (place("a"), place("b"), place("c"))
    terms = ChoicePolicy(explore_per_mille=100, explore_floor_per_mille=50)
    counts = {1: 0, 2: 0, 3: 0}
    propensity = {}
    for step in range(1000):
        choice = choose(chosen_from, parsed, (), "200", DAY, RuleEstimator(), terms, draw=step / 1000)
        assert choice.chosen is not None
        ordinal = choice.chosen.candidate.given.ordinal
        counts[ordinal] += 1
        propensity[ordinal] = choice.propensity
        assert any(reason.code == "explore" for reason in choice.chosen.reasons) == (ordinal != 1)
    # The workplace that the debtor did not give needs a person: exploration never takes it.
    assert counts == {1: 950, 2: 50, 3: 0}
    assert propensity == {1: pytest.approx(0.95), 2: pytest.approx(0.05)}


def test_without_exploration_nothing_is_drawn(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    chosen_from = replace(case, addresses=(given_address(1), given_address(2, collected_on=date(2024, 1, 1))))
    for draw in (0.0, 0.5, 1.0):
        choice = choose(chosen_from, (place("a"), place("b")), (), "200", DAY, RuleEstimator(), ChoicePolicy(explore_floor_per_mille=0), draw=draw)
        assert choice.chosen is not None
        assert (choice.chosen.candidate.given.ordinal, choice.propensity) == (1, 1.0)
