"""What a delivery model learns from: one row a (case, place, product) that could be written to, as known on its day.

Columns are numbers and small codes; identities are opaque integers, equal for the same debtor, room, building … within
one set. A row that was written to and whose end is known carries its outcome; every other row is censored, never
"not delivered" (law-and-post.md §7c, R-AI-04). What stands beside a row in its case is
in the row, so that letters can be learned from without the addresses that were not chosen. Not here: how rows come about (``letters.batch.training_labels`` for real
outcomes, ``scripts/world`` for simulated ones) and features built from earlier rows (``models.delivery.features``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOT_KNOWN: Final = -1
"""In a code or day column: not known. In a float column NaN says so."""


class Outcome(IntEnum):
    """What became of a letter, as far as it tells of the place or the person (labels of ``consequences.csv``)."""

    SELF = 0
    HOUSEHOLD = 1
    """Taken in by someone of the same home."""
    OTHER = 2
    """Another receipt: front desk, neighbour, unit stamp."""
    REFUSED = 3
    MOVED = 4
    UNKNOWN = 5
    INSUFFICIENT = 6
    UNCLAIMED = 7


DELIVERED: Final = frozenset({Outcome.SELF, Outcome.HOUSEHOLD, Outcome.OTHER})
"""What counts as a delivered letter (签收)."""


@dataclass(frozen=True, slots=True)
class Opportunities:
    """Parallel columns of equal length ``n``; rows in any order."""

    case: Ints
    debtor: Ints
    lender: Ints
    day: Ints
    """Batch date as a proleptic ordinal: features may use only what was known before it."""
    room: Ints
    building: Ints
    estate: Ints
    """Estate or village."""
    office: Ints
    """Delivering post office."""
    district: Ints
    """Six-digit area code."""
    product: Ints
    """Position in the user's product table."""
    listed: Ints
    """Position in the lender's own order of the case's addresses, 0 first."""
    kind: Ints
    """Position in ``locate.case.AddressKind``."""
    source: Ints
    """Position in ``locate.case.Source``."""
    grade: Ints
    """Position in ``locate.address.model.Grade``."""
    age_days: Floats
    """Days since the address was last confirmed; NaN unknown."""
    confidence: Floats
    """Of reading the address, 0..1."""
    issues: Ints
    """Bit i set = the i-th ``locate.address.model.Issue``."""
    voices: Ints
    """Independent lawful sources that name this place for this debtor, at least 1."""
    places: Ints
    """Different places that could be written to in the same case on the same day, at least 1."""
    elsewhere_days: Floats
    """Days since the youngest other place of the case was last confirmed (``elsewhere``); NaN where there is none or it is not known."""
    id_region: Ints
    """Does the ID number's region agree: 3 district, 2 city, 1 province, 0 no, -1 unknown."""
    phone_region: Ints
    """Does the region agree in which the debtor's own mobile was issued: 2 city, 1 province, 0 no, -1 unknown."""
    amount_fen: Ints
    """Claim total."""
    cost_fen: Ints
    """Postage of the product for this row."""
    written: Flags
    """A letter was posted on this row."""
    propensity: Floats
    """Probability with which the policy in force posted on this row; NaN where it was not logged."""
    outcome: Ints
    """``Outcome``, or -1: not written, still under way, or it teaches nothing (carrier's fault, voided)."""
    known_day: Ints
    """Ordinal of the day on which the outcome was known; -1 where ``outcome`` is."""

    def __post_init__(self) -> None:
        """Check lengths and that an outcome has a letter and a day after it."""
        lengths = {len(getattr(self, column.name)) for column in fields(self)}
        if len(lengths) != 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")
        known = self.outcome >= 0
        if (known & ~self.written).any():
            raise ValueError("a row has an outcome and no letter")
        if (self.known_day[known] < self.day[known]).any():
            raise ValueError("an outcome was known before its letter's day")

    def __len__(self) -> int:
        return len(self.case)

    def take(self, rows: Ints | Flags) -> Self:
        """The rows chosen by positions or flags, in that order."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))

    @classmethod
    def joined(cls, *parts: Self) -> Self:
        """All rows of the parts, one after the other."""
        return cls(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls)))


def known_by(rows: Opportunities, day: int) -> Flags:
    """Letters whose outcome was known before ``day``."""
    return (rows.outcome >= 0) & (rows.known_day < day)


def elsewhere(group: Ints, room: Ints, age_days: Floats) -> tuple[Ints, Floats]:
    """For each row of a group (a case on a day): how many different places it has, and the age of its youngest other one.

    Args:
        group: (n,) any integers.
        room: (n,) the place; -1 is a place of its own.
        age_days: (n,) NaN unknown.

    Returns:
        (``places``, ``elsewhere_days``) as the columns of ``Opportunities``.
    """
    if not len(group):
        return np.zeros(0, np.int64), np.zeros(0)
    _, group = np.unique(group, return_inverse=True)
    count = int(group.max()) + 1
    age = np.where(np.isnan(age_days), np.inf, np.nan_to_num(age_days))
    room = np.where(room >= 0, room, -2 - np.arange(len(room)))
    order = np.lexsort((age, group))
    in_order = group[order]
    first = order[np.r_[True, in_order[1:] != in_order[:-1]]]
    youngest = age[first]
    its_room = room[first]
    others = room != its_room[group]
    second = np.full(count, np.inf)
    np.minimum.at(second, group[others], age[others])
    pairs = np.unique(np.stack([group, room], axis=1), axis=0)
    places = np.bincount(pairs[:, 0], minlength=count)
    found = np.where(others, youngest[group], second[group])
    return places[group], np.where(np.isinf(found), np.nan, found)
