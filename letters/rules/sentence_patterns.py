"""Patterns that stay within a sentence, asked of a letter all at once.

Most sentences of a batch's letters are the template's own: what was found in a sentence is kept with it. In a new sentence
one pass finds which patterns can match at all (``necessary``); only these are tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from daachorse import CharwiseDoubleArrayAhoCorasick

from letters.rules.necessary import Words, necessary_words
from letters.rules.plain_text import sentence_around, sentences


@dataclass(frozen=True, slots=True)
class SentencePattern:
    """One pattern; ``unless`` in the same sentence lets a match pass. Made by ``sentence_pattern``."""

    number: int
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None


class Found(NamedTuple):
    """The first match of a pattern in a sentence: the pattern's number, the words, and where they start."""

    number: int
    words: str
    start: int


_ALL: Final[list[SentencePattern]] = []


def sentence_pattern(pattern: str, unless: str | None = None) -> SentencePattern:
    """A pattern that no letter may match; ``first_match`` and ``found_in`` look for it. Must not reach over 。 or ；."""
    made = SentencePattern(len(_ALL), re.compile(pattern), None if unless is None else re.compile(unless))
    _ALL.append(made)
    return made


def first_match(pattern: SentencePattern, text: str) -> str | None:
    """What a pattern finds first in a text of any form; None when nothing."""
    return _first_words(text, len(_ALL)).get(pattern.number)


def found_in(text: str) -> tuple[Found, ...]:
    """Of each sentence, in reading order, the first match of each pattern; starts count in the plain text."""
    return _found(text, len(_ALL))


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What every letter must say somewhere. The last sentence that said it is looked for first: mostly the template's own."""

    pattern: re.Pattern[str]
    _last: list[str]

    def is_said(self, text: str) -> bool:
        """Whether a sentence of a text of any form matches."""
        found = sentences(text)
        if self._last and self._last[0] in _sentence_set(text):
            return True
        for _, sentence in found:
            if self.pattern.search(sentence):
                self._last[:] = [sentence]
                return True
        return False


def demand(pattern: str) -> Demand:
    """Words that a letter must hold. Must not reach over 。 or ；."""
    return Demand(re.compile(pattern), [])


@lru_cache(maxsize=8)
def _sentence_set(text: str) -> frozenset[str]:
    return frozenset(sentence for _, sentence in sentences(text))


# These caches are kept by how many patterns there are, too: one registered later must not be missed.


@lru_cache(maxsize=8)
def _found(text: str, known: int) -> tuple[Found, ...]:
    read = _reader(known)
    found = []
    for position, sentence in sentences(text):
        for number, words, start in read(sentence):
            found.append(Found(number, words, position + start))
    return tuple(found)


@lru_cache(maxsize=8)
def _first_words(text: str, known: int) -> dict[int, str]:
    return {number: words for number, words, _ in reversed(_found(text, known))}


Way = tuple[int, tuple[Words, ...]]
"""A pattern's number, and what a sentence must hold besides the word that led to it."""


@lru_cache(maxsize=4)
def _reader(known: int) -> Callable[[str], tuple[Found, ...]]:
    """What reads a sentence for the first ``known`` patterns."""
    patterns = _ALL[:known]
    by_word: dict[str, list[Way]] = {}
    always = set()
    for one in patterns:
        ways = necessary_words(one.pattern)
        if any(not way or any(len(word) == 1 and word.isascii() for word in way[0]) for way in ways):
            always.add(one.number)  # a single digit or sign stands in nearly every sentence
            continue
        for first, *others in ways:
            for word in first:
                by_word.setdefault(word, []).append((one.number, tuple(others)))
    automaton = CharwiseDoubleArrayAhoCorasick(list(by_word)) if by_word else None
    ways_of = tuple(by_word.values())

    @lru_cache(maxsize=16384)
    def read(sentence: str) -> tuple[Found, ...]:
        to_ask = set(always)
        if automaton is not None:
            for word in {word for _, _, word in automaton.find_overlapping(sentence)}:
                for number, others in ways_of[word]:
                    if number not in to_ask and _holds(sentence, others):
                        to_ask.add(number)
        return tuple(hit for number in sorted(to_ask) if (hit := _first(patterns[number], sentence)) is not None)

    return read


def _holds(sentence: str, demands: tuple[Words, ...]) -> bool:
    for words in demands:
        for word in words:
            if word in sentence:
                break
        else:
            return False
    return True


def _first(one: SentencePattern, sentence: str) -> Found | None:
    for match in one.pattern.finditer(sentence):
        if one.unless and one.unless.search(sentence_around(sentence, match.start(), match.end())):
            continue
        return Found(one.number, match.group(), match.start())
    return None
