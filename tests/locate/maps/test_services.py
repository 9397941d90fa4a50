"""The three clients: what they send, how they sign, what they make of good, empty and misshapen answers."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locate.maps.amap import Amap
from locate.maps.baidu import Baidu, baidu_sn
from locate.maps.model import Said
from locate.maps.protocol import AnswerUnclear, MapService
from locate.maps.tencent import Tencent

ALL = [Amap(), Tencent(), Baidu()]
TEXT = "武汉市江汉区新华路25号"


def test_the_signature_of_baidus_own_example() -> None:
    parameters = [("address", "百度大厦"), ("output", "json"), ("ak", "yourak")]
    assert baidu_sn("/geocoder/v2/", parameters, "yoursk") == "7de5a22212ffaa9e326444c75a58f9a0"


@pytest.mark.parametrize("service", ALL, ids=lambda each: each.service.value)
@pytest.mark.parametrize("secret", ["", "sk"])
def test_only_text_key_and_signature_are_sent(service: MapService, secret: str) -> None:
    sent = dict(parse_qsl(urlsplit(service.request(TEXT, "k", secret)).query))
    assert sent.pop("address") == TEXT
    assert sent.pop("output").lower() == "json"
    assert {sent.pop("key", None), sent.pop("ak", None)} == {"k", None}
    signature = [sent.pop(name) for name in ("sig", "sn") if name in sent]
    assert len(signature) == (1 if secret else 0)
    assert all(len(each) == 32 and each.islower() for each in signature)
    assert sent == {}


@pytest.mark.parametrize("service", ALL, ids=lambda each: each.service.value)
@given(body=st.dictionaries(st.sampled_from(["status", "infocode", "geocodes", "result", "msg"]), st.one_of(
    st.sampled_from(["0", "1", 0, 1, "10000", True, None, [], {}, [{}], {"location": {"lng": "x", "lat": 3}}, {"location": 5}]),
    st.text(alphabet="01x", max_size=3), st.integers(-5, 400),
)))  # fmt: skip
def test_a_misshapen_answer_is_unclear_and_never_a_place(service: MapService, body: dict[str, object]) -> None:
    try:
        said, _, place = service.read(json.loads(json.dumps(body)))
    except AnswerUnclear:
        return
    assert place is None
    assert said is not Said.PLACE


@pytest.mark.parametrize("where", ["0,0", "200,30", "nan,30", "116.4", "a,b", ""])
def test_a_point_outside_of_china_is_unclear(where: str) -> None:
    body = {"status": "1", "infocode": "10000", "geocodes": [{"location": where, "level": "门牌号"}]}
    with pytest.raises(AnswerUnclear):
        Amap().read(body)


def test_a_towns_middle_is_not_precise() -> None:
    found = {"location": "114.27,30.60", "level": "区县", "province": "湖北省", "city": "武汉市", "district": "江汉区"}
    _, _, place = Amap().read({"status": "1", "infocode": "10000", "geocodes": [found]})
    assert place is not None
    assert not place.precise
    _, _, place = Amap().read({"status": "1", "infocode": "10000", "geocodes": [{**found, "level": "门牌号"}]})
    assert place is not None
    assert place.precise


def test_baidu_says_internal_fault_where_it_finds_nothing() -> None:
    assert Baidu().read({"status": 1, "msg": "Internal Service Error:无相关结果", "results": []})[0] is Said.NOTHING
    assert Baidu().read({"status": 1, "message": "服务器内部错误"})[0] is Said.BUSY
    assert Baidu().read({"status": 0, "result": []})[0] is Said.NOTHING
