"""Areas alone: the same answers as parse, lazily for many."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from locate.address import Issue, areas_only, areas_only_many, parse

PIECES = (
    "浙江省", "杭州市", "西湖区", "余杭区", "临平街道", "鼓楼区", "江干区", "上海", "沪", "朝阳", "人民路1号", "城关镇", " ", "/", "中国", "null", "呼市", "新城区",
    "姑苏区", "浙江省杭州市西湖区", "上海市闵行区", "臨平", "臨平街道", "收件人", "地址:", "13800138000", "李四收", "\u200b", "北山街道", "文三路", "张三 13800138000 ", "假县",
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)))
def test_areas_alone_are_those_of_parse(text: str) -> None:
    areas_only(text)  # the second time it may be known at a glance
    whole, areas = parse(text), areas_only(text)
    assert (areas.province, areas.city, areas.district) == (whole.province, whole.city, whole.district)
    by_word_alone = areas.township is None and any(label == "town" for _, _, label in whole.spans) and len(whole.adcode or "") < 9
    assert areas.township == whole.township or by_word_alone  # 某街道 that no gazetteer has: only the whole reading takes its word
    assert areas.ambiguous == (Issue.AMBIGUOUS in whole.issues)
    assert areas.conflict == (Issue.CONFLICT in whole.issues)


def test_many_are_read_in_order_and_lazily_and_as_of_a_day() -> None:
    endless = iter(lambda: "上海市闵行区七莘路1号", None)
    assert next(areas_only_many(endless)).adcode == "310112"
    assert [a.district for a in areas_only_many(["杭州西湖区", "杭州滨江区"])] == ["西湖区", "滨江区"]
    assert areas_only("南市区人民路1号", as_of=date(2010, 1, 1)).city == "保定市"
