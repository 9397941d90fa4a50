"""Annual cost and the order of partial payments: known answers, and properties that hold for any loan."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.rules.price import LAWFUL_ORDER, Flow, annual_cost_percent, apply_payment, least_annual_percent
from records.money import Fen

START = date(2025, 1, 1)


def after(days: int, fen: int) -> Flow:
    return Flow(START + timedelta(days=days), fen)


@pytest.mark.parametrize(
    ("flows", "nominal", "effective"),
    [
        # One year, 24 % simple at the end: compounded 24 %, and 12 × the month's rate 21.7051 %.
        ([after(0, 1_000_000), after(365, -1_240_000)], "21.7051", "24.0000"),
        # Interest-free: no cost.
        ([after(0, 1_000_000), after(365, -1_000_000)], "0.0000", "0.0000"),
        # Less came back than went out.
        ([after(0, 1_000_000), after(365, -900_000)], "0.0000", "0.0000"),
        # Taken off in advance: 10,000 on paper, 9,000 handed over, 10,000 due in a year: 11.1111 %.
        ([after(0, 900_000), after(365, -1_000_000)], "10.5824", "11.1111"),
    ],
)
def test_a_loan_of_known_cost(flows: list[Flow], nominal: str, effective: str) -> None:
    for compounded, expected in ((False, nominal), (True, effective)):
        found = annual_cost_percent(flows, compounded=compounded)
        assert found is not None
        assert abs(found - Decimal(expected)) <= Decimal("0.0002")


def test_twelve_equal_instalments_at_two_percent_a_month_cost_24_percent() -> None:
    payment = 94_559.60  # 1,000,000 × 0.02 / (1 − 1.02⁻¹²), of ten thousand yuan
    flows = [after(0, 1_000_000)] + [
        Flow(date.fromordinal(START.toordinal() + round(month * 365 / 12)), -round(payment)) for month in range(1, 13)
    ]
    found = annual_cost_percent(flows)
    assert found is not None
    assert Decimal("23.9") < found < Decimal("24.1")


@pytest.mark.parametrize("flows", [[], [after(0, -5)], [after(0, 100)], [after(0, 100), after(30, 50)]])
def test_what_is_no_loan_has_no_cost(flows: list[Flow]) -> None:
    assert annual_cost_percent(flows) is None


def test_a_return_beyond_any_loan_is_none() -> None:
    assert annual_cost_percent([after(0, 1), after(1, -(10**12))]) is None


@settings(max_examples=40, deadline=None)
@given(
    principal=st.integers(10_000, 10**9), days=st.integers(30, 1500), charge=st.integers(0, 10**8),
    more=st.integers(1, 10**7),
)  # fmt: skip
def test_more_cost_is_never_a_lower_rate(principal: int, days: int, charge: int, more: int) -> None:
    def cost(fen: int) -> Decimal | None:
        return annual_cost_percent([after(0, principal), after(days, -(principal + fen))])

    less, dearer = cost(charge), cost(charge + more)
    assert less is None or dearer is None or less <= dearer


@settings(max_examples=40, deadline=None)
@given(
    principal=st.integers(100_000, 10**8), repaid=st.integers(0, 90_000), when=st.integers(1, 300), charge=st.integers(1, 10**6)
)
def test_the_least_rate_is_never_above_the_true_compounded_one_of_a_year(principal: int, repaid: int, when: int, charge: int) -> None:
    flows = [after(0, principal), after(when, -repaid), after(365, -(principal - repaid + charge))]
    least = least_annual_percent(Fen(charge), Fen(principal), START, START + timedelta(days=365))
    true = annual_cost_percent(flows, compounded=True)
    assert least is not None
    assert true is None or least <= true + Decimal("0.0002")


@pytest.mark.parametrize(("charges", "principal", "days"), [(100, 0, 365), (100, 100, 0), (-1, 100, 365)])
def test_the_least_rate_needs_principal_and_time(charges: int, principal: int, days: int) -> None:
    assert least_annual_percent(Fen(charges), Fen(principal), START, START + timedelta(days=days)) is None


def owing(fees: int, interest: int, principal: int) -> dict[str, Fen]:
    return {"fees": Fen(fees), "interest": Fen(interest), "principal": Fen(principal)}


@pytest.mark.parametrize(
    ("payment", "expected", "surplus"),
    [
        (50, owing(50, 0, 0), 0),
        (150, owing(100, 50, 0), 0),
        (350, owing(100, 200, 50), 0),
        (5_000, owing(100, 200, 1_000), 3_700),
        (0, owing(0, 0, 0), 0),
    ],
)
def test_a_partial_payment_goes_to_costs_then_interest_then_principal(
    payment: int, expected: dict[str, Fen], surplus: int
) -> None:
    applied = apply_payment(Fen(payment), owing(100, 200, 1_000))
    assert applied.to == expected
    assert applied.surplus == surplus


def test_the_contract_may_name_another_order() -> None:
    applied = apply_payment(Fen(500), owing(100, 200, 1_000), ("principal", "interest", "fees"))
    assert applied.to == owing(0, 0, 500)


@pytest.mark.parametrize("order", [("fees", "interest"), ("fees", "fees", "interest", "principal"), ("fees", "interest", "x")])
def test_an_order_that_leaves_a_part_out_is_refused(order: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="order"):
        apply_payment(Fen(1), owing(1, 1, 1), order)


def test_a_negative_payment_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        apply_payment(Fen(-1), owing(1, 1, 1))


@given(st.integers(0, 10**9), *(st.integers(0, 10**9) for _ in range(3)))
def test_no_fen_is_lost_and_no_part_is_paid_before_the_one_ahead_of_it(payment: int, fees: int, interest: int, principal: int) -> None:
    applied = apply_payment(Fen(payment), owing(fees, interest, principal))
    assert sum(applied.to.values()) + applied.surplus == payment
    for earlier, later in itertools.pairwise(LAWFUL_ORDER):
        assert applied.left[earlier] == 0 or applied.to[later] == 0
