"""The SFTP side of hand-over places: one connection, the few file operations, its faults told as ours.

asyncssh run to completion call by call: to the rest of the house it is plain blocking code. The server's key is always
checked against the keys agreed with the partner; neither the user's SSH settings nor his agent are read.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Final, TypeVar

import asyncssh

from records.errors import NeedsDecision, PartnerUnreachable, WrongUsage

T = TypeVar("T")

CONNECT_SECONDS: Final = 30
KEEPALIVE_SECONDS: Final = 15
DEFAULT_PORT: Final = 22
_READ_BLOCK: Final = 1 << 20
_ABSENT: Final = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory)


@dataclass(frozen=True, slots=True)
class SftpAccount:
    """Where and as whom to connect. ``host_keys`` are OpenSSH public key lines, at least one."""

    host: str
    user: str
    folder: str
    host_keys: tuple[str, ...]
    port: int = DEFAULT_PORT
    key_file: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.host_keys:
            raise WrongUsage("SFTP 交件处没有登记主机公钥", "请向合作方索取主机公钥，填入 place.host_keys")
        try:
            for line in self.host_keys:
                asyncssh.import_public_key(line)
        except (asyncssh.KeyImportError, ValueError) as fault:
            raise WrongUsage(f"place.host_keys 中有不能识别的公钥：{fault}") from fault

    @property
    def url(self) -> str:
        """For people; no secret in it."""
        port = "" if self.port == DEFAULT_PORT else f":{self.port}"
        return f"sftp://{self.user}@{self.host}{port}/{self.folder.lstrip('/')}"

    @classmethod
    def from_settings(cls, raw: Mapping[str, object]) -> SftpAccount:
        """From a partner's ``place`` table. The password stands in the environment variable ``password_env`` names.

        Raises:
            WrongUsage: a value is missing or out of form.
        """

        def text(key: str, default: str | None = None) -> str:
            value = raw.get(key, default)
            if not isinstance(value, str) or not value:
                raise WrongUsage(f"合作方设置中的 place.{key} 应是文字")
            return value

        port = raw.get("port", DEFAULT_PORT)
        if not isinstance(port, int) or not 0 < port < 65536:
            raise WrongUsage("合作方设置中的 place.port 应是端口号")
        keys = raw.get("host_keys", [])
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise WrongUsage("合作方设置中的 place.host_keys 应是公钥的列表")
        password = None
        if "password_env" in raw:
            password = os.environ.get(text("password_env"))
            if password is None:
                raise WrongUsage(f"环境变量 {text('password_env')} 没有设置", "SFTP 密码只从环境变量读取")
        return cls(
            host=text("host"),
            user=text("user"),
            folder=text("folder", "."),
            host_keys=tuple(keys),
            port=port,
            key_file=text("key_file") if "key_file" in raw else None,
            password=password,
        )


class SftpFiles:
    """An open connection as ``letters.post.places.PlaceFiles``. Use as a context manager, from one thread."""

    def __init__(self, account: SftpAccount) -> None:
        self._account = account
        self._runner = asyncio.Runner()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._open: asyncssh.SFTPClient | None = None

    def __enter__(self) -> SftpFiles:
        try:
            with self._told():
                self._runner.run(self._connect())
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        async def close() -> None:
            if self._connection is not None:
                self._connection.close()
                await self._connection.wait_closed()

        with suppress(OSError, asyncssh.Error):
            self._runner.run(close())
        self._runner.close()

    async def _connect(self) -> None:
        account = self._account
        keys = [asyncssh.import_public_key(line) for line in account.host_keys]
        self._connection = await asyncssh.connect(
            account.host,
            account.port,
            username=account.user,
            password=account.password,
            client_keys=[account.key_file] if account.key_file else None,
            # Never None: to asyncssh that means "trust any host".
            known_hosts=(keys, [], []),
            config=None,
            agent_path=None,
            connect_timeout=CONNECT_SECONDS,
            login_timeout=CONNECT_SECONDS,
            keepalive_interval=KEEPALIVE_SECONDS,
        )
        self._open = await self._connection.start_sftp_client()
        await self._open.chdir(account.folder)

    @property
    def _sftp(self) -> asyncssh.SFTPClient:
        if self._open is None:
            raise RuntimeError("the connection is not open")
        return self._open

    def _run(self, work: Coroutine[object, object, T]) -> T:
        with self._told():
            return self._runner.run(work)

    @contextmanager
    def _told(self) -> Iterator[None]:
        where = self._account.url
        try:
            yield
        except asyncssh.HostKeyNotVerifiable as fault:
            raise NeedsDecision(
                f"{where} 的主机公钥与登记的不符，未传送任何内容",
                "请用电话等其他途径与合作方核对；确认更换后再登记新公钥",
                code="E-HOSTKEY",
            ) from fault
        except asyncssh.PermissionDenied as fault:
            raise PartnerUnreachable(f"{where} 不接受登录", "请核对用户名、密钥或密码后再次运行") from fault
        except (asyncssh.Error, OSError, TimeoutError) as fault:
            raise PartnerUnreachable(
                f"交件处 {where} 无法访问或中途断开：{fault}", "请确认网络后再次运行；已传的部分会接着传，不会重复交寄"
            ) from fault

    def size(self, path: str) -> int | None:
        async def work() -> int | None:
            try:
                attributes = await self._sftp.stat(path)
            except _ABSENT:
                return None
            return attributes.size if attributes.type == asyncssh.FILEXFER_TYPE_REGULAR else None

        return self._run(work())

    def tree(self, path: str) -> list[str]:
        async def walk(folder: str, inside: str) -> list[str]:
            found: list[str] = []
            async for entry in self._sftp.scandir(folder):
                name = str(entry.filename)
                if name in (".", ".."):
                    continue
                if entry.attrs.type == asyncssh.FILEXFER_TYPE_DIRECTORY:
                    found += await walk(f"{folder}/{name}", f"{inside}{name}/")
                else:
                    found.append(f"{inside}{name}")
            return found

        async def work() -> list[str]:
            if not await self._sftp.isdir(path):
                return []
            return sorted(await walk(path, ""))

        return self._run(work())

    def sha256(self, path: str) -> str:
        async def work() -> str:
            digest = hashlib.sha256()
            async with self._sftp.open(path, "rb") as stream:
                while block := await stream.read(_READ_BLOCK):
                    digest.update(block.encode() if isinstance(block, str) else block)
            return digest.hexdigest()

        return self._run(work())

    def write(self, path: str, source: Path) -> None:
        async def work() -> None:
            parent = PurePosixPath(path).parent
            if str(parent) != ".":
                await self._sftp.makedirs(str(parent), exist_ok=True)
            await self._sftp.put(str(source), path, sparse=False)
            async with self._sftp.open(path, "r+b") as stream:
                with suppress(asyncssh.SFTPOpUnsupported):
                    await stream.fsync()

        self._run(work())

    def remove(self, path: str) -> None:
        async def work() -> None:
            await self._sftp.remove(path)

        self._run(work())

    def rename(self, before: str, after: str) -> None:
        # Plain rename, not posix-rename: it must fail when the name is taken.
        async def work() -> None:
            await self._sftp.rename(before, after)

        self._run(work())
