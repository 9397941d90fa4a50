"""How far the parts lead a postman (contract.md: door, building, place, area, unusable), and how sure the reading is."""

from __future__ import annotations

import re
from functools import lru_cache

from locate.address.model import Grade, Issue

# An occupant that a postman asks for at a house number: it has a door or a mail room of its own. An estate, a park of
# works or an office tower has not: there the door is still missing.
_OCCUPANT = re.compile(
    r"(?:公司|集团|厂|店|超市|便利店|商场|商店|百货|宾馆|酒店|饭店|旅馆|旅行社|网吧|网咖|药房|诊所|(?:银|支|分|总|商)行|信用社|营业部|营业厅|事务所|"
    r"局|派出所|研究所|医院|卫生院|法院|检察院|研究院|设计院|学院|大学|中学|小学|学校|幼儿园|校区|大队|支队|(?<!管理)委员会|人民政府)$"
)
# A number after one of these is a gate, a stall or a works, not a house.
_GROUNDS = re.compile(r"(?:城|园|园区|工业区|开发区|市场|广场|商贸城|机场|中心|站|馆|工程|基地|大学|学院|公司|集团|厂|场|医院|单身楼|大桥|[东西南北大]门)$")
_QUARTERS = re.compile(r"(?:小区|[一-龥]区|苑|园|公寓|宿舍|新村|城)$")  # of a school or works: no one's door
_HOUSE_NUMBER = re.compile(r"\d+(?:-\d+)?号$|[一二三四五六七八九十百]+号$")
_BESIDE = re.compile(r"对面|对过|斜对|隔壁|附近|旁|边上|后面|前面|路口|交叉|交汇|交界|丰巢|快递柜|驿站|工地")

# What each flag takes off the confidence of an otherwise plain reading; ambiguity and conflict cap it instead.
_COST = {
    Issue.TYPO_CORRECTED: 0.12,
    Issue.OUTDATED: 0.04,
    Issue.NO_PROVINCE: 0.10,
    Issue.NO_DISTRICT: 0.20,
    Issue.READERS_DISAGREE: 0.15,
    Issue.DUPLICATED_PREFIX: 0.01,
}
_PLAIN_READING = 0.98
_WEAK = 0.25
_PRESUMED = 0.10
_CAP = {Issue.AMBIGUOUS: 0.35, Issue.CONFLICT: 0.25}
_BELOW_GRADE = {Grade.DOOR: 0.0, Grade.BUILDING: 0.02, Grade.PLACE: 0.05, Grade.AREA: 0.15, Grade.UNUSABLE: 0.5}


def grade_of(parts: dict[str, str | None], area_known: bool, written: str = "") -> Grade:
    """The grade of the parts; ambiguity and conflict are said by the issues, not here.

    ``written`` is the text below the areas: a place *beside* a bank is not the bank.
    """
    if not area_known:
        return Grade.UNUSABLE
    anchored = bool(parts.get("poi") or parts.get("road_no") or parts.get("sub_road_no") or parts.get("village"))
    if parts.get("room") and (anchored or parts.get("building")):
        return Grade.DOOR
    if parts.get("village") and parts.get("road_no"):
        return Grade.DOOR  # a house number in a village is a household
    if (parts.get("building") or parts.get("unit") or parts.get("floor")) and anchored:
        return Grade.BUILDING
    if parts.get("building") and parts.get("road"):
        return Grade.BUILDING  # 高鑫路26幢: blocks counted along the road
    if anchored:
        return Grade.BUILDING if _names_one_house(parts, written) else Grade.PLACE
    return Grade.AREA


def _names_one_house(parts: dict[str, str | None], written: str) -> bool:
    """金城路18号人民银行: the house and who is in it; 王家里914号: a house of a hamlet. A road's number alone is a place."""
    number, poi, sub_poi = parts.get("road_no"), parts.get("poi"), parts.get("sub_poi") or ""
    if not number or not poi or _BESIDE.search(written) or _QUARTERS.search(sub_poi):
        return False
    if parts.get("road"):
        return bool(_OCCUPANT.search(poi) or _OCCUPANT.search(sub_poi))
    if sub_poi:
        return bool(_OCCUPANT.search(sub_poi))
    return bool(_HOUSE_NUMBER.search(number)) and not _GROUNDS.search(poi)


@lru_cache(maxsize=4096)  # few combinations, asked for every text
def confidence_of(grade: Grade, issues: tuple[Issue, ...], *, weak: bool = False, presumed: bool = False) -> float:
    """``weak``: only the head of a name tells the area; ``presumed``: the main one of several successors was taken."""
    value = _PLAIN_READING - _BELOW_GRADE[grade] - sum(_COST.get(i, 0.0) for i in issues) - _WEAK * weak - _PRESUMED * presumed
    for issue in issues:
        value = min(value, _CAP.get(issue, 1.0))
    return round(max(0.0, min(1.0, value)), 3)
