"""What has been read of the areas so far: the value the region readers hand on to each other."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    weak: bool = False  # only the head of a name says so
    presumed: bool = False  # the main one of several successors was taken
    town_text: str | None = None  # as written, where the gazetteer has no such township
    candidates: list[int] = field(default_factory=list)
    old_names: list[tuple[str, int]] = field(default_factory=list)  # (name, unit it means today)
    typos: list[tuple[str, int]] = field(default_factory=list)
    zones: list[tuple[str, int]] = field(default_factory=list)
    restarted: dict[int, int] = field(default_factory=dict)  # the units of a chain that is being said again
    odd_district: str | None = None  # a district that contradicts what stands before it
    moved: tuple[str, int] | None = None  # (district as written, district today) where a township has moved
