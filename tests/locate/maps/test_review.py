"""The whole way on stand-ins: asked once, kept, never asked again; one service down leaves two."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from locate.address import parse
from locate.maps import Said, Service, Verdict, open_review
from records.database import Database
from records.map_settings import MapSettings
from tests.locate.maps.standins import Spot, StandIn

HOME = parse("张三 19900000000 武汉市江汉区新华路25号3栋2单元501室")
SENT = "武汉市江汉区新华路25号3栋"


@pytest.fixture
def three(stand_in: Callable[..., StandIn]) -> dict[str, StandIn]:
    """All services, all knowing the place."""
    running = {service: stand_in(service, signed=True) for service in ("amap", "tencent", "baidu")}
    for service, level in (("amap", "门牌号"), ("tencent", "9"), ("baidu", "门址")):
        east, north = (0.0065, 0.006) if service == "baidu" else (0.0, 0.0)
        running[service].places[SENT] = Spot(114.2701 + east, 30.6002 + north, "湖北省", "武汉市", "江汉区", level)
    return running


def with_keys(db: Database, running: dict[str, StandIn], **limits: int) -> Database:
    maps = MapSettings({name: each.access for name, each in running.items()}, per_second=1000, **limits)
    db.settings = dataclasses.replace(db.settings, maps=maps)
    return db


def test_three_are_asked_once_and_then_never_again(db: Database, three: dict[str, StandIn]) -> None:
    with open_review(with_keys(db, three)) as review:
        address, opinion = review(HOME)
        again, same = review(HOME)
    assert opinion.verdict is Verdict.AGREES
    assert opinion.agreeing == (Service.AMAP, Service.TENCENT, Service.BAIDU)
    assert address.confidence > HOME.confidence
    assert (again, same) == (address, opinion)
    with open_review(with_keys(db, three)) as review:
        assert review(HOME) == (address, opinion)
        assert {service: tally.kept for service, tally in review.tallies().items()} == dict.fromkeys(Service, 1)
    for running in three.values():
        assert [query["address"] for query in running.asked] == [SENT]


def test_one_service_down_leaves_two(db: Database, three: dict[str, StandIn]) -> None:
    three["amap"].always = {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}
    with open_review(with_keys(db, three)) as review:
        _, opinion = review(HOME)
        tallies = review.tallies()
    assert opinion.verdict is Verdict.AGREES
    assert opinion.agreeing == (Service.TENCENT, Service.BAIDU)
    assert tallies[Service.AMAP].counts == {Said.KEY: 1}


def test_a_place_elsewhere_lowers_the_confidence_and_is_said(db: Database, three: dict[str, StandIn]) -> None:
    for running in three.values():
        running.places[SENT] = dataclasses.replace(running.places[SENT], district="硚口区")
    with open_review(with_keys(db, three)) as review:
        address, opinion = review(HOME)
    assert opinion.verdict is Verdict.DISAGREES
    assert (address.district, address.canonical) == (HOME.district, HOME.canonical)
    assert address.confidence == pytest.approx(HOME.confidence / 2)


def test_a_text_without_a_place_is_not_sent(db: Database, three: dict[str, StandIn]) -> None:
    with open_review(with_keys(db, three)) as review:
        for text in ("", "武汉市江汉区", "乱七八糟", "19900000000"):
            address, opinion = review(parse(text))
            assert opinion.verdict is Verdict.NOT_ASKED
            assert address == parse(text)
    assert not any(running.asked for running in three.values())


def test_our_limit_a_day_holds_over_runs(db: Database, three: dict[str, StandIn]) -> None:
    for number in range(3):
        with open_review(with_keys(db, three, per_day=2)) as review:
            review(parse(f"武汉市江汉区新华路{number + 1}号"))
    assert {name: len(running.asked) for name, running in three.items()} == dict.fromkeys(three, 2)
