"""Which provinces a postcode's first digits belong to. Data: ``postcodes.csv``; longer prefixes are the exceptions.

Source: 四级六码 (law-and-post.md §3.5): the first two digits are the province; the table is written from general
knowledge, exceptions are places served from another province's district. Not for finding a postcode.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

LONGEST_PREFIX: Final = 4


@cache
def _prefixes() -> Mapping[str, frozenset[str]]:
    text = files("letters.rules").joinpath("postcodes.csv").read_text("utf-8")
    return {row["prefix"]: frozenset(row["adcodes"].split()) for row in csv.DictReader(text.splitlines())}


@lru_cache(maxsize=8192)
def provinces_of(postcode: str) -> frozenset[str]:
    """Two-digit adcodes of the provinces that a postcode may be in; empty for a prefix that no province has."""
    table = _prefixes()
    for length in (LONGEST_PREFIX, 2):
        found = table.get(postcode[:length])
        if found is not None:
            return found
    return frozenset()
