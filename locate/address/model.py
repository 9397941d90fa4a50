"""The standardized address: the contract's one object. Values only; the verbs are in the sibling modules."""

from __future__ import annotations

from dataclasses import dataclass, fields, make_dataclass
from enum import StrEnum
from typing import cast


class Grade(StrEnum):
    """How far the text leads a postman (contract.md, "Standardized address")."""

    DOOR = "door"
    BUILDING = "building"
    PLACE = "place"
    AREA = "area"
    UNUSABLE = "unusable"


class Issue(StrEnum):
    """Flags beside the grade. Stable ASCII codes."""

    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    OUTDATED = "outdated"
    READERS_DISAGREE = "readers_disagree"
    NO_PROVINCE = "no_province"
    NO_DISTRICT = "no_district"
    TYPO_CORRECTED = "typo_corrected"
    RECIPIENT_INSIDE = "recipient_inside"
    REMARK_REMOVED = "remark_removed"
    DUPLICATED_PREFIX = "duplicated_prefix"
    POSTCODE_UNKNOWN = "postcode_unknown"
    MAPS_DISAGREE = "maps_disagree"


@dataclass(frozen=True, slots=True)
class Correction:
    """What was changed from the surface text, and why (a sentence in Chinese)."""

    field: str
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the places that an ambiguous text may mean; ``probability`` by its share of villages (candidates.py)."""

    province: str | None
    city: str | None
    district: str | None
    adcode: str | None
    probability: float


@dataclass(frozen=True, slots=True)
class Recipient:
    """A name and phone found inside an address text."""

    name: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed and standardized address. None = the text has no such part; nothing is invented.

    ``candidates`` are the places that it may be where the areas are ambiguous, most probable first; else empty.
    ``rural`` tells whether the place's area is a village or township area, where grade ``place`` is deliverable.
    """

    raw: str
    province: str | None = None
    city: str | None = None
    district: str | None = None
    township: str | None = None
    village: str | None = None
    devzone: str | None = None
    road: str | None = None
    road_no: str | None = None
    sub_road: str | None = None
    sub_road_no: str | None = None
    poi: str | None = None
    sub_poi: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    rest: str | None = None
    recipient: Recipient | None = None
    adcode: str | None = None
    postcode: str | None = None
    canonical: str = ""
    key: str = ""
    grade: Grade = Grade.UNUSABLE
    confidence: float = 0.0
    issues: tuple[Issue, ...] = ()
    corrections: tuple[Correction, ...] = ()
    spans: tuple[tuple[int, int, str], ...] = ()
    rural: bool = False
    candidates: tuple[Candidate, ...] = ()

    @property
    def deliverable(self) -> bool:
        """Door and building are deliverable; a place where the area is rural; never an ambiguous or conflicting one."""
        if Issue.AMBIGUOUS in self.issues or Issue.CONFLICT in self.issues:
            return False
        return self.grade in (Grade.DOOR, Grade.BUILDING) or (self.grade is Grade.PLACE and self.rural)


_Draft = make_dataclass("_Draft", [(f.name, f.type) for f in fields(Address)], slots=True)


def new_address(*values: object) -> Address:
    """Address(*values) with every field given, at a fifth of the cost: one is made for every text, and a frozen dataclass
    sets each of its thirty fields by a call. A draft of the same layout is filled in plainly and then called what it is."""
    draft = _Draft(*values)
    draft.__class__ = Address
    return cast("Address", draft)
