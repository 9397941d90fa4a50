"""Houses at some stage of their day, made once and copied for each test that wants one of its own."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy import make_url

from letters.batch.handing import hand_over
from letters.batch.lookup import batch_by_no
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.releasing import release_batch
from letters.batch.sealing import seal
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


def make_sealed(db: Database, day: date) -> str:
    """Plan, release, print and seal whatever is due for lender DEMO; the batch number."""
    batch_no = plan_lender(db, "DEMO", day, actor="test", workers=1).batch_no
    assert batch_no is not None
    write_sample(db, batch_no, None, actor="lawyer:L001")
    with db.session() as session:
        release_batch(session, db.cipher, batch_by_no(session, batch_no), "L001", clock=db.clock)
    print_batch(db, batch_no, actor="test", workers=1)
    seal(db, batch_no, actor="test", workers=1)
    return batch_no


def carry(db: Database, day: date) -> str:
    """``make_sealed``, and hand over."""
    batch_no = make_sealed(db, day)
    hand_over(db, batch_no, actor="test", workers=1)
    return batch_no
