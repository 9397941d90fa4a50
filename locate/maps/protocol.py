"""What every map service can do: make a signed request of a text, and read the answer. No network here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import quote

from locate.maps.model import Place, Said, Service

Parameters = Sequence[tuple[str, str]]


class AnswerUnclear(Exception):
    """The body has not the published form."""


class MapService(Protocol):
    """One service. Stateless."""

    @property
    def service(self) -> Service:
        """Which one it is."""
        ...

    @property
    def longest_bytes(self) -> int:
        """UTF-8 bytes of an address that it takes."""
        ...

    def request(self, text: str, key: str, secret: str) -> str:
        """Path and query, signed where there is a secret, to be put behind the service's URL."""
        ...

    def read(self, body: Mapping[str, object]) -> tuple[Said, str, Place | None]:
        """How it ended, the service's own code, the place where there is one.

        Raises:
            AnswerUnclear: the body has not the published form.
        """
        ...


def encoded(parameters: Parameters) -> str:
    """A query, every value percent-encoded as UTF-8."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)


def raw_sorted(parameters: Parameters) -> str:
    """The parameters as AMap and Tencent sign them: by name, values as they are."""
    return "&".join(f"{name}={value}" for name, value in sorted(parameters))


def md5(text: str) -> str:
    """What all three sign with."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def text_of(value: object) -> str:
    """A text; AMap writes an absent one as ``[]``."""
    return value if isinstance(value, str) else ""


def mapping_of(value: object) -> Mapping[str, object]:
    """An object of the answer.

    Raises:
        AnswerUnclear: it is none.
    """
    if not isinstance(value, Mapping):
        raise AnswerUnclear
    return value


def degrees(value: object, low: float, high: float) -> float:
    """A longitude or latitude within China's bounds.

    Raises:
        AnswerUnclear: it is no number, or lies elsewhere.
    """
    try:
        number = float(value) if isinstance(value, str | float | int) else float("nan")
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise AnswerUnclear
    return number


LONGITUDES, LATITUDES = (73.0, 136.0), (3.0, 54.0)
"""Where an address of China can lie, in any of the datums."""
