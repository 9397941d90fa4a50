"""A letter's text as the text rules read it: one string without the spaces and line breaks of a page.

Not a printable form. Extraction from a PDF breaks words at line ends; writers hide words behind spaces and full-width
letters. Both are undone, so that a pattern sees the words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_UNSEEN: Final = re.compile("[\\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff·•‧∙]+")


@lru_cache(maxsize=8192)
def _plain_line(line: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", line))


@lru_cache(maxsize=64)
def plain(text: str) -> str:
    """Compatibility forms unified (NFKC), white space, invisible characters and middle dots removed.

    Line by line: most lines of a batch's letters are the template's own, and are kept.

    >>> plain("老 赖\\n（２０２６）")
    '老赖(2026)'
    """
    return "".join([_plain_line(line) for line in text.splitlines()])


_SENTENCE: Final = re.compile("[^。;]+")
"""The marks over which no pattern of a text rule reaches (tests hold it)."""
_SENTENCE_END: Final = re.compile("[。;!?]")
"""Half-width where NFKC makes them so."""


@lru_cache(maxsize=8)
def sentences(text: str) -> tuple[tuple[int, str], ...]:
    """(start in the plain text, sentence) of a text of any form, without the closing marks."""
    return tuple((found.start(), found.group()) for found in _SENTENCE.finditer(plain(text)))


_FINDERS: Final[dict[tuple[str, int], Callable[[str], str | None]]] = {}
"""By a pattern's words and flags: hashing a compiled pattern reads all of its program, each time."""


def _finder(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    @lru_cache(maxsize=4096)
    def found_in(sentence: str) -> str | None:
        found = pattern.search(sentence)
        return found.group() if found else None

    return found_in


def first_match(pattern: re.Pattern[str], text: str) -> str | None:
    """What a pattern that stays within a sentence finds first in a text of any form; None when nothing."""
    key = (pattern.pattern, pattern.flags)
    finder = _FINDERS.get(key) or _FINDERS.setdefault(key, _finder(pattern))
    for _, sentence in sentences(text):
        found = finder(sentence)
        if found is not None:
            return found
    return None


def sentence_around(text: str, start: int, end: int) -> str:
    """The part of a plain text between full stops, exclamation and question marks that holds ``start``-``end``."""
    first = 0
    for mark in _SENTENCE_END.finditer(text, 0, start):
        first = mark.end()
    last = _SENTENCE_END.search(text, end)
    return text[first : last.start() if last else len(text)]
