"""Sealed values open only where they belong; indexes are keyed and outlive rotation."""

import hashlib
import hmac
import os
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.cipher import CROCKFORD, HEAD_BYTES, NONCE_BYTES, Cipher, _Keyed
from records.errors import Broken
from records.identity import uuid7
from records.keys import new_ring

RING = new_ring()
CIPHER = Cipher(RING)
ROW = uuid7()
TEXTS = st.text(max_size=200)


@given(st.text(min_size=1, max_size=30), st.uuids(), TEXTS)
def test_what_is_sealed_opens_to_the_same_text(column: str, row: UUID, text: str) -> None:
    assert CIPHER.open(column, row, CIPHER.seal(column, row, text)) == text


@given(TEXTS)
def test_a_value_is_never_the_same_twice_and_shows_nothing_but_its_length(text: str) -> None:
    one, two = CIPHER.seal("case.name", ROW, text), CIPHER.seal("case.name", ROW, text)
    assert one != two
    assert len(one) == len(two) == HEAD_BYTES + NONCE_BYTES + len(text.encode()) + 16


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_value_changed_in_any_byte_does_not_open(place: int, difference: int) -> None:
    value = bytearray(CIPHER.seal("case.name", ROW, "示例"))
    value[place % len(value)] ^= difference
    with pytest.raises(Broken):
        CIPHER.open("case.name", ROW, bytes(value))


@pytest.mark.parametrize("length", range(0, HEAD_BYTES + NONCE_BYTES + 17))
def test_a_value_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(Broken):
        CIPHER.open("case.name", ROW, CIPHER.seal("case.name", ROW, "示例")[:length])


def test_a_value_moved_to_another_row_or_column_does_not_open() -> None:
    value = CIPHER.seal("case.name", ROW, "示例")
    for column, row in (("case.name", uuid7()), ("case.mobile", ROW), ("case.name\0", ROW)):
        with pytest.raises(Broken) as caught:
            CIPHER.open(column, row, value)
        assert caught.value.code == "E-SEALED"
        assert "示例" not in str(caught.value)


def test_another_house_s_value_is_told_from_a_changed_one() -> None:
    with pytest.raises(Broken) as caught:
        Cipher(new_ring()).open("case.name", ROW, CIPHER.seal("case.name", ROW, "示例"))
    assert caught.value.code == "E-KEYS"
    assert "密钥" in caught.value.message


def test_values_sealed_before_a_rotation_open_after_it_and_not_the_other_way_round() -> None:
    rotated = Cipher(RING.rotated().rotated())
    assert rotated.open("case.name", ROW, CIPHER.seal("case.name", ROW, "旧")) == "旧"
    fresh = rotated.seal("case.name", ROW, "新")
    assert fresh[:HEAD_BYTES] != CIPHER.active_head
    with pytest.raises(Broken):
        CIPHER.open("case.name", ROW, fresh)


def test_columns_in_bulk_are_the_same_as_one_by_one() -> None:
    rows = [uuid7() for _ in range(50)]
    texts = [f"文字{number}" for number in range(50)]
    values = CIPHER.seal_many("case.name", rows, texts)
    assert [CIPHER.open("case.name", row, value) for row, value in zip(rows, values, strict=True)] == texts
    assert CIPHER.open_many("case.name", rows, values) == texts
    assert len({value[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES] for value in values}) == 50
    assert CIPHER.blind_many("person.name", texts) == [CIPHER.blind("person.name", text) for text in texts]
    with pytest.raises(ValueError, match=r"longer|shorter"):
        CIPHER.seal_many("case.name", rows, texts[:-1])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300))
def test_the_keyed_hash_is_hmac_sha256(key: bytes, message: bytes) -> None:
    assert _Keyed(key).digest(message) == hmac.digest(key, message, hashlib.sha256)


@given(TEXTS, TEXTS)
def test_blind_indexes_are_equal_exactly_when_texts_are(one: str, two: str) -> None:
    assert (CIPHER.blind("d", one) == CIPHER.blind("d", two)) == (one == two)
    assert len(CIPHER.blind("d", one)) == 32


def test_a_blind_index_hangs_on_domain_and_ring_and_not_on_the_data_key() -> None:
    index = CIPHER.blind("person.id_number", "11010119900307001X")
    assert Cipher(RING).blind("person.id_number", "11010119900307001X") == index
    assert Cipher(RING.rotated()).blind("person.id_number", "11010119900307001X") == index
    assert CIPHER.blind("person.mobile", "11010119900307001X") != index
    assert Cipher(new_ring()).blind("person.id_number", "11010119900307001X") != index


@given(TEXTS, st.integers(min_value=1, max_value=51))
def test_a_token_is_crockford_of_the_asked_length_and_the_same_every_time(text: str, length: int) -> None:
    token = CIPHER.token("verification", text, length)
    assert len(token) == length
    assert set(token) <= set(CROCKFORD)
    assert token == Cipher(RING.rotated()).token("verification", text, length)
    assert CIPHER.token("verification", text, 51).startswith(token)


def test_tokens_of_different_purposes_and_texts_differ() -> None:
    assert CIPHER.token("verification", "a") != CIPHER.token("receipt", "a")
    tokens = {CIPHER.token("verification", str(number)) for number in range(5000)}
    assert len(tokens) == 5000
    assert {token[place] for token in tokens for place in range(10)} == set(CROCKFORD)


@pytest.mark.parametrize("length", [0, -1, 52])
def test_a_token_of_impossible_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="length"):
        CIPHER.token("verification", "a", length)


def test_forked_processes_never_share_a_nonce() -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"".join(CIPHER.seal("c", ROW, "")[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES] for _ in range(100)))
        os._exit(0)
    mine = {CIPHER.seal("c", ROW, "")[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES] for _ in range(100)}
    os.waitpid(child, 0)
    data = os.read(read, 100 * NONCE_BYTES)
    os.close(read)
    os.close(write)
    theirs = {data[at : at + NONCE_BYTES] for at in range(0, len(data), NONCE_BYTES)}
    assert len(mine | theirs) == 200
