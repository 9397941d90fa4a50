"""Labels swapped: cities by office name against the address's area; pairs, shifts, and what says nothing."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.post.codes import load_code_table
from letters.post.model import PostEvent
from letters.post.swapped import Home, city_name, city_of, city_of_office, ends_at, misplaced_of
from records.clock import SHANGHAI

TABLE = load_code_table()
START = datetime(2026, 11, 20, 18, tzinfo=SHANGHAI)
CITIES = {"4201": "武汉市江岸区揽投部", "4403": "深圳市南山区揽投部", "11": "北京市朝阳区望京揽投部", "4206": "襄阳市樊城区揽投部"}


def event(action: str, office: str, hours: int = 0, *, proper: str = "", reason: str = "", effective: bool = True, item: str = "XA1") -> PostEvent:
    return PostEvent(item, "", START + timedelta(hours=hours), office, action, proper, reason, "", effective)


@pytest.mark.parametrize(
    ("adcode", "city"),
    [("420103", "4201"), ("420103002", "4201"), ("110105", "11"), ("500112", "50"), ("429005", "429005"), ("420000", ""), ("429000", ""),
     ("", ""), (None, "")],
)  # fmt: skip
def test_the_city_of_an_area_code(adcode: str | None, city: str) -> None:
    assert city_of(adcode) == city


@pytest.mark.parametrize(
    ("office", "city"),
    [*((office, city) for city, office in CITIES.items()), ("本地邮件处理中心", ""), ("朝阳区邮政局", ""), ("湖北省潜江市揽投部", "429005"), ("", "")],
)
def test_an_office_is_placed_by_its_name_or_not_at_all(office: str, city: str) -> None:
    assert city_of_office(office) == city
    assert not city or city_name(city)[:2] in office


def test_the_delivery_counts_and_not_the_way_there_or_back() -> None:
    there, back = CITIES["4403"], CITIES["4201"]
    returned = [
        event("00", back), event("41", there, 30), event("50", there, 40), event("20", there, 44, reason="102"), event("40", there, 60),
        event("50", back, 100), event("10", back, 104, proper="14"),
    ]  # fmt: skip
    end = ends_at(returned, TABLE)
    assert end is not None
    assert (end.office, end.action) == (there, "20")
    assert ends_at(returned[:2], TABLE) is None
    misread = [event("10", back, 20, proper="10"), event("10", back, 20, proper="10", effective=False), event("10", there, 50, proper="10")]
    delivered = ends_at(misread, TABLE)
    assert delivered is not None
    assert delivered.office == there


def test_a_reversed_delivery_of_the_open_platform_is_left_out() -> None:
    events = [event("704", CITIES["4201"], 10, proper="signed:10"), event("743", CITIES["4201"], 12)]
    assert ends_at(events, TABLE) is None


def homes(*cities: str) -> list[Home]:
    return [Home(f"XA{n:011d}", f"函{n}", n, city) for n, city in enumerate(cities, start=1)]


def brought(*cities: str) -> list[PostEvent]:
    return [event("10", CITIES[city], proper="10", item=f"XA{n:011d}") for n, city in enumerate(cities, start=1) if city]


def test_two_pieces_whose_cities_are_exchanged_are_paired() -> None:
    found = misplaced_of("B1", homes("4201", "4403", "11", "4206"), brought("4201", "11", "4403", "4206"))
    assert [(one.position, one.address_city, one.track_city, one.exchanged_with) for one in found] == [
        (2, "深圳市", "北京市", "XA00000000003"), (3, "北京市", "深圳市", "XA00000000002"),
    ]  # fmt: skip
    assert "贴反" in found[0].words


def test_labels_that_slipped_by_one_are_told_as_such() -> None:
    found = misplaced_of("B1", homes("4201", "4403", "11", "4206"), brought("4403", "11", "4206", ""))
    assert [one.position for one in found] == [1, 2, 3]
    assert all("错开一件" in one.words for one in found)


def test_a_single_stray_may_be_a_redirection() -> None:
    (one,) = misplaced_of("B1", homes("4201", "4201", "4201"), brought("4201", "4403", "4201"))
    assert (one.exchanged_with, "改寄" in one.words) == ("", True)


@given(st.lists(st.sampled_from(sorted(CITIES)), min_size=2, max_size=12), st.integers(0, 1000))
def test_any_exchange_of_labels_is_found_whole(cities: list[str], seed: int) -> None:
    labels = list(range(len(cities)))
    random.Random(seed).shuffle(labels)
    found = misplaced_of("B1", homes(*cities), brought(*(cities[label] for label in labels)))
    assert {one.position - 1 for one in found} == {n for n, label in enumerate(labels) if cities[n] != cities[label]}
    pairs = {one.item_no: one.exchanged_with for one in found if one.exchanged_with}
    assert all(pairs[other] == item for item, other in pairs.items())
