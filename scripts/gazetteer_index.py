"""The gazetteer as lists: units, names and their flags from the builder's lines and the hand-kept tables, ready to pack.

Only scripts/build_gazetteer uses it; locate/address/gazetteer.py reads what it packs. Which name stands how for which
unit (short, old, too plain to stand alone) is decided here, once.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path

import daachorse

from locate.address import packed
from locate.address.gazetteer import (
    CHAR,
    CITY,
    DISTRICT,
    OLD,
    PLAIN,
    POI,
    PROBE,
    PROVINCE,
    SECOND,
    SHORT,
    TOWN,
    TOWN_KIND,
    ZONE,
)

_NATIONS = (
    "蒙古族|回族|藏族|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|傈僳族|佤族|畲族|"
    "高山族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|锡伯|阿昌族|普米族|"
    "塔吉克族|塔吉克|怒族|乌孜别克族|俄罗斯族|鄂温克族|德昂族|保安族|裕固族|京族|塔塔尔族|独龙族|鄂伦春族|赫哲族|门巴族|珞巴族|基诺族|蒙古|各族"
)
_AUTONOMOUS = re.compile(f"(?:{_NATIONS})+自治(?:州|县|旗)$")
_SUFFIX = {
    PROVINCE: re.compile("特别行政区$|维吾尔自治区$|壮族自治区$|回族自治区$|自治区$|省$|市$"),
    CITY: re.compile("自治州$|地区$|盟$|市$"),
    DISTRICT: re.compile("自治县$|自治旗$|新区$|林区$|特区$|矿区$|区$|县$|市$|旗$"),
}
# Suffix-less district names that are everyday words or directions: never read without their suffix.
_TOO_PLAIN = frozenset(
    ["新城", "市中", "城中", "城东", "城西", "城北", "城关", "东城", "西城", "河东", "河西", "河南", "河北", "海南", "新市", "中原", "江北", "江南", "江东", "江西", "城区", "郊区", "桥东", "桥西", "路南", "路北", "铁东", "铁西", "铁山", "矿区", "新华", "和平", "光明", "解放", "建华", "红旗", "东风", "前进", "向阳", "青年", "友好", "团结", "站前", "山阳", "大东", "海港", "开平", "东山", "西山", "南山", "中山", "新民", "长安", "东方", "南岸", "文山", "大通", "五华", "云龙", "高新", "中站", "中心", "前锋", "名山", "安居", "平安", "永定", "大化", "仁化", "天山", "新兴", "城子", "西市", "东港", "大同", "凤凰", "南海", "白云", "花山", "沙湾", "华容", "南湖", "城厢", "开发", "双桥", "双塔", "金山", "宝山", "金水", "南郊", "北塔", "永安", "东兴", "南部", "阳光", "高港", "中方", "大城", "通道", "兴国", "共和", "同心", "民权", "平原", "延长", "福山", "秀山", "龙山", "湖里", "江口", "沙市", "东海", "南宫", "新河", "富民", "海西", "海北", "大名"]
)


def _plain(name: str, level: int) -> str:
    stripped = _AUTONOMOUS.sub("", name)
    return stripped if stripped != name else _SUFFIX[level].sub("", name)


class Index:
    """Units are small integers; parallel lists hold what is known of each."""

    def __init__(self, lines: list[str], tables: Path, villages: Iterable[str]) -> None:
        """``villages``: the code of the township or district of each village."""
        self.tables = tables
        self.codes: list[str] = []
        self.names: list[str] = []
        self.levels: list[int] = []
        self.parents: list[int] = []
        self.once_under: dict[int, frozenset[int]] = {}
        self.postcodes: dict[int, str] = {}
        self.since: dict[int, int] = {}
        self.by_code: dict[str, int] = {}
        self.towns: dict[int, dict[str, int]] = {}
        self.whys: dict[tuple[str, int], tuple[int, str]] = {}
        self.successor_home: dict[int, frozenset[int]] = {}
        self.was_county: set[int] = set()
        self.heirs: set[int] = set()
        self.greater_names: set[str] = set()
        self.traditional = ""
        self._patterns: dict[str, list[tuple[int, int]]] = {}
        self._load(lines)
        self._alias()
        self._load_postcodes()
        self.villages = self._count(villages)

    def _unit(self, code: str, level: int, name: str, parent: int) -> int:
        unit = len(self.codes)
        self.codes.append(code)
        self.names.append(name)
        self.levels.append(level)
        self.parents.append(parent)
        return unit

    def _name(self, name: str, unit: int, flags: int = 0) -> None:
        entries = self._patterns.get(name)
        if entries is None:
            self._patterns[name] = [(unit, flags)]
        else:
            entries.append((unit, flags))

    def _load(self, lines: list[str]) -> None:
        for line in lines:
            kind, *cells = line.split("\t")
            if kind == "U":
                self._load_unit(*cells)
            elif kind == "T":
                self._load_towns(cells)
            elif kind == "O":
                home = self.by_code[cells[0]]
                for name in cells[1:]:
                    self._load_old_town(home, name)
            elif kind == "N":
                self._load_old_name(*cells)
            elif kind == "A":
                self.once_under[self.by_code[cells[0]]] = frozenset(self.by_code[c] for c in cells[1].split("|"))
            elif kind == "H":
                self._load_dead_city(*cells)
            elif kind == "S":
                self.traditional = cells[0]

    def _load_unit(self, code: str, level_text: str, name: str, parent: str, since: str) -> None:
        level = int(level_text)
        above = self.by_code.get(parent, -1)
        unit = self.by_code[code] = self._unit(code, level, name, above)
        self.since[unit] = int(since)
        self._name(name, unit)
        plain = _plain(name, level)
        if level < DISTRICT:
            self.greater_names.add(plain)
        if plain != name and len(plain) >= 2:
            self._name(plain, unit, SHORT | PLAIN if level == DISTRICT and plain in _TOO_PLAIN else SHORT)
        if level == CITY and name.endswith("自治州"):
            self._name(plain + "州", unit)
            self._name(plain + "洲", unit)  # 红河洲: written so again and again
        elif level == DISTRICT and name.endswith("自治县"):
            self._name(plain + "县", unit)

    def _load_towns(self, cells: list[str]) -> None:
        home = self.by_code[cells[0]]
        cores = self.towns.setdefault(home, {})
        prefix = cells[0]
        for cell in cells[1:]:
            if cell[0] == "!":
                code, name = cell[1:10], cell[10:]
            else:
                code, name = prefix + cell[:3], cell[3:]
            unit = self._unit(code, TOWN, name, home)
            self._name(name, unit)
            if name.endswith("街道"):
                core = name[:-2]
                self._name(name + "办事处", unit)
                if len(core) >= 2:
                    self._name(core + "办事处", unit)
            elif name[-1] in "镇乡":
                core = name[:-3] if name.endswith("民族乡") else name[:-1]
            else:
                core = TOWN_KIND.sub("", name)
            if len(core) >= 2 and core not in cores:
                cores[core] = unit

    def _load_old_town(self, home: int, name: str) -> None:
        core = TOWN_KIND.sub("", name)
        if not core:
            return  # a slip of the source: a township named 街道
        unit = self._unit(self.codes[home], TOWN, name, home)
        self._name(name, unit, OLD)
        if len(core) >= 2:
            self.towns.setdefault(home, {}).setdefault(core, unit)

    def _load_old_name(self, name: str, level_text: str, code: str, year: str, targets: str, why: str) -> None:
        several = targets.split("|")
        home = frozenset(self.by_code[t.rstrip("*")] for t in several)
        main = any(t.endswith("*") for t in several)
        plain = _plain(name, int(level_text))
        short = len(plain) >= 2 and plain != name
        plainly = PLAIN if plain in _TOO_PLAIN else 0
        for target in several:
            unit = self.by_code[target.rstrip("*")]
            flags = OLD | (SECOND if main and not target.endswith("*") else 0)
            self._name(name, unit, flags)
            self.whys[name, unit] = (int(year), why)
            if not flags & SECOND and level_text == "3":
                self.heirs.add(unit)
            if name[-1] in "市县旗":
                self.was_county.add(unit)
            if short and plain not in (_plain(self.names[u], self.levels[u]) for u in home) and int(year) >= 1995:
                self._name(plain, unit, flags | SHORT | plainly)
                self.whys[plain, unit] = (int(year), why)

    def _load_dead_city(self, name: str, code: str, province: str, year: str, members: str) -> None:
        above = self.by_code.get(province, -1)
        unit = self._unit("", CITY, name, above)
        for member in members.split("|"):
            m = self.by_code[member]
            self.once_under[m] = self.once_under.get(m, frozenset()) | {unit}
        self.successor_home[unit] = frozenset(self.parents[self.by_code[m]] for m in members.split("|"))
        self._name(name, unit, OLD)
        self.whys[name, unit] = (int(year), f"{name}已撤销")
        plain = _plain(name, CITY)
        if len(plain) >= 2 and plain not in _TOO_PLAIN:
            self._name(plain, unit, OLD | SHORT)
            self.whys[plain, unit] = (int(year), f"{name}已撤销")

    def _alias(self) -> None:
        kinds = {"full": 0, "short": SHORT, "char": CHAR, "poi": POI}
        with (self.tables / "aliases.csv").open(encoding="utf-8") as f:
            for row in csv.DictReader(f):
                self._name(row["alias"], self.by_code[row["code"]], kinds[row["kind"]])
        with (self.tables / "lies_in.csv").open(encoding="utf-8") as f:
            for row in csv.DictReader(f):
                unit = self.by_code[row["code"]]
                self.once_under[unit] = self.once_under.get(unit, frozenset()) | {self.by_code[row["city_code"]]}
        with (self.tables / "devzones.csv").open(encoding="utf-8") as f:
            for row in csv.DictReader(f):
                self._name(row["name"], self.by_code[row["code"]], ZONE)

    def _load_postcodes(self) -> None:
        with (self.tables / "postcodes.csv").open(encoding="utf-8") as f:
            self.postcodes = {self.by_code[row["code"]]: row["postcode"] for row in csv.DictReader(f)}

    def _count(self, villages: Iterable[str]) -> dict[int, int]:
        """Villages and neighbourhoods of every area that has any, all levels."""
        by_code = {code: u for u, code in reversed(list(enumerate(self.codes))) if code}
        counts: dict[int, int] = {}
        for home, n in Counter(villages).items():
            unit = by_code.get(home, -1)
            while unit >= 0:
                counts[unit] = counts.get(unit, 0) + n
                unit = self.parents[unit]
        return counts

    def _carved(self) -> list[list[object]]:
        with (self.tables / "carved.csv").open(encoding="utf-8") as f:
            return [[self.by_code[r["code"]], sorted(self.by_code[d] for d in r["donors"].split("|")), int(r["year"])] for r in csv.DictReader(f)]

    def pack(self) -> bytes:
        names = sorted(self._patterns)  # in order, so that a name's continuations stand behind it
        matcher = daachorse.CharwiseDoubleArrayAhoCorasick(names)
        entries = [tuple(dict.fromkeys(self._patterns[n])) for n in names]
        rows = [(home, "\t".join(cores), list(cores.values())) for home, cores in self.towns.items()]
        maps = {
            "once_under": [[u, sorted(above)] for u, above in self.once_under.items()],
            "postcodes": list(self.postcodes.items()),
            "since": list(self.since.items()),
            "whys": [[name, unit, year, why] for (name, unit), (year, why) in self.whys.items()],
            "successor_home": [[u, sorted(above)] for u, above in self.successor_home.items()],
            "was_county": sorted(self.was_county),
            "heirs": sorted(self.heirs),
            "carved": self._carved(),
            "villages": sorted(self.villages.items()),
            "greater_names": sorted(self.greater_names),
            "traditional": self.traditional,
            "probe": matcher.find_overlapping(PROBE),
        }
        return packed.pack(
            {
                "matcher": matcher.serialize(),
                "levels": packed.numbers(self.levels, packed.BYTE),
                "parents": packed.numbers([p + 1 for p in self.parents], packed.INTEGER),
                "first_entries": packed.numbers([0, *accumulate(len(e) for e in entries)], packed.INTEGER),
                "entry_units": packed.numbers([u for e in entries for u, _ in e], packed.INTEGER),
                "entry_flags": packed.numbers([f for e in entries for _, f in e], packed.BYTE),
                "town_homes": packed.numbers([home for home, _, _ in rows], packed.INTEGER),
                "town_units": packed.numbers([u for _, _, units in rows for u in units], packed.INTEGER),
                "codes": "\n".join(self.codes).encode(),
                "unit_names": "\n".join(self.names).encode(),
                "names": "\n".join(names).encode(),
                "town_cores": "\n".join(cores for _, cores, _ in rows).encode(),
                "maps": json.dumps(maps, ensure_ascii=False, separators=(",", ":")).encode(),
            }
        )
