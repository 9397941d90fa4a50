"""The command line as its users meet it: words in, exit code, standard output and standard error out."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from console.main import run
from records.database import Database, open_database
from records.settings import load_settings
from records.workspace import Workspace
from scripts.world.compose_lender import Composed, compose_lender
from scripts.world.parties import commands

DAY = date(2026, 11, 20)
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Handa:
    """Runs ``handa`` in this process, or as a process of its own, with the environment of one workspace."""

    env: Mapping[str, str]

    def __call__(self, *words: object) -> Said:
        out, err = io.StringIO(), io.StringIO()
        with ExitStack() as stack:
            stack.enter_context(patch.dict(os.environ, self.env))
            stack.enter_context(redirect_stdout(out))
            stack.enter_context(redirect_stderr(err))
            code = run([str(word) for word in words])
        return Said(code, out.getvalue(), err.getvalue())

    def process(self, *words: object, **how: Any) -> subprocess.Popen[str]:
        """The same as a process."""
        command = [sys.executable, "-c", "from console.main import main; main()", *map(str, words)]
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT, **how}
        return subprocess.Popen(command, env={**os.environ, **self.env}, **how)

    def with_env(self, **env: str) -> Handa:
        """The same with other variables."""
        return Handa({**self.env, **env})


def environment(home: Path, url: str = "") -> dict[str, str]:
    """Variables of a call; an empty one counts as not set."""
    return {"HANDA_HOME": str(home), "HANDA_DATABASE_URL": url, "HANDA_KEYS": "", "COLUMNS": "120", "NO_COLOR": "1"}


@pytest.fixture
def handa(db: Database) -> Handa:
    """``handa`` on a database of the test's own."""
    return Handa(environment(db.settings.home, db.url))


@pytest.fixture
def bare(tmp_path: Path) -> Handa:
    """``handa`` where no workspace is and no database may be needed."""
    return Handa(environment(tmp_path / "home"))


@pytest.fixture
def parties(handa: Handa) -> Handa:
    """Firm, lawyer, partner and lender are registered; no standing order."""
    register(handa, standing=False)
    return handa


def register(handa: Handa, *, standing: bool) -> None:
    """Register everybody through the command line."""
    for words in commands(standing=standing):
        said = handa(*words)
        assert said.code == 0, said.err


@pytest.fixture(scope="session")
def case_file(tmp_path_factory: pytest.TempPathFactory) -> Composed:
    """A lender's composed file with good and bad rows."""
    return compose_lender(
        tmp_path_factory.mktemp("files") / "委案表.xlsx", cases=14, seed=3, day=DAY, defect_share=0.3, values=True
    )


@dataclass(frozen=True)
class Worked:
    """A day that was run under a standing order: what each step said."""

    handa: Handa
    home: Path
    imported: Said
    report: Path
    run: Said

    @property
    def batch_no(self) -> str:
        """The day's one batch."""
        return str(self.run.document["batches"][0]["batch_no"])

    @property
    def letter_no(self) -> str:
        """A letter of it."""
        return str(self.handa("batch", "show", self.batch_no, "--json").document["letters"][0]["letter_no"])


@contextmanager
def _day(server: Any, migrated: str, session_home: Path, case_file: Composed, folder: Path) -> Iterator[Worked]:
    home = folder / "home"
    Workspace(home).create()
    shutil.copy(session_home / "keys.json", home / "keys.json")
    with server.database(migrated) as url:
        with open_database(dataclasses.replace(load_settings(home, {}), database_url=url)):
            pass
        handa = Handa(environment(home, url))
        register(handa, standing=True)
        report = home.parent / "退回"
        imported = handa("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY, "--report", report, "--json")
        day = handa("day", "run", "--date", DAY, "--workers", "1", "--json")
        yield Worked(handa, home, imported, report, day)


@pytest.fixture(scope="session")
def worked(
    server: Any, migrated: str, session_home: Path, key_ring: object, case_file: Composed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worked]:
    """Import and a whole day, once for all tests that take nothing of the post's answers in."""
    with _day(server, migrated, session_home, case_file, tmp_path_factory.mktemp("worked")) as day:
        yield day


@pytest.fixture(scope="module")
def own_day(
    server: Any, migrated: str, session_home: Path, key_ring: object, case_file: Composed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worked]:
    """The same for the tests of one module, which may import answers."""
    with _day(server, migrated, session_home, case_file, tmp_path_factory.mktemp("own")) as day:
        yield day


@pytest.fixture(scope="session")
def secrets(case_file: Composed) -> Callable[[str], list[str]]:
    """Which personal texts of the composed file stand in a text."""
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(case_file.path)).get_sheet_by_index(0).to_python()
    header = next(row for row in rows if "案件编号" in row)
    named = {"客户姓名", "证件号码", "手机号", "合同号", "户籍地址", "现住址", "单位地址"}
    named |= {f"联系人{number}{what}" for number in (1, 2) for what in ("姓名", "电话", "地址")}
    personal = [i for i, name in enumerate(header) if name in named]
    assert len(personal) == len(named)
    known = {str(row[i]) for row in rows[rows.index(header) + 1 :] for i in personal if len(str(row[i])) >= 2}
    return lambda text: sorted(word for word in known if word in text)
