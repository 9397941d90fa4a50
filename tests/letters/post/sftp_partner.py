"""The postal partner's SFTP server, a real one on loopback, whose faults can be switched on."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from letters.post.places import SftpPlace
from letters.post.sftp import SftpAccount


@dataclass
class Partner:
    """A real SFTP server on loopback whose faults can be switched on."""

    root: Path
    port: int = 0
    host_key: str = ""
    client_key: Path = Path()
    writes: list[str] = field(default_factory=list)
    renames: list[tuple[str, str]] = field(default_factory=list)
    drop_after_rename: bool = False
    drop_at_write: int | None = None
    drop_after_bytes: int | None = None
    drop_before_rename: bool = False
    full: bool = False
    garble: bool = False

    def settings(self) -> dict[str, object]:
        """What a partner's ``place`` setting says of it."""
        return {"kind": "sftp", "host": "127.0.0.1", "port": self.port, "user": "handa", "folder": "inbox", "also_look_in": ["taken"],
                "host_keys": [self.host_key], "key_file": str(self.client_key)}  # fmt: skip

    def place(self, **changes: object) -> SftpPlace:
        account = {"host": "127.0.0.1", "port": self.port, "user": "handa", "folder": "inbox", "host_keys": [self.host_key],
                   "key_file": str(self.client_key), **changes}  # fmt: skip
        return SftpPlace(SftpAccount.from_settings(account), ("taken",))

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"


def serve(partner: Partner) -> asyncssh.SSHServer | type[asyncssh.SFTPServer]:
    class Server(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel) -> None:
            super().__init__(channel, chroot=os.fsencode(partner.root))
            self._connection = channel.get_connection()

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if pflags & asyncssh.FXF_CREAT:
                partner.writes.append(path.decode())
            return super().open(path, pflags, attrs)

        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            if partner.full:
                raise asyncssh.SFTPNoSpaceOnFilesystem("no room left")
            if partner.drop_at_write is not None and len(partner.writes) > partner.drop_at_write:
                partner.drop_at_write = None
                self._connection.abort()
                raise asyncssh.SFTPConnectionLost("gone")
            if partner.drop_after_bytes is not None and offset + len(data) > partner.drop_after_bytes:
                partner.drop_after_bytes = None
                self._connection.abort()
                raise asyncssh.SFTPConnectionLost("gone")
            return super().write(file_obj, offset, b"\x00" * len(data) if partner.garble else data)

        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            if partner.drop_before_rename:
                partner.drop_before_rename = False
                self._connection.abort()
                raise asyncssh.SFTPConnectionLost("gone")
            partner.renames.append((oldpath.decode(), newpath.decode()))
            super().rename(oldpath, newpath)
            if partner.drop_after_rename:
                partner.drop_after_rename = False
                self._connection.abort()

    return Server


@contextmanager
def running_partner(tmp_path: Path) -> Iterator[Partner]:
    """The server with its keys and folders below ``tmp_path``."""
    root = tmp_path / "partner"
    (root / "inbox").mkdir(parents=True)
    found = Partner(root)
    server_key = asyncssh.generate_private_key("ssh-ed25519")
    client_key = asyncssh.generate_private_key("ssh-ed25519")
    found.client_key = tmp_path / "client_key"
    found.client_key.write_bytes(client_key.export_private_key())
    found.host_key = server_key.export_public_key().decode().strip()
    allowed = tmp_path / "authorized"
    allowed.write_bytes(client_key.export_public_key())
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    server: list[asyncssh.SSHAcceptor] = []

    async def start() -> None:
        server.append(
            await asyncssh.listen(
                "127.0.0.1",
                0,
                server_host_keys=[server_key],
                authorized_client_keys=str(allowed),
                sftp_factory=serve(found),
            )
        )
        found.port = server[0].get_port()
        ready.set()

    async def stop() -> None:
        server[0].close()
        await server[0].wait_closed()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(start()), loop.run_forever()))
    thread.start()
    assert ready.wait(10)
    yield found
    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
