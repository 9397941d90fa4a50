"""Two of three of one mind: what that takes, what it does to the confidence, and that no part of an address changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locate.address import Address, Issue, parse
from locate.maps.consensus import consider
from locate.maps.model import Place, Point, Said, Service, Verdict, Voice

HOME = parse("武汉市江汉区新华路25号")
KILOMETRE = 0.009  # degrees of latitude


def voice(service: str, north: float = 0.0, district: str = "江汉区", *, precise: bool = True, city: str = "武汉市") -> Voice:
    names = ("", "", "") if service == "baidu" else ("湖北省", city, district)
    return Voice(Service(service), Said.PLACE, Place(Point(114.27, 30.6 + north * KILOMETRE), precise, "x", *names))


def unchanged(before: Address, after: Address) -> bool:
    return replace(after, confidence=before.confidence, issues=before.issues) == before


@pytest.mark.parametrize(
    ("voices", "verdict"),
    [
        ([voice("amap"), voice("tencent"), voice("baidu")], Verdict.AGREES),
        ([voice("amap"), voice("tencent", 0.8)], Verdict.AGREES),
        ([voice("amap"), voice("tencent", 30, "黄陂区"), voice("baidu", 0.5)], Verdict.AGREES),
        ([voice("amap", district="硚口区"), voice("tencent", district="硚口区"), voice("baidu", 9)], Verdict.DISAGREES),
        ([voice("amap", district="硚口区"), voice("baidu"), voice("tencent", 9)], Verdict.DISAGREES),
        ([voice("amap"), voice("tencent", 5), voice("baidu", 10)], Verdict.UNSETTLED),
        ([voice("amap"), voice("tencent", district="硚口区")], Verdict.UNSETTLED),
        ([voice("amap", precise=False), voice("tencent", precise=False), voice("baidu", precise=False)], Verdict.UNSETTLED),
        ([voice("amap"), voice("tencent", precise=False)], Verdict.UNSETTLED),
        ([voice("amap"), Voice(Service.TENCENT, Said.BUSY), Voice(Service.BAIDU, Said.NOTHING)], Verdict.UNSETTLED),
        ([voice("amap")], Verdict.UNSETTLED),
        ([], Verdict.UNSETTLED),
    ],
)
def test_what_several_voices_amount_to(voices: list[Voice], verdict: Verdict) -> None:
    address, opinion = consider(HOME, voices)
    assert opinion.verdict is verdict
    assert unchanged(HOME, address)
    assert opinion.confidence_after == address.confidence
    assert (Issue.MAPS_DISAGREE in address.issues) is (verdict is Verdict.DISAGREES)
    change = address.confidence - HOME.confidence
    assert (change > 0, change < 0) == (verdict is Verdict.AGREES, verdict is Verdict.DISAGREES)
    assert (opinion.apart_m is not None) is bool(opinion.agreeing)


def test_an_old_district_that_a_service_still_names_is_ours_of_today() -> None:
    home = parse("杭州市上城区凯旋路1号")
    old = [
        Voice(service, Said.PLACE, Place(Point(120.2, 30.26), True, "x", "浙江省", "杭州市", "江干区"))
        for service in (Service.AMAP, Service.TENCENT)
    ]
    assert consider(home, old)[1].verdict in (Verdict.AGREES, Verdict.UNSETTLED)


def test_an_ambiguous_reading_gets_a_hint_and_no_confidence() -> None:
    home = parse("鼓楼区中山路1号")
    assert Issue.AMBIGUOUS in home.issues
    names = ("江苏省", "南京市", "鼓楼区")
    heard = [Voice(each, Said.PLACE, Place(Point(118.78, 32.06), True, "x", *names)) for each in (Service.AMAP, Service.TENCENT)]
    address, opinion = consider(home, heard)
    assert address == home
    assert (opinion.verdict, opinion.adcode, opinion.area) == (Verdict.SUGGESTS, "320106", "江苏省南京市鼓楼区")


def test_a_city_without_districts_is_compared_as_a_whole() -> None:
    home = parse("东莞市虎门镇虎门大道100号")
    heard = [Voice(each, Said.PLACE, Place(Point(113.67, 22.81), True, "x", "广东省", "东莞市", "")) for each in (Service.AMAP, Service.TENCENT)]
    assert consider(home, heard)[1].verdict is Verdict.AGREES


def test_a_chain_of_neighbours_is_two_opinions() -> None:
    """A near B, B near C, A far from C: neither pair outweighs the other unless both name one district."""
    chain = [voice("amap", district="江汉区"), voice("baidu", 0.9), voice("tencent", 1.8, "硚口区")]
    assert consider(HOME, chain)[1].verdict is Verdict.UNSETTLED
    assert consider(HOME, [chain[0], chain[1], voice("tencent", 1.8)])[1].verdict is Verdict.AGREES


@given(st.permutations([voice("amap"), voice("tencent", 0.3, "硚口区"), voice("baidu", 0.2)]))
def test_the_order_of_voices_does_not_matter(voices: list[Voice]) -> None:
    first, again = consider(HOME, voices)[1], consider(HOME, voices[::-1])[1]
    assert (first.verdict, first.confidence_after) == (again.verdict, again.confidence_after)


def test_confidence_stays_between_nothing_and_certainty() -> None:
    address = HOME
    for _ in range(20):
        address, _ = consider(address, [voice("amap"), voice("tencent")])
    assert HOME.confidence < address.confidence <= 1


def test_the_record_is_plain_json() -> None:
    import json

    _, opinion = consider(HOME, [voice("amap"), voice("baidu"), Voice(Service.TENCENT, Said.QUOTA, None, "121")])
    shown = json.loads(json.dumps(opinion.as_json()))
    assert shown["voices"]["tencent"] == {"said": "quota", "code": "121", "place": None}
    assert shown["agreeing"] == ["amap", "baidu"]
    assert shown["adcode"] == "420103"
    assert opinion.as_cells()[0] == "相符"
    assert "额度用完" in opinion.as_cells()[1]
