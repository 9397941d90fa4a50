"""Ed25519 signatures, and what is not one."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from records.keys import new_ring
from records.signing import Signer, verify

SIGNER = Signer(new_ring())


@given(st.binary(max_size=500))
def test_a_signature_verifies_and_is_the_same_every_time(data: bytes) -> None:
    signature = SIGNER.sign(data)
    assert len(signature) == 64
    assert signature == SIGNER.sign(data)
    assert verify(SIGNER.public_key_hex, signature, data)


@given(st.binary(max_size=100), st.integers(min_value=0, max_value=511))
def test_other_data_another_key_or_a_flipped_bit_does_not_verify(data: bytes, bit: int) -> None:
    signature = SIGNER.sign(data)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not verify(SIGNER.public_key_hex, bytes(flipped), data)
    assert not verify(SIGNER.public_key_hex, signature, data + b"x")
    assert not verify(Signer(new_ring()).public_key_hex, signature, data)


def test_malformed_keys_and_signatures_are_simply_not_genuine() -> None:
    signature = SIGNER.sign(b"x")
    for key in ("", "zz", "00", SIGNER.public_key_hex[:-2], "é"):
        assert not verify(key, signature, b"x")
    for other in (b"", signature[:-1], signature + b"x"):
        assert not verify(SIGNER.public_key_hex, other, b"x")


def test_the_public_key_is_that_of_rfc_8032() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signer = Signer(dataclasses.replace(new_ring(), signing_seed=seed))
    assert signer.public_key_hex == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert signer.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")


def test_rotating_data_keys_keeps_the_signing_key() -> None:
    ring = new_ring()
    assert Signer(ring.rotated()).public_key_hex == Signer(ring).public_key_hex
