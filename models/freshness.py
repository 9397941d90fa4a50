"""How likely is it that a person still lives at an address, by its kind, source and age? From letters alone.

A letter is a look at one moment: handed to the person or the household = still there at that age; moved, or not known there =
gone by then (current-status data; Jewell, van der Laan 2003). The hazard of leaving is piecewise constant in age, common to all,
times a factor for each (kind, source), shrunk to 1 by a normal prior on its logarithm; fitted by Newton's method on the
complementary log-log likelihood. Ends that tell nothing of the person (other receipt, unclaimed, refused counts as there) are
left to the caller. Intervals from the curvature at the maximum (Laplace). Pure arrays; numbers only when kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

STEPS: Final = (0.0, 90.0, 180.0, 365.0, 730.0, 1460.0)
"""Days at which the hazard may change; the last step goes on."""
GROUP_SCALE: Final = 0.5
"""Standard deviation of a group's log factor before the data: most lie within a factor of e of the whole."""
STEP_SCALE: Final = 0.7
"""Of the change of the log hazard from one step to the next."""
USUAL_YEARLY: Final = 0.25
"""Hazard a year before the data, from renting and owning mixed (assumed)."""
LEAST: Final = 100
_ROUNDS: Final = 60


@dataclass(frozen=True, slots=True)
class Freshness:
    """``log_hazard``: by step, a day. ``log_factor``: by group key. ``covariance`` of all of them, in that order."""

    log_hazard: Floats
    groups: Ints
    log_factor: Floats
    covariance: Floats
    looks: int
    gone: int

    def still_there(self, group: Ints, age_days: Floats) -> tuple[Floats, Floats, Floats]:
        """(probability, low, high) with 95 % intervals; an unknown group is an average one, with a group's whole uncertainty.

        Raises:
            ValueError: a negative or unknown age.
        """
        if not (np.asarray(age_days) >= 0).all():
            raise ValueError("an age is negative or not known")
        exposure = _exposure(age_days)
        where, known = _where(self.groups, group)
        design = np.zeros((len(group), len(self.log_hazard) + len(self.groups)))
        cumulative = exposure @ np.exp(self.log_hazard)
        safe = np.maximum(cumulative, 1e-12)
        design[:, : len(self.log_hazard)] = exposure * np.exp(self.log_hazard) / safe[:, None]
        design[np.arange(len(group)), len(self.log_hazard) + where] = known
        eta = np.log(safe) + np.where(known, self.log_factor[where] if len(self.groups) else 0.0, 0.0)
        spread = np.sqrt(np.maximum(((design @ self.covariance) * design).sum(axis=1), 0.0) + np.where(known, 0.0, GROUP_SCALE**2))

        def alive(at: Floats) -> Floats:
            return np.where(cumulative > 0, np.exp(-np.exp(np.clip(at, -30, 5))), 1.0)

        return alive(eta), alive(eta + 1.96 * spread), alive(eta - 1.96 * spread)

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {
            "log_hazard": self.log_hazard.tolist(), "groups": self.groups.tolist(), "log_factor": self.log_factor.tolist(),
            "covariance": self.covariance.tolist(), "looks": self.looks, "gone": self.gone,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Self:
        """What ``as_json`` gave.

        Raises:
            ValueError: shapes do not fit.
        """
        hazard, factor, covariance = (np.array(cast("list[float]", data[name]), np.float64) for name in ("log_hazard", "log_factor", "covariance"))
        groups = np.array(cast("list[int]", data["groups"]), np.int64)
        size = len(STEPS) + len(groups)
        if len(hazard) != len(STEPS) or len(factor) != len(groups) or covariance.shape != (size, size):
            raise ValueError("a freshness model of another shape")
        return cls(hazard, groups, factor, covariance, int(cast("int", data["looks"])), int(cast("int", data["gone"])))


def fit_freshness(group: Ints, age_days: Floats, there: Flags) -> Freshness:
    """Fit on looks: group key, age of the address on the letter's day, whether the person was there.

    Raises:
        ValueError: fewer than ``LEAST`` looks, or a negative or unknown age.
    """
    if len(group) < LEAST:
        raise ValueError(f"{len(group)} looks are too few; needed {LEAST}")
    if not (age_days >= 0).all():
        raise ValueError("an age is negative or not known")
    groups = np.unique(group)
    where, _ = _where(groups, group)
    exposure = _exposure(np.maximum(age_days, 1.0))
    steps, size = len(STEPS), len(STEPS) + len(groups)
    start = np.log(USUAL_YEARLY / 365.25)
    value = np.r_[np.full(steps, start), np.zeros(len(groups))]
    pull, middle = _prior(steps, len(groups)), np.r_[np.full(steps, start), np.zeros(len(groups))]
    best = _objective(value, exposure, where, there, pull, middle)
    curvature = np.eye(size)
    for _ in range(_ROUNDS):
        slope, curvature = _slopes(value, exposure, where, there, pull, middle)
        step = np.linalg.solve(curvature, slope)
        size_of_step = 1.0
        while size_of_step > 1e-4:
            trial = value - size_of_step * step
            found = _objective(trial, exposure, where, there, pull, middle)
            if found <= best + 1e-12:
                break
            size_of_step /= 2
        else:
            break
        done = abs(best - found) < 1e-9
        value, best = trial, found
        if done:
            break
    _, curvature = _slopes(value, exposure, where, there, pull, middle)
    return Freshness(value[:steps], groups, value[steps:], np.asarray(np.linalg.inv(curvature), np.float64), len(group), int((~there).sum()))


def _prior(steps: int, groups: int) -> Floats:
    """Precision: a random walk over the steps anchored loosely, groups around nought."""
    pull = np.zeros((steps + groups, steps + groups))
    pull[0, 0] = 1.0
    for step in range(1, steps):
        pull[step, step] += STEP_SCALE**-2
        pull[step - 1, step - 1] += STEP_SCALE**-2
        pull[step, step - 1] -= STEP_SCALE**-2
        pull[step - 1, step] -= STEP_SCALE**-2
    pull[range(steps, steps + groups), range(steps, steps + groups)] = GROUP_SCALE**-2
    return pull


def _exposure(age_days: Floats) -> Floats:
    """(n, steps) days spent in each step up to this age."""
    starts = np.array(STEPS)
    ends = np.r_[starts[1:], np.inf]
    return np.asarray(np.clip(np.minimum(age_days[:, None], ends) - starts, 0.0, None), np.float64)


def _where(groups: Ints, group: Ints) -> tuple[Ints, Flags]:
    if not len(groups):
        return np.zeros(len(group), np.int64), np.zeros(len(group), bool)
    at = np.minimum(np.searchsorted(groups, group), len(groups) - 1)
    return at, groups[at] == group


def _hazards(value: Floats, exposure: Floats, where: Ints) -> tuple[Floats, Floats]:
    """(n,) cumulative hazard, and (n, steps) its parts."""
    steps = exposure.shape[1]
    parts = exposure * np.exp(np.clip(value[:steps], -20, 3)) * np.exp(np.clip(value[steps:][where], -5, 5))[:, None]
    return np.maximum(parts.sum(axis=1), 1e-12), parts


def _objective(value: Floats, exposure: Floats, where: Ints, there: Flags, pull: Floats, middle: Floats) -> float:
    cumulative, _ = _hazards(value, exposure, where)
    loss = np.where(there, cumulative, -np.log(np.maximum(-np.expm1(-cumulative), 1e-12)))
    off = value - middle
    return float(loss.sum()) + 0.5 * float(off @ pull @ off)


def _slopes(value: Floats, exposure: Floats, where: Ints, there: Flags, pull: Floats, middle: Floats) -> tuple[Floats, Floats]:
    """Gradient and expected curvature (Fisher): positive definite, so every step goes down."""
    cumulative, parts = _hazards(value, exposure, where)
    gone = np.maximum(-np.expm1(-cumulative), 1e-12)
    first = np.where(there, 1.0, -np.exp(-cumulative) / gone)
    weight = np.exp(-cumulative) / gone
    groups = len(value) - parts.shape[1]
    steps = parts.shape[1]
    by_group = np.stack([np.bincount(where, weight * parts[:, step] * cumulative, groups) for step in range(steps)])
    slope = np.r_[first @ parts, np.bincount(where, first * cumulative, groups)] + pull @ (value - middle)
    curvature = np.zeros((len(value), len(value)))
    curvature[:steps, :steps] = (parts * weight[:, None]).T @ parts
    curvature[:steps, steps:] = by_group
    curvature[steps:, :steps] = by_group.T
    curvature[range(steps, len(value)), range(steps, len(value))] = np.bincount(where, weight * cumulative**2, groups)
    return slope, curvature + pull


def constant_rate(age_days: Floats, there: Flags) -> float:
    """Hazard a day that is the same for all: the baseline (maximum likelihood by bisection on the slope)."""
    low, high = 1e-7, 0.1
    for _ in range(80):
        middle = (low * high) ** 0.5
        cumulative = np.maximum(middle * np.maximum(age_days, 1.0), 1e-12)
        slope = float(np.where(there, cumulative, -cumulative * np.exp(-cumulative) / np.maximum(-np.expm1(-cumulative), 1e-12)).sum())
        low, high = (middle, high) if slope < 0 else (low, middle)
    return float((low * high) ** 0.5)
