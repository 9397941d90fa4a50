"""Chinese and Arabic numerals of house numbers, as one comparison form."""

from __future__ import annotations

import re
from functools import lru_cache

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_WORD = re.compile("[零〇一二两三四五六七八九十百]+")


def _value(word: str) -> str:
    if "十" not in word and "百" not in word:
        return "".join(str(_DIGITS[c]) for c in word)  # 三〇二 is read sign by sign
    total = current = 0
    for c in word:
        if c == "百":
            total += (current or 1) * 100
            current = 0
        elif c == "十":
            total += (current or 1) * 10
            current = 0
        else:
            current = _DIGITS[c]
    return str(total + current)


def arabic(text: str) -> str:
    """十八幢 → 18幢, 三〇二室 → 302室; everything else stays."""
    if not _WORD.search(text):
        return text
    return _WORD.sub(lambda m: _value(m.group()), text)


_KIND = re.compile(r"(?:号楼|号院|号门|单元楼?|办公室|房间|商铺|幢|栋|座|楼|层|室|房|号|弄|户|铺|店|梯|排|#|F$|f$)")


@lru_cache(maxsize=16384)  # 3幢, 2单元 come again and again
def bare_number(text: str | None) -> str:
    """The number alone, comparable: 3幢 = 三栋 = 3号楼 = 3; 负一楼 = -1; A座 = A; 东2单元 = 东2."""
    if not text:
        return ""
    number = _KIND.sub("", arabic(text)).upper().replace("第", "").replace("负", "-").replace("地下", "-").replace("~", "-")
    return re.sub(r"(?<!\d)0+(?=\d)", "", number)
