"""A case with one contact that may be asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from locate.case import CaseRecord, Claim, Contact, Source
from locate.contacts.lost_contact import LostContact
from records.money import Fen

DAY = date(2026, 11, 20)


@pytest.fixture
def contact() -> Contact:
    return Contact(1, "欧阳思源", "兄弟", "19900005678", "", Source.RESERVED, "YL-1", None, opted_out=False)


@pytest.fixture
def case(contact: Contact) -> CaseRecord:
    claim = Claim(
        DAY, date(2026, 2, 1), Fen(2_000_000), Fen(0), Fen(2_000_000), Fen(0), Fen(0), Fen(0), Fen(0), Fen(0), Fen(0),
        Fen(2_000_000), Decimal("15.4"),
    )  # fmt: skip
    return CaseRecord(
        "C-1", "欧阳明远", "330106198804250619", "19900001234", "HT1", "个人消费贷款", "", date(2025, 3, 5), claim, "", "",
        contacts=(contact,),
    )  # fmt: skip


@pytest.fixture
def lost() -> LostContact:
    return LostContact(True, "号码无效", date(2026, 11, 1))
