"""Papers that people hand in (mandate scans, confirmations, results), kept in the workspace by their content's hash."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from records.errors import UnreadableInput
from records.files import disk_faults, hash_file
from records.settings import Settings

LARGEST = 100 << 20
"""Bytes: a scan of a whole contract is a tenth of it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A kept paper: the hash of its bytes and the name it was handed in under."""

    sha256: str
    name: str


def keep_paper(settings: Settings, path: Path) -> Paper:
    """Keep a copy of a file that stands for a person's word. The same bytes are kept once.

    Raises:
        UnreadableInput: it is absent, empty, a folder, closed to us or too large to be a paper.
    """
    try:
        size = path.stat().st_size if path.is_file() else 0
        digest = hash_file(path) if 0 < size <= LARGEST else ""
    except OSError as fault:
        raise UnreadableInput(f"无法读取 {path}：{fault.strerror or fault}。", "请核对路径与权限。") from fault
    if not digest:
        raise UnreadableInput(f"“{path}”不是可以存档的文件（不存在、为空，或超过 100 MB）。", "请给出扫描件或盖章回传的文件。")
    folder = settings.workspace.root / "papers"
    target = folder / f"{digest}{path.suffix.lower()}"
    with disk_faults(target):
        folder.mkdir(mode=0o700, exist_ok=True)
        if not target.exists():
            temporary = target.with_name(f".{target.name}.part")
            shutil.copyfile(path, temporary)
            temporary.chmod(0o600)
            temporary.replace(target)
    return Paper(digest, path.name)
