"""A letter's text as the text rules read it: one string without the spaces and line breaks of a page.

Not a printable form. Extraction from a PDF breaks words at line ends; writers hide words behind spaces and full-width
letters. Both are undone, so that a pattern sees the words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_DOTS: Final = "·•‧∙"
_UNSEEN: Final = re.compile(f"[\\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff{_DOTS}]+")
_FULL_WIDTH: Final = tuple((sign, unicodedata.normalize("NFKC", sign)) for sign in "，（）：；！？％\u3000")
"""What nearly every Chinese line holds of compatibility forms. Put right one by one, the rest is seldom there, and the
normalisation, which costs more than all rules together, is seldom asked for."""


@lru_cache(maxsize=64)
def plain(text: str) -> str:
    """Compatibility forms unified (NFKC), white space, invisible characters and middle dots removed.

    >>> plain("老 赖\\n（２０２６）")
    '老赖(2026)'
    """
    for sign, unified in _FULL_WIDTH:
        text = text.replace(sign, unified)
    if not unicodedata.is_normalized("NFKC", text):
        text = "\n".join([_unified(line) for line in text.splitlines()])
    text = "".join(text.split())
    if text.isprintable() and not any(dot in text for dot in _DOTS):
        return text  # spaces apart, all that is unseen is unprintable
    return _UNSEEN.sub("", text)


@lru_cache(maxsize=8192)
def _unified(line: str) -> str:
    """Kept line by line: most lines of a batch's letters are the template's own."""
    return unicodedata.normalize("NFKC", line)


_SENTENCE_END: Final = re.compile("[。;!?]")
"""Half-width where NFKC makes them so."""


@lru_cache(maxsize=8)
def sentences(text: str) -> tuple[tuple[int, str], ...]:
    """(start in the plain text, sentence) of a text of any form, without the closing marks 。 and ;.

    No pattern of a text rule reaches over these marks (tests hold it).
    """
    found = []
    start = 0
    for sentence in plain(text).replace(";", "。").split("。"):
        if sentence:
            found.append((start, sentence))
        start += len(sentence) + 1
    return tuple(found)


def sentence_around(text: str, start: int, end: int) -> str:
    """The part of a plain text between full stops, exclamation and question marks that holds ``start``-``end``."""
    first = 0
    for mark in _SENTENCE_END.finditer(text, 0, start):
        first = mark.end()
    last = _SENTENCE_END.search(text, end)
    return text[first : last.start() if last else len(text)]
