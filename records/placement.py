"""As whom the embedded server runs and where its data lie.

PostgreSQL refuses to run as root, and the user it runs as instead must pass through every folder above its data. Where
it cannot (a workspace below ``/root``) the data go to ``/var/lib/handa`` and the workspace records where: no folder of
the user's is ever opened up for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from records.binaries import Binaries
from records.errors import Broken, WrongUsage
from records.files import disk_faults, write_atomic
from records.workspace import PRIVATE, Workspace, runs_as_root

OUTSIDE = Path("/var/lib/handa")
_SERVER_USERS = ("postgres", "nobody")
_RECORD = "cluster.json"


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The unprivileged user that root runs the server as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that the server's user owns: ``data`` inside it, the socket too where its path is short enough."""

    folder: Path
    user: ServerUser | None
    """None: as ourselves."""

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    def own(self, folder: Path) -> None:
        """Make ``folder`` (0700) belong to the server's user."""
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        folder.chmod(PRIVATE)
        if self.user:
            os.chown(folder, self.user.uid, self.user.gid)


def own_name() -> str:
    """The system's name of the user that this process runs as.

    Raises:
        WrongUsage: it has none (a container started with a bare number), and PostgreSQL asks for one.
    """
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError as fault:
        raise WrongUsage(
            f"当前用户（编号 {number}）在系统里没有登记，内置数据库无法以它运行",
            "请换一个 /etc/passwd 里有的用户运行（容器里可不带 --user），或用 HANDA_DATABASE_URL 指向已有的服务器。",
        ) from fault


def _server_user(owner: int | None = None) -> ServerUser | None:
    """The user to run as, or None when we are not root. ``owner``: uid of data that exist already."""
    if not runs_as_root():
        own_name()
        return None
    try:
        if owner:
            entry = pwd.getpwuid(owner)
            return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    except KeyError:
        pass
    for name in _SERVER_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise WrongUsage(
        "以 root 运行时，内置数据库需要一个普通用户（postgres 或 nobody），系统里没有",
        "请先运行：useradd --system postgres，或改用普通用户运行本程序。",
    )


def passes(path: Path, user: ServerUser) -> bool:
    """Whether ``user`` may go through every folder above ``path``."""
    for folder in path.parents:
        status = folder.stat()
        bit = stat.S_IXOTH
        if status.st_uid == user.uid:
            bit = stat.S_IXUSR
        elif status.st_gid == user.gid:
            bit = stat.S_IXGRP
        if not status.st_mode & bit:
            return False
    return True


def runnable(binaries: Binaries, user: ServerUser | None) -> Binaries:
    """Binaries that ``user`` can reach: themselves, or the wheel's copied once to ``/var/lib/handa``.

    Raises:
        WrongUsage: they are in a folder closed to that user and can't be copied.
    """
    if user is None or passes((binaries.folder / "postgres").resolve(), user):
        return binaries
    if binaries.wheel is None:
        raise WrongUsage(
            f"运行数据库的用户 {user.name} 进不去 {binaries.folder}", "请把 PGBIN 设为一个所有用户都能进入的 PostgreSQL 文件夹。"
        )
    target = OUTSIDE / f"postgresql-{binaries.version}"
    inside = target / binaries.folder.relative_to(binaries.wheel.parent)
    if not target.exists():
        part = OUTSIDE / f".{target.name}.{os.getpid()}.part"
        with disk_faults(target):
            OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
            shutil.rmtree(part, ignore_errors=True)
            install = binaries.folder.parent
            shutil.copytree(install, part / install.relative_to(binaries.wheel.parent), symlinks=True)
            # The binaries look for their bundled libraries in this folder beside the package ($ORIGIN in their rpath).
            libraries = binaries.wheel.with_name(binaries.wheel.name + ".libs")
            shutil.copytree(libraries, part / libraries.name, symlinks=True)
            part.chmod(0o755)
            try:
                part.rename(target)
            except OSError:
                if not target.exists():
                    raise
                shutil.rmtree(part)
    return Binaries(inside, binaries.version)


def recorded_place(workspace: Workspace) -> Place | None:
    """Where this workspace's data lie, or None before the first start.

    Raises:
        Broken: the workspace is a copy of another one that uses the same data, or its data are gone.
    """
    record = workspace.server / _RECORD
    if not record.exists():
        return None
    folder = workspace.server / json.loads(record.read_text())["place"]
    if not (folder / "data" / "PG_VERSION").exists():
        raise Broken(f"内置数据库的数据不见了：{folder}", "请从备份恢复这个文件夹；若确实要从头开始，请换一个新的工作区。")
    place = Place(folder, _server_user((folder / "data").stat().st_uid))
    if folder.is_relative_to(workspace.root):
        return place
    owner = folder / "workspace"
    other = Path(owner.read_text()) if owner.exists() else workspace.root
    if other != workspace.root:
        twin = other / workspace.server.name / _RECORD
        if twin.exists() and json.loads(twin.read_text())["place"] == str(folder):
            raise Broken(
                f"这个工作区是 {other} 的副本，两者指向同一份数据库：{folder}",
                "请继续使用原来的工作区；要分开使用，请新建工作区并从备份恢复数据。",
            )
        write_atomic(owner, str(workspace.root).encode())
    return place


def choose_place(workspace: Workspace) -> Place:
    """Where the data of a workspace without any shall lie: inside it, or outside where the server's user can't pass."""
    user = _server_user()
    inside = workspace.server / "server"
    if user is None or passes(inside, user):
        return Place(inside, user)
    name = hashlib.sha256(os.fsencode(workspace.root)).hexdigest()[:16]
    OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
    return Place(OUTSIDE / name, user)


def record_place(workspace: Workspace, place: Place) -> None:
    """Note that ``place`` now holds this workspace's data; from here on it is looked for there."""
    outside = not place.folder.is_relative_to(workspace.root)
    if outside:
        write_atomic(place.folder / "workspace", str(workspace.root).encode())
    where = str(place.folder) if outside else str(place.folder.relative_to(workspace.server))
    write_atomic(workspace.server / _RECORD, json.dumps({"place": where}).encode())
