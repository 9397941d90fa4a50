"""腾讯位置服务 ws/geocoder/v1: ``status`` 0 or a code, ``result`` with GCJ-02 ``location``, ``address_components``, ``level``.

Source: Tencent "WebService API 地址解析" and "签名校验" (read 2026-11). ``level``: 1 city, 2 district, 3 township,
4 village, 5 development zone, 6 hot spot, 7 road, 8 road feature, 9 house number, 10 estate or building, 11 POI.
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

_PATH: Final = "/ws/geocoder/v1/"
_COARSE: Final = frozenset({0, 1, 2, 3, 5})


class Tencent:
    """Tencent's client side."""

    service = Service.TENCENT
    longest_bytes = 512

    def request(self, text: str, key: str, secret: str) -> str:
        """``sig``: MD5 of path, ``?``, the sorted parameters as they are, then the secret."""
        parameters = [("address", text), ("key", key), ("output", "json")]
        if secret:
            parameters.append(("sig", md5(f"{_PATH}?{raw_sorted(parameters)}{secret}")))
        return f"{_PATH}?{encoded(parameters)}"

    def read(self, body: Mapping[str, object]) -> tuple[Said, str, Place | None]:
        """``status`` tells all; 347 is "nothing found"."""
        status = body.get("status")
        if not isinstance(status, int) or isinstance(status, bool):
            raise AnswerUnclear
        said = meaning_of(self.service, status)
        if said is not Said.PLACE:
            return said, str(status), None
        result = mapping_of(body.get("result"))
        location, parts = mapping_of(result.get("location")), mapping_of(result.get("address_components"))
        level = result.get("level", 0)
        if not isinstance(level, int):
            raise AnswerUnclear
        place = Place(
            point=Point(degrees(location.get("lng"), *LONGITUDES), degrees(location.get("lat"), *LATITUDES)),
            precise=level not in _COARSE,
            level=str(level),
            province=text_of(parts.get("province")),
            city=text_of(parts.get("city")),
            district=text_of(parts.get("district")),
        )
        return said, str(status), place
