"""A barcode as bits, and bits as a stencil on the page: crisp at every resolution, no picture file."""

from __future__ import annotations

from dataclasses import dataclass

from letters.press.geometry import Hp, text_of


@dataclass(frozen=True, slots=True)
class Bits:
    """A matrix of dark (1) and light modules. ``value`` holds the rows, each padded to whole bytes, top row first."""

    width: int
    height: int
    value: int

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return (self.width + 7) // 8

    def stencil(self, left: Hp, bottom: Hp, width: Hp, height: Hp) -> bytes:
        """Operators that paint the dark modules in the current colour into the box (PDF's y)."""
        data = self.value.to_bytes(self.row_bytes * self.height, "big").hex().encode()
        return b"q %s 0 0 %s %s %s cm BI/W %d/H %d/IM true/D[1 0]/F/AHx ID %s> EI Q\n" % (
            text_of(width), text_of(height), text_of(left), text_of(bottom), self.width, self.height, data
        )

    def rows(self) -> list[list[bool]]:
        """The modules, for readers and tests."""
        wide = self.row_bytes * 8
        out = []
        for row in range(self.height):
            bits = self.value >> ((self.height - 1 - row) * wide) & ((1 << wide) - 1)
            out.append([bool(bits >> (wide - 1 - column) & 1) for column in range(self.width)])
        return out


def bits_of(rows: list[list[bool]]) -> Bits:
    """The matrix as ``Bits``."""
    width = len(rows[0])
    row_bytes = (width + 7) // 8
    value = 0
    for row in rows:
        bits = 0
        for dark in row:
            bits = bits << 1 | dark
        value = value << row_bytes * 8 | bits << (row_bytes * 8 - width)
    return Bits(width, len(rows), value)
