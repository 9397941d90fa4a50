"""The hard filter: who may be asked at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from locate.case import CaseRecord, Contact, Source
from locate.contacts.lawful import ContactRecord, may_be_asked
from locate.contacts.lost_contact import NOT_LOST, LostContact

DAY = date(2026, 11, 20)


def codes(contact: Contact, case: CaseRecord, lost: LostContact, record: ContactRecord | None = None) -> set[str]:
    return {bar.code for bar in may_be_asked(contact, case, lost, DAY, record or ContactRecord())}


def test_a_contact_with_source_relation_and_number_may_be_asked_when_the_debtor_is_lost(
    contact: Contact, case: CaseRecord, lost: LostContact
) -> None:
    assert may_be_asked(contact, case, lost, DAY) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"opted_out": True}, "opted_out"),
        ({"consent": False}, "no_consent"),
        ({"name": "欧阳明远"}, "is_the_debtor"),
        ({"mobile": "19900001234"}, "is_the_debtor"),
        ({"relation": "其他"}, "relation_unknown"),
        ({"relation": ""}, "relation_unknown"),
        ({"source": Source.BANNED}, "banned_source"),
        ({"source": None}, "no_source"),
        ({"basis": " "}, "no_basis"),
        ({"mobile": ""}, "no_number"),
        ({"mobile": "1990000567"}, "no_number"),
    ],
)
def test_what_bars_a_contact_by_its_row(
    contact: Contact, case: CaseRecord, lost: LostContact, changes: dict[str, object], code: str
) -> None:
    assert codes(replace(contact, **changes), case, lost) == {code}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (ContactRecord(opted_out=True), "opted_out"),
        (ContactRecord(complained=True), "complained"),
        (ContactRecord(denies_knowing=True), "denies_knowing"),
        (ContactRecord(wrong_number=True), "wrong_number"),
    ],
)
def test_what_bars_a_contact_by_what_became_known(
    contact: Contact, case: CaseRecord, lost: LostContact, record: ContactRecord, code: str
) -> None:
    assert codes(contact, case, lost, record) == {code}


def test_nobody_is_asked_while_the_debtor_can_be_reached(contact: Contact, case: CaseRecord, lost: LostContact) -> None:
    (bar,) = may_be_asked(contact, case, NOT_LOST, DAY)
    assert (bar.code, bar.rule_id, bar.lasting) == ("not_lost", "R-THP-02", False)
    assert codes(contact, case, replace(lost, since=date(2026, 11, 21))) == {"not_lost"}


def test_a_child_that_may_be_a_minor_is_not_asked(contact: Contact, case: CaseRecord, lost: LostContact) -> None:
    child = replace(contact, relation="女儿")
    assert codes(child, case, lost) == set()
    assert codes(child, replace(case, id_number="330106199101010015"), lost) == {"may_be_minor"}
    assert {bar.code for bar in may_be_asked(child, case, lost, DAY, adult_age=21)} == {"may_be_minor"}


def test_all_bars_are_told_and_none_quotes_the_contact(contact: Contact, case: CaseRecord) -> None:
    worst = Contact(1, "欧阳明远", "", "19900001234", "", Source.BANNED, "", False, opted_out=True)
    bars = may_be_asked(worst, case, NOT_LOST, DAY, ContactRecord(True, True, True, True))
    assert [bar.code for bar in bars] == [
        "opted_out", "complained", "denies_knowing", "no_consent", "is_the_debtor", "relation_unknown", "banned_source",
        "no_basis", "wrong_number", "not_lost",
    ]  # fmt: skip
    assert all("欧阳" not in bar.text and "199" not in bar.text for bar in bars)
