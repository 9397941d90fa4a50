"""A promoted model orders contacts, says why in words, and never sees whom the law bars."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from locate.case import CaseRecord, Contact
from locate.contacts.features import (
    FEATURE_NAMES,
    ContactFeatures,
    ContactHistory,
    Question,
    contact_features,
)
from locate.contacts.lawful import may_be_asked
from locate.contacts.learned_usefulness import _WORDS, LearnedUsefulness
from locate.contacts.lost_contact import LostContact
from locate.contacts.ranking import ContactEstimator, RulePrior, load_contact_priors, rank_contacts
from locate.contacts.relations import RelationGroup
from locate.contacts.trial_rows import GROUP_NAMES, trials_of
from models.contacts.learned import LearnedContacts, PriorContacts, fit_contacts, from_json
from models.contacts.trials import ContactTrials

DAY = date(2026, 11, 20)


def asking(case: CaseRecord, contact: Contact, history: ContactHistory) -> Question:
    return Question(case, contact, (), None, history, DAY)


@pytest.fixture
def trials(case: CaseRecord, contact: Contact) -> ContactTrials:
    """Made-up trials in which only having helped before counts, whatever the relation."""
    rng = np.random.default_rng(3)
    n = 1_200
    rows, helped = [], rng.integers(0, 2, n)
    for at in range(n):
        who = replace(contact, relation=str(rng.choice(["配偶", "父亲", "朋友", "同事"])), ordinal=int(rng.integers(1, 4)))
        rows.append(contact_features(asking(case, who, ContactHistory(answered=1, helped=int(helped[at])))))
    useful = rng.random(n) < np.where(helped, 0.6, 0.05)
    day = np.arange(n) + 739_000
    return trials_of(
        rows, case=np.arange(n), debtor=np.arange(n), lender=np.zeros(n, np.int64), day=day, asked=np.ones(n, bool),
        propensity=np.full(n, 0.5), result=useful.astype(np.int64), known_day=day + 30,
    )  # fmt: skip


@pytest.fixture
def model(trials: ContactTrials) -> LearnedContacts:
    return fit_contacts("logistic", trials, 10**6)


def test_a_friend_who_helped_comes_before_a_spouse_who_never_did(
    case: CaseRecord, contact: Contact, lost: LostContact, model: LearnedContacts
) -> None:
    friend = asking(case, replace(contact, ordinal=3, relation="朋友"), ContactHistory(answered=1, helped=1))
    spouse = asking(case, replace(contact, ordinal=1, relation="配偶"), ContactHistory(answered=1))
    refused = asking(case, replace(contact, ordinal=2, relation="父亲", opted_out=True), ContactHistory(helped=3))
    estimator: ContactEstimator = LearnedUsefulness(model)
    pairs = tuple((one, may_be_asked(one.contact, case, lost, DAY)) for one in (spouse, refused, friend))
    ranking = rank_contacts(pairs, estimator)
    assert [one.ordinal for one in ranking.ranked] == [3, 1] and [ordinal for ordinal, _ in ranking.barred] == [2]
    assert [one.ordinal for one in rank_contacts(pairs, RulePrior()).ranked] == [1, 3], "the rule prior has it the other way"
    first = ranking.ranked[0]
    assert first.reasons[0].text == "关系：朋友"
    assert any(reason.text == "曾因其转达而联系上债务人 1 次（有利）" for reason in first.reasons)
    assert first.score == pytest.approx(first.probability - model.penalty * first.complaint)
    assert ranking.model_version == model.version


def test_the_models_own_complaints_penalty_and_floor_are_used(case: CaseRecord, contact: Contact, model: LearnedContacts) -> None:
    question = asking(case, replace(contact, relation="朋友"), ContactHistory(answered=1, helped=1))
    (one,) = rank_contacts(((question, ()),), LearnedUsefulness(model)).ranked
    assert one.complaint != load_contact_priors().complaint[RelationGroup.FRIEND]
    strict = rank_contacts(((question, ()),), LearnedUsefulness(replace(model, floor=0.99)))
    assert strict.ranked == () and strict.abstained == (1,)


def test_answers_are_those_of_the_model_read_back_from_json(case: CaseRecord, contact: Contact, model: LearnedContacts) -> None:
    again = from_json(json.loads(json.dumps(model.as_json())))
    assert isinstance(again, LearnedContacts)
    rows = (contact_features(asking(case, contact, ContactHistory())),)
    assert LearnedUsefulness(again).estimate(rows) == LearnedUsefulness(model).estimate(rows)
    assert LearnedUsefulness(model).estimate(()) == ()


def test_an_unknown_relation_is_abstained_from(case: CaseRecord, contact: Contact, model: LearnedContacts) -> None:
    unknown = contact_features(asking(case, replace(contact, relation="其他"), ContactHistory()))
    known = contact_features(asking(case, contact, ContactHistory()))
    first, second = LearnedUsefulness(model).estimate((unknown, known))
    assert first.probability is None and second.probability is not None
    with pytest.raises(ValueError, match="unknown relation"):
        nought = np.zeros(1, np.int64)
        trials_of((unknown,), case=nought, debtor=nought, lender=nought, day=nought)


def test_another_list_of_features_is_refused(model: LearnedContacts) -> None:
    with pytest.raises(ValueError, match="features"):
        LearnedUsefulness(replace(model, features=model.features[::-1]))


def test_the_rule_prior_in_rows_orders_as_rank_contacts_does(trials: ContactTrials) -> None:
    row = ContactFeatures(1, RelationGroup(GROUP_NAMES[trials.group[0]]), tuple(trials.values[0]))
    (answer,) = RulePrior().estimate((row,))
    priors = load_contact_priors()
    assert trials.prior_useful[0] == answer.probability and PriorContacts().penalty == priors.complaint_penalty
    assert trials.prior_complaint[0] == priors.complaint[row.group]


def test_every_feature_has_words(case: CaseRecord, contact: Contact) -> None:
    assert set(_WORDS) == set(FEATURE_NAMES)
    values = contact_features(asking(case, contact, ContactHistory(answered=2, helped=3))).values
    said = {name: _WORDS[name](value) for name, value in zip(FEATURE_NAMES, values, strict=True)}
    assert said["answered"] == "曾接听 2 次" and said["helped"].endswith("3 次") and said["debtors_on_number"] == "号码无他人预留"
