"""Which postal products a model may tell apart, and as which one a product is told that it may not.

What a product does is known only from letters that chance gave it. Who always sent some cases by one product and others by
another has learned of the cases; and of what was never tried there is no record, which looks like an average one.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.delivery.opportunities import Ints, Opportunities

LEAST_DRAWN: Final = 200
"""Letters of a product with a known end that chance gave this product, among others of its case; with fewer it is not told apart."""


def products_told(letters: Opportunities) -> tuple[int, ...]:
    """Of letters whose product was drawn: the codes of which there are enough, in order; none where it is only one."""
    codes, count = np.unique(letters.product[letters.outcome >= 0], return_counts=True)
    enough = tuple(int(code) for code in codes[count >= LEAST_DRAWN])
    return enough if len(enough) > 1 else ()


def tells_apart(told: tuple[int, ...], product: int, other: int) -> bool:
    """Whether a model that tells ``told`` apart may say that one of these arrives more often than the other."""
    return product == other or (product in told and other in told)


def told_as(told: tuple[int, ...], product: Ints, ordinary: Ints) -> Ints:
    """(n,) the code as which each product is told: its own where it is told apart from the row's ordinary one, else that one."""
    apart = np.isin(product, told) & np.isin(ordinary, told)
    return np.where(apart, product, ordinary)
