"""Fixtures for every room: a database of one's own, its settings, cipher and signer.

The server is the embedded one on a temporary workspace (the default), or with ``--server=external`` the one that
``HANDA_TEST_DATABASE_URL`` (a superuser's URL) names. Either way one template database is migrated once a session and
each test that asks for ``db`` gets a copy of it.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from records.cipher import Cipher
from records.database import Database, open_database
from records.keys import KeyRing
from records.server import EmbeddedServer
from records.settings import Settings, load_settings
from records.signing import Signer
from records.workspace import Workspace

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Tests that ask for ``db`` don't outlive a power cut; tests of durability start servers of their own."""
_EXTERNAL = "HANDA_TEST_DATABASE_URL"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--server",
        choices=("embedded", "external"),
        default="embedded",
        help=f"where database tests run: the embedded server, or the one that {_EXTERNAL} names",
    )


@dataclass(frozen=True)
class TestServer:
    """A running server on which databases can be made."""

    __test__ = False

    url: URL
    copying: str = ""
    """How a database is copied from its template, where the server's default is slower."""

    def execute(self, statement: sql.Composed) -> None:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A database of one's own, dropped afterwards; its URL."""
        name = f"handa_test_{secrets.token_hex(6)}"
        locale = " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'" if template == "template0" else ""
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        self.execute(create + sql.SQL(self.copying) + sql.SQL(locale))
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _in_memory() -> str | None:
    """A place where a copied database's thousand small files cost nothing, if there is one with room."""
    place = Path("/dev/shm")
    return str(place) if place.is_dir() and shutil.disk_usage(place).free > 2 << 30 else None


@contextmanager
def temporary_home(place: str | None = None) -> Iterator[Path]:
    """A workspace that the embedded server's user can reach: pytest's own folders are closed to it when we are root."""
    home = Path(tempfile.mkdtemp(prefix="handa-test-", dir=place))
    home.chmod(0o711)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[TestServer]:
    """The server that this session's databases are on."""
    if request.config.getoption("--server") == "external":
        external = os.environ.get(_EXTERNAL)
        if not external:
            pytest.exit(f"--server=external needs {_EXTERNAL}", returncode=4)
        yield TestServer(make_url(external).set(drivername="postgresql+psycopg"))
        return
    with temporary_home(_in_memory()) as home, EmbeddedServer(Workspace(home), FAST).running() as url:
        yield TestServer(url, copying=" STRATEGY FILE_COPY")


@pytest.fixture(scope="session")
def session_home() -> Iterator[Path]:
    """A workspace folder that only the session's key ring lies in."""
    with temporary_home() as home:
        yield home


@pytest.fixture
def reachable_home() -> Iterator[Path]:
    """A fresh workspace folder for a test that runs an embedded server of its own."""
    with temporary_home(_in_memory()) as home:
        yield home


@pytest.fixture(scope="session")
def key_ring(session_home: Path) -> KeyRing:
    """One key ring for the whole session: making one is not what tests are about."""
    return load_settings(session_home, {}).keys()


@pytest.fixture(scope="session")
def migrated(server: TestServer, session_home: Path, key_ring: KeyRing) -> Iterator[str]:
    """A migrated database to copy from; its name."""
    with server.database() as url:
        with open_database(dataclasses.replace(load_settings(session_home, {}), database_url=url)):
            pass
        yield str(make_url(url).database)


@pytest.fixture
def settings(tmp_path: Path, session_home: Path, key_ring: KeyRing) -> Settings:
    """Settings of a fresh workspace with the session's keys. No database is set: ``db.settings`` has that."""
    home = tmp_path / "home"
    Workspace(home).create()
    shutil.copy(session_home / "keys.json", home / "keys.json")
    return load_settings(home, {})


@pytest.fixture
def db(server: TestServer, migrated: str, settings: Settings) -> Iterator[Database]:
    """A migrated, empty database of the test's own."""
    with server.database(migrated) as url, open_database(dataclasses.replace(settings, database_url=url)) as database:
        yield database


@pytest.fixture
def cipher(key_ring: KeyRing) -> Cipher:
    """A cipher under the keys of ``settings`` and ``db.settings``."""
    return Cipher(key_ring)


@pytest.fixture
def signer(settings: Settings) -> Signer:
    """The signer of ``settings``."""
    return settings.signer()
