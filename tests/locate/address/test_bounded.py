"""No text, however odd, makes the reader do more than a bounded amount of work: what is tagged is at most MAX_LENGTH signs."""

from __future__ import annotations

from typing import Any

import pytest

from locate.address import parse, tagging
from locate.address.gazetteer import DATA
from locate.address.normalise import MAX_LENGTH, normalise
from models.address_tagger.tagger import Tagger
from models.address_tagger.weights import Weights

ODD = {
    "10,000 signs": "浙江省杭州市西湖区文三路90号" * 625,
    "digits": "1234567890" * 40,
    "areas": "省市区县" * 400,
    "emoji": "😀👨‍👩‍👧‍👦🇨🇳" * 200,
    "brackets": "（(【[{" * 200,
    "closed brackets": "（）" * 400,
    "numbers' kind": "号" * 400,
    "ligatures": "ﷺ" * 400,
    "one name": "朝阳区" * 400,
    "dashes": "1-" * 400,
    "blanks": " 路" * 400,
    "marks": "́" * 10_000,
    "nothing": "\x00\u200b" * 500,
}


class Counting(Tagger):
    """Keeps how many signs each call was given."""

    def __init__(self, weights: Weights, names: Any) -> None:
        super().__init__(weights, names)
        self.signs: list[int] = []

    def states(self, codes: Any, given: Any, home: int) -> Any:
        self.signs.append(len(codes))
        return super().states(codes, given, home)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_texts_are_read_in_one_pass_over_few_signs(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting(Weights.load(DATA / "tagger.bin"), tagging.names())
    monkeypatch.setattr(tagging, "tagger", lambda: counting)
    read = parse(text)
    assert read.raw == text
    assert len(counting.signs) <= 1
    assert sum(counting.signs) <= MAX_LENGTH
    assert all(0 <= start < end <= MAX_LENGTH for start, end, _ in read.spans)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_the_form_is_never_longer_than_what_is_read(text: str) -> None:
    normal = normalise(text)
    assert len(normal.form) <= MAX_LENGTH
    assert len(normal.origin) == len(normal.form) + 1
    assert list(normal.origin) == sorted(normal.origin)
