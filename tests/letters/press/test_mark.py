"""The inserter mark: written, read back, refused when it is another's; in its place on every envelope; read when blurred."""

from __future__ import annotations

from pathlib import Path

import numpy
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from letters.compose import compose, load_bundle
from letters.compose.errors import BundleUnusable
from letters.press import geometry
from letters.press.datamatrix import datamatrix
from letters.press.layout import read_layout
from letters.press.mark import Mark, MarkUnreadable, mark_box, mark_place, mark_text, read_mark
from letters.press.part import press_one

BATCH = "B20261121-01"
MARKS = st.builds(
    lambda piece, copy_no, sheets, share: Mark(BATCH, piece, copy_no, 1 + int(share * (sheets - 1)), sheets),
    st.integers(1, 999_999), st.integers(1, 9), st.integers(1, 8), st.floats(0, 1),
)  # fmt: skip
ENVELOPES = ("DL-100x40", "DL-100x50", "ZL-100x50", "C5-100x40")


@given(mark=MARKS)
@settings(max_examples=60, deadline=None)
def test_a_mark_is_read_back_and_fills_the_least_symbol(mark: Mark) -> None:
    symbol = datamatrix(mark.text, mark_place().least_side)
    assert symbol.width == mark_place().least_side
    modules = numpy.kron(numpy.array(symbol.rows(), dtype=bool), numpy.ones((4, 4), dtype=bool))
    picture = numpy.where(numpy.pad(modules, 16), 0, 255).astype(numpy.uint8)
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [mark.text]
    assert read_mark(mark.text) == mark


@given(mark=MARKS, data=st.data())
@settings(max_examples=200, deadline=None)
def test_one_wrong_character_or_two_exchanged_are_never_read(mark: Mark, data: st.DataObject) -> None:
    text = mark.text
    at = data.draw(st.integers(0, len(text) - 1))
    wrong = text[:at] + data.draw(st.characters(min_codepoint=32, max_codepoint=126)) + text[at + 1 :]
    one, other = data.draw(st.integers(0, len(text) - 4)), data.draw(st.integers(0, len(text) - 4))
    swapped = list(text)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    for bad in {wrong, "".join(swapped)} - {text}:
        with pytest.raises(MarkUnreadable):
            read_mark(bad)


@pytest.mark.parametrize(("text", "code"), [
    ("", "MARK_FORM"), ("B20261121-01/000001/1/2/33", "MARK_FORM"), ("函/1/2", "MARK_FORM"),
    (mark_text(BATCH, 1, 1, 1, 2).replace("M1/", "M2/"), "MARK_VERSION"),
    (mark_text(BATCH, 1, 1, 3, 2), "MARK_COUNT"), (mark_text(BATCH, 1, 0, 1, 2), "MARK_COUNT"),
])  # fmt: skip
def test_what_is_no_mark_says_why(text: str, code: str) -> None:
    with pytest.raises(MarkUnreadable) as caught:
        read_mark(text)
    assert caught.value.code == code


@pytest.mark.parametrize("name", ENVELOPES)
def test_the_mark_is_outside_window_and_folds(name: str) -> None:
    window = geometry.envelope(name)
    box = mark_box(window)
    assert box.left >= geometry.mm(4.2), "what office printers leave white"
    assert box.top > window.leak.bottom or box.left > window.leak.right
    for fold in window.folds:
        assert min(abs(fold - box.top), abs(fold - box.bottom)) >= mark_place().fold_distance
        assert not box.top < fold < box.bottom


def test_a_layout_whose_text_would_run_into_the_mark_is_refused() -> None:
    bundle = load_bundle("consumer@1")
    with pytest.raises(BundleUnusable, match="装封标记"):
        read_layout(bundle.layout.replace("left = 25.0", "left = 12.0"), bundle.envelope)


@pytest.mark.parametrize("duplex", [True, False])
def test_every_sheet_bears_its_mark_once_and_it_is_read_after_blur(duplex: bool) -> None:
    bundle = load_bundle("consumer@1")
    pdf = press_one(bundle, compose(bundle, bundle.sample), bundle.sample, batch_no=BATCH, piece_position=7, piece_count=9, duplex=duplex)
    document = pypdfium2.PdfDocument(pdf)
    sheets = 1 if duplex else 2
    for number in range(len(document)):
        picture = Image.fromarray(document[number].render(scale=200 / 72, grayscale=True).to_numpy().squeeze())
        blurred = numpy.asarray(picture.filter(ImageFilter.GaussianBlur(1.6)))
        found = [one.text for one in zxingcpp.read_barcodes(blurred, formats=zxingcpp.BarcodeFormat.DataMatrix)]
        on_front = not duplex or number % 2 == 0
        assert found == ([mark_text(BATCH, 7, 1, number // (2 if duplex else 1) + 1, sheets)] if on_front else [])
    document.close()


def test_the_module_is_whole_dots_of_the_printer() -> None:
    dot = 7200 / 600
    assert mark_place().module % dot == 0 and mark_place().module >= geometry.mm(0.38)
    assert "module_dots" in Path(geometry.__file__).with_name("mark.toml").read_text("utf-8")
