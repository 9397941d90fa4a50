"""The one line for the envelope: large to small, areas by today's names, numbers with their kind."""

from __future__ import annotations

import re
from functools import lru_cache

MAX_CANONICAL = 120  # signs; the post's import form and the window take no more

# What a bare number is called on the envelope.
_KIND = {"houseno": "幢", "cellno": "单元", "roomno": "室", "floorno": "楼"}
_BARE = re.compile(r"[A-Za-z]{0,2}-?\d+[A-Za-z]?(?:-\d+)*|[A-Za-z]{1,2}|[一二三四五六七八九十]+")


@lru_cache(maxsize=16384)  # numbers of buildings and rooms come again and again
def _with_kind(text: str, label: str) -> str:
    if label == "floorno" and len(text) > 1 and text[-1] in "Ff":
        return text[:-1] + "楼"
    kind = _KIND.get(label)
    if kind and _BARE.fullmatch(text):
        if label == "houseno" and text[-1].isalpha():
            return text + "座"
        return text + kind
    return text


def areas_line(areas: list[str]) -> str:
    """Standard names, large to small, in one; none twice in a row."""
    line: list[str] = []
    for name in areas:
        if name and (not line or line[-1] != name):
            line.append(name)
    return "".join(line)


def canonical_line(areas: str, below: list[tuple[str, str]]) -> str:
    """``areas`` as they stand on the line; ``below`` the (text, label) parts in the writer's order."""
    line = areas
    previous = ""
    for text, label in below:
        part = _with_kind(text, label) if label in _KIND else text
        if previous and previous[-1].isascii() and part[:1].isascii() and previous[-1].isalnum() and part[:1].isalnum():
            line += " "
        line += part
        previous = part
    return line[:MAX_CANONICAL]
