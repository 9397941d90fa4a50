"""Item numbers 邮件号码: how each format is built and checked. Allocation from a range is the batch's job, not this file's.

Sources: UPU S10 (check digit, reserved first letters); law-and-post.md §3.2 for the domestic forms, which carry no check
digit: applying S10 to them would refuse good numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

S10_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)
S10_RESERVED_FIRST_LETTERS: Final = frozenset("JKSTW")
"""Service indicators that UPU S10 keeps back; no posted item bears them."""

NO_REUSE_MONTHS: Final = 12
"""UPU S10: a number may not be allotted again within 12 months. Ours never come back, however long ago."""
NO_REUSE_ADVISED_MONTHS: Final = 24
"""UPU S10: 24 months are recommended; within them a range that was ours is refused as allotted too early."""


class NumberFormat(StrEnum):
    """The formats a partner may allot."""

    S10 = "s10"
    DOMESTIC13 = "domestic13"
    EMS12 = "ems12"
    EMS13 = "ems13"


_PATTERNS: Final = {
    NumberFormat.S10: re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}"),
    NumberFormat.DOMESTIC13: re.compile(r"[A-Z]{2}[0-9]{11}"),
    NumberFormat.EMS12: re.compile(r"[0-9]{12}"),
    NumberFormat.EMS13: re.compile(r"[0-9]{13}"),
}
_LENGTH: Final = {
    NumberFormat.S10: 13,
    NumberFormat.DOMESTIC13: 13,
    NumberFormat.EMS12: 12,
    NumberFormat.EMS13: 13,
}


def s10_check_digit(digits: str) -> int:
    """The check digit of eight serial digits: ``"47312482"`` → 9.

    Raises:
        ValueError: when ``digits`` are not eight ASCII digits.
    """
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"not eight digits: {digits!r}")
    rest = 11 - sum(int(d) * w for d, w in zip(digits, S10_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def is_valid(item_no: str, fmt: NumberFormat | str) -> bool:
    """Whether ``item_no`` is a number of that format, letter case and check digit included.

    Raises:
        ValueError: when ``fmt`` names no format.
    """
    fmt = NumberFormat(fmt)
    if not _PATTERNS[fmt].fullmatch(item_no):
        return False
    if fmt is not NumberFormat.S10:
        return True
    return item_no[0] not in S10_RESERVED_FIRST_LETTERS and s10_check_digit(item_no[2:10]) == int(item_no[10])


def formats_of(item_no: str) -> tuple[NumberFormat, ...]:
    """Every format that ``item_no`` is a valid number of; empty when it is none of ours."""
    return tuple(fmt for fmt in NumberFormat if is_valid(item_no, fmt))


def serial_width(prefix: str, suffix: str, fmt: NumberFormat | str) -> int:
    """How many digits the serial has between ``prefix`` and ``suffix`` (the S10 check digit is not one of them)."""
    fmt = NumberFormat(fmt)
    return _LENGTH[fmt] - len(prefix) - len(suffix) - (fmt is NumberFormat.S10)


def number_at(prefix: str, serial: int, suffix: str, fmt: NumberFormat | str) -> str:
    """The item number with that serial in a range; for S10 the check digit is put before the country code.

    ``prefix`` may hold leading digits of the serial part (a partner allots ``XA4200…``).

    Raises:
        ValueError: when the serial does not fit or the range's prefix and suffix can't make a number of that format.
    """
    fmt = NumberFormat(fmt)
    width = serial_width(prefix, suffix, fmt)
    if serial < 0 or width < 1 or len(str(serial)) > width:
        raise ValueError(f"serial {serial} does not fit into {prefix!r}…{suffix!r} ({fmt})")
    body = f"{prefix}{serial:0{width}d}"
    number = f"{body}{s10_check_digit(body[2:])}{suffix}" if fmt is NumberFormat.S10 else body + suffix
    if not is_valid(number, fmt):
        raise ValueError(f"{prefix!r}…{suffix!r} is no range of format {fmt}: {number!r}")
    return number


def serial_of(item_no: str, prefix: str, suffix: str, fmt: NumberFormat | str) -> int | None:
    """The serial of a number in a range, or None when it is not in that range's form. Inverse of ``number_at``."""
    fmt = NumberFormat(fmt)
    if not (is_valid(item_no, fmt) and item_no.startswith(prefix) and item_no.endswith(suffix)):
        return None
    width = serial_width(prefix, suffix, fmt)
    return int(item_no[len(prefix) : len(prefix) + width]) if width > 0 else None


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers from ``first`` to ``last`` (serials, both inclusive) of one prefix and suffix, as a partner allots them."""

    number_format: NumberFormat
    prefix: str
    suffix: str
    first: int
    last: int

    @property
    def first_no(self) -> str:
        """The first full item number. Raises ValueError where the block is none of its format."""
        return number_at(self.prefix, self.first, self.suffix, self.number_format)

    @property
    def last_no(self) -> str:
        """The last full item number. Raises ValueError where the block is none of its format."""
        return number_at(self.prefix, self.last, self.suffix, self.number_format)

    @property
    def span(self) -> tuple[int, int]:
        """First and last ``ordinal``: two blocks share a number exactly when these overlap, however each was written."""
        return ordinal(self.first_no, self.number_format), ordinal(self.last_no, self.number_format)


def block_between(first_no: str, last_no: str, fmt: NumberFormat | str) -> Block:
    """The block that runs from one full item number to another.

    Raises:
        ValueError: one is no number of that format, or they differ in their letters, or run backwards.
    """
    fmt = NumberFormat(fmt)
    for number in (first_no, last_no):
        if not is_valid(number, fmt):
            raise ValueError(f"{number!r} is no number of format {fmt}")
    letters = 2 if fmt in (NumberFormat.S10, NumberFormat.DOMESTIC13) else 0
    country = 2 if fmt is NumberFormat.S10 else 0
    prefix, suffix = first_no[:letters], first_no[len(first_no) - country :]
    first, last = (serial_of(number, prefix, suffix, fmt) for number in (first_no, last_no))
    if first is None or last is None or first > last:
        raise ValueError(f"{first_no!r} to {last_no!r} is no block")
    return Block(fmt, prefix, suffix, first, last)


def ordinal(item_no: str, fmt: NumberFormat | str) -> int:
    """An integer for every number of every format: different numbers differ, neighbours in a block are neighbours.

    The S10 check digit is left out, letters count as two digits each (A = 10), the format leads.

    Raises:
        ValueError: when it is no number of that format.
    """
    fmt = NumberFormat(fmt)
    if not is_valid(item_no, fmt):
        raise ValueError(f"{item_no!r} is no number of format {fmt}")
    body = item_no[:2] + item_no[11:] + item_no[2:10] if fmt is NumberFormat.S10 else item_no
    digits = "".join(str(int(sign, 36)) if sign.isalpha() else sign for sign in body)
    return int(f"{list(NumberFormat).index(fmt) + 1}{digits}")
