"""All that follows from the areas alone: kept, since the addresses of a file open alike.

Nothing here looks at what stands below the areas. The memory is bounded and holds results only; reading with and without
it gives the same (tests/locate/address/test_head.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from locate.address.areas import CAPITALS, Areas, areas_of
from locate.address.candidates import candidates_of
from locate.address.canonical import areas_line
from locate.address.findings import corrections_of, issues_of
from locate.address.gazetteer import CITY, DISTRICT, PROVINCE, SHORT, TOWN, ZONE, Gazetteer
from locate.address.model import Candidate, Correction, Issue
from locate.address.region_state import Regions

MOST = 30_000
"""Heads kept in a process."""
Span = tuple[int, int, str]
_RURAL_TOWN = ("乡", "镇", "苏木")
_LEVEL_LABEL = {PROVINCE: "prov", CITY: "city", DISTRICT: "district", TOWN: "town", 0: "redundant", -1: "country"}
_ALL_FLAGS = 255
_MUNICIPAL = frozenset(CAPITALS) | {name[:-1] for name in CAPITALS}


@dataclass(frozen=True, slots=True)
class Head:
    """What the areas of a text come to."""

    areas: Areas
    spans: tuple[Span, ...]
    """The settled areas, labelled, in order."""
    starts: frozenset[int]
    """Where those spans begin."""
    home: int
    """The four digits of the prefecture, where all possible units lie in one; else 0."""
    corrections: tuple[Correction, ...]
    issues: tuple[Issue, ...]
    issues_after: tuple[Issue, ...]
    """What is said after what the rest of the text gives."""
    line: str
    """The areas as they stand on the envelope."""
    code: str
    """Six digits of the county, or what stands for them where they are open."""
    postcode: str | None
    rural: bool
    candidates: tuple[Candidate, ...]


_kept: dict[object, Head] = {}


def head_of(g: Gazetteer, form: str, r: Regions) -> Head:
    """The head of the text ``form`` that was read as ``r``."""
    # A remembered chain with nothing after it says all by its text; else all that the reading may have found counts.
    key: object = form[: r.end] if r.plain_chain else (
        form[r.start : r.end], r.start, tuple(r.units.items()), tuple([(p.start, p.end, p.level, p.flags, p.redundant) for p in r.pieces]),
        r.conflict, r.ambiguous, r.weak, r.presumed, r.town_text, r.candidates, r.old_names, r.typos, r.zones, r.odd_district, r.moved,
    )  # fmt: skip
    head = _kept.get(key)
    if head is None:
        if len(_kept) >= MOST:
            _kept.clear()
        head = _kept[key] = _made(g, r)
    return head


def _made(g: Gazetteer, r: Regions) -> Head:
    areas = areas_of(g, r)
    corrections = corrections_of(g, r, areas)
    before, after = issues_of(g, r, areas, corrections)
    postcode = next((g.postcodes[u] for u in g.chain(areas.unit) if u in g.postcodes), None)
    if postcode is None and areas.known:
        after += (Issue.POSTCODE_UNKNOWN,)
    names = [n or "" for n in (areas.province, areas.city, areas.district, *[z for z, _ in r.zones], _town_on_the_line(r, areas))]
    code = areas.code[:6] if areas.code else "?" + "/".join(n or "" for n in (areas.province, areas.city, *_open_names(g, r)))
    spans = area_spans(r)
    return Head(
        areas, spans, frozenset(start for start, _, _ in spans), home_of(g, r), corrections, before, after, areas_line(names), code, postcode,
        bool(areas.town and areas.town.endswith(_RURAL_TOWN)), candidates_of(g, r),
    )  # fmt: skip


def area_spans(r: Regions) -> tuple[Span, ...]:
    """The areas that the gazetteer settled, as labelled spans."""
    out: list[Span] = []
    for p in r.pieces:
        if p.redundant:
            label = "redundant" if p.level >= 0 else "country"
        elif p.flags & ZONE and p.flags != _ALL_FLAGS and p.level >= 0:
            label = "devzone"
        else:
            label = _LEVEL_LABEL[p.level]
            if label == "prov" and p.name in _MUNICIPAL:
                label = "city"
        out.append((p.start, p.end, label))
    return tuple(out)


def home_of(g: Gazetteer, r: Regions) -> int:
    """The four digits of the prefecture, where all possible units lie in one; else 0."""
    found = 0
    for unit in r.units:
        code = g.codes[unit]
        home = int(code[:4]) if code else 0
        if found not in (0, home):
            return 0
        found = home
    return found


def _town_on_the_line(r: Regions, areas: Areas) -> str | None:
    """Standard, but as written where it stands bare before a name: 望京西园 must not become 望京街道西园."""
    last = r.pieces[-1] if r.pieces else None
    return last.name if last and last.level == TOWN and last.flags & SHORT and last.end == r.end else areas.town


def _open_names(g: Gazetteer, r: Regions) -> list[str]:
    return sorted({g.names[u] for u in r.units}) if len(r.units) > 1 else []
