"""Where Chinese lines may end (避头尾): a greedy breaker over measured text.

No break inside numbers, words and kept values; no closing mark at a line's head, no opening mark at its end. A closing
mark at a line's end gives up its blank right half. Sources: GB/T 15834-2011, W3C CLREQ §3.1.6-3.1.8.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

NOT_AT_START: Final = frozenset("，。、；：？！）》〉」』】〕”’％‰℃·—…～-,.;:?!)]}%")
NOT_AT_END: Final = frozenset("（《〈「『【〔“‘([{¥￥")
HALF_BLANK_RIGHT: Final = frozenset("，。、；：）》〉」』】〕”’！？")
"""Full-width marks whose right half is empty."""
_WORD: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-./,:_@#*+&=%~")
_DIGITS: Final = frozenset("0123456789")
_COUNTED: Final = frozenset("元年月日天号条款项期％%")
"""Not parted from the number before it."""
PAIRS: Final = re.compile("[，。、；：）》〉」』】〕”’](?=[，。、；：）》〉」』】〕”’（《〈「『【〔“‘])")
"""Closing marks that lose their blank half before another mark (标点挤压)."""
HALF: Final = 500

Line = tuple[int, int, int]
"""Start, end and slack: the 1/1000 em that remain; the last line of a text has slack -1."""


def may_break(text: str, at: int) -> bool:
    """Whether a line may end before ``text[at]``."""
    before, after = text[at - 1], text[at]
    if after in NOT_AT_START or before in NOT_AT_END:
        return False
    if before in _WORD and after in _WORD:
        return False
    return not (before in _DIGITS and after in _COUNTED)


def break_lines(
    text: str, ends: Sequence[int], width: int, indent: int = 0, kept: Sequence[tuple[int, int]] = ()
) -> list[Line]:
    """Lines of at most ``width`` (the first ``indent`` less). ``ends[i]`` is the width of ``text[:i]``.

    ``kept`` are stretches not to be broken. A stretch longer than a line is broken where the line ends: nothing is lost.
    """
    lines: list[Line] = []
    size = len(text)
    start = 0
    room = width - indent
    while True:
        limit = ends[start] + room
        if ends[size] <= limit:
            lines.append((start, size, -1))
            return lines
        end = bisect_right(ends, limit, start) - 1
        if text[end] in HALF_BLANK_RIGHT and ends[end + 1] - HALF <= limit:
            end += 1
            if end == size:
                lines.append((start, size, -1))
                return lines
        cut = end
        while cut > start:
            for first, last in kept:
                if first < cut < last:
                    cut = first
                    break
            if cut <= start or may_break(text, cut):
                break
            cut -= 1
        if cut <= start:
            cut = max(end, start + 1)
        slack = limit - ends[cut]
        if text[cut - 1] in HALF_BLANK_RIGHT and ends[cut] - ends[cut - 1] > HALF:
            slack += HALF
        lines.append((start, cut, slack))
        start = cut
        room = width
