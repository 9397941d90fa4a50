"""A file with known duplicates: distinct composed addresses, and copies of some as another hand would have written them.

Deterministic. ``place`` tells which place each text means, so recall and precision of a dedupe can be counted exactly.
The copies follow the list of address-notes §5 (left-out 省/市, full-width digits, 中国 before it, 號, one deleted sign) and
add the habits of the issue (栋/幢/号楼, Chinese numerals, 街道 left out or put in). A deleted sign is never a numeral: 152室
for 1502室 is another room, whoever wrote it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from scripts.matching.wording import chinese
from scripts.world import places

COPIES_AMONG: Final = (700_000, 300_000)
WIDE: Final = {ord(c): ord(c) + 0xFEE0 for c in "0123456789"}
_KINDS: Final = re.compile(r"(?<=\d)(?:号楼|幢|栋)")
_SMALL: Final = re.compile(r"(?<!\d)\d{1,2}(?=号楼|幢|栋|单元|组)")


@dataclass(frozen=True, slots=True)
class Written:
    """A text and the number of the place it means."""

    text: str
    place: int


def _short(rng: random.Random, text: str, area: places.District) -> str:
    form = rng.random()
    if form < 0.4:
        return text.removeprefix(area.province) if area.city else text.removeprefix(area.province) or text
    head = area.province + area.city
    short = area.province.removesuffix("省").removesuffix("市") + area.city.removesuffix("市")
    return short + text.removeprefix(head) if text.startswith(head) else text


def _wide(rng: random.Random, text: str, area: places.District) -> str:
    return text.translate(WIDE)


def _country(rng: random.Random, text: str, area: places.District) -> str:
    return "中国" + text


def _old_sign(rng: random.Random, text: str, area: places.District) -> str:
    return text.replace("号", "號")


def _deleted(rng: random.Random, text: str, area: places.District) -> str:
    """One sign of the street part missing, no numeral."""
    start = len(area.province + area.city + area.name) if text.startswith(area.province) else len(text) // 2
    spots = [i for i in range(start, len(text)) if not text[i].isdigit() and text[i] not in "一二三四五六七八九十ABC"]
    if not spots:
        return text
    at = rng.choice(spots)
    return text[:at] + text[at + 1 :]


def _kinds(rng: random.Random, text: str, area: places.District) -> str:
    return _KINDS.sub(rng.choice(("号楼", "幢", "栋")), text)


def _numerals(rng: random.Random, text: str, area: places.District) -> str:
    return _SMALL.sub(lambda m: chinese(m.group()), text)


def _township(rng: random.Random, text: str, area: places.District) -> str:
    for town in area.townships:
        if town.endswith("街道") and town in text:
            return text.replace(town, "")
    return text


CHANGES: Final[tuple[Callable[[random.Random, str, places.District], str], ...]] = (_short, _wide, _country, _old_sign, _deleted, _kinds, _numerals, _township)


def compose_copies(distinct: int, copies: int, seed: int = 5) -> list[Written]:
    """``distinct`` places and ``copies`` other ways of writing some of them, shuffled."""
    rng = random.Random(seed)
    pool = places.districts()
    known: dict[str, int] = {}
    areas: list[places.District] = []
    texts: list[str] = []
    while len(texts) < distinct:
        area = rng.choice(pool)
        address = places.compose(rng, area, work=rng.random() < 0.15)
        if address.grade == "area" or address.text in known:
            continue
        known[address.text] = len(texts)
        texts.append(address.text)
        areas.append(area)
    out = [Written(text, place) for place, text in enumerate(texts)]
    while copies:
        place = rng.randrange(distinct)
        text = texts[place]
        for change in rng.sample(CHANGES, rng.choice((1, 1, 2))):
            text = change(rng, text, areas[place])
        if text != texts[place] and known.setdefault(text, place) == place:
            out.append(Written(text, place))
            copies -= 1
    rng.shuffle(out)
    return out


@dataclass(frozen=True, slots=True)
class Counted:
    """Pairs that are one place, found pairs, and found pairs that are one place."""

    true: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0


def count_pairs(written: list[Written], groups: list[tuple[int, ...]]) -> Counted:
    """Pairwise recall and precision of a grouping."""
    sizes: dict[int, int] = {}
    for one in written:
        sizes[one.place] = sizes.get(one.place, 0) + 1
    found = right = 0
    for members in groups:
        inside: dict[int, int] = {}
        for i in members:
            inside[written[i].place] = inside.get(written[i].place, 0) + 1
        found += _two(len(members))
        right += sum(map(_two, inside.values()))
    return Counted(sum(map(_two, sizes.values())), found, right)


def _two(count: int) -> int:
    return count * (count - 1) // 2
