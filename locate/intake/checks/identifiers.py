"""Case and contract numbers: codes that must be kept letter for letter, and free text that may be kept but not obeyed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from locate.intake.problems import Fault
from locate.intake.text import (
    Cell,
    has_control,
    is_damaged,
    is_empty_word,
    narrow,
    number_text,
    plain,
    without_control,
)

_EXPONENT: Final = re.compile(r"\d(?:\.\d+)?E\+?\d{2}", re.IGNORECASE)
_GUARDS: Final = "'`‘’′＇"
_LARGEST_EXACT: Final = 10**15
_LONGEST: Final = 100


def read_identifier(cell: Cell, label: str) -> str | Fault:
    """A case or contract number. A number-typed 1.0 is 1; one that a spreadsheet has rounded is refused."""
    if isinstance(cell, str):
        text = plain(cell)
        if text.isascii() and text.isalnum():
            return Fault("NUMBER_DAMAGED", label) if _EXPONENT.fullmatch(text) else _known(text, label)
        return _identifier(text, label)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return _identifier(plain(cell), label)
    if abs(cell) >= _LARGEST_EXACT:
        return Fault("NUMBER_DAMAGED", label)
    return number_text(float(cell))


def _known(text: str, label: str) -> str | Fault:
    return Fault("VALUE_MISSING", label) if is_empty_word(text) else text


@lru_cache(maxsize=4096)
def _identifier(text: str, label: str) -> str | Fault:
    if has_control(text):
        return Fault("TEXT_CONTROL", label)
    if is_damaged(text):
        return Fault("TEXT_DAMAGED", label)
    bare = "".join(narrow(text).strip(_GUARDS).split())
    if is_empty_word(bare):
        return Fault("VALUE_MISSING", label)
    if _EXPONENT.fullmatch(bare):
        return Fault("NUMBER_DAMAGED", label)
    return bare if len(bare) <= _LONGEST else Fault("TEXT_DAMAGED", label)


def read_free_text(cell: Cell) -> str:
    """Text that is only kept: one line, no control characters; '' where the cell says nothing. Never evaluated."""
    text = plain(cell)
    if is_empty_word(text):
        return ""
    return " ".join(without_control(text).split())
