"""Mainland mobile numbers: eleven digits from 13 to 19, without country code, spaces and marks."""

from __future__ import annotations

import re
from typing import Final

from locate.intake.problems import Fault
from locate.intake.text import Cell, is_empty_word, narrow, plain, without_control

_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_LONGEST: Final = 200
"""Characters of a cell with several numbers."""
_NOISE: Final = re.compile(r"[\s\-—–_.()（）'`‘’\"]")
_COUNTRY: Final = re.compile(r"^(?:\+|00)?86(?=1[3-9]\d{9}$)")
_SEVERAL: Final = re.compile(r"[/、,，;；|]|\s{1,}")


def read_mobile(cell: Cell) -> str | Fault | None:
    """The number; None where the cell is empty; a fault (a warning) where it is no mobile number."""
    text = plain(cell)
    if _MOBILE.fullmatch(text) and text.isascii():
        return text
    if is_empty_word(text):
        return None
    if len(text) > _LONGEST:
        return Fault("PHONE_INVALID")
    said = narrow(without_control(text))
    bare = _COUNTRY.sub("", _NOISE.sub("", said))
    return bare if _MOBILE.fullmatch(bare) else Fault("PHONE_INVALID")


def first_of_several(cell: Cell) -> str | None:
    """The first number of a cell that lists several, all of them well formed; otherwise None."""
    if len(plain(cell)) > _LONGEST:
        return None
    parts = [part for part in _SEVERAL.split(narrow(plain(cell))) if part]
    numbers = [read_mobile(part) for part in parts]
    if len(numbers) < 2 or not all(isinstance(number, str) for number in numbers):
        return None
    return str(numbers[0])
