"""Every symbol is read back by a reader that had no part in making it."""

from __future__ import annotations

import numpy
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.press.bits import Bits, bits_of
from letters.press.code128 import code128
from letters.press.datamatrix import datamatrix
from letters.press.qr import LEVEL, MASK, qr

CODE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def read(bits: Bits, height: int = 4) -> list[str]:
    modules = numpy.kron(numpy.array(bits.rows(), dtype=bool), numpy.ones((height, 4), dtype=bool))
    picture = numpy.where(numpy.pad(modules, 48), 0, 255).astype(numpy.uint8)
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@given(number=st.one_of(
    st.from_regex(r"[A-Z]{2}[0-9]{11}", fullmatch=True), st.from_regex(r"[A-Z]{2}[0-9]{9}CN", fullmatch=True),
    st.from_regex(r"[0-9]{12,13}", fullmatch=True), st.text(alphabet=[chr(c) for c in range(32, 127)], min_size=1, max_size=13),
))
@settings(max_examples=150, deadline=None)
def test_code128_says_its_item_number(number: str) -> None:
    assert read(code128(number), 80) == [number]


@pytest.mark.parametrize("bad", ["", "中", "A\n", "\x7f"])
def test_code128_refuses_what_it_cannot_say(bad: str) -> None:
    with pytest.raises(ValueError, match="Code 128"):
        code128(bad)


def test_digit_pairs_make_the_symbol_short_enough_for_the_window() -> None:
    assert code128("XA10000000123").width <= 145
    assert code128("RR473124829CN").width <= 156


@given(code=st.text(alphabet=CODE, min_size=10, max_size=10))
@settings(max_examples=100, deadline=None)
def test_qr_says_its_link(code: str) -> None:
    assert read(qr(f"https://verify.example.cn/v/{code}")) == [f"https://verify.example.cn/v/{code}"]


@given(text=st.text(alphabet=[chr(c) for c in range(33, 127)], min_size=30, max_size=30))
@settings(max_examples=60, deadline=None)
def test_the_table_gives_the_librarys_own_code(text: str) -> None:
    slow = segno.make(text.encode(), error=LEVEL, mode="byte", mask=MASK, version=3, boost_error=False, micro=False)
    assert qr(text) == bits_of([[bool(module) for module in row] for row in slow.matrix])


@pytest.mark.parametrize("length", [1, 20, 42, 43, 62, 63, 84, 150, 213])
def test_qr_grows_with_its_text(length: int) -> None:
    assert read(qr("x" * length)) == ["x" * length]


@pytest.mark.parametrize("length", [0, 214])
def test_qr_refuses_other_lengths(length: int) -> None:
    with pytest.raises(ValueError, match="QR"):
        qr("x" * length)


@given(text=st.text(alphabet="0123456789-/B", min_size=1, max_size=44))
@settings(max_examples=200, deadline=None)
def test_datamatrix_says_its_text(text: str) -> None:
    assert read(datamatrix(text)) == [text]


def test_datamatrix_refuses_what_is_too_long_or_not_ascii() -> None:
    with pytest.raises(ValueError, match="too long"):
        datamatrix("A" * 45)
    with pytest.raises(ValueError, match="ASCII"):
        datamatrix("函")
