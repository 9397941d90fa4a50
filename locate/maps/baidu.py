"""百度 geocoding/v3: ``status`` 0 or a code, ``result`` with BD-09 ``location``, ``precise``, ``level``; names no district.

Source: Baidu "Web 服务 API 地理编码" and "sn 计算算法" (read 2026-11). An address that it does not find is answered with
status 1 and 无相关结果 in the message; status 1 with other words is a fault of the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from locate.maps.codes import meaning_of
from locate.maps.coordinates import gcj02_of_bd09
from locate.maps.model import Place, Point, Said, Service
from locate.maps.protocol import (
    LATITUDES,
    LONGITUDES,
    AnswerUnclear,
    degrees,
    encoded,
    mapping_of,
    md5,
    text_of,
)

_PATH: Final = "/geocoding/v3/"
_COARSE: Final = frozenset({"国家", "省", "省份", "城市", "市", "区县", "乡镇", "UNKNOWN", "未知"})
_NOTHING: Final = "无相关结果"
_UNQUOTED: Final = "/:=&?#+!$,;'@()*[]"


def baidu_sn(path: str, parameters: list[tuple[str, str]], secret: str) -> str:
    """``sn``: MD5 of path, query (encoded, in the order sent) and secret, the whole encoded once more."""
    query = "&".join(f"{name}={value}" for name, value in parameters)
    return md5(quote_plus(quote(f"{path}?{query}", safe=_UNQUOTED) + secret))


class Baidu:
    """Baidu's client side."""

    service = Service.BAIDU
    longest_bytes = 84

    def request(self, text: str, key: str, secret: str) -> str:
        """Parameters keep their order: it is signed."""
        parameters = [("address", text), ("output", "json"), ("ak", key)]
        if secret:
            parameters.append(("sn", baidu_sn(_PATH, parameters, secret)))
        return f"{_PATH}?{encoded(parameters)}"

    def read(self, body: Mapping[str, object]) -> tuple[Said, str, Place | None]:
        """The point is turned into GCJ-02."""
        status = body.get("status")
        if not isinstance(status, int) or isinstance(status, bool):
            raise AnswerUnclear
        code, words = str(status), text_of(body.get("msg")) + text_of(body.get("message"))
        if status == 1 and _NOTHING in words:
            return Said.NOTHING, code, None
        said = meaning_of(self.service, status)
        if said is not Said.PLACE:
            return said, code, None
        if not body.get("result"):
            return Said.NOTHING, code, None
        result = mapping_of(body["result"])
        location = mapping_of(result.get("location"))
        bd09 = Point(degrees(location.get("lng"), *LONGITUDES), degrees(location.get("lat"), *LATITUDES))
        level = text_of(result.get("level"))
        return said, code, Place(gcj02_of_bd09(bd09), precise=level not in _COARSE, level=level)
