"""Blocks: addresses that can be one place share at least one of these keys, and only such are compared.

Three kinds, each proof against another slip: all numerals below the district in a row (names may be wrong), the estate with
its numbers (the road may be missing), and the road or village with its number. Facts: docs/address-matching.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from locate.address.matching.parts import Parts

ENOUGH_NUMERALS = 3
"""Fewer numerals than this are shared by half a town: a name's ends must agree too."""


def block_keys(p: Parts) -> Iterator[str]:
    """The keys of the blocks that an address belongs to. Addresses without a settled city have none: they match by text only."""
    if p.unsettled or len(p.area) < 6:
        return
    home = p.area[:4]
    numerals = p.numerals
    if len(numerals) >= ENOUGH_NUMERALS:
        yield f"N{p.area}{numerals}" if not p.area.endswith("00") else f"N{home}{numerals}"
    elif p.below:
        yield f"F{p.area}{numerals}{p.below[:2]}"
        yield f"L{p.area}{numerals}{_last_name(p.below)}"
    door = f"{p.building}:{p.unit}:{p.room or p.floor}"
    if p.estate:
        yield f"E{home}{p.estate}{door}"
    if p.road and p.number:
        yield f"R{home}{p.road}{p.number}{door}"


def all_keys(p: Parts) -> Iterator[str]:
    """What an address is found by in a file: its text, its key, its blocks."""
    if p.written:
        yield f"W{p.written}"
    if p.key and not p.unsettled:
        yield f"K{p.key}"
    yield from block_keys(p)


def anchor_keys(p: Parts) -> Iterator[str]:
    """Wider blocks, for finding what holds or is held: the number on the road, the building of the estate, the village."""
    if p.unsettled or len(p.area) < 6:
        return
    home = p.area[:4]
    if p.road and p.number:
        yield f"A{home}{p.road}{p.number}"
    if p.estate:
        yield f"B{home}{p.estate}{p.building}"
        if p.building:
            yield f"B{home}{p.estate}"
    if p.village:
        yield f"V{home}{p.village}{p.number}"


def _last_name(below: str) -> str:
    names = "".join(ch if not ch.isascii() else " " for ch in below).split()
    return names[-1][-2:] if names else ""
