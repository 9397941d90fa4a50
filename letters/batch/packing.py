"""The encrypted package of a sealed batch: made once, kept, its hash recorded before a byte of it leaves the house.

Two encryptions of one batch differ although nothing in them does. A partner who got both could not tell whether they
are one posting or two, so a killed or repeated hand-over sends the very ciphertext that was recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from letters.batch.lookup import batch_by_no
from letters.post.agefile import SUFFIX, encrypt_batch
from letters.tables import BatchEvent
from records.audit import append_audit
from records.database import Database
from records.errors import Broken
from records.files import disk_faults, hash_file
from records.identity import uuid7

KIND = "packed"
"""Of the batch event."""


@dataclass(frozen=True, slots=True)
class Package:
    """A recorded ciphertext: of which sealed name, for whose key, under which file name, with which hash."""

    sealed_name: str
    file: str
    sha256: str
    recipient: str


def packages_of(db: Database, batch_no: str, sealed_name: str) -> list[Package]:
    """Every ciphertext that was recorded for this sealed name, oldest first."""
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        details = session.scalars(
            select(BatchEvent.detail)
            .where(BatchEvent.batch_id == batch.id, BatchEvent.kind == KIND)
            .order_by(BatchEvent.at, BatchEvent.id)
        )
        found: Iterator[Package] = (Package(**{name: str(detail[name]) for name in Package.__slots__}) for detail in details)
        return [one for one in found if one.sealed_name == sealed_name]


def package_path(db: Database, batch_no: str, sealed_name: str, recipient: str) -> Path:
    """Where the ciphertext for this key lies in the workspace."""
    key = hashlib.sha256(recipient.encode()).hexdigest()[:8]
    return db.settings.workspace.batches / batch_no / "packed" / key / f"{sealed_name}{SUFFIX}"


def pack(db: Database, batch_no: str, folder: Path, recipient: str, *, actor: str) -> Path:
    """The ciphertext of the sealed folder for ``recipient``: the recorded one, or now made and recorded.

    Raises:
        Broken: what was recorded is no longer there as it was; it is not made anew.
        DiskFull: no room.
    """
    target = package_path(db, batch_no, folder.name, recipient)
    known = next((one for one in packages_of(db, batch_no, folder.name) if one.recipient == recipient), None)
    if known is not None:
        if not target.is_file() or hash_file(target) != known.sha256:
            raise Broken(
                f"批次 {batch_no} 已登记的加密包 {target} 不在原处或被改动；为免合作方收到两份不同的密文，没有重新加密，也没有交寄。",
                "请从备份恢复该文件；确认合作方从未收到的，请其另给公钥，用 handa partner set 登记后再次交寄。",
            )
        return target
    if not target.is_file():  # else an earlier run was killed after it was whole and before it was recorded
        with disk_faults(target):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        encrypt_batch(folder, target, recipient)
    package = Package(folder.name, target.name, hash_file(target), recipient)
    detail = {name: getattr(package, name) for name in Package.__slots__}
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        session.add(BatchEvent(id=uuid7(), batch_id=batch.id, kind=KIND, at=db.clock(), actor=actor, detail=detail))
        append_audit(session, actor=actor, action="batch.packed", subject=f"batch:{batch_no}", detail=detail, clock=db.clock)
    return target
