"""What no address says is mended: by whole addresses, and on spans as a tagger may get them wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locate.address import parse
from locate.address.mending import mended
from models.address_tagger.labels import LABELS


def labelled(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    spans, form = [], ""
    for cell in text.split("|"):
        part, _, label = cell.rpartition("/")
        spans.append((len(form), len(form) + len(part), label))
        form += part
    return form, spans


@pytest.mark.parametrize(
    ("read", "right"),
    [
        ("文三路/road|235/roadno|-/redundant|245/roomno", "文三路/road|235-245/roadno"),
        ("文三路/road|235/roadno|-/redundant|45/roomno", "文三路/road|235/roadno|-/redundant|45/roomno"),
        ("西城国际/poi|14/houseno|-/redundant|13/roomno", "西城国际/poi|14/houseno|-/redundant|13/cellno"),
        ("西城国际/poi|14/houseno|-/redundant|1301/roomno", "西城国际/poi|14/houseno|-/redundant|1301/roomno"),
        ("设计大楼/poi|7楼/floorno|C/houseno|-/redundant|11/roomno", "设计大楼/poi|7楼/floorno|C-11/roomno"),
        ("中宁大厦/poi|13F/roomno", "中宁大厦/poi|13F/floorno"),
        ("康惠路/road|11号/houseno", "康惠路/road|11号/roadno"),
        ("八号/roadno|中/houseno|策橡胶集团/person", "八号/roadno|中策橡胶集团/person"),
        ("鸡洲市场/poi|佳怡楼/floorno", "鸡洲市场/poi|佳怡楼/subpoi"),
        ("3号楼东/houseno|2单元/cellno", "3号楼/houseno|东2单元/cellno"),
        ("华中科技大学东九楼/poi|404/roomno", "华中科技大学/poi|东九楼/houseno|404/roomno"),
        ("西塘河村丁公村/community|107号/roadno", "西塘河村/community|丁公村/poi|107号/roadno"),
        ("御景国际/poi|19#楼/floorno|二单元/cellno", "御景国际/poi|19#楼/houseno|二单元/cellno"),
        ("紫金城/poi|5栋/cellno", "紫金城/poi|5栋/houseno"),
        ("紫金城/poi|2栋/houseno|5栋/cellno", "紫金城/poi|2栋/houseno|5栋/cellno"),
        ("万安街道/road|太白岩加工厂/poi", "万安街道/town|太白岩加工厂/poi"),
    ],
)
def test_labels_that_no_address_has_are_mended(read: str, right: str) -> None:
    form, spans = labelled(read)
    assert "|".join(f"{form[a:b]}/{label}" for a, b, label in mended(form, spans, frozenset())) == right


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("浙江省金华市永康市阳光小区26号", {"poi": "阳光小区", "building": "26号"}),
        ("浙江省温州市瓯海区东方路87号服装大厦12F", {"road_no": "87号", "floor": "12F"}),
        ("杭州市西湖区西湖科技园西园路29号", {"road": "西园路", "road_no": "29号"}),
    ],
)
def test_whole_addresses(text: str, parts: dict[str, str]) -> None:
    read = parse(text)
    assert {name: getattr(read, name) for name in parts} == parts


def test_a_township_that_an_export_puts_first_is_said_once() -> None:
    read = parse("南泗乡广西来宾市兴宾区南泗乡读村8号")
    assert [label for *_, label in read.spans][:5] == ["redundant", "prov", "city", "district", "town"]
    assert read.township == "南泗乡"


@given(st.lists(st.tuples(st.text("一二东中会楼小区村社街道路号层0123Ff-AC", min_size=1, max_size=8), st.sampled_from(LABELS)), max_size=9))
def test_mended_spans_cover_what_the_spans_covered(parts: list[tuple[str, str]]) -> None:
    form, spans = "", []
    for part, label in parts:
        spans.append((len(form), len(form) + len(part), label))
        form += part
    out = mended(form, list(spans), frozenset())
    assert "".join(form[a:b] for a, b, _ in out) == form
    assert all(a < b and label in LABELS for a, b, label in out)


def test_areas_stay_as_they_are() -> None:
    form, spans = labelled("浙江省/prov|中/district|策公司/person")
    assert mended(form, list(spans), frozenset((0, 3))) == spans


def test_a_township_that_gave_a_new_district_its_name_is_still_one_of_it() -> None:
    assert parse("杭州市余杭区临平街道1号").canonical == "浙江省杭州市临平区临平街道1号"
    assert parse("杭州市余杭区临平朝阳东路1号").canonical == "浙江省杭州市临平区朝阳东路1号"


def test_villages_of_one_name_in_two_townships_are_two_places() -> None:
    one, other = parse("云南省丽江市永胜县期纳镇上坪村"), parse("云南省丽江市永胜县涛源镇上坪村")
    assert one.village == "上坪村"
    assert one.key != other.key
    assert parse("江苏省盐城市建湖县恒济镇刘家").key != parse("江苏省盐城市建湖县沿河镇刘家").key
    assert parse("江西省上饶市玉山县冰溪街道大石村五组54号").key != parse("江西省上饶市玉山县冰溪街道白马村五组54号").key
