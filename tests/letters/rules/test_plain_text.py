"""The plain text of a letter equals what the obvious way makes of it; a demand is heard wherever it is said."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from letters.rules.plain_text import plain, sentences
from letters.rules.sentence_patterns import demand, first_match, sentence_pattern

_UNSEEN = re.compile("[\\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff·•‧∙]+")
_TEXTS = st.lists(
    st.one_of(
        st.sampled_from(["，", "（", "）", "：", "；", "。", "\u3000", "\n", "\x1c", "\u2028", "·", "\u200b", "\ufeff", "①", "ﬁ", "㎡", "２", "e", "\u0301", "①"]),
        st.text(max_size=6),
        st.text(alphabet="委托人称律师函一二三四", max_size=8),
    ),
    max_size=12,
).map("".join)


def slow_plain(text: str) -> str:
    return "".join(_UNSEEN.sub("", unicodedata.normalize("NFKC", line)) for line in text.splitlines())


@given(_TEXTS)
def test_plain_text_is_that_of_normalising_line_by_line(text: str) -> None:
    assert plain(text) == slow_plain(text)


@given(_TEXTS)
def test_sentences_stand_where_they_say(text: str) -> None:
    clean = plain(text)
    found = sentences(text)
    assert all(clean[start : start + len(sentence)] == sentence for start, sentence in found)
    assert "".join(sentence for _, sentence in found) == clean.replace("。", "").replace(";", "")


@given(st.lists(_TEXTS, min_size=1, max_size=4))
def test_a_demand_is_heard_in_every_text_that_says_it_and_in_no_other(texts: list[str]) -> None:
    wanted = demand("委托人?称|函.律")
    for text in texts:
        assert wanted.is_said(text) == any(wanted.pattern.search(sentence) for _, sentence in sentences(text))


def test_a_pattern_registered_after_a_text_was_read_is_not_missed() -> None:
    text = "甲方申明如下。乙方甚感意外。"
    assert first_match(sentence_pattern("甚感(意外|惊讶)"), text) == "甚感意外"
    assert first_match(sentence_pattern("申明", unless="如下"), text) is None
