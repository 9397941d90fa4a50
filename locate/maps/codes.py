"""The services' published status codes, as data (codes.csv), in our few kinds.

Sources, read 2026-11: AMap "Web 服务 API 错误码" (infocode), Tencent "WebServiceAPI 状态码说明", Baidu "Web 服务 API
附录：状态码定义". A code that is in none of them is a passing fault of the service: it is tried again, never taken for an answer.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from locate.maps.model import Said, Service


@cache
def _table() -> dict[tuple[Service, str], Said]:
    text = files(__package__).joinpath("codes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(Service(row["service"]), row["code"]): Said(row["said"]) for row in rows}


def meaning_of(service: Service, code: object) -> Said:
    """What a service's code means for us."""
    return _table().get((service, str(code)), Said.BUSY)
