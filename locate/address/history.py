"""What became of an area's name of the past: when, by which deed, what it is today. Read-only; for users and for parse.

    from locate.address.history import changes, successors
    successors("江干区")                           # 上城区 (main) and 钱塘区
    successors("通州市", on=date(2008, 1, 1))      # the one that bore the name on that day

Facts: data/history.csv (scripts/build_gazetteer; sources in data/SOURCES.json). Names of today are not in it unless the
same name meant another unit before.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache

from locate.address.gazetteer import DATA, gazetteer


@dataclass(frozen=True, slots=True)
class Area:
    """A unit of today. ``main``: took the name's seat or most of its land, where several share them."""

    code: str
    name: str
    full_name: str
    main: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A name that ended. ``year`` (and ``day`` where the source says it) is when; ``document`` the letter that decreed it."""

    code: str
    name: str
    year: int
    day: date | None
    successors: tuple[Area, ...]
    why: str
    document: str | None
    source: str


def changes(name_or_code: str, *, on: date | None = None) -> tuple[Change, ...]:
    """Every end of this name (or of this code of the past), oldest first; with ``on`` only those that were in force on that day."""
    table = _by_code() if name_or_code.isdigit() else _by_name()
    found = table.get(name_or_code, ())
    if on is None:
        return found
    return tuple(c for c in found if (c.day > on if c.day else c.year >= on.year))


def successors(name_or_code: str, *, on: date | None = None) -> tuple[Area, ...]:
    """The units of today that a name (or code) of the past leads to, main ones first; empty where it is none of the past."""
    areas = {a.code: a for c in changes(name_or_code, on=on) for a in c.successors}
    return tuple(sorted(areas.values(), key=lambda a: not a.main))


@cache
def _all() -> tuple[Change, ...]:
    with (DATA / "history.csv").open(encoding="utf-8") as f:
        read = [
            Change(
                row["code"],
                row["name"],
                int(row["year"]),
                date.fromisoformat(row["date"]) if row["date"] else None,
                _areas(row["successors"].split("|")),
                row["why"],
                row["document"] or None,
                row["source"],
            )
            for row in csv.DictReader(f)
        ]
    return tuple(sorted(read, key=lambda c: (c.year, c.code)))


def _areas(marked: list[str]) -> tuple[Area, ...]:
    some_main = any(code.endswith("*") for code in marked)
    return tuple(_area(code.rstrip("*"), not some_main or code.endswith("*")) for code in marked)


def _area(code: str, main: bool) -> Area:
    g = gazetteer()
    unit = g.by_code[code]
    return Area(code, g.names[unit], "".join(g.names[u] for u in [*g.chain(unit)][::-1]), main)


@cache
def _by_name() -> dict[str, tuple[Change, ...]]:
    return _grouped({c: c.name for c in _all()})


@cache
def _by_code() -> dict[str, tuple[Change, ...]]:
    return _grouped({c: c.code for c in _all()})


def _grouped(keys: dict[Change, str]) -> dict[str, tuple[Change, ...]]:
    groups: dict[str, list[Change]] = {}
    for change, key in keys.items():
        groups.setdefault(key, []).append(change)
    return {key: tuple(found) for key, found in groups.items()}
