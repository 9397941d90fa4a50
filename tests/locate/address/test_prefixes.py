"""Reading with memory of earlier texts gives what reading without gives, whatever came before."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from locate.address.gazetteer import DISTRICT, gazetteer
from locate.address.region_state import Regions
from locate.address.regions import RegionReader, region_reader

PLAIN = RegionReader(gazetteer(), remember=False)
TAILS = (
    "人民路1号", "大道1号", "街道", "街1号", "路", "", "镇", "新村3幢", "区", "市", " ", "工业园区", "大厦", "浙江省杭州市", "杭州市", "西湖区", "临平", "乔司镇",
    "北山街道", "汇丰街道", "汇丰办事处", "汇丰", "萧县经济开发区", "中学", "东路", "开发区", "上海路", "县", "城关镇", "null", "江东", "河东", "新区",
)  # fmt: skip


def seen(r: Regions) -> tuple[object, ...]:
    return (
        r.units, r.start, r.end, r.conflict, r.ambiguous, r.weak, r.presumed, r.town_text, r.candidates, r.old_names, r.typos, r.zones, dict(r.restarted),
        r.odd_district, r.moved, r.pieces,
    )  # fmt: skip


def chain(unit: int) -> list[str]:
    g = gazetteer()
    return [g.names[u] for u in g.chain(unit)][::-1]


AREAS = st.sampled_from([u for u, level in enumerate(gazetteer().levels) if level == DISTRICT])


@st.composite
def texts(draw: st.DrawFn) -> str:
    area = draw(AREAS)
    names = chain(area)
    towns = [gazetteer().names[t] for t in gazetteer().towns.get(area, {}).values()]
    if towns and draw(st.booleans()):
        names.append(draw(st.sampled_from(towns)))
    bare = [n[:-1] if len(n) > 2 and draw(st.booleans()) else n for n in names]
    kept = draw(st.sampled_from([names, names[1:], names[-1:], bare, bare[1:], [names[0], *bare[1:]], names + names]))
    return draw(st.sampled_from(["", " ", "-"])).join(kept) + draw(st.sampled_from(TAILS)) + draw(st.sampled_from(TAILS))


@settings(max_examples=600, deadline=None)
@given(st.lists(texts(), min_size=1, max_size=4))
def test_memory_changes_no_reading(lines: list[str]) -> None:
    for text in lines + lines:
        assert seen(region_reader().read(text)) == seen(PLAIN.read(text)), text


def test_a_chain_met_before_is_found_again() -> None:
    reader = RegionReader(gazetteer())
    reader.read("浙江省杭州市西湖区文三路1号")
    assert reader.prefixes is not None
    found = reader.prefixes.find("浙江省杭州市西湖区天目山路2号")
    assert found is not None
    assert found.end == len("浙江省杭州市西湖区")
    assert reader.prefixes.find("江苏省南京市") is None


def test_a_longer_name_than_the_one_met_before_is_read_as_itself() -> None:
    reader = RegionReader(gazetteer())
    for text in ("吉林省长春市朝阳区", "吉林省长春市朝阳区", "吉林市昌邑区1号", "吉林市船营区1号"):
        assert seen(reader.read(text)) == seen(PLAIN.read(text))
