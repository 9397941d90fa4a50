"""From a cell's value to comparable text: what is invisible goes, what is wide becomes narrow, nothing is guessed.

Control, bidirectional and private-use characters are left in place: the checks refuse or drop them knowingly.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

Cell = str | float | int | bool | date | datetime | time | timedelta
"""What a spreadsheet or CSV cell holds; '' is empty."""

ZERO_WIDTH: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e"
"""Characters without width that copying from web pages and chat programs leaves behind."""
_ZERO_WIDTH_GONE: Final = dict.fromkeys(map(ord, ZERO_WIDTH))
_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0xA0: 0x20,
    0xFFE5: 0xA5,
}
_NARROW_ALNUM: Final = {
    code: code - 0xFEE0
    for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0D, 0xFF03)
}
_OUTER: Final = " \t\r\n\u3000\u00a0\u2002\u2003\u2009\u202f\u2028\u2029"
_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]"
)
_DAMAGED: Final = re.compile("\ufffd|锟斤拷|烫烫烫|屯屯屯|Ã¤|Ã¥|â€")
_EXCEL_TEXT: Final = re.compile(r'="(.*)"', re.DOTALL)
_LARGEST_EXACT: Final = 10**15

# GB 18030-2005 and -2022 moved these characters out of the private use area; Python's codec still reads the old places.
_GB18030_MOVED: Final = str.maketrans(
    {
        0xE81E: "\u9fb4", 0xE826: "\u9fb5", 0xE82B: "\u9fb6", 0xE82C: "\u9fb7", 0xE832: "\u9fb8", 0xE843: "\u9fb9",
        0xE854: "\u9fba", 0xE864: "\u9fbb", 0xE816: "\U00020087", 0xE817: "\U00020089", 0xE818: "\U000200cc",
        0xE831: "\U000215d7", 0xE83B: "\U0002298f", 0xE855: "\U000241fe", 0xE7C7: "\u1e3f",
    }
)  # fmt: skip


def plain(value: Cell) -> str:
    """A cell as text without outer space and zero-width characters; ``="…"`` (Excel's text guard in CSV) is opened."""
    if isinstance(value, str):
        return value.strip() if value.isprintable() and value[:1] != "=" else _plain_slow(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value)


def _plain_slow(value: str) -> str:
    text = value.translate(_ZERO_WIDTH_GONE).translate(_GB18030_MOVED).strip(_OUTER)
    guarded = _EXCEL_TEXT.fullmatch(text)
    return guarded[1].strip(_OUTER) if guarded else text


def number_text(number: float) -> str:
    """A number as its shortest exact decimal text: ``150000.0`` → ``"150000"``; the 15 digits Excel itself shows."""
    if number.is_integer() and abs(number) < _LARGEST_EXACT:
        return str(int(number))
    return format(number, ".15g")


def narrow(text: str) -> str:
    """Full-width letters, digits and signs as their ASCII forms."""
    return text if text.isascii() else text.translate(_NARROW)


def narrow_alnum(text: str) -> str:
    """Only full-width letters, digits, minus and number sign as ASCII; Chinese punctuation stays."""
    return text if text.isascii() else text.translate(_NARROW_ALNUM)


def has_control(text: str) -> bool:
    """Whether the text holds control or bidirectional characters (line breaks and tabs are not meant)."""
    return not text.isprintable() and _CONTROL.search(text) is not None


def without_control(text: str) -> str:
    """The text without control and bidirectional characters."""
    return text if text.isprintable() else _CONTROL.sub("", text)


def is_damaged(text: str) -> bool:
    """Whether decoding went wrong somewhere on the way (replacement characters and their well-known remains)."""
    return not text.isascii() and _DAMAGED.search(text) is not None


def is_private_use(character: str) -> bool:
    """Whether a character is self-made: nobody else's font can show it."""
    return unicodedata.category(character) == "Co"


@lru_cache(maxsize=65536)
def word(text: str) -> str:
    """Comparison form of a short word: narrow, lower case, without any space."""
    return "".join(narrow(text).casefold().split())


def load_words(name: str) -> Mapping[str, Any]:
    """A table of words beside this module."""
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def word_set(words: Iterable[str]) -> frozenset[str]:
    """Words in comparison form."""
    return frozenset(word(each) for each in words)


_WORDS = load_words("words.toml")
_EMPTY: Final = word_set(_WORDS["empty"]["words"])


def is_empty_word(text: str) -> bool:
    """Whether a cell's text says that there is nothing: '', 不详, 无, -, N/A …"""
    return not text or (len(text) <= 9 and word(text) in _EMPTY)
