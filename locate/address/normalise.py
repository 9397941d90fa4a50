"""Raw text to the comparison form the readers work on, with a way back to raw positions.

The form is NFKC (full-width, circled and compatibility signs), without zero-width and control characters, radicals and
traditional signs replaced by today's simplified ones, dashes and brackets made one kind. Spaces stay as single signs,
so that the readers see the seams a writer left.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from locate.address.gazetteer import gazetteer

MAX_LENGTH = 400  # an address is some 20 signs; what lies past this is not read (robustness: 10 ms for any input)

# CJK Radicals Supplement signs that NFKC leaves alone (Unicode EquivalentUnifiedIdeograph); OCR and PDF text carry them.
_RADICALS = "⻄西⻓长⻋车⻔门⻅见⻉贝⻘青⻢马⻥鱼⻦鸟⻩黄⻬齐⻰龙⻛风⻜飞⻝食⻆角⻚页⻣骨⻤鬼⻁虎⺠民⻨麦⻮齿⻳龟⺟母⻌辶⺼肉⻐金⻖阜⻏邑⻑长⻗雨⻯龙⺝月⺩王⺬示⺮竹⻞食⺘手⺾草⺡水⺣火⺨犬⺭示⺶羊⺸羊"
_DASHES = "‐‑‒–—―−－﹣ー─━~～〜∼"
_SPACES = "　 \t\r\n\v\f\u2028\u2029"
_BRACKETS = "【(】)［(］)〔(〕)〖(〗)｛(｝){(})[(])「(」)"
# Signs of writing habits: 國 etc. come from the Traditional table; these are common misuse.
_HABITS = "○〇Ｏ0甴由＃#﹟#，,、,；;：:。.·.•.・.|,｜,"


def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    pairs = gazetteer().traditional + _RADICALS + _BRACKETS + _HABITS
    for i in range(0, len(pairs), 2):
        table[ord(pairs[i])] = pairs[i + 1]
    for ch in _DASHES:
        table[ord(ch)] = "-"
    for ch in _SPACES:
        table[ord(ch)] = " "
    return table


_TABLE: dict[int, str] = {}
_LOOSE = re.compile(r"(?<=[0-9A-Za-z]) +(?=[号弄幢栋座室层楼单](?!\d))")  # 66 号, G 栋: the blank means nothing


@dataclass(frozen=True, slots=True)
class Text:
    """The comparison form and, for every sign of it, where it stands in the raw text (``origin`` has one more entry: the end)."""

    form: str
    origin: Sequence[int]
    plain: bool = False
    """Every sign stands where it stood."""

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The raw text's half-open range for a half-open range of the form."""
        if start >= end:
            at = self.origin[min(start, len(self.origin) - 1)]
            return at, at
        return self.origin[start], self.origin[end - 1] + 1


@lru_cache(maxsize=1)  # matching asks again what was just read
def normalise(raw: str) -> Text:
    """Never raises; reads at most MAX_LENGTH signs."""
    if not _TABLE:
        _TABLE.update(_table())
    raw = raw[:MAX_LENGTH]
    simple = raw.translate(_TABLE)  # one sign to one sign: positions hold
    if simple.isprintable() and unicodedata.is_normalized("NFKC", simple) and not _LOOSE.search(simple):
        return Text(simple, range(len(simple) + 1), True)
    signs: list[str] = []
    origin = array("H")
    for i, ch in enumerate(raw):
        first = ch.translate(_TABLE)
        for part in unicodedata.normalize("NFKC", first):
            mapped = part.translate(_TABLE)
            if mapped.isprintable() and unicodedata.category(mapped) not in ("Cf", "Mn"):
                signs.append(mapped)
                origin.append(i)
    del signs[MAX_LENGTH:], origin[MAX_LENGTH:]  # NFKC makes up to 18 signs of one
    origin.append(len(raw))
    form = "".join(signs)
    for blank in reversed([m.span() for m in _LOOSE.finditer(form)]):
        form = form[: blank[0]] + form[blank[1] :]
        del origin[blank[0] : blank[1]]
    return Text(form, origin)
