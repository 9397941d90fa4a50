"""What a declared relation means: its group, whether it is known at all, and whether the contact may be a child.

Not for guessing a relation from names or ages: what is not declared is unknown, and who is unknown is never asked
(R-THP-06). Words: ``relations.csv``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final


class RelationGroup(StrEnum):
    """Groups of declared relations; contacts are compared within their own group only."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    RELATIVE = "relative"
    COLLEAGUE = "colleague"
    FRIEND = "friend"
    UNKNOWN = "unknown"


ADULT_PARENT_AGE: Final = 18
"""Least assumed age difference of parent and child; smaller ones exist but are rare enough to be a person's matter."""


@cache
def _words() -> Mapping[str, RelationGroup]:
    text = files("locate.contacts").joinpath("relations.csv").read_text("utf-8")
    return {row["word"]: RelationGroup(row["group"]) for row in csv.DictReader(text.splitlines())}


@lru_cache(maxsize=4096)
def relation_group(relation: str) -> RelationGroup:
    """The group of a declared relation; ``UNKNOWN`` for 其他, 未知, blanks and every word that is not in the table."""
    word = relation.strip().lower()
    return _words().get(word) or _words().get(word.removeprefix("本人")) or RelationGroup.UNKNOWN


def is_known_relation(relation: str) -> bool:
    """Whether the file says who the contact is to the debtor."""
    return relation_group(relation) is not RelationGroup.UNKNOWN


def may_be_a_minor(relation: str, debtor_id_number: str, day: date, adult_age: int) -> bool:
    """Whether a contact may be under age: a child of a debtor who is not old enough to have a grown-up one.

    An ID number without a readable birth date gives no proof of age, so a child may then be a minor.
    """
    if relation_group(relation) is not RelationGroup.CHILD:
        return False
    born = birth_date(debtor_id_number)
    if born is None:
        return True
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return age < adult_age + ADULT_PARENT_AGE


def birth_date(id_number: str) -> date | None:
    """The birth date inside an 18-digit resident ID number (GB 11643); None where there is none."""
    if len(id_number) != 18 or not id_number[6:14].isdigit():
        return None
    try:
        return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return None
