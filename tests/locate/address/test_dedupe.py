"""Which addresses are one place."""

from __future__ import annotations

import pytest

from locate.address import Relation, compare, dedupe, parse, same_place

BASE = "浙江省杭州市西湖区文三路90号幸福里小区18幢2单元1502室"


@pytest.mark.parametrize(
    "text",
    [
        "杭州西湖区文三路90号18栋2单元1502",
        "杭州市西湖区文三路90号幸福里小区十八号楼二单元1502室",
        "浙江省杭州市西湖区翠苑街道文三路90号18-2-1502",
    ],
)
def test_the_same_place_however_written(text: str) -> None:
    assert same_place(parse(BASE), parse(text))
    assert same_place(parse(text), parse(BASE))


@pytest.mark.parametrize(
    "text",
    [
        BASE.replace("1502", "1503"),
        BASE.replace("2单元", "3单元"),
        BASE.replace("18幢", "19幢"),
        BASE.replace("90号", "92号"),
        BASE.replace("西湖区", "拱墅区"),
        BASE.replace("文三路", "文三西路"),
        "鼓楼区中山路1号",
    ],
)
def test_neighbours_are_not_the_same_place(text: str) -> None:
    match = compare(parse(BASE), parse(text))
    assert match.relation is Relation.DIFFERENT
    assert match.why


def test_a_coarser_address_contains_but_is_not_the_finer_one() -> None:
    coarse = parse("浙江省杭州市西湖区文三路90号")
    assert compare(coarse, parse(BASE)).relation is Relation.CONTAINS
    assert compare(parse(BASE), coarse).relation is Relation.WITHIN
    assert not same_place(coarse, parse(BASE))


def test_a_typo_in_an_estate_s_name_is_forgiven_where_all_numbers_agree() -> None:
    assert same_place(parse("浙江省杭州市西湖区阳光假日花园8幢2单元1502室"), parse("浙江省杭州市西湖区阳光假曰花园8幢2单元1502室"))


def test_groups_name_every_index_once_with_a_reason_for_each_merge() -> None:
    texts = [BASE, "杭州西湖区文三路90号18栋2单元1502", BASE.replace("1502", "1503"), BASE, "鼓楼区中山路1号", "鼓楼区中山路1号"]
    groups = dedupe([parse(t) for t in texts])
    assert sorted(i for g in groups for i in g.members) == list(range(6))
    assert {frozenset(g.members) for g in groups} == {frozenset({0, 1, 3}), frozenset({2}), frozenset({4, 5})}
    assert all(len(g.reasons) == len(g.members) - 1 and all(g.reasons) for g in groups)
