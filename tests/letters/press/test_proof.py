"""The proof finds nothing on good pages and the fault on bad ones."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from letters.compose import compose, load_bundle
from letters.compose.model import LetterFields
from letters.press import furniture
from letters.press.geometry import mm
from letters.press.layout import Layout
from letters.press.part import press_one
from letters.press.preflight import Preflight
from letters.press.proof import ProofPiece, check_pages
from letters.press.seal import Seal
from letters.press.setting import SONG, TextSetter

BUNDLE = load_bundle("consumer@1")
SAMPLE = BUNDLE.sample
BATCH = "B20261121-01"


def codes(printed: LetterFields, expected: LetterFields, *, position: int = 7, batch_no: str = BATCH, duplex: bool = True) -> set[str]:
    pdf = press_one(BUNDLE, compose(BUNDLE, printed), printed, batch_no=BATCH, piece_position=7, piece_count=9, duplex=duplex,
                    seal=Seal.sample(printed.firm_name))
    piece = ProofPiece(expected, 1, 2, position, 1 if duplex else 2, duplex)
    return {finding.code for finding in check_pages(pdf, BUNDLE, batch_no, [piece])}


@pytest.mark.parametrize("duplex", [True, False])
@pytest.mark.parametrize("is_card", [True, False])
def test_good_pages_have_no_findings(duplex: bool, is_card: bool) -> None:
    fields = replace(SAMPLE, is_card=is_card)
    assert codes(fields, fields, duplex=duplex) == set()


def test_rare_names_are_found_too() -> None:
    fields = replace(SAMPLE, addressee_name="𬱖𠅤㛃䶮㸃")
    assert codes(fields, fields) == set()


@pytest.mark.parametrize("changes", [
    {"addressee_name": "李四海"}, {"addressee_address": ("湖北省武汉市别处1号",)}, {"contract_no": "XF999"},
    {"letter_no": "（2026）鄂示例律函字第000124号"},
])
def test_another_persons_words_are_found(changes: dict[str, str]) -> None:
    assert codes(SAMPLE, replace(SAMPLE, **changes)) == {"TEXT"}


@pytest.mark.parametrize("changes", [{"item_no": "XA10000000124"}, {"verification_code": "7K3QM-2XWAQ"}])
def test_another_letters_codes_are_found(changes: dict[str, str]) -> None:
    assert {"BARCODE_UNREAD", "BARCODE_FOREIGN"} <= codes(SAMPLE, replace(SAMPLE, **changes))


def test_a_wrong_position_or_batch_in_the_inserter_mark_is_found() -> None:
    assert codes(SAMPLE, SAMPLE, position=8) == {"BARCODE_UNREAD", "BARCODE_FOREIGN"}
    assert codes(SAMPLE, SAMPLE, batch_no="B20261121-02") == {"BARCODE_UNREAD", "BARCODE_FOREIGN"}


def test_words_that_the_window_could_show_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(setter: TextSetter, fields: LetterFields, layout: Layout) -> bytes:
        return original(setter, fields, layout) + furniture.show_at(setter, "律师函", SONG, 1050, mm(60), mm(66))

    original = furniture.window
    monkeypatch.setattr(furniture, "window", leaking)
    assert codes(SAMPLE, SAMPLE) == {"WINDOW_LEAK"}


def test_an_address_that_slips_out_of_the_window_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = furniture.window

    def slipped(setter: TextSetter, fields: LetterFields, layout: Layout) -> bytes:
        return b"q 1 0 0 1 0 -36 cm\n" + original(setter, fields, layout) + b"Q\n"

    monkeypatch.setattr(furniture, "window", slipped)
    assert codes(SAMPLE, SAMPLE) == {"WINDOW_LEAK"}


@pytest.mark.parametrize(("operators", "code"), [
    (b"60 760 40 2 re f\n", "WINDOW_INK"),
    (b"q 1 0 0 1 400 612 cm BT/F0 10 Tf 3 Tr 1 0 0 1 0 0 Tm%s ET Q\n", "BLANK_GLYPH"),
    (b"BT/F0 10 Tf 1 0 0 1 540 300 Tm%s ET\n", "OVERFLOW"),
    (b"BT/F0 10 Tf 1 0 0 1 30 420 Tm%s ET\n", "MARK_ZONE"),
])
def test_ink_in_the_window_unprinted_and_misplaced_words_are_found(monkeypatch: pytest.MonkeyPatch, operators: bytes, code: str) -> None:
    def spoiled(setter: TextSetter, fields: LetterFields, layout: Layout) -> bytes:
        return original(setter, fields, layout) + (operators % setter.show("律师函", SONG, 1000) if b"%s" in operators else operators)

    original = furniture.window
    monkeypatch.setattr(furniture, "window", spoiled)
    assert codes(SAMPLE, SAMPLE) == {code}


def test_a_back_that_should_be_blank_and_is_not_is_found() -> None:
    pdf = press_one(BUNDLE, compose(BUNDLE, SAMPLE), SAMPLE, batch_no=BATCH, duplex=True)
    found = check_pages(pdf, BUNDLE, BATCH, [ProofPiece(SAMPLE, 1, 1, 1, 1, True)])
    assert "BACK_NOT_BLANK" in {finding.code for finding in found}
    assert {finding.position for finding in found} == {1}


def test_the_copy_number_stands_in_the_mark() -> None:
    pdf = press_one(BUNDLE, compose(BUNDLE, SAMPLE), SAMPLE, batch_no=BATCH, duplex=True)
    first = ProofPiece(SAMPLE, 1, 2, 1, 1, True)
    assert check_pages(pdf, BUNDLE, BATCH, [first]) == []
    assert {found.code for found in check_pages(pdf, BUNDLE, BATCH, [replace(first, copy_no=2)])} == {"BARCODE_UNREAD", "BARCODE_FOREIGN"}


def test_preflight_says_before_printing_what_would_stop_the_letter() -> None:
    preflight = Preflight(BUNDLE)

    def problems(fields: LetterFields) -> list[str]:
        return [problem.code for problem in preflight.problems(compose(BUNDLE, fields), fields)]

    assert problems(SAMPLE) == []
    assert problems(replace(SAMPLE, addressee_name="张\U0002a6a5")) == ["MISSING_GLYPH"]
    assert problems(replace(SAMPLE, addressee_name="欧" * 60)) == ["WINDOW_OVERFLOW"]
    assert preflight.printed_pages(compose(BUNDLE, SAMPLE), SAMPLE) == 2


def test_a_part_with_missing_pages_is_found() -> None:
    pdf = press_one(BUNDLE, compose(BUNDLE, SAMPLE), SAMPLE, batch_no=BATCH)
    piece = ProofPiece(SAMPLE, 2, 2, 1, 2, False)
    assert [finding.code for finding in check_pages(io.BytesIO(pdf).getvalue(), BUNDLE, BATCH, [piece])] == ["PAGES"]
