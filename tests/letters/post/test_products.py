"""Weight and postage: the fees of law-and-post.md §9, and a slow reference beside the step sum."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.post.numbers import NumberFormat
from letters.post.products import Surcharge, TariffStep, TooHeavy, load_catalogue, postage_fen, weight_of
from records.errors import WrongUsage

CATALOGUE = load_catalogue()
REGISTERED = CATALOGUE.product("200")
APPOINTED = CATALOGUE.product("240")


@pytest.mark.parametrize(
    ("product", "weight_g", "local", "fen"),
    [("200", 20, False, 420), ("240", 20, True, 580), ("240", 20, False, 620), ("200", 21, False, 540),
     ("200", 101, False, 1100), ("200", 1, True, 380), ("200", 100, False, 900), ("200", 200, False, 1100),
     ("200", 201, False, 1300)],
)  # fmt: skip
def test_fees_of_the_sources(product: str, weight_g: int, local: bool, fen: int) -> None:
    assert postage_fen(CATALOGUE.product(product), weight_g, local) == fen


@given(st.integers(1, 2000), st.booleans())
def test_postage_equals_paying_gram_by_gram(weight_g: int, local: bool) -> None:
    fen, begun = 300, 0
    while begun < weight_g:
        step = 20 if begun < 100 else 100
        fen += {(20, True): 80, (20, False): 120, (100, True): 120, (100, False): 200}[step, local]
        begun += step
    assert postage_fen(REGISTERED, weight_g, local) == fen


@given(st.integers(1, 1999), st.booleans())
def test_a_heavier_piece_never_costs_less(weight_g: int, local: bool) -> None:
    assert postage_fen(REGISTERED, weight_g, local) <= postage_fen(REGISTERED, weight_g + 1, local)


TARIFFS = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 120), st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=4)


@given(TARIFFS, st.lists(st.integers(0, 500), max_size=2), st.booleans(), st.data())
def test_any_tariff_is_monotone_and_equals_paying_gram_by_gram(
    rows: list[tuple[int, int, int, int]], fees: list[int], local: bool, data: st.DataObject
) -> None:
    reached, steps = 0, []
    for width, per, here, there in rows:
        reached += width
        steps.append(TariffStep(reached, per, here, there))
    product = replace(REGISTERED, steps=tuple(steps), surcharges=tuple(Surcharge(str(n), fee) for n, fee in enumerate(fees)), max_weight_g=reached)
    weight = data.draw(st.integers(1, reached))
    fen, begun = sum(fees), 0
    for step in steps:
        while begun < min(weight, step.up_to_g):
            fen += step.local_fen if local else step.nonlocal_fen
            begun = min(begun + step.per_g, step.up_to_g)
    assert postage_fen(product, weight, local) == fen
    assert weight == reached or postage_fen(product, weight + 1, local) >= fen
    with pytest.raises(TooHeavy):
        postage_fen(product, reached + 1, local)


@given(st.integers(1, 40), st.sampled_from(sorted(CATALOGUE.envelopes)))
def test_another_sheet_weighs_five_grams_and_costs_never_less(sheets: int, envelope: str) -> None:
    one, more = weight_of(sheets, envelope), weight_of(sheets + 1, envelope)
    assert more - one == 5
    assert postage_fen(REGISTERED, one, False) <= postage_fen(REGISTERED, more, False)


def test_two_sheets_stay_in_the_first_step_and_three_do_not() -> None:
    for envelope in ("DL", "ZL"):
        assert [weight_of(sheets, envelope) <= 20 for sheets in (1, 2, 3)] == [True, True, False]


def test_weight_is_rounded_up() -> None:
    assert weight_of(1, "DL") == 12  # 5.0 + 6.05 g


def test_a_piece_over_the_products_weight_is_refused() -> None:
    assert postage_fen(APPOINTED, 500, True) > 0
    with pytest.raises(TooHeavy) as refusal:
        postage_fen(APPOINTED, 501, True)
    assert refusal.value.weight_g == 501


@pytest.mark.parametrize("weight_g", [0, -1])
def test_a_piece_without_weight_has_no_postage(weight_g: int) -> None:
    with pytest.raises(ValueError):
        postage_fen(REGISTERED, weight_g, True)


def test_only_ordinary_mail_is_not_registered() -> None:
    assert [p.code for p in CATALOGUE.products.values() if not p.registered] == ["100"]
    assert REGISTERED.number_format is NumberFormat.DOMESTIC13


@pytest.mark.parametrize(
    ("origin", "destination", "local"),
    [("430014", "430070", True), ("430014", "432000", False), ("100010", "102600", True), ("050000", "050011", True),
     ("050000", "051000", False), ("430014", "", False), ("", "", False)],
)  # fmt: skip
def test_local_means_the_same_city(origin: str, destination: str, local: bool) -> None:
    assert CATALOGUE.is_local(origin, destination) is local


def test_a_partners_override_replaces_a_product_and_changes_the_hash(tmp_path: Path) -> None:
    override = tmp_path / "agreement.toml"
    override.write_text(
        '[tariff.agreed]\nsource="协议"\nsteps=[{up_to_g=500,per_g=500,local_fen=900,nonlocal_fen=1000}]\n'
        '[[product]]\ncode="404"\nname="EMS"\nsend_method="EMS"\nregistered=true\nnumber_format="ems13"\n'
        'tariff="agreed"\nmax_weight_g=500\nsurcharges=[]\n'
    )
    agreed = load_catalogue(override)
    assert postage_fen(agreed.product("404"), 30, False) == 1000
    assert postage_fen(agreed.product("200"), 20, False) == 420
    assert agreed.sha256 != CATALOGUE.sha256


def test_a_broken_override_says_what_is_wrong(tmp_path: Path) -> None:
    override = tmp_path / "agreement.toml"
    override.write_text('[envelope.DL]\nname="DL"\nweight_mg=6.05\n')
    with pytest.raises(WrongUsage, match="weight_mg"):
        load_catalogue(override)


def test_an_unknown_product_names_the_known_ones() -> None:
    with pytest.raises(WrongUsage) as refusal:
        CATALOGUE.product("999")
    assert "200 挂号信函" in refusal.value.advice


def test_prices_from_memory_are_marked_as_such() -> None:
    assert {code: one.from_memory for code, one in CATALOGUE.products.items()} == {
        "100": False, "200": False, "240": False, "402": True, "404": True,
    }  # fmt: skip
    assert all(one.source for one in CATALOGUE.products.values())
