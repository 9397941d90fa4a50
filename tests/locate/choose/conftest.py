"""A case whose addresses tests make as they need them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from locate.address.model import Address, Grade
from locate.case import AddressKind, CaseRecord, Claim, GivenAddress, Source
from records.money import Fen

DAY = date(2026, 11, 20)
MakeGiven = Callable[..., GivenAddress]
MakePlace = Callable[..., Address]


@pytest.fixture
def case() -> CaseRecord:
    claim = Claim(
        DAY, date(2026, 2, 1), Fen(2_000_000), Fen(0), Fen(2_000_000), Fen(0), Fen(0), Fen(0), Fen(0), Fen(0), Fen(0),
        Fen(2_000_000), Decimal("15.4"),
    )  # fmt: skip
    return CaseRecord(
        "C-1", "欧阳明远", "330106198804250619", "19900001234", "HT1", "个人消费贷款", "", date(2025, 3, 5), claim, "", "",
    )  # fmt: skip


@pytest.fixture
def given_address() -> MakeGiven:
    def make(ordinal: int, **changes: object) -> GivenAddress:
        one = GivenAddress(
            ordinal, f"地址{ordinal}", AddressKind.RESIDENCE, Source.RESERVED, "本人预留", f"YL-{ordinal}",
            date(2026, 3, 1), DAY,
        )  # fmt: skip
        return replace(one, **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def place() -> MakePlace:
    def make(key: str, **changes: object) -> Address:
        one = Address(
            raw=key, adcode="330106", postcode="310012", canonical=key, key=key, grade=Grade.DOOR, confidence=0.95
        )
        return replace(one, **changes)  # type: ignore[arg-type]

    return make
