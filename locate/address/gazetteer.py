"""The names of China's areas in memory: today's four levels, yesterday's names, aliases, and one automaton over all.

Read from data/gazetteer.bin (scripts/build_gazetteer; sources in data/SOURCES.json), which holds the automaton ready made.
It only holds and finds names; which of them a text means is decided in regions.py.
"""

from __future__ import annotations

import gc
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

from daachorse import CharwiseDoubleArrayAhoCorasick

from locate.address import packed

DATA = Path(__file__).with_name("data")
PROBE = "内蒙古自治区呼和浩特市新城区浙江省杭州市余杭区临平街道上海市浦东新区陆家嘴街道"  # read when the automaton was built

PROVINCE, CITY, DISTRICT, TOWN = 1, 2, 3, 4
CAPITALS = frozenset(("110000", "120000", "310000", "500000"))  # provinces that are their own city
HEAD = 3  # signs by which a name is looked for before it is compared as a whole (a name of two signs is its own head)
YOUNG = 1990  # a county-level unit first named since then was cut out of others

# How a name stands for its unit (bits of an entry).
SHORT = 1  # without its suffix: needs a sound right boundary
OLD = 2  # a name of the past
SECOND = 4  # one of several successors, not the main one
CHAR = 8  # one-sign abbreviation: only at the start, and only when a subordinate follows
POI = 16  # a landmark that lies in the unit
ZONE = 32  # a development zone that lies in the unit
TYPO = 64  # one sign differs
PLAIN = 128  # an everyday word without its suffix: only straight after its city

TOWN_KIND = re.compile("(?:街道办事处|街道|民族乡|地区|镇|乡|苏木)$")


class Gazetteer:
    """Units are small integers; parallel lists hold what is known of each."""

    def __init__(self) -> None:
        collecting = gc.isenabled()
        gc.disable()  # 100,000 small objects: the collector would walk them again and again
        try:
            self._load(packed.unpack(DATA / "gazetteer.bin"))
        finally:
            if collecting:
                gc.enable()
        self._by_core: dict[str, list[int]] = {}
        self._within: dict[int, frozenset[int]] = {}
        self._towns_of: dict[int, dict[str, list[int]]] = {}
        self._new_cores: dict[int, frozenset[str]] = {}
        self.named: dict[int, tuple[str | None, str | None, str | None, str | None, str | None]] = {}  # what areas.py found of a unit
        self._heads: dict[int, frozenset[str]] = {}
        self._town_codes: dict[str, int] = {}

    def _load(self, sections: dict[str, memoryview]) -> None:
        maps = json.loads(bytes(sections["maps"]))
        self.codes: list[str] = packed.lines(sections["codes"])
        self.names: list[str] = packed.lines(sections["unit_names"])
        self.levels = packed.integers(sections["levels"], packed.BYTE)
        self.parents = [p - 1 for p in packed.integers(sections["parents"])]  # -1 for a province
        self.by_code = {code: u for u, code in enumerate(self.codes) if len(code) == 6 and self.levels[u] < TOWN}
        # a district's former cities and provinces
        self.once_under: dict[int, frozenset[int]] = {u: frozenset(above) for u, above in maps["once_under"]}
        self.postcodes: dict[int, str] = dict(maps["postcodes"])
        self.since: dict[int, int] = dict(maps["since"])  # first year a district is in the yearly tables
        # (old name, unit today) -> (year, reason)
        self.whys: dict[tuple[str, int], tuple[int, str]] = {(name, u): (year, why) for name, u, year, why in maps["whys"]}
        self.successor_home: dict[int, frozenset[int]] = {u: frozenset(above) for u, above in maps["successor_home"]}
        self.was_county: set[int] = set(maps["was_county"])  # districts of today that were counties or county-level cities
        self.heirs: set[int] = set(maps["heirs"])  # units of today that took over an abolished or renamed one
        # a district -> the districts of today that it was cut out of, and when
        self.carved: dict[int, tuple[frozenset[int], int]] = {u: (frozenset(donors), year) for u, donors, year in maps["carved"]}
        self.villages: dict[int, int] = dict(maps["villages"])  # how many villages and neighbourhoods an area has
        self.greater_names: set[str] = set(maps["greater_names"])  # provinces and cities without their suffix
        self.traditional: str = maps["traditional"]
        self.children: dict[int, list[int]] = {}
        for unit in self.by_code.values():
            self.children.setdefault(self.parents[unit], []).append(unit)
        # district (or city) -> core of a township's name -> township
        self.towns: dict[int, dict[str, int]] = {}
        town_units, at = packed.integers(sections["town_units"]), 0
        for home, cores in zip(packed.integers(sections["town_homes"]), packed.lines(sections["town_cores"]), strict=True):
            words = cores.split("\t") if cores else []
            self.towns[home] = dict(zip(words, town_units[at : (at := at + len(words))], strict=True))
        names = self.sorted_names = packed.lines(sections["names"])
        self.name_ids = dict(zip(names, range(len(names)), strict=True))
        first = packed.integers(sections["first_entries"])
        pairs = list(zip(packed.integers(sections["entry_units"]), packed.integers(sections["entry_flags"], packed.BYTE), strict=True))
        self.entries: list[tuple[tuple[int, int], ...]] = [tuple(pairs[a:b]) for a, b in pairwise(first)]
        self._automaton = _matcher(bytes(sections["matcher"]), names, maps["probe"])

    def find(self, form: str) -> list[tuple[int, int, int]]:
        """All names in the text, overlapping, as (start, end, name id)."""
        found: list[tuple[int, int, int]] = self._automaton.find_overlapping(form)
        return found

    def within(self, unit: int) -> frozenset[int]:
        """All areas that ``unit`` lies in, today or once, and itself (a district's former city or province)."""
        known = self._within.get(unit)
        if known is None:
            areas: set[int] = set()
            for at in self.chain(unit):
                former = self.once_under.get(at, frozenset())
                areas |= {at, *former, *(self.parents[f] for f in former)}
            known = self._within[unit] = frozenset(areas)
        return known

    def lies_in(self, unit: int, above: int) -> bool:
        """Is ``unit`` within ``above``, today or once?"""
        return above in self.within(unit)

    def towns_of(self, unit: int) -> dict[str, list[int]]:
        """Core of a name -> the townships of that name in a city (or province) and its districts."""
        known = self._towns_of.get(unit)
        if known is None:
            known = self._towns_of[unit] = {}
            stack = [unit]
            while stack:
                u = stack.pop()
                for core, town in self.towns.get(u, {}).items():
                    known.setdefault(core, []).append(town)
                stack.extend(self.children.get(u, ()))
        return known

    def cut_out(self, unit: int) -> bool:
        """Was this county-level unit made anew out of others (临平区), not the heir of an old one (埇桥区 of 宿县)?"""
        return self.since.get(unit, 0) >= YOUNG and unit not in self.heirs

    def new_cores(self, above: int) -> frozenset[str]:
        """Names, without their kind, of the cut-out county-level units right below an area and of their townships."""
        known = self._new_cores.get(above)
        if known is None:
            new = [d for d in self.children.get(above, ()) if self.cut_out(d)]
            known = self._new_cores[above] = frozenset(self.names[d][:-1] for d in new).union(*(self.towns.get(d, {}) for d in new))
        return known

    def town_heads(self, home: int) -> frozenset[str]:
        """The heads of the names of every township that an address may name after this district, today's and those it gave up."""
        known = self._heads.get(home)
        if known is None:
            cores = (*self.towns.get(home, ()), *self.new_cores(self.parents[home]))
            known = self._heads[home] = frozenset([c[:HEAD] for c in cores])
        return known

    @cached_property
    def full_heads(self) -> frozenset[str]:
        """The heads of every full name of a province, city or county, today's and of the past."""
        bare = SHORT | CHAR | POI | ZONE
        return frozenset([name[:HEAD] for name, at in self.name_ids.items() if any(self.levels[u] < TOWN and not f & bare for u, f in self.entries[at])])

    @cached_property
    def _heads_of_area(self) -> dict[int, set[str]]:
        heads: dict[int, set[str]] = {}
        for name, at in self.name_ids.items():
            for u, _ in self.entries[at]:
                if self.levels[u] < TOWN:
                    heads.setdefault(u, set()).add(name[:HEAD])
        return heads

    def own_heads(self, unit: int) -> frozenset[str]:
        """The heads of every name, in whatever form, of a unit and of the areas that it lies in."""
        own = self.names[unit]
        return frozenset([own[:HEAD], TOWN_KIND.sub("", own)[:HEAD]]).union(*(self._heads_of_area.get(u, ()) for u in self.within(unit)))

    @cached_property
    def _heads_below(self) -> dict[int, set[str]]:
        heads: dict[int, set[str]] = {}
        for u, own in self._heads_of_area.items():
            for above in self.within(u):
                heads.setdefault(above, set()).update(own)
        return heads

    def heads_below(self, unit: int) -> frozenset[str]:
        """The heads of every name of the units that a province or city has or had, and of a city's townships."""
        towns = self.towns_of(unit) if self.levels[unit] == CITY or self.codes[unit] in CAPITALS else ()
        return frozenset(self._heads_below.get(unit, ())).union([core[:HEAD] for core in towns])

    def towns_named(self, core: str) -> list[int]:
        """All townships of China with this core of a name."""
        if not self._by_core:
            for cores in self.towns.values():
                for name, unit in cores.items():
                    self._by_core.setdefault(name, []).append(unit)
        return self._by_core.get(core, [])

    def town_by_code(self, code: str) -> int:
        """The township of a nine-digit code, or -1."""
        if not self._town_codes:
            self._town_codes.update((c, u) for u, c in enumerate(self.codes) if len(c) == 9)
        return self._town_codes.get(code, -1)

    def chain(self, unit: int) -> Iterator[int]:
        """The unit and all above it."""
        while unit >= 0:
            yield unit
            unit = self.parents[unit]


def _matcher(stored: bytes, names: list[str], probe: list[list[int]]) -> CharwiseDoubleArrayAhoCorasick:
    """The automaton as stored; made anew (0.2 s) where another version of the library reads it otherwise."""
    try:
        ready = CharwiseDoubleArrayAhoCorasick.deserialize(stored)
    except ValueError:
        return CharwiseDoubleArrayAhoCorasick(names)
    same = [list(hit) for hit in ready.find_overlapping(PROBE)] == probe
    return ready if same else CharwiseDoubleArrayAhoCorasick(names)


class Villages:
    """Which townships have a village or neighbourhood of a name (memory-mapped, 613,000 places of 2023)."""

    def __init__(self) -> None:
        self._hash = packed.npy_column(DATA / "villages.hash.npy", "Q")
        self._home = packed.npy_column(DATA / "villages.home.npy", "I")
        self._tail = packed.npy_column(DATA / "villages.tail.npy", "H")

    def homes(self, name_hash: int) -> list[tuple[str, int]]:
        """[(code of the township or district, last three digits of the village's own code, RURAL_BIT set for a 村)]"""
        first, last = self._range(name_hash)
        return [(str(home), tail) for home, tail in zip(self._home[first:last].tolist(), self._tail[first:last].tolist(), strict=True)]

    def tails(self, name_hash: int, home: int) -> list[int]:
        """The last three digits (with RURAL_BIT) of the villages of this name in one township: some names are of hundreds."""
        first, last = self._range(name_hash)
        codes = self._home[first:last].tolist()
        return [self._tail[first + at] for at, code in enumerate(codes) if code == home] if home in codes else []

    def _range(self, name_hash: int) -> tuple[int, int]:
        first = bisect_left(self._hash, name_hash)
        return first, bisect_right(self._hash, name_hash, first)


@cache
def gazetteer() -> Gazetteer:
    """The one gazetteer of the process, loaded on first use."""
    return Gazetteer()


@cache
def villages() -> Villages:
    return Villages()
