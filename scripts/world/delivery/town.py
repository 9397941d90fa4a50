"""Places and post offices of a simulated world, and the people who move between the places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from scripts.world.delivery import assumed

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ESTATE_TYPES: Final = tuple(assumed.ESTATE_SHARES)
PERSON_TYPES: Final = tuple(assumed.PERSON_SHARES)
ROOMS_PER_ESTATE: Final = assumed.BUILDINGS_PER_ESTATE * assumed.ROOMS_PER_BUILDING
OFFICES: Final = assumed.DISTRICTS * assumed.OFFICES_PER_DISTRICT
ESTATES: Final = OFFICES * assumed.ESTATES_PER_OFFICE
MOVES: Final = 6
"""Homes of a person after the first; more moves in the simulated years are rare enough to be left out."""


@dataclass(frozen=True, slots=True)
class Town:
    """Habits of offices and kinds of estates."""

    estate_type: Ints
    guard_takes: Floats
    """(estates,) how often a front desk takes a letter in."""
    finds: Floats
    """(offices,) how often a postman finds a place that is not written out."""
    attempts: Ints
    calls: Floats
    careless: Floats
    """(offices,) returns without a try, with a code picked for convenience."""

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """A town of this draw."""
        kinds = rng.choice(len(ESTATE_TYPES), ESTATES, p=list(assumed.ESTATE_SHARES.values()))
        gated = kinds == ESTATE_TYPES.index("gated")
        return cls(
            kinds, np.where(gated, rng.beta(5, 3, ESTATES), np.where(kinds == ESTATE_TYPES.index("office_park"), 0.75, 0.06)),
            rng.beta(7, 3, OFFICES), rng.choice(3, OFFICES, p=[0.20, 0.45, 0.35]) + 1, rng.beta(3, 3, OFFICES), rng.beta(1.3, 20, OFFICES),
        )  # fmt: skip

    def rooms(self, rng: np.random.Generator, estates: Ints) -> Ints:
        """A room in each of the estates."""
        return estates * ROOMS_PER_ESTATE + rng.integers(0, ROOMS_PER_ESTATE, len(estates))


def estate_of(room: Ints) -> Ints:
    return room // ROOMS_PER_ESTATE


def office_of(room: Ints) -> Ints:
    return estate_of(room) // assumed.ESTATES_PER_OFFICE


def district_of(room: Ints) -> Ints:
    return office_of(room) // assumed.OFFICES_PER_DISTRICT


@dataclass(frozen=True, slots=True)
class People:
    """Debtors: who they are, where they lived when, and where they worked. Days are ordinals."""

    kind: Ints
    contract_day: Ints
    homes: Ints
    """(n, MOVES + 1) rooms, in order."""
    moved_in: Ints
    """(n, MOVES + 1) day from which each is home; the first is the contract's day or earlier."""
    registered: Ints
    family_there: Flags
    jobs: Ints
    """(n, 2) rooms: at the contract's day, and since ``job_left``."""
    job_left: Ints
    fear: Floats
    phone: Flags
    shares_home: Flags
    hiding: Flags
    lender: Ints
    amount_fen: Ints

    def home(self, who: Ints, day: Ints) -> Ints:
        """Where each person lives on each day."""
        step = (self.moved_in[who] <= day[:, None]).sum(axis=1) - 1
        return self.homes[who, np.maximum(step, 0)]


def drawn_people(town: Town, rng: np.random.Generator, count: int, first_day: int, last_day: int) -> People:
    """People whose contracts are old enough to be in arrears between the two days."""
    kind = rng.choice(len(PERSON_TYPES), count, p=list(assumed.PERSON_SHARES.values()))
    rate = np.array(list(assumed.MOVES_PER_YEAR.values()))[kind] / 365.25
    contract_day = rng.integers(first_day - assumed.DEBT_AGE_DAYS[1], last_day - assumed.DEBT_AGE_DAYS[0], count)
    living = np.flatnonzero(town.estate_type != ESTATE_TYPES.index("office_park"))
    urban = np.flatnonzero(np.isin(town.estate_type, [ESTATE_TYPES.index("gated"), ESTATE_TYPES.index("walk_up")]))
    villages = np.flatnonzero(town.estate_type == ESTATE_TYPES.index("village"))
    parks = np.flatnonzero(town.estate_type == ESTATE_TYPES.index("office_park"))
    homes = np.empty((count, MOVES + 1), np.int64)
    moved_in = np.empty((count, MOVES + 1), np.int64)
    homes[:, 0] = town.rooms(rng, rng.choice(urban, count))
    moved_in[:, 0] = contract_day - 1
    for move in range(1, MOVES + 1):
        moved_in[:, move] = moved_in[:, move - 1] + np.ceil(rng.exponential(1 / rate)).astype(np.int64)
        near = rng.random(count) < 0.65
        home_district = district_of(homes[:, move - 1])
        span = assumed.OFFICES_PER_DISTRICT * assumed.ESTATES_PER_OFFICE
        nearby = home_district * span + rng.integers(0, span, count)
        nearby = np.where(town.estate_type[nearby] == ESTATE_TYPES.index("office_park"), rng.choice(living, count), nearby)
        homes[:, move] = town.rooms(rng, np.where(near, nearby, rng.choice(living, count)))
    at_home = rng.random(count) < np.array(list(assumed.REGISTERED_WHERE_LIVES.values()))[kind]
    old_home = town.rooms(rng, np.where(rng.random(count) < 0.6, rng.choice(villages, count), rng.choice(living, count)))
    low, high = np.log(assumed.AMOUNT_YUAN[0]), np.log(assumed.AMOUNT_YUAN[1])
    return People(
        kind, contract_day, homes, moved_in, np.where(at_home, homes[:, 0], old_home), rng.random(count) < assumed.FAMILY_AT_REGISTERED,
        np.stack([town.rooms(rng, rng.choice(parks, count)), town.rooms(rng, rng.choice(parks, count))], axis=1),
        contract_day + np.ceil(rng.exponential(365.25 / assumed.JOBS_PER_YEAR, count)).astype(np.int64),
        rng.beta(2, 5, count), rng.random(count) < assumed.PHONE_WORKS, rng.random(count) < assumed.SHARES_HOME,
        rng.random(count) < assumed.HIDING, rng.integers(0, assumed.LENDERS, count),
        np.round(np.exp(rng.uniform(low, high, count)) * 100).astype(np.int64),
    )  # fmt: skip
