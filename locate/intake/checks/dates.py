"""Dates in every form that people and systems write, to calendar days. Ambiguous ones are refused, not guessed.

Understood: 2026-11-20, 2026/9/4, 2026.9.4, 20260904, 2026年9月4日, 二〇二六年九月四日, a time or zone behind them (an instant
becomes its day in Shanghai), 20-Nov-2026, Nov 20, 2026, day and month around a four-digit year where only one order is
possible, spreadsheet dates and serial numbers, 13-digit milliseconds.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from locate.intake.problems import Fault
from locate.intake.text import Cell, is_empty_word, narrow, plain
from records.clock import SHANGHAI

_LONGEST: Final = 64
"""Characters of a written date; longer text would only keep the patterns busy."""
FIRST_YEAR: Final = 1980
LAST_YEAR: Final = 2100
_EPOCH_1900: Final = date(1899, 12, 30)
_EPOCH_1904: Final = date(1904, 1, 1)
_FIRST_SERIAL, _LAST_SERIAL = 20000, 80000
"""Serial numbers 1954 to 2119: five digits, never mistaken for a written date."""

_TIME: Final = r"(?:[T时\s,;]*(?P<clock>[上下]午)?\s*\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:[.,]\d+)?秒?)?分?\s*(?:[AaPp][Mm])?)?"
_ZONE: Final = r"(?P<zone>Z|[+-]\d{2}:?\d{2})?"
_YEAR_FIRST: Final = re.compile(
    r"(\d{4})\s*[-/.年,_\s]\s*(\d{1,2})\s*[-/.月,_\s]\s*(\d{1,2})\s*[日号]?" + _TIME + _ZONE
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _TIME)
_SHORT: Final = re.compile(r"(\d{1,2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?" + _TIME)
_MONTH_ONLY: Final = re.compile(r"\d{4}[-/.年]?(?:0?[1-9]|1[0-2])月?|\d{4}年?|\d{1,2}月\d{1,2}日?")
_ENGLISH: Final = re.compile(
    r"(?:(\d{1,2})[-\s]([A-Za-z]{3,9})\.?[-\s,]+(\d{4})|([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}))"
    + _TIME
)
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_CHINESE: Final = re.compile(
    r"([〇零○Ｏ一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十廿]{1,3})[日号]?"
)
_CHINESE_DIGIT: Final = {character: number for number, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
}
_AROUND: Final = re.compile(
    r"^(?:截[至止]|自|从|于|日期)(?:日期|日)?[:：]?\s*|\s*(?:止|起|前|[(（](?:周|星期)?[一二三四五六日天][)）]|(?:周|星期)[一二三四五六日天])$"
)
_MILLISECONDS: Final = re.compile(r"\d{13}")


def read_date(cell: Cell, label: str, *, date1904: bool = False) -> date | Fault:
    """The day, or why there is none. ``label`` is the column's Chinese name; ``date1904`` the workbook's date system."""
    if isinstance(cell, datetime):
        return _sane(cell.date(), label)
    if isinstance(cell, date):
        return _sane(cell, label)
    if isinstance(cell, str):
        return _from_text(plain(cell), label, date1904)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return Fault("DATE_FORM", label)
    return _from_number(cell, label, date1904)


def _from_number(number: float, label: str, date1904: bool) -> date | Fault:
    if number == int(number) and len(str(int(number))) in (4, 6, 8, 13):
        return _from_text(str(int(number)), label, date1904)
    if not _FIRST_SERIAL <= number <= _LAST_SERIAL:
        return Fault("DATE_FORM", label)
    return _sane((_EPOCH_1904 if date1904 else _EPOCH_1900) + timedelta(days=int(number)), label)


@lru_cache(maxsize=65536)
def _from_text(text: str, label: str, date1904: bool) -> date | Fault:
    if len(text) > _LONGEST:
        return Fault("DATE_FORM", label)
    said = _AROUND.sub("", narrow(text).strip("'`‘’\"")).strip()
    if is_empty_word(said):
        return Fault("VALUE_MISSING", label)
    if found := _YEAR_FIRST.fullmatch(said):
        day = _built(int(found[1]), int(found[2]), int(found[3]), label)
        return _in_shanghai(day, said, label) if found["zone"] and isinstance(day, date) else day
    if found := _COMPACT.fullmatch(said):
        return _built(int(found[1]), int(found[2]), int(found[3]), label)
    if re.fullmatch(r"\d{5}(?:\.\d+)?", said):
        return _from_number(int(said[:5]), label, date1904)
    if _MILLISECONDS.fullmatch(said):
        return _sane(datetime.fromtimestamp(int(said) / 1000, UTC).astimezone(SHANGHAI).date(), label)
    return _rarer(said, label)


def _rarer(said: str, label: str) -> date | Fault:
    if found := _YEAR_LAST.fullmatch(said):
        return _year_last(int(found[1]), int(found[2]), int(found[3]), label)
    if found := _ENGLISH.fullmatch(said):
        day, month, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
        number = _MONTHS.get(month[:3].lower())
        return Fault("DATE_FORM", label) if number is None else _built(int(year), number, int(day), label)
    if found := _CHINESE.fullmatch(said):
        year = int("".join(str(_CHINESE_DIGIT.get(character, 0)) for character in found[1]))
        return _built(year, _chinese_number(found[2]), _chinese_number(found[3]), label)
    if _SHORT.fullmatch(said):
        return Fault("DATE_TWO_DIGIT_YEAR", label)
    return Fault("DATE_INCOMPLETE" if _MONTH_ONLY.fullmatch(said) else "DATE_FORM", label)


def _year_last(first: int, second: int, year: int, label: str) -> date | Fault:
    if first > 12:
        return _built(year, second, first, label)
    if second > 12 or first == second:
        return _built(year, first, second, label)
    return Fault("DATE_AMBIGUOUS", label)


def _chinese_number(text: str) -> int:
    text = text.replace("廿", "二十")
    if "十" not in text:
        return _CHINESE_DIGIT[text] if len(text) == 1 else 99
    tens, ones = text.split("十", 1)
    return (_CHINESE_DIGIT[tens] if tens else 1) * 10 + (_CHINESE_DIGIT[ones] if ones else 0)


def _in_shanghai(day: date, said: str, label: str) -> date | Fault:
    try:
        instant = datetime.fromisoformat(said.replace("/", "-").replace(" ", "T", 1))
    except ValueError:
        return Fault("DATE_FORM", label)
    return instant.astimezone(SHANGHAI).date() if instant.tzinfo else day


def _built(year: int, month: int, day: int, label: str) -> date | Fault:
    try:
        return _sane(date(year, month, day), label)
    except ValueError:
        return Fault("DATE_IMPOSSIBLE", label)


def _sane(day: date, label: str) -> date | Fault:
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else Fault("DATE_RANGE", label)
