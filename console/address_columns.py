"""How a standardized address stands in a table for people: columns, their headings, what a cell says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from console.address_input import Cell

if TYPE_CHECKING:
    from locate.address.model import Address

LABELS: Final = {
    "raw": "原文", "province": "省", "city": "市", "district": "区县", "township": "乡镇街道", "village": "村社区",
    "devzone": "开发区", "road": "道路", "road_no": "门牌", "sub_road": "支路", "sub_road_no": "支路门牌", "poi": "小区/地点",
    "sub_poi": "次级地点", "building": "楼栋", "unit": "单元", "floor": "楼层", "room": "房间", "rest": "其余",
    "recipient_name": "收件人", "recipient_phone": "收件人电话", "adcode": "区划代码", "postcode": "邮编", "canonical": "标准地址",
    "key": "标识", "grade": "等级", "confidence": "置信度", "deliverable": "可投递", "issues": "提示", "corrections": "更正",
}  # fmt: skip
"""Name of a column in code and documents, its heading in a table."""
OPINION: Final = {"maps_verdict": "地图意见", "maps_detail": "地图详情"}
"""The further columns with ``--maps``."""


def corrections_text(address: Address) -> str | None:
    """Every correction with its reason, in one cell."""
    told = [f"{LABELS.get(c.field, c.field)}：{c.before} → {c.after}（{c.why}）" for c in address.corrections]
    return "；".join(told) or None


_CELLS: Final[dict[str, Callable[[Address], Cell]]] = {
    "recipient_name": lambda a: a.recipient.name if a.recipient else None,
    "recipient_phone": lambda a: a.recipient.phone if a.recipient else None,
    "grade": lambda a: a.grade.value,
    "deliverable": lambda a: "是" if a.deliverable else "否",
    "issues": lambda a: " ".join(issue.value for issue in a.issues) or None,
    "corrections": corrections_text,
}


def cells(address: Address) -> list[Cell]:
    """A row's cells, in the order of ``LABELS``."""
    return [_CELLS[name](address) if name in _CELLS else getattr(address, name) for name in LABELS]


def headings(others: Sequence[str], *, with_opinion: bool) -> list[str]:
    """All headings of a table: the input's own, then the result's; one that the input has already gets a prefix."""
    labels = [*LABELS.values(), *(OPINION.values() if with_opinion else ())]
    return [*others, *(free_prefix(others, [label], "解析_") + label for label in labels)]


def free_prefix(taken: Sequence[str], names: Sequence[str], prefix: str) -> str:
    """The shortest repetition of ``prefix`` that keeps ``names`` apart from ``taken``."""
    used, found = set(taken), ""
    while used & {found + name for name in names}:
        found += prefix
    return found
