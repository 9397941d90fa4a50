"""Presort: the one order of a batch, and its bags, trays and bundles. Pure; weights may come later than the order.

Order is by postcode and then by a business key, never by row ids or arrival, so that planning twice gives one manifest.
A bag 袋 holds trays 格, a tray bundles 把, a bundle neighbours; each shares leading postcode digits (too few pieces are
mixed with the next destinations) and closes at a number of pieces or a weight. The figures are data (``presort.toml``)
that a partner may replace.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final

from records.errors import WrongUsage

OFFICE_NAME_LIMIT: Final = 20
"""寄达局名称 in the bulk-import template (law-and-post.md §7b)."""
POSTCODE_DIGITS: Final = 6
_NO_REAL_CITY: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Fillers of the official code table where a municipality or province has no city of its own."""
_FEWEST_DIGITS_SHOWN: Final = 2


@dataclass(frozen=True, slots=True)
class BagLimits:
    """Capacities and shared postcode digits of each kind of container; defaults and their sources: ``presort.toml``."""

    bag_digits: int = 2
    bag_least: int = 1
    """Fewer pieces than this get no bag of their own: it goes on into the next destinations, a mixed bag."""
    bag_pieces: int = 800
    bag_weight_g: int = 15_000
    tray_digits: int = 2
    tray_least: int = 1
    tray_pieces: int = 0
    """0 = the partner has no trays: bundles lie in the bag."""
    tray_weight_g: int = 7_500
    bundle_digits: int = 4
    bundle_least: int = 1
    bundle_pieces: int = 100
    bundle_weight_g: int = 3_000

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            least, most = (0, POSTCODE_DIGITS) if name.endswith("digits") else (0 if name == "tray_pieces" else 1, 10**6)
            if not least <= value <= most:
                raise WrongUsage(f"分拣设置 {name}={value} 不在 {least}–{most} 之间。", "请核对后重新设置。")
        for kind in ("bag", "tray", "bundle"):
            pieces = getattr(self, f"{kind}_pieces")
            if pieces and getattr(self, f"{kind}_least") > pieces:
                raise WrongUsage(f"分拣设置 {kind}_least 大于 {kind}_pieces。", "起封件数不得多于至多件数。")
        if not self.bag_digits <= self.tray_digits <= self.bundle_digits:
            raise WrongUsage("分拣设置的邮编位数应当是袋 ≤ 格 ≤ 把。", "请核对 bag_digits、tray_digits、bundle_digits。")

    def as_json(self) -> dict[str, int]:
        """For the records: every value by name."""
        return asdict(self)


BEFORE_TRAYS: Final = BagLimits(bundle_weight_g=15_000)
"""What batches were sorted by whose planning kept no limits."""


@cache
def shipped_limits() -> BagLimits:
    """The limits of ``presort.toml``."""
    table = tomllib.loads(files(__package__).joinpath("presort.toml").read_text("utf-8"))
    return BagLimits(
        **{f"{kind}_{name}": value for kind in ("bag", "tray", "bundle") for name, value in table[kind].items()}
    )


def limits_from(kept: Mapping[str, object] | None) -> BagLimits:
    """The shipped limits with those of a partner or planning in their place.

    Raises:
        WrongUsage: a name or value that no limit has.
    """
    known = shipped_limits().as_json()
    given: dict[str, int] = {}
    for name, value in (kept or {}).items():
        if name not in known or not isinstance(value, int) or isinstance(value, bool):
            raise WrongUsage(f"没有分拣设置“{name}={value}”。", f"可用：{'、'.join(known)}，值为整数。")
        given[name] = value
    return replace(shipped_limits(), **given)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one piece lies. ``label`` is the manifest's sort_bag: ``43-001/02/1`` = bag, bundle within it, tray within it."""

    bag: str
    bundle: int
    tray: int = 0
    """0 where the partner has no trays."""

    @property
    def label(self) -> str:
        """Bag, bundle and tray in one word."""
        return f"{self.bag}/{self.bundle:02d}" + (f"/{self.tray}" if self.tray else "")

    @classmethod
    def read(cls, label: str) -> Slot:
        """The slot that a manifest's sort_bag names.

        Raises:
            ValueError: it is none.
        """
        bag, *numbers = label.split("/")
        if not bag or not 1 <= len(numbers) <= 2 or not all(number.isascii() and number.isdigit() for number in numbers):
            raise ValueError(f"no slot: {label!r}")
        return cls(bag, *map(int, numbers))


def order_key(postcode: str, business_key: tuple[str, ...]) -> tuple[bool, str, tuple[str, ...]]:
    """Sort key of presort order: postcode, then the business key (lender, case number, letter number…).

    Pieces without a postcode come last. Plain code-point order: the same as SQL's ``COLLATE "C"``.
    """
    return (not postcode, postcode, business_key)


class _Container:
    """One open container of a kind; says when the next piece needs a new one."""

    __slots__ = ("_digits", "_least", "_most", "_most_g", "_pieces", "_prefix", "_weight_g", "number")

    def __init__(self, digits: int, least: int, most: int, most_g: int) -> None:
        self._digits, self._least, self._most, self._most_g = digits, least, most, most_g
        self._prefix = ""
        self._pieces = self._weight_g = self.number = 0

    def needs_new(self, postcode: str, weight_g: int) -> bool:
        if not self._pieces:
            return True
        leaves = postcode[: self._digits] != self._prefix and self._pieces >= self._least
        # A piece that alone passes the weight still needs a container: its own.
        return leaves or self._pieces >= self._most or self._weight_g + weight_g > self._most_g

    def open(self, postcode: str) -> None:
        self._prefix = postcode[: self._digits]
        self._pieces = self._weight_g = 0
        self.number += 1

    def begin(self) -> None:
        """Number from 1 again: what holds this kind is new."""
        self.number = self._pieces = 0

    def add(self, postcode: str, weight_g: int) -> None:
        self._pieces += 1
        self._weight_g += weight_g
        if self._pieces >= self._least:
            # Enough for one of its own: it ends with the destination it has come to.
            self._prefix = postcode[: self._digits]


def assign_slots(pieces: Iterable[tuple[str, int]], limits: BagLimits | None = None) -> Iterator[Slot]:
    """One slot for each ``(postcode, weight_g)``, which must come in presort order. Streams; flat memory.

    A bag bears the leading digits of its first piece and a number from 1 within them; trays and bundles are numbered
    from 1 within their bag. A bundle lies in one tray, a tray in one bag.
    """
    limits = limits or shipped_limits()
    bag = _Container(limits.bag_digits, limits.bag_least, limits.bag_pieces, limits.bag_weight_g)
    tray = _Container(limits.tray_digits, limits.tray_least, limits.tray_pieces, limits.tray_weight_g)
    bundle = _Container(limits.bundle_digits, limits.bundle_least, limits.bundle_pieces, limits.bundle_weight_g)
    has_trays = limits.tray_pieces > 0
    group: str | None = None
    for postcode, weight_g in pieces:
        if bag.needs_new(postcode, weight_g):
            if postcode[: limits.bag_digits] != group:
                group = postcode[: limits.bag_digits]
                bag.begin()
            bag.open(postcode)
            tray.begin()
            bundle.begin()
        new_tray = has_trays and tray.needs_new(postcode, weight_g)
        if new_tray:
            tray.open(postcode)
        if new_tray or bundle.needs_new(postcode, weight_g):
            bundle.open(postcode)
        for container in (bag, tray, bundle):
            container.add(postcode, weight_g)
        yield Slot(f"{group or '0' * _FEWEST_DIGITS_SHOWN}-{bag.number:03d}", bundle.number, tray.number)


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
