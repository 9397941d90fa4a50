"""Settings of outside map services: their keys, where they answer, how often they may be asked. Off without keys.

Part of ``records.settings``; knows nothing of what the services do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from records.errors import WrongUsage

SERVICES: Final = {
    "amap": ("高德", "https://restapi.amap.com"),
    "tencent": ("腾讯", "https://apis.map.qq.com"),
    "baidu": ("百度", "https://api.map.baidu.com"),
}
"""Name in settings: what people call it, and where it answers."""
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_MOST_A_SECOND: Final = 1_000.0


@dataclass(frozen=True, slots=True)
class MapAccess:
    """How one service is reached. ``secret`` signs requests where the key asks for it."""

    key: str = field(repr=False)
    url: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MapSettings:
    """Every service that has a key, and the limits that hold for each of them."""

    services: Mapping[str, MapAccess] = field(default_factory=dict, hash=False)
    per_second: float = 3.0
    """Requests a second and key: what a free key may send."""
    per_day: int = 5_000
    """Requests a day (Shanghai) and key, all runs together."""
    keep_days: int = 30
    """For how long an answer is not asked for again."""


@dataclass(frozen=True, slots=True)
class MapLine:
    """A line of ``handa settings`` before its origin is known."""

    name: str
    shown: str
    meaning: str


def variable(service: str, what: str) -> str:
    """The name of a service's variable: ``HANDA_AMAP_KEY``."""
    return f"HANDA_{service.upper()}_{what}"


def read_map_settings(value: Callable[[str], str]) -> MapSettings:
    """Take the settings of map services off the environment.

    Args:
        value: gives a variable's text, '' where it is not set.

    Raises:
        WrongUsage: a value that can't be used; secrets are never repeated.
    """
    services = {}
    for service, (_, home) in SERVICES.items():
        key, secret = value(variable(service, "KEY")), value(variable(service, "SECRET"))
        url = (value(variable(service, "URL")) or home).rstrip("/")
        if secret and not key:
            raise WrongUsage(f"设了 {variable(service, 'SECRET')}，却没有 {variable(service, 'KEY')}", "请把密钥（Key）也设上。")
        if key:
            services[service] = MapAccess(key, _url(variable(service, "URL"), url), secret)
    default = MapSettings()
    return MapSettings(
        services=services,
        per_second=_number("HANDA_MAPS_PER_SECOND", value, default.per_second, 0.01, _MOST_A_SECOND),
        per_day=int(_number("HANDA_MAPS_PER_DAY", value, default.per_day, 1, 10**9)),
        keep_days=int(_number("HANDA_MAPS_KEEP_DAYS", value, default.keep_days, 0, 3650)),
    )


def _number(name: str, value: Callable[[str], str], default: float, low: float, high: float) -> float:
    text = value(name)
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise WrongUsage(f"{name} 不是 {low:g} 至 {high:g} 之间的数", "请改正后重试。")
    return number


def _url(name: str, text: str) -> str:
    parts = urlsplit(text)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname or parts.query or parts.username or parts.password:
        raise WrongUsage(f"{name} 不能用", "请写成 https://主机[/路径]；地址与密钥只经加密的连接发送。")
    return text


def map_lines(found: MapSettings) -> list[MapLine]:
    """Lines for ``handa settings``; of a key only whether there is one."""
    lines = []
    for service, (called, home) in SERVICES.items():
        access = found.services.get(service)
        set_key, set_secret = access is not None, bool(access and access.secret)
        lines += [
            MapLine(variable(service, "KEY"), _masked(set_key), f"{called}地图的 Web 服务密钥；不设则不问{called}"),
            MapLine(variable(service, "SECRET"), _masked(set_secret), f"{called}密钥开启签名校验时的私钥"),
            MapLine(variable(service, "URL"), access.url if access else home, f"{called}地图的服务地址"),
        ]
    return [
        *lines,
        MapLine("HANDA_MAPS_PER_SECOND", f"{found.per_second:g}", "每个密钥每秒最多的请求数"),
        MapLine("HANDA_MAPS_PER_DAY", str(found.per_day), "每个密钥每天最多的请求数，各次运行合计"),
        MapLine("HANDA_MAPS_KEEP_DAYS", str(found.keep_days), "地图回答在工作区里（加密）保留的天数；0 为不保留"),
    ]


def _masked(is_set: bool) -> str:
    return "（已设置）" if is_set else "（未设置）"
