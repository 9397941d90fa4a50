"""Yuan as a person types them on the command line → fen."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from records.errors import WrongUsage
from records.money import Fen, fen_of

LARGEST = Fen(10**12)
"""A hundred thousand million yuan: more is a slip of the keys."""


def fen_of_text(text: str) -> Fen:
    """``"1200"`` or ``"1,200.50"`` → fen.

    Raises:
        WrongUsage: not an amount, negative, or finer than a fen.
    """
    try:
        amount = fen_of(Decimal(text.replace(",", "").strip()))
    except (InvalidOperation, ValueError, OverflowError):
        raise WrongUsage(f"金额“{text}”无法识别。", "请写成 1200 或 1200.50（元）。") from None
    if amount < 0:
        raise WrongUsage("金额不能为负。", "请写成 1200 或 1200.50（元）。")
    if amount > LARGEST:
        raise WrongUsage(f"金额“{text}”过大。", "请核对单位是否为元。")
    return amount
