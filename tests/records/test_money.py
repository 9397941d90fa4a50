"""Fen, yuan and the capital form. The official examples are those of 《支付结算办法》附一."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from records.money import capital, fen_of, yuan

AMOUNTS = st.integers(min_value=0, max_value=9_223_372_036_854_775_807)
DIGITS = "零壹贰叁肆伍陆柒捌玖"


def read_capital(text: str) -> int:
    """The fen that a capital form says: written from the form's grammar alone, knowing nothing of how it is made."""
    if text.startswith("负"):
        return -read_capital(text[1:])
    text = text.removesuffix("整")
    whole, mark, part = text.rpartition("元")
    if not mark:
        whole, part = "", text

    def number(words: str) -> int:
        for word, size in (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10)):
            head, found, tail = words.rpartition(word)
            if found:
                return number(head) * size + number(tail)
        words = words.strip("零")
        return DIGITS.index(words) if words else 0

    def cents(words: str) -> int:
        total = 0
        for word, size in (("角", 10), ("分", 1)):
            head, found, tail = words.partition(word)
            if found:
                total += DIGITS.index(head.lstrip("零")) * size
                words = tail
        assert words == ""
        return total

    return number(whole) * 100 + cents(part)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (140950, "壹仟肆佰零玖元伍角整"),
        (600714, "陆仟零柒元壹角肆分"),
        (168032, "壹仟陆佰捌拾元零叁角贰分"),
        (10700053, "壹拾万柒仟元零伍角叁分"),
        (1640902, "壹万陆仟肆佰零玖元零贰分"),
        (32504, "叁佰贰拾伍元零肆分"),
        (1131346, "壹万壹仟叁佰壹拾叁元肆角陆分"),
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (100, "壹元整"),
        (1000, "壹拾元整"),
        (10_000_000_00, "壹仟万元整"),
        (100_000_001_00, "壹亿零壹元整"),
        (10_0010_0000_00, "壹拾亿零壹拾万元整"),
        (1_2345_0000_0000_00, "壹万贰仟叁佰肆拾伍亿元整"),
        (-105, "负壹元零伍分"),
    ],
)
def test_capital_form_follows_the_official_examples(fen: int, words: str) -> None:
    assert capital(fen) == words


@given(AMOUNTS)
@example(10**15)
@example(10**16 + 1)
def test_capital_form_says_exactly_its_amount(fen: int) -> None:
    assert read_capital(capital(fen)) == fen


@given(AMOUNTS)
def test_capital_form_never_has_two_zeros_together_and_ends_lawfully(fen: int) -> None:
    words = capital(fen)
    assert "零零" not in words
    assert words.endswith(("整", "分"))
    assert words == "零元整" or not words.startswith("零")
    assert not any(pair in words for pair in ("零元零", "零万", "零亿", "零仟", "零佰", "零拾"))


@given(st.integers(min_value=-(10**17), max_value=10**17))
def test_yuan_with_separators_reads_back_to_its_fen(fen: int) -> None:
    shown = yuan(fen)
    assert fen_of(Decimal(shown.replace(",", ""))) == fen
    assert shown[-3] == "."


def test_yuan_groups_by_three_and_keeps_the_sign_of_less_than_a_yuan() -> None:
    assert yuan(1131346) == "11,313.46"
    assert yuan(-5) == "-0.05"
    assert yuan(123456789_00) == "123,456,789.00"


@pytest.mark.parametrize("text", ["1.005", "0.001", "NaN", "Infinity", "-Infinity", "1E-30"])
def test_what_is_not_whole_fen_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|amount"):
        fen_of(Decimal(text))


@pytest.mark.parametrize(("text", "fen"), [("1.50", 150), ("1E+3", 100000), ("1.500000", 150), ("-0.01", -1)])
def test_whole_fen_in_any_writing_is_read_exactly(text: str, fen: int) -> None:
    assert fen_of(Decimal(text)) == fen


def test_an_amount_longer_than_the_decimal_context_is_not_rounded() -> None:
    assert fen_of(Decimal("1234567890123456789012345678.91")) == 123456789012345678901234567891
