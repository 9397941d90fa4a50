"""The sRGB colour profile that an archive copy names as its output intent: ICC version 2, matrix and curve, always the same bytes.

Source: IEC 61966-2-1 (curve, primaries), ICC.1:2001-04 (layout), primaries adapted to D50 by Bradford's matrix.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final

NAME: Final = "sRGB IEC61966-2.1"
_STEPS: Final = 1024
_WHITE: Final = (0.9642, 1.0, 0.8249)
"""D50, the profile connection space's."""
_PRIMARIES: Final = (("rXYZ", (0.43607, 0.22249, 0.01392)), ("gXYZ", (0.38515, 0.71687, 0.09708)), ("bXYZ", (0.14307, 0.06061, 0.71410)))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _curve() -> bytes:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    steps = [round(linear(step / (_STEPS - 1)) * 65535) for step in range(_STEPS)]
    return b"curv\0\0\0\0" + struct.pack(f">I{_STEPS}H", _STEPS, *steps)


def _description() -> bytes:
    text = NAME.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * (4 + 4 + 2 + 1 + 67)


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """The profile's bytes."""
    curve = _curve()
    tags: list[tuple[str, bytes]] = [
        ("desc", _description()), ("cprt", b"text\0\0\0\0No copyright, use freely\0"), ("wtpt", _xyz(_WHITE)),
        *((name, _xyz(values)) for name, values in _PRIMARIES), ("rTRC", curve), ("gTRC", curve), ("bTRC", curve),
    ]  # fmt: skip
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    placed: dict[bytes, int] = {}
    for name, data in tags:
        if data not in placed:
            placed[data] = start + len(body)
            body += data + b"\0" * (-len(data) % 4)
        table += name.encode() + struct.pack(">II", placed[data], len(data))
    head = struct.pack(
        ">I4sI4s4s4s6H4s4sI4s4sQI3i4s44x", start + len(body), b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ", b"XYZ ", 2026, 1, 1, 0, 0, 0,
        b"acsp", b"\0\0\0\0", 0, b"\0\0\0\0", b"\0\0\0\0", 0, 0, *(round(value * 65536) for value in _WHITE), b"\0\0\0\0",
    )  # fmt: skip
    return head + table + body
