"""Read the administrative levels off the front of an address: a set of possible units, narrowed sign by sign.

The reader keeps *all* units a text may mean and lets every further name narrow the set; what it cannot narrow it
leaves open (ambiguous), and a name that fits nothing in the set is a contradiction (conflict), never a silent choice.
"""

from __future__ import annotations

from functools import cache

from locate.address.gazetteer import (
    CHAR,
    CITY,
    DISTRICT,
    OLD,
    POI,
    PROVINCE,
    SHORT,
    TOWN,
    ZONE,
    Gazetteer,
    gazetteer,
)
from locate.address.prefixes import Prefixes, resume
from locate.address.readings import narrow, sound_readings
from locate.address.region_state import Hits, Piece, Regions
from locate.address.region_words import (
    BETWEEN_LEVELS,
    COUNTRY,
    COUNTRY_LEVEL,
    FALLBACK_LENGTH,
    FILLER,
    FILLER_SIGNS,
    GAP,
    GAP_SIGNS,
    HEAD_OF_PLACE,
    HEAD_OF_ROAD,
    INSTITUTION,
    ROADISH,
)
from locate.address.settle import settle
from locate.address.townships import read_township
from locate.address.typos import Typos


class RegionReader:
    """Stateless over texts; holds the gazetteer."""

    def __init__(self, names: Gazetteer, *, remember: bool = True) -> None:
        self.g = names
        self.typos = Typos(names)
        self.prefixes = Prefixes(names) if remember else None

    def read(self, form: str, at: int = 0, as_of: int | None = None) -> Regions:
        """``as_of``: the year that the text was written in; without it any year is thought possible."""
        out = Regions(end=at)
        prefix = self.prefixes.find(form) if self.prefixes and at == 0 else None
        if prefix is not None:
            at = prefix.end
            resume(prefix, out)
            if as_of is None and self.prefixes and self.prefixes.ends_here(prefix, form):
                out.plain_chain = True
                return out
        found = self.g.find(form)
        hits: dict[int, list[tuple[int, int]]] = {}
        for start, end, name in found:
            if start >= at:
                if start in hits:
                    hits[start].append((end, name))
                else:
                    hits[start] = [(end, name)]
            elif prefix is not None and end > at and start in prefix.starts:
                # a longer name than the remembered one stands here: everything anew
                out, at, hits = Regions(), 0, {}
                for s, e, n in found:
                    hits.setdefault(s, []).append((e, n))
                break
        out.hits = hits
        self._walk(form, at, hits, out)
        if not out.pieces and hits:
            out = self._elsewhere(form, hits)
        elif out.units and len(form) > out.end and not any(p.level > CITY for p in out.pieces):
            self._resume_behind_a_word(form, hits, out)
        settle(self.g, form, hits, out, as_of)
        return out

    def _walk(self, form: str, at: int, hits: Hits, out: Regions) -> None:
        length = len(form)
        learning = self.prefixes if not out.start and (at == 0 or out.pieces) else None
        while at < length:
            here = at
            if form[at] in GAP_SIGNS:
                gap = GAP.match(form, at)
                here = gap.end() if gap else at
                if here == length:
                    break
            if form[here] in FILLER_SIGNS or form[here] == "中":
                empty = self._say_nothing(form, here, hits, out)
                if empty is not None:
                    out.end = at = empty
                    learning = None
                    continue
            found = hits.get(here)
            taken = self._step(form, here, found, out) if found else None
            if found and taken is not None and learning is not None and not learning.learn(form, found, out):
                learning = None
            if taken is None:
                learning = None
            if taken is None and (out.units or not out.pieces):
                taken = read_township(self.g, form, here, out)
            if taken is None:
                taken = self.typos.read(form, here, out)
            if taken is None:
                self._give_back(form, out)
                return
            at = out.end = taken
        self._give_back(form, out)

    def _say_nothing(self, form: str, here: int, hits: Hits, out: Regions) -> int | None:
        """中国 and the fillers of official tables (市辖区): taken, but they mean nothing."""
        country = COUNTRY.match(form, here)
        if country and (not out.pieces or country.end() in hits or form[country.end() : country.end() + 1] in (" ", ",")):
            out.pieces.append(Piece(here, country.end(), COUNTRY_LEVEL, 0, country.group()))
            return country.end()
        filler = FILLER.match(form, here) if out.pieces or form.startswith("市辖区", here) else None
        if filler and not any(e > filler.end() for e, _ in hits.get(here, ())):
            out.pieces.append(Piece(here, filler.end(), 0, 0, filler.group(), redundant=True))
            return filler.end()
        return None

    def _give_back(self, form: str, out: Regions) -> None:
        """敦煌市敦煌市国土资源局: the second is the head of the institution's name."""
        popped = False
        while len(out.pieces) > 1 and out.pieces[-1].same and INSTITUTION.match(form, out.end):
            out.end = out.pieces.pop().start
            popped = True
        if popped:
            out.own_pieces()
            last = out.pieces[-1]
            out.end = last.end
            kept, out.pieces = out.pieces, []
            for piece in kept:
                piece.redundant = piece.level == 0
            for piece in kept:
                if piece.same:
                    self._repeat(piece, out)
                out.pieces.append(piece)

    def _step(self, form: str, at: int, found: list[tuple[int, int]], out: Regions) -> int | None:
        contradiction: tuple[int, list[tuple[int, int]]] | None = None
        for end, name in sorted(found, reverse=True) if len(found) > 1 else found:
            entries = self.g.entries[name]
            sound = sound_readings(self.g, form, at, end, entries, out)
            if not sound:
                continue
            now, why = narrow(self.g, out.units, sound, form[at:end])
            if now:
                self._accept(form, at, end, sound, now, why, out)
                return end
            full = [u for u, f in sound if not f & (SHORT | CHAR | POI | ZONE) and self.g.levels[u] < TOWN]
            if full and contradiction is None and not ROADISH.match(form, end) and end - at >= 3:
                contradiction = end, [(u, f) for u, f in sound if u in full]
        if contradiction is not None and out.units:
            return self._contradict(form, at, *contradiction, out)
        return None

    def _contradict(self, form: str, at: int, end: int, readings: list[tuple[int, int]], out: Regions) -> int | None:
        """A full area name that fits nothing before it. A chain that starts over is read anew; either way it is a conflict."""
        level = min(self.g.levels[u] for u, _ in readings)
        if level == DISTRICT and self._meant_the_prefecture(form, at, end, readings, out):
            return end
        out.conflict = True
        again = narrow(self.g, out.restarted, readings, form[at:end])[0] if out.restarted else {}
        out.own_pieces()
        if again or (level <= CITY and any(p.level == level for p in out.pieces)):
            for p in out.pieces:
                p.redundant = p.redundant or p.level >= level
            out.units = again or dict(readings)
            out.old_names = tuple((n, u) for n, u in out.old_names if u in out.units)
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

    def _meant_the_prefecture(self, form: str, at: int, end: int, readings: list[tuple[int, int]], out: Regions) -> bool:
        """新疆阿克苏市新和县: 阿克苏市 has no counties, 阿克苏地区 has, and people call it so."""
        if len(out.units) != 1 or not out.pieces:
            return False
        out.own_pieces()
        [city] = out.units
        above, last = self.g.parents[city], out.pieces[-1]
        if self.g.levels[city] != DISTRICT or above < 0 or last.name != self.g.names[city] or last.name[-1] != "市":
            return False
        if not self.g.names[above].startswith(last.name[:-1]):
            return False
        now, why = narrow(self.g, {above: 0}, readings, form[at:end])
        if why != "deeper":
            return False
        last.level = CITY
        self._accept(form, at, end, readings, now, why, out)
        return True

    def _resume_behind_a_word(self, form: str, hits: Hits, out: Regions) -> None:
        """浙江新德/杭州市江干区: a word that is no address stands between two levels."""
        word = BETWEEN_LEVELS.match(form, out.end)
        if not word or any(self.g.levels[u] > CITY for u in out.units):
            return
        for start in range(out.end + 1, word.end() + 1):
            for end, name in hits.get(start, ()):
                full = [(u, f) for u, f in self.g.entries[name] if not f & ~OLD and PROVINCE < self.g.levels[u] < TOWN]
                if full and end - start >= 3 and narrow(self.g, out.units, full, form[start:end])[1] == "deeper":
                    self._walk(form, start, hits, out)
                    return

    def _accept(self, form: str, at: int, end: int, readings: list[tuple[int, int]], now: dict[int, int], why: str, out: Regions) -> None:
        text = form[at:end]
        levels = self.g.levels
        if len(readings) == 1:
            [(unit, flags)] = readings
            level = levels[unit]
        else:
            level = min([levels[u] for u in now] if why != "same" else [levels[u] for u, _ in readings])
            flags = 255
            for u, f in readings:
                if u in now or why == "same":
                    flags &= f
        piece = Piece(at, end, level, flags, text, same=why == "same" and not flags & ZONE)
        if flags & ZONE:
            out.zones += ((text, at),)
        if why == "same" and not flags & ZONE:
            self._repeat(piece, out)
            out.restarted = {u: f for u, f in readings if any(self.g.lies_in(s, u) for s in now)}
        led = now if why != "same" else {u: f for u, f in readings if u in now}
        for u, f in led.items():
            if f & OLD and levels[u] != TOWN:
                out.old_names += ((text, u),)
        out.pieces.append(piece)
        out.units = now

    def _repeat(self, piece: Piece, out: Regions) -> None:
        """A level said again: the earlier run is the superfluous one when the chain starts over, else the later."""
        earlier = [p for p in out.pieces if p.level == piece.level and not p.redundant]
        if not earlier:
            return
        if piece.level == min(p.level for p in out.pieces if p.level and not p.redundant):
            out.own_pieces()
            for p in out.pieces:
                p.redundant = True
        elif piece.level == TOWN and earlier[0] is next((p for p in out.pieces if p.level > 0), None) and len(out.pieces) > 1:
            out.own_pieces()  # 南泗乡广西来宾市兴宾区南泗乡: an export put the township first, the address has it in its place
            for p in out.pieces:
                p.redundant = p.redundant or p.level == TOWN
        else:
            piece.redundant = True

    def _elsewhere(self, form: str, hits: Hits) -> Regions:
        """No region at the front: a full name further on (文三路90号, 杭州市西湖区), or a bare city as head of a place's name."""
        for start in sorted(hits):
            if start > FALLBACK_LENGTH:
                break
            if start == 0 or (form[start - 1] not in " ,()-/" and not self._province_inside(start, hits)):
                continue
            if any(s < start < e for s in hits if s < start for e, _ in hits[s]):
                continue  # 义乌市 holds 乌市
            trial = Regions(end=start)
            trial.start, trial.hits = start, hits
            self._walk(form, start, hits, trial)
            if any(p.level in (PROVINCE, CITY, DISTRICT) and not p.flags & (SHORT | CHAR) for p in trial.pieces):
                if len(trial.pieces) == 1 and form[start - 1] not in " ,()-/":
                    trial = Regions(units=trial.units)  # 177号温州市良荣汽修厂: says where, but belongs to a name
                return trial
        return self._head_of_a_name(form, hits)

    def _head_of_a_name(self, form: str, hits: Hits) -> Regions:
        """北京饭店对面: weak, but it says which city."""
        for end, name in sorted(hits.get(0, ()), reverse=True):
            big = {u: f for u, f in self.g.entries[name] if f & SHORT and self.g.levels[u] <= CITY}
            if len(big) == 1 and not HEAD_OF_ROAD.match(form, end) and HEAD_OF_PLACE.match(form, end):
                out = Regions(units=big)
                out.weak = True
                return out
        return Regions()

    def _province_inside(self, start: int, hits: Hits) -> bool:
        return any(
            not f & (SHORT | CHAR | OLD | POI) and self.g.levels[u] <= CITY and end - start >= 3
            for end, name in hits.get(start, ())
            for u, f in self.g.entries[name]
        )

@cache
def region_reader() -> RegionReader:
    """The one reader of the process."""
    return RegionReader(gazetteer())
