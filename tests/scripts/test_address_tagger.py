"""How the shipped tagger is made: composed addresses are well labelled and repeatable, the teacher reads as its spans say."""

from __future__ import annotations

from collections import Counter

import pytest

from models.address_tagger.labels import LABEL_IDS
from scripts.address_tagger.__main__ import composed
from scripts.address_tagger.sources import District, Names
from scripts.address_tagger.teacher import taught

NAMES = Names(
    (
        District("330106", "浙江省", "杭州市", "西湖区", ("三墩镇", "古荡街道"), (("双桥", "双桥村"), ("文新", "文新社区"))),
        District("310112", "上海市", "", "闵行区", ("七宝镇",), (("沪星", "沪星村"),)),
    ),
    ("幸福里小区", "阳光花园", "金色家园"),
)


def test_composed_addresses_are_the_same_for_a_seed_and_cut_into_known_labels() -> None:
    first = list(composed(NAMES, 400, 5))
    assert list(composed(NAMES, 400, 5)) == first
    assert list(composed(NAMES, 400, 6)) != first
    labels: Counter[str] = Counter()
    for one in first:
        at = 0
        for start, end, label in one.spans:
            assert one.text[at:start].strip() == ""
            assert start < end
            assert one.text[start:end].strip()
            at = end
            labels[label] += 1
        assert one.text[at:].strip() == ""
    assert labels.keys() <= LABEL_IDS.keys()
    assert {"road", "roadno", "poi", "houseno", "cellno", "floorno", "roomno", "person", "assist", "redundant", "community"} <= labels.keys()


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("浙江省杭州市西湖区文三路90号", "浙江省/prov|杭州市/city|西湖区/district|文三路/road|90号/roadno"),
        ("浙江省-杭州市-西湖区文三路90号3幢", "浙江省/prov|-/redundant|杭州市/city|-/redundant|西湖区/district|文三路/road|90号/roadno|3幢/houseno"),
    ],
)
def test_the_teacher_labels_areas_and_streets_in_order(text: str, right: str) -> None:
    assert "|".join(f"{text[start:end]}/{label}" for start, end, label in taught(text)) == right
