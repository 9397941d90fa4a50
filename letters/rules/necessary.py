"""Which words a text must hold one of before a pattern can match it: looked for first, so that most patterns never run.

Read off the pattern's own syntax tree. Not exact and need not be: a word too short only costs time, and a test holds that
no match is ever lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]  # the engine's own reading; public only as a deprecated name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

Words = frozenset[str]


def necessary_words(pattern: re.Pattern[str]) -> Words:
    """Every match of the pattern holds one of these words; empty when nothing can be said."""
    if pattern.flags & re.IGNORECASE:
        return frozenset()
    return _most_telling(_of_sequence(_parser.parse(pattern.pattern, pattern.flags)))


def _most_telling(demands: Iterable[Words]) -> Words:
    """Of several sets the one with the longest shortest word, then the fewest words: the rarest to be met by chance."""
    return max(demands, key=lambda words: (min(map(len, words)), -len(words), sorted(words)), default=frozenset())


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> Iterator[Words]:
    """All of a sequence is matched, so each of its items' demands holds; neighbouring signs make a word."""
    word = ""
    for code, value in items:
        if code is op.LITERAL:
            word += chr(value)
            continue
        if word:
            yield frozenset([word])
            word = ""
        yield from _of_item(code, value)
    if word:
        yield frozenset([word])


def _of_item(code: Any, value: Any) -> Iterator[Words]:
    if code is op.IN:
        if all(kind is op.LITERAL for kind, _ in value):
            yield frozenset(chr(each) for _, each in value)
    elif code is op.SUBPATTERN:
        _, add_flags, del_flags, items = value
        if not add_flags and not del_flags:
            yield from _of_sequence(items)
    elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
        least, _, items = value
        if least:
            yield from _of_sequence(items)
    elif code is op.BRANCH:
        branches = [_most_telling(_of_sequence(items)) for items in value[1]]
        if all(branches):
            yield frozenset().union(*branches)
