"""Which words a text must hold before a pattern can match it: looked for first, so that most patterns never run.

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
"""A demand: one of these words must be there."""


def necessary_words(pattern: re.Pattern[str]) -> tuple[tuple[Words, ...], ...]:
    """The ways in which the pattern can match, each with all of its demands, the most telling one first.

    A way without demands says nothing: then the pattern must be tried.
    """
    if pattern.flags & re.IGNORECASE:
        return ((),)
    return tuple(tuple(sorted(_of_sequence(way), key=_telling, reverse=True)) for way in _ways(list(_parser.parse(pattern.pattern, pattern.flags))))


def _ways(items: list[tuple[Any, Any]]) -> list[list[tuple[Any, Any]]]:
    if len(items) == 1 and items[0][0] is op.BRANCH:
        return [way for branch in items[0][1][1] for way in _ways(list(branch))]
    return [items]


def _telling(words: Words) -> tuple[int, int, list[str]]:
    """The longer the shortest word and the fewer the words, the rarer to be met by chance."""
    return min(map(len, words)), -len(words), sorted(words)


def _most_telling(demands: Iterable[Words]) -> Words:
    return max(demands, key=_telling, default=frozenset())


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
