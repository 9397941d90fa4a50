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
    ("pattern", "ways"),
    [
        ("传票|立案(通知|告知)书?", [[{"传票"}], [{"立案"}, {"通知", "告知"}]]),
        ("(公安|法院)[^。]{0,4}委托", [[{"委托"}, {"公安", "法院"}]]),
        ("[甲乙]方", [[{"方"}, {"甲", "乙"}]]),
        ("(?:函件|发函)?费", [[{"费"}]]),
        ("\\d+", [[]]),
        ("甲|\\d", [[]]),
        ("甲+|\\d+", [[{"甲"}], []]),
        ("(?i:abc)", [[]]),
    ],
)
def test_words_are_read_off_the_pattern(pattern: str, ways: list[list[set[str]]]) -> None:
    assert [[set(words) for words in way] for way in necessary_words(re.compile(pattern))] == ways


@pytest.mark.parametrize("entry", lexicon().values(), ids=lambda entry: entry.words.pattern.pattern[:24])
def test_every_match_of_the_lexicon_holds_all_demands_of_a_way(entry: Entry) -> None:
    ways = necessary_words(entry.words.pattern)

    @settings(max_examples=60, deadline=None, database=None)
    @given(st.from_regex(entry.words.pattern, fullmatch=True))
    def holds(matched: str) -> None:
        assert any(all(any(word in matched for word in words) for words in way) for way in ways)

    holds()


def slow_hits(text: str) -> list[Hit]:
    """The obvious way: every entry asked of every sentence."""
    found, seen = [], set()
    for position, sentence in sentences(text):
        for number, entry in lexicon().items():
            for match in entry.words.pattern.finditer(sentence):
                if entry.words.unless and entry.words.unless.search(sentence_around(sentence, match.start(), match.end())):
                    continue
                if number not in seen:
                    seen.add(number)
                    found.append(Hit(entry.kind, match.group(), position + match.start()))
                break
    return found


_PIECES = st.one_of(
    st.sampled_from(["。", "；", "，", "委托人", "请于十日内", "甲公司", "本律师", "\n", "贵方", "！"]),
    st.sampled_from([word for entry in lexicon().values() for way in necessary_words(entry.words.pattern) for words in way for word in sorted(words)]),
    st.sampled_from(list(lexicon().values())).flatmap(lambda entry: st.from_regex(entry.words.pattern, fullmatch=True)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_hits_are_those_of_asking_every_entry_of_every_sentence(text: str) -> None:
    assert list(lexicon_hits(text)) == slow_hits(text)
