"""Amounts in capital figures (大写), read back to fen; the inverse of ``records.money.capital``."""

from __future__ import annotations

import re
from typing import Final

from records.money import Fen, capital

_DIGITS: Final = {character: number for number, character in enumerate("零壹贰叁肆伍陆柒捌玖")} | {
    "〇": 0,
    "两": 2,
    "陸": 6,
}
_UNITS: Final = {"拾": 10, "佰": 100, "仟": 1000}
_WAN: Final = 10**4
_YI: Final = 10**8
_FORM: Final = re.compile(
    r"(?:人民币)?(?:([零〇壹贰叁肆伍陆陸柒捌玖拾佰仟万亿]+)[元圆])?(?:整|正)?零?(?:([壹贰叁肆伍陆柒捌玖])角)?零?(?:([壹贰叁肆伍陆柒捌玖])分)?(?:整|正)?"
)


def _whole(text: str) -> int:
    total = section = digit = 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _UNITS:
            section += (digit or (1 if character == "拾" and section == 0 else 0)) * _UNITS[character]
            digit = 0
        else:
            group = section + digit
            total = (total + group) * _YI if character == "亿" else total + group * _WAN
            section = digit = 0
    return total + section + digit


def _bare(text: str) -> str:
    for noise in ("人民币", "零", "〇", "整", "正"):
        text = text.replace(noise, "")
    return text.replace("圆", "元").replace("陸", "陆")


def fen_of_capital(text: str) -> Fen | None:
    """``人民币壹万贰仟元整`` → 1200000; None for whatever is not exactly one amount in capital figures."""
    found = _FORM.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    fen = _whole(found[1] or "") * 100 + _DIGITS[found[2] or "零"] * 10 + _DIGITS[found[3] or "零"]
    given, anew = _bare(text), _bare(capital(fen))
    shortened = anew.removeprefix("壹") if given.startswith("拾") else anew
    return Fen(fen) if given in {anew, shortened} else None
