"""Money is an integer number of fen. Text to fen and back, and the capital form (大写) of posting lists.

Not for rates (``Decimal``) and never for floats. Capital form after 《支付结算办法》附一 (正确填写票据和结算凭证的基本规定).
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import NewType

Fen = NewType("Fen", int)

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_WAN = 10**4
_YI = 10**8
_EXACT = Context(prec=60, traps=[Inexact])


def yuan(fen: int) -> str:
    """``fen`` as yuan with two decimals and thousands separators: ``1131346`` → ``"11,313.46"``."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{part:02d}"


def fen_of(amount: Decimal) -> Fen:
    """Yuan as an exact decimal → fen.

    Raises:
        ValueError: the amount has a fraction of a fen, or is no number.
    """
    if not amount.is_finite():
        raise ValueError(f"not an amount: {amount}")
    # By digits, not by arithmetic: a product is rounded to the context's 28 places.
    scaled = amount.scaleb(2, _EXACT)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"more than two decimals: {amount}")
    return Fen(int(scaled))


def _below_wan(number: int) -> str:
    out = ""
    gap = False
    for power in range(3, -1, -1):
        digit = number // 10**power % 10
        if digit == 0:
            gap = bool(out)
            continue
        out += ("零" if gap else "") + _DIGITS[digit] + _UNITS[power]
        gap = False
    return out


def _whole(number: int) -> str:
    """A positive whole number; a gap between two groups of digits is one 零."""
    for size, name in ((_YI, "亿"), (_WAN, "万")):
        high, low = divmod(number, size)
        if high:
            gap = "零" if 0 < low < size // 10 else ""
            return _whole(high) + name + gap + (_whole(low) if low else "")
    return _below_wan(number)


def capital(fen: int) -> str:
    """The capital form used on posting lists: ``1131346`` → ``"壹万壹仟叁佰壹拾叁元肆角陆分"``; 0 → ``"零元整"``."""
    if fen < 0:
        return "负" + capital(-fen)
    whole, cents = divmod(fen, 100)
    jiao, rest = divmod(cents, 10)
    out = _whole(whole) + "元" if whole else ""
    if jiao:
        # A zero in the yuan's place before the jiao is spoken (附一 第三款: 壹仟陆佰捌拾元零叁角贰分).
        out += ("零" if whole and whole % 10 == 0 else "") + _DIGITS[jiao] + "角"
    elif rest and whole:
        out += "零"
    if rest:
        return out + _DIGITS[rest] + "分"
    return (out or "零元") + "整"
