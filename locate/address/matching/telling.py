"""One Chinese sentence for a compared pair: what agreed, what differed, what only one side has, and how sure it is."""

from __future__ import annotations

from typing import Final

from locate.address.matching.number_sets import Numbers, relate
from locate.address.matching.parts import Parts
from locate.address.matching.rules import alike

NAMES: Final = (("town", "乡镇街道"), ("village", "村（社区）"), ("road", "道路"), ("estate", "小区（单位）"), ("estate_part", "分区"))
NUMBERS: Final = (("number", "门牌号"), ("building", "楼栋"), ("unit", "单元"), ("floor", "楼层"), ("room", "房号"))


def told(a: Parts, b: Parts, same: float) -> str:
    """The sentence; the same for both orders of the sides but for the order of differing values."""
    agreed: list[str] = []
    differed: list[str] = []
    one_side: list[str] = []
    for fields, equal in ((NAMES, alike), (NUMBERS, lambda x, y: relate(x, y) is Numbers.EQUAL)):
        for field, title in fields:
            first, second = getattr(a, field), getattr(b, field)
            if first and second:
                if equal(first, second):
                    agreed.append(f"{title}{first}")
                else:
                    differed.append(f"{title}{first}、{second}")
            elif first or second:
                one_side.append(title)
    said = [
        f"{'、'.join(agreed)}一致" if agreed else "没有一致的部分",
        f"不同：{'；'.join(differed)}" if differed else "",
        f"只有一处写了{'、'.join(one_side)}" if one_side else "",
        f"同一处的把握 {same:.0%}",
    ]
    return "；".join(s for s in said if s)
