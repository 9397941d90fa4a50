"""Choosing the address: lawful and deliverable only, one a place, explained, the same whatever the order."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locate.address.model import Address, Grade, Issue, Recipient
from locate.case import AddressKind, CaseRecord, GivenAddress, Source
from locate.choose import ChoicePolicy, RuleEstimator, choose
from locate.choose.model import Choice, Track

DAY = date(2026, 11, 20)
MakeGiven = Callable[..., GivenAddress]
MakePlace = Callable[..., Address]
ESTIMATOR = RuleEstimator()


def choice_of(case: CaseRecord, rows: list[tuple[GivenAddress, Address]], *tracks: Track, **more: object) -> Choice:
    case = replace(case, addresses=tuple(given for given, _ in rows))
    return choose(case, tuple(read for _, read in rows), tracks, "200", DAY, ESTIMATOR, **more)  # type: ignore[arg-type]


def chosen_ordinal(choice: Choice) -> int | None:
    return None if choice.chosen is None else choice.chosen.candidate.given.ordinal


def test_the_better_address_wins_and_the_other_is_the_runner_up(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace
) -> None:
    household, home = given_address(1, kind=AddressKind.HOUSEHOLD), given_address(2)
    choice = choice_of(case, [(household, place("a")), (home, place("b"))])
    assert chosen_ordinal(choice) == 2
    assert choice.runner_up is not None and choice.runner_up.candidate.given.ordinal == 1
    assert choice.others == () and choice.why_none == "" and choice.propensity == 1.0
    assert choice.model_version == RuleEstimator.version


@pytest.mark.parametrize(
    ("given_changes", "place_changes", "code"),
    [
        ({"source": Source.BANNED}, {}, "banned_source"),
        ({"source": Source.GUARANTEE}, {}, "guarantor"),
        ({"basis": "  "}, {}, "no_basis"),
        ({"collected_on": date(2026, 11, 21)}, {}, "dated_after"),
        ({}, {"issues": (Issue.AMBIGUOUS,)}, "ambiguous"),
        ({}, {"issues": (Issue.CONFLICT,)}, "conflict"),
        ({}, {"grade": Grade.PLACE}, "only_place"),
        ({}, {"grade": Grade.AREA}, "only_area"),
        ({}, {"grade": Grade.UNUSABLE}, "unusable"),
    ],
)
def test_an_unlawful_or_undeliverable_address_is_no_candidate(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace,
    given_changes: dict[str, object], place_changes: dict[str, object], code: str,
) -> None:  # fmt: skip
    choice = choice_of(case, [(given_address(1, **given_changes), place("a", **place_changes))])
    assert choice.chosen is None
    assert [(one.ordinal, one.code) for one in choice.excluded] == [(1, code)]
    assert choice.why_none.startswith("地址1：")
    beside = choice_of(
        case, [(given_address(1, **given_changes), place("a", **place_changes)), (given_address(2), place("b"))]
    )
    assert chosen_ordinal(beside) == 2


def test_a_village_is_deliverable_where_it_is_rural(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    assert chosen_ordinal(choice_of(case, [(given_address(1), place("a", grade=Grade.PLACE, rural=True))])) == 1


def test_a_case_without_addresses_says_so(case: CaseRecord) -> None:
    choice = choice_of(case, [])
    assert (choice.chosen, choice.why_none, len(choice.inputs_sha256)) == (None, "案件没有地址", 64)


def test_addresses_barred_from_outside_are_left_out(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    rows = [(given_address(1), place("a")), (given_address(2), place("b"))]
    assert chosen_ordinal(choice_of(case, rows)) == 1
    assert chosen_ordinal(choice_of(case, rows, barred=frozenset({1}))) == 2


def test_one_place_is_one_candidate_and_the_best_sourced_stands_for_it(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace
) -> None:
    rows = [
        (given_address(1, source=Source.PUBLIC), place("a")),
        (given_address(2, source=Source.CONTRACT), place("a")),
        (given_address(3, source=Source.CREDIT_BUREAU), place("a")),
    ]
    choice = choice_of(case, rows)
    assert chosen_ordinal(choice) == 2
    assert choice.runner_up is None and choice.others == ()


def test_independent_sources_that_agree_raise_the_probability(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace
) -> None:
    alone = choice_of(case, [(given_address(1), place("a"))])
    agreed = choice_of(
        case, [(given_address(1), place("a")), (given_address(2, source=Source.CREDIT_BUREAU), place("a"))]
    )
    same_document = choice_of(
        case, [(given_address(1), place("a")), (given_address(2, basis="YL-1", kind=AddressKind.BILLING), place("a"))]
    )
    assert alone.chosen and agreed.chosen and same_document.chosen
    assert agreed.chosen.probability > alone.chosen.probability
    assert same_document.chosen.probability == alone.chosen.probability
    assert any("2 个独立来源" in reason.text for reason in agreed.chosen.reasons)


def test_a_workplace_not_given_for_correspondence_comes_last_even_when_likelier(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace
) -> None:
    work = given_address(1, kind=AddressKind.WORK, source=Source.CREDIT_BUREAU, collected_on=DAY)
    old_home = given_address(2, kind=AddressKind.HOUSEHOLD, collected_on=date(2010, 1, 1))
    assert chosen_ordinal(choice_of(case, [(work, place("a")), (old_home, place("b", grade=Grade.BUILDING))])) == 2
    assert chosen_ordinal(choice_of(case, [(work, place("a"))])) == 1


def test_an_address_with_a_strangers_name_comes_last(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace
) -> None:
    strangers = place("a", recipient=Recipient("王小明", None))
    plain = place("b", grade=Grade.BUILDING)
    assert chosen_ordinal(choice_of(case, [(given_address(1), strangers), (given_address(2), plain)])) == 2
    own = replace(strangers, recipient=Recipient("欧阳明远", None))
    assert chosen_ordinal(choice_of(case, [(given_address(1), own), (given_address(2), plain)])) == 1


def test_the_weights_of_the_reasons_add_up_to_the_probability(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace
) -> None:
    from locate.choose.rule_estimator import load_priors

    tracks = (Track(date(2026, 5, 1), "a", "NOT_AT_ADDR"),)
    choice = choice_of(case, [(given_address(1), place("a", confidence=0.5, issues=(Issue.OUTDATED,)))], *tracks)
    assert choice.chosen is not None
    total = load_priors().base + sum(reason.weight for reason in choice.chosen.reasons)
    assert choice.chosen.probability == pytest.approx(1 / (1 + math.exp(-total)))
    assert all(reason.text and reason.code for reason in choice.chosen.reasons)


def test_the_value_is_worth_times_probability_less_postage(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace
) -> None:
    terms = ChoicePolicy(postage_fen=1_000, delivery_worth_per_mille=5, delivery_worth_min_fen=0)
    choice = choice_of(case, [(given_address(1), place("a"))], policy=terms)
    assert choice.chosen is not None
    assert choice.chosen.value_fen == round(choice.chosen.probability * 10_000) - 1_000


def test_parallel_lists_of_different_length_are_a_fault_of_ours(case: CaseRecord, given_address: MakeGiven) -> None:
    with pytest.raises(ValueError, match="zip"):
        choose(replace(case, addresses=(given_address(1),)), (), (), "200", DAY, ESTIMATOR)


OUTCOMES = ["", "OK_SELF", "OK_OTHER", "REFUSED", "MOVED_AWAY", "NOT_AT_ADDR", "UNCLAIMED", "LOST", "nonsense"]
givens = st.builds(
    dict,
    kind=st.sampled_from(list(AddressKind)),
    source=st.sampled_from(list(Source)),
    basis=st.sampled_from(["", "A", "B"]),
    collected_on=st.none() | st.dates(date(2015, 1, 1), date(2027, 1, 1)),
)
places = st.builds(
    dict,
    key=st.sampled_from(["", "a", "b", "c"]),
    grade=st.sampled_from(list(Grade)),
    rural=st.booleans(),
    confidence=st.sampled_from([0.2, 0.5, 0.79, 0.8, 1.0]),
    issues=st.sets(st.sampled_from(list(Issue)), max_size=2).map(lambda found: tuple(sorted(found))),
)
tracks_of = st.lists(
    st.builds(
        Track,
        st.dates(date(2024, 1, 1), DAY),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(OUTCOMES),
        st.booleans(),
    ),
    max_size=5,
)
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(
    rows=st.lists(st.tuples(givens, places), max_size=5), tracks=tracks_of,
    order=st.randoms(use_true_random=False), barred=st.frozensets(st.integers(1, 5)),
)  # fmt: skip
def test_a_choice_is_never_invented_and_never_depends_on_order(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace, rows, tracks, order, barred  # type: ignore[no-untyped-def]
) -> None:
    pairs = [(given_address(n, **g), place(**{"key": "x", **p})) for n, (g, p) in enumerate(rows, 1)]
    choice = choice_of(case, pairs, *tracks, barred=barred)
    shuffled, shuffled_tracks = list(pairs), list(tracks)
    order.shuffle(shuffled)
    order.shuffle(shuffled_tracks)
    assert choice_of(case, shuffled, *shuffled_tracks, barred=barred) == choice
    told = [one.candidate for one in (choice.chosen, choice.runner_up, *choice.others) if one is not None]
    assert all((one.given, one.parsed) in pairs for one in told)
    assert all(one.given.source not in (Source.BANNED, Source.GUARANTEE) and one.parsed.deliverable for one in told)
    assert all(one.given.ordinal not in barred and one.given.basis for one in told)
    keys = [one.parsed.key for one in told if one.parsed.key]
    assert len(keys) == len(set(keys))
    assert (choice.chosen is None) == bool(choice.why_none)
    seen = {one.given.ordinal for one in told} | {one.ordinal for one in choice.excluded}
    assert seen <= {given.ordinal for given, _ in pairs}
    if choice.chosen and choice.runner_up:
        assert 0 < choice.chosen.probability < 1


@quick
@given(first=givens, shape=places, better=st.sampled_from([Grade.DOOR, Grade.BUILDING]))
def test_a_worse_grade_never_wins_over_the_same_address_with_a_better_one(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace, first, shape, better  # type: ignore[no-untyped-def]
) -> None:
    worse = {Grade.DOOR: Grade.BUILDING, Grade.BUILDING: Grade.PLACE}[better]
    for key_of_worse in ("same", "other"):
        rows = [
            (given_address(1, **first), place(**{**shape, "key": key_of_worse, "grade": worse, "rural": True})),
            (given_address(2, **first), place(**{**shape, "key": "same", "grade": better, "rural": True})),
        ]
        assert chosen_ordinal(choice_of(case, rows)) != 1


@quick
@given(one=givens, other=givens, shape=places, moved=st.sampled_from(["MOVED_AWAY", "PERSON_UNKNOWN", "REFUSED"]))
def test_a_bad_track_never_helps_a_place(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace, one, other, shape, moved  # type: ignore[no-untyped-def]
) -> None:
    rows = [
        (given_address(1, **one), place(**{**shape, "key": "a"})),
        (given_address(2, **other), place(**{**shape, "key": "b"})),
    ]
    before = choice_of(case, rows)
    after = choice_of(case, rows, Track(date(2026, 1, 1), "a", moved))
    assert chosen_ordinal(after) != 1
    if chosen_ordinal(before) == 2:
        assert chosen_ordinal(after) == 2


def test_what_changes_the_choice_changes_the_hash_of_its_inputs(
    case: CaseRecord, given_address: MakeGiven, place: MakePlace
) -> None:
    def hash_of(given: GivenAddress, read: Address, *tracks: Track, **more: object) -> str:
        return choice_of(case, [(given, read)], *tracks, **more).inputs_sha256

    base = hash_of(given_address(1), place("a"))
    assert base == hash_of(given_address(1), place("a"))
    others = {
        hash_of(given_address(1, source=Source.PUBLIC), place("a")),
        hash_of(given_address(1, kind=AddressKind.WORK), place("a")),
        hash_of(given_address(1, basis="Z"), place("a")),
        hash_of(given_address(1, collected_on=None), place("a")),
        hash_of(given_address(1), place("b")),
        hash_of(given_address(1), place("a", grade=Grade.BUILDING)),
        hash_of(given_address(1), place("a", confidence=0.5)),
        hash_of(given_address(1), place("a", issues=(Issue.OUTDATED,))),
        hash_of(given_address(1), place("a"), Track(DAY, "a", "LOST")),
        hash_of(given_address(1), place("a"), policy=ChoicePolicy(postage_fen=1)),
        hash_of(given_address(1), place("a"), barred=frozenset({9})),
        hash_of(given_address(1), place("a", recipient=Recipient("王小明", None))),
    }
    assert len(others | {base}) == 13


def test_the_hash_is_the_same_in_every_process(case: CaseRecord, given_address: MakeGiven, place: MakePlace) -> None:
    """Set and dict order differ with the hash seed; the canonical form must not."""
    import os
    import subprocess
    import sys
    from pathlib import Path

    root = Path(__file__).resolve().parents[3]
    code = (
        "from datetime import date; from decimal import Decimal; from locate.case import *; from locate.choose import *\n"
        "from locate.choose.model import Track; from locate.address.model import *\n"
        "c=Claim(date(2026,1,1),date(2026,1,1),*[0]*10,None)\n"
        "g=GivenAddress(1,'t',AddressKind.WORK,Source.RESERVED,'','b',None,date(2026,1,1))\n"
        "r=CaseRecord('C','n','i','m','k','p','',date(2025,1,1),c,'','',addresses=(g,))\n"
        "a=Address('t',key='k',grade=Grade.DOOR,confidence=.9,issues=(Issue.OUTDATED,Issue.NO_DISTRICT))\n"
        "x=choose(r,(a,),(Track(date(2026,1,1),'k','LOST'),),'200',date(2026,2,2),RuleEstimator(),barred=frozenset({7,8,9}))\n"
        "print(x.inputs_sha256, x.model_version)"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONHASHSEED": seed}, text=True,
            capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(told) == 1
