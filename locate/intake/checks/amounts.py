"""Amounts of money as people and spreadsheets write them, to integer fen. ``Decimal`` only; no float arithmetic.

Known: 1,234.56 · ¥ ￥ 人民币 RMB CNY · 元 千元 万元 亿元 角 分 · full-width digits · (1,234.56) and minus for negative ·
大写 (壹万贰仟元整). Grouping must be in threes; exponents in text are damage; other currencies are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from locate.intake.checks.capital import fen_of_capital
from locate.intake.problems import Fault
from locate.intake.text import Cell, is_empty_word, narrow, plain
from records.money import Fen

UNITS: Final = {
    "分": Decimal("0.01"), "角": Decimal("0.1"), "元": Decimal(1), "圆": Decimal(1), "块": Decimal(1), "百元": Decimal(100),
    "千元": Decimal(1000), "万": Decimal(10000), "万元": Decimal(10000), "百万元": Decimal(1000000),
    "亿": Decimal(10**8), "亿元": Decimal(10**8),
}  # fmt: skip
"""Yuan in one of each unit."""
LARGEST_FEN: Final = 10**14
"""A trillion yuan: no debt of a person is so large; a sign that the unit is wrong."""
_LONGEST: Final = 100
"""Characters of a written amount."""
_PLAIN: Final = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?")
_WRITTEN: Final = re.compile(
    r"(?:人民币|RMB|CNY|CN¥|¥)?(?P<open>\()?(?:¥)?(?P<sign>[-+−–])?(?:¥)?"
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<part>\d*))?(?P<close>\))?"
    r"(?P<unit>百万元|万元|千元|百元|亿元|元整|圆整|元|圆|块|万|亿|角|分)?(?P<tail>人民币|RMB|CNY|整|正)?(?P<minus>-)?",
    re.IGNORECASE,
)
_FOREIGN: Final = re.compile(
    r"USD|US\$|\$|HK\$|HKD|EUR|€|JPY|GBP|£|美元|港币|港元|欧元|日元|英镑|澳门元|台币", re.IGNORECASE
)
_DASHES: Final = frozenset({"-", "--", "—", "——", "–", "无"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A read amount, and whether the cell named a unit of its own that differs from the column's."""

    fen: Fen
    own_unit: bool = False


def is_blank_amount(text: str) -> bool:
    """Whether a cell says "nothing" the way accounting formats do ('-' for zero). 不详 and N/A are not nothing."""
    return not text or text in _DASHES


def read_amount(cell: Cell, label: str, unit: str = "元") -> Amount | Fault:
    """The amount in fen.

    Args:
        cell: a number, or text in any written form.
        label: the column's Chinese name, for the sentence of a fault.
        unit: the column's unit by its header.
    """
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return Fault("AMOUNT_NOT_NUMBER", label)
    text = plain(cell)
    if unit == "元" and (simple := _PLAIN.fullmatch(text)):
        return Amount(Fen(int(simple[1]) * 100 + int((simple[2] or "").ljust(2, "0"))))
    if not isinstance(cell, str):
        return _from_number(text, label, unit)
    return _from_text(text, label, unit)


def _from_number(text: str, label: str, unit: str) -> Amount | Fault:
    return _scaled(Decimal(text), label, unit, own=False)


@lru_cache(maxsize=65536)
def _from_text(text: str, label: str, unit: str) -> Amount | Fault:
    if len(text) > _LONGEST:
        return Fault("AMOUNT_NOT_NUMBER", label)
    said = "".join(narrow(text).strip("'`‘’\"").split())
    if is_empty_word(said):
        return Fault("VALUE_MISSING" if not said or said in _DASHES else "AMOUNT_NOT_NUMBER", label)
    if _FOREIGN.search(said):
        return Fault("AMOUNT_CURRENCY", label)
    written = _WRITTEN.fullmatch(said)
    if written is None or bool(written["open"]) != bool(written["close"]):
        capital = fen_of_capital(said)
        return Fault("AMOUNT_NOT_NUMBER", label) if capital is None else Amount(capital)
    number = Decimal(written["whole"].replace(",", "") + "." + (written["part"] or "0"))
    if written["open"] or written["minus"] or written["sign"] in {"-", "−", "–"}:
        number = -number
    own = (written["unit"] or unit).removesuffix("整")
    return _scaled(number, label, own, own=UNITS[own] != UNITS[unit])


def _scaled(number: Decimal, label: str, unit: str, *, own: bool) -> Amount | Fault:
    fen = number * UNITS[unit] * 100
    if fen < 0:
        return Fault("AMOUNT_NEGATIVE", label)
    if fen != fen.to_integral_value():
        return Fault("AMOUNT_FRACTION", label)
    if fen > LARGEST_FEN:
        return Fault("AMOUNT_TOO_LARGE", label)
    return Amount(Fen(int(fen)), own)
