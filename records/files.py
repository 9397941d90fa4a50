"""Files that are whole or absent: written beside, flushed to disk, then renamed into place. And their hashes.

Not for streams too large for memory: those write their own temporary file and end with ``replace_durably``.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records.errors import DiskFull

_BLOCK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def disk_faults(place: Path) -> Iterator[None]:
    """Turn the system's "no room" into ``DiskFull``; every other fault passes unchanged."""
    try:
        yield
    except OSError as fault:
        if fault.errno in _FULL:
            raise DiskFull(f"磁盘已满，写不下文件：{place}", "请清出磁盘空间后重新运行同一条命令，已完成的部分不会丢失。") from fault
        raise


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_durably(temporary: Path, target: Path) -> None:
    """Rename a finished temporary file of the same folder over ``target``, bytes and name both on disk."""
    with disk_faults(target):
        handle = os.open(temporary, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        temporary.replace(target)
        sync_folder(target.parent)


def _write_beside(path: Path, data: bytes, mode: int) -> Path:
    temporary = path.parent / f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fchmod(handle, mode)
        os.fsync(handle)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
    return temporary


def write_atomic(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write ``data`` as the whole of ``path``: a reader sees the old file or the new one, never a part.

    Raises:
        DiskFull: no room; the old file stands untouched.
    """
    with disk_faults(path):
        temporary = _write_beside(path, data, mode)
        try:
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_once(path: Path, data: bytes, mode: int = 0o600) -> bool:
    """Like ``write_atomic`` but never replaces: False when ``path`` was already there (another process was first)."""
    with disk_faults(path):
        temporary = _write_beside(path, data, mode)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    return True


def hash_file(path: Path) -> str:
    """SHA-256 of the file's bytes, lower-case hex; flat memory."""
    digest = hashlib.sha256()
    buffer = bytearray(_BLOCK)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as source:
        while count := source.readinto(buffer):
            digest.update(view[:count])
    return digest.hexdigest()
