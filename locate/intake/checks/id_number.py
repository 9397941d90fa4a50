"""Citizen ID numbers after GB 11643-1999: form, region, birth date, check character (ISO 7064 MOD 11-2).

An 18-digit number that a spreadsheet held as a number has lost its last digits: it is refused, never repaired. The
numbers of residence permits for Hong Kong, Macau and Taiwan residents (81, 82, 83) and of foreigners' permanent
residence cards of 2023 (first digit 9, then the province) follow the same form.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

from locate.intake.problems import Fault
from locate.intake.text import Cell, is_empty_word, narrow, plain

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"
_FORM: Final = re.compile(r"\d{17}[\dX]")
_EXPONENT: Final = re.compile(r"\d(?:\.\d+)?E\+?\d+")
_GUARDS: Final = "'`‘’′＇´\"“”"
_LOOKALIKE_X: Final = str.maketrans({"×": "X", "Х": "X", "х": "X", "Χ": "X", "χ": "X", "✕": "X"})
PROVINCES: Final = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
"""First two digits of GB/T 2260 codes, and those of the residence permits."""
_FIRST_YEAR: Final = 1900
_PRECISE_DIGITS: Final = 15


def check_character(first_17: str) -> str:
    """The 18th character that belongs to 17 digits."""
    return _CHECK[sum(map(int.__mul__, map(int, first_17), _WEIGHTS)) % 11]


@lru_cache(maxsize=65536)
def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def birth_date(id_number: str) -> date:
    """Birth date inside a checked number."""
    found = _day(id_number[6:14])
    if found is None:
        raise ValueError("not a checked ID number")
    return found


def read_id_number(cell: Cell) -> str | Fault:
    """The number in its standard form, or why it is refused."""
    if not isinstance(cell, str):
        return _from_number(cell)
    text = plain(cell)
    if not (len(text) == 18 and text.isalnum() and text.isascii()):
        text = narrow(text).strip(_GUARDS + " \t").translate(_LOOKALIKE_X)
        text = "".join(text.split())
    text = text.upper()
    if is_empty_word(text):
        return Fault("VALUE_MISSING", "身份证号")
    if _FORM.fullmatch(text) is None:
        return _form_fault(text)
    return _checked(text)


def _from_number(cell: Cell) -> str | Fault:
    text = plain(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return Fault("ID_FORM")
    return Fault("ID_DAMAGED") if "e" in text or len(text) > _PRECISE_DIGITS else _form_fault(text)


def _form_fault(text: str) -> Fault:
    if _EXPONENT.fullmatch(text):
        return Fault("ID_DAMAGED")
    if "*" in text or "＊" in text:
        return Fault("ID_MASKED")
    if len(text) == 15 and text.isdigit():
        return Fault("ID_FIFTEEN")
    return Fault("ID_FORM")


def _checked(text: str) -> str | Fault:
    right = check_character(text[:17]) == text[17]
    if not right and text.endswith("000"):
        return Fault("ID_DAMAGED")
    if text[1:3] not in PROVINCES if text[0] == "9" else text[:2] not in PROVINCES:
        return Fault("ID_REGION")
    born = _day(text[6:14])
    if born is None or born.year < _FIRST_YEAR:
        return Fault("ID_BIRTH")
    return text if right else Fault("ID_CHECKSUM")
