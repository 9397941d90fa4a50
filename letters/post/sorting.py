"""What a sorted manifest lies in: its bags, trays and bundles with their sums, read off the rows as they pass.

The manifest's sort_bag is the only source: what the labels say is what was sealed. Flat memory but for the bags, which
are few. Not for assigning slots (``presort``), and not for drawing (``letters.press.labels``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from letters.post.model import ManifestPiece
from letters.post.presort import Slot

_PROVINCE: Final = re.compile("[一-鿿]{2,8}?(?:省|自治区|特别行政区)|(?:北京|天津|上海|重庆)市")
"""How an address in canonical form begins."""


class ContainerKind(StrEnum):
    """Values of ``Container.kind``, from the largest to the smallest."""

    BAG = "bag"
    TRAY = "tray"
    BUNDLE = "bundle"


@dataclass(slots=True)
class Container:
    """One bag 袋, tray 格 or bundle 把 of a batch, with what lies in it."""

    kind: ContainerKind
    slot: Slot
    """Of its first piece; the numbers below its own kind mean nothing."""
    first_record: int
    first_item_no: str
    first_postcode: str
    office: str
    """寄达局名称 of the first piece."""
    province: str
    """Of the first piece's address; '' where it names none."""
    last_record: int = 0
    last_item_no: str = ""
    last_postcode: str = ""
    offices: int = 1
    """Runs of one destination office."""
    pieces: int = 0
    weight_g: int = 0
    trays: int = 0
    bundles: int = 0
    provinces: int = 0
    """Runs of one province."""
    last_office: str = field(default="", repr=False)
    last_province: str = field(default="", repr=False)

    @property
    def code(self) -> str:
        """Its number within the batch, as printed and coded: ``43-001``, ``43-001/T1``, ``43-001/02``."""
        if self.kind is ContainerKind.BAG:
            return self.slot.bag
        return f"{self.slot.bag}/T{self.slot.tray}" if self.kind is ContainerKind.TRAY else f"{self.slot.bag}/{self.slot.bundle:02d}"

    @property
    def destination(self) -> str:
        """Where it goes, for people: the office, the province, or from which to which."""
        if self.offices == 1:
            return self.office
        if self.provinces > 1 and self.province and self.last_province:
            return f"{self.province}—{self.last_province}"
        if self.kind is not ContainerKind.BUNDLE and self.provinces == 1 and self.province:
            return self.province
        return f"{self.office}等 {self.offices} 处"

    @property
    def postcodes(self) -> str:
        """The postcode, or the first and the last."""
        return self.first_postcode if self.first_postcode == self.last_postcode else f"{self.first_postcode}–{self.last_postcode}"

    def _add(self, piece: ManifestPiece) -> None:
        if self.pieces and piece.office_name != self.last_office:
            self.offices += 1
        if not self.last_province or not piece.recipient_address.startswith(self.last_province):
            named = _PROVINCE.match(piece.recipient_address)
            province = named[0] if named else ""
            self.provinces += province != self.last_province or not self.pieces
            self.last_province = province
        self.last_office = piece.office_name
        self.last_record, self.last_item_no, self.last_postcode = piece.record_no, piece.item_no, piece.office_postcode
        self.pieces += 1
        self.weight_g += piece.weight_g


class Sorting:
    """Takes the pieces of a manifest in order; tells of each tray and bundle as it closes, keeps the bags."""

    def __init__(self, closed: Callable[[Container], None] = lambda _: None) -> None:
        self._closed = closed
        self.bags: list[Container] = []
        self._tray: Container | None = None
        self._bundle: Container | None = None

    def add(self, piece: ManifestPiece) -> None:
        """The next piece.

        Raises:
            ValueError: its sort_bag names no slot.
        """
        slot = Slot.read(piece.sort_bag)
        new_bag = not self.bags or self.bags[-1].slot.bag != slot.bag
        if new_bag or (self._tray.slot.tray if self._tray else 0) != slot.tray:
            self._close_tray()
        if new_bag or self._bundle is None or self._bundle.slot.bundle != slot.bundle:
            self._close_bundle()
        if new_bag:
            self.bags.append(self._open(ContainerKind.BAG, slot, piece))
        bag = self.bags[-1]
        if slot.tray and self._tray is None:
            self._tray = self._open(ContainerKind.TRAY, slot, piece)
            bag.trays += 1
        if self._bundle is None:
            self._bundle = self._open(ContainerKind.BUNDLE, slot, piece)
            bag.bundles += 1
            if self._tray is not None:
                self._tray.bundles += 1
        for container in (bag, self._tray, self._bundle):
            if container is not None:
                container._add(piece)

    def finish(self) -> list[Container]:
        """Close what is open; the bags in order."""
        self._close_tray()
        self._close_bundle()
        return self.bags

    def _open(self, kind: ContainerKind, slot: Slot, piece: ManifestPiece) -> Container:
        named = _PROVINCE.match(piece.recipient_address)
        province = named[0] if named else ""
        return Container(kind, slot, piece.record_no, piece.item_no, piece.office_postcode, piece.office_name, province)

    def _close_tray(self) -> None:
        if self._tray is not None:
            self._closed(self._tray)
        self._tray = None

    def _close_bundle(self) -> None:
        if self._bundle is not None:
            self._closed(self._bundle)
        self._bundle = None


def sort_out(pieces: Iterable[ManifestPiece], closed: Callable[[Container], None] = lambda _: None) -> list[Container]:
    """The bags of a manifest; ``closed`` is told of trays and bundles."""
    sorting = Sorting(closed)
    for piece in pieces:
        sorting.add(piece)
    return sorting.finish()
