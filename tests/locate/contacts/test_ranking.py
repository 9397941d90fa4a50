"""Ranking of those who may be asked: barred ones are never scored, usefulness less complaints, abstention."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from locate.address.model import Address
from locate.case import CaseRecord, Contact, Source
from locate.contacts.features import (
    FEATURE_NAMES,
    ContactFeatures,
    ContactHistory,
    Question,
    contact_features,
    surname,
)
from locate.contacts.forest_usefulness import ForestUsefulness
from locate.contacts.lawful import Bar, may_be_asked
from locate.contacts.lost_contact import LostContact
from locate.contacts.ranking import (
    ContactEstimator,
    RulePrior,
    Usefulness,
    load_contact_priors,
    rank_contacts,
)
from locate.contacts.relations import RelationGroup
from models.contact_forest import ContactForest

DAY = date(2026, 11, 20)


def asking(case: CaseRecord, contact: Contact, history: ContactHistory | None = None, **more: object) -> Question:
    question = Question(case, contact, (), None, history or ContactHistory(), DAY)
    return replace(question, **more)  # type: ignore[arg-type]


def value(question: Question, name: str) -> float:
    return contact_features(question).values[FEATURE_NAMES.index(name)]


class Recording:
    """An estimator that remembers whom it was asked about."""

    version = "recording"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def estimate(self, rows: tuple[ContactFeatures, ...]) -> tuple[Usefulness, ...]:
        self.asked += [row.ordinal for row in rows]
        return tuple(Usefulness(0.5, ()) for _ in rows)


def test_a_barred_contact_is_never_shown_to_the_estimator(
    case: CaseRecord, contact: Contact, lost: LostContact
) -> None:
    second = replace(contact, ordinal=2, opted_out=True)
    third = replace(contact, ordinal=3, source=None)
    recording = Recording()
    ranking = rank_contacts(
        tuple((asking(case, one), may_be_asked(one, case, lost, DAY)) for one in (third, second, contact)), recording
    )
    assert recording.asked == [1]
    assert [one.ordinal for one in ranking.ranked] == [1]
    assert [(ordinal, [bar.code for bar in bars]) for ordinal, bars in ranking.barred] == [
        (2, ["opted_out"]), (3, ["no_source"]),
    ]  # fmt: skip


def test_closer_relations_come_first_and_ties_fall_to_the_lenders_order(case: CaseRecord, contact: Contact) -> None:
    none: tuple[Bar, ...] = ()
    rows = tuple(
        (asking(case, replace(contact, ordinal=n, relation=relation)), none)
        for n, relation in ((4, "父亲"), (2, "配偶"), (1, "亲戚"))
    )
    ranking = rank_contacts(rows, RulePrior())
    assert [one.ordinal for one in ranking.ranked] == [2, 4, 1]
    assert rank_contacts(tuple(reversed(rows)), RulePrior()) == ranking
    assert ranking.model_version == load_contact_priors().version


def test_a_colleague_is_not_asked_without_a_sign_that_it_helps(case: CaseRecord, contact: Contact) -> None:
    colleague = replace(contact, relation="同事")
    assert rank_contacts(((asking(case, colleague), ()),), RulePrior()).abstained == (1,)
    helped = asking(case, colleague, ContactHistory(answered=2, relayed=2))
    assert [one.ordinal for one in rank_contacts(((helped, ()),), RulePrior()).ranked] == [1]


def test_the_rule_priors_reasons_add_up(case: CaseRecord, contact: Contact) -> None:
    history = ContactHistory(date(2025, 11, 20), 2, 3, answered=1, failed=1)
    estimator: ContactEstimator = RulePrior()
    (answer,) = estimator.estimate((contact_features(asking(case, contact, history)),))
    assert answer.probability is not None
    total = sum(reason.weight for reason in answer.reasons)
    assert answer.probability == pytest.approx(1 / (1 + np.exp(-total)))
    assert {"relation", "debtors_on_number", "times_reserved", "age_years", "answered", "failed"} <= {
        reason.code for reason in answer.reasons
    }


def test_a_number_given_by_many_debtors_is_suspect(case: CaseRecord, contact: Contact) -> None:
    rows = [contact_features(asking(case, contact, ContactHistory(debtors_on_number=n))) for n in (1, 2, 20)]
    probabilities = [answer.probability for answer in RulePrior().estimate(tuple(rows))]
    assert probabilities == sorted(probabilities, reverse=True)  # type: ignore[type-var]
    assert probabilities[0] != probabilities[1]


def test_an_unknown_relation_is_abstained_from_even_if_the_filter_let_it_pass(case: CaseRecord, contact: Contact) -> None:
    ranking = rank_contacts(((asking(case, replace(contact, relation="其他")), ()),), RulePrior())
    assert (ranking.ranked, ranking.abstained) == ((), (1,))


@pytest.mark.parametrize(
    ("name", "of", "same"),
    [("欧阳思源", "欧阳明远", 1.0), ("欧明", "欧阳明远", 0.0), ("王五", "王小二", 1.0), ("", "王小二", 0.0), ("李四", "王五", 0.0)],
)
def test_same_surname(case: CaseRecord, contact: Contact, name: str, of: str, same: float) -> None:
    question = asking(replace(case, debtor_name=of), replace(contact, name=name))
    assert value(question, "same_surname") == same


def test_surnames_of_two_characters_are_whole() -> None:
    assert (surname("欧阳明远"), surname("欧阳"), surname("王五"), surname("")) == ("欧阳", "欧", "王", "")


def test_address_agreement_grows_with_nearness(case: CaseRecord, contact: Contact) -> None:
    home = Address(raw="", adcode="330106", road="文三路", key="home")
    theirs = {
        4.0: home,
        3.0: replace(home, key="next"),
        2.0: replace(home, key="next", road="别路"),
        1.0: replace(home, key="next", adcode="330302"),
        0.0: replace(home, key="next", adcode="420103"),
    }
    for level, place in theirs.items():
        assert value(asking(case, contact, debtor_places=(home,), contact_place=place), "address_agreement") == level
    assert value(asking(case, contact), "address_known") == 0.0


@pytest.mark.parametrize(("name", "placeholder"), [("方圆圆", 0.0), ("同事甲", 1.0), ("测试", 1.0), ("张先生", 1.0), ("aaa", 1.0),
                                                   ("王王王", 1.0), ("欧阳思源", 0.0)])  # fmt: skip
def test_placeholder_names(case: CaseRecord, contact: Contact, name: str, placeholder: float) -> None:
    assert value(asking(case, replace(contact, name=name)), "name_is_placeholder") == placeholder


def test_features_of_the_future_are_not_used(case: CaseRecord, contact: Contact) -> None:
    later = asking(case, contact, ContactHistory(first_reported_on=date(2027, 1, 1)))
    assert value(later, "age_years") == 0.0


def test_the_forest_refuses_other_features_and_abstains_where_it_knows_too_little(
    case: CaseRecord, contact: Contact
) -> None:
    with pytest.raises(ValueError, match="features"):
        ForestUsefulness(ContactForest(["one", "two"]))
    rng = np.random.default_rng(1)
    ordinary = np.array(contact_features(asking(case, contact)).values)
    forest = ContactForest(FEATURE_NAMES, least_examples=30, trees=50)
    forest.fit(ordinary + rng.normal(0, 0.05, (80, len(FEATURE_NAMES))), ["sibling"] * 80)
    estimator: ContactEstimator = ForestUsefulness(forest)
    fake = ContactHistory(debtors_on_number=40)
    rows = tuple(
        contact_features(question)
        for question in (
            asking(case, contact),
            asking(case, replace(contact, mobile="13800000000", name="同事"), fake),
            asking(case, replace(contact, relation="配偶")),
        )
    )
    near, odd, other_group = estimator.estimate(rows)
    assert near.probability is not None and odd.probability is not None
    assert near.probability > 2 * odd.probability
    assert other_group.probability is None
    assert rank_contacts((), estimator).ranked == ()
    assert rows[2].group is RelationGroup.SPOUSE


def test_a_contact_of_a_banned_source_has_no_way_into_the_ranking(
    case: CaseRecord, contact: Contact, lost: LostContact
) -> None:
    banned = replace(contact, source=Source.BANNED)
    ranking = rank_contacts(((asking(case, banned), may_be_asked(banned, case, lost, DAY)),), RulePrior())
    assert ranking.ranked == () and len(ranking.barred) == 1
