"""What a declared relation means."""

from __future__ import annotations

from datetime import date

import pytest

from locate.contacts.relations import (
    RelationGroup,
    birth_date,
    is_known_relation,
    may_be_a_minor,
    relation_group,
)


@pytest.mark.parametrize(
    ("word", "group"),
    [
        ("配偶", RelationGroup.SPOUSE),
        ("母亲", RelationGroup.PARENT),
        (" 父亲 ", RelationGroup.PARENT),
        ("兄弟", RelationGroup.SIBLING),
        ("同事", RelationGroup.COLLEAGUE),
        ("Friend", RelationGroup.FRIEND),
        ("其他", RelationGroup.UNKNOWN),
        ("", RelationGroup.UNKNOWN),
        ("房东的表弟", RelationGroup.UNKNOWN),
    ],
)
def test_relations_are_grouped_and_never_guessed(word: str, group: RelationGroup) -> None:
    assert relation_group(word) is group
    assert is_known_relation(word) is (group is not RelationGroup.UNKNOWN)


@pytest.mark.parametrize(
    ("number", "born"),
    [("330106198804250619", date(1988, 4, 25)), ("330106198802310619", None), ("33010619880425", None), ("", None)],
)
def test_birth_dates_are_read_from_id_numbers(number: str, born: date | None) -> None:
    assert birth_date(number) == born


def test_the_birthday_counts() -> None:
    born_36_years_ago_tomorrow = "330106199011210000"
    assert may_be_a_minor("儿子", born_36_years_ago_tomorrow, date(2026, 11, 20), 18)
    assert not may_be_a_minor("儿子", born_36_years_ago_tomorrow, date(2026, 11, 21), 18)
    assert not may_be_a_minor("配偶", born_36_years_ago_tomorrow, date(2026, 11, 20), 18)
