"""One wrong sign in an area's name, where only one place fits."""

from __future__ import annotations

from locate.address.gazetteer import DISTRICT, PROVINCE, TYPO, Gazetteer
from locate.address.readings import subordinate_follows
from locate.address.region_state import Piece, Regions
from locate.address.region_words import NO_TYPO, NOT_TOWN, REGION_WORD


class Typos:
    """Area names of today with one sign left open, to find the one that differs in that sign."""

    def __init__(self, names: Gazetteer) -> None:
        self.g = names
        self._open: dict[tuple[int, str, str], list[int]] = {}

    def read(self, form: str, at: int, out: Regions) -> int | None:
        """西胡区 after 杭州市: take it for 西湖区 where nothing else in 杭州 is one sign away. The end, or None."""
        for u in out.units:
            if self.g.levels[u] >= DISTRICT:
                return None
        if not out.units and at > 0 and out.pieces:
            return None
        word = REGION_WORD.match(form, at)
        text = word.group() if word else ""
        if len(text) < 3 or NO_TYPO.search(text) or NOT_TOWN.search(text[:-1]):
            return None
        near = self._near(text, out)
        if not out.units or len(near) > 1:
            # a subordinate right behind it tells which is meant: 航州市西湖区
            near = [u for u in near if subordinate_follows(self.g, out, at + len(text), u)]
        if len(near) != 1:
            return None
        [unit] = near
        out.units = {unit: TYPO}
        out.typos += ((text, unit),)
        out.pieces.append(Piece(at, at + len(text), self.g.levels[unit], TYPO, text))
        return at + len(text)

    def _near(self, text: str, out: Regions) -> list[int]:
        """Units whose names differ from the text in exactly one sign, not the last, and lie in what was read."""
        if not out.units and text[-1] not in "省市":
            return []
        if not self._open:
            self._learn()
        found = [u for i in range(len(text) - 1) for u in self._open.get((i, text[:i], text[i + 1 :]), ()) if self.g.names[u] != text]
        if not out.units:
            return [u for u in found if self.g.levels[u] < DISTRICT]
        return [u for u in found if self.g.levels[u] > PROVINCE and any(u != s and self.g.lies_in(u, s) for s in out.units)]

    def _learn(self) -> None:
        for u, level in enumerate(self.g.levels):
            if level <= DISTRICT and self.g.codes[u]:
                name = self.g.names[u]
                for i in range(len(name) - 1):
                    self._open.setdefault((i, name[:i], name[i + 1 :]), []).append(u)
