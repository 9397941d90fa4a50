"""UUIDv7 as RFC 9562 lays it out."""

import time
from uuid import RFC_4122

from records.identity import uuid7


def test_keys_have_version_seven_the_rfc_variant_and_are_all_different() -> None:
    keys = [uuid7() for _ in range(2000)]
    assert {key.version for key in keys} == {7}
    assert {key.variant for key in keys} == {RFC_4122}
    assert len(set(keys)) == len(keys)


def test_a_key_holds_its_milliseconds_first_so_that_later_keys_sort_later() -> None:
    before = time.time_ns() // 1_000_000
    first = uuid7()
    after = time.time_ns() // 1_000_000
    assert before <= first.int >> 80 <= after
    time.sleep(0.003)
    assert uuid7() > first


def test_every_random_bit_is_used() -> None:
    ones, zeros = 0, (1 << 128) - 1
    for _ in range(500):
        ones |= uuid7().int
        zeros &= uuid7().int
    random_bits = (1 << 74) - 1
    layout = (0xFFF << 64) | ((1 << 62) - 1)
    assert ones & layout == layout
    assert zeros & layout == 0
    assert layout.bit_count() == random_bits.bit_length()
