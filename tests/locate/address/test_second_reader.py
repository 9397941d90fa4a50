"""cpca beside our reader: heard where it contradicts, not where its tables are old or it guesses."""

from __future__ import annotations

import pytest

from locate.address import Issue, parse, parse_many
from locate.address.second_reader import Opinion, disagrees, opinions


@pytest.mark.parametrize("text", ["南通市海门区解放中路200号", "杭州市余杭区塘栖镇塘栖路5号", "重庆市渝北区统景镇御临路1号", "浙江省杭州市西湖区文三路90号"])
def test_renamed_and_split_districts_are_no_disagreement(text: str) -> None:
    assert Issue.READERS_DISAGREE not in parse(text, second_reader=True).issues


def test_its_guess_at_an_ambiguous_name_is_not_heard() -> None:
    assert opinions(["鼓楼区中山路1号"])[0].city is not None
    assert Issue.READERS_DISAGREE not in parse("鼓楼区中山路1号", second_reader=True).issues


def test_another_city_is_a_disagreement_and_costs_confidence() -> None:
    read = parse("浙江省杭州市西湖区文三路90号")
    assert disagrees(read, Opinion("江西省", "南昌市", "西湖区"))
    assert not disagrees(read, Opinion(None, None, None))
    heard = parse("潍坊新村街道张杨路1号", second_reader=True)
    assert Issue.READERS_DISAGREE in heard.issues
    assert heard.confidence < parse("潍坊新村街道张杨路1号").confidence


def test_many_with_the_second_reader_keep_their_order() -> None:
    texts = [f"浙江省杭州市西湖区文三路{i}号" for i in range(1, 40)] + ["", "xx"]
    assert [a.raw for a in parse_many(texts, second_reader=True)] == texts
