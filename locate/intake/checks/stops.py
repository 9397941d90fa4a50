"""Recognises stops (R-TIM-06) that a lender's status or remark states in so many words (``stops.toml``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from locate.case import StopKind
from locate.intake.text import load_words, word

_TABLE = load_words("stops.toml")
_DENIALS: Final = tuple(sorted((word(each) for each in _TABLE["denials"]), key=len, reverse=True))
_ALREADY: Final = "已也均都刚近"
_SEGMENTS: Final = re.compile(r"[;；,，、。|/\\=＝:：!！?？\[\]【】()（）\n]+")


@dataclass(frozen=True, slots=True)
class _Phrases:
    kind: StopKind
    phrases: tuple[str, ...]
    whole: frozenset[str]
    unless_after: tuple[str, ...]
    unless_before: tuple[str, ...]


def _load() -> tuple[_Phrases, ...]:
    return tuple(
        _Phrases(
            StopKind(kind),
            tuple(word(each) for each in entry["phrases"]),
            frozenset(word(each) for each in entry.get("whole", ())),
            tuple(word(each) for each in entry.get("unless_after", ())),
            tuple(word(each) for each in entry.get("unless_before", ())),
        )
        for kind, entry in _TABLE.items()
        if kind != "denials"
    )


_KINDS: Final = _load()


def _states(text: str, entry: _Phrases) -> str | None:
    """The phrase of ``entry`` that the text states, neither denied nor said of somebody else."""
    for phrase in entry.phrases:
        start = text.find(phrase)
        while start >= 0:
            before, after = text[:start], text[start + len(phrase) :]
            somebody_else = (
                before.rstrip(_ALREADY).endswith(entry.unless_after) if entry.unless_after else False
            )
            denied = before.endswith(_DENIALS) or somebody_else
            if not denied and not after.startswith(entry.unless_before or ("\0",)):
                return phrase
            start = text.find(phrase, start + 1)
    return next((segment for segment in map(word, _SEGMENTS.split(text)) if segment in entry.whole), None)


@lru_cache(maxsize=65536)
def stops_in(text: str) -> tuple[tuple[StopKind, str], ...]:
    """Every stop the text states, with the phrase that states it, in the table's order."""
    said = word(text)
    if not said:
        return ()
    found = ((entry.kind, _states(said, entry)) for entry in _KINDS)
    return tuple((kind, phrase) for kind, phrase in found if phrase is not None)
