"""Ed25519 signatures over sealed batches and the audit head. The seed is part of the key ring."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from records.keys import KeyRing


class Signer:
    """Signs as this house. Deterministic: the same bytes give the same signature (RFC 8032)."""

    __slots__ = ("_private", "public_key_hex")

    def __init__(self, ring: KeyRing) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(ring.signing_seed)
        self.public_key_hex = self._private.public_key().public_bytes_raw().hex()
        """The 32-byte public key that partners check signatures with, hex."""

    def sign(self, data: bytes) -> bytes:
        """The 64-byte detached signature of ``data``."""
        return self._private.sign(data)


def verify(public_hex: str, signature: bytes, data: bytes) -> bool:
    """Whether ``signature`` is that key's signature of ``data``; a malformed key or signature is simply not."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
