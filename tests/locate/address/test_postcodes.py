"""The postcodes: nearly every county-level unit has one, from named evidence, and none is of another province."""

from __future__ import annotations

import csv

import pytest

from locate.address import parse
from locate.address.gazetteer import DATA, DISTRICT, gazetteer

# First two digits by province (中国邮政编码簿), written apart from the builder's own table.
PROVINCES = {
    "11": {"10"}, "12": {"30"}, "13": {"05", "06", "07"}, "14": {"03", "04"}, "15": {"01", "02"}, "21": {"11", "12"}, "22": {"13"},
    "23": {"15", "16"}, "31": {"20"}, "32": {"21", "22"}, "33": {"31", "32"}, "34": {"23", "24"}, "35": {"35", "36"},
    "36": {"33", "34"}, "37": {"25", "26", "27"}, "41": {"45", "46", "47"}, "42": {"43", "44"}, "43": {"41", "42"}, "44": {"51", "52"},
    "45": {"53", "54"}, "46": {"57"}, "50": {"40"}, "51": {"61", "62", "63", "64"}, "52": {"55", "56"}, "53": {"65", "66", "67"},
    "54": {"85", "86"}, "61": {"71", "72"}, "62": {"73", "74"}, "63": {"81"}, "64": {"75"}, "65": {"83", "84"},
}
# Served by the neighbouring province's post.
AWAY = {
    "131126": "253800", "330922": "202450", "152921": "750306", "152922": "737300", "152923": "735400",
    "150721": "162750", "150722": "162800", "150723": "165400", "150783": "162650",
    "152201": "137400", "152202": "137805", "152221": "137700", "152222": "029400", "152223": "137600", "152224": "137500",
}
BASES = {"both", "directory", "list", "predecessor", "city"}


def rows() -> list[dict[str, str]]:
    with (DATA / "postcodes.csv").open(encoding="utf-8") as f:
        return list(csv.DictReader(f))


def test_all_but_one_in_a_hundred_county_level_units_have_a_postcode() -> None:
    g = gazetteer()
    units = [u for u, level in enumerate(g.levels) if level == DISTRICT and g.codes[u][:2] in PROVINCES]
    missing = [g.codes[u] for u in units if u not in g.postcodes]
    assert len(missing) <= len(units) // 100
    assert missing == ["350527"]  # 金门县, which the mainland's post does not serve


def test_every_postcode_begins_as_its_province_s_do() -> None:
    odd = {r["code"]: r["postcode"] for r in rows() if r["postcode"][:2] not in PROVINCES[r["code"][:2]]}
    assert odd == {code: AWAY[code] for code in odd}
    assert set(odd) >= {"131126", "330922", "152921"}


def test_no_postcode_is_a_placeholder_or_the_unit_s_own_code() -> None:
    for r in rows():
        assert len(r["postcode"]) == 6 and r["postcode"].isdigit(), r
        assert r["postcode"] not in ("000000", "999999", r["code"]), r
        assert r["basis"] in BASES, r


def test_most_postcodes_rest_on_two_sources() -> None:
    counted = [r["basis"] for r in rows()]
    assert counted.count("both") > 0.8 * len(counted)
    assert counted.count("city") < 0.01 * len(counted)


def test_a_hand_kept_heir_names_a_unit_of_today_and_says_why() -> None:
    g = gazetteer()
    given = {r["code"]: r["basis"] for r in rows()}
    with (DATA / "postcode_heirs.csv").open(encoding="utf-8") as f:
        for r in csv.DictReader(f):
            assert g.levels[g.by_code[r["code"]]] == DISTRICT
            assert r["why"] and given[r["code"]] == "predecessor"


@pytest.mark.parametrize(("text", "postcode"), [
    ("浙江省温州市瓯海区新桥街道站前路88号", "325006"),
    ("广西柳州市城中区中山中路1号", "545006"),
    ("浙江省杭州市临平区南苑街道藕花洲大街1号", "311100"),  # its predecessor's
    ("浙江省杭州市钱塘区下沙街道2号大街1号", "310016"),
    ("重庆市两江新区人和街道黄山大道1号", "401120"),
    ("广东省东莞市虎门镇太沙路1号", "523000"),  # a city without districts
    ("山东省菏泽市曹县磐石街道青荷中路1号", "274400"),  # the list has the city's 274000
])
def test_a_parsed_address_carries_its_county_s_postcode(text: str, postcode: str) -> None:
    assert parse(text).postcode == postcode


def test_an_address_without_a_district_gets_no_city_postcode() -> None:
    """广州市 has eleven districts: 510000 would send a letter for 从化 to the wrong office."""
    assert parse("广东省广州市人民路1号").postcode is None
