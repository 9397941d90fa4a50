"""Asking a stand-in: good answers, signatures, throttling, quotas, bad keys, slow and broken servers, silent logs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import httpx
import pytest

from locate.maps import geocoder as module
from locate.maps.coordinates import bd09_of_gcj02, metres_between
from locate.maps.geocoder import Geocoder
from locate.maps.model import Point, Said
from tests.locate.maps.standins import KEY, SECRET, Spot, StandIn

TEXT = "武汉市江汉区新华路25号3栋"
LEVELS = {"amap": "门牌号", "tencent": "9", "baidu": "门址"}
POINT = Point(114.2701, 30.6002)
Start = Callable[..., StandIn]
Make = Callable[..., Geocoder]


def knowing(running: StandIn) -> StandIn:
    point = bd09_of_gcj02(POINT) if running.service == "baidu" else POINT
    running.places[TEXT] = Spot(point.longitude, point.latitude, "湖北省", "武汉市", "江汉区", LEVELS[running.service])
    return running


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("service", LEVELS)
def test_a_place_is_found_in_gcj02(stand_in: Start, geocoder: Make, service: str, signed: bool) -> None:
    running = knowing(stand_in(service, signed=signed))
    voice = geocoder(running).ask(TEXT)
    assert (voice.said, voice.code) == (Said.PLACE, "")
    assert voice.place is not None
    assert voice.place.precise
    assert metres_between(voice.place.point, POINT) < 2
    assert voice.place.district == ("" if service == "baidu" else "江汉区")
    [query] = running.asked
    assert set(query) <= {"address", "key", "ak", "output", "sig", "sn"}
    assert not {"Cookie", "Referer"} & set(running.headers[0])


@pytest.mark.parametrize("service", LEVELS)
def test_a_place_that_nobody_knows(stand_in: Start, geocoder: Make, service: str) -> None:
    assert geocoder(stand_in(service)).ask("某处").said is Said.NOTHING


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        ("amap", {"status": "0", "info": "CUQPS_HAS_EXCEEDED_THE_LIMIT", "infocode": "10021"}),
        ("tencent", {"status": 120, "message": "此key每秒请求量已达到上限"}),
        ("baidu", {"status": 401, "message": "当前并发量已经超过约定并发配额，限制访问"}),
        ("amap", "500"), ("tencent", "429"), ("amap", "broken"), ("tencent", "shape"), ("baidu", "hang up"), ("amap", "huge"),
    ],
)  # fmt: skip
def test_what_passes_is_tried_again_after_growing_pauses(
    stand_in: Start, geocoder: Make, pauses: list[float], service: str, fault: object
) -> None:
    running = knowing(stand_in(service))
    running.next.extend([fault, fault])  # type: ignore[list-item]
    assert geocoder(running).ask(TEXT).said is Said.PLACE
    assert len(running.asked) == 3
    assert 0.5 <= pauses[0] <= 0.6
    assert 1.0 <= pauses[1] <= 1.2


def test_what_does_not_pass_is_given_up_and_the_next_question_is_asked(stand_in: Start, geocoder: Make) -> None:
    running = knowing(stand_in("amap"))
    running.next.extend(["500"] * 3)
    asking = geocoder(running)
    assert (voice := asking.ask(TEXT)).said is Said.BUSY
    assert voice.code == "HTTP-500"
    assert asking.ask(TEXT).said is Said.PLACE


@pytest.mark.parametrize(
    ("service", "fault", "said"),
    [
        ("amap", {"status": "0", "info": "USER_DAILY_QUERY_OVER_LIMIT", "infocode": "10044"}, Said.QUOTA),
        ("tencent", {"status": 121, "message": "此key每日调用量已达到上限"}, Said.QUOTA),
        ("baidu", {"status": 302, "message": "天配额超限，限制访问"}, Said.QUOTA),
        ("amap", {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}, Said.KEY),
        ("tencent", {"status": 199, "message": "此key未开启webservice功能"}, Said.KEY),
        ("baidu", {"status": 240, "message": "APP 服务被禁用"}, Said.KEY),
    ],
)  # fmt: skip
def test_quota_and_key_end_the_asking_at_once(
    stand_in: Start, geocoder: Make, pauses: list[float], service: str, fault: dict[str, object], said: Said
) -> None:
    running = knowing(stand_in(service))
    running.next.append(fault)
    asking = geocoder(running)
    assert [asking.ask(TEXT).said for _ in range(3)] == [said] * 3
    assert len(running.asked) == 1
    assert pauses == []
    assert asking.tally.stopped is not None
    assert asking.tally.counts == {said: 1}


def test_a_wrong_secret_is_told_as_a_key_that_can_not_be_used(stand_in: Start, geocoder: Make) -> None:
    for service, code in (("amap", "10007"), ("tencent", "111"), ("baidu", "211")):
        running = stand_in(service)
        asking = geocoder(running)
        running.signed = True  # the key demands a signature, and we have no secret
        assert (asking.ask(TEXT).said, asking.ask(TEXT).code) == (Said.KEY, code)


def test_a_text_that_is_not_taken_is_not_sent_again(stand_in: Start, geocoder: Make) -> None:
    running = stand_in("amap")
    running.next.extend([{"status": "0", "info": "INVALID_PARAMS", "infocode": "20000"}, "403"])
    asking = geocoder(running)
    assert [asking.ask(TEXT).said, asking.ask(TEXT).said] == [Said.REFUSED, Said.REFUSED]
    assert len(running.asked) == 2


def test_a_redirect_is_not_followed_with_the_key(stand_in: Start, geocoder: Make) -> None:
    running = stand_in("tencent")
    running.always = "redirect"
    assert geocoder(running).ask(TEXT).code == "HTTP-302"
    assert len(running.asked) == 1


def test_a_slow_server_is_left(stand_in: Start, geocoder: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    running = stand_in("baidu")
    running.always = "slow"
    asking = geocoder(running)
    monkeypatch.setattr(module, "TRIES", 1)
    asking._client.timeout = httpx.Timeout(0.2)
    assert (asking.ask(TEXT).said, asking.ask(TEXT).code) == (Said.BUSY, "ReadTimeout")


def test_a_server_that_drips_is_left(stand_in: Start, geocoder: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    running = stand_in("amap")
    running.always = "drip"
    monkeypatch.setattr(module, "TRIES", 1)
    monkeypatch.setattr(module, "DEADLINE", 0.2)
    begun = time.monotonic()
    assert (geocoder(running).ask(TEXT).code, time.monotonic() - begun < 2) == ("ReadError", True)


def test_nobody_there(geocoder: Make) -> None:
    running = StandIn("amap", url="http://127.0.0.1:9")
    voice = geocoder(running).ask(TEXT)
    assert (voice.said, voice.code) == (Said.BUSY, "ConnectError")


def test_our_own_limit_counts_every_try(stand_in: Start, geocoder: Make) -> None:
    running = knowing(stand_in("amap"))
    running.next.append("500")
    asking = geocoder(running, per_day=3)
    assert [asking.ask(TEXT).said for _ in range(4)] == [Said.PLACE, Said.PLACE, Said.QUOTA, Said.QUOTA]
    assert len(running.asked) == 3
    assert asking.tally.stopped is not None
    assert asking.tally.stopped.code == "own-limit"


def test_the_log_holds_neither_text_nor_key(stand_in: Start, geocoder: Make, caplog: pytest.LogCaptureFixture) -> None:
    running = knowing(stand_in("tencent", signed=True))
    running.next.append("hang up")
    with caplog.at_level(logging.DEBUG):
        geocoder(running).ask(TEXT)
    said = caplog.text
    assert "tencent place" in said
    for secret in (KEY, SECRET, TEXT, "江汉", "%E6", running.asked[0]["sig"], "114.27"):
        assert secret not in said
