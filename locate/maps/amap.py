"""高德 Web 服务 v3/geocode/geo: ``status`` 1 or 0, ``infocode``, ``geocodes`` with adcode, level and GCJ-02 ``location``.

Source: AMap "Web 服务 API 地理/逆地理编码" and "数字签名" (read 2026-11). Texts that are absent come as ``[]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from locate.maps.codes import meaning_of
from locate.maps.model import Place, Point, Said, Service
from locate.maps.protocol import (
    LATITUDES,
    LONGITUDES,
    AnswerUnclear,
    degrees,
    encoded,
    mapping_of,
    md5,
    raw_sorted,
    text_of,
)

_PATH: Final = "/v3/geocode/geo"
_COARSE: Final = frozenset({"国家", "省", "市", "区县", "开发区", "乡镇", "未知"})


class Amap:
    """AMap's client side."""

    service = Service.AMAP
    longest_bytes = 512

    def request(self, text: str, key: str, secret: str) -> str:
        """``sig``: MD5 of the sorted parameters as they are, then the secret."""
        parameters = [("address", text), ("key", key), ("output", "JSON")]
        if secret:
            parameters.append(("sig", md5(raw_sorted(parameters) + secret)))
        return f"{_PATH}?{encoded(parameters)}"

    def read(self, body: Mapping[str, object]) -> tuple[Said, str, Place | None]:
        """``status`` 1 with no ``geocodes`` is "nothing found"."""
        code = text_of(body.get("infocode"))
        if body.get("status") != "1":
            if not code:
                raise AnswerUnclear
            said = meaning_of(self.service, code)
            if said is Said.PLACE:
                raise AnswerUnclear
            return said, code, None
        found = body.get("geocodes")
        if not isinstance(found, list):
            raise AnswerUnclear
        if not found:
            return Said.NOTHING, code, None
        first = mapping_of(found[0])
        longitude, comma, latitude = text_of(first.get("location")).partition(",")
        if not comma:
            raise AnswerUnclear
        level = text_of(first.get("level"))
        place = Place(
            point=Point(degrees(longitude, *LONGITUDES), degrees(latitude, *LATITUDES)),
            precise=bool(level) and level not in _COARSE,
            level=level,
            province=text_of(first.get("province")),
            city=text_of(first.get("city")),
            district=text_of(first.get("district")),
        )
        return Said.PLACE, code, place
