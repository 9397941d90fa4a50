"""Money is an integer number of fen. Text to fen and back, and the capital form (大写) of posting lists.

Not for rates (``Decimal``) and never for floats. Capital form after 《支付结算办法》附一 (正确填写票据和结算凭证的基本规定).
"""

from __future__ import annotations

from decimal import Decimal
from typing import NewType

Fen = NewType("Fen", int)

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_SECTIONS = ("", "万", "亿", "万亿")


def yuan(fen: int) -> str:
    """``fen`` as yuan with two decimals and thousands separators: ``1131346`` → ``"11,313.46"``."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{part:02d}"


def fen_of(amount: Decimal) -> Fen:
    """Yuan as an exact decimal → fen.

    Raises:
        ValueError: when the amount has a fraction of a fen.
    """
    scaled = amount * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"more than two decimals: {amount}")
    return Fen(int(scaled))


def _section(number: int) -> str:
    out = ""
    zero = False
    for power in range(3, -1, -1):
        digit = number // 10**power % 10
        if digit == 0:
            zero = bool(out)
            continue
        if zero:
            out += "零"
            zero = False
        out += _DIGITS[digit] + _UNITS[power]
    return out


def capital(fen: int) -> str:
    """The capital form used on posting lists: ``1131346`` → ``"壹万壹仟叁佰壹拾叁元肆角陆分"``; 0 → ``"零元整"``."""
    if fen < 0:
        return "负" + capital(-fen)
    whole, cents = divmod(fen, 100)
    jiao, rest = divmod(cents, 10)
    out = ""
    gap = False
    for power in range(3, -1, -1):
        section = whole // 10 ** (4 * power) % 10000
        if section == 0:
            gap = bool(out)
            continue
        if out and (gap or section < 1000):
            out += "零"
        out += _section(section) + _SECTIONS[power]
        gap = False
    if out:
        out += "元"
    if jiao:
        if out and whole % 10 == 0:
            out += "零"
        out += _DIGITS[jiao] + "角"
    elif rest and out:
        out += "零"
    if rest:
        return out + _DIGITS[rest] + "分"
    return (out or "零元") + "整"
