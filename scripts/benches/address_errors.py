"""The worst kinds of mistakes that remain: what a right span was read as, counted, each with an example.

Examples come from the open data set's dev part only; the research corpus is counted where it is at hand, never quoted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Span = tuple[int, int, str]
Kind = tuple[str, str]
NAMES = {
    "prov": "省", "city": "市", "district": "区县", "devzone": "开发区", "town": "乡镇", "community": "村社区", "road": "路", "roadno": "门牌",
    "subroad": "支路", "subroadno": "支路门牌", "poi": "地点", "subpoi": "次级地点", "houseno": "楼栋", "cellno": "单元", "floorno": "楼层",
    "roomno": "房间", "person": "楼内单位", "assist": "方位词", "redundant": "无用词", "otherinfo": "其他", "country": "国家",
}  # fmt: skip


def kind_of(span: Span, read: Sequence[Span]) -> Kind:
    """(label, what was read in its place)."""
    start, end, label = span
    over = [one for one in read if one[0] < end and one[1] > start]
    own = NAMES.get(label, label)
    if len(over) == 1:
        a, b, other = over[0]
        name = NAMES.get(other, other)
        if (a, b) == (start, end):
            return own, f"读作{name}"
        return own, f"读进更长的{name}" if a <= start and b >= end else f"只读出一段{name}"
    if all(a >= start and b <= end for a, b, _ in over):
        return own, "分成" + "、".join(NAMES.get(other, other) for *_, other in over)
    return own, "界线不同"


def worst(texts: Sequence[str], right: Sequence[Sequence[Span]], read: Sequence[Sequence[Span]], most: int = 10) -> list[tuple[str, int, str]]:
    """The most frequent kinds: what, how often, an example (text with the right span in brackets)."""
    counted: Counter[Kind] = Counter()
    example: dict[Kind, str] = {}
    for text, gold, got in zip(texts, right, read, strict=True):
        found = set(got)
        for span in gold:
            if span not in found:
                kind = kind_of(span, got)
                counted[kind] += 1
                example.setdefault(kind, f"{text[: span[0]]}［{text[span[0] : span[1]]}］{text[span[1] :]}")
    return [("→".join(kind), n, example[kind]) for kind, n in counted.most_common(most)]
