"""Rules on amounts and price (R-AMT), the caps and the LPR table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.rules import judge
from letters.rules.amounts import (
    claim_is_fresh,
    cost_is_within_the_cap,
    lpr_of_the_month_is_known,
    principal_was_really_advanced,
    total_is_the_sum_of_lines,
)
from letters.rules.caps import cap_for
from letters.rules.lpr import lpr_on, lpr_table
from letters.rules.model import Facts, Severity, Verdict
from letters.rules.policy import Policy
from letters.rules.regimes import original_holder, regimes_of
from locate.case import LenderKind
from records.money import Fen


def with_claim(facts: Facts, **changes: object) -> Facts:
    return replace(facts, case=replace(facts.case, claim=replace(facts.case.claim, **changes)))  # type: ignore[arg-type]


def of_lender(facts: Facts, kind: LenderKind, disbursed_on: date, rate: str | None) -> Facts:
    facts = with_claim(facts, annual_rate=None if rate is None else Decimal(rate))
    return replace(
        facts, lender=replace(facts.lender, kind=kind), case=replace(facts.case, disbursed_on=disbursed_on)
    )


def severities(facts: Facts) -> list[Severity]:
    return [finding.severity for finding in cost_is_within_the_cap(facts)]


def test_total_is_the_sum_of_lines(facts: Facts) -> None:
    assert total_is_the_sum_of_lines(facts) == ()  # 10,000.00 + 1,234.56 + 78.90 = 11,313.46
    (finding,) = total_is_the_sum_of_lines(with_claim(facts, total=Fen(1_131_345)))
    assert "相差 0.01 元" in finding.message
    assert judge(with_claim(facts, total=Fen(1_131_345))).verdict is Verdict.REFUSED


def test_a_negative_line_and_an_empty_claim_are_refused(facts: Facts) -> None:
    odd = with_claim(facts, fees=Fen(-100), total=Fen(1_131_246))
    assert ["费用" in finding.message for finding in total_is_the_sum_of_lines(odd)] == [True]
    nothing = with_claim(facts, waived=Fen(1_131_346), total=Fen(0))
    assert ["已结清" in finding.message for finding in total_is_the_sum_of_lines(nothing)] == [True]


@given(
    lines=st.lists(st.integers(0, 10**10), min_size=6, max_size=6), waived=st.integers(0, 10**6),
    off=st.integers(-3, 3),
)  # fmt: skip
def test_any_claim_is_refused_exactly_when_its_total_is_off(lines: list[int], waived: int, off: int) -> None:
    from locate.case import Claim

    total = sum(lines) - waived
    claim = Claim(
        date(2026, 11, 18), date(2026, 2, 1), Fen(0), Fen(0), *(Fen(line) for line in lines), Fen(waived),
        Fen(total + off), None,
    )  # fmt: skip
    assert (claim.lines_total() != claim.total) == (off != 0)


@pytest.mark.parametrize(("age", "refused"), [(0, False), (7, False), (8, True), (-1, True)])
def test_claim_is_fresh(facts: Facts, age: int, refused: bool) -> None:
    as_of = date.fromordinal(facts.day.toordinal() - age)
    assert bool(claim_is_fresh(with_claim(facts, as_of=as_of))) is refused


@pytest.mark.parametrize(
    ("kind", "disbursed", "rate", "expected"),
    [
        (LenderKind.BANK, date(2025, 3, 5), "24", []),
        (LenderKind.BANK, date(2025, 3, 5), "24.01", [Severity.BLOCK]),
        (LenderKind.CONSUMER_FINANCE, date(2024, 4, 26), "36", [Severity.BLOCK]),
        (LenderKind.INTERNET_PLATFORM, date(2024, 10, 1), "36", [Severity.BLOCK]),
        (LenderKind.MICRO_LOAN, date(2026, 1, 1), "24", []),
        (LenderKind.MICRO_LOAN, date(2026, 1, 1), "25", [Severity.BLOCK]),
        # Private: four times the rate of the contract's day, 3.85 then 3.45.
        (LenderKind.PRIVATE, date(2021, 5, 6), "15.4", []),
        (LenderKind.PRIVATE, date(2021, 5, 6), "15.41", [Severity.BLOCK]),
        (LenderKind.PRIVATE, date(2024, 1, 2), "13.8", []),
        (LenderKind.PRIVATE, date(2024, 1, 2), "15.4", [Severity.BLOCK]),
        (LenderKind.ASSIGNEE, date(2024, 1, 2), "13.8", []),
        (LenderKind.ASSIGNEE, date(2024, 1, 2), "18", [Severity.WARN]),
        (LenderKind.ASSIGNEE, date(2024, 1, 2), "24.5", [Severity.BLOCK]),
        # Unknown rates are never passed in silence.
        (LenderKind.BANK, date(2025, 3, 5), None, [Severity.WARN]),
        (LenderKind.BANK, date(2026, 8, 1), None, [Severity.HOLD]),
        (LenderKind.PRIVATE, date(2024, 1, 2), None, [Severity.HOLD]),
        (LenderKind.INTERNET_PLATFORM, date(2024, 1, 2), None, [Severity.HOLD]),
        # 0.36 may well mean 36 %.
        (LenderKind.BANK, date(2025, 3, 5), "0.36", [Severity.HOLD]),
        (LenderKind.BANK, date(2025, 3, 5), "0", [Severity.HOLD]),
        (LenderKind.BANK, date(2025, 3, 5), "-1", [Severity.BLOCK]),
    ],
)
def test_cost_is_within_the_cap(
    facts: Facts, kind: LenderKind, disbursed: date, rate: str | None, expected: list[Severity]
) -> None:
    assert severities(of_lender(facts, kind, disbursed, rate)) == expected


def test_an_interest_free_loan_may_have_rate_zero(facts: Facts) -> None:
    free = with_claim(facts, annual_rate=Decimal(0), interest=Fen(0), total=Fen(1_007_890))
    assert severities(free) == []


def test_a_private_contract_before_august_2020_goes_to_a_lawyer(facts: Facts) -> None:
    old = of_lender(facts, LenderKind.PRIVATE, date(2020, 5, 1), "20")
    old = replace(old, day=date(2025, 11, 20))  # 4 × 3.00 % then
    assert severities(old) == [Severity.HOLD]
    assert severities(replace(old, case=of_lender(old, LenderKind.PRIVATE, date(2020, 5, 1), "12").case)) == []


def test_principal_was_really_advanced(facts: Facts) -> None:
    more = with_claim(facts, principal_disbursed=Fen(1_900_000))
    private = replace(more, lender=replace(facts.lender, kind=LenderKind.PRIVATE))
    assert principal_was_really_advanced(facts) == ()
    (finding,) = principal_was_really_advanced(private)
    assert "1,000.00" in finding.message
    assert "R-AMT-06" in {finding.rule_id for finding in judge(private).findings}
    assert "R-AMT-06" not in {finding.rule_id for finding in judge(more).findings}  # a bank's: not its regime


def test_lpr_of_the_month_is_known(facts: Facts) -> None:
    assert lpr_of_the_month_is_known(facts) == ()
    assert lpr_of_the_month_is_known(of_lender(facts, LenderKind.PRIVATE, date(2024, 1, 2), "12")) == ()
    unknown = of_lender(facts, LenderKind.PRIVATE, date(2026, 6, 1), "12")
    assert [finding.severity for finding in lpr_of_the_month_is_known(unknown)] == [Severity.HOLD]
    assert judge(unknown).verdict is Verdict.HELD


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(2019, 8, 19), None),
        (date(2019, 8, 20), "4.25"),
        (date(2019, 9, 19), "4.25"),
        (date(2019, 9, 20), "4.20"),
        (date(2020, 8, 20), "3.85"),
        (date(2022, 8, 21), "3.70"),
        (date(2022, 8, 22), "3.65"),
        (date(2024, 10, 20), "3.35"),
        (date(2024, 10, 21), "3.10"),
        (date(2025, 5, 19), "3.10"),
        (date(2025, 5, 20), "3.00"),
        (date(2025, 12, 31), "3.00"),
        (date(2026, 1, 1), None),
    ],
)
def test_the_rate_in_force_is_the_last_one_published(day: date, percent: str | None) -> None:
    assert lpr_on(day) == (None if percent is None else Decimal(percent))


def test_the_lpr_table_is_whole_and_falls_only() -> None:
    rates = [rate.percent for _, rate in sorted(lpr_table().items())]
    assert rates == sorted(rates, reverse=True)
    assert len(rates) == 77


def test_micro_loans_fall_under_the_lpr_from_2028() -> None:
    assert cap_for(LenderKind.MICRO_LOAN, date(2027, 12, 31), date(2028, 2, 1), Policy()).percent == 24
    cap = cap_for(LenderKind.MICRO_LOAN, date(2028, 1, 1), date(2028, 2, 1), Policy())
    assert cap.percent is None and cap.missing_lpr_on == date(2028, 1, 1)


DAY = date(2026, 11, 20)
A_YEAR_AGO = date(2025, 11, 20)
LICENSED_KINDS = (LenderKind.BANK, LenderKind.CONSUMER_FINANCE, LenderKind.INTERNET_PLATFORM, LenderKind.ASSIGNEE, LenderKind.MICRO_LOAN)


@pytest.mark.parametrize(
    ("kind", "original", "contract_on", "day", "percent"),
    [
        # law-and-post.md §1.5, row by row: licensed holders 24 %, whatever the date.
        *((kind, None, date(2025, 10, 1), DAY, "24") for kind in LICENSED_KINDS),
        # Micro-loans: 24 %, and 4×LPR for loans after the end of 2027 (the table ends before: unknown).
        (LenderKind.MICRO_LOAN, None, date(2027, 12, 31), date(2028, 3, 1), "24"),
        (LenderKind.MICRO_LOAN, None, date(2028, 1, 1), date(2028, 3, 1), None),
        # Private lenders: 4×LPR on the contract's day.
        (LenderKind.PRIVATE, None, date(2020, 8, 20), DAY, "15.4"),
        (LenderKind.PRIVATE, None, date(2022, 1, 19), DAY, "15.2"),
        (LenderKind.PRIVATE, None, date(2022, 1, 20), DAY, "14.8"),
        (LenderKind.PRIVATE, None, date(2025, 6, 1), DAY, "12"),
        (LenderKind.PRIVATE, None, date(2026, 6, 1), DAY, None),
        # Before: in pieces, the lower of 24 % and 4×LPR at the time of suing.
        (LenderKind.PRIVATE, None, date(2019, 12, 1), A_YEAR_AGO, "12"),
        # An assigned claim stands under its holder's and the original lender's caps: the stricter wins.
        (LenderKind.ASSIGNEE, LenderKind.PRIVATE, date(2025, 6, 1), DAY, "12"),
        (LenderKind.ASSIGNEE, LenderKind.BANK, date(2025, 6, 1), DAY, "24"),
        (LenderKind.ASSIGNEE, LenderKind.MICRO_LOAN, date(2025, 6, 1), DAY, "24"),
    ],
)
def test_the_table_of_caps(kind: LenderKind, original: LenderKind | None, contract_on: date, day: date, percent: str | None) -> None:
    cap = cap_for(kind, contract_on, day, Policy(), original)
    assert cap.percent == (None if percent is None else Decimal(percent))
    assert (cap.missing_lpr_on is not None) is (percent is None)


@pytest.mark.parametrize("kind", LenderKind)
@pytest.mark.parametrize("original", LenderKind)
def test_of_two_caps_the_lower_counts_and_an_unknown_one_is_told(kind: LenderKind, original: LenderKind) -> None:
    for contract_on in (date(2019, 1, 1), date(2025, 6, 1), date(2026, 6, 1)):
        both = cap_for(kind, contract_on, A_YEAR_AGO, Policy(), original)
        single = [cap_for(one, contract_on, A_YEAR_AGO, Policy()) for one in (kind, original)]
        known = [cap.percent for cap in single if cap.percent is not None]
        assert both.percent == min(known, default=None)
        assert (both.missing_lpr_on is None) is all(cap.missing_lpr_on is None for cap in single)


def test_a_known_cap_is_tested_although_the_other_is_unknown(facts: Facts) -> None:
    assigned = of_lender(facts, LenderKind.ASSIGNEE, date(2026, 6, 1), "30")
    assigned = replace(assigned, case=replace(assigned.case, extra={"original_holder": "个人"}))
    assert severities(assigned) == [Severity.BLOCK]
    assert lpr_of_the_month_is_known(assigned) != ()
    assert "P" in regimes_of(LenderKind.ASSIGNEE, assigned.case)


def test_the_contracts_own_day_counts_where_the_file_gives_it(facts: Facts) -> None:
    private = of_lender(facts, LenderKind.PRIVATE, date(2022, 1, 20), "15.2")
    assert severities(private) == [Severity.BLOCK]
    earlier = replace(private, case=replace(private.case, extra={"contract_formed_on": "2022-01-19"}))
    assert severities(earlier) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [("某某银行", LenderKind.BANK), ("小贷公司", LenderKind.MICRO_LOAN), ("micro_loan", LenderKind.MICRO_LOAN), ("不详", None), ("", None)],
)
def test_the_original_holder_is_read_from_the_files_words(facts: Facts, text: str, kind: LenderKind | None) -> None:
    assert original_holder(replace(facts.case, extra={"original_holder": text})) is kind
