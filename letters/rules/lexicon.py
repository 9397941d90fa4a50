"""Finds wording of the lexicon (R-LAW-11) in a letter's plain text. Data: ``lexicon.toml``.

Also meant for template lint: a hit says its class, severity and the words, never more of the text than that.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from daachorse import CharwiseDoubleArrayAhoCorasick

from letters.rules.model import Finding, LetterFacts, Severity
from letters.rules.necessary import necessary_words
from letters.rules.plain_text import sentence_around, sentences
from letters.rules.rule import Say, letter_rule

LONGEST_SHOWN: Final = 16
"""Characters of a hit that a message shows: enough to find it, too few to quote a person's data."""


@dataclass(frozen=True, slots=True)
class WordClass:
    """H1-H6 refuse, M1-M3 hold."""

    code: str
    title: str
    severity: Severity
    basis: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One pattern; ``unless`` in the same sentence lets it pass."""

    kind: WordClass
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None

@dataclass(frozen=True, slots=True)
class Hit:
    """Wording found: its class, the words, and where they start in the plain text."""

    kind: WordClass
    words: str
    start: int


@cache
def lexicon() -> tuple[Entry, ...]:
    """The lexicon, read once; a pattern that does not compile or a class that does not exist stops the program."""
    raw = tomllib.loads(files("letters.rules").joinpath("lexicon.toml").read_text("utf-8"))
    classes = {
        code: WordClass(code, str(row["title"]), Severity(row["severity"]), str(row["basis"]))
        for code, row in raw["class"].items()
    }
    found = []
    for row in raw["entry"]:
        pattern = re.compile(row["pattern"])
        unless = re.compile(row["unless"]) if "unless" in row else None
        found.append(Entry(classes[row["class"]], pattern, unless))
    return tuple(found)


@cache
def _words() -> tuple[CharwiseDoubleArrayAhoCorasick, tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """An automaton over the words without which no entry can match, the entries of each word, and entries without any."""
    entries: dict[str, list[int]] = {}
    always = []
    for number, entry in enumerate(lexicon()):
        words = necessary_words(entry.pattern)
        for word in words:
            entries.setdefault(word, []).append(number)
        if not words:
            always.append(number)
    automaton = CharwiseDoubleArrayAhoCorasick(list(entries))
    return automaton, tuple(tuple(numbers) for numbers in entries.values()), tuple(always)


def _hit(entry: Entry, sentence: str) -> tuple[str, int] | None:
    """Words and start of an entry's first hit."""
    for match in entry.pattern.finditer(sentence):
        if entry.unless and entry.unless.search(sentence_around(sentence, match.start(), match.end())):
            continue
        return match.group(), match.start()
    return None


@lru_cache(maxsize=16384)
def _hits_in(sentence: str) -> tuple[tuple[int, str, int], ...]:
    """(entry, words, start) of every entry that hits the sentence. Kept: most sentences of a batch are the template's own."""
    automaton, entries_of, always = _words()
    to_ask = {*always}
    for _, _, word in automaton.find_overlapping(sentence):
        to_ask.update(entries_of[word])
    return tuple((number, *hit) for number in sorted(to_ask) if (hit := _hit(lexicon()[number], sentence)) is not None)


def lexicon_hits(text: str) -> Iterator[Hit]:
    """Wording of the lexicon in a text of any form, in reading order; each entry once: a person then reads the rest."""
    seen: set[int] = set()
    for position, sentence in sentences(text):
        for number, words, start in _hits_in(sentence):
            if number not in seen:
                seen.add(number)
                yield Hit(lexicon()[number].kind, words, position + start)


@letter_rule(
    "R-LAW-11",
    "函件不得含禁用措辞",
    Severity.BLOCK,
    source="law-and-post.md §2.3：CBA 指引、上海律协指引、民法典 1024、个人信息保护法 25",
    messages={
        "block": "函件含禁用措辞“{words}”（{code} {title}），不得发出；请修改模板或字段后重新计划。",
        "accepted": "函件含律师审定模板时已认可的措辞“{words}”（{code}）；抽样时请留意。",
        "hold": "函件含须律师斟酌的措辞“{words}”（{code} {title}）；请律师确认或修改。",
    },
)
def wording_is_lawful(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """No impersonation, criminal threat, exposure, insult, false power or private payee; pressure is a lawyer's matter."""
    for hit in lexicon_hits(facts.text):
        severity = hit.kind.severity
        if severity is Severity.HOLD and hit.words in facts.accepted_wording:
            yield say("accepted", severity=Severity.WARN, words=hit.words[:LONGEST_SHOWN], code=hit.kind.code)
            continue
        yield say(
            severity.value,
            severity=severity,
            words=hit.words[:LONGEST_SHOWN],
            code=hit.kind.code,
            title=hit.kind.title,
        )
