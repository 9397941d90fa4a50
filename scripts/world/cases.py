"""One composed case: a person, a debt, addresses with source and basis, contacts. Any case can be composed on its own.

``compose_case(seed, number, day)`` depends on nothing but its arguments, so a file of a million cases and its
thousandth case alone agree, and a defect may quote another case.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from scripts.world import debts, people, places
from scripts.world.debts import ComposedDebt
from scripts.world.people import ComposedContact
from scripts.world.places import ComposedAddress

Cell = str | int | float | date | None

KINDS = ("户籍", "居住", "单位")
KIND_CODES = {"户籍": "household", "居住": "residence", "单位": "work"}
SOURCES = ("合同约定", "本人预留", "本人授权", "双方沟通", "合法公开", "授权征信查询")
SOURCE_WEIGHTS = (38, 34, 10, 8, 3, 7)
BASIS_PREFIX = {
    "合同约定": "HT", "本人预留": "YL", "本人授权": "SQ", "双方沟通": "LY", "合法公开": "GK", "授权征信查询": "ZX",
}
REMARKS = ("", "", "", "", "首次委案", "系统多次拨打未接", "客户曾承诺还款", "家属称不在本地")


@dataclass(slots=True)
class AddressLine:
    """An address row. ``kind``, ``source`` are the lender's Chinese words."""

    kind: str
    address: ComposedAddress
    source: str
    basis: str
    collected_on: date | None


@dataclass(slots=True)
class Defect:
    """What was planted in a case and what intake or the rules must make of it.

    ``effect``: reject (the case falls), hold (accepted, then stopped by ``rule``), warn, normalise (accepted, unified),
    address (that address falls, the case stays).
    """

    name: str
    effect: str
    field: str
    rule: str | None = None
    note: str = ""


@dataclass(slots=True)
class ComposedCase:
    """A case as its lender knows it. ``cells`` holds, by field, what is written in place of the true value."""

    number: int
    case_no: str
    name: str
    id_number: str
    mobile: str
    contract_no: str
    debt: ComposedDebt
    addresses: list[AddressLine]
    contacts: list[ComposedContact]
    remark: str
    cells: dict[str, Cell] = field(default_factory=dict)
    defect: Defect | None = None
    copy_of: int | None = None
    """Number of the case whose row this one repeats or contradicts."""


def rng_of(seed: int, number: int, purpose: int) -> random.Random:
    """The stream of chance of one case for one purpose, so that one part can change without moving the others."""
    return random.Random((seed * 1_000_003 + number) * 16 + purpose)


def _address_lines(rng: random.Random, day: date, disbursed_on: date) -> list[AddressLine]:
    """One to three addresses: most people live where they work; the registered home is often elsewhere."""
    pool = places.districts()
    home = rng.choice(pool)
    count = rng.choices((1, 2, 3), (38, 42, 20))[0]
    kinds = sorted(rng.sample(KINDS, count), key=KINDS.index)
    lines = []
    for kind in kinds:
        district = rng.choice(pool) if kind == "户籍" and rng.random() < 0.45 else home
        clean = places.compose(rng, district, work=kind == "单位")
        source = rng.choices(SOURCES, SOURCE_WEIGHTS)[0]
        earliest = disbursed_on - timedelta(days=30)
        collected = earliest + timedelta(days=rng.randrange(0, max(1, (day - earliest).days - 5)))
        lines.append(
            AddressLine(
                kind=kind,
                address=places.messy(rng, clean, district),
                source=source,
                basis=f"{BASIS_PREFIX[source]}-{collected.year}-{rng.randrange(1_000_000):06d}",
                collected_on=None if rng.random() < 0.06 else collected,
            )
        )
    return lines


def _contacts(rng: random.Random) -> list[ComposedContact]:
    contacts = []
    for _ in range(rng.choices((0, 1, 2), (25, 45, 30))[0]):
        address = ""
        if rng.random() < 0.2:
            address = places.compose(rng, rng.choice(places.districts())).text
        contacts.append(
            ComposedContact(
                name=people.common_name(rng),
                relation=rng.choices(people.RELATIONS, people.RELATION_WEIGHTS)[0],
                mobile=people.mobile_of(rng.randrange(100_000)),
                address=address,
                source="本人预留",
            )
        )
    return contacts


def compose_case(seed: int, number: int, day: date, prefix: str = "AJ") -> ComposedCase:
    """The clean case ``number`` (from 1) of the world ``seed`` as its lender lists it on ``day``."""
    rng = rng_of(seed, number, 0)
    debt = debts.compose(rng, day)
    lines = _address_lines(rng, day, debt.disbursed_on)
    origin = lines[0].address.adcode if lines[0].kind == "户籍" else rng.choice(places.districts()).adcode
    chance = rng.random()
    name = people.common_name(rng) if chance > 0.008 else people.dotted_name(rng)
    return ComposedCase(
        number=number,
        case_no=f"{prefix}{day:%Y%m}{number:06d}",
        name=name,
        id_number=people.id_number(rng, origin, people.born_between(rng, debt.disbursed_on, 20, 60)),
        mobile=people.mobile_of(number),
        contract_no=f"HT{debt.disbursed_on:%Y%m}{rng.randrange(10**8):08d}",
        debt=debt,
        addresses=lines,
        contacts=_contacts(rng),
        remark=rng.choice(REMARKS),
    )
