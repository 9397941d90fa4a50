"""Annual rates as percentages. Whether a bare number is a percentage or a fraction is decided once for a whole column.

Evidence, strongest first: a % in the cell; the lender's profile; all the column's bare numbers together; the header's
unit. Never the single cell: 0.36 under percentages is refused, not read as 36 %.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from locate.intake.problems import Fault
from locate.intake.text import Cell, is_empty_word, narrow, plain

_WRITTEN: Final = re.compile(
    r"(?:年化|年利率|年)?[:：]?(\d{1,4}(?:\.\d+)?)(%|‰)?(?:/年|每年|p\.?a\.?)?", re.IGNORECASE
)
_LONGEST: Final = 40
"""Characters of a written rate."""
_LARGEST: Final = Decimal(1000)
_PLACES: Final = Decimal("0.0001")


class RateUnit(StrEnum):
    """What a bare number in a rate column means."""

    PERCENT = "percent"
    FRACTION = "fraction"


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[Decimal, str] | None:
    if len(text) > _LONGEST:
        return None
    found = _WRITTEN.fullmatch("".join(narrow(text).split()))
    return (Decimal(found[1]), found[2] or "") if found else None


def column_unit(cells: Iterable[Cell], header_unit: str | None) -> RateUnit:
    """The meaning of the column's bare numbers.

    Rates up to 1 everywhere are fractions even under a (%) header: percent-formatted cells hold 0.154 for 15.4 %.
    A few values up to 1 among larger ones do not make the column fractions.
    """
    small = large = 0
    for cell in cells:
        parts = _parts(plain(cell))
        if parts is None or parts[1] or parts[0] == 0:
            continue
        if parts[0] <= 1:
            small += 1
        else:
            large += 1
    if small and not large:
        return RateUnit.FRACTION
    if large and not small:
        return RateUnit.PERCENT
    if header_unit == RateUnit.FRACTION:
        return RateUnit.FRACTION if small >= large else RateUnit.PERCENT
    return RateUnit.FRACTION if small > 10 * large else RateUnit.PERCENT


def read_rate(cell: Cell, unit: RateUnit, *, shown_as_percent: bool = False) -> Decimal | Fault | None:
    """The rate as a percentage without trailing zeros; None where the cell is empty.

    ``shown_as_percent``: the cell's format multiplies by a hundred and adds the sign.
    """
    if shown_as_percent and isinstance(cell, int | float):
        return _read(f"{Decimal(plain(cell)) * 100}%", unit)
    return _read(plain(cell), unit)


@lru_cache(maxsize=4096)
def _read(text: str, unit: RateUnit) -> Decimal | Fault | None:
    if is_empty_word(text):
        return None
    parts = _parts(text)
    if parts is None or parts[1] == "‰":
        return Fault("RATE_FORM")
    number, sign = parts
    if not sign and number:
        if unit is RateUnit.FRACTION:
            if number > 1:
                return Fault("RATE_AMBIGUOUS", text)
            number *= 100
        elif number < 1:
            return Fault("RATE_AMBIGUOUS", text)
    if number > _LARGEST:
        return Fault("RATE_FORM")
    rounded = number.quantize(_PLACES).normalize()
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded
