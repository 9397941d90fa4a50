"""Finds wording of the lexicon (R-LAW-11) in a letter's plain text. Data: ``lexicon.toml``.

Also meant for template lint: a hit says its class, severity and the words, never more of the text than that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from letters.rules.model import Finding, LetterFacts, Severity
from letters.rules.rule import Say, letter_rule
from letters.rules.sentence_patterns import SentencePattern, found_in, sentence_pattern

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
    """One pattern of a class of words."""

    kind: WordClass
    words: SentencePattern


@dataclass(frozen=True, slots=True)
class Hit:
    """Wording found: its class, the words, and where they start in the plain text."""

    kind: WordClass
    words: str
    start: int


@cache
def lexicon() -> Mapping[int, Entry]:
    """The lexicon by its patterns' numbers, read once; a pattern that does not compile or a class that does not exist stops
    the program."""
    raw = tomllib.loads(files("letters.rules").joinpath("lexicon.toml").read_text("utf-8"))
    classes = {
        code: WordClass(code, str(row["title"]), Severity(row["severity"]), str(row["basis"]))
        for code, row in raw["class"].items()
    }
    entries = [Entry(classes[row["class"]], sentence_pattern(row["pattern"], row.get("unless"))) for row in raw["entry"]]
    return {entry.words.number: entry for entry in entries}


def lexicon_hits(text: str) -> Iterator[Hit]:
    """Wording of the lexicon in a text of any form, in reading order; each entry once: a person then reads the rest."""
    entries = lexicon()
    seen: set[int] = set()
    for number, words, start in found_in(text):
        if number in entries and number not in seen:
            seen.add(number)
            yield Hit(entries[number].kind, words, start)


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
