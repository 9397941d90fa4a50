"""The addresses that a lender's file names for a debtor: true, stale, mistaken or made up, each with what it says of itself.

What a row says (kind, source, date collected) is what the models see. What stands behind it (which room it truly is, of which
day it tells, whether it was ever true) only the world knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from scripts.world.delivery import assumed
from scripts.world.delivery.town import Flags, Floats, Ints, People, Town

NAMES: Final = tuple(assumed.PAPERS)
NEVER: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Papers:
    """(debtors, papers) arrays in the order of ``NAMES``."""

    there: Flags
    room: Ints
    """-1 mistaken: a place that nobody of the case lives at."""
    real_day: Ints
    """The day of which it tells, known to nobody."""
    said_day: Ints
    """The day it was collected, as the file says."""
    dated: Flags
    listed: Ints
    """Order in the lender's file."""
    grade: Ints
    confidence: Floats
    issues: Ints
    wrong_room: Ints
    """Where a mistaken one points."""


def drawn_papers(town: Town, people: People, rng: np.random.Generator, last_day: int, changed_day: int) -> Papers:
    """Papers of all people. From ``changed_day`` on a bureau's reports tell of long ago."""
    count, width = len(people.kind), len(NAMES)
    who = np.arange(count)
    there = rng.random((count, width)) < np.array([row[2] for row in assumed.PAPERS.values()])
    mistaken = rng.random((count, width)) < np.array([row[3] for row in assumed.PAPERS.values()])
    span = np.maximum(last_day - people.contract_day, 1)
    said = np.repeat(people.contract_day[:, None], width, axis=1)
    for name, skew in (("billing", 0.8), ("told", 0.35), ("parcel", 0.35), ("bureau", 0.3)):
        # A power below one bends toward the latest days: lenders ask again when a debt goes bad.
        said[:, NAMES.index(name)] = people.contract_day + (span * rng.random(count) ** skew).astype(np.int64)
    real = said.copy()
    at = NAMES.index("bureau")
    lag = np.where(said[:, at] >= changed_day, rng.integers(*assumed.CHANGED_BUREAU_LAG_DAYS, count), rng.integers(*assumed.BUREAU_LAG_DAYS, count))
    real[:, at] = np.maximum(said[:, at] - lag, people.contract_day)
    room = np.empty((count, width), np.int64)
    for position, name in enumerate(NAMES):
        if name == "registered":
            room[:, position] = people.registered
        elif name == "work":
            room[:, position] = people.jobs[:, 0]
        else:
            room[:, position] = people.home(who, real[:, position])
    elsewhere = rng.random(count) < assumed.PARCEL_ELSEWHERE
    room[elsewhere, NAMES.index("parcel")] = people.registered[elsewhere]
    mistaken[:, NAMES.index("told")] |= rng.random(count) < assumed.TOLD_FALSELY * (1 + people.hiding)
    wrong = town.rooms(rng, rng.integers(0, len(town.estate_type), count * width)).reshape(count, width)
    grade = rng.choice(len(assumed.GRADES), (count, width), p=list(assumed.GRADES.values()))
    issues = np.zeros((count, width), np.int64)
    for bit, share in ((2, 0.05), (3, 0.08), (5, 0.04), (6, 0.03), (7, 0.03), (10, 0.05)):
        issues |= (rng.random((count, width)) < share).astype(np.int64) << bit
    # A mistaken address often reads badly, too.
    confidence = np.clip(rng.beta(14, 2, (count, width)) - 0.10 * mistaken - 0.08 * (grade == 2), 0.05, 1.0)
    return Papers(
        there, np.where(mistaken, -1, room), real, said, rng.random((count, width)) < 0.85, _listed(people, rng, width), grade, confidence, issues, wrong,
    )  # fmt: skip


def _listed(people: People, rng: np.random.Generator, width: int) -> Ints:
    """Each lender's own habit of what stands first; what follows is in no order that means anything."""
    order = np.argsort(rng.random((len(people.kind), width)), axis=1) + 1
    for lender, first in enumerate(assumed.FIRST_LISTED):
        order[people.lender == lender, NAMES.index(first)] = 0
    return order
