"""The key ring: data keys with one active, the secret behind blind indexes, and the signing seed.

Where a ring comes from (``HANDA_KEYS``): a file of mode 0600 (the default, in the workspace), an environment variable
(JSON or its base64), or a command that prints the JSON (the hook for a key-management service). Losing the ring loses
the personal data. Not here: what the keys do (``records.cipher``, ``records.signing``).
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shlex
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from records.errors import Broken, WrongUsage
from records.files import write_atomic, write_once

FORMAT = "handa-keys-1"
_KEY_BYTES = 32
_COMMAND_SECONDS = 30
_LOST = "密钥文件要与数据分开备份；丢失密钥等于丢失全部个人信息。请把原来的密钥放回后重试。"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Secrets in memory. ``data_keys`` maps a 32-bit key id to an AES-256 key; ``active`` seals, all of them open."""

    active: int
    data_keys: Mapping[int, bytes] = field(repr=False)
    index_secret: bytes = field(repr=False)
    signing_seed: bytes = field(repr=False)

    @property
    def fingerprint(self) -> bytes:
        """32 bytes that name this ring without revealing it; the same before and after a rotation."""
        return hmac.digest(self.index_secret, b"handa key ring fingerprint 1", hashlib.sha256)

    def rotated(self) -> KeyRing:
        """The ring with a fresh active data key added. Old values open still; blind indexes do not change."""
        key_id = _fresh_id(self.data_keys)
        return replace(self, active=key_id, data_keys={**self.data_keys, key_id: secrets.token_bytes(_KEY_BYTES)})

    def to_json(self) -> bytes:
        """The ring as it is stored: one JSON object, keys in base64."""
        document = {
            "format": FORMAT,
            "active": f"{self.active:08x}",
            "data": {f"{key_id:08x}": _text(key) for key_id, key in sorted(self.data_keys.items())},
            "index": _text(self.index_secret),
            "signing": _text(self.signing_seed),
        }
        return json.dumps(document, indent=1).encode() + b"\n"


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _fresh_id(taken: Mapping[int, bytes]) -> int:
    # Random, not 1, 2, 3: a value sealed under another house's ring then names a key that this ring does not have.
    while True:
        key_id = secrets.randbits(32)
        if key_id and key_id not in taken:
            return key_id


def new_ring() -> KeyRing:
    """A fresh ring of random secrets."""
    key_id = _fresh_id({})
    return KeyRing(
        active=key_id,
        data_keys={key_id: secrets.token_bytes(_KEY_BYTES)},
        index_secret=secrets.token_bytes(_KEY_BYTES),
        signing_seed=secrets.token_bytes(_KEY_BYTES),
    )


def _secret(document: Mapping[str, object], name: str) -> bytes:
    value = document.get(name)
    if not isinstance(value, str):
        raise ValueError(name)
    key = base64.b64decode(value, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError(name)
    return key


def parse_ring(data: bytes, source: str) -> KeyRing:
    """Read a ring from JSON, or from base64 of that JSON.

    Args:
        data: what the file, variable or command gave.
        source: named in the message; never the content.

    Raises:
        WrongUsage: not a ring, or a damaged one.
    """
    try:
        content = data.strip()
        if not content.startswith(b"{"):
            content = base64.b64decode(content, validate=True)
        document = json.loads(content)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError("format")
        listed = document["data"]
        data_keys = {int(key_id, 16): _secret(listed, key_id) for key_id in listed}
        active = int(document["active"], 16)
        if active not in data_keys or not all(0 < key_id < 1 << 32 for key_id in data_keys):
            raise ValueError("active")
        return KeyRing(active, data_keys, _secret(document, "index"), _secret(document, "signing"))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as fault:
        raise WrongUsage(f"密钥读不懂或已损坏：{source}", _LOST, code="E-KEYS") from fault


def read_ring_file(path: Path) -> KeyRing:
    """Read a ring from a file that only its owner may read.

    Raises:
        WrongUsage: absent, unreadable, open to others, or damaged.
    """
    try:
        with path.open("rb") as source:
            mode = stat.S_IMODE(os.fstat(source.fileno()).st_mode)
            data = source.read()
    except FileNotFoundError as fault:
        raise WrongUsage(f"找不到密钥文件：{path}", _LOST, code="E-KEYS") from fault
    except OSError as fault:
        raise WrongUsage(f"打不开密钥文件：{path}（{fault.strerror}）", "请检查文件的归属与权限。", code="E-KEYS") from fault
    if mode & 0o077:
        raise WrongUsage(
            f"密钥文件 {path} 的权限是 {mode:04o}，其他用户也能读取",
            f"请先运行：chmod 600 {shlex.quote(str(path))}",
            code="E-KEYS",
        )
    return parse_ring(data, str(path))


def create_ring_file(path: Path) -> KeyRing:
    """Make a fresh ring at ``path``; when another process was first, its ring is taken."""
    ring = new_ring()
    if write_once(path, ring.to_json()):
        return ring
    return read_ring_file(path)


def rotate_ring_file(path: Path) -> KeyRing:
    """Add a new active data key to the file's ring, durably, and return the ring."""
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # Two rotations at once must both survive: values may already be sealed under either's key.
        fcntl.flock(lock, fcntl.LOCK_EX)
        ring = read_ring_file(path).rotated()
        write_atomic(path, ring.to_json())
    finally:
        os.close(lock)
    return ring


def read_ring_command(command: str) -> KeyRing:
    """Run ``command`` (no shell) and read the ring from what it prints: the hook for a key-management service."""
    words = shlex.split(command)
    if not words:
        raise WrongUsage("HANDA_KEYS 里的 command: 后面没有命令", "例如：HANDA_KEYS='command:/usr/local/bin/kms-get handa'")
    advice = "请在命令行单独运行这条命令，看它能否打印出密钥。"
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own configured hook
            words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=_COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise WrongUsage(f"取密钥的命令无法运行：{words[0]}", advice, code="E-KEYS") from fault
    if done.returncode != 0:
        raise WrongUsage(f"取密钥的命令失败（返回码 {done.returncode}）：{words[0]}", advice, code="E-KEYS")
    return parse_ring(done.stdout, f"命令 {words[0]} 的输出")


def foreign_ring() -> Broken:
    """The fault of a database whose personal fields were sealed under another ring."""
    return Broken("当前密钥与数据库不是一套：数据库里的个人信息是用另一套密钥加密的", _LOST, code="E-KEYS")
