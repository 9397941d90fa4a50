"""What leaves the house: the way to the building, whole parts only, and nothing of the person."""

from __future__ import annotations

import pytest

from locate.address import parse
from locate.maps.asked import asked_text


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("武汉市江汉区新华路25号3栋2单元501室", "武汉市江汉区新华路25号3栋"),
        ("张三 19900000000 浙江省杭州市江干区凯旋路1号2幢301室", "浙江省杭州市江干区凯旋路1号2幢"),
        ("武汉市江汉区新华路25号3栋2单元501室 李四收 电话19912345678 放门卫", "武汉市江汉区新华路25号3栋"),
        ("武汉市江汉区", ""),
        ("19900000000", ""),
        ("", ""),
        ("张三家", ""),
        ("鼓楼区中山路1号", "鼓楼区中山路1号"),
    ],
)
def test_only_the_way_to_the_building_is_sent(text: str, sent: str) -> None:
    assert asked_text(parse(text), 512) == sent


def test_signs_of_queries_are_not_sent() -> None:
    text = asked_text(parse("武汉市江汉区新华路25号&key=x#3栋"), 512)
    assert text
    assert not set(text) & set("&=#?+|")


def test_a_service_with_a_short_limit_gets_whole_parts() -> None:
    full = asked_text(parse("武汉市江汉区新华路25号3栋2单元501室"), 512)
    short = asked_text(parse("武汉市江汉区新华路25号3栋2单元501室"), 30)
    assert full.startswith(short)
    assert short == "武汉市江汉区新华路"
    assert len(short.encode()) <= 30
