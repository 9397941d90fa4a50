"""Where a mobile number was issued, from its first seven digits, and how far that agrees with an address.

A region says where the number was taken out, not where its owner lives; 携号转网 changes the carrier and leaves it as it is.
Read from phone_regions.bin (``scripts/build_phone_regions``; source and counts in phone_regions.json). Segments that the source
doesn't know (16x, 19x, most of 17x) are unknown and stay so. Only the agreement may be kept (R-AI-02).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final

from locate.address import packed
from locate.address.gazetteer import CAPITALS
from locate.intake.checks.phones import read_mobile
from models.delivery.opportunities import NOT_KNOWN

FILE: Final = Path(__file__).with_name("phone_regions.bin")
FIRST: Final = 1_300_000
"""The first block (seven digits) of the table; it ends before 2,000,000."""
BLOCK: Final = 7
"""Digits that a region is given by: blocks of 10,000 numbers."""
CITY, PROVINCE, ELSEWHERE = 2, 1, 0


@dataclass(frozen=True, slots=True)
class _Table:
    """Run-length ranges: run ``n`` begins at block ``starts[n]`` and belongs to ``codes[places[n]]``."""

    starts: list[int]
    places: list[int]
    codes: list[str]
    """"" first: not known."""

    def region(self, block: int) -> str:
        """The code of a block within the table."""
        return self.codes[self.places[bisect_right(self.starts, block) - 1]]


@cache
def _table() -> _Table:
    sections = packed.unpack(FILE)
    lengths = packed.integers(sections["lengths"])
    starts = list(accumulate(lengths[:-1], initial=FIRST))
    return _Table(starts, packed.integers(sections["places"]), packed.lines(sections["codes"]))


def region_of_mobile(number: str) -> str:
    """The area code of the place where a mainland mobile number was issued.

    Args:
        number: as a case file may write it: +86, 0086, spaces and dashes are read over.

    Returns:
        Four digits of a city (``3301``), two of a municipality, or of a province where the city can't be told, six of a
        county-level unit that belongs to no city (``429004``); "" where it is not known or no mobile number.
    """
    read = read_mobile(number)
    return _table().region(int(read[:BLOCK])) if isinstance(read, str) else ""


def phone_agreement(region: str, adcode: str | None) -> int:
    """2 the region's city is the address's, 1 its province (or the city can't be told), 0 neither, -1 not known.

    Args:
        region: as ``region_of_mobile`` gives it.
        adcode: of the address, six digits or more.
    """
    if not region or not adcode:
        return NOT_KNOWN
    if adcode[:2] != region[:2]:
        return ELSEWHERE
    city_told = len(region) > 2 or f"{region}0000" in CAPITALS
    return CITY if city_told and adcode.startswith(region) else PROVINCE
