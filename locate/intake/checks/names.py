"""Names of debtors and contacts: one person's name as on the document, fit to be printed on a letter.

Kept: every Chinese character (also rare ones beyond the BMP), the dot of ethnic names (unified to U+00B7), Latin names.
Refused: markup, control and direction characters, masks, private-use characters, anything that is not part of a name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from locate.intake.problems import Fault
from locate.intake.text import Cell, has_control, is_damaged, is_empty_word, is_private_use, narrow, plain

DOT: Final = "\u00b7"
_DOTS: Final = re.compile(r"\s*[·•‧∙⋅・･●⦁˙ꞏ᛫⸱∘◦⚫⬤]\s*")
_DOTS_BETWEEN_HAN: Final = re.compile(r"(?<=[\u3400-\u9fff])\s*[.。．｡]\s*(?=[\u3400-\u9fff])")
_MARKUP: Final = re.compile(r"[<>{}\\$%^~|=]|&[#\w]{1,12};|://|javascript:", re.IGNORECASE)
_HAN: Final = re.compile("[\u3007\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANGXI: Final = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]")
_TITLES: Final = ("先生", "女士", "小姐", "太太", "师傅", "老师", "经理", "老板", "同志")
_NO_NAMES: Final = frozenset(
    {"不详", "暂无", "没有", "未知", "不明", "未提供", "未填写", "测试", "客户", "本人"}
)
_PLAIN_HAN: Final = re.compile("[\u4e00-\u9fa5]{2,4}")
_LATIN_SIGNS: Final = " -'.’"
_LONGEST: Final = 50
_LONGEST_GIVEN: Final = 200
_LONGEST_TITLED: Final = 4


def read_name(cell: Cell) -> str | Fault:
    """The name in its standard form, or why it is refused."""
    text = plain(cell)
    if (
        _PLAIN_HAN.fullmatch(text)
        and text not in _NO_NAMES
        and not text.endswith(_TITLES)
        and not is_damaged(text)
    ):
        return text
    return _unusual(text)


@lru_cache(maxsize=4096)
def _unusual(text: str) -> str | Fault:
    if is_empty_word(text) or text in _NO_NAMES:
        return Fault("VALUE_MISSING", "姓名")
    if len(text) > _LONGEST_GIVEN:
        return Fault("NAME_LENGTH")
    if has_control(text):
        return Fault("TEXT_CONTROL", "姓名")
    if is_damaged(text):
        return Fault("TEXT_DAMAGED", "姓名")
    if _MARKUP.search(narrow(text)):
        return Fault("NAME_MARKUP")
    return _standard(text)


def _standard(text: str) -> str | Fault:
    if any(map(is_private_use, text)):
        return Fault("NAME_PRIVATE_USE")
    name = unicodedata.normalize(
        "NFC", _KANGXI.sub(lambda found: unicodedata.normalize("NFKC", found[0]), narrow(text))
    )
    name = _DOTS.sub(DOT, _DOTS_BETWEEN_HAN.sub(DOT, name)).strip(DOT + " '`‘’")
    name = re.sub(DOT + "{2,}", DOT, name)
    han = _HAN.search(name) is not None
    name = "".join(name.split()) if han else " ".join(name.split())
    if "*" in name or "＊" in name:
        return Fault("NAME_MASKED")
    strange = next((character for character in name if not _may_stand(character, han=han)), None)
    if strange is not None:
        return Fault("NAME_CHARACTERS", strange)
    if not name:
        return Fault("VALUE_MISSING", "姓名")
    if len(name) <= _LONGEST_TITLED and name.endswith(_TITLES):
        return Fault("NAME_NOT_FULL", name)
    return name if len(name) <= _LONGEST else Fault("NAME_LENGTH")


def _may_stand(character: str, *, han: bool) -> bool:
    if character == DOT or _HAN.match(character):
        return True
    if unicodedata.category(character)[0] in "LM":
        return True
    return not han and character in _LATIN_SIGNS
