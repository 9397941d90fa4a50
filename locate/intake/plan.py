"""A sheet's reading plan: which columns give each field, each address and each contact of a case.

Address attributes stand in columns of their own number or kind (address_2_source, 户籍地址来源), right behind their address
(户籍地址 | 来源 | 依据), or once for all addresses of the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from locate.case import AddressKind
from locate.intake.columns import Column
from locate.intake.fields import CASE_FIELDS, Group, Role
from locate.intake.header import Header

_ATTRIBUTES: Final = ("kind", "source", "basis", "collected_on")


@dataclass(frozen=True, slots=True)
class AddressSlot:
    """Where one address of a row stands. ``kind`` is what the header itself says."""

    ordinal: int
    text: Column
    kind: AddressKind | None
    kind_column: Column | None
    source: Column | None
    basis: Column | None
    collected_on: Column | None


@dataclass(frozen=True, slots=True)
class ContactSlot:
    """Where one contact of a row stands."""

    ordinal: int
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read the rows of one sheet."""

    role: Role
    sheet: str | None
    header: Header
    scalars: Mapping[str, tuple[Column, ...]]
    addresses: tuple[AddressSlot, ...]
    contacts: tuple[ContactSlot, ...]
    shared: tuple[Column, ...] = ()
    """Attribute columns that count for every address of the row."""
    stray: tuple[Column, ...] = ()
    """Bare words (类型, 来源 …) with no address beside them: unknown after all."""

    def column(self, name: str) -> Column | None:
        """The first column of a case field."""
        columns = self.scalars.get(name)
        return columns[0] if columns else None

    def missing(self) -> list[str]:
        """Chinese names of the required case fields that have no column."""
        return [
            facts.title for name, facts in CASE_FIELDS.items() if facts.required and name not in self.scalars
        ]

    def mapped_indexes(self) -> frozenset[int]:
        """Columns that give something."""
        stray = {column.index for column in self.stray}
        return frozenset(
            column.index
            for column in self.header.mapped.columns
            if column.target.group is not Group.IGNORED and column.index not in stray
        )


def plan_of(header: Header, sheet: str | None) -> Plan:
    """Compile a found header into a plan."""
    columns = header.mapped.columns
    scalars: dict[str, tuple[Column, ...]] = {}
    for column in columns:
        if column.target.group is Group.CASE:
            scalars[column.target.name] = (*scalars.get(column.target.name, ()), column)
    slots, shared, stray = _address_slots(
        [each for each in columns if each.target.group is Group.ADDRESS], columns
    )
    return Plan(
        header.role, sheet, header, scalars, slots, _contact_slots(columns) if header.role is not Role.ADDRESSES else (),
        tuple(shared), tuple(stray),
    )  # fmt: skip


def _contact_slots(columns: Iterable[Column]) -> tuple[ContactSlot, ...]:
    slots: dict[int, dict[str, Column]] = {}
    for column in columns:
        if column.target.group is Group.CONTACT:
            slots.setdefault(column.target.ordinal or 1, {}).setdefault(column.target.name, column)
    return tuple(
        ContactSlot(ordinal, found)
        for ordinal, found in sorted(slots.items())
        if "name" in found or "mobile" in found or "address" in found
    )


def _address_slots(
    given: list[Column], columns: Sequence[Column]
) -> tuple[tuple[AddressSlot, ...], list[Column], list[Column]]:
    texts = [column for column in given if column.target.name == "text"]
    stray = [column for column in given if column.bare and not _behind_address(column, columns)]
    generic = [
        column
        for column in given
        if column.target.name != "text"
        and not column.target.ordinal
        and not column.target.kind
        and column not in stray
    ]
    owners, shared = _owners(texts, generic)
    slots = []
    for place, text in enumerate(texts, 1):
        own = {name: _own(text, name, given) or owners.get((text.index, name)) for name in _ATTRIBUTES}
        everyone = {column.target.name: column for column in shared}
        slots.append(
            AddressSlot(
                text.target.ordinal or place,
                text,
                text.target.kind,
                own["kind"],
                own["source"] or everyone.get("source"),
                own["basis"] or everyone.get("basis"),
                own["collected_on"] or everyone.get("collected_on"),
            )
        )
    if len({slot.ordinal for slot in slots}) < len(slots):
        slots = [_renumbered(slot, place) for place, slot in enumerate(slots, 1)]
    return tuple(sorted(slots, key=lambda slot: slot.ordinal)), shared if len(texts) > 1 else [], stray


def _renumbered(slot: AddressSlot, ordinal: int) -> AddressSlot:
    return AddressSlot(
        ordinal, slot.text, slot.kind, slot.kind_column, slot.source, slot.basis, slot.collected_on
    )  # fmt: skip


def _behind_address(column: Column, columns: Iterable[Column]) -> bool:
    """Whether the nearest known column to the left is an address or one of its attributes."""
    before = [
        each for each in columns if each.index < column.index and each.target.group is not Group.IGNORED
    ]
    left = max(before, key=lambda each: each.index, default=None)
    if left is not None and left.target.group is Group.ADDRESS and left.bare:
        return _behind_address(left, before)
    return left is not None and left.target.group is Group.ADDRESS


def _own(text: Column, name: str, given: list[Column]) -> Column | None:
    """The attribute column of the same number or kind."""
    wanted = (text.target.ordinal, text.target.kind)
    if wanted == (None, None):
        return None
    return next(
        (
            each
            for each in given
            if each.target.name == name and (each.target.ordinal, each.target.kind) == wanted
        ),
        None,
    )


def _owners(texts: list[Column], generic: list[Column]) -> tuple[dict[tuple[int, str], Column], list[Column]]:
    """Unnumbered attribute columns: one alone counts for all addresses, several each for the address before them."""
    owners: dict[tuple[int, str], Column] = {}
    shared: list[Column] = []
    for name in _ATTRIBUTES:
        columns = [column for column in generic if column.target.name == name]
        if len(columns) == 1 and (name != "kind" or len(texts) == 1):
            shared += columns
            continue
        for column in columns:
            before = [text for text in texts if text.index < column.index]
            if before:
                owners.setdefault((before[-1].index, name), column)
    if len(texts) == 1:
        owners |= {(texts[0].index, column.target.name): column for column in shared}
    return owners, shared
