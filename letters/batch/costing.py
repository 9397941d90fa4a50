"""Sheets, weight and postage of one piece: the same sum at the press, and in a forecast before anything is printed."""

from __future__ import annotations

from dataclasses import dataclass

from letters.batch.frame import ENVELOPE
from letters.post.products import Catalogue, postage_fen


@dataclass(frozen=True, slots=True)
class Cost:
    """What one piece is. Weight in grams, money in fen."""

    sheets: int
    weight_g: int
    postage_fen: int
    local: bool


class Costing:
    """Costs of the pieces of one product, bundle and place of posting."""

    def __init__(self, catalogue: Catalogue, product: str, enclosed_sheets: int, origin_postcode: str) -> None:
        self._catalogue = catalogue
        self._product = self._catalogue.product(product)
        self._enclosed_sheets = enclosed_sheets
        self._origin = origin_postcode

    def of(self, printed_sheets: int, postcode: str) -> Cost:
        """The cost of a piece with so many printed sheets; enclosures and envelope come on top.

        Raises:
            TooHeavy: the product does not go up to that weight.
        """
        sheets = printed_sheets + self._enclosed_sheets
        weight_g = self._catalogue.weight_of(sheets, ENVELOPE)
        local = self._catalogue.is_local(self._origin, postcode)
        return Cost(sheets, weight_g, postage_fen(self._product, weight_g, local), local)
