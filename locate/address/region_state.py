"""What has been read of the areas so far: the value the region readers hand on to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

Hits = Mapping[int, list[tuple[int, int]]]  # start -> (end, name id)


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


class Regions:
    """What the front of the text says about areas.

    Not a dataclass: one is made for every address, and what is seldom said costs nothing as a default of the class.
    """

    start: int = 0  # where the chain begins: what stands before it is read as street text too
    conflict: bool = False
    ambiguous: bool = False
    weak: bool = False  # only the head of a name says so
    presumed: bool = False  # the main one of several successors was taken
    town_text: str | None = None  # as written, where the gazetteer has no such township
    candidates: tuple[int, ...] = ()
    old_names: tuple[tuple[str, int], ...] = ()  # (name, unit it means today)
    typos: tuple[tuple[str, int], ...] = ()
    zones: tuple[tuple[str, int], ...] = ()
    restarted: Mapping[int, int] = MappingProxyType({})  # the units of a chain that is being said again
    odd_district: str | None = None  # a district that contradicts what stands before it
    moved: tuple[str, int] | None = None  # (district as written, district today) where a township has moved
    shared: bool = False  # the pieces belong to a remembered chain too
    plain_chain: bool = False  # a remembered chain and nothing else: its text says all
    hits: Hits = MappingProxyType({})  # every name in the text, by where it starts

    def __init__(self, units: dict[int, int] | None = None, end: int = 0) -> None:
        self.units = {} if units is None else units  # possible units and the flags of the names that led there
        self.pieces: list[Piece] = []
        self.end = end

    def own_pieces(self) -> None:
        """To be called before a piece is changed."""
        if self.shared:
            self.pieces = [replace(p) for p in self.pieces]
            self.shared = False
