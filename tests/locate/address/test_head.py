"""What follows from the areas alone is kept and given again: the same as made anew."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locate.address import head as heads
from locate.address import parse
from locate.address.model import Address

OPENINGS = [
    "浙江省杭州市余杭区", "杭州市余杭区塘栖镇", "余杭", "鼓楼区", "江苏南京鼓楼区", "北京市北京市朝阳区", "上海市浦东新区张江镇", "苏州工业园区",
    "重庆市渝北区统景镇", "浙江省温州市浙江省温州市乐清市", "广州市_番禺区", "内蒙古呼市新城区", "江干区下沙", "杭州市西胡区", "",
]  # fmt: skip
TAILS = ["文三路90号3幢2单元501室", "五星村3组", "中山路1号", " 阳光花园8-2-1203", "塘栖镇塘栖路5号", "", "张三 13800138000", "、放门卫"]


def afresh(text: str) -> Address:
    heads._kept.clear()
    return parse(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(OPENINGS), st.sampled_from(TAILS)).map("".join), min_size=1, max_size=8))
def test_kept_heads_change_no_reading(texts: list[str]) -> None:
    kept = [parse(text) for text in texts + texts]
    assert kept == [afresh(text) for text in texts + texts]


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "MOST", 4)
    heads._kept.clear()
    for opening in OPENINGS:
        parse(opening + "中山路1号")
        assert len(heads._kept) <= 4
