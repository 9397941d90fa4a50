"""Months of the LPR that a person entered: read strictly, no month left out, used from their day of publication."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from letters.rules.caps import cap_for
from letters.rules.lpr import lpr_on, lpr_table, read_entry, table_with
from letters.rules.policy import Policy
from letters.rules.policyfile import read_policy
from locate.case import LenderKind
from records.errors import WrongUsage

JANUARY = ("2026-01 2.90 2026-01-20",)


def test_an_entered_month_counts_from_its_day_and_no_further() -> None:
    assert lpr_on(date(2026, 1, 19), JANUARY) == lpr_table()[2025, 12].percent
    assert lpr_on(date(2026, 1, 20), JANUARY) == Decimal("2.90")
    assert lpr_on(date(2026, 2, 1), JANUARY) is None and lpr_on(date(2026, 1, 20)) is None


def test_the_cap_of_a_private_loan_is_made_from_it() -> None:
    day = date(2026, 1, 25)
    assert cap_for(LenderKind.PRIVATE, day, day, Policy()).missing_lpr_on == day
    cap = cap_for(LenderKind.PRIVATE, day, day, Policy(lpr_published=JANUARY))
    assert (cap.percent, cap.lpr_percent) == (Decimal("11.60"), Decimal("2.90"))
    assert Policy(lpr_published=JANUARY).sha256 != Policy().sha256


@pytest.mark.parametrize(
    "entry",
    ["2026-1 3.00 2026-01-20", "2026-01 0 2026-01-20", "2026-01 30 2026-01-20", "2026-01 3.00 2026-02-20", "2026-01 3.00 2026-01-32",
     "2026-01 3.001 2026-01-20", "2019-07 3.00 2019-07-20"],
)  # fmt: skip
def test_what_can_not_be_a_published_rate_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="“"):
        read_entry(entry)


def test_a_month_left_out_or_said_twice_is_refused_by_the_policy_file_too() -> None:
    for entries in (["2026-02 3.00 2026-02-20"], ["2026-01 3.00 2026-01-20", "2026-01 3.10 2026-01-21"]):
        with pytest.raises(ValueError, match="2026-01"):
            table_with(tuple(entries))
        with pytest.raises(WrongUsage, match="lpr_published"):
            read_policy(f"format = 1\n[house]\nlpr_published = {entries!r}\n".replace("'", '"'))
    assert read_policy(f"format = 1\n[house]\nlpr_published = [\"{JANUARY[0]}\"]\n").settings
