"""Personal text at rest: AES-256-GCM values, keyed blind indexes to look them up by, and keyed short codes.

A sealed value is ``suite 1 · key id 4 · nonce 12 · ciphertext · tag 16`` bytes. Its associated data are the first five
bytes, the column's name and the row's id: a value moved to another row or column does not open. Blind indexes and codes
hang on the ring's index secret (HKDF, one key a domain), so that rotating data keys leaves them as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from os import urandom
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from records.errors import Broken
from records.keys import KeyRing, foreign_ring

SUITE_AES_256_GCM = 1
NONCE_BYTES = 12
HEAD_BYTES = 5
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in CROCKFORD for second in CROCKFORD)
_HASH_BLOCK = 64
_LONGEST_TOKEN = 256 // 5


class _Keyed:
    """HMAC-SHA256 under one key with both pads hashed beforehand: half the cost of ``hmac.digest`` on short text."""

    __slots__ = ("inner", "outer")

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(_HASH_BLOCK, b"\0")
        self.inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self.outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digest(self, message: bytes) -> bytes:
        inner = self.inner.copy()
        inner.update(message)
        outer = self.outer.copy()
        outer.update(inner.digest())
        return outer.digest()


class Cipher:
    """Seals and opens under one key ring. Safe to share between threads; cheap to make, one a process is best."""

    __slots__ = ("_active", "_active_head", "_columns", "_domains", "_keys", "_ring")

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._keys = {self._head(key_id): AESGCM(key) for key_id, key in ring.data_keys.items()}
        self._active_head = self._head(ring.active)
        self._active = self._keys[self._active_head]
        self._columns: dict[str, bytes] = {}
        self._domains: dict[str, _Keyed] = {}

    @staticmethod
    def _head(key_id: int) -> bytes:
        return bytes((SUITE_AES_256_GCM,)) + key_id.to_bytes(4, "big")

    def _column(self, column: str) -> bytes:
        encoded = self._columns[column] = column.encode() + b"\0"
        return encoded

    def seal(self, column: str, row_id: UUID, text: str) -> bytes:
        """Encrypt ``text`` for the row ``row_id`` of ``column`` (``"case.name"``). Never the same bytes twice."""
        head = self._active_head
        name = self._columns.get(column) or self._column(column)
        nonce = urandom(NONCE_BYTES)
        return head + nonce + self._active.encrypt(nonce, text.encode(), head + name + row_id.bytes)

    def seal_many(self, column: str, row_ids: Iterable[UUID], texts: Iterable[str]) -> list[bytes]:
        """``seal`` over two equally long columns."""
        encrypt = self._active.encrypt
        head = self._active_head
        prefix = head + (self._columns.get(column) or self._column(column))
        sealed = []
        for row_id, text in zip(row_ids, texts, strict=True):
            nonce = urandom(NONCE_BYTES)
            sealed.append(head + nonce + encrypt(nonce, text.encode(), prefix + row_id.bytes))
        return sealed

    def open(self, column: str, row_id: UUID, value: bytes) -> str:
        """Decrypt what ``seal`` gave for the same column and row.

        Raises:
            Broken: another ring's key, or a value that was changed or moved from another row or column.
        """
        head = value[:HEAD_BYTES]
        key = self._keys.get(head)
        if key is None:
            raise foreign_ring()
        name = self._columns.get(column) or self._column(column)
        try:
            nonce_end = HEAD_BYTES + NONCE_BYTES
            return key.decrypt(value[HEAD_BYTES:nonce_end], value[nonce_end:], head + name + row_id.bytes).decode()
        except (InvalidTag, ValueError) as fault:
            raise Broken(
                f"加密字段 {column}（行 {row_id}）打不开：内容被改动、挪动过，或密钥不对",
                "请停止处理，核对密钥文件，并用备份比对这一行。",
                code="E-SEALED",
            ) from fault

    def open_many(self, column: str, row_ids: Iterable[UUID], values: Iterable[bytes]) -> list[str]:
        """``open`` over two equally long columns."""
        opened = self.open
        return [opened(column, row_id, value) for row_id, value in zip(row_ids, values, strict=True)]

    @property
    def active_head(self) -> bytes:
        """The first bytes of every value sealed under the active key."""
        return self._active_head

    def _domain(self, domain: str) -> _Keyed:
        derived = HKDF(algorithm=SHA256(), length=32, salt=b"handa blind index 1", info=domain.encode())
        keyed = self._domains[domain] = _Keyed(derived.derive(self._ring.index_secret))
        return keyed

    def blind(self, domain: str, text: str) -> bytes:
        """32-byte keyed index of ``text``: equal texts of one domain have equal values, and nothing else shows.

        Callers bring ``text`` into its comparison form first; this changes nothing.
        """
        return (self._domains.get(domain) or self._domain(domain)).digest(text.encode())

    def blind_many(self, domain: str, texts: Sequence[str]) -> list[bytes]:
        """``blind`` over a column."""
        digest = (self._domains.get(domain) or self._domain(domain)).digest
        return [digest(text.encode()) for text in texts]

    def token(self, purpose: str, text: str, length: int = 10) -> str:
        """A keyed, deterministic code of ``length`` Crockford base32 characters (5 bits each, no I L O U).

        Args:
            purpose: keeps the codes of one use apart from those of another and from blind indexes.
            text: what the code stands for.
            length: 1 to 51.
        """
        if not 1 <= length <= _LONGEST_TOKEN:
            raise ValueError(f"token length {length}")
        number = int.from_bytes(self.blind("token:" + purpose, text), "big") << 4  # 260 bits: 26 pairs of characters
        return "".join([_PAIRS[number >> 250 - 10 * place & 1023] for place in range((length + 1) // 2)])[:length]
