"""Hand-over places 交件处: a folder or an SFTP server of the postal partner, both behind one small protocol.

A batch goes up under a temporary name, is read back and compared, then renamed. What is unclear is asked ("do you hold
this name with this hash?"), never sent again under another name: GOV.UK Notify's 12,000 extra letters came from a retry
that made a new name. The SFTP side is in ``sftp.py``.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from letters.post.sftp import SftpAccount, SftpFiles
from records.errors import Broken, DiskFull, HandaError, NeedsDecision, PartnerUnreachable, WrongUsage
from records.files import hash_file, sync_folder

_AGAIN: Final = "请确认交件处可以访问后再次运行；已传的部分会接着传，不会重复交寄"


class Holding(StrEnum):
    """A place's answer to "do you hold this name with this hash?"."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    """Something of that name is there but it is not the batch: a person must look; nothing is sent."""


LastLook = Callable[[], AbstractContextManager[None]]
"""Around the moment in which a parcel becomes the partner's."""


class HandoverPlace(Protocol):
    """Where sealed batches are handed over. Doing anything twice is the same as once."""

    def holds(self, name: str, sha256: str) -> Holding:
        """Whether the place holds ``name``: a folder whose SHA256SUMS, or a file whose content, has that hash.

        Raises:
            PartnerUnreachable: the place can't be asked.
        """

    def hand_over(self, source: Path, last_look: LastLook = nullcontext) -> bool:
        """Put a sealed folder or its ZIP into the place. True when it was put there now, False when it already lay there.

        ``last_look`` is entered when all is uploaded and verified, and left once the parcel has its final name; what it
        raises on entering is raised, and nothing was handed over.

        Raises:
            PartnerUnreachable: the place can't be reached, or what it holds is unclear.
            DiskFull: no room there.
            NeedsDecision: ``source`` is not sealed, or the server's host key is not the agreed one.
        """

    def forget(self, name: str) -> None:
        """Remove what an interrupted hand-over of that name has left under its temporary name.

        Raises:
            PartnerUnreachable: the place can't be reached.
        """

    def where(self, name: str) -> str:
        """Where a batch of that name lies, for people."""

    def describe(self) -> str:
        """The place itself, for people; no secrets."""


class PlaceFiles(Protocol):
    """The few file operations a place must have. Paths are relative to the place, with ``/``."""

    def size(self, path: str) -> int | None:
        """Bytes of a file; None when there is no file of that name."""

    def tree(self, path: str) -> list[str]:
        """All files under a folder, relative to it; empty when it is absent."""

    def sha256(self, path: str) -> str:
        """Hex SHA-256 of a file, read back from the place."""

    def write(self, path: str, source: Path) -> None:
        """Write a file whole, making its folders."""

    def remove(self, path: str) -> None:
        """Remove one file."""

    def rename(self, before: str, after: str) -> None:
        """Rename a file or folder; fails when ``after`` exists."""


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    source: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed over: the name, the hash it is asked for by, and its files ('' = the parcel is one file)."""

    name: str
    sha256: str
    files: tuple[_File, ...]


def parcel_of(source: Path) -> Parcel:
    """The parcel of a sealed folder (its hash is that of SHA256SUMS) or of one file such as its ZIP.

    Raises:
        NeedsDecision: the folder is not sealed.
        Broken: a file differs from SHA256SUMS: what was sealed is not what lies there.
    """
    if source.is_file():
        sha256 = hash_file(source)
        return Parcel(source.name, sha256, (_File("", source, sha256),))
    if not (source / "SEALED").is_file():
        raise NeedsDecision(f"{source.name} 没有封签，不能交寄", "请先运行 handa batch seal")
    sums = (source / "SHA256SUMS").read_bytes()
    files = []
    for line in sums.decode().splitlines():
        sha256, _, name = line.partition("  ")
        if hash_file(source / name) != sha256:
            raise Broken(f"封装批次 {source.name} 中的 {name} 与封签不符", "请用 handa batch verify 检查，不得交寄")
        files.append(_File(name, source / name, sha256))
    content_sha256 = hashlib.sha256(sums).hexdigest()
    files.append(_File("SHA256SUMS", source / "SHA256SUMS", content_sha256))
    # The seal goes last here too: a partner who looks into a half-sent folder finds no seal.
    files.append(_File("SEALED", source / "SEALED", hash_file(source / "SEALED")))
    return Parcel(source.name, content_sha256, tuple(files))


def _temporary(name: str) -> str:
    return f".{name}.part"


def _join(folder: str, path: str) -> str:
    return f"{folder}/{path}" if path else folder


def ask(files: PlaceFiles, name: str, sha256: str, also_look_in: tuple[str, ...] = ()) -> Holding:
    """Ask a place's files for a parcel, under its final name and in the folders where the partner puts what it took."""
    for folder in ("", *also_look_in):
        path = f"{folder}/{name}" if folder else name
        if files.size(path) is not None:
            return Holding.YES if files.sha256(path) == sha256 else Holding.UNCLEAR
        if files.size(f"{path}/SHA256SUMS") is not None:
            same = files.sha256(f"{path}/SHA256SUMS") == sha256 and files.size(f"{path}/SEALED") is not None
            return Holding.YES if same else Holding.UNCLEAR
        if files.tree(path):
            return Holding.UNCLEAR
    return Holding.NO


def deliver(files: PlaceFiles, parcel: Parcel, last_look: LastLook = nullcontext) -> None:
    """Upload under a temporary name, read back and compare, rename. Takes up an interrupted upload where it stopped."""
    temporary = _temporary(parcel.name)
    wanted = {file.path: file for file in parcel.files}
    for stray in files.tree(temporary):
        if stray not in wanted:
            files.remove(_join(temporary, stray))
    for path, file in wanted.items():
        target = _join(temporary, path)
        size = file.source.stat().st_size
        if files.size(target) == size and files.sha256(target) == file.sha256:
            continue
        files.write(target, file.source)
        if files.size(target) != size or files.sha256(target) != file.sha256:
            raise PartnerUnreachable(f"{file.source.name} 传到交件处后与原件不符", _AGAIN)
    with last_look():
        files.rename(temporary, parcel.name)


_LOOKS: Final = (0.0, 0.05, 0.3)
"""Seconds before each look. Who looks while the partner moves a parcel sees half of it; what stays unclear is unclear."""


class _Place(ABC):
    """The one way to hand over; what differs between places is how its files are opened and how faults are told."""

    _also_look_in: tuple[str, ...] = ()

    @abstractmethod
    def _files(self) -> AbstractContextManager[PlaceFiles]:
        """The place's files for one piece of work; system faults inside come out as ours."""

    @abstractmethod
    def describe(self) -> str:
        """See ``HandoverPlace.describe``."""

    def holds(self, name: str, sha256: str) -> Holding:
        found = Holding.UNCLEAR
        for pause in _LOOKS:
            time.sleep(pause)
            with self._files() as files:
                found = ask(files, name, sha256, self._also_look_in)
            if found is not Holding.UNCLEAR:
                break
        return found

    def hand_over(self, source: Path, last_look: LastLook = nullcontext) -> bool:
        parcel = parcel_of(source)
        holding = self.holds(parcel.name, parcel.sha256)
        if holding is Holding.NO:
            try:
                with self._files() as files:
                    deliver(files, parcel, last_look)
            except (PartnerUnreachable, DiskFull) as fault:
                # The last answer may be the only thing that was lost: ask on a fresh connection before giving up.
                if self._holds_after_all(parcel):
                    return True
                raise fault
            holding = self.holds(parcel.name, parcel.sha256)
            if holding is Holding.YES:
                return True
        if holding is Holding.YES:
            return False
        raise PartnerUnreachable(
            f"交件处 {self.describe()} 中名为 {parcel.name} 的内容与封装批次不一致，情况不明",
            "请与合作方核对对方手中的文件；在弄清之前不会再次传送，也不得换名传送",
        )

    def forget(self, name: str) -> None:
        temporary = _temporary(name)
        with self._files() as files:
            if files.size(temporary) is not None:
                files.remove(temporary)
            for stray in files.tree(temporary):
                files.remove(_join(temporary, stray))

    def _holds_after_all(self, parcel: Parcel) -> bool:
        try:
            return self.holds(parcel.name, parcel.sha256) is Holding.YES
        except HandaError:
            return False


class _LocalFiles:
    def __init__(self, root: Path) -> None:
        self._root = root

    def size(self, path: str) -> int | None:
        target = self._root / path
        return target.stat().st_size if target.is_file() else None

    def tree(self, path: str) -> list[str]:
        folder = self._root / path
        return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir())

    def sha256(self, path: str) -> str:
        return hash_file(self._root / path)

    def write(self, path: str, source: Path) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as content, target.open("wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())

    def remove(self, path: str) -> None:
        (self._root / path).unlink()

    def rename(self, before: str, after: str) -> None:
        target = self._root / after
        if target.exists():
            raise FileExistsError(errno.EEXIST, "already there", str(target))
        (self._root / before).rename(target)
        sync_folder(self._root)


class FolderPlace(_Place):
    """A folder, local or mounted, that the partner empties. Made when its parent exists; a missing mount is a fault.

    ``also_look_in``: sub-folders into which the partner moves what it took, so that asking still finds it.
    """

    def __init__(self, folder: Path, also_look_in: tuple[str, ...] = ()) -> None:
        self._folder = folder
        self._also_look_in = also_look_in

    @contextmanager
    def _files(self) -> Iterator[PlaceFiles]:
        try:
            self._folder.mkdir(exist_ok=True)
            yield _LocalFiles(self._folder)
        except OSError as fault:
            if fault.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(f"交件处 {self._folder} 的磁盘空间不足", "请腾出空间后再次运行") from fault
            raise PartnerUnreachable(f"交件处 {self._folder} 无法访问：{fault.strerror or fault}", _AGAIN) from fault

    def where(self, name: str) -> str:
        return str(self._folder / name)

    def describe(self) -> str:
        return str(self._folder)


class SftpPlace(_Place):
    """A folder on the partner's SFTP server. The host key is always checked against the agreed ones."""

    def __init__(self, account: SftpAccount, also_look_in: tuple[str, ...] = ()) -> None:
        self._account = account
        self._also_look_in = also_look_in

    @contextmanager
    def _files(self) -> Iterator[PlaceFiles]:
        with SftpFiles(self._account) as files:
            yield files

    def where(self, name: str) -> str:
        return f"{self.describe().rstrip('/')}/{name}"

    def describe(self) -> str:
        return self._account.url


def place_from_settings(settings: Mapping[str, object], default_folder: Path) -> HandoverPlace:
    """The place of a partner's settings: ``{"place": {"kind": "folder", "path": …}}`` or ``{"kind": "sftp", "host",
    "port", "user", "folder", "host_keys": […], "key_file" | "password_env", …}``; without one, ``default_folder``.

    Raises:
        WrongUsage: the settings are out of form.
    """
    raw = settings.get("place")
    if raw is None:
        default_folder.parent.mkdir(parents=True, exist_ok=True)
        return FolderPlace(default_folder)
    if not isinstance(raw, dict):
        raise WrongUsage("合作方设置中的 place 应是一个表")
    looked = raw.get("also_look_in", [])
    if not isinstance(looked, list) or not all(isinstance(item, str) for item in looked):
        raise WrongUsage("合作方设置中的 place.also_look_in 应是文件夹名的列表")
    match raw.get("kind"):
        case "folder":
            path = raw.get("path")
            if not isinstance(path, str) or not path:
                raise WrongUsage("合作方设置中的 place.path 应是文件夹路径")
            return FolderPlace(Path(path), tuple(looked))
        case "sftp":
            return SftpPlace(SftpAccount.from_settings(raw), tuple(looked))
        case kind:
            raise WrongUsage(f"合作方设置中的 place.kind 不是 folder 或 sftp：{kind}")
