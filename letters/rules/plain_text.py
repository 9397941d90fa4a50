"""A letter's text as the text rules read it: one string without the spaces and line breaks of a page.

Not a printable form. Extraction from a PDF breaks words at line ends; writers hide words behind spaces and full-width
letters. Both are undone, so that a pattern sees the words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_UNSEEN: Final = re.compile("[\\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff·•‧∙]+")


@lru_cache(maxsize=8)
def plain(text: str) -> str:
    """Compatibility forms unified (NFKC), white space, invisible characters and middle dots removed.

    >>> plain("老 赖（２０２６）")
    '老赖(2026)'
    """
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


_SENTENCE_END: Final = re.compile("[。;!?]")


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence of a plain text that holds the stretch ``start``-``end``."""
    first = 0
    for mark in _SENTENCE_END.finditer(text, 0, start):
        first = mark.end()
    last = _SENTENCE_END.search(text, end)
    return text[first : last.start() if last else len(text)]
