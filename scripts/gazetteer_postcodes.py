"""One postcode for each county-level unit of today, out of two public lists that are checked against each other.

The directory (countrystatecity-postal-codes, about 2020) names the county of each of 22,656 postcodes; the list
(china-region, about 2018) gives one postcode a county. The first four digits of a postcode are the county's
distribution office, so two sources agree when those do. Nothing is invented: a unit that neither knows takes its
predecessor's postcode (change history, then data/postcode_heirs.csv), at last its city's. ``basis`` says which:

    both         both sources give it, or agree on its first four digits
    directory    the directory alone, or against the list (the directory is the younger)
    list         the list alone
    predecessor  the postcode of the unit that it came out of
    city         its city's postcode: the unit has none of its own, or the city has no county-level units
"""

from __future__ import annotations

import collections
import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Units = Mapping[str, tuple[int, str, str]]  # code -> (level, name, parent code)
History = Mapping[tuple[str, int, str], tuple[int, list[str], str]]  # (name, level, code) -> (year, successors, why)

OFFICE = 4  # digits of the distribution office, one for a county as a rule
SECTION = 3  # digits of the postal section, one or a few for a prefecture
STATES = {  # ISO 3166-2:CN letters -> first two digits of the area codes
    "BJ": "11", "TJ": "12", "HE": "13", "SX": "14", "NM": "15", "LN": "21", "JL": "22", "HL": "23", "SH": "31", "JS": "32", "ZJ": "33",
    "AH": "34", "FJ": "35", "JX": "36", "SD": "37", "HA": "41", "HB": "42", "HN": "43", "GD": "44", "GX": "45", "HI": "46", "CQ": "50",
    "SC": "51", "GZ": "52", "YN": "53", "XZ": "54", "SN": "61", "GS": "62", "QH": "63", "NX": "64", "XJ": "65",
}
# The postal provinces, first two digits (中国邮政编码簿).
POSTAL_PROVINCE = {
    "11": "10", "12": "30", "13": "05 06 07", "14": "03 04", "15": "01 02", "21": "11 12", "22": "13", "23": "15 16", "31": "20",
    "32": "21 22", "33": "31 32", "34": "23 24", "35": "35 36", "36": "33 34", "37": "25 26 27", "41": "45 46 47", "42": "43 44",
    "43": "41 42", "44": "51 52", "45": "53 54", "46": "57", "50": "40", "51": "61 62 63 64", "52": "55 56", "53": "65 66 67",
    "54": "85 86", "61": "71 72", "62": "73 74", "63": "81", "64": "75", "65": "83 84",
}
# Units that the post serves from the neighbouring province.
NEIGHBOURS_POST = {
    "131126": "25", "330922": "20", "1507": "16", "1522": "13", "152921": "75", "152922": "73", "152923": "73",
}
# The directory has some of a large city's postcodes only, and of these two districts none of the seat's:
# 滨海新区 (塘沽; it has 大港's alone), 让胡路区 (it has the villages' alone).
THE_LIST_KNOWS_BETTER = ("120116", "230604")
WITHOUT_MAINLAND_POST = ("350527",)  # 金门县
CITIES_WITHOUT_COUNTIES = ("441900", "442000", "460400", "620200")


@dataclass(frozen=True, slots=True)
class Postcode:
    code: str
    basis: str


class Directory:
    """The counties' postcodes, and whose a postcode is."""

    def __init__(self, text: bytes) -> None:
        self.by_name: dict[tuple[str, str], list[str]] = collections.defaultdict(list)  # (province, name) -> postcodes
        self.anywhere: dict[str, set[str]] = collections.defaultdict(set)  # name -> provinces
        self.owner: dict[str, str] = {}
        for row in json.loads(text):
            province, name, postcode = STATES[row["stateCode"]], row["localityName"], row["code"]
            self.by_name[province, name].append(postcode)
            self.anywhere[name].add(province)
            self.owner[postcode] = name

    def of(self, province: str, name: str) -> list[str]:
        """Also where it stands under the neighbouring province whose post serves it, if no other has the name."""
        at = province if (province, name) in self.by_name else next(iter(self.anywhere[name])) if len(self.anywhere[name]) == 1 else ""
        return sorted(self.by_name.get((at, name), ()))


class Postcodes:
    def __init__(self, units: Units, history: History, list_text: bytes, directory_text: bytes) -> None:
        self.units = units
        self.history = history
        self.directory = Directory(directory_text)
        self.listed: dict[tuple[str, str], dict[str, set[str]]] = collections.defaultdict(lambda: collections.defaultdict(set))
        for row in csv.DictReader(io.StringIO(list_text.decode())):
            if re.fullmatch(r"(?!000000|999999)\d{6}", row["zipCode"]):
                self.listed[row["province"][:2], row["county"]][row["city"][:2]].add(row["zipCode"])
        self.namesakes: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
        for code, (level, name, _) in units.items():
            if level == 3:
                self.namesakes[code[:2], name].append(code)
        self.sections = {code: self._sections(code) for code, (level, _, _) in units.items() if level <= 2}
        self.centres = {code: {p[:OFFICE] for p in self._listed(code, name)} for code, (level, name, _) in units.items() if level == 2}
        self.own = {code: self._own(code, name) for code, (level, name, _) in units.items() if level == 3}
        self.offices: dict[str, set[str]] = collections.defaultdict(set)  # first four digits -> units
        for code, own in self.own.items():
            for postcode in own:
                self.offices[postcode[:OFFICE]].add(code)

    def _sections(self, city: str) -> set[str]:
        """The first three digits that a city's postcodes have (a province's: only of those that are one city)."""
        if self.units[city][0] == 1 and city[:2] not in ("11", "12", "31", "50"):
            return set()
        name = self.units[city][1]
        return {p[:SECTION] for p in (*self.directory.by_name.get((city[:2], name), ()), *self._listed(city, name))}

    def _listed(self, code: str, name: str) -> set[str]:
        province = self.units[code[:2] + "0000"][1]
        cities = self.listed.get((province[:2], name), {})
        parent = self.units[code][2] if self.units[code][0] == 3 else code
        city = self.units[parent][1] if parent in self.units else ""
        exact = cities.get(city[:2], set()) if city else set()
        found = exact or (next(iter(cities.values())) if len(cities) == 1 else set())
        return {p for p in found if p != code and self._in_province(code, p)}

    def _in_province(self, code: str, postcode: str) -> bool:
        away = next((p for c, p in NEIGHBOURS_POST.items() if code.startswith(c)), "")
        return postcode[:2] in f"{POSTAL_PROVINCE.get(code[:2], '')} {away}".split()

    def _own(self, code: str, name: str) -> list[str]:
        """The directory's postcodes of a unit; of namesakes in one province each has those of its city's sections."""
        found = [p for p in self.directory.of(code[:2], name) if self._in_province(code, p)]
        here = self.sections.get(self.units[code][2], set())
        others = [self.sections.get(self.units[c][2], set()) for c in self.namesakes[code[:2], name] if c != code]
        if others:
            return [p for p in found if p[:SECTION] in here and not any(p[:SECTION] in o for o in others)]
        return found

    def _decide(self, code: str, own: list[str], listed: set[str]) -> Postcode | None:
        one = next(iter(listed)) if len(listed) == 1 else None
        sections = self.sections.get(self.units[code][2], set())
        if not own:
            return Postcode(one, "list") if one and (not sections or one[:SECTION] in sections) else None
        if one in own:
            return Postcode(one, "both")
        if one and code in THE_LIST_KNOWS_BETTER:
            return Postcode(one, "list")
        counted = collections.Counter(p[:OFFICE] for p in own)
        if one and one[:OFFICE] in counted and not one.endswith("0000") and self._is_free(one):
            return Postcode(one, "both")
        urban = self.units[code][1][-1] == "区"
        office = max(sorted(counted), key=lambda o: (urban and o in self.centres.get(self.units[code][2], ()), counted[o]))
        main = office + "00"
        if main in own or not (main in self.directory.owner and self._is_free(main) and len(self.offices[office]) == 1):
            main = min(p for p in own if p[:OFFICE] == office)
        return Postcode(main, "both" if one and one[:OFFICE] == office else "directory")

    def _is_free(self, postcode: str) -> bool:
        """Not another county's: the directory does not have it, or under a city or province (the main office's)."""
        return self.directory.owner.get(postcode, "")[-1:] in ("", "市", "州", "盟", "省", "区") and not any(
            postcode in own for own in self.own.values())

    def _by_today(self, code: str) -> Postcode | None:
        """By today's name, and by the names that the same unit had under the same code."""
        renames = sorted((n for n, lv, c in self.history if lv == 3 and c == code and self.history[n, lv, c][1] == [code + "*"]),
                         key=lambda n: -self.history[n, 3, code][0])
        for name in (self.units[code][1], *renames):
            own = self.own[code] if name == self.units[code][1] else self._own(code, name)
            decided = self._decide(code, own, self._listed(code, name))
            if decided:
                return decided
        return None

    def _by_history(self, code: str) -> Postcode | None:
        """Of the units that it came out of: its namesake first, the main successor's, the youngest change."""
        before = [(name[:-1] != self.units[code][1][:-1], code + "*" not in to, -year, name)
                  for (name, level, old), (year, to, _) in self.history.items()
                  if level == 3 and code in [t.rstrip("*") for t in to] and old[:2] == code[:2]]
        for _, _, _, name in sorted(before):
            found = self._by_name(code, name)
            if found:
                return found
        return None

    def _by_name(self, code: str, name: str) -> Postcode | None:
        """The postcode of another county-level name of the province, for a unit that came out of it."""
        alive = self.namesakes[code[:2], name]
        if alive:
            decided = self._by_today(alive[0]) if len(alive) == 1 else None
        else:
            sections = self.sections.get(self.units[code][2], set())
            own = [p for p in self._own(code, name) if not sections or p[:SECTION] in sections]
            decided = self._decide(code, own, self._listed(code, name))
        return Postcode(decided.code, "predecessor") if decided else None

    def _by_city(self, city: str) -> Postcode | None:
        """The city's own: the list's where the directory has the city in the same section, else the directory's lowest."""
        if city not in self.units or self.units[city][0] != 2:
            return None
        listed = sorted(p for p in self._listed(city, self.units[city][1]))
        known = sorted(self.directory.by_name.get((city[:2], self.units[city][1]), ()))
        agreed = [p for p in listed if not known or p[:SECTION] in {k[:SECTION] for k in known}]
        return Postcode((agreed or known)[0], "city") if agreed or known else None

    def all(self, heirs: Iterable[Mapping[str, str]]) -> dict[str, Postcode]:
        """Of each county-level unit, and of the cities that have none. ``heirs`` are the rows of postcode_heirs.csv."""
        hand = {row["code"]: row["from_name"] for row in heirs}
        out: dict[str, Postcode] = {}
        for code, (level, _, parent) in self.units.items():
            found = None
            if code in hand:
                found = self._by_name(code, hand[code])
                if found is None:
                    raise ValueError(f"postcode_heirs.csv: no postcode for {hand[code]} ({code})")
            elif level == 3 and code not in WITHOUT_MAINLAND_POST:
                found = self._by_today(code) or self._by_history(code) or self._by_city(parent)
            elif code in CITIES_WITHOUT_COUNTIES:
                found = self._by_city(code)
            if found:
                out[code] = found
        return out
