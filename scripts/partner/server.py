"""The partner's SFTP server on loopback: a real asyncssh server in a thread, whose uploads go wrong when told to.

Keys are made fresh for each server: nothing here is secret. The place that senders see is the folder ``inbox`` of its
root. What goes wrong is drawn by the name of the batch and the number of the try, never by the clock.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType

import asyncssh

from scripts.partner.faults import Fault, FaultPlan
from scripts.partner.simulator import TAKEN
from scripts.partner.truth import Truth

INBOX = "inbox"
USER = "handa"
HOST = "127.0.0.1"
_START_SECONDS = 15.0


@dataclass(slots=True)
class PartnerServer:
    """Use as a context manager. ``today`` gives the simulated day that a fault is written down under."""

    root: Path
    plan: FaultPlan = field(default_factory=FaultPlan)
    truth: Truth = field(default_factory=Truth)
    today: Callable[[], date] = date.today
    port: int = 0
    host_key: str = ""
    client_key: Path = Path()
    uploads: Counter[str] = field(default_factory=Counter)
    """Parcel → tries, a try being each time that its first file is opened for writing after a fault or anew."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncssh.SSHAcceptor | None = None
    _thread: threading.Thread | None = None

    @property
    def inbox(self) -> Path:
        """The folder that senders put batches into."""
        return self.root / INBOX

    def settings(self) -> dict[str, object]:
        """The ``place`` of a partner's settings that leads here."""
        return {
            "kind": "sftp", "host": HOST, "port": self.port, "user": USER, "folder": INBOX, "host_keys": [self.host_key],
            "key_file": str(self.client_key), "also_look_in": [TAKEN],
        }  # fmt: skip

    def __enter__(self) -> PartnerServer:
        self.inbox.mkdir(parents=True, exist_ok=True)
        keys = self.root.with_name(self.root.name + "-keys")
        keys.mkdir(mode=0o700, exist_ok=True)
        server_key, client_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self.client_key = keys / "client_key"
        self.client_key.write_bytes(client_key.export_private_key())
        self.client_key.chmod(0o600)
        (keys / "authorized").write_bytes(client_key.export_public_key())
        self.host_key = server_key.export_public_key().decode().strip()
        (keys / "host_key.pub").write_text(self.host_key + "\n", encoding="utf-8")
        ready = threading.Event()

        async def start() -> None:
            self._server = await asyncssh.listen(
                HOST, self.port, server_host_keys=[server_key], authorized_client_keys=str(keys / "authorized"),
                sftp_factory=lambda channel: _Sftp(channel, self),
            )  # fmt: skip
            self.port = self._server.get_port()
            ready.set()

        def work() -> None:
            self._loop.run_until_complete(start())
            self._loop.run_forever()

        self._thread = threading.Thread(target=work, name="partner-sftp", daemon=True)
        self._thread.start()
        if not ready.wait(_START_SECONDS):
            raise RuntimeError("the partner's SFTP server did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        async def stop() -> None:
            if self._server is not None:
                self._server.close()
                await self._server.wait_closed()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(10)
        self._loop.close()

    def strike(self, fault: Fault, parcel: str) -> bool:
        """Whether this try of an upload is struck; written down when it is."""
        if not self.plan.strikes(fault, parcel, self.uploads[parcel]):
            return False
        self.truth.note(fault, self.today(), parcel, f"第 {self.uploads[parcel]} 次")
        return True


class _Sftp(asyncssh.SFTPServer):
    """One connection. The parcel under way is told by its hidden folder, ``.NAME.part``."""

    def __init__(self, channel: asyncssh.SSHServerChannel, partner: PartnerServer) -> None:
        super().__init__(channel, chroot=os.fsencode(partner.root))
        self._partner = partner
        self._connection = channel.get_connection()
        self._started: set[str] = set()
        self._cut: dict[str, int] = {}
        """Parcel → bytes that still come through before the line is cut."""
        self._full: set[str] = set()

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & asyncssh.FXF_CREAT:
            self._begin(_parcel(path))
        return super().open(path, pflags, attrs)

    def _begin(self, parcel: str) -> None:
        if parcel in self._started:
            return
        self._started.add(parcel)
        self._partner.uploads[parcel] += 1
        if self._partner.strike(Fault.CUT_OFF, parcel):
            chance = self._partner.plan.chance(Fault.CUT_OFF, parcel, self._partner.uploads[parcel])
            # Less than the smallest parcel has, so that the cut is always felt.
            self._cut[parcel] = chance.randrange(1, 6_000)
        elif self._partner.strike(Fault.FULL, parcel):
            self._full.add(parcel)

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        if self._full:
            raise asyncssh.SFTPNoSpaceOnFilesystem("no room left")
        for parcel, left in self._cut.items():
            if len(data) > left:
                super().write(file_obj, offset, data[:left])
                self._connection.abort()
                raise asyncssh.SFTPConnectionLost("gone")
            self._cut[parcel] = left - len(data)
        return super().write(file_obj, offset, data)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        super().rename(oldpath, newpath)
        parcel = newpath.decode().rpartition("/")[2]
        if self._partner.strike(Fault.LOST_REPLY, parcel):
            # It is there, and the sender will not hear of it.
            self._connection.abort()


def _parcel(path: bytes) -> str:
    """``/inbox/.B20261121-01-1a2b3c4d.part/print/part-0001.pdf`` → the batch's name."""
    parts = [part for part in path.decode().split("/") if part]
    hidden = next((part for part in parts if part.startswith(".") and part.endswith(".part")), parts[-1])
    return hidden.removeprefix(".").removesuffix(".part")
