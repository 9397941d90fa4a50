"""The signed head of the audit chain, kept in the workspace beside the database: what makes a cut-off tail show.

It is moved on after the transaction has committed, so it may lag behind the chain and never leads it.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass

from records.errors import Broken
from records.files import write_atomic
from records.settings import Settings
from records.signing import verify

HEAD_KEY = "audit_head"
"""Where a session's info holds the head that it will have appended once it commits."""


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The last link seen: its number and its hash in hex."""

    seq: int
    sha256: str

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return f"handa audit head 1\n{self.seq}\n{self.sha256}\n".encode()


def read_anchor(settings: Settings) -> Head | None:
    """The head as last noted, or None when none was.

    Raises:
        Broken: the file is damaged or not signed by this house.
    """
    path = settings.workspace.audit_head_file
    try:
        document = json.loads(path.read_bytes())
        head = Head(int(document["seq"]), str(document["sha256"]))
        genuine = verify(settings.signer().public_key_hex, bytes.fromhex(document["signature"]), head.signed_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        genuine = False
    if not genuine:
        raise Broken(f"审计链的锚点文件被改动过：{path}", "请保留现场并核对数据库备份；不要删除这个文件。", code="E-AUDIT")
    return head


def advance_anchor(settings: Settings, head: Head) -> None:
    """Note ``head`` unless a later one is noted already."""
    path = settings.workspace.audit_head_file
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = read_anchor(settings)
        if known is not None and known.seq >= head.seq:
            return
        signature = settings.signer().sign(head.signed_bytes()).hex()
        document = {"seq": head.seq, "sha256": head.sha256, "signature": signature}
        write_atomic(path, json.dumps(document, indent=1).encode() + b"\n")
    finally:
        os.close(lock)
