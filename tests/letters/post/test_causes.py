"""The likely cause of a postage difference: what explains the charge to the fen, and nothing where nothing does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.post.causes import CAUSE_NAMES, Cause, Charge, explain
from letters.post.products import load_catalogue, postage_fen

CATALOGUE = load_catalogue()
LETTER = CATALOGUE.product("200")


def charge(charged: int | None, weight: int | None = None, **changes: object) -> Charge:
    values = {"weight_g": 12, "local": False, "expected_fen": 420, "charged_fen": charged, "charged_weight_g": weight, **changes}
    return Charge(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "cause"),
    [(charge(540, 21), Cause.WEIGHT_STEP), (charge(540), Cause.WEIGHT_STEP), (charge(380, 12), Cause.LOCALITY), (charge(380), Cause.LOCALITY),
     (charge(460, 21), Cause.WEIGHT_AND_LOCALITY), (charge(620, 12), Cause.SURCHARGE), (charge(120, 12), Cause.SURCHARGE),
     (charge(720, 12), Cause.SURCHARGE), (charge(421), Cause.UNKNOWN), (charge(None), Cause.NOT_STATED), (charge(0), Cause.UNKNOWN),
     (charge(420, accepted=False), Cause.REFUSED_CHARGED), (charge(420, void=True), Cause.VOID_CHARGED)],
)  # fmt: skip
def test_causes_of_the_tariff(one: Charge, cause: Cause) -> None:
    found = explain(CATALOGUE, LETTER, one)
    assert found is not None
    assert found.cause is cause, found
    assert found.words


@pytest.mark.parametrize("one", [charge(420), charge(420, 19), charge(None, accepted=False), charge(0, void=True)])
def test_what_was_charged_as_computed_needs_no_cause(one: Charge) -> None:
    assert explain(CATALOGUE, LETTER, one) is None


def test_a_step_that_contradicts_the_stated_weight_says_so() -> None:
    found = explain(CATALOGUE, LETTER, charge(540, 12))
    assert found is not None
    assert (found.cause, found.words) == (Cause.WEIGHT_STEP, "与 40 克一档外埠相符，但回执重量为 12 克")


@given(st.integers(1, 500), st.booleans(), st.integers(1, 500), st.booleans(), st.booleans())
def test_a_charge_by_the_tariff_is_always_explained_by_the_tariff(
    weight: int, local: bool, weighed: int, charged_as_local: bool, stated: bool
) -> None:
    expected, charged = postage_fen(LETTER, weight, local), postage_fen(LETTER, weighed, charged_as_local)
    found = explain(CATALOGUE, LETTER, Charge(weight, local, expected, charged, weighed if stated else None))
    if charged == expected:
        assert found is None
    else:
        assert found is not None
        assert found.cause is not Cause.UNKNOWN


def test_every_cause_has_a_name() -> None:
    assert set(CAUSE_NAMES) == set(Cause)
