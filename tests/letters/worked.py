"""Houses at some stage of their day, made once and copied for each test that wants one of its own."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy import make_url

from records.database import Database, open_database
from records.settings import load_settings
from records.workspace import Workspace
from tests.conftest import TestServer, temporary_home

Found = TypeVar("Found")


@dataclass(frozen=True)
class Worked(Generic[Found]):
    """A database and a workspace to copy from, and what their making gave. Nobody is connected to it."""

    server: TestServer
    name: str
    home: Path
    found: Found

    @contextmanager
    def copy(self, home: Path) -> Iterator[Database]:
        """The same house in the new folder ``home``."""
        shutil.copytree(self.home, home)
        with (
            self.server.database(self.name) as url,
            open_database(dataclasses.replace(load_settings(home, {}), database_url=url)) as database,
        ):
            yield database


@contextmanager
def worked(server: TestServer, migrated: str, keys: Path, build: Callable[[Database], Found]) -> Iterator[Worked[Found]]:
    """Let ``build`` work in a fresh house with the keys of the folder ``keys``, and keep what has become of it."""
    with temporary_home() as folder:
        home = folder / "home"
        Workspace(home).create()
        shutil.copy(keys / "keys.json", home / "keys.json")
        with server.database(migrated) as url:
            with open_database(dataclasses.replace(load_settings(home, {}), database_url=url)) as database:
                found = build(database)
            yield Worked(server, str(make_url(url).database), home, found)
