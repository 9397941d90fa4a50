"""Read the administrative levels off the front of an address: a set of possible units, narrowed sign by sign.

The reader keeps *all* units a text may mean and lets every further name narrow the set; what it cannot narrow it
leaves open (ambiguous), and a name that fits nothing in the set is a contradiction (conflict), never a silent choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from locate.address.gazetteer import (
    CHAR,
    CITY,
    DISTRICT,
    OLD,
    PLAIN,
    POI,
    PROVINCE,
    SECOND,
    SHORT,
    TOWN,
    TOWN_KIND,
    TYPO,
    ZONE,
    Gazetteer,
    gazetteer,
    villages,
)
from locate.address.villagehash import village_hash

# After a name without its suffix these signs say that the name is only the head of a longer name.
_HEAD_OF_ROAD = re.compile(
    r"[东南西北中上下前后新老大小直横]?(?:[一二三四五六七八九十]|\d+|环|外|内)*(?:号)?(?:路|街(?!道)|大街|大道|道(?!\d|里)|巷|弄|胡同|公路|快速|高架|线)"
)
_HEAD_OF_PLACE = re.compile(
    r"(?:桥|村|社区|小区|新村|花园|家园|佳园|嘉园|苑|大厦|大楼|广场|公寓|公园(?!路|街)|医院(?!路|街)|大学(?!路|街|城)|学院|师范|工业(?!园|区)|中学(?!路|街)|小学|饭店|"
    r"镇|乡|街道|群岛|岛|宾馆|大酒店|酒店|银行|车站|机场|公司|集团|人家|印象|故事|豪庭|名城|之|门|商会|[一二三四五六七八九]区|城(?!区|关|东|西|南|北|中|乡)|港(?!区)|湾|山庄)"
)
_ROADISH = re.compile(r"[东南西北中]?(?:[一二三四五六七八九十]|\d)*(?:路|街(?!道)|大道|大街|巷|弄|胡同)")
_GAP = re.compile(r"(?:[ ,/\-_|()+*'\"“”!?;<>]|null|NULL)*")
_COUNTRY = re.compile(r"(?:中华人民共和国|中国)(?=$|[^人银建工农移联石中电邮铁太平])")
_CAPITALS = frozenset(("110000", "120000", "310000", "500000"))
# Words that stand between levels in official tables and exports, and mean nothing.
_FILLER = re.compile(r"(?:市辖区|省直辖县级行政区划|自治区直辖县级行政区划|直辖县级|直辖县|县(?=[一-龥]{2,}县)|其它地区|其他地区|其它区|其他区)")
_TOWN_UNLISTED = re.compile(r"[一-龥]{1,6}?(?:街道办事处|街道办|街办事处|街道|民族乡|镇(?!政府|中学|小学|卫生|人民|海|江市|[一-龥]?[路街]|村)|乡(?!村|政府|间|里|下|[一-龥]?[路街])|苏木)")
_NOT_TOWN = re.compile(r"[路街巷弄号村区园厦楼栋幢桥市县省]")
_REGION_WORD = re.compile(r"[一-龥]{2,7}?[省市区县旗州盟]")
_NO_TYPO = re.compile(r"(?:小区|园区|新区|社区|校区|景区|片区|库区|厂区|城区|地区|开发区|工业区|郊区|矿区|高新区|经开区|保税区|东区|西区|南区|北区|中区|[ABCDEF]区|一区|二区|三区|.期|辖区|超市|门市|城市|夜市|都市|菜市|街市|集市)$")
# A bare township name is only believed when what follows can stand as a name of its own.
_NEAR_SUFFIX = re.compile(r"[一-龥]?(?:路|街|大道|大街|道|巷|弄|村|社区|小区|新村|花园|苑|大厦|广场|公寓|公园|医院|大学|中学|小学|市场|桥)")
_VILLAGE = re.compile(r"[ ,]*([一-龥]{2,7}?)(?:村|社区|居委会|居)")
_BEFORE_ROAD = re.compile(r"[一-龥]?(?:路|街(?!道)|大道|巷|弄|胡同)(?!\w*[市区县])")
_JOINED = frozenset("山湖河江港门开工经新高科产创农物电商保管批里区园")  # a bare township name before these heads a zone's name
YOUNG = 1990  # a county-level unit first named since then was cut out of others
_INSTITUTION = re.compile(r"[一-龥]{0,12}?(?:公司|厂|局|院|学校|中学|小学|大学|幼儿园|银行|支行|医院|派出所|法院|政府|委员会|协会|监狱|车站|客运站|集团|仓库|物流园|工业园|百货)")
COUNTRY = -1  # the level of 中国, which says nothing
FALLBACK_LENGTH = 60


@dataclass(slots=True)
class Piece:
    """One region name found: where, on which level it stands, and how."""

    start: int
    end: int
    level: int
    flags: int
    name: str
    redundant: bool = False
    same: bool = False  # says nothing that was not said before it


@dataclass(slots=True)
class Regions:
    """What the front of the text says about areas."""

    units: dict[int, int] = field(default_factory=dict)  # possible units and the flags of the names that led there
    pieces: list[Piece] = field(default_factory=list)
    start: int = 0  # where the chain begins: what stands before it is read as street text too
    end: int = 0
    conflict: bool = False
    ambiguous: bool = False
    weak: bool = False
    town_text: str | None = None  # as written, where the gazetteer has no such township
    candidates: list[int] = field(default_factory=list)
    old_names: list[tuple[str, int]] = field(default_factory=list)  # (name, unit it means today)
    typos: list[tuple[str, int]] = field(default_factory=list)
    zones: list[tuple[str, int]] = field(default_factory=list)
    restarted: dict[int, int] = field(default_factory=dict)  # the units of a chain that is being said again
    odd_district: str | None = None  # a district that contradicts what stands before it
    moved: tuple[str, int] | None = None  # (district as written, district today) where a township has moved


class RegionReader:
    """Stateless over texts; holds the gazetteer."""

    def __init__(self, names: Gazetteer) -> None:
        self.g = names
        self.cities_by_length = self._by_length(CITY)
        self.districts_by_length = self._by_length(DISTRICT)
        self.provinces = [u for u in range(len(names.codes)) if names.levels[u] == PROVINCE]

    def _by_length(self, level: int) -> dict[int, list[int]]:
        out: dict[int, list[int]] = {}
        for u, lv in enumerate(self.g.levels):
            if lv == level and self.g.codes[u]:
                out.setdefault(len(self.g.names[u]), []).append(u)
        return out

    # -- the chain -----------------------------------------------------------------------------------------------
    def read(self, form: str, at: int = 0) -> Regions:
        hits: dict[int, list[tuple[int, int]]] = {}
        for start, end, name in self.g.find(form):
            hits.setdefault(start, []).append((end, name))
        out = Regions(end=at)
        self._walk(form, at, hits, out)
        if not out.pieces and hits:
            self._elsewhere(form, hits, out)
        self._settle(form, hits, out)
        return out

    def _walk(self, form: str, at: int, hits: dict[int, list[tuple[int, int]]], out: Regions) -> None:
        length = len(form)
        while at < length:
            gap = _GAP.match(form, at)
            here = gap.end() if gap else at
            country = _COUNTRY.match(form, here)
            if country and (not out.pieces or country.end() in hits or form[country.end() : country.end() + 1] in (" ", ",")):
                out.pieces.append(Piece(here, country.end(), COUNTRY, 0, country.group()))
                out.end = at = country.end()
                continue
            filler = _FILLER.match(form, here) if out.pieces or form.startswith("市辖区", here) else None
            if filler and not self._longer_hit(here, filler.end(), hits):
                out.pieces.append(Piece(here, filler.end(), 0, 0, filler.group(), redundant=True))
                out.end = at = filler.end()
                continue
            taken = self._step(form, here, hits.get(here), out)
            if taken is None and (out.units or not out.pieces):
                taken = self._town_without_suffix(form, here, out)
            if taken is None:
                taken = self._typo(form, here, out)
            if taken is None:
                self._give_back(form, out)
                return
            at = out.end = taken
        self._give_back(form, out)

    def _give_back(self, form: str, out: Regions) -> None:
        """敦煌市敦煌市国土资源局: the second is the head of the institution's name."""
        popped = False
        while len(out.pieces) > 1 and out.pieces[-1].same and _INSTITUTION.match(form, out.end):
            out.end = out.pieces.pop().start
            popped = True
        if popped:
            last = out.pieces[-1]
            out.end = last.end
            kept, out.pieces = out.pieces, []
            for piece in kept:
                piece.redundant = piece.level == 0
            for piece in kept:
                if piece.same:
                    self._repeat(piece, out)
                out.pieces.append(piece)

    def _longer_hit(self, start: int, end: int, hits: dict[int, list[tuple[int, int]]]) -> bool:
        return any(e > end for e, _ in hits.get(start, ()))

    def _step(self, form: str, at: int, found: list[tuple[int, int]] | None, out: Regions) -> int | None:
        if not found:
            return None
        contradiction: tuple[int, list[tuple[int, int]]] | None = None
        for end, name in sorted(found, reverse=True) if len(found) > 1 else found:
            entries = self.g.entries[name]
            sound = self._sound(form, at, end, entries, out)
            if not sound:
                continue
            now, why = self._narrow(out.units, sound, form[at:end])
            if now:
                self._accept(form, at, end, sound, now, why, out)
                return end
            full = [u for u, f in sound if not f & (SHORT | CHAR | POI | ZONE) and self.g.levels[u] < TOWN]
            if full and contradiction is None and not _ROADISH.match(form, end) and end - at >= 3:
                contradiction = end, [(u, f) for u, f in sound if u in full]
        if contradiction is not None and out.units:
            return self._contradict(form, at, *contradiction, out)
        return None

    def _contradict(self, form: str, at: int, end: int, readings: list[tuple[int, int]], out: Regions) -> int | None:
        """A full area name that fits nothing before it. A chain that starts over is read anew; either way it is a conflict."""
        level = min(self.g.levels[u] for u, _ in readings)
        out.conflict = True
        again = self._narrow(out.restarted, readings, form[at:end])[0] if out.restarted else {}
        if again or (level <= CITY and any(p.level == level for p in out.pieces)):
            for p in out.pieces:
                p.redundant = p.redundant or p.level >= level
            out.units = again or dict(readings)
            out.old_names = [(n, u) for n, u in out.old_names if u in out.units]
            out.town_text = out.moved = None
            out.pieces.append(Piece(at, end, level, 0, form[at:end]))
            return end
        if any(self.g.levels[u] == TOWN for u in out.units):
            out.conflict = False
            return None
        out.pieces.append(Piece(at, end, level, 0, form[at:end]))
        if level == DISTRICT and out.odd_district is None:
            out.odd_district = form[at:end]
        return end

    def _sound(self, form: str, at: int, end: int, entries: tuple[tuple[int, int], ...], out: Regions) -> list[tuple[int, int]]:
        """The readings of a name that its right neighbour allows."""
        road: bool | None = None
        sound = []
        for unit, flags in entries:
            level = self.g.levels[unit]
            if flags & CHAR:
                if out.pieces and not (len(out.pieces) == 1 and out.pieces[0].end == at and out.pieces[0].flags & CHAR):
                    continue
                if not self._subordinate_follows(form, end, unit):
                    continue
            elif flags & SHORT:
                if flags & PLAIN and not any(self._city_like(u) for u in out.units):
                    continue
                if road is None:
                    road = bool(_HEAD_OF_ROAD.match(form, end) or _HEAD_OF_PLACE.match(form, end))
                if road and not (level <= CITY and self._subordinate_follows(form, end, unit)):
                    continue
                if not out.units and _BEFORE_ROAD.match(form, end):
                    continue
                if not out.units and level == DISTRICT and not self._stands_alone(form, end, unit, entries):
                    continue
            elif flags & POI:
                continue
            elif level == TOWN or level == DISTRICT:
                if road is None:
                    road = bool(_ROADISH.match(form, end))
                if road and level == DISTRICT and self._subordinate_follows(form, end, unit):
                    road = False
                if road and (level == TOWN or flags & OLD or not out.units or form[end - 1] == "区"):
                    continue  # 鄞县大道, 长安镇街: the name is a road's
                if level == TOWN and not TOWN_KIND.search(form, at, end) and (not out.units or end - at < 3):
                    continue  # 高新区, 商业城: township-level by code, but everyone's words
            sound.append((unit, flags))
        return sound

    def _stands_alone(self, form: str, end: int, unit: int, entries: tuple[tuple[int, int], ...]) -> bool:
        """May this district's bare name open an address? Counties and county-level cities; of 区 those named once in China."""
        if self.g.names[unit][-1] in "市县旗" or unit in self.g.was_county:
            return True
        return len({u for u, _ in entries}) == 1 and not _NEAR_SUFFIX.match(form, end)

    def _city_like(self, unit: int) -> bool:
        return self.g.levels[unit] == CITY or self.g.codes[unit] in _CAPITALS

    def _subordinate_follows(self, form: str, at: int, unit: int) -> bool:
        for end in range(min(len(form), at + 9), at, -1):
            name = self.g.name_ids.get(form[at:end])
            if name is not None:
                for u, f in self.g.entries[name]:
                    if u != unit and not f & ZONE and self.g.lies_in(u, unit) and (end - at > 1 or f & CHAR):
                        return True
        return False

    def _narrow(self, units: dict[int, int], readings: list[tuple[int, int]], text: str) -> tuple[dict[int, int], str]:
        """The possible units after one more name; empty where the name fits none of them."""
        if not units:
            now: dict[int, int] = {}
            if all(self.g.levels[u] == TOWN for u, _ in readings):
                # its kind may have changed since: 运河镇 is any 运河街道 too
                readings = readings + [(u, SHORT) for u in self.g.towns_named(TOWN_KIND.sub("", text)) if u not in {r for r, _ in readings}]
            for u, f in readings:
                if f & OLD and u in now:
                    continue
                now[u] = min(now.get(u, f), f)
            if len(now) > 1:
                sure = [u for u, f in now.items() if not f & OLD]
                now = {u: f for u, f in now.items() if not f & OLD or not any(u != s and self.g.lies_in(u, s) for s in sure)}
            return now, "start"
        lies_in = self.g.lies_in
        deeper: dict[int, int] = {}
        same: dict[int, int] = {}
        old_context = any(f & OLD for f in units.values())
        for u, f in readings:
            for s, sf in units.items():
                if u != s and lies_in(u, s):
                    deeper[u] = min(deeper.get(u, 255), f | (sf & SECOND))
                elif u == s or lies_in(s, u):
                    if f & ZONE and u == s:
                        same[s] = sf
                        continue
                    same[s] = sf if u != s or not sf & SECOND else f
        # a unit that a name states exactly beats one that only an old name states, unless the context is old too
        if same and deeper:
            if old_context and any(f & OLD for f in deeper.values()):
                return deeper, "deeper"
            exact = {u: f for u, f in deeper.items() if not f & (OLD | SHORT)}
            if exact:
                return exact, "deeper"
            return same, "same"
        if deeper:
            exact = {u: f for u, f in deeper.items() if not f & OLD}
            return exact or deeper, "deeper"
        return same, "same"

    def _accept(self, form: str, at: int, end: int, readings: list[tuple[int, int]], now: dict[int, int], why: str, out: Regions) -> None:
        text = form[at:end]
        levels = {self.g.levels[u] for u in now} if why != "same" else {self.g.levels[u] for u, _ in readings}
        level = min(levels)
        flags = 255
        for u, f in readings:
            if u in now or why == "same":
                flags &= f
        piece = Piece(at, end, level, flags, text, same=why == "same" and not flags & ZONE)
        if flags & ZONE:
            out.zones.append((text, at))
        if why == "same" and not flags & ZONE:
            self._repeat(piece, out)
            out.restarted = {u: f for u, f in readings if any(self.g.lies_in(s, u) for s in now)}
        led = now if why != "same" else {u: f for u, f in readings if u in now}
        out.old_names += [(text, u) for u, f in led.items() if f & OLD and self.g.levels[u] != TOWN]
        out.pieces.append(piece)
        out.units = now

    def _repeat(self, piece: Piece, out: Regions) -> None:
        """A level said again: the earlier run is the superfluous one when the chain starts over, else the later."""
        earlier = [p for p in out.pieces if p.level == piece.level and not p.redundant]
        if not earlier:
            return
        if piece.level == min(p.level for p in out.pieces if p.level and not p.redundant):
            for p in out.pieces:
                p.redundant = True
        else:
            piece.redundant = True

    # -- townships -----------------------------------------------------------------------------------------------
    def _homes(self, out: Regions) -> list[int]:
        homes: list[int] = []
        for u in out.units:
            if self.g.levels[u] == TOWN:
                return []
            if self.g.levels[u] == DISTRICT or u in self.g.towns:
                homes.append(u)
        return homes

    def _town_without_suffix(self, form: str, at: int, out: Regions) -> int | None:
        """华舍 after 柯桥区, 虎门 after 东莞; and townships the gazetteer does not list (their kind-sign tells)."""
        homes = self._homes(out)
        if any(self.g.levels[u] == TOWN for u in out.units) or out.town_text:
            return None
        written = _TOWN_UNLISTED.match(form, at)
        if written and not out.units:
            if len(written.group()) < 3 or _NOT_TOWN.search(written.group()[:-2]):
                return None
            out.town_text = written.group()
            out.pieces.append(Piece(at, written.end(), TOWN, 0, written.group()))
            return written.end()
        if (written and self._is_town(written.group(), homes)) or (written and not _NOT_TOWN.search(written.group()[:-2] if written.group().endswith("街道") else written.group()[:-1])):
            core = TOWN_KIND.sub("", written.group())
            units = {t: 0 for h in homes if (t := self.g.towns[h].get(core) if h in self.g.towns else None) is not None}
            if not units and not homes:
                units = {t: 0 for u in out.units for t in self._towns_below(u, core)}
            if not units and homes:
                moved = self._moved_town(core, homes)
                if moved is not None:
                    return self._take_moved(form, at, written.end(), moved, homes, out)
            if units:
                out.units = units
            else:
                out.town_text = written.group()
            out.pieces.append(Piece(at, written.end(), TOWN, 0, written.group()))
            return written.end()
        if not homes:
            return self._bare_town_of_city(form, at, out)
        for end in range(min(len(form), at + 6), at + 1, -1):
            core = form[at:end]
            units = {t: SHORT for h in homes if (t := self.g.towns[h].get(core) if h in self.g.towns else None) is not None}
            if units:
                if core[-1] in "路街道巷" or _HEAD_OF_ROAD.match(form, end) or _NEAR_SUFFIX.match(form, end):
                    continue
                if form[end : end + 1] in _JOINED:
                    continue
                out.units = units
                out.pieces.append(Piece(at, end, TOWN, SHORT, core))
                return end
        for end in range(min(len(form), at + 4), at + 1, -1):
            moved = self._moved_town(form[at:end], homes)
            if moved is not None and form[end - 1] not in "路街道巷" and not _HEAD_OF_ROAD.match(form, end) and not _NEAR_SUFFIX.match(form, end):
                home = self.g.parents[moved] if self.g.levels[moved] == TOWN else moved
                if self.g.since.get(home, 0) >= YOUNG:
                    return self._take_moved(form, at, end, moved, homes, out)
        return None

    def _bare_town_of_city(self, form: str, at: int, out: Regions) -> int | None:
        """下沙 after 杭州市: where the city has one township of the name."""
        if len(out.units) != 1:
            return None
        [city] = out.units
        if not self._city_like(city):
            return None
        for end in range(min(len(form), at + 5), at + 1, -1):
            core = form[at:end]
            if core[-1] in "路街道巷" or form[end : end + 1] in _JOINED or _HEAD_OF_ROAD.match(form, end) or _NEAR_SUFFIX.match(form, end):
                continue
            found = self._towns_below(city, core)
            if len(found) == 1:
                out.units = {found[0]: SHORT}
                out.pieces.append(Piece(at, end, TOWN, SHORT, core))
                return end
        return None

    def _is_town(self, text: str, homes: list[int]) -> bool:
        core = TOWN_KIND.sub("", text)
        return any(core in self.g.towns.get(h, {}) for h in homes)

    def _towns_below(self, unit: int, core: str) -> list[int]:
        found = []
        stack = [unit]
        while stack:
            u = stack.pop()
            t = self.g.towns.get(u, {}).get(core)
            if t is not None:
                found.append(t)
            stack.extend(c for c in self.g.children.get(u, ()) if self.g.levels[c] <= DISTRICT)
        return found

    def _moved_town(self, core: str, homes: list[int]) -> int | None:
        """The township of this name in a district that was cut out of (or inherited part of) the district named."""
        if len(homes) != 1:
            return None
        home = homes[0]
        parent = self.g.parents[home]
        for d in self.g.children.get(parent, ()):
            if d != home and self.g.since.get(d, 0) >= YOUNG and self.g.names[d][:-1] == core:
                return d  # the township itself became a county-level unit: 龙港镇 → 龙港市
        rivals = [t for d in self.g.children.get(parent, ()) if d != home and (t := self.g.towns.get(d, {}).get(core)) is not None]
        return rivals[0] if len(rivals) == 1 else None

    def _take_moved(self, form: str, at: int, end: int, town: int, homes: list[int], out: Regions) -> int:
        g = self.g
        new_home = g.parents[town] if g.levels[town] == TOWN else town
        young = g.since.get(new_home, 0) >= YOUNG
        once = any(f & OLD for f in out.units.values())
        piece = Piece(at, end, TOWN, 0, form[at:end])
        out.pieces.append(piece)
        if young or once:
            district = next((p.name for p in out.pieces if p.level == DISTRICT), g.names[homes[0]])
            out.moved = (district, new_home)
            out.units = {town: 0}
        else:
            out.town_text = form[at:end]
        return end

    # -- one wrong sign ------------------------------------------------------------------------------------------
    def _typo(self, form: str, at: int, out: Regions) -> int | None:
        if any(self.g.levels[u] >= DISTRICT for u in out.units):
            return None
        if not out.units and at > 0 and out.pieces:
            return None
        word = _REGION_WORD.match(form, at)
        if not word or not len(word.group()) >= 3 or _NO_TYPO.search(word.group()):
            return None
        text = word.group()
        if _NOT_TOWN.search(text[:-1]):
            return None
        pools: list[int] = []
        if not out.units:
            if text[-1] in "省市":
                pools = [u for u in self.provinces + self.cities_by_length.get(len(text), []) if len(self.g.names[u]) == len(text)]
        else:
            for table in (self.cities_by_length, self.districts_by_length):
                for u in table.get(len(text), ()):
                    if any(self.g.lies_in(u, s) and u != s for s in out.units):
                        pools.append(u)
        near = [u for u in pools if sum(a != b for a, b in zip(self.g.names[u], text, strict=True)) == 1 and self.g.names[u][-1] == text[-1]]
        if not out.units or len(near) > 1:
            # a subordinate right behind it tells which is meant: 航州市西湖区
            near = [u for u in near if self._subordinate_follows(form, word.end(), u)]
        if len(near) != 1:
            return None
        unit = near[0]
        out.units = {unit: TYPO}
        out.typos.append((text, unit))
        out.pieces.append(Piece(at, word.end(), self.g.levels[unit], TYPO, text))
        return word.end()

    # -- regions not at the front --------------------------------------------------------------------------------
    def _elsewhere(self, form: str, hits: dict[int, list[tuple[int, int]]], out: Regions) -> None:
        """No region at the front: a full name further on (文三路90号, 杭州市西湖区), or a bare city as head of a place's name."""
        for start in sorted(hits):
            if start > FALLBACK_LENGTH:
                break
            if start == 0 or (form[start - 1] not in " ,()-/" and not self._province_inside(start, hits)):
                continue
            if any(s < start < e for s in hits if s < start for e, _ in hits[s]):
                continue  # 义乌市 holds 乌市
            trial = Regions(end=start)
            self._walk(form, start, hits, trial)
            best = max((p.level for p in trial.pieces if not p.flags & (SHORT | CHAR)), default=0)
            if trial.pieces and best in (PROVINCE, CITY, DISTRICT):
                if len(trial.pieces) == 1 and form[start - 1] not in " ,()-/":
                    out.units = trial.units  # 文三路177号温州市良荣汽修厂: says where, but belongs to a name
                    return
                out.start, out.end = start, trial.end
                out.odd_district, out.restarted = trial.odd_district, trial.restarted
                out.units, out.pieces, out.conflict = trial.units, trial.pieces, trial.conflict
                out.old_names, out.typos, out.zones, out.moved, out.town_text = trial.old_names, trial.typos, trial.zones, trial.moved, trial.town_text
                return
        first = hits.get(0)
        if not first:
            return
        for end, name in sorted(first, reverse=True):
            big = {u: f for u, f in self.g.entries[name] if f & SHORT and self.g.levels[u] <= CITY}
            if len(big) == 1 and not _HEAD_OF_ROAD.match(form, end) and _HEAD_OF_PLACE.match(form, end):
                out.units, out.weak = big, True
                return

    def _province_inside(self, start: int, hits: dict[int, list[tuple[int, int]]]) -> bool:
        return any(
            not f & (SHORT | CHAR | OLD | POI) and self.g.levels[u] <= CITY and end - start >= 3
            for end, name in hits.get(start, ())
            for u, f in self.g.entries[name]
        )

    # -- the verdict ---------------------------------------------------------------------------------------------
    def _settle(self, form: str, hits: dict[int, list[tuple[int, int]]], out: Regions) -> None:
        if len(out.units) > 1:
            self._ask_townships(hits, out)
        if len(out.units) > 1:
            self._ask_villages(form, out)
        if len(out.units) > 1:
            self._drop_subordinate_doubles(out)
        if len(out.units) > 1:
            main = {u: f for u, f in out.units.items() if not f & SECOND}
            if main and len(main) < len(out.units):
                out.units = main
        if len(out.units) > 1 and any(p.level >= DISTRICT for p in out.pieces):
            recent = {u: f for u, f in out.units.items() if not f & OLD or self._recent(u, out)}
            if recent:
                out.units = recent
        self._rivals_unsuffixed(form, hits, out)

    def _recent(self, unit: int, out: Regions) -> bool:
        return any(self.g.whys.get((name, unit), (9999, ""))[0] >= 2000 for name, u in out.old_names if u == unit)

    def _ask_townships(self, hits: dict[int, list[tuple[int, int]]], out: Regions) -> None:
        """A township's full name further on may settle which of the candidates is meant."""
        for start in sorted(hits):
            if start < out.end:
                continue
            for _, name in sorted(hits[start], reverse=True):
                fits = {
                    s: f
                    for s, f in out.units.items()
                    if any(self.g.levels[u] == TOWN and not tf & SHORT and self.g.lies_in(u, s) for u, tf in self.g.entries[name])
                }
                if len(fits) == 1:
                    out.units = fits
                    return

    def _ask_villages(self, form: str, out: Regions) -> None:
        """长安镇霄边社区: only one of the eleven 长安镇 has that village."""
        found = _VILLAGE.match(form, out.end)
        if not found:
            return
        homes = {self.g.by_code.get(c, -1) if len(c) == 6 else self.g.town_by_code(c) for c, _ in villages().homes(village_hash(found.group(1)))}
        fits = {u: f for u, f in out.units.items() if any(h >= 0 and self.g.lies_in(h, u) for h in homes)}
        if len(fits) == 1:
            out.units = fits

    def _drop_subordinate_doubles(self, out: Regions) -> None:
        """日喀则市 is the city and, once, a county-level city in it: only what both say is said."""
        units = out.units
        tops = [s for s in units if all(self.g.lies_in(u, s) for u in units)]
        if len(tops) == 1:
            out.units = {tops[0]: units[tops[0]]}

    def _rivals_unsuffixed(self, form: str, hits: dict[int, list[tuple[int, int]]], out: Regions) -> None:
        """北京上海路: two great names side by side, neither with its suffix, nothing else: not settled."""
        if len(out.pieces) != 1 or not out.pieces[0].flags & SHORT or not out.units:
            return
        piece = out.pieces[0]
        for end, name in hits.get(piece.end, ()):
            for u, f in self.g.entries[name]:
                if f & SHORT and self.g.levels[u] <= CITY and _ROADISH.match(form, end) and not any(self.g.lies_in(u, s) or self.g.lies_in(s, u) for s in out.units) and end >= len(form.rstrip("0123456789号 ")) - 2:
                    out.candidates = [*out.units, u]
                    out.units = {}
                    out.ambiguous = True
                    return


_reader: RegionReader | None = None


def region_reader() -> RegionReader:
    global _reader  # noqa: PLW0603  one per process, like the gazetteer
    if _reader is None:
        _reader = RegionReader(gazetteer())
    return _reader
