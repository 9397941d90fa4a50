"""Rules on posting and on the envelope's outside (R-PST, R-ENV-03)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from letters.rules import judge, judge_piece
from letters.rules.model import Facts, LetterFacts, PieceFacts, Severity, Verdict
from letters.rules.postcodes import provinces_of
from letters.rules.posting import (
    item_number_is_valid,
    letter_postcode_fits_the_address,
    outside_says_nothing,
    piece_number_is_valid,
    piece_postcode_fits_the_address,
    postcode_fits_the_address,
    product_is_registered_mail,
    weight_follows_from_sheets,
)


def on_piece(facts: PieceFacts, **changes: object) -> PieceFacts:
    return replace(facts, piece=replace(facts.piece, **changes))  # type: ignore[arg-type]


def test_product_is_registered_mail(facts: Facts) -> None:
    for product in ("200", "240", "402", "404"):
        assert product_is_registered_mail(replace(facts, product=product)) == ()
    for product in ("100", "no such"):
        assert judge(replace(facts, product=product)).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("postcode", "adcode", "fits"),
    [
        ("430014", "420103", True),
        ("050000", "130102", True),
        ("010010", "150102", True),
        ("310012", "330106", True),
        ("43001", "420103", False),
        ("4300145", "420103", False),
        ("４３００１４", "420103", False),
        ("310012", "420103", False),
        ("990000", "420103", False),
        ("137400", "152201", True),  # 乌兰浩特 lies in 内蒙古 and bears 吉林's digits
        ("202450", "330922", True),  # 嵊泗 is served from 上海
        ("310012", None, False),
        (None, "330106", False),
        ("", "330106", False),
    ],
)
def test_postcode_fits_the_address(
    facts: Facts, letter: LetterFacts, piece: PieceFacts, postcode: str | None, adcode: str | None, fits: bool
) -> None:
    chosen = facts.choice.chosen
    assert chosen is not None
    parsed = replace(facts.parsed[0], postcode=postcode, adcode=adcode)
    candidate = replace(chosen.candidate, parsed=parsed)
    changed = replace(
        facts, parsed=(parsed,), choice=replace(facts.choice, chosen=replace(chosen, candidate=candidate))
    )
    assert (postcode_fits_the_address(changed) == ()) is fits
    assert (judge(changed).verdict is Verdict.PLANNED) is fits
    letter_postcode_fits_the_address_test = replace(letter, postcode=postcode, adcode=adcode)
    assert (letter_postcode_fits_the_address(letter_postcode_fits_the_address_test) == ()) is fits
    piece = replace(on_piece(piece, office_postcode=postcode or ""), adcode=adcode)
    assert (piece_postcode_fits_the_address(piece) == ()) is fits


def test_letter_postcode_fits_the_address(letter: LetterFacts) -> None:
    assert letter_postcode_fits_the_address(letter) == ()
    (finding,) = letter_postcode_fits_the_address(replace(letter, postcode="430014"))
    assert finding.severity is Severity.HOLD


def test_piece_postcode_fits_the_address(piece: PieceFacts) -> None:
    assert piece_postcode_fits_the_address(piece) == ()
    assert piece_postcode_fits_the_address(on_piece(piece, office_postcode="430014"))


def test_every_province_of_the_mainland_has_a_postcode_prefix() -> None:
    known = {code for first in range(100) for code in provinces_of(f"{first:02d}0000")}
    assert known == {
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
        "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("item", "form", "valid"),
    [
        ("RR473124829CN", "s10", True),
        ("LK434266003CN", "s10", True),
        ("EB000717594HK", "s10", False),
        ("XA00000000001", "domestic13", True),
        ("XA0000000001", "domestic13", False),
        ("xa00000000001", "domestic13", False),
        ("1186465887499", "ems13", True),
        ("XA00000000001", "no such format", False),
        ("", "domestic13", False),
    ],
)
def test_item_number_is_valid(letter: LetterFacts, piece: PieceFacts, item: str, form: str, valid: bool) -> None:
    assert (item_number_is_valid(replace(letter, item_no=item, item_format=form)) == ()) is valid
    assert (piece_number_is_valid(replace(on_piece(piece, item_no=item), item_format=form)) == ()) is valid


def test_piece_number_is_valid(piece: PieceFacts) -> None:
    assert piece_number_is_valid(piece) == ()
    (finding,) = piece_number_is_valid(on_piece(piece, item_no="XA1"))
    assert "第 1 行" in finding.message and finding.severity is Severity.BLOCK


def test_outside_says_nothing(piece: PieceFacts) -> None:
    assert outside_says_nothing(piece) == ()
    assert outside_says_nothing(on_piece(piece, remark="")) == ()
    assert outside_says_nothing(on_piece(piece, recipient_address="湖北省武汉市法院路3号债务重组大厦")) == ()
    assert ["品名" in f.message for f in outside_says_nothing(on_piece(piece, item_name="文件"))] == [True]
    for remark in ("欠款催收", "（2026）鄂某某律函字第000124号", "急"):
        assert outside_says_nothing(on_piece(piece, remark=remark))
    assert any("催收" in f.message for f in outside_says_nothing(on_piece(piece, item_name="催 收函")))
    assert any("逾期" in f.message for f in outside_says_nothing(on_piece(piece, own_no="逾期-1")))


def test_weight_follows_from_sheets(piece: PieceFacts) -> None:
    assert weight_follows_from_sheets(piece) == ()  # 2 × 5.0 g + 6.05 g, rounded up
    assert "应重 17 克" in weight_follows_from_sheets(on_piece(piece, weight_g=16))[0].message
    assert "超过 20 克" in weight_follows_from_sheets(on_piece(piece, sheets=3, weight_g=22))[0].message
    assert weight_follows_from_sheets(on_piece(piece, sheets=0))
    assert all(finding.severity is Severity.WARN for finding in weight_follows_from_sheets(on_piece(piece, sheets=0)))


def test_a_good_piece_has_no_findings(piece: PieceFacts) -> None:
    assert judge_piece(piece) == ()
