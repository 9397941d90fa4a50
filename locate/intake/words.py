"""Yes and no, kinds of address, sources: cell words to meanings, by the tables in ``words.toml``. Nothing is guessed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from locate.case import AddressKind, Source
from locate.intake.text import is_empty_word, load_words, word, word_set

_WORDS = load_words("words.toml")
_YES: Final = word_set(_WORDS["yes"]["words"])
_NO: Final = word_set(_WORDS["no"]["words"])
_OPTED_OUT: Final = word_set(_WORDS["opted_out"]["words"]) | _YES
_NOT_OPTED_OUT: Final = word_set(_WORDS["opted_out"]["never"]) | _NO
_CONSENT_REFUSED: Final = word_set(_WORDS["consent"]["refused"]) | _NO
_KINDS: Final = {word(each): AddressKind(kind) for kind, words in _WORDS["kinds"].items() for each in words}
_SOURCES: Final = {
    word(each): Source(source) for source, words in _WORDS["sources"].items() for each in words
}
_BANNED: Final = tuple(word(each) for each in _WORDS["banned"]["words"])
_PARENTHESES: Final = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_LONGEST: Final = 100
"""Characters of a source or kind; what is longer is no word of ours."""
_LABEL: Final = re.compile(r"^(?:地址|信息|数据)?(?:来源|类型)(?:为|是)?[:：=]?")
_SEVERAL: Final = re.compile(r"[、,，;；+&]|和|及")


def opted_out(text: str) -> bool | None:
    """A refusal flag: True, False, or None where its meaning is unclear (treat as True: R-THP-04)."""
    said = word(text)
    if said in _NOT_OPTED_OUT or is_empty_word(text):
        return False
    return True if said in _OPTED_OUT else None


def consent(text: str) -> bool | None:
    """Whether the contact agreed to be asked; None where nothing is said or it is unclear."""
    said = word(text)
    if said in _CONSENT_REFUSED:
        return False
    return True if said in _YES else None


def is_clear_consent(text: str) -> bool:
    """Whether ``consent`` understood the word."""
    said = word(text)
    return said in _YES or said in _CONSENT_REFUSED or is_empty_word(text)


@lru_cache(maxsize=4096)
def kind_of(text: str) -> AddressKind | None:
    """The kind that a word names, or None."""
    if len(text) > _LONGEST:
        return None
    said = word(text)
    return (
        _KINDS.get(said)
        or _KINDS.get(word(_PARENTHESES.sub("", text)))
        or _KINDS.get(said.removesuffix("地址"))
    )


@lru_cache(maxsize=4096)
def source_of(text: str) -> Source | None:
    """The source that a word names: one of the nine, BANNED, or None where it is neither (R-SRC-01, R-SRC-04).

    A source that names a banned way anywhere is banned, also beside a lawful one.
    """
    said = word(text)
    found = _SOURCES.get(said)
    if found is not None:
        return found
    if any(banned in said for banned in _BANNED):
        return Source.BANNED
    if len(text) > _LONGEST:
        return None
    bare = _LABEL.sub("", word(_PARENTHESES.sub("", text)))
    if bare in _SOURCES:
        return _SOURCES[bare]
    parts = [_SOURCES.get(part) for part in _SEVERAL.split(bare)]
    return parts[0] if len(parts) > 1 and all(parts) else None
