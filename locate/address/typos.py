"""One wrong sign in an area's name, where only one place fits."""

from __future__ import annotations

from locate.address.gazetteer import CITY, DISTRICT, PROVINCE, TYPO, Gazetteer
from locate.address.readings import subordinate_follows
from locate.address.region_state import Piece, Regions
from locate.address.region_words import NO_TYPO, NOT_TOWN, REGION_WORD


class Typos:
    """Area names of today by their length, to find the one that differs in one sign."""

    def __init__(self, names: Gazetteer) -> None:
        self.g = names
        self._cities = self._by_length(CITY)
        self._districts = self._by_length(DISTRICT)
        self._provinces = self._by_length(PROVINCE)

    def _by_length(self, level: int) -> dict[int, list[int]]:
        out: dict[int, list[int]] = {}
        for u, lv in enumerate(self.g.levels):
            if lv == level and self.g.codes[u]:
                out.setdefault(len(self.g.names[u]), []).append(u)
        return out

    def read(self, form: str, at: int, out: Regions) -> int | None:
        """西胡区 after 杭州市: take it for 西湖区 where nothing else in 杭州 is one sign away. The end, or None."""
        if any(self.g.levels[u] >= DISTRICT for u in out.units) or (not out.units and at > 0 and out.pieces):
            return None
        word = REGION_WORD.match(form, at)
        text = word.group() if word else ""
        if len(text) < 3 or NO_TYPO.search(text) or NOT_TOWN.search(text[:-1]):
            return None
        near = [u for u in self._pool(text, out) if self._one_off(self.g.names[u], text)]
        if not out.units or len(near) > 1:
            # a subordinate right behind it tells which is meant: 航州市西湖区
            near = [u for u in near if subordinate_follows(self.g, form, at + len(text), u)]
        if len(near) != 1:
            return None
        [unit] = near
        out.units = {unit: TYPO}
        out.typos.append((text, unit))
        out.pieces.append(Piece(at, at + len(text), self.g.levels[unit], TYPO, text))
        return at + len(text)

    def _pool(self, text: str, out: Regions) -> list[int]:
        length = len(text)
        if not out.units:
            return self._provinces.get(length, []) + self._cities.get(length, []) if text[-1] in "省市" else []
        pool = self._cities.get(length, []) + self._districts.get(length, [])
        return [u for u in pool if any(u != s and self.g.lies_in(u, s) for s in out.units)]

    @staticmethod
    def _one_off(name: str, text: str) -> bool:
        return name[-1] == text[-1] and sum(a != b for a, b in zip(name, text, strict=True)) == 1
