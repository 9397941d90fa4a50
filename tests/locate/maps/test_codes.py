"""The code tables: every line is well formed; the kinds that decide what a run does are told apart."""

from __future__ import annotations

import pytest

from locate.maps.codes import _table, meaning_of
from locate.maps.model import Said, Service

OK = {Service.AMAP: "10000", Service.TENCENT: "0", Service.BAIDU: "0"}


@pytest.mark.parametrize("service", list(Service))
def test_each_service_has_every_kind_and_one_good_code(service: Service) -> None:
    kinds = {code: said for (whose, code), said in _table().items() if whose is service}
    assert [code for code, said in kinds.items() if said is Said.PLACE] == [OK[service]]
    assert {Said.BUSY, Said.QUOTA, Said.KEY, Said.REFUSED} <= set(kinds.values())


@pytest.mark.parametrize(
    ("service", "code", "said"),
    [
        ("amap", "10003", "quota"), ("amap", "10044", "quota"), ("amap", "10001", "key"), ("amap", "10021", "busy"),
        ("tencent", 121, "quota"), ("tencent", 111, "key"), ("tencent", 120, "busy"), ("tencent", 347, "nothing"),
        ("baidu", 302, "quota"), ("baidu", 211, "key"), ("baidu", 401, "busy"),
    ],
)  # fmt: skip
def test_published_codes(service: str, code: object, said: str) -> None:
    assert meaning_of(Service(service), code) is Said(said)


def test_a_code_that_nobody_has_published_is_no_answer() -> None:
    assert meaning_of(Service.AMAP, "99999") is Said.BUSY
