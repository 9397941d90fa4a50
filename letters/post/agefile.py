"""A sealed batch as one age-encrypted file for the partner's key: what leaves the house when the way is not trusted.

Inside is the batch's ZIP, the same bytes every time; the ciphertext is random by design. So it is made once and kept
(``letters.batch.packing``). Format: age-encryption.org/v1, X25519 recipients only: any age program opens it.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final

import pyrage

from letters.post.sealed import zip_batch
from records.errors import WrongUsage
from records.files import disk_faults, replace_durably

SUFFIX: Final = ".zip.age"
MAGIC: Final = b"age-encryption.org/v1\n"
"""First bytes of every age file in binary form."""
_PRIVATE: Final = "AGE-SECRET-KEY-"


def demand_recipient(text: str) -> str:
    """The partner's public key as age writes it, ``age1…``.

    Raises:
        WrongUsage: it is none, or it is a secret key, which must never leave the partner's house.
    """
    key = text.strip()
    if key.upper().startswith(_PRIVATE):
        raise WrongUsage("这是私钥，不是公钥；私钥只应留在合作方手中。", "请合作方立即作废这把密钥，另行生成，并只交来 age1 开头的公钥。")
    try:
        return str(pyrage.x25519.Recipient.from_str(key))
    except pyrage.RecipientError as fault:
        raise WrongUsage(
            "这不是 age 公钥，或抄写有误。", "公钥以 age1 开头，共 62 个小写字母与数字，由合作方用 age-keygen 生成；请原样复制。"
        ) from fault


class _Told:
    """A file to write to that remembers the system's fault."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self.fault: OSError | None = None

    def write(self, block: bytes) -> int:
        try:
            return self._out.write(block)
        except OSError as fault:
            self.fault = fault
            raise

    def flush(self) -> None:
        self._out.flush()


def encrypt_batch(folder: Path, target: Path, recipient: str) -> None:
    """Write the sealed folder's ZIP, encrypted for ``recipient``, to ``target``; whole or not at all.

    Raises:
        WrongUsage: the recipient is malformed.
        DiskFull: no room; nothing is left behind.
    """
    key = pyrage.x25519.Recipient.from_str(demand_recipient(recipient))
    plain = target.with_name(f".{folder.name}.zip")
    temporary = target.with_name(f".{target.name}.part")
    try:
        zip_batch(folder, plain)
        with disk_faults(target), plain.open("rb") as source, temporary.open("wb") as out:
            told = _Told(out)
            try:
                pyrage.encrypt_io(source, told, [key])
            except pyrage.EncryptError as fault:
                # pyrage tells the system's faults in words only; ours has to be told by its number.
                raise told.fault or fault from fault
        replace_durably(temporary, target)
    finally:
        plain.unlink(missing_ok=True)
        temporary.unlink(missing_ok=True)
