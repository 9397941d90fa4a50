"""What a contact model learns from: one row a contact of a case that could lawfully be asked, as known on its day.

A row that was asked and whose end is known carries its result; every other row is censored, never "not useful": asked
ones still under way as well as those never tried (positive and unlabelled data, law-and-post.md §4.2). Identities are
opaque integers. Not here: how rows come about (``letters.batch.contact_trials``, ``scripts/world``), nor any feature.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Result(IntEnum):
    """What became of asking a contact."""

    UNKNOWN = -1
    """Not asked, still open, or it teaches nothing."""
    NOT_USEFUL = 0
    """Wrong number, does not know the debtor, or nothing came of it within 30 days."""
    USEFUL = 1
    """Within 30 days the debtor called or paid, or a new lawful address led to delivery."""
    COMPLAINT = 2
    """A complaint or an opt-out: counts against, whatever else came of it."""


@dataclass(frozen=True, slots=True)
class ContactTrials:
    """Parallel columns of equal length ``n``; rows in any order. Names say what ``values`` and ``group`` mean."""

    features: tuple[str, ...]
    """Names of the columns of ``values``."""
    groups: tuple[str, ...]
    """Names of the relation groups; ``group`` is a position in it."""
    case: Ints
    debtor: Ints
    lender: Ints
    day: Ints
    """Day of the question as a proleptic ordinal: features may use only what was known before it."""
    group: Ints
    values: Floats
    """Shape (n, len(features)), finite."""
    prior_useful: Floats
    """P(useful) by the rule prior: handed in, since models know no rules."""
    prior_complaint: Floats
    asked: Flags
    propensity: Floats
    """Probability with which the policy in force was to ask this row, asked or not; NaN where it was not logged."""
    result: Ints
    """``Result``."""
    known_day: Ints
    """Ordinal of the day on which the result was known; -1 where it is not."""

    def __post_init__(self) -> None:
        """Check lengths, and that a result has an asking and a day not before it."""
        lengths = {len(getattr(self, name)) for name in _COLUMNS}
        if len(lengths) != 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")
        if self.values.shape != (len(self.case), len(self.features)):
            raise ValueError(f"expected {len(self.features)} features, got shape {self.values.shape}")
        if not np.isfinite(self.values).all():
            raise ValueError("a feature is not finite")
        if len(self.group) and not (self.group.min() >= 0 and self.group.max() < len(self.groups)):
            raise ValueError("a relation group is not among the names")
        known = self.result >= 0
        if (known & ~self.asked).any():
            raise ValueError("a row has a result and was not asked")
        if (self.known_day[known] < self.day[known]).any():
            raise ValueError("a result was known before its day")

    def __len__(self) -> int:
        return len(self.case)

    @property
    def known(self) -> Flags:
        """Rows with a result."""
        return self.result >= 0

    def column(self, name: str) -> Floats:
        """The values of one feature."""
        return self.values[:, self.features.index(name)]

    def take(self, rows: Ints | Flags) -> Self:
        """The rows chosen by positions or flags, in that order."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})

    def as_of(self, day: int) -> Self:
        """What was known at the end of ``day``: later rows are gone, later results are still open."""
        past = self.take(self.day <= day)
        later = past.known_day > day
        return replace(past, result=np.where(later, int(Result.UNKNOWN), past.result), known_day=np.where(later, -1, past.known_day))

    @classmethod
    def joined(cls, *parts: Self) -> Self:
        """All rows of the parts, one after the other.

        Raises:
            ValueError: the parts mean different things by their columns.
        """
        first = parts[0]
        if any((part.features, part.groups) != (first.features, first.groups) for part in parts):
            raise ValueError("parts with different features or relation groups")
        columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS}
        return replace(first, **columns)


_COLUMNS: Final = tuple(field.name for field in fields(ContactTrials) if field.name not in {"features", "groups"})
