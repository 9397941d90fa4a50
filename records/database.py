"""The way to the records: an engine, sessions that commit or roll back whole, named exclusive locks.

Starts the embedded server where no ``HANDA_DATABASE_URL`` is set, and brings the schema up to date. Knows no tables
but the one that tells which key ring the data were sealed under.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property, partial
from typing import Any

import psycopg
from psycopg.types.json import set_json_dumps
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from records.anchor import HEAD_KEY, advance_anchor
from records.binaries import OLDEST_MAJOR
from records.cipher import Cipher
from records.clock import Clock, system_clock
from records.errors import AlreadyRunning, WrongUsage
from records.faults import faults_told
from records.keys import foreign_ring
from records.migrations import upgrade
from records.server import EmbeddedServer
from records.settings import Settings

_EXCLUSIVE_SECONDS = 1.0
"""A process that was just killed keeps its lock for the moment that the server takes to notice."""


class Database:
    """One process's way to the records. Made by ``open_database`` or, in worker processes, by ``Database.connect``."""

    def __init__(self, engine: Engine, url: str, settings: Settings) -> None:
        self.engine = engine
        self.url = url
        """SQLAlchemy URL with its password: for worker processes, never for a log."""
        self.settings = settings
        self.clock: Clock = system_clock
        """The house's clock; tests set another."""
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @cached_property
    def cipher(self) -> Cipher:
        """The cipher of the house's key ring."""
        return Cipher(self.settings.keys())

    @classmethod
    def connect(cls, url: str, settings: Settings) -> Database:
        """A way to a server that is up and migrated; for worker processes."""
        engine = create_engine(
            url, pool_size=2, max_overflow=4, pool_timeout=30, connect_args={"connect_timeout": 10}, json_serializer=_json
        )
        event.listen(engine, "connect", _greet)
        return cls(engine, url, settings)

    def close(self) -> None:
        """Give the connections back. The object is not to be used after."""
        self.engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that commits at the end of the block and rolls back on an error.

        Raises:
            DatabaseUnreachable: the server went away.
            DiskFull: the server has no room.
        """
        with faults_told():
            with self._sessions() as session:
                session.info["settings"] = self.settings
                with session.begin():
                    yield session
            head = session.info.get(HEAD_KEY)
            if head is not None:
                # After the commit: the anchor may lag behind the chain (a kill right here), never lead it.
                advance_anchor(self.settings, head)

    @contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold the lock ``name`` (``"day run 2026-11-20"``) against every other process on this database.

        Raises:
            AlreadyRunning: another process holds it.
        """
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        with faults_told(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            deadline = time.monotonic() + _EXCLUSIVE_SECONDS
            while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
                if time.monotonic() > deadline:
                    raise AlreadyRunning(f"同一件事正由另一个进程在做：{name}", "请等它结束后再运行；它若已中断，重新运行会接着做完。")
                time.sleep(0.1)
            try:
                yield
            finally:
                # Never back to the pool with the lock still held: if it can't be given up, the connection is.
                try:
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
                except DBAPIError:
                    connection.invalidate()


_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
"""Half the bytes for Chinese text; by INSERT and by COPY the same."""


def _greet(connection: psycopg.Connection[Any], _record: ConnectionPoolEntry) -> None:
    """Settings of every session, whoever's server it is."""
    set_json_dumps(_json, connection)
    with connection.cursor() as cursor:
        cursor.execute("SET timezone = 'UTC'; SET client_connection_check_interval = '2s'; SET jit = off")
    connection.commit()


def _check_version(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    major = driver.info.server_version // 10000
    if major < OLDEST_MAJOR:
        raise WrongUsage(
            f"数据库服务器是 PostgreSQL {major}，本程序需要 {OLDEST_MAJOR} 或以上", "请升级服务器，或去掉 HANDA_DATABASE_URL 使用内置数据库。"
        )


def _check_ring(connection: Connection, settings: Settings) -> None:
    """The first key ring that this database is opened with is its ring: no other may ever write into it."""
    fingerprint = settings.keys().fingerprint
    known = connection.scalar(text("SELECT fingerprint FROM key_mark"))
    if known is None:
        connection.execute(
            text("INSERT INTO key_mark (single, fingerprint) VALUES (true, :fingerprint) ON CONFLICT DO NOTHING"),
            {"fingerprint": fingerprint},
        )
        known = connection.scalar(text("SELECT fingerprint FROM key_mark"))
    if bytes(known or b"") != fingerprint:
        raise foreign_ring()


@contextmanager
def open_database(settings: Settings, server_options: Mapping[str, str] | None = None) -> Iterator[Database]:
    """Open the records: start the embedded server if that is what is set, migrate, check the key ring.

    Args:
        settings: whose records.
        server_options: PostgreSQL settings for the embedded server, if this process starts it.

    Raises:
        DatabaseUnreachable: the server can't be started or reached.
        DiskFull: no room for it.
        WrongUsage: a server too old, a schema too new, keys that can't be read.
        Broken: the data were sealed under another key ring.
    """
    with ExitStack() as stack:
        stack.enter_context(faults_told())
        settings.workspace.create()
        settings.keys()
        url = settings.database_url
        if url is None:
            embedded = EmbeddedServer(settings.workspace, server_options)
            url = stack.enter_context(embedded.running()).render_as_string(hide_password=False)
        database = stack.enter_context(closing(Database.connect(url, settings)))
        with database.engine.connect() as connection:
            _check_version(connection)
            upgrade(connection)
            _check_ring(connection, settings)
            connection.commit()
        yield database
