"""Address texts as lenders give them, cleaned but not standardized: line breaks, stray spaces, wide digits, embedded
recipients, empty words, "the same as …". What the words of an address mean is ``locate.address``'s business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from locate.case import AddressKind
from locate.intake.problems import Fault
from locate.intake.text import (
    Cell,
    is_damaged,
    is_empty_word,
    load_words,
    narrow_alnum,
    plain,
    without_control,
    word,
    word_set,
)
from locate.intake.words import kind_of

_SAME = load_words("words.toml")["same_as"]
_PREVIOUS: Final = word_set(_SAME["previous"])
_ALONE: Final = word_set(_SAME["alone"])
_SAME_BEFORE: Final = re.compile(r"(?:地址|住址)?(?:同|与|和|见|如|跟)第?")
_SAME_AFTER: Final = ("一致", "相同", "一样", "同", "的", "栏", "列", "所在地", "地址", "住址")
_ORDINALS: Final = {"1": 1, "2": 2, "3": 3, "4": 4, "一": 1, "二": 2, "三": 3, "四": 4}
LONGEST: Final = 300
"""Characters of an address as given; the posting list takes 120."""
_LONGEST_SAME: Final = 14

_SPACE: Final = re.compile(r"\s+")
_GAP: Final = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_NAME: Final = r"[\u4e00-\u9fff\U00020000-\U0003ffff]{1,6}(?:·[\u4e00-\u9fff]{1,10}){0,3}"
_NOT_A_NOTE: Final = "(?<![代转请可签拒待])"
"""门卫代收 is a note to the postman, not a recipient's name."""
_PHONE: Final = r"(?:\+?86[- ]?)?1[3-9]\d{9}"
_GLUE: Final = r"[\s,，;；:：/、|]"
_LABEL_PERSON: Final = re.compile(r"(?:收\s*[货件]\s*人|收信人|姓\s*名|联系人)\s*[:：]")
_LABEL_PHONE: Final = re.compile(
    r"(?:联系电话|手机号码?|电\s*话|手\s*机|联系方式|tel|phone)\s*[:：]", re.IGNORECASE
)
_LABEL_PLACE: Final = re.compile(
    r"(?:(?:收[货件]|详细|联系|邮寄|居住|家庭|所在)?(?:地\s*址|住\s*址)|所在地区|address)\s*[:：]",
    re.IGNORECASE,
)
_LABEL_ALONE: Final = re.compile(
    rf"{_LABEL_PLACE.pattern}(?!.*(?:{_LABEL_PERSON.pattern}|{_LABEL_PHONE.pattern}))", re.DOTALL
)
_ANY_LABEL: Final = re.compile(
    rf"(?:{_LABEL_PERSON.pattern}|{_LABEL_PHONE.pattern}|{_LABEL_PLACE.pattern})", re.IGNORECASE
)
_LEADING: Final = re.compile(rf"({_NAME}){_GLUE}+({_PHONE}){_GLUE}+(?P<place>.{{4,}})", re.DOTALL)
_LEADING_PHONE: Final = re.compile(rf"({_PHONE}){_GLUE}+(?:({_NAME}){_GLUE}+)?(?P<place>.{{4,}})", re.DOTALL)
_TRAILING: Final = re.compile(
    rf"(?P<place>.{{4,}}?){_GLUE}+({_NAME})(?:收|先生|女士|小姐)?{_GLUE}*[(（]?({_PHONE})[)）]?(?:收)?",
    re.DOTALL,
)
_TRAILING_REVERSED: Final = re.compile(
    rf"(?P<place>.{{4,}}?)(?:{_GLUE}+|(?<=\D))({_PHONE})(?:{_GLUE}+({_NAME}))?(?:收|先生|女士|小姐)?",
    re.DOTALL,
)
_TRAILING_NAME: Final = re.compile(
    rf"(?P<place>.{{4,}}?)(?:[(（]({_NAME}){_NOT_A_NOTE}收[)）]|{_GLUE}+({_NAME}){_NOT_A_NOTE}\s?收)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class CleanAddress:
    """A cleaned text; ``recipient_removed`` tells that a name or phone stood inside."""

    text: str
    recipient_removed: bool = False


@dataclass(frozen=True, slots=True)
class SameAs:
    """The cell refers to another address of the same case: by kind, by its number, or (both None) the one before."""

    kind: AddressKind | None = None
    ordinal: int | None = None


def read_address(cell: Cell) -> CleanAddress | SameAs | Fault | None:
    """A cell of an address column; None where it says that there is none."""
    text = plain(cell)
    if is_empty_word(text):
        return None
    return _read(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> CleanAddress | SameAs | Fault | None:
    if len(text) > LONGEST:
        return Fault("ADDRESS_LENGTH")
    if is_damaged(text):
        return Fault("ADDRESS_DAMAGED")
    text = narrow_alnum(without_control(text))
    same = same_as(text)
    if same is not None:
        return same
    bare = without_recipient(text)
    cleaned = clean(bare if bare is not None else text)
    removed = bare is not None and not _LABEL_ALONE.match(text)
    return None if is_empty_word(cleaned) else CleanAddress(cleaned, removed)


def clean(text: str) -> str:
    """One line; spaces go where Chinese stands beside them and shrink to one elsewhere."""
    return _GAP.sub("", _SPACE.sub(" ", text.replace("\r", "").replace("\n", ""))).strip(" ,，;；、")


def same_as(text: str) -> SameAs | None:
    """What 同上, 同户籍地址, 与现住址一致 … refer to; None where the text is an address of its own."""
    if len(text) > _LONGEST_SAME:
        return None
    said = word(text)
    if said in _ALONE:
        return SameAs()
    found = _SAME_BEFORE.match(said)
    what: str | None = said[found.end() :] if found else None
    while what:
        if what in _PREVIOUS:
            return SameAs()
        if what.removeprefix("地址") in _ORDINALS:
            return SameAs(ordinal=_ORDINALS[what.removeprefix("地址")])
        kind = kind_of(what)
        if kind is not None:
            return SameAs(kind=kind)
        what = next((what.removesuffix(end) for end in _SAME_AFTER if what.endswith(end)), None)
    return None


def without_recipient(text: str) -> str | None:
    """The text without a recipient's name and phone inside it, or None where there is none."""
    if _LABEL_PERSON.search(text) or _LABEL_PHONE.search(text) or _LABEL_PLACE.match(text):
        return _without_labels(text)
    for form in (_LEADING, _LEADING_PHONE, _TRAILING, _TRAILING_REVERSED, _TRAILING_NAME):
        found = form.fullmatch(text.strip())
        if found is not None:
            return found["place"]
    return None


def _without_labels(text: str) -> str | None:
    labels = list(_ANY_LABEL.finditer(text))
    ends = [*(label.start() for label in labels[1:]), len(text)]
    places = [
        text[label.end() : end]
        for label, end in zip(labels, ends, strict=True)
        if _LABEL_PLACE.match(label[0])
    ]
    if places:
        return "".join(place.strip(" \t,，;；、") for place in places)
    before = text[: labels[0].start()].strip(" \t,，;；、(（")
    if before:
        return before
    rest = re.split(rf"{_GLUE}+", text[labels[-1].end() :].strip(), maxsplit=1)
    return rest[1] if len(rest) > 1 else None
