"""Ambiguity names its candidates; settled texts have none."""

from __future__ import annotations

import pytest

from locate.address import Issue, from_json_dict, parse, to_json_dict

MOST = 20


@pytest.mark.parametrize("text", ["鼓楼区中山路1号", "朝阳区人民路20号", "城关镇人民路1号", "北京上海路", "南市区人民路1号"])
def test_an_open_text_says_what_it_may_mean_most_probable_first(text: str) -> None:
    read = parse(text)
    shares = [c.probability for c in read.candidates]
    assert Issue.AMBIGUOUS in read.issues
    assert 2 <= len(shares) <= MOST
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.01
    assert all(0 < share < 1 and c.province and c.adcode for share, c in zip(shares, read.candidates, strict=True))


def test_the_four_drum_tower_districts() -> None:
    assert {(c.city, c.district) for c in parse("鼓楼区中山路1号").candidates} == {(city, "鼓楼区") for city in ("南京市", "徐州市", "福州市", "开封市")}


@pytest.mark.parametrize("text", ["浙江省杭州市西湖区文三路1号", "", "鼓楼区五凤街道梅峰路10号", "浙江省杭州市姑苏区人民路1号"])
def test_a_settled_text_has_no_candidates(text: str) -> None:
    assert parse(text).candidates == ()


def test_candidates_are_stored_and_older_readings_without_them_are_read() -> None:
    read = parse("鼓楼区中山路1号")
    stored = to_json_dict(read)
    assert from_json_dict(stored) == read
    del stored["candidates"]
    assert from_json_dict(stored).candidates == ()
