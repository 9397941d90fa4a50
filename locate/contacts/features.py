"""Features of a candidate contact, point in time: only what was known on the day it is to be asked.

Numbers only, in the fixed order of ``FEATURES``; larger does not mean better. No protected attribute (R-AI-02): of a
surname only whether it is the debtor's. Absent knowledge has its own flag, never a guessed value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from locate.address.model import Address
from locate.case import CaseRecord, Contact
from locate.contacts.lawful import is_phone_number
from locate.contacts.relations import RelationGroup, relation_group


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """What this client's own files and outcomes say of a contact, as of the day. Never another client's (R-SRC-05)."""

    first_reported_on: date | None = None
    times_reserved: int = 1
    """In how many of this client's loans of the same debtor the contact was reserved."""
    debtors_on_number: int = 1
    """How many different debtors of this client gave this number: many is the mark of a made-up contact."""
    answered: int = 0
    relayed: int = 0
    failed: int = 0
    helped: int = 0
    """Times that asking led to the debtor within 30 days: more than having promised to relay."""
    in_vain: int = 0
    """Times that the 30 days ended without that."""


NO_HISTORY: Final = ContactHistory()


@dataclass(frozen=True, slots=True)
class Question:
    """One candidate contact of one case, with all that features may look at."""

    case: CaseRecord
    contact: Contact
    debtor_places: tuple[Address, ...]
    contact_place: Address | None
    history: ContactHistory
    day: date


@dataclass(frozen=True, slots=True)
class ContactFeatures:
    """The values in the order of ``FEATURES``, and the relation group within which they are compared."""

    ordinal: int
    group: RelationGroup
    values: tuple[float, ...]


# A doubled character is no sign: 方圆圆 is a name.
_PLACEHOLDER_NAME: Final = re.compile(r"测试|联系人|朋友|同事|家人|无名|未知|不详|先生|女士|某|[A-Za-z0-9]|^(.)\1\1")
_COMPOUND_SURNAMES: Final = frozenset({
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "东方", "南宫", "长孙",
})  # fmt: skip


def surname(name: str) -> str:
    """The surname of a Chinese name; compound ones from a short list."""
    return name[:2] if name[:2] in _COMPOUND_SURNAMES and len(name) > 2 else name[:1]


def _listed(question: Question) -> float:
    return float(question.contact.ordinal)


def _same_surname(question: Question) -> float:
    mine, theirs = surname(question.contact.name), surname(question.case.debtor_name)
    return float(bool(mine) and mine == theirs)


def _name_length(question: Question) -> float:
    return float(min(len(question.contact.name), 6))


def _name_is_placeholder(question: Question) -> float:
    return float(_PLACEHOLDER_NAME.search(question.contact.name) is not None)


def _number_is_good(question: Question) -> float:
    return float(is_phone_number(question.contact.mobile))


def _number_has_run(question: Question) -> float:
    """Longest run of one digit in the number: 13800000000 is nobody's."""
    longest = run = 0
    before = ""
    for digit in question.contact.mobile:
        run = run + 1 if digit == before else 1
        longest, before = max(longest, run), digit
    return float(longest)


def _debtors_on_number(question: Question) -> float:
    return math.log1p(max(question.history.debtors_on_number - 1, 0))


def _times_reserved(question: Question) -> float:
    return math.log1p(max(question.history.times_reserved - 1, 0))


def _age_known(question: Question) -> float:
    return float(question.history.first_reported_on is not None)


def _age_years(question: Question) -> float:
    first = question.history.first_reported_on
    return max((question.day - first).days, 0) / 365.25 if first is not None else 0.0


def _address_known(question: Question) -> float:
    return float(question.contact_place is not None)


def _address_agreement(question: Question) -> float:
    """4 the same place as one of the debtor's, 3 same road or estate, 2 same district, 1 same province, 0 none."""
    theirs = question.contact_place
    if theirs is None:
        return 0.0
    return max((_agreement(theirs, mine) for mine in question.debtor_places), default=0.0)


def _agreement(one: Address, other: Address) -> float:
    if one.key and one.key == other.key:
        return 4.0
    if one.adcode and other.adcode:
        if one.adcode[:6] == other.adcode[:6]:
            same_street = one.road is not None and one.road == other.road
            same_estate = one.poi is not None and one.poi == other.poi
            return 3.0 if same_street or same_estate else 2.0
        return 1.0 if one.adcode[:2] == other.adcode[:2] else 0.0
    return 0.0


def _answered(question: Question) -> float:
    return math.log1p(question.history.answered)


def _relayed(question: Question) -> float:
    return math.log1p(question.history.relayed)


def _failed(question: Question) -> float:
    return math.log1p(question.history.failed)


def _helped(question: Question) -> float:
    return math.log1p(question.history.helped)


def _in_vain(question: Question) -> float:
    return math.log1p(question.history.in_vain)


FEATURES: Final[Mapping[str, Callable[[Question], float]]] = {
    "listed": _listed,
    "same_surname": _same_surname,
    "name_length": _name_length,
    "name_is_placeholder": _name_is_placeholder,
    "number_is_good": _number_is_good,
    "number_has_run": _number_has_run,
    "debtors_on_number": _debtors_on_number,
    "times_reserved": _times_reserved,
    "age_known": _age_known,
    "age_years": _age_years,
    "address_known": _address_known,
    "address_agreement": _address_agreement,
    "answered": _answered,
    "relayed": _relayed,
    "failed": _failed,
    "helped": _helped,
    "in_vain": _in_vain,
}
"""Name → how it is read. A model refuses to score when its own list differs."""

FEATURE_NAMES: Final = tuple(FEATURES)


def contact_features(question: Question) -> ContactFeatures:
    """The features of one candidate."""
    return ContactFeatures(
        question.contact.ordinal,
        relation_group(question.contact.relation),
        tuple(read(question) for read in FEATURES.values()),
    )
