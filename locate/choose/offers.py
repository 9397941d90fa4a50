"""What a model is told of a candidate: codes, numbers and tokens, no text. Kept with the decision, so that what is learned from
is what was known when it was made (point in time), not what the file says today.

A token stands for a place within one lender (R-SRC-05); equal places have equal tokens, and none leads back to a text without
the house's key. Of the ID number and the debtor's own mobile only whether their region agrees is kept (R-AI-02).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final, Self

from locate.address.model import Address, Grade, Issue
from locate.case import AddressKind, Source
from locate.choose.lawful import newest_date
from locate.choose.model import Candidate
from locate.choose.phone_region import phone_agreement, region_of_mobile
from models.delivery.opportunities import NOT_KNOWN

Token = Callable[[str, str], int]
"""(level, key) → a positive integer; the caller's, keyed by house and lender."""

_KINDS: Final = {one: code for code, one in enumerate(AddressKind)}
_SOURCES: Final = {one: code for code, one in enumerate(Source)}
_GRADES: Final = {one: code for code, one in enumerate(Grade)}
_ISSUES: Final = {one: 1 << bit for bit, one in enumerate(Issue)}


@dataclass(frozen=True, slots=True)
class Offer:
    """One candidate as ``models.delivery.opportunities`` codes it."""

    room: int
    building: int
    estate: int
    office: int
    district: int
    listed: int
    kind: int
    source: int
    grade: int
    age_days: int
    """-1 not known."""
    confidence: float
    issues: int
    voices: int
    places: int
    elsewhere_days: int
    """-1 none, or not known."""
    id_region: int
    phone_region: int
    """Of the debtor's own mobile: 2 city, 1 province, 0 neither, -1 not known."""

    def as_json(self) -> dict[str, int | float]:
        """Short names, in JSON's types."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @classmethod
    def from_json(cls, data: dict[str, int | float]) -> Self:
        """What ``as_json`` gave; a name that is missing or new is an error, not a guess.

        Decisions made before there was a table of phone regions have no ``phone_region``: it was not known then, and reads so.

        Raises:
            TypeError: names that do not fit.
        """
        return cls(**{"phone_region": NOT_KNOWN, **data})  # type: ignore[arg-type]


def offers_of(candidates: Sequence[Candidate], day: date, id_number: str, mobile: str, token: Token) -> tuple[Offer, ...]:
    """The offers of one case's candidates, in their order. Agreement and dates count over all candidates of a place.

    Args:
        mobile: the debtor's own; a contact's says nothing of the debtor.
    """
    if not candidates:
        return ()
    keys = [one.parsed.key or f"#{one.given.ordinal}" for one in candidates]
    groups: dict[str, list[Candidate]] = {}
    for key, one in zip(keys, candidates, strict=True):
        groups.setdefault(key, []).append(one)
    voices = {key: len({(one.given.source, one.given.basis) for one in group}) for key, group in groups.items()}
    ages = {key: _age(group, day) for key, group in groups.items()}
    # As ``models.delivery.opportunities.elsewhere`` says it of many cases at once (a test compares); arrays cost more for five.
    others = {key: min((age for other, age in ages.items() if other != key and age >= 0), default=NOT_KNOWN) for key in groups}
    region = region_of_mobile(mobile)
    return tuple(
        Offer(
            room=token("room", one.parsed.key) if one.parsed.key else NOT_KNOWN,
            building=_token(token, "building", building_key(one.parsed)),
            estate=_token(token, "estate", estate_key(one.parsed)),
            office=_token(token, "office", office_key(one.parsed)),
            district=int((one.parsed.adcode or "0")[:6]),
            listed=one.given.ordinal - 1,
            kind=_KINDS[one.given.kind],
            source=_SOURCES[one.given.source],
            grade=_GRADES[one.parsed.grade],
            age_days=ages[key],
            confidence=round(one.parsed.confidence, 4),
            issues=sum(_ISSUES[issue] for issue in set(one.parsed.issues)),
            voices=voices[key],
            places=len(groups),
            elsewhere_days=others[key],
            id_region=region_agreement(id_number, one.parsed.adcode),
            phone_region=phone_agreement(region, one.parsed.adcode),
        )
        for key, one in zip(keys, candidates, strict=True)
    )


def _age(group: Sequence[Candidate], day: date) -> int:
    known = [newest for one in group if (newest := newest_date(one.given, day)) is not None]
    return (day - max(known)).days if known else NOT_KNOWN


def _token(token: Token, level: str, key: str) -> int:
    return token(level, key) if key else NOT_KNOWN


def estate_key(address: Address) -> str:
    """District and estate, or village, or road with number; '' where the text names none."""
    if not address.adcode:
        return ""
    name = address.poi or address.village or (f"{address.road}|{address.road_no}" if address.road and address.road_no else "")
    return f"{address.adcode[:6]}|{name}" if name else ""


def building_key(address: Address) -> str:
    """The estate's key with the building; '' where the text names no building."""
    estate = estate_key(address)
    return f"{estate}|{address.building}" if estate and address.building else ""


def office_key(address: Address) -> str:
    """What stands for the delivering office, which no address names: the district with its township, or its postcode."""
    if not address.adcode:
        return ""
    return f"{address.adcode[:6]}|{address.township or address.postcode or ''}"


def region_agreement(id_number: str, adcode: str | None) -> int:
    """3 the ID number's region is the address's district, 2 its city, 1 its province, 0 neither, -1 not known."""
    if not adcode or len(id_number) < 6 or not id_number[:6].isdigit():
        return NOT_KNOWN
    for length, value in ((6, 3), (4, 2), (2, 1)):
        if id_number[:length] == adcode[:length]:
            return value
    return 0
