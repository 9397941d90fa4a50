"""The first estimator: priors with sources, monotone in what should matter."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from importlib.resources import files

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locate.address.model import Address, Grade, Issue
from locate.case import AddressKind, GivenAddress, Source
from locate.choose import DeliveryEstimator, RuleEstimator
from locate.choose.model import Candidate
from locate.choose.rule_estimator import load_priors

DAY = date(2026, 11, 20)
MakeGiven = Callable[..., GivenAddress]
MakePlace = Callable[..., Address]
quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def probability(given_row: GivenAddress, read: Address) -> float:
    (scored,) = RuleEstimator().score((Candidate(given_row, read),), (), "200", DAY)
    return scored.probability


def test_it_is_a_delivery_estimator() -> None:
    estimator: DeliveryEstimator = RuleEstimator()
    assert estimator.version.startswith("rule-1-")


def test_every_number_has_a_source_and_every_lawful_source_a_prior() -> None:
    raw = tomllib.loads(files("locate.choose").joinpath("priors.toml").read_text("utf-8"))
    for group in ("kind", "origin", "grade"):
        assert all(row["source"] for row in raw[group].values())
    assert all(raw[name]["source"] for name in ("base", "age_limits", "agreement", "confidence", "issue_limits"))
    assert set(load_priors().origin) == set(Source) - {Source.BANNED, Source.GUARANTEE}
    assert {prior.rank for prior in load_priors().origin.values()} == set(range(len(load_priors().origin)))


def test_the_answer_keeps_the_order_of_the_question(given_address: MakeGiven, place: MakePlace) -> None:
    candidates = tuple(Candidate(given_address(n), place(key)) for n, key in ((3, "c"), (1, "a"), (2, "b")))
    scored = RuleEstimator().score(candidates, (), "200", DAY)
    assert [one.candidate.given.ordinal for one in scored] == [3, 1, 2]


@quick
@given(kind=st.sampled_from(list(AddressKind)), older=st.dates(date(2010, 1, 1), DAY), newer=st.dates(date(2010, 1, 1), DAY))
def test_a_fresher_address_is_never_less_likely(
    given_address: MakeGiven, place: MakePlace, kind: AddressKind, older: date, newer: date
) -> None:
    older, newer = sorted((older, newer))
    assert probability(given_address(1, kind=kind, collected_on=newer), place("a")) >= probability(
        given_address(1, kind=kind, collected_on=older), place("a")
    )


@quick
@given(low=st.floats(0, 1), high=st.floats(0, 1), issue=st.sampled_from(list(Issue)))
def test_surer_reading_and_fewer_issues_are_never_less_likely(
    given_address: MakeGiven, place: MakePlace, low: float, high: float, issue: Issue
) -> None:
    low, high = sorted((low, high))
    one = given_address(1)
    assert probability(one, place("a", confidence=high)) >= probability(one, place("a", confidence=low))
    assert probability(one, place("a")) >= probability(one, place("a", issues=(issue,)))


def test_a_better_grade_is_likelier(given_address: MakeGiven, place: MakePlace) -> None:
    row = given_address(1)
    door, building, village = (probability(row, place("a", grade=g)) for g in (Grade.DOOR, Grade.BUILDING, Grade.PLACE))
    assert door > building > village


def test_the_files_own_date_is_no_sign_of_freshness(given_address: MakeGiven, place: MakePlace) -> None:
    undated = given_address(1, collected_on=None, reported_on=DAY)
    assert probability(undated, place("a")) < probability(given_address(1, collected_on=DAY), place("a"))
