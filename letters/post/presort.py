"""Presort: the one order of a batch, and its bags and bundles. Pure; weights may come later than the order.

Order is by postcode and then by a business key, never by row ids or arrival, so that planning twice gives one manifest.
A bag 袋 holds neighbours of one province (first two digits), a bundle 把 inside it neighbours of one county (first four);
both close at a capacity. Postcode structure: law-and-post.md §3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

OFFICE_NAME_LIMIT: Final = 20
"""寄达局名称 in the bulk-import template (law-and-post.md §7b)."""
_NO_REAL_CITY: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Fillers of the official code table where a municipality or province has no city of its own."""


@dataclass(frozen=True, slots=True)
class BagLimits:
    """Capacities. Defaults: a letter bag of 15 kg handled by one person, bundles that one hand can hold."""

    bag_pieces: int = 800
    bag_weight_g: int = 15_000
    bundle_pieces: int = 100


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one piece lies. ``label`` is the manifest's sort_bag, e.g. ``43-001/02``."""

    bag: str
    bundle: int

    @property
    def label(self) -> str:
        """Bag and bundle in one word."""
        return f"{self.bag}/{self.bundle:02d}"


def order_key(postcode: str, business_key: tuple[str, ...]) -> tuple[bool, str, tuple[str, ...]]:
    """Sort key of presort order: postcode, then the business key (lender, case number, letter number…).

    Pieces without a postcode come last. Plain code-point order: the same as SQL's ``COLLATE "C"``.
    """
    return (not postcode, postcode, business_key)


def assign_slots(pieces: Iterable[tuple[str, int]], limits: BagLimits | None = None) -> Iterator[Slot]:
    """One slot for each ``(postcode, weight_g)``, which must come in presort order. Streams; flat memory.

    Bags are numbered from 1 within their province, bundles from 1 within their bag.
    """
    limits = limits or BagLimits()
    province: str | None = None
    county = ""
    bag_number = bundle = in_bag = weight_in_bag = in_bundle = 0
    for postcode, weight_g in pieces:
        if postcode[:2] != province:
            province = postcode[:2]
            bag_number = in_bag = 0
        full = in_bag >= limits.bag_pieces or weight_in_bag + weight_g > limits.bag_weight_g
        if in_bag == 0 or full:
            bag_number += 1
            bundle, in_bag, weight_in_bag, in_bundle = 1, 0, 0, 0
        elif postcode[:4] != county or in_bundle >= limits.bundle_pieces:
            bundle += 1
            in_bundle = 0
        county = postcode[:4]
        in_bag += 1
        in_bundle += 1
        weight_in_bag += weight_g
        yield Slot(f"{province or '00'}-{bag_number:03d}", bundle)


def office_name(postcode: str, province: str | None, city: str | None, district: str | None) -> str:
    """寄达局名称 for a place: city and district, at most 20 characters, never empty and never made up.

    A municipality has no city of its own; a city without districts (东莞) has no district.
    """
    own_city = None if city in _NO_REAL_CITY else city
    name = "".join(dict.fromkeys(word for word in (own_city or province, district) if word))
    if not name:
        return postcode
    if len(name) > OFFICE_NAME_LIMIT and district:
        name = district
    return name[:OFFICE_NAME_LIMIT]
