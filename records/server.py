"""The embedded PostgreSQL server of a workspace: made on first use, started by the first user, stopped by the last.

A Unix socket only, no network. Users are counted by locks on files, which the system drops when a process dies, so a
killed process never keeps the server up for good and never takes it from others. Not for servers that a user runs
(``HANDA_DATABASE_URL``).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypedDict

import psycopg
from sqlalchemy.engine import URL

from records.binaries import Binaries, find_binaries
from records.errors import DatabaseUnreachable, DiskFull, WrongUsage
from records.files import disk_faults, sync_folder
from records.placement import Place, choose_place, own_name, record_place, recorded_place, runnable
from records.processes import alive_in, process_of
from records.workspace import PRIVATE, Workspace

ROLE = "handa"
DATABASE = "handa"
PORT = 5432
LONGEST_SOCKET_PATH = 103
"""Bytes of a socket's path: 107 on Linux, 103 on macOS."""
RETRY_SECONDS = 8.0
"""A killed server's children and its shared memory take a moment to go; sockets and pid files stay behind."""
RECOVERY_SECONDS = 600.0
"""Replaying the log after a crash may take this long; the server says so itself while it does."""
_LOG_BYTES = 8 << 20
_POLL = 0.02

OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "fsync": "on",
    "synchronous_commit": "on",
    # One server, no replicas: bulk loads into new tables skip the log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "jit": "off",
    # Our own processes use the cores; and parallel plans want more /dev/shm than a container's 64 MB.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # The work of a client that was killed in a long query is given up after this.
    "client_connection_check_interval": "2s",
    # Neither statements nor key values of a fault go to the log: they may be personal.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "cluster_name": "handa",
}


class _As(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class EmbeddedServer:
    """The server of one workspace, as one process uses it. ``with server.running() as url: ...``"""

    def __init__(self, workspace: Workspace, options: Mapping[str, str] | None = None) -> None:
        """``options``: PostgreSQL settings on top of ``OPTIONS`` (tests turn fsync off)."""
        self._workspace = workspace
        self._options = {**OPTIONS, **(options or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self) -> Iterator[URL]:
        """The running server's URL; started if it is not up, stopped afterwards if nobody else uses it.

        Raises:
            DatabaseUnreachable: it does not start.
            DiskFull: no room for it.
            WrongUsage: no PostgreSQL of the right version on this machine.
        """
        self._workspace.create()
        users = self._workspace.server / "users"
        users.mkdir(mode=PRIVATE, exist_ok=True)
        mine = users / f"{os.getpid()}-{secrets.token_hex(4)}"
        with self._lock():
            place = self._ready_place()
            binaries = self._binaries(place)
            self._start(place, binaries)
            handle = os.open(mine, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield self._url(place)
        finally:
            with self._lock():
                mine.unlink(missing_ok=True)
                os.close(handle)
                if not _used(users):
                    self._stop(place, binaries)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        handle = os.open(self._workspace.server / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _url(self, place: Place) -> URL:
        return URL.create(
            "postgresql+psycopg", username=ROLE, database=DATABASE, query={"host": str(socket_folder(place)), "port": str(PORT)}
        )

    @staticmethod
    def _binaries(place: Place) -> Binaries:
        mark = place.data / "PG_VERSION"
        major = int(mark.read_text()) if mark.exists() else None
        return runnable(find_binaries(major), place.user)

    @staticmethod
    def _as(place: Place) -> _As:
        if place.user is None:
            return {}
        return {"user": place.user.uid, "group": place.user.gid, "extra_groups": []}

    def _ready_place(self) -> Place:
        place = recorded_place(self._workspace)
        if place is not None:
            return place
        place = choose_place(self._workspace)
        with disk_faults(place.folder):
            place.own(place.folder)
            if place.data.exists():
                # Left by a workspace that was deleted, or by a first start that was killed just before its last step.
                # Not ours to delete: it may hold someone's records.
                binaries = self._binaries(place)
                self._stop(place, binaries)
                place.data.rename(place.folder / f"data.left-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}")
            self._initialise(place)
            record_place(self._workspace, place)
        return place

    def _initialise(self, place: Place) -> None:
        """A new cluster, complete or absent: made under another name, then renamed."""
        binaries = self._binaries(place)
        for left in place.folder.glob("data.new-*"):
            shutil.rmtree(left, ignore_errors=True)
        # A name of its own: the initdb of a killed process may still be writing into the other one.
        fresh = place.folder / f"data.new-{secrets.token_hex(4)}"
        locale = ["--locale=C"]
        if binaries.major >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        made = subprocess.run(  # noqa: S603
            [binaries.folder / "initdb", "-D", fresh, "-U", ROLE, "--encoding=UTF8", *locale, "--data-checksums", "--auth=peer"],
            capture_output=True, text=True, cwd="/", env=_environment(), check=False, **self._as(place),
        )  # fmt: skip
        if made.returncode != 0:
            _raise_from_log(made.stderr, "新建")
        fresh.rename(place.data)
        sync_folder(place.folder)

    def _start(self, place: Place, binaries: Binaries) -> None:
        """Bring the server up, or find it up. Called under the lock."""
        sockets = socket_folder(place)
        if sockets != place.folder:
            _own_short_folder(sockets, place)
        deadline = time.monotonic() + RETRY_SECONDS
        if self._log_size() > _LOG_BYTES and process_of(place.data) is None:
            self._log.replace(self._log.with_suffix(".log.1"))
        said_before = self._log_size()
        while True:
            if process_of(place.data) is not None:
                # Up, coming up, or on its way out: only a connection tells.
                if self._answers(place, deadline):
                    return
            elif not alive_in(place.data):
                _sweep(place, sockets)
                self._launch(place, binaries, sockets)
                if self._answers(place, deadline):
                    return
            said = self._log_from(said_before)
            if time.monotonic() > deadline or not _passing(said):
                _raise_from_log(said, "启动")
            time.sleep(_POLL)

    def _launch(self, place: Place, binaries: Binaries, sockets: Path) -> None:
        peers = place.folder / "pg_ident.conf"
        hosts = place.folder / "pg_hba.conf"
        # Only the workspace's user (and root) may connect, whoever else reaches the socket.
        names = sorted({"root", own_name()})
        peers.write_text("".join(f'handa "{name}" {ROLE}\n' for name in names))
        hosts.write_text("local all all peer map=handa\n")
        for path in (peers, hosts):
            path.chmod(0o644)
        options = {
            **self._options,
            "unix_socket_directories": f'"{sockets}"',
            "hba_file": str(hosts),
            "ident_file": str(peers),
        }
        words = [str(binaries.folder / "postgres"), "-D", str(place.data)]
        for name, value in options.items():
            words += ["-c", f"{name}={value}"]
        with disk_faults(self._log), self._log.open("ab") as sink:
            self._process = subprocess.Popen(  # noqa: S603
                words, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd="/", env=_environment(),
                start_new_session=True, **self._as(place),
            )  # fmt: skip

    @property
    def _log(self) -> Path:
        return self._workspace.logs / "postgresql.log"

    def _log_size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def _log_from(self, start: int) -> str:
        try:
            return self._log.read_bytes()[start:][-20_000:].decode(errors="replace")
        except FileNotFoundError:
            return ""

    def _answers(self, place: Place, deadline: float) -> bool:
        """Wait until the server takes connections (then our database exists too) or is gone or out of time."""
        recovery = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                self._make_database(place)
            except psycopg.OperationalError as fault:
                replaying = "starting up" in str(fault) or "recovery" in str(fault)
                if time.monotonic() > (recovery if replaying else deadline) or not self._lives(place):
                    return False
                time.sleep(_POLL)
            else:
                return True

    def _lives(self, place: Place) -> bool:
        ours = self._process is not None and self._process.poll() is None
        return ours or process_of(place.data) is not None

    def _make_database(self, place: Place) -> None:
        with psycopg.connect(
            host=str(socket_folder(place)), port=PORT, user=ROLE, dbname="postgres", autocommit=True, connect_timeout=10
        ) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")  # a constant name

    def _stop(self, place: Place, binaries: Binaries) -> None:
        """Stop the server in good order. If it does not stop, it stays for the next command to use."""
        if process_of(place.data) is None:
            return
        subprocess.run(  # noqa: S603
            [binaries.folder / "pg_ctl", "stop", "-D", place.data, "-m", "fast", "-w", "-t", "60"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", env=_environment(), check=False,
            **self._as(place),
        )  # fmt: skip
        if process_of(place.data) is None:
            if self._process is not None:
                self._process.wait()
                self._process = None
            if socket_folder(place) != place.folder:
                with suppress(OSError):
                    socket_folder(place).rmdir()


def socket_folder(place: Place) -> Path:
    """Where the socket is: beside the data, or in a short private folder where that path would be too long."""
    if len(os.fsencode(place.folder / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH and not _awkward(place.folder):
        return place.folder
    name = hashlib.sha256(os.fsencode(place.folder)).hexdigest()[:16]
    return Path("/tmp") / f"handa-{name}"  # noqa: S108 - 0700, and whose it is is checked


def _awkward(folder: Path) -> bool:
    # A list of folders for PostgreSQL and for libpq: these characters separate or quote there.
    return any(character in str(folder) for character in ',"\\')


def _own_short_folder(folder: Path, place: Place) -> None:
    """Make the short socket folder ours; one that someone else laid there is refused."""
    try:
        folder.mkdir(mode=PRIVATE)
    except FileExistsError:
        status = folder.lstat()
        owners = {os.geteuid(), place.user.uid if place.user else os.geteuid()}
        if folder.is_symlink() or status.st_uid not in owners:
            raise WrongUsage(
                f"数据库套接字的文件夹被别的用户占用：{folder}", "请让管理员删除它，或把工作区移到更短的路径下。"
            ) from None
    place.own(folder)


def _used(users: Path) -> bool:
    """Whether a living process holds a user file. Files of dead ones are swept away."""
    used = False
    for path in users.iterdir():
        handle = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            used = True
        else:
            path.unlink(missing_ok=True)
        finally:
            os.close(handle)
    return used


def _sweep(place: Place, sockets: Path) -> None:
    """Remove what a dead server left: its pid could by now be another program's, and PostgreSQL would wait for it."""
    for path in (place.data / "postmaster.pid", sockets / f".s.PGSQL.{PORT}", sockets / f".s.PGSQL.{PORT}.lock"):
        path.unlink(missing_ok=True)


def _passing(said: str) -> bool:
    """Whether the server's last words are about a predecessor that is not quite gone, or about nothing at all."""
    return "FATAL" not in said or any(
        reason in said for reason in ("pre-existing shared memory", "lock file", "could not bind", "starting up", "shutting down")
    )


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _raise_from_log(log: str, step: str) -> None:
    if "No space left on device" in log:
        raise DiskFull(f"磁盘已满，内置数据库{step}失败", "请清出磁盘空间后重试；已有的数据没有丢失。")
    lines = [line for line in log.splitlines() if "FATAL" in line or "error" in line.lower()]
    reason = lines[-1].strip() if lines else "没有说明原因"
    raise DatabaseUnreachable(f"内置数据库{step}失败：{reason}", "请查看工作区 logs/postgresql.log，排除原因后重试。")
