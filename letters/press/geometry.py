"""Lengths and boxes of the sheet. All lengths on a page are whole hundredths of a point, so pages are the same everywhere.

Not for text widths inside a font (1/1000 em). Boxes are given from the sheet's top left corner, as people measure them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Final

Hp = int
"""Hundredths of a point."""


@lru_cache(maxsize=1024)
def mm(value: float) -> Hp:
    """Millimetres → hundredths of a point."""
    return round(Fraction(str(value)) * 7200 * 10 / 254)


@lru_cache(maxsize=1024)
def points(value: float) -> Hp:
    """Points → hundredths of a point."""
    return round(Fraction(str(value)) * 100)


@lru_cache(maxsize=1 << 16)
def text_of(length: Hp) -> bytes:
    """The length as a PDF number in points."""
    if length < 0:
        return b"-" + text_of(-length)
    whole, part = divmod(length, 100)
    return b"%d.%02d" % (whole, part) if part else b"%d" % whole


PAGE_WIDTH: Final[Hp] = 59528
PAGE_HEIGHT: Final[Hp] = 84189
"""ISO A4, 210 x 297 mm."""


def down(from_top: Hp) -> Hp:
    """A distance from the top edge as PDF's y."""
    return PAGE_HEIGHT - from_top


@dataclass(frozen=True, slots=True)
class Box:
    """A box in hundredths of a point, from the top left corner of the sheet."""

    left: Hp
    right: Hp
    top: Hp
    bottom: Hp


@dataclass(frozen=True, slots=True)
class Envelope:
    """A window envelope seen from the folded sheet behind it."""

    name: str
    safe: Box
    """What lies in here is always visible."""
    leak: Box
    """What lies in here could show."""
    private_top: Hp
    """Anything private starts below this, or right of the leak box."""
    folds: tuple[Hp, ...]


@lru_cache(maxsize=8)
def envelope(name: str) -> Envelope:
    """The window envelope of that name.

    Raises:
        KeyError: when envelopes.toml has no such envelope.
    """
    table = tomllib.loads(Path(__file__).with_name("envelopes.toml").read_text("utf-8"))
    row = table["envelope"][name]
    return Envelope(
        name,
        Box(*(mm(value) for value in row["safe"])),
        Box(*(mm(value) for value in row["leak"])),
        mm(row["private_top"]),
        tuple(mm(value) for value in row["folds"]),
    )
