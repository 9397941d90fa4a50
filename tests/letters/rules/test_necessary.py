"""A pattern's necessary words stand in whatever it matches, so looking for them first loses nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.rules.lexicon import Entry, Hit, lexicon, lexicon_hits
from letters.rules.necessary import necessary_words
from letters.rules.plain_text import sentence_around, sentences


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("传票|立案(通知|告知)书?", {"传票", "立案"}),
        ("(公安|法院)[^。]{0,4}委托", {"委托"}),
        ("[甲乙]方", {"方"}),
        ("(?:函件|发函)?费", {"费"}),
        ("\\d+", set()),
        ("甲|\\d", set()),
        ("(?i:abc)", set()),
    ],
)
def test_words_are_read_off_the_pattern(pattern: str, words: set[str]) -> None:
    assert necessary_words(re.compile(pattern)) == words


@pytest.mark.parametrize("entry", lexicon(), ids=lambda entry: entry.pattern.pattern[:24])
def test_every_match_of_the_lexicon_holds_a_necessary_word(entry: Entry) -> None:
    words = necessary_words(entry.pattern)

    @settings(max_examples=60, deadline=None, database=None)
    @given(st.from_regex(entry.pattern, fullmatch=True))
    def holds(matched: str) -> None:
        assert not words or any(word in matched for word in words)

    holds()


def slow_hits(text: str) -> list[Hit]:
    """The obvious way: every entry asked of every sentence."""
    found, seen = [], set()
    for position, sentence in sentences(text):
        for number, entry in enumerate(lexicon()):
            for match in entry.pattern.finditer(sentence):
                if entry.unless and entry.unless.search(sentence_around(sentence, match.start(), match.end())):
                    continue
                if number not in seen:
                    seen.add(number)
                    found.append(Hit(entry.kind, match.group(), position + match.start()))
                break
    return found


_PIECES = st.one_of(
    st.sampled_from(["。", "；", "，", "委托人", "请于十日内", "甲公司", "本律师", "\n", "贵方", "！"]),
    st.sampled_from([word for entry in lexicon() for word in sorted(necessary_words(entry.pattern))]),
    st.sampled_from(lexicon()).flatmap(lambda entry: st.from_regex(entry.pattern, fullmatch=True)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_hits_are_those_of_asking_every_entry_of_every_sentence(text: str) -> None:
    assert list(lexicon_hits(text)) == slow_hits(text)
