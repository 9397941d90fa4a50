"""Item numbers: the vectors of law-and-post.md §9 and what must hold of every range."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.post.numbers import (
    Block,
    NumberFormat,
    block_between,
    formats_of,
    is_valid,
    number_at,
    ordinal,
    s10_check_digit,
    serial_of,
)

VALID_S10 = ["RR473124829GB", "RR473124829CN", "EE471108151FR", "EB000717595HK", "EB000717618HK", "LK434266003CN", "CP123456785CN"]


@pytest.mark.parametrize("item_no", VALID_S10)
def test_s10_numbers_of_the_sources_are_valid(item_no: str) -> None:
    assert is_valid(item_no, NumberFormat.S10)


@pytest.mark.parametrize(
    "item_no",
    ["EB000717594HK", "EB900717618HK", "RA184717615H1", "EY023356678CN", "rr473124829GB", "RR473124829", "RR47312482９GB",
     "JR473124829GB", "RR473124829GB\n"],
)  # fmt: skip
def test_wrong_s10_numbers_are_refused(item_no: str) -> None:
    assert not is_valid(item_no, NumberFormat.S10)


@pytest.mark.parametrize(
    ("digits", "check"),
    [("47312482", 9), ("00071761", 8), ("12345678", 5), ("00000008", 0), ("00000000", 5), ("96633102", 0), ("76129403", 8)],
)
def test_check_digits_computed_by_hand(digits: str, check: int) -> None:
    assert s10_check_digit(digits) == check


@pytest.mark.parametrize("item_no", ["XK00000000001", "PM13131313435"])
def test_domestic_numbers_have_two_letters_and_eleven_digits(item_no: str) -> None:
    assert formats_of(item_no) == (NumberFormat.DOMESTIC13,)


@pytest.mark.parametrize("item_no", ["XK0000000001", "xk00000000001", "X100000000001", "XK0000000000１", ""])
def test_malformed_domestic_numbers_are_refused(item_no: str) -> None:
    assert formats_of(item_no) == ()


def test_a_thirteen_digit_ems_number_has_no_check_digit() -> None:
    assert formats_of("1186465887499") == (NumberFormat.EMS13,)
    assert formats_of("118646588749") == (NumberFormat.EMS12,)


RANGES = st.sampled_from(
    [("RR", "CN", "s10"), ("RA00", "CN", "s10"), ("XA", "", "domestic13"), ("XA4200", "", "domestic13"),
     ("", "", "ems12"), ("11", "", "ems13")]
)  # fmt: skip


@given(RANGES, st.integers(0, 9999))
def test_every_number_of_a_range_is_valid_and_gives_its_serial_back(form: tuple[str, str, str], serial: int) -> None:
    prefix, suffix, fmt = form
    item_no = number_at(prefix, serial, suffix, fmt)
    assert is_valid(item_no, fmt)
    assert serial_of(item_no, prefix, suffix, fmt) == serial


@given(st.integers(0, 99_999_999), st.integers(0, 99_999_999))
def test_two_serials_never_share_a_number(one: int, other: int) -> None:
    numbers = {number_at("RR", serial, "CN", "s10") for serial in (one, other)}
    assert len(numbers) == len({one, other})


@given(st.integers(0, 99_999_999), st.integers(2, 9), st.integers(1, 9))
def test_one_wrong_digit_in_the_serial_is_always_found(serial: int, place: int, step: int) -> None:
    good = number_at("RR", serial, "CN", "s10")
    digit = str((int(good[place]) + step) % 10)
    wrong = good[:place] + digit + good[place + 1 :]
    # 10→0 and 11→5 fold two remainders into used digits, so S10 misses some errors; it must miss no other.
    weighted = 11 - sum(int(d) * w for d, w in zip(wrong[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    before = 11 - sum(int(d) * w for d, w in zip(good[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    assert is_valid(wrong, "s10") == ({weighted, before} in ({10, 0}, {11, 5}))


@pytest.mark.parametrize(
    ("prefix", "serial", "suffix", "fmt"),
    [("RR", 100_000_000, "CN", "s10"), ("XA", 10**11, "", "domestic13"), ("xa", 1, "", "domestic13"), ("RR", -1, "CN", "s10"),
     ("XA123456789012", 1, "", "domestic13")],
)  # fmt: skip
def test_a_serial_outside_its_range_is_an_error(prefix: str, serial: int, suffix: str, fmt: str) -> None:
    with pytest.raises(ValueError):
        number_at(prefix, serial, suffix, fmt)


@given(RANGES, st.integers(0, 5000), st.integers(0, 4999))
def test_a_block_is_the_same_from_its_first_and_last_number(form: tuple[str, str, str], first: int, more: int) -> None:
    prefix, suffix, fmt = form
    block = Block(NumberFormat(fmt), prefix, suffix, first, first + more)
    again = block_between(block.first_no, block.last_no, fmt)
    assert (again.first_no, again.last_no, again.span) == (block.first_no, block.last_no, block.span)
    assert block.span[1] - block.span[0] == more
    assert [number_at(again.prefix, s, again.suffix, fmt) for s in (again.first, again.last)] == [block.first_no, block.last_no]


@given(RANGES, RANGES, st.integers(0, 9998), st.integers(0, 9998))
def test_ordinals_tell_numbers_apart_whatever_range_they_were_written_in(
    one: tuple[str, str, str], other: tuple[str, str, str], a: int, b: int
) -> None:
    first, second = number_at(one[0], a, one[1], one[2]), number_at(other[0], b, other[1], other[2])
    assert (ordinal(first, one[2]) == ordinal(second, other[2])) is (first == second)
    assert ordinal(number_at(one[0], a + 1, one[1], one[2]), one[2]) == ordinal(first, one[2]) + 1


@pytest.mark.parametrize(
    ("first", "last", "fmt"),
    [("XA00000000002", "XA00000000001", "domestic13"), ("XA00000000001", "XB00000000002", "domestic13"),
     ("RR000000016CN", "RR123456785CN", "s10"), ("RR473124829CN", "RR473124829GB", "s10"), ("JA473124829CN", "JA473124829CN", "s10"),
     ("118646588749", "1186465887499", "ems12")],
)  # fmt: skip
def test_what_is_no_block_is_refused(first: str, last: str, fmt: str) -> None:
    with pytest.raises(ValueError):
        block_between(first, last, fmt)
