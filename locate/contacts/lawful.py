"""The hard filter: may this contact be asked at all? Every bar that stands is told, with its rule and in words.

Asking means asking for the debtor's whereabouts or to relay a neutral message; a contact is never an addressee
(R-THP-01). No model looks at a contact that is barred here (R-AI-01). Words never quote the contact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from locate.case import CaseRecord, Contact, Source
from locate.contacts.lost_contact import LostContact
from locate.contacts.relations import is_known_relation, may_be_a_minor

ADULT_AGE: Final = 18
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_LANDLINE: Final = re.compile(r"0\d{9,11}")


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """What is known of a contact beside the file's row: opt-out in any channel ever, complaints, wrong number."""

    opted_out: bool = False
    complained: bool = False
    wrong_number: bool = False
    denies_knowing: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One reason why a contact may not be asked. ``lasting`` ones never go away by waiting."""

    code: str
    rule_id: str
    text: str
    lasting: bool


_BARS: Final[Mapping[str, Bar]] = {
    bar.code: bar
    for bar in (
        Bar("opted_out", "R-THP-04", "已明确拒绝再被联系，永久不得联系", True),
        Bar("complained", "R-THP-04", "曾就联系提出投诉，不得再联系", True),
        Bar("denies_knowing", "R-THP-04", "表示不认识债务人，不得再联系", True),
        Bar("no_consent", "R-THP-04", "未同意被联系", True),
        Bar("is_the_debtor", "R-THP-01", "就是债务人本人，不是联系人", True),
        Bar("relation_unknown", "R-THP-06", "与债务人的关系不明", True),
        Bar("may_be_minor", "R-THP-06", "可能未成年", True),
        Bar("banned_source", "R-SRC-04", "来源属于禁止使用的类型", True),
        Bar("no_source", "R-SRC-01", "没有合法来源", True),
        Bar("no_basis", "R-SRC-01", "没有来源依据", True),
        Bar("wrong_number", "R-SRC-01", "号码已知不是本人", True),
        Bar("no_number", "R-SRC-01", "没有可用的电话号码", True),
        Bar("not_lost", "R-THP-02", "债务人尚未失联，不得联系第三人", False),
    )
}

NO_RECORD: Final = ContactRecord()


def may_be_asked(
    contact: Contact,
    case: CaseRecord,
    lost: LostContact,
    day: date,
    record: ContactRecord = NO_RECORD,
    adult_age: int = ADULT_AGE,
) -> tuple[Bar, ...]:
    """Every bar against asking this contact on ``day``; empty when it may be asked."""
    stands = {
        "opted_out": contact.opted_out or record.opted_out,
        "complained": record.complained,
        "denies_knowing": record.denies_knowing,
        "no_consent": contact.consent is False,
        "is_the_debtor": _is_the_debtor(contact, case),
        "relation_unknown": not is_known_relation(contact.relation),
        "may_be_minor": may_be_a_minor(contact.relation, case.id_number, day, adult_age),
        "banned_source": contact.source is Source.BANNED,
        "no_source": contact.source is None,
        "no_basis": contact.source is not None and not contact.basis.strip(),
        "wrong_number": record.wrong_number,
        "no_number": not is_phone_number(contact.mobile),
        "not_lost": not lost.lost or (lost.since is not None and lost.since > day),
    }
    return tuple(_BARS[code] for code, against in stands.items() if against)


def is_phone_number(text: str) -> bool:
    """A mainland mobile number or a landline with its area code."""
    return _MOBILE.fullmatch(text) is not None or _LANDLINE.fullmatch(text) is not None


def _is_the_debtor(contact: Contact, case: CaseRecord) -> bool:
    same_name = contact.name.strip() != "" and contact.name.strip() == case.debtor_name
    return same_name or (contact.mobile != "" and contact.mobile == case.mobile)
