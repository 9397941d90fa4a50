"""What became of names of the past: every successor is of today, dated, sourced; old names are read to it."""

from __future__ import annotations

from datetime import date

import pytest

from locate.address import Issue, parse
from locate.address.gazetteer import DISTRICT, gazetteer
from locate.address.history import Change, changes, successors

FIRST_YEAR, LAST_YEAR = 1983, 2026


def every_change() -> list[Change]:
    g = gazetteer()
    names = {name for name, _ in g.whys}
    return list(dict.fromkeys(c for name in names for c in changes(name)))


def test_every_successor_is_a_unit_of_today_and_no_name_leads_to_itself() -> None:
    g = gazetteer()
    found = every_change()
    assert len(found) > 1300
    for change in found:
        assert change.successors
        assert change.why
        assert change.source
        for area in change.successors:
            assert g.names[g.by_code[area.code]] == area.name
            assert (area.code, area.name) != (change.code, change.name)


def test_years_lie_in_the_time_that_the_sources_cover() -> None:
    assert {c.year for c in every_change()} <= set(range(FIRST_YEAR, LAST_YEAR + 1))
    assert all(c.day is None or c.day.year == c.year for c in every_change())


def test_a_letter_of_the_state_council_is_named_where_the_table_knows_it() -> None:
    [change] = changes("江干区")
    assert change.document == "国函〔2021〕29号"
    assert [(a.name, a.main) for a in successors("江干区")] == [("上城区", True), ("钱塘区", False)]


def test_the_day_tells_which_of_two_units_of_a_name_is_meant() -> None:
    assert {a.full_name for a in successors("南市区")} == {"上海市黄浦区", "河北省保定市莲池区"}
    assert [a.full_name for a in successors("南市区", on=date(2010, 1, 1))] == ["河北省保定市莲池区"]
    assert changes("南市区", on=date(2020, 1, 1)) == ()


def test_a_code_of_the_past_leads_on_too() -> None:
    assert successors("330103") == successors("下城区")


@pytest.mark.parametrize("word", ["", "西湖区", "330106", "没有的区"])
def test_a_name_of_today_or_of_nothing_has_no_successors(word: str) -> None:
    assert successors(word) == ()


def full_path(change: Change) -> str | None:
    """The old name after its successors' city (its province, where they have come to lie in several)."""
    g = gazetteer()
    homes = [[*g.chain(g.by_code[a.code])][1:] for a in change.successors]
    common = [u for u in homes[0] if all(u in h for h in homes)]
    names = [g.names[u] for u in common[::-1]]
    # 铜仁市铜仁市 is the city said twice; whoever meant the county-level city wrote 铜仁地区铜仁市
    return "".join(names) + change.name if names and change.name not in names else None


def test_ninety_five_of_a_hundred_abolished_counties_are_read_as_their_one_successor() -> None:
    lost = []
    counted = 0
    for change in every_change():
        text = full_path(change)
        [*ones] = change.successors
        if change.year < 2000 or len(ones) != 1 or text is None or gazetteer().levels[gazetteer().by_code[ones[0].code]] != DISTRICT:
            continue
        counted += 1
        read = parse(text + "人民路1号")
        if read.adcode is None or read.adcode[:6] != ones[0].code:
            lost.append(text)
    assert counted > 350
    assert len(lost) / counted < 0.05, lost


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("湖北省武汉市汉阳县人民路1号", "蔡甸区"),  # 汉阳区 lay beside it
        ("河南省安阳市郊区人民路1号", "龙安区"),
        ("河南省鹤壁市郊区人民路1号", "淇滨区"),
        ("江苏省扬州市郊区人民路1号", "邗江区"),
        ("江西省宜春地区宜春市人民路1号", "袁州区"),
    ],
)
def test_an_old_name_leads_on_within_its_own_city(text: str, district: str) -> None:
    assert parse(text).district == district


def test_a_split_county_is_said_with_both_its_heirs() -> None:
    read = parse("江苏省苏州市吴县市人民路1号")
    assert Issue.AMBIGUOUS in read.issues
    assert [c.district for c in read.candidates] == ["吴中区", "相城区"]


def test_the_day_of_writing_opens_what_has_been_cut_out_since_and_a_township_settles_it() -> None:
    before, after = date(2019, 5, 1), date(2022, 5, 1)
    assert {c.district for c in parse("杭州市余杭区人民路1号", as_of=before).candidates} == {"余杭区", "临平区"}
    assert parse("杭州市余杭区人民路1号", as_of=after).district == "余杭区"
    assert parse("杭州市余杭区临平街道人民路1号", as_of=before).district == "临平区"
    assert parse("南市区人民路1号", as_of=date(2010, 1, 1)).city == "保定市"
