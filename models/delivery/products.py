"""Which postal products a model may tell apart, and how much more often letters arrive for having gone by another one.

What a product does is known only from letters that chance gave it. Who always sent some cases by one product and others by
another has learned of the cases; and of what was never tried there is no record, which looks like an average one. So a product is
told as the ordinary one unless both were drawn by chance often enough; then it is told as itself, with what the drawn letters say
beyond the model on top (a model fitted on chosen letters is drawn to zero where a product was seldom chosen).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Self, cast

import numpy as np

from models.delivery.correction import LEVELS, NONE, SMALLEST, Correction
from models.delivery.features import Record, matrix
from models.delivery.measures import log_losses
from models.delivery.opportunities import Flags, Floats, Ints, Opportunities
from models.delivery.record import paired

if TYPE_CHECKING:
    from models.delivery.estimators import DeliveryModel

LEAST_DRAWN: Final = 200
"""Letters of a product with a known end that chance gave this product, among others of its case: with fewer it is not told apart."""
MEMORY_DAYS: Final = 180.0
"""Half-life of what a drawn letter says of its product: services change."""
LARGEST_WEIGHT: Final = 100.0
"""Inverse propensities are cut here."""
PRIOR: Final = (0.5, 0.5)
"""Standard deviations, before the data, of a product's effect on the log-odds and of how it grows with the base's log-odds (assumed)."""
LOOSE: Final = 3.0
"""The same of what is off for all products alike."""
APART: Final = (0.0, 0.15, 0.3, 0.6)
"""The same of how far an effect may differ by district and kind of address; settled by letters to other debtors. 0 = it does not."""
FOLDS: Final = 4
_ROUNDS: Final = 30


@dataclass(frozen=True, slots=True)
class ProductEffect:
    """What each product adds to what the model says of it: a line in its log-odds, and shifts by district and kind of address.

    A line, for a product helps nobody where nobody lives: what it adds is small where the model says little.
    """

    lines: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    """Product code → (start, slope)."""
    shifts: Correction = NONE

    def of(self, rows: Opportunities, said: Floats) -> Floats:
        """(n,) what the rows' products add to ``said`` (the model's log-odds)."""
        total = np.zeros(len(rows))
        for code, (start, slope) in self.lines.items():
            total = np.where(rows.product == code, start + slope * said + self.shifts.of(rows), total)
        return total

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"lines": {str(code): list(line) for code, line in self.lines.items()}, "shifts": self.shifts.as_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Self:
        """What ``as_json`` gave.

        Raises:
            ValueError: a line is not two finite numbers.
        """
        lines = {int(code): tuple(float(one) for one in line) for code, line in cast("dict[str, list[float]]", data["lines"]).items()}
        if any(len(line) != 2 or not np.isfinite(line).all() for line in lines.values()):
            raise ValueError("a product's effect is damaged")
        return cls(cast("dict[int, tuple[float, float]]", lines), Correction.from_json(cast("dict[str, object]", data["shifts"])))


NO_EFFECT: Final = ProductEffect()


def products_told(letters: Opportunities) -> tuple[int, ...]:
    """Of letters whose product was drawn: the codes of which there are enough, in order; none where it is only one."""
    codes, count = np.unique(letters.product[letters.outcome >= 0], return_counts=True)
    enough = tuple(int(code) for code in codes[count >= LEAST_DRAWN])
    return enough if len(enough) > 1 else ()


def product_effect(
    drawn: Opportunities, products: tuple[int, ...], said: Floats, good: Flags, weight: Floats, as_of: int
) -> ProductEffect:
    """How much more often letters arrive for having gone by each product than by the first, beyond what the model says of both.

    A ridge logistic regression with the model's word as offset, weighed by inverse propensity: so every product stands before the
    same cases and places, and what the model misjudges there (the places that exploring visits are not those it was fitted on)
    falls on all alike, and is taken out by a line of its own.

    Args:
        drawn: letters with known ends and propensities whose product was drawn.
        said: (n,) log-odds of a model that had not seen them, of each by its own product.
        good: (n,) delivered.
        weight: (n,) for how many like it each stands.
    """
    if not len(drawn):
        return NO_EFFECT
    logged = np.where(np.isfinite(drawn.propensity) & (drawn.propensity > 0), drawn.propensity, 1.0)
    weight = weight * 0.5 ** ((as_of - drawn.day) / MEMORY_DAYS) * np.minimum(1 / logged, LARGEST_WEIGHT)
    weight = weight * weight.sum() / np.square(weight).sum()  # as many letters as these are worth (Kish)
    others = products[1:]
    by = np.stack([drawn.product == code for code in others], axis=1).astype(np.float64)
    columns = np.concatenate([np.ones((len(drawn), 1)), said[:, None], by, by * said[:, None]], axis=1)
    spread = np.array([LOOSE, LOOSE, *([PRIOR[0]] * len(others)), *([PRIOR[1]] * len(others))])
    line = _ridge(columns, said, good, weight, spread)
    now = said + columns @ line
    starts, slopes = line[2 : 2 + len(others)], line[2 + len(others) :]
    lines = {code: (round(float(a), 5), round(float(b), 5)) for code, a, b in zip(others, starts, slopes, strict=True)}
    return ProductEffect(lines, _apart(drawn, drawn.product != products[0], now, good, weight))


def _apart(drawn: Opportunities, other: Flags, said: Floats, good: Flags, weight: Floats) -> Correction:
    """How far effects differ by district and kind, as far as letters to other debtors bear it out."""
    rows, said, good, weight = drawn.take(other), said[other], good[other], weight[other]
    keys = {level: LEVELS[level](rows) for level in ("product_district", "product_kind")}
    fold = paired(rows.lender, rows.debtor) % FOLDS

    def fitted(use: Flags, apart: float) -> Correction:
        return _ridge_shifts({level: one[use] for level, one in keys.items()}, said[use], good[use], weight[use], dict.fromkeys(keys, apart))

    losses = []
    for apart in APART:
        loss = np.zeros(len(rows))
        for one in range(FOLDS):
            told = fold == one
            if told.any():
                loss[told] = log_losses(1 / (1 + np.exp(-(said[told] + fitted(~told, apart).of(rows.take(told))))), good[told])
        losses.append(float(np.average(loss, weights=weight)))
    return fitted(np.ones(len(rows), bool), APART[int(np.argmin(losses))])


def _ridge_shifts(keys: Mapping[str, Ints], log_odds: Floats, good: Flags, weight: Floats, scales: Mapping[str, float]) -> Correction:
    """Shifts that make these letters' log-odds fit their ends: Newton steps level by level (backfitting) under normal priors.

    Args:
        keys: (n,) of each level.
        scales: of each level the prior's standard deviation; 0 = no shift there.
    """
    cells = {level: np.unique(one, return_inverse=True) for level, one in keys.items() if scales[level]}
    if not cells:
        return NONE
    shifts = {level: np.zeros(len(known)) for level, (known, _) in cells.items()}
    total = np.zeros(len(log_odds))
    for _ in range(_ROUNDS):
        moved = 0.0
        for level, (known, at) in cells.items():
            pull = 1 / scales[level] ** 2
            p = 1 / (1 + np.exp(-np.clip(log_odds + total, -30, 30)))
            slope = np.bincount(at, weight * (good - p), len(known)) - pull * shifts[level]
            bend = np.bincount(at, weight * p * (1 - p), len(known)) + pull
            step = np.where(known >= 0, np.clip(slope / bend, -1.0, 1.0), 0.0)
            shifts[level] = shifts[level] + step
            total = total + step[at]
            moved = max(moved, float(np.abs(step).max(initial=0.0)))
        if moved < 1e-4:
            break
    kept = {level: np.abs(one) >= SMALLEST for level, one in shifts.items()}
    return Correction(
        max(scales.values()), {level: cells[level][0][kept[level]] for level in cells}, {level: np.round(shifts[level][kept[level]], 5) for level in cells}
    )  # fmt: skip


def _ridge(columns: Floats, offset: Floats, good: Flags, weight: Floats, spread: Floats) -> Floats:
    """Coefficients of a logistic regression under normal priors with these standard deviations, by Newton's method."""
    found = np.zeros(columns.shape[1])
    pull = 1 / np.square(spread)
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(offset + columns @ found, -30, 30)))
        slope = columns.T @ (weight * (good - p)) - pull * found
        bend = columns.T @ (columns * (weight * p * (1 - p))[:, None]) + np.diag(pull)
        step = np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
        found = found + step
        if float(np.abs(step).max()) < 1e-7:
            break
    return found


def told_as(told: tuple[int, ...], product: Ints, ordinary: Ints) -> Ints:
    """(n,) the code as which each product is told: its own where it and its row's ordinary one are told apart, else the ordinary one."""
    return np.where(np.isin(product, told) & np.isin(ordinary, told), product, ordinary)


def effect_of(model: DeliveryModel, as_told: Opportunities, said: Floats) -> Floats:
    """(n,) what is to be added to the model's log-odds ``said`` of rows with the product as which they are told."""
    return np.where(np.isin(as_told.product, model.products[1:]), model.effect.of(as_told, said), 0.0)


def delivered_by(model: DeliveryModel, rows: Opportunities, record: Record, ordinary: Ints) -> Floats:
    """(n,) probability of delivery of rows by their products, as the chooser weighs them.

    Args:
        ordinary: (n,) code of the product that each row's case goes by without a choice.
    """
    as_told = replace(rows, product=told_as(model.products, rows.product, ordinary))
    said = model.log_odds(as_told, matrix(as_told, record))
    return np.asarray(1 / (1 + np.exp(-(said + effect_of(model, as_told, said)))), np.float64)
