"""Which postal products a model may tell apart, and as which one a product is told that it may not.

What a product does is known only from letters that chance gave it. Who always sent some cases by one product and others by
another has learned of the cases; and of what was never tried there is no record, which looks like an average one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from models.delivery.correction import LEVELS, NONE, Correction, ridge_shifts
from models.delivery.features import Record, matrix
from models.delivery.measures import log_losses
from models.delivery.opportunities import Flags, Floats, Ints, Opportunities
from models.delivery.record import paired

if TYPE_CHECKING:
    from models.delivery.estimators import DeliveryModel

LEAST_DRAWN: Final = 200
"""Letters of a product with a known end that chance gave this product, among others of its case; with fewer it is not told apart."""
MEMORY_DAYS: Final = 180.0
"""Half-life of what a drawn letter says of its product: services change."""
OVERALL: Final = 0.5
"""Standard deviation of a product's effect on the log-odds, before the data (assumed)."""
APART: Final = (0.0, 0.15, 0.3, 0.6)
"""The same of how far it may differ by district and kind of address; settled by letters to other debtors. 0 = it does not."""
FOLDS: Final = 4


def products_told(letters: Opportunities) -> tuple[int, ...]:
    """Of letters whose product was drawn: the codes of which there are enough, in order; none where it is only one."""
    codes, count = np.unique(letters.product[letters.outcome >= 0], return_counts=True)
    enough = tuple(int(code) for code in codes[count >= LEAST_DRAWN])
    return enough if len(enough) > 1 else ()


@dataclass(frozen=True, slots=True)
class ProductTrial:
    """The letters to which chance gave another product than the base, while a model is fitted. ``rows`` are places in all letters."""

    products: tuple[int, ...]
    rows: Ints
    features: Floats
    """(len(rows), features) of each as if it had gone by the base product."""

    @classmethod
    def of(cls, known: Opportunities, drawn: Flags, products: tuple[int, ...], record: Record, blank: Sequence[int]) -> Self:
        """Of all letters with known ends.

        Args:
            drawn: (n,) whose product was drawn.
            blank: features that are empty in this training.
        """
        rows = np.flatnonzero(drawn & np.isin(known.product, products[1:]))
        made = cls(products, rows, np.zeros((len(rows), 0)))
        if not len(rows):
            return made
        features = matrix(made.base_rows(known), record)
        features[:, list(blank)] = 0.0
        return replace(made, features=features)

    def base_rows(self, known: Opportunities) -> Opportunities:
        """The trial's letters as if they had gone by the base product."""
        letters = known.take(self.rows)
        return replace(letters, product=np.full(len(letters), self.products[0] if self.products else 0))

    def tell(self, into: Floats, model: DeliveryModel, known: Opportunities, told: Ints) -> None:
        """Write what ``model`` says by the base product of those of the trial's letters that are among ``told`` (places in all letters)."""
        at = np.flatnonzero(np.isin(self.rows, told))
        if len(at):
            into[at] = model.delivered(self.base_rows(known).take(at), self.features[at])

    def effect(self, by_base: Floats, known: Opportunities, good: Flags, weight: Floats, as_of: int) -> Correction:
        """``product_effect`` of those that a model told.

        Args:
            by_base: (len(rows),) log-odds by the base product; NaN where no model told it unseen.
            good: of all letters, delivered.
            weight: of all letters; 0 where a letter is not to be learned from.
        """
        use = ~np.isnan(by_base) & (weight[self.rows] > 0)
        rows = self.rows[use]
        return product_effect(known.take(rows), by_base[use], good[rows], weight[rows], as_of)


def product_effect(drawn: Opportunities, log_odds: Floats, good: Flags, weight: Floats, as_of: int) -> Correction:
    """How much more often letters arrive for having gone by another product, from letters whose product was drawn.

    Chance gave them the product, so what lies above the model's word *for the ordinary product* is the product's doing. A ridge
    logistic regression with that word as offset: one shift a product, and by district and kind of address as far as letters to
    other debtors bear it out.

    Args:
        drawn: letters by other products than the ordinary one.
        log_odds: (n,) of a model that had not seen them, told of each as if it had gone by the ordinary product.
        good: (n,) delivered.
        weight: (n,) for how many like it each stands.
    """
    if not len(drawn):
        return NONE
    weight = weight * 0.5 ** ((as_of - drawn.day) / MEMORY_DAYS)
    keys = {level: LEVELS[level](drawn) for level in ("product", "product_district", "product_kind")}
    fold = paired(drawn.lender, drawn.debtor) % FOLDS

    def fitted(use: Flags, apart: float) -> Correction:
        scales = {"product": OVERALL, "product_district": apart, "product_kind": apart}
        return ridge_shifts({level: one[use] for level, one in keys.items()}, log_odds[use], good[use], weight[use], scales)

    losses = []
    for apart in APART:
        loss = np.zeros(len(drawn))
        for one in range(FOLDS):
            told = fold == one
            if told.any():
                shift = fitted(~told, apart).of(drawn.take(told)) if (~told).any() else 0.0
                loss[told] = log_losses(1 / (1 + np.exp(-(log_odds[told] + shift))), good[told])
        losses.append(float(np.average(loss, weights=weight)))
    return fitted(np.ones(len(drawn), bool), APART[int(np.argmin(losses))])


def delivered_by(model: DeliveryModel, rows: Opportunities, record: Record, ordinary: Ints) -> Floats:
    """(n,) probability of delivery of rows by their products, as the chooser weighs them.

    Args:
        ordinary: (n,) code of the product that each row's case goes by without a choice.
    """
    as_told = replace(rows, product=base_of(model.products, rows.product, ordinary))
    return 1 / (1 + np.exp(-(model.log_odds(as_told, matrix(as_told, record)) + effect_of(model, rows, ordinary))))


def base_of(told: tuple[int, ...], product: Ints, ordinary: Ints) -> Ints:
    """(n,) the product as which a row is scored before its product's effect: the first of those told apart where the row's product and
    its ordinary one are among them, else the ordinary one."""
    apart = np.isin(product, told) & np.isin(ordinary, told)
    return np.where(apart, told[0] if told else ordinary, ordinary)


def effect_of(model: DeliveryModel, rows: Opportunities, ordinary: Ints) -> Floats:
    """(n,) what the row's product adds to the log-odds of its base."""
    apart = np.isin(rows.product, model.products[1:]) & np.isin(ordinary, model.products)
    return np.where(apart, model.effect.of(rows), 0.0)
