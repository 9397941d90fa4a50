"""What stands below the areas: the settled areas as given spans, the tagger's reading of the rest, and its fields.

The gazetteer decides areas, the tagger everything else; where it names an area again that was not settled, that is no field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from locate.address.gazetteer import TOWN_KIND
from locate.address.head import Head
from locate.address.mending import mended
from locate.address.region_state import Regions
from locate.address.remarks import REMARK
from locate.address.tagging import Span, is_village, tag_text

_FIELD = {
    "devzone": "devzone", "community": "village", "road": "road", "roadno": "road_no", "subroad": "sub_road", "subroadno": "sub_road_no",
    "poi": "poi", "subpoi": "sub_poi", "houseno": "building", "cellno": "unit", "floorno": "floor", "roomno": "room", "town": "town",
}  # fmt: skip
_NO_PART = frozenset(("redundant", "country", "prov", "city", "district"))
_SECOND = {"poi": "sub_poi", "road": "sub_road", "road_no": "sub_road_no"}
_VILLAGE_KINDS = ("村", "社区", "居委会", "委员会", "村委", "屯", "寨")
_FLOOR_ENDS = ("楼", "层", "F", "f")
_DOOR = re.compile(r"(?:中?[东西南北]|左|右|中)(?:手|边)?户|中[门间]户?")  # 西户: a flat without a number
_LONGEST_DOOR = 4
_CHECKED = frozenset(("community", "floorno", "roomno", "person", "roadno", "poi", "subpoi"))  # labels that a rule may know better
_KIND_ALONE = frozenset(("小区", "生活小区", "新村"))  # no name by itself: it belongs to the name before it
_ZONE_ALONE = re.compile(r"(?:[一二三四五六七八九十]+|\d{1,2}|[A-Za-z]\d?|[东南西北中])区")
_HOUSE_ALONE = re.compile(  # 黄龙体育中心 is named for the village, and not in it
    r"第?[一二三四五六七八九十]?(?:中心)?(?:(?:体育|文化|活动|客运|购物)中心|体育[场馆]|大?转盘|道班|(?:天主|基督)?教堂|菜场|(?:农贸|综合|批发)?市场|"
    r"[汽火]车[东南西北]?站|客运站|(?:人民)?医院|卫生院|[小中]学|[中大]桥|公园|宾馆|饭店|大酒店|大厦|广场)"
)
_HOUSE_NUMBER = re.compile(r"\d+号")
_ESTATE_ENDS = ("小区", "花园", "花苑", "公寓", "家园", "苑", "园", "园区", "别墅")
_MARKET_ENDS = ("市场", "商城", "商贸城", "皮革城", "服装城", "毛衫城")
_STRONG = frozenset(("road", "roadno", "poi", "community"))


@dataclass(slots=True)
class Below:
    """Spans of the whole text in order; below the areas: the parts by field, what is left over, and the line's parts."""

    spans: list[Span]
    parts: dict[str, str | None]
    leftovers: list[str]
    line: list[tuple[str, str]]
    remark: bool


def read_below(form: str, r: Regions, head: Head) -> Below:
    """Label the whole text and sort what is no area into fields."""
    starts, home = head.starts, head.home
    spans: list[Span] = []
    open_spans: list[Span] = []
    for span in mended(form, tag_text(form, head.spans, home), starts):
        if span[0] in starts:
            spans.append(span)
            continue
        surer = _constrained(form, span, home, spans[-1] if spans else None) if span[2] in _CHECKED else span
        if surer[0] < span[0]:  # it took the span before it in
            spans.pop()
            open_spans.pop()
        spans.append(surer)
        open_spans.append(surer)
    if r.start:
        open_spans = _head_or_tail_first(open_spans, r)
    parts: dict[str, str | None] = {}
    leftovers: list[str] = []
    line: list[tuple[str, str]] = []
    remark = False
    for start, end, label in open_spans:
        text = form[start:end]
        if label in _NO_PART:
            remark = remark or (label == "redundant" and REMARK.search(text) is not None)
            continue
        name = _FIELD.get(label)
        if label == "town" and not _names_a_town(text):
            name = None  # a bare name that the gazetteer did not take for a township is none
        if name is None:
            leftovers.append(text)
        elif name not in parts:
            parts[name] = text
        elif (second := _SECOND.get(name)) and second not in parts:
            parts[second] = text
        else:
            leftovers.append(text)
        line.append((text, label))
    return Below(spans, parts, leftovers, line, remark)


def _names_a_town(text: str) -> bool:
    kind = TOWN_KIND.search(text)
    return kind is not None and kind.start() > 0


def _constrained(form: str, span: Span, home: int, before: Span | None) -> Span:
    """What the rules know better than the tagger: a village without its kind must be one of the prefecture's, a floor says so."""
    start, end, label = span
    if label in {"roadno", "poi", "subpoi"}:
        return _beside_a_name(form, span, before) if before is not None and before[1] == start else span
    if label == "community" and not form.endswith(_VILLAGE_KINDS, start, end) and not is_village(form[start:end], home):
        return start, end, "poi"
    if label == "floorno" and not form.endswith(_FLOOR_ENDS, start, end) and not any(sign in form[start:end] for sign in "楼层"):
        return start, end, "houseno"
    if label == "roomno" and start and form[start - 1] == "门" and form[end - 1] == "号":
        return start, end, "roadno"  # 北门72号: where the gate is, no one's room
    if label == "person" and end - start <= _LONGEST_DOOR and _DOOR.fullmatch(form, start, end):
        return start, end, "roomno"
    return span


def _beside_a_name(form: str, span: Span, name: Span) -> Span:
    """阳光小区 is one name; 26号 in an estate is a house, in a market a stall: no road is there to have the number."""
    start, end, label = span
    if name[2] not in ("poi", "subpoi", "community"):
        return span
    if label != "roadno":
        bare_village = name[2] == "community" and not form.endswith(_VILLAGE_KINDS, name[0], name[1])
        alone = (
            form[start:end] in _KIND_ALONE
            or ((bare_village or label == name[2] == "poi") and _ZONE_ALONE.fullmatch(form, start, end))
            or (bare_village and _HOUSE_ALONE.fullmatch(form, start, end))
        )
        return (name[0], end, "poi" if name[2] == "community" else name[2]) if alone else span
    if name[2] == "community" or not _HOUSE_NUMBER.fullmatch(form, start, end):
        return span
    if form.endswith(_MARKET_ENDS, name[0], name[1]):
        return start, end, "roomno"
    return (start, end, "houseno") if form.endswith(_ESTATE_ENDS, name[0], name[1]) else span


def _head_or_tail_first(spans: list[Span], r: Regions) -> list[Span]:
    """文三路90号, 杭州市西湖区: what stands before the areas is the street text where nothing of the kind follows them."""
    head = [span for span in spans if span[0] < r.start]
    tail = [span for span in spans if span[0] >= r.start]
    return tail + head if any(label in _STRONG for _, _, label in tail) else head + tail
