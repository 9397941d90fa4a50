"""Rules on third persons (R-THP)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from letters.rules import judge
from letters.rules.model import Facts, PieceFacts, Severity, Stop, Verdict
from letters.rules.third_persons import (
    addressee_is_the_debtor,
    contact_has_not_opted_out,
    contact_is_a_known_adult,
    contact_is_not_on_the_envelope,
    recipient_is_the_debtor,
    workplace_was_reserved,
)
from locate.address.model import Recipient
from locate.case import AddressKind, Source, StopKind


def chosen_with(facts: Facts, **given_changes: object) -> Facts:
    """Facts whose chosen address is changed behind the chooser's back: rules must not rely on the chooser."""
    assert facts.choice.chosen is not None
    given = replace(facts.case.addresses[0], **given_changes)  # type: ignore[arg-type]
    candidate = replace(facts.choice.chosen.candidate, given=given)
    choice = replace(facts.choice, chosen=replace(facts.choice.chosen, candidate=candidate))
    return replace(facts, case=replace(facts.case, addresses=(given,)), choice=choice)


def with_recipient(facts: Facts, name: str) -> Facts:
    assert facts.choice.chosen is not None
    parsed = replace(facts.parsed[0], recipient=Recipient(name, None))
    candidate = replace(facts.choice.chosen.candidate, parsed=parsed)
    choice = replace(facts.choice, chosen=replace(facts.choice.chosen, candidate=candidate))
    return replace(facts, parsed=(parsed,), choice=choice)


def with_contact(facts: Facts, **changes: object) -> Facts:
    contact = replace(facts.case.contacts[0], **changes)  # type: ignore[arg-type]
    return replace(facts, case=replace(facts.case, contacts=(contact,)))


def test_addressee_is_the_debtor(facts: Facts) -> None:
    assert addressee_is_the_debtor(facts) == ()
    assert judge(chosen_with(facts, source=Source.GUARANTEE)).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("inside", "held"),
    [("欧阳明远", False), ("欧阳先生", False), ("欧阳女士", False), ("欧先生", False), ("王小明", True), ("王先生", True),
     ("先生", True)],
)  # fmt: skip
def test_a_strangers_name_inside_the_address_holds_the_letter(facts: Facts, inside: str, held: bool) -> None:
    findings = addressee_is_the_debtor(with_recipient(facts, inside))
    assert [finding.severity for finding in findings] == ([Severity.HOLD] if held else [])


def test_a_letter_to_a_dead_debtor_is_a_lawyers_matter(facts: Facts) -> None:
    dead = replace(facts, stops=(Stop(StopKind.DECEASED, date(2026, 11, 1), ""),))
    assert [finding.rule_id for finding in judge(dead).findings] == ["R-TIM-06", "R-THP-01"]


def test_contact_has_not_opted_out(facts: Facts) -> None:
    assert contact_has_not_opted_out(facts) == ()
    for refused in (with_contact(facts, opted_out=True), replace(facts, opted_out=frozenset({1}))):
        (finding,) = contact_has_not_opted_out(refused)
        assert (finding.rule_id, finding.severity, finding.subject) == ("R-THP-04", Severity.BLOCK, "contact:1")
        assert judge(refused).verdict is Verdict.PLANNED


@pytest.mark.parametrize("relation", ["", "其他", "未知", "隔壁的"])
def test_contact_is_a_known_adult(facts: Facts, relation: str) -> None:
    assert contact_is_a_known_adult(facts) == ()
    unknown = with_contact(facts, relation=relation)
    assert [finding.subject for finding in contact_is_a_known_adult(unknown)] == ["contact:1"]
    assert judge(unknown).verdict is Verdict.PLANNED


def test_a_child_of_a_young_debtor_may_be_a_minor(facts: Facts) -> None:
    child = with_contact(facts, relation="儿子")
    assert contact_is_a_known_adult(child) == ()  # born 1988-04-25: 38 on the day
    younger = replace(child, case=replace(child.case, id_number="330106199101010015"))
    assert [finding.subject for finding in contact_is_a_known_adult(younger)] == ["contact:1"]
    unreadable = replace(child, case=replace(child.case, id_number="P1234567"))
    assert [finding.subject for finding in contact_is_a_known_adult(unreadable)] == ["contact:1"]


def test_workplace_was_reserved(facts: Facts) -> None:
    assert workplace_was_reserved(facts) == ()
    reserved = chosen_with(facts, kind=AddressKind.WORK)
    assert [finding.severity for finding in workplace_was_reserved(reserved)] == [Severity.WARN]
    from_bureau = chosen_with(facts, kind=AddressKind.WORK, source=Source.CREDIT_BUREAU)
    assert [finding.severity for finding in workplace_was_reserved(from_bureau)] == [Severity.HOLD]
    stricter = replace(reserved, policy=replace(facts.policy, work_address_sources=()))
    assert judge(stricter).verdict is Verdict.HELD


def test_recipient_is_the_debtor(piece: PieceFacts) -> None:
    assert recipient_is_the_debtor(piece) == ()
    other = replace(piece, piece=replace(piece.piece, recipient_name="欧阳思源"))
    assert [finding.severity for finding in recipient_is_the_debtor(other)] == [Severity.BLOCK]


def test_contact_is_not_on_the_envelope(piece: PieceFacts) -> None:
    assert contact_is_not_on_the_envelope(piece) == ()
    for changes in ({"recipient_phone": "19900005678"}, {"remark": "转19900005678"}, {"recipient_name": "欧阳思源"}):
        wrong = replace(piece, piece=replace(piece.piece, **changes))  # type: ignore[arg-type]
        assert [finding.rule_id for finding in contact_is_not_on_the_envelope(wrong)] == ["R-THP-07"]
