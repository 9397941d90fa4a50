"""Rule 4 of the guideline as revised: a 开发区 is a zone (devzone), a 工业区 or 产业园 is a place (poi).

The public guideline means by devzone what is run like a division, "特指经济技术开发区". Our readers had called an industrial
area before a road a devzone too; nothing in such a text tells the two kinds apart, so the kind of the name decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Part = tuple[str, str]
_PREMISES = re.compile(
    r"(?:工业(?:园区?|区|小区|城|集中区|功能区|聚集区)|(?:产业|科技|创业|物流|软件|创意|电商)园区?|产业集聚区|.(?<!高新)园区)$"
)
_MANAGED = ("苏州工业园区",)  # a zone that is run like a division, whatever its name


def is_premises(name: str) -> bool:
    """Is a zone of this name a place where firms sit, not something that is run like a division?"""
    return _PREMISES.search(name) is not None and name not in _MANAGED


def revised(parts: Sequence[Part]) -> list[Part]:
    """The parts (text, label) of one address with zones labelled by their kind; what stands in such a place is its subpoi."""
    in_suzhou = any(label == "city" and text.startswith("苏州") for text, label in parts)
    out: list[Part] = []
    inside = False
    for text, label in parts:
        if label == "devzone" and is_premises(text) and not (in_suzhou and text == "工业园区"):
            out.append((text, "subpoi" if inside else "poi"))
            inside = True
        elif inside and label == "poi":
            out.append((text, "subpoi"))
        else:
            inside = False
            out.append((text, label))
    return out
