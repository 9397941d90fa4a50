"""An address as a line of names and numbers, for the score: what the parser may have cut wrongly is seen here as written.

Beside the parsed parts: every number with the name before it and what it counts (house, building), names without numbers,
the line without the door (unit, floor, room), gates and "near". Made once an address.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Final

from locate.address.gazetteer import TOWN_KIND
from locate.address.matching.parts import fold, number
from locate.address.matching.rarity import pairs, rarity, weight
from locate.address.model import Address
from locate.address.normalise import normalise
from locate.address.numbers import arabic

_AREA_LABELS: Final = frozenset(("prov", "city", "district", "country", "town", "devzone"))
_WHERE = re.compile(
    r"(?:交叉路?口|交汇处?口?|交界处|交口|路口|口)?(?:附近|旁边|对面|斜对面|隔壁)?(?:往|向)?(?:正?[东南西北]{1,2}(?:侧|面|边|角|方向)?)?约?\d+米(?:处|左右)?"
    r"|(?:交叉路?口|交汇处?口?|交界处|交口|十字路口)(?:附近)?(?:[东南西北]{1,2}(?:侧|角|边)?)?|附近|旁边|对面|斜对面|隔壁"
    r"|[(]?(?:正?[东西南北]{1,2}\d?|[ABC]?\d?)(?:入口|出口|侧门|门)[)]?"
)
_REMARK = re.compile(r"放门卫|电联|到了打电话|快递柜|丰巢|菜鸟驿站|前台|门口|[(][^()]*[)]$")
_NUMBERED = re.compile(
    r"([一-龥]*)([A-Z]?\d+(?:-\d+)*[A-Z]?|[A-Z](?![A-Z]))(号院|号楼|幢|栋|座|#楼?|号|弄|单元|楼|层|室|路|街|巷|区|期|组|队|米|线|村|排)?"
)
_HOUSE, _BUILDING, _INSIDE = "house", "building", "inside"
_COUNTS: Final = {
    "号楼": _BUILDING, "幢": _BUILDING, "栋": _BUILDING, "座": _BUILDING, "#": _BUILDING, "#楼": _BUILDING, "号": _HOUSE, "号院": _HOUSE,
    "弄": _HOUSE, "": _HOUSE, "单元": _INSIDE, "楼": _INSIDE, "层": _INSIDE, "室": _INSIDE,
}  # fmt: skip
_GATE = re.compile(r"[东南西北侧后正\d号]\d?门(?![口面牌诊卫市派店户窗])")
_NEAR = re.compile(r"附近|旁|对面|\d米")
_GATE_NAME = re.compile(r"[东南西北]{1,2}\d?门?|附近|门|楼|号|与|和")
_ROAD_IN_REST = re.compile(r"[一-龥]{2,5}(?:路|街|大道|巷)")
_KIND = re.compile(r"(?:有限责任公司|股份有限公司|有限公司|住宅小区|小区|社区|公寓|花园|家园|大厦|广场|大楼|公司)+$")
_CROSSED = re.compile(r"交叉|交汇|交界|路口|[路街道巷][与和]")
_ENDS: Final = {
    sign: float(at)
    for at, signs in enumerate(("店超馆行吧铺厅", "司厂团", "院校学园", "厦楼座心", "区村社苑庭城府", "路街道巷口", "号幢栋室元", "门场站"))
    for sign in signs
}  # fmt: skip
_WORDS = re.compile(r"[^0-9A-Z一-龥]")
_SIGNS = re.compile(r"[^一-龥]+")
_ROAD_ENDS: Final = "路街巷道弄"
_COUNTERS: Final = "号弄院楼"
_NOT_LINE = re.compile(r"[^0-9A-Z一-龥#-]")
_WORD = re.compile(r"[一-龥]{2,}")
_NUMBER = re.compile(r"[A-Z]?\d+[A-Z]?(?![A-Z0-9])")
_CORE_NUMBER = re.compile(r"[A-Z]?\d+[A-Z]?")
LONGEST_NAME: Final = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One side of a scored pair. Texts are folded; ``''`` and empty where there is nothing of the kind."""

    whole: str
    area: str
    town: str
    roads: tuple[str, ...]
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    """Estates, firms, villages without their kind words."""
    doors: tuple[str, str, str, str]
    """Building, unit, floor, room."""
    below: str
    core: str
    """Below the areas and without unit, floor, room and remarks."""
    sign_weights: tuple[float, ...]
    """How rare each sign of the core is where it stands."""
    signs: str
    sign_pairs: frozenset[str]
    sign_weight: float
    pairs: frozenset[str]
    weight: float
    core_pairs: frozenset[str]
    core_weight: float
    numbered: tuple[tuple[str, str, str], ...]
    """Name before it, number, what it counts."""
    plain: tuple[str, ...]
    """Names no number belongs to, in order."""
    tail: str
    """The last name of the line: what a list of places means."""
    rarest: str
    """The name that tells the most; a road only where nothing else is named."""
    name_pairs: tuple[tuple[frozenset[str], float], ...]
    """The pairs of each parsed name, with their weight."""
    all_numbers: frozenset[str]
    core_numbers: frozenset[str]
    last_number: str
    """The last number of the core, where a line ends in what it means."""
    buildings: frozenset[str]
    """Numbers of buildings, as parsed or as counted."""
    about: tuple[float, ...]
    """What kind of line it is (ABOUT)."""


ABOUT: Final = ("gate", "near", "crossed", "bracket", "length", "numerals", "has_building", "has_number", "has_road", "names", "plain_names", "tail_kind", "end_kind", "rarest_weight")
"""The names of what ``about`` has."""


def bare_name(name: str) -> str:
    """A name without the words that only say what it is."""
    return _KIND.sub("", name) or name


def line_of(address: Address) -> Line:
    """The line of one address."""
    rest = arabic(_WHERE.sub(" ", _without_areas(address))).upper()
    below = _WORDS.sub("", rest)
    spaced = _NOT_LINE.sub(" ", _REMARK.sub(" ", rest).replace("单元楼", "单元"))
    core = _WORDS.sub("", _NUMBERED.sub(_without_door, spaced))
    plain = tuple(n for n in _SIGNS.split(_NUMBERED.sub(_without_number, spaced)) if len(n) > 1)
    signs = _SIGNS.sub("", rest)
    sign_pairs, below_pairs, core_pairs = pairs(signs), pairs(below), pairs(core)
    names = _names(address)
    doors = (number(address.building), number(address.unit), number(address.floor), number(address.room))
    numbers = tuple(n for n in (number(address.road_no), number(address.sub_road_no)) if n)
    roads = tuple(r for r in map(fold, (address.road, address.sub_road, *_ROAD_IN_REST.findall(address.rest or ""))) if r)
    numbered, core_numbers = _numbered(spaced), _CORE_NUMBER.findall(core)
    named = (*plain, *names)
    told = [(weight(pairs(n)), n) for n in [n for n in named if n[-1] not in _ROAD_ENDS] or named]
    heaviest, rarest = max(told, default=(0.0, ""))
    words = [word for word in (word.lstrip(_COUNTERS) for word in _WORD.findall(core)) if len(word) > 1]
    tail = words[-1] if words else ""
    raw = address.raw
    about = (
        float(bool(_GATE.search(raw))), float(bool(_NEAR.search(raw))), float(bool(_CROSSED.search(raw))), float("(" in raw or "（" in raw),
        len(below), len(below) - len(signs), float(bool(doors[0])), float(bool(numbers)), float(bool(roads)), len(names), len(plain),
        _ENDS.get(tail[-1:], -1.0), _ENDS.get(below[-1:], -1.0), heaviest,
    )  # fmt: skip
    return Line(
        whole=arabic(normalise(raw).form).upper(),
        area=(address.adcode or "")[:6],
        town=TOWN_KIND.sub("", address.township or ""),
        roads=roads,
        numbers=numbers,
        names=names,
        doors=doors,
        below=below,
        core=core,
        sign_weights=_sign_weights(core),
        signs=signs,
        sign_pairs=sign_pairs,
        sign_weight=weight(sign_pairs),
        pairs=below_pairs,
        weight=weight(below_pairs),
        core_pairs=core_pairs,
        core_weight=weight(core_pairs),
        numbered=numbered,
        plain=plain,
        tail=tail,
        rarest=rarest,
        name_pairs=tuple((found, weight(found)) for found in map(pairs, names)),
        all_numbers=frozenset(_NUMBER.findall(rest)),
        core_numbers=frozenset(core_numbers),
        last_number=core_numbers[-1] if core_numbers else "",
        buildings=frozenset([n for _, n, counted in numbered if counted == _BUILDING] + ([doors[0]] if doors[0] else [])),
        about=about,
    )


def _sign_weights(text: str) -> tuple[float, ...]:
    if len(text) < 2:
        return (0.5,) * len(text)
    rare = [rarity(text[i : i + 2]) for i in range(len(text) - 1)]
    return (rare[0], *((x + y) / 2 for x, y in itertools.pairwise(rare)), rare[-1])


def _without_areas(address: Address) -> str:
    kept = list(address.raw)
    for start, end, label in address.spans:
        if label in _AREA_LABELS:
            kept[start:end] = " " * (end - start)
    return normalise("".join(kept)).form


def _names(address: Address) -> tuple[str, ...]:
    found = (fold(_WHERE.sub("", n)) for n in (address.poi, address.sub_poi, address.village, *(address.rest or "").split()) if n)
    return tuple(bare_name(n) for n in found if len(n) > 1 and not _GATE_NAME.fullmatch(n))


def _counted(found: re.Match[str]) -> str:
    return _COUNTS.get(found[3] or "", "")


def _without_door(found: re.Match[str]) -> str:
    counted = _counted(found)
    if counted == _INSIDE:
        return found[1]
    return found[1] + found[2] + ("B" if counted == _BUILDING else found[3] or "")


def _without_number(found: re.Match[str]) -> str:
    return found[1] + (found[2] + found[3] if found[3] in ("路", "街", "巷") else "|")


def _numbered(text: str) -> tuple[tuple[str, str, str], ...]:
    """Numbers of houses and buildings; in 90号18幢 the building has the name that the house has."""
    out: list[tuple[str, str, str]] = []
    last = ""
    for found in _NUMBERED.finditer(text):
        counted = _counted(found)
        if counted not in (_HOUSE, _BUILDING):
            continue
        name = found[1]
        if not name and out and counted == _BUILDING:
            name = last
        out.append((name[-LONGEST_NAME:], found[2], counted))
        last = name
    return tuple(out)


def is_building(counted: str) -> bool:
    """Does the number count buildings (and not houses)?"""
    return counted == _BUILDING
