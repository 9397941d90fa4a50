"""The address bench's own arithmetic: kinds of zones and of mistakes, readings with the scorer's names."""

from __future__ import annotations

import pytest

from scripts.address_tagger.zones import is_premises, revised
from scripts.benches.address_errors import kind_of, worst
from scripts.benches.address_scores import as_scored, with_old_names


@pytest.mark.parametrize("name", ["袍江工业区", "工业园区", "民营科技园", "白酒产业园区", "沙良物流园区", "湖熟工业集中区"])
def test_where_firms_sit_is_a_place(name: str) -> None:
    assert is_premises(name)


@pytest.mark.parametrize("name", ["经济技术开发区", "高新区", "高新园区", "苏州工业园区", "福田保税区", "郑东新区"])
def test_what_is_run_like_a_division_is_a_zone(name: str) -> None:
    assert not is_premises(name)


def test_what_stands_in_a_place_is_its_part() -> None:
    parts = [("白酒产业园区", "devzone"), ("爱仁堂广场", "poi"), ("新科路", "road"), ("某厂", "poi")]
    assert [label for _, label in revised(parts)] == ["poi", "subpoi", "road", "poi"]
    assert revised([("苏州市", "city"), ("工业园区", "devzone")])[1][1] == "devzone"


def test_mistakes_are_counted_by_kind() -> None:
    assert kind_of((0, 4, "poi"), [(0, 6, "poi")]) == ("地点", "读进更长的地点")
    assert kind_of((0, 4, "poi"), [(0, 4, "community")]) == ("地点", "读作村社区")
    assert kind_of((0, 4, "poi"), [(0, 2, "poi"), (2, 4, "subpoi")]) == ("地点", "分成地点、次级地点")
    kinds = worst(["阳光小区1号", "金色家园2号"], [[(0, 4, "poi")], [(0, 4, "poi")]], [[(0, 4, "community")], [(0, 4, "community")]])
    assert kinds == [("地点→读作村社区", 2, "［阳光小区］1号")]


def test_our_names_and_a_peers_are_scored_alike() -> None:
    assert as_scored({"township": "三墩镇", "road_no": "1号"})["town"] == "三墩镇"
    assert as_scored({"town": "三墩镇", "roadno": "1号"})["roadno"] == "1号"


def test_an_explained_successor_is_given_as_it_was_written() -> None:
    read = {"raw": "江干区1号", "district": "上城区", "corrections": [{"field": "district", "from": "江干区", "to": "上城区", "why": ""}]}
    assert with_old_names([read])[0]["district"] == "江干区"
