"""Code 128 of an item number (ISO/IEC 15417): sets B and C, switched where digits make it shorter."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from letters.press.bits import Bits

_WIDTHS: Final = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222"
    "123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321"
    "232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121"
    "313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224"
    "111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111"
    "111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113"
    "114311411113411311113141114131311141411131211412211214211232"
)
"""Bar and space widths of symbols 0 to 105, six digits each."""
_CODE_B, _CODE_C, _START_B, _START_C = 100, 99, 104, 105


@lru_cache(maxsize=16)
def code128(text: str) -> Bits:
    """The symbol of ASCII text without quiet zones: one row of modules.

    Raises:
        ValueError: for an empty text or characters outside printable ASCII.
    """
    if not text or not all(" " <= char <= "~" for char in text):
        raise ValueError(f"not for Code 128 set B: {text!r}")
    symbols = _symbols(text)
    check = (symbols[0] + sum(place * symbol for place, symbol in enumerate(symbols) if place)) % 103
    modules = "".join([_MODULES[symbol] for symbol in symbols]) + _MODULES[check] + _STOP
    return Bits(len(modules), 1, int(modules, 2) << (-len(modules) % 8))


def _symbols(text: str) -> list[int]:
    out: list[int] = []
    at = 0
    in_c = False
    run = 0
    while at < len(text):
        if run <= at:
            run = at
            while run < len(text) and text[run] in "0123456789":
                run += 1
        digits = run - at
        if in_c and digits >= 2:
            out.append(int(text[at : at + 2]))
            at += 2
            continue
        # switching costs a symbol each way: worth it from four digits at an end, six inside
        wanted = 4 if at == 0 or run == len(text) else 6
        if not in_c and digits >= wanted and digits % 2 == 0:
            out.append(_START_C if not out else _CODE_C)
            in_c = True
            continue
        if in_c or not out:
            out.append(_START_B if not out else _CODE_B)
            in_c = False
        out.append(ord(text[at]) - 32)
        at += 1
    return out


def _modules(widths: str) -> str:
    """Bars as 1, spaces as 0, module by module."""
    return "".join("10"[place % 2] * int(width) for place, width in enumerate(widths))


_MODULES: Final = tuple(_modules(_WIDTHS[at : at + 6]) for at in range(0, len(_WIDTHS), 6))
_STOP: Final = _modules("2331112")
