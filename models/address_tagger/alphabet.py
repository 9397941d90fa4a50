"""How single signs are seen by the tagger: digits are one sign, letters another; some signs are keys.

A key is a sign at which parts of an address tend to end (路 号 幢 室 …): the nearest keys to both sides are what tells a
person at a glance where a part belongs. Changing anything here changes every feature: raise FEATURES in weights.py.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

PLANE: Final = 65536
OTHER: Final = 0xFFFD
"""Stands for every sign outside the basic plane."""
DIGIT, LETTER, NUMERAL, SIDE, MARK, KEY = 1, 2, 3, 4, 5, 10
_NUMERALS: Final = "一二三四五六七八九十百零〇两"
_SIDES: Final = "东西南北中"
_KEYS: Final = "路街道巷弄村区园厦苑号幢栋座楼层室单元院镇乡组队场心城广司厂店期里寓庄馆桥口行局校学所社站与和旁边面侧附近门米户铺庭府阁坊轩庐邸墅湾公家"


@cache
def folded() -> NDArray[np.int32]:
    """The sign that a sign counts as."""
    table = np.arange(PLANE, dtype=np.int32)
    table[ord("0") : ord("9") + 1] = ord("0")
    for first, last in ("AZ", "az"):
        table[ord(first) : ord(last) + 1] = ord("A")
    return table


@cache
def kinds() -> NDArray[np.int8]:
    """What kind of sign a sign is; 0 for the many."""
    table = np.zeros(PLANE, dtype=np.int8)
    table[33:128] = MARK
    table[ord("0") : ord("9") + 1] = DIGIT
    for first, last in ("AZ", "az"):
        table[ord(first) : ord(last) + 1] = LETTER
    for kind, signs in ((NUMERAL, _NUMERALS), (SIDE, _SIDES), (KEY, _KEYS + "-()")):
        for sign in signs:
            table[ord(sign)] = kind
    return table
