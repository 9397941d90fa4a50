"""What a map service says of an address, and what several of them say together. Values only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Service(StrEnum):
    """The services that can be asked; also their names in settings."""

    AMAP = "amap"
    TENCENT = "tencent"
    BAIDU = "baidu"


SERVICE_NAMES = {Service.AMAP: "高德", Service.TENCENT: "腾讯", Service.BAIDU: "百度"}


class Said(StrEnum):
    """How a question ended. Only the first two are answers; the others are no opinion."""

    PLACE = "place"
    NOTHING = "nothing"
    """The service knows no such place."""
    BUSY = "busy"
    """Throttled, overloaded, unreachable or broken, also after further tries."""
    QUOTA = "quota"
    """The key has no requests left, by the service's word or by our own limit."""
    KEY = "key"
    """The key is unknown, closed, not allowed here, or its signature is wrong."""
    REFUSED = "refused"
    """The service does not take this text."""


@dataclass(frozen=True, slots=True)
class Point:
    """A coordinate in GCJ-02, the datum of published Chinese maps (degrees)."""

    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service puts an address. ``precise``: finer than a township, so that its point says something."""

    point: Point
    precise: bool
    level: str
    """In the service's own words."""
    province: str = ""
    city: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """One service's part in a second opinion. ``code``: the service's own code of an error."""

    service: Service
    said: Said
    place: Place | None = None
    code: str = ""


class Verdict(StrEnum):
    """What the services together say of the reader's answer."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    SUGGESTS = "suggests"
    """The reader has no district and they agree on one: a hint for a person, nothing more."""
    UNSETTLED = "unsettled"
    """Fewer than two of one mind."""
    NOT_ASKED = "not_asked"
    """The text has no place that could be asked for."""


VERDICT_NAMES = {
    Verdict.AGREES: "相符",
    Verdict.DISAGREES: "不符",
    Verdict.SUGGESTS: "供参考",
    Verdict.UNSETTLED: "未定",
    Verdict.NOT_ASKED: "未询问",
}


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What was heard, what it amounts to, and what it did to the confidence. Never changes the address itself."""

    verdict: Verdict
    voices: tuple[Voice, ...] = ()
    agreeing: tuple[Service, ...] = ()
    area: str = ""
    """Province, city and district that the agreeing services name."""
    adcode: str | None = None
    apart_m: int | None = None
    """The largest distance between the agreeing services' points."""
    confidence_before: float = 0.0
    confidence_after: float = 0.0

    def as_json(self) -> dict[str, object]:
        """For ``handa address parse --json``."""
        voices = {}
        for voice in self.voices:
            place = None if voice.place is None else asdict(voice.place)
            voices[voice.service.value] = {"said": voice.said.value, "code": voice.code or None, "place": place}
        return {
            "verdict": self.verdict.value,
            "agreeing": [service.value for service in self.agreeing],
            "area": self.area or None,
            "adcode": self.adcode,
            "apart_m": self.apart_m,
            "confidence": [self.confidence_before, self.confidence_after],
            "voices": voices,
        }

    def as_cells(self) -> tuple[str, str]:
        """Verdict and detail for two cells of a table."""
        heard = "，".join(f"{SERVICE_NAMES[v.service]} {_told(v)}" for v in self.voices)
        together = f"一致：{self.area or '同一处'}（相距 {self.apart_m} 米）；" if self.agreeing else ""
        return VERDICT_NAMES[self.verdict], together + heard


_SAID = {
    Said.NOTHING: "没有结果", Said.BUSY: "暂时不可用", Said.QUOTA: "额度用完", Said.KEY: "密钥不可用", Said.REFUSED: "不受理",
}  # fmt: skip


def _told(voice: Voice) -> str:
    if voice.place is None:
        return _SAID[voice.said]
    return f"{voice.place.city}{voice.place.district}" or f"坐标（{voice.place.level}）"
