"""Who is asked first where a share of cases is drawn: the hard filter first, probabilities that are true, the same draw the same contact."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letters.rules.policy import Policy
from locate.case import CaseRecord, Contact, Source
from locate.contacts.exploring import NEVER, ContactExploring, first_asked
from locate.contacts.features import ContactHistory, Question, contact_features
from locate.contacts.kept_options import CONTACTS, options_kept, options_to_keep
from locate.contacts.lawful import ContactRecord, may_be_asked
from locate.contacts.lost_contact import LostContact
from locate.contacts.ranking import RankedContact, RulePrior, rank_contacts

DAY = date(2026, 11, 20)
DRAWS = 2_000


@st.composite
def rankings(draw: st.DrawFn) -> tuple[list[RankedContact], set[int], ContactExploring]:
    """Ranked contacts with scores best first, which of them are clear, and the terms."""
    scores = sorted(draw(st.lists(st.floats(-0.2, 0.9, allow_nan=False), min_size=1, max_size=6)), reverse=True)
    ordinals = draw(st.permutations(range(1, len(scores) + 1)))
    ranked = [RankedContact(ordinal, 0.5, 0.01, score, ()) for ordinal, score in zip(ordinals, scores, strict=True)]
    clear = draw(st.sets(st.sampled_from(ordinals)))
    return ranked, clear, ContactExploring(draw(st.integers(0, 200)), draw(st.integers(0, 1000)))


def test_terms_alone_are_those_of_the_shipped_policy() -> None:
    terms, policy = ContactExploring(), Policy()
    assert terms.contact_explore_per_mille == policy.contact_explore_per_mille == 0
    assert terms.contact_explore_floor_per_mille == policy.contact_explore_floor_per_mille


@given(rankings(), st.floats(0, 1, exclude_max=True))
def test_a_draw_takes_the_best_or_a_clear_one_above_the_floor_and_says_with_which_probability(
    given: tuple[list[RankedContact], set[int], ContactExploring], draw: float
) -> None:
    ranked, clear, terms = given
    found = first_asked(ranked, clear, terms, draw)
    assert found == first_asked(ranked, clear, terms, draw), "the same draw, the same contact"
    assert sum(found.propensity.values()) == pytest.approx(1.0)
    assert found.propensity[found.ordinal] > 0
    assert found.explored == (found.ordinal != ranked[0].ordinal)
    score = {one.ordinal: one.score for one in ranked}
    for ordinal, chance in found.propensity.items():
        if ordinal != ranked[0].ordinal and chance:
            assert ordinal in clear
            assert score[ordinal] > terms.contact_explore_floor_per_mille / 1000
    if not terms.contact_explore_per_mille:
        assert found.propensity[ranked[0].ordinal] == 1.0
    assert first_asked(ranked, clear, terms, NEVER).ordinal == ranked[0].ordinal


@settings(max_examples=25, deadline=None)
@given(rankings())
def test_the_probabilities_are_those_of_the_draws(given: tuple[list[RankedContact], set[int], ContactExploring]) -> None:
    ranked, clear, terms = given
    taken = Counter(first_asked(ranked, clear, terms, at / DRAWS).ordinal for at in range(DRAWS))
    for ordinal, chance in first_asked(ranked, clear, terms).propensity.items():
        assert taken[ordinal] / DRAWS == pytest.approx(chance, abs=2 / DRAWS)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), draw=st.floats(0, 1, exclude_max=True))
def test_whoever_the_hard_filter_bars_is_never_drawn(
    case: CaseRecord, contact: Contact, lost: LostContact, data: st.DataObject, draw: float
) -> None:
    spoil = st.fixed_dictionaries(
        {}, optional={
            "opted_out": st.just(True), "consent": st.just(False), "relation": st.sampled_from(("其他", "儿子", "父亲", "配偶", "朋友")),
            "source": st.sampled_from((None, Source.BANNED)), "basis": st.just(""), "mobile": st.sampled_from(("", case.mobile)), "name": st.just(case.debtor_name),
        },
    )  # fmt: skip
    contacts = [replace(contact, ordinal=at, mobile=f"1990000{at:04d}") for at in range(1, data.draw(st.integers(2, 6)))]
    contacts = [replace(one, **data.draw(spoil)) for one in contacts]
    records = {one.ordinal: data.draw(st.builds(ContactRecord, *[st.booleans()] * 4)) if data.draw(st.booleans()) else ContactRecord() for one in contacts}
    bars = {one.ordinal: may_be_asked(one, case, lost, DAY, records[one.ordinal]) for one in contacts}
    ranking = rank_contacts(tuple((Question(case, one, (), None, ContactHistory(), DAY), bars[one.ordinal]) for one in contacts), RulePrior())
    if not ranking.ranked:
        return
    terms = ContactExploring(200, 0)
    found = first_asked(ranking.ranked, [one.ordinal for one in ranking.ranked], terms, draw / 5)
    assert not bars[found.ordinal]
    assert set(found.propensity) == {one.ordinal for one in ranking.ranked}
    assert not set(found.propensity) & ({one for one, stands in bars.items() if stands} | set(ranking.abstained))


def test_nobody_ranked_is_nobody_asked() -> None:
    with pytest.raises(ValueError, match="nobody"):
        first_asked((), (), ContactExploring(100), 0.0)


def test_what_is_kept_is_read_back_and_holds_codes_alone(case: CaseRecord, contact: Contact) -> None:
    two = replace(contact, ordinal=2, relation="父亲", name="欧阳某父", mobile="19900009999")
    questions = [Question(case, one, (), None, ContactHistory(), DAY) for one in (contact, two)]
    ranking = rank_contacts(tuple((question, ()) for question in questions), RulePrior())
    features = {question.contact.ordinal: contact_features(question) for question in questions}
    found = first_asked(ranking.ranked, (1, 2), ContactExploring(100, 0), 0.06)
    offer = options_to_keep(ranking.ranked, features, found.propensity)
    kept = options_kept(offer)
    assert [one.features for one in kept] == [features[1], features[2]]
    assert {one.features.ordinal: one.propensity for one in kept} == found.propensity
    assert {one.features.ordinal: one.score for one in kept} == {one.ordinal: one.score for one in ranking.ranked}
    for one in (contact, two):
        assert one.name not in str(offer)
        assert one.mobile not in str(offer)
    offer[CONTACTS][0]["values"].pop("listed")
    assert options_kept(offer) == (), "features of another list are not taken for today's"
    assert options_kept(None) == options_kept({"room": 1}) == ()
