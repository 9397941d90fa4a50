"""QR codes at table speed: with version, level, mask and length fixed, a code is affine over GF(2) in its text's bits.

So a code is the first text's code with one stored pattern for each bit that differs. The patterns come from segno, which
also makes the first code; nothing of the standard is written twice.
"""

from __future__ import annotations

from typing import Final

import segno

from letters.press.bits import Bits, bits_of

LEVEL: Final = "m"
"""15 % may be lost: enough for print, small enough for 0.6 mm modules."""
MASK: Final = 2
"""Readers take any of the eight; one that never changes keeps codes affine in their text."""
_SMALLEST_VERSION: Final = 3
_LONGEST: Final = 213
"""Bytes of version 10-M, beyond which modules get too fine for a letter."""


class _Table:
    """Codes of texts of one length."""

    def __init__(self, text: bytes) -> None:
        self._first = text
        base = segno.make(text, error=LEVEL, mode="byte", mask=MASK, boost_error=False, micro=False)
        version = max(int(base.version), _SMALLEST_VERSION)
        self._version = version
        self.bits = self._make(text)
        self._patterns: dict[tuple[int, int], int] = {}

    def _make(self, text: bytes) -> Bits:
        code = segno.make(text, error=LEVEL, mode="byte", mask=MASK, version=self._version, boost_error=False, micro=False)
        return bits_of([[bool(module) for module in row] for row in code.matrix])

    def value(self, text: bytes) -> int:
        value = self.bits.value
        first = self._first
        for place, byte in enumerate(text):
            differing = byte ^ first[place]
            if differing:
                value ^= self._pattern(place, differing)
        return value

    def _pattern(self, place: int, differing: int) -> int:
        found = self._patterns.get((place, differing))
        if found is None:
            found = 0
            for bit in range(8):
                if differing >> bit & 1:
                    found ^= self._bit(place, bit)
            self._patterns[place, differing] = found
        return found

    def _bit(self, place: int, bit: int) -> int:
        key = (place, 1 << bit)
        found = self._patterns.get(key)
        if found is None:
            changed = bytearray(self._first)
            changed[place] ^= 1 << bit
            found = self._patterns[key] = self._make(bytes(changed)).value ^ self.bits.value
        return found


_TABLES: Final[dict[int, _Table]] = {}


def qr(text: str) -> Bits:
    """The QR code of ``text`` (UTF-8 bytes, level M) without its quiet zone.

    Raises:
        ValueError: when the text is empty or longer than a letter's code may be.
    """
    data = text.encode()
    if not 0 < len(data) <= _LONGEST:
        raise ValueError(f"a QR code of {len(data)} bytes; at most {_LONGEST}")
    table = _TABLES.get(len(data))
    if table is None:
        table = _TABLES[len(data)] = _Table(data)
    return Bits(table.bits.width, table.bits.height, table.value(data))
