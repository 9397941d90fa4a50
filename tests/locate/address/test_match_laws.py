"""What holds of every comparison: symmetry, same text, keys, ranges, clusters that no order and no room-less one can bend."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locate.address import Address, Issue, Relation, compare, dedupe, match, parse
from locate.address.matching.number_sets import Numbers, houses, relate
from locate.address.matching.parts import parts_of, unpacked
from tests.locate.address.test_laws import good_addresses, texts

AREA = "浙江省杭州市西湖区"
MIRROR = {Relation.SAME: Relation.SAME, Relation.DIFFERENT: Relation.DIFFERENT, Relation.CONTAINS: Relation.WITHIN, Relation.WITHIN: Relation.CONTAINS}
WRITINGS = [
    AREA + "文三路90号幸福里小区18幢2单元1502室", "杭州西湖区文三路90号18栋2单元1502", AREA + "文三路90号幸福里小区18幢2单元1503室",
    AREA + "文三路90号幸福里小区18幢2单元", AREA + "文三路90号", AREA + "文三路92号幸福里小区18幢2单元1502室", AREA + "幸福里小区18幢2单元1502室",
    AREA + "文三路90号幸福里小区十八号楼二单元1502室", AREA + "文三路90号幸福里小区18幢2元1502室", "西湖区文三路90-92号", "鼓楼区中山路1号",
]  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(texts, good_addresses(), st.sampled_from(WRITINGS)), st.one_of(texts, good_addresses(), st.sampled_from(WRITINGS)))
def test_comparison_is_symmetric(one: str, other: str) -> None:
    a, b = parse(one), parse(other)
    forth, back = compare(a, b), compare(b, a)
    assert (MIRROR[forth.relation], forth.score) == (back.relation, back.score)
    first, second = match(a, b), match(b, a)
    assert (first.kind, first.same, first.overlapping, first.different) == (second.kind, second.same, second.overlapping, second.different)
    assert first.same + first.overlapping + first.different == pytest.approx(1.0)
    assert first.why


@settings(max_examples=80, deadline=None)
@given(st.one_of(texts, good_addresses()))
def test_the_same_text_is_the_same_place(text: str) -> None:
    address = parse(text)
    if parts_of(address).written:
        assert compare(address, address).relation is Relation.SAME
        assert match(address, address).same == 1.0


VARIATIONS = (("幢", "栋"), ("幢", "号楼"), ("2单元", "二单元"), ("18", "十八"), ("翠苑街道", ""), ("1502室", "1502"))


@pytest.mark.parametrize("change", VARIATIONS)
def test_a_key_is_stable_under_the_habits_of_writing(change: tuple[str, str]) -> None:
    text = AREA + "翠苑街道文三路90号18幢2单元1502室"
    assert change[0] in text
    assert parse(text.replace(*change)).key == parse(text).key


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(good_addresses(), st.sampled_from(WRITINGS)), min_size=2, max_size=8))
def test_equal_keys_are_the_same_place(written: list[str]) -> None:
    read = [parse(text) for text in written]
    for a, b in itertools.combinations(read, 2):
        settled = not {Issue.AMBIGUOUS, Issue.CONFLICT} & {*a.issues, *b.issues}
        if settled and a.adcode and b.adcode and a.key == b.key:
            assert compare(a, b).relation is Relation.SAME


def places(addresses: list[Address]) -> set[frozenset[str]]:
    return {frozenset(addresses[i].raw for i in group.members) for group in dedupe(addresses)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(WRITINGS), good_addresses()), min_size=1, max_size=14), st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_of_the_input(written: list[str], chance: random.Random) -> None:
    read = [parse(text) for text in written]
    shuffled = list(read)
    chance.shuffle(shuffled)
    assert places(read) == places(shuffled)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WRITINGS), min_size=2, max_size=14))
def test_a_different_room_never_ends_in_one_cluster(written: list[str]) -> None:
    read = [parse(text) for text in written]
    for group in dedupe(read):
        parts = [parts_of(read[i]) for i in group.members]
        for field in ("number", "building", "unit", "room"):
            named = {getattr(p, field) for p in parts} - {""}
            assert all(relate(x, y) in (Numbers.EQUAL, Numbers.UNKNOWN) for x, y in itertools.combinations(named, 2))


def test_an_address_without_a_road_does_not_join_two_of_different_numbers() -> None:
    door = "幸福里小区18幢2单元1502室"
    groups = dedupe([parse(AREA + "文三路90号" + door), parse(AREA + door), parse(AREA + "文三路92号" + door)])
    assert sorted(len(g.members) for g in groups) == [1, 2]


@settings(max_examples=100, deadline=None)
@given(st.one_of(texts, good_addresses()))
def test_parts_survive_being_packed(text: str) -> None:
    parts = parts_of(parse(text))
    assert unpacked(parts.packed()) == parts


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("9-11", "10", Numbers.HOLDS), ("10", "9-11", Numbers.WITHIN), ("3、5", "5、3", Numbers.EQUAL), ("3、5", "5、7", Numbers.MEET),
        ("9-11", "12", Numbers.DIFFERENT), ("8-1203", "8", Numbers.DIFFERENT), ("", "8", Numbers.UNKNOWN), ("90", "90", Numbers.EQUAL),
    ],
)  # fmt: skip
def test_numbers_are_compared_as_sets_and_ranges(one: str, other: str, found: Numbers) -> None:
    assert relate(one, other) is found


def test_a_wide_range_is_one_number_with_a_dash() -> None:
    assert houses("8-1203") == {"8-1203"}
    assert houses("1-3") == {"1", "2", "3"}
