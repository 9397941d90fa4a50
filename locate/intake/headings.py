"""A header cell's text taken apart: comparison key, unit, and the number of a repeated group."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_UNIT_WORDS: Final = {
    "元": "元", "人民币元": "元", "人民币": "元", "rmb": "元", "cny": "元", "yuan": "元", "¥": "元", "万元": "万元", "万": "万元", "wan": "万元",
    "千元": "千元", "百元": "百元", "百万元": "百万元", "亿元": "亿元", "分": "分", "fen": "分", "cents": "分", "cent": "分", "角": "角",
    "%": "percent", "％": "percent", "百分比": "percent", "百分数": "percent", "pct": "percent", "percent": "percent",
    "小数": "fraction", "decimal": "fraction", "fraction": "fraction",
}  # fmt: skip
_PARENTHESES: Final = re.compile(r"[(\[{<【〔「]([^)\]}>】〕」]*)[)\]}>】〕」]")
_UNIT_PREFIX: Final = re.compile(r"^(?:金额)?(?:单位)?[:：]?(?:人民币)?(?=.)")
_TAIL_UNIT: Final = re.compile(
    r"[_/:：\-]?(百万元|万元|千元|百元|亿元|元|%|_?(?:yuan|rmb|cny|wan|fen|cents|pct|percent))$"
)
_DECORATION: Final = re.compile(r"[\s*#_\-.:：/\\|,，;；、'\"`~!?？！&@^=+○●★☆※▲△◆◇■□\ufffc]+")
_NOTES: Final = re.compile(r"^(?:必填|选填|请填写)|(?:必填|选填|必填项)$")
_CHINESE_ORDINALS: Final = {character: number for number, character in enumerate("一二三四五六七八九", 1)}
_ORDINAL_FORMS: Final = (
    re.compile(r"第?(\d{1,2})(?:位|个|号)?(?=\D|$)"),
    re.compile(r"第([一二三四五六七八九])(?:位|个)?"),
    re.compile(r"(?<=联系人)([一二三四五六七八九])"),
    re.compile(r"(?<=地址)([一二三四五六七八九])"),
    re.compile(r"([一二三四五六七八九])$"),
)
_ENGLISH_ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "primary": 1, "secondary": 2}
_ENGLISH_ORDINAL: Final = re.compile(r"^(first|second|third|primary|secondary)(?=\w)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A header cell's comparison keys, from the most to the least literal, and the unit it names."""

    keys: tuple[str, ...]
    unit: str | None


def bare_key(text: str) -> str:
    """Lower case, narrow, without spaces and decoration: ``"Case No."`` → ``"caseno"``."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOTES.sub("", _DECORATION.sub("", folded))


@lru_cache(maxsize=8192)
def heading(text: str) -> Heading:
    """Take a header cell apart: ``"剩余本金（万元）"`` → keys ``("剩余本金",)``, unit ``"万元"``."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    unit = None
    for inside in _PARENTHESES.findall(folded):
        unit = unit or _UNIT_WORDS.get(_UNIT_PREFIX.sub("", "".join(inside.split())))
    outside = _PARENTHESES.sub("", folded)
    keys = [
        bare_key(_PARENTHESES.sub(lambda found: "" if _is_unit(found[1]) else found[1], folded)),
        bare_key(outside),
    ]
    tail = _TAIL_UNIT.search("".join(outside.split()))
    if tail is not None:
        keys.append(bare_key("".join(outside.split())[: tail.start()]))
        unit = unit or _UNIT_WORDS.get(tail[1].strip("_"))
    return Heading(tuple(dict.fromkeys(key for key in keys if key)), unit)


def _is_unit(inside: str) -> bool:
    return _UNIT_PREFIX.sub("", "".join(inside.split())) in _UNIT_WORDS


@lru_cache(maxsize=8192)
def split_number(key: str) -> tuple[tuple[str, int], ...]:
    """Every way to take one group number out of a key: ``"联系人1姓名"`` → ``(("联系人姓名", 1),)``."""
    found = []
    for form in _ORDINAL_FORMS:
        hits = list(form.finditer(key))
        if len(hits) == 1:
            number = _CHINESE_ORDINALS.get(hits[0][1]) or int(hits[0][1])
            if number:
                found.append((key[: hits[0].start()] + key[hits[0].end() :], number))
    english = _ENGLISH_ORDINAL.match(key)
    if english is not None:
        found.append((key[english.end() :], _ENGLISH_ORDINALS[english[1]]))
    return tuple(dict.fromkeys(found))
