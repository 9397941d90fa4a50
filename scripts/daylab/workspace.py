"""Prepared workspaces for trying a day again and again: one is made, each trial works on a copy with the same keys."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from scripts.benches.measured import servers_in
from scripts.world.compose_lender import compose_lender
from scripts.world.parties import HANDA, LENDER, register

ROOT = Path(__file__).resolve().parents[2]
FINE = (0, 1)
"""Exit codes of a day that went to its end: done, or done with refusals to look at."""
GONE = {"void", "pulled", "refused"}
"""States of letters that never go out."""


_CRASHES = ("Traceback (most recent call last)", "E-BROKEN", "E-PROGRAM", "意外错误")


def crashed(said: str) -> bool:
    """Whether the program says that it broke: such an end has exit code 1, as refusals have."""
    return any(word in said for word in _CRASHES)


def fine(code: int, said: str) -> bool:
    """Whether a command went to its end."""
    return code in FINE and not crashed(said)


def handa(*words: str) -> list[str]:
    return [HANDA, *words]


@dataclass(slots=True)
class Outcome:
    """What a finished day left: files by path and hash, letters by case, and what is wrong in itself."""

    files: dict[str, str]
    letter_of: dict[str, str]
    verdict_of: dict[str, str]
    problems: list[str]
    seconds: float = 0.0

    @property
    def letters(self) -> int:
        return len(self.letter_of)


@dataclass(slots=True)
class Trial:
    """One copy of the workspace and how to run ``handa`` in it."""

    name: str
    home: Path
    env: dict[str, str]
    day: date
    workers: int
    database: str | None = None

    def words(self) -> list[str]:
        return handa("day", "run", "--date", self.day.isoformat(), "--workers", str(self.workers), "--json")

    def start(self) -> subprocess.Popen[bytes]:
        """Start the day in a process group of its own. Output goes to files: a full pipe would stop it."""
        folder = self.home.parent
        with (folder / "out.txt").open("ab") as out, (folder / "err.txt").open("ab") as err:
            return subprocess.Popen(
                self.words(), stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=self.env, start_new_session=True
            )

    def run(self, timeout: float = 900) -> tuple[int, str]:
        """Run the day to its end: exit code and what it said on standard error."""
        done = subprocess.run(
            self.words(), capture_output=True, text=True, stdin=subprocess.DEVNULL, env=self.env, timeout=timeout, check=False
        )
        return done.returncode, done.stderr

    def look(self) -> dict[str, Any]:
        """Batches with their letters, decisions, and whether the audit chain holds."""
        done = subprocess.run(
            [sys.executable, "-m", "scripts.daylab.look", self.day.isoformat()], capture_output=True, text=True,
            stdin=subprocess.DEVNULL, env=self.env, cwd=ROOT, check=False,
        )  # fmt: skip
        if done.returncode != 0 or crashed(done.stderr):
            raise SystemExit(f"{self.name}: 查看结果失败，退出码 {done.returncode}\n{done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        if found["audit"] != 0:
            found["audit_said"] = done.stderr[-300:]
        return found

    def outcome(self) -> Outcome:
        """What the day left, with everything checked that one workspace alone can show."""
        problems = []
        letters: Counter[str] = Counter()
        letter_of: dict[str, str] = {}
        numbers: Counter[str] = Counter()
        found = self.look()
        for batch in found["batches"]:
            if batch["step"] != "handed_over":
                problems.append(f"{self.name}: 批次 {batch['batch_no']} 停在 {batch['step']}")
            for letter in batch["letters"]:
                numbers[letter["letter_no"]] += 1
                numbers[letter["item_no"]] += 1
                if letter["state"] in GONE:
                    continue
                letters[letter["case_no"]] += 1
                letter_of[letter["case_no"]] = f"{letter['letter_no']} {letter['item_no']} {letter['state']}"
        problems += [f"{self.name}: 案件 {case} 有 {n} 封函" for case, n in letters.items() if n != 1]
        problems += [f"{self.name}: 号码 {number} 用了 {n} 次" for number, n in numbers.items() if n != 1]
        verdict_of = {row["case_no"]: f"{row['verdict']} {row['rules']}" for row in found["decisions"]}
        planned = {row["case_no"] for row in found["decisions"] if row["verdict"] == "planned"}
        if planned != set(letter_of):
            problems.append(f"{self.name}: 计划 {len(planned)} 件，函件 {len(letter_of)} 封，并不一一对应")
        if found["audit"] != 0:
            problems.append(f"{self.name}: 审计链核对不通过：{found['audit_said']}")
        return Outcome(sealed_files(self.home), letter_of, verdict_of, problems)

    def leftovers(self) -> list[str]:
        """Processes of this workspace, other than its database server, that are still alive."""
        found = []
        for process in psutil.process_iter(["pid", "name"]):
            try:
                mine = process.environ().get("HANDA_HOME") == str(self.home)
                if mine and process.status() != psutil.STATUS_ZOMBIE and not process.name().startswith("postgres"):
                    found.append(f"{process.pid} {process.name()}")
            except psutil.Error:
                continue
        return found


def sealed_files(home: Path) -> dict[str, str]:
    """Path → hash of everything in the hand-over place and in the sealed folders."""
    found = {}
    folders = [home / "outbox", *(sealed.parent for sealed in (home / "batches").rglob("SEALED"))]
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                found[path.relative_to(home).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return dict(sorted(found.items()))


def compare(name: str, plain: Outcome, other: Outcome) -> list[str]:
    """Every way in which a disturbed day ended differently from the undisturbed one."""
    found = list(other.problems)
    for what, before, after in (
        ("文件", plain.files, other.files),
        ("函件", plain.letter_of, other.letter_of),
        ("结果", plain.verdict_of, other.verdict_of),
    ):
        found += [
            f"{name}: {what} {key}：应为 {before.get(key)}，实为 {after.get(key)}"
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        ]
    return found


@dataclass(slots=True)
class Lab:
    """The prepared workspace and its copies. ``server``: superuser's URL when the records lie on an outside server."""

    root: Path
    day: date
    workers: int
    server: str | None
    made: list[Trial] = field(default_factory=list)

    @classmethod
    def prepare(cls, root: Path, *, cases: int, day: date, workers: int, database_url: str | None = None) -> Lab:
        """Register everybody, import ``cases`` composed cases, and leave the workspace at rest."""
        lab = cls(root, day, workers, database_url)
        if database_url:
            lab._execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(lab._database("base"))))
        base = lab._trial("base")
        base.home.parent.mkdir(mode=0o711)
        register(base.home, base.env)
        file = compose_lender(root / "cases.xlsx", cases=cases, day=day)
        done = subprocess.run(
            handa("cases", "import", str(file.path), "--lender", LENDER, "--json"), env=base.env, capture_output=True, text=True, check=False
        )
        if not fine(done.returncode, done.stderr):
            raise SystemExit(f"导入失败，退出码 {done.returncode}\n{done.stderr[-3000:]}")
        lab.rest(base)
        return lab

    def _database(self, name: str) -> str:
        return f"kill_{self.root.name.replace('-', '_').lower()}_{name}"

    def _execute(self, statement: sql.Composed) -> None:
        assert self.server is not None
        with psycopg.connect(self.server.replace("postgresql+psycopg", "postgresql", 1), autocommit=True) as connection:
            connection.execute(statement)

    def _trial(self, name: str) -> Trial:
        home = self.root / name / "home"
        env = {key: value for key, value in os.environ.items() if key != "HANDA_DATABASE_URL"} | {"HANDA_HOME": str(home)}
        database = None
        if self.server:
            database = self._database(name)
            before, _, after = self.server.partition("?")
            env["HANDA_DATABASE_URL"] = before.rsplit("/", 1)[0] + f"/{database}" + (f"?{after}" if after else "")
        return Trial(name, home, env, self.day, self.workers, database)

    def rest(self, trial: Trial) -> None:
        """Wait until no server of the workspace runs any more."""
        for _ in range(200):
            if not servers_in(trial.home):
                return
            time.sleep(0.1)
        raise SystemExit(f"{trial.name}: 数据库服务没有停下")

    def copy(self, name: str, target: Path | None = None) -> Trial:
        """A fresh copy of the prepared workspace; ``target``: an existing empty folder (a mount) to copy into."""
        trial = self._trial(name)
        trial.home.parent.mkdir(mode=0o711, exist_ok=True)
        source = self.root / "base" / "home"
        into = [f"{source}/.", str(target)] if target else [str(source), str(trial.home)]
        subprocess.run(["cp", "-a", *into], check=True)
        if self.server:
            self._execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(self._database(name)), sql.Identifier(self._database("base"))
                )
            )
        self.made.append(trial)
        return trial

    def drop(self, trial: Trial) -> None:
        """Remove a copy that is not needed any more."""
        subprocess.run(["rm", "-rf", "--", str(trial.home.parent)], check=False)
        if trial.database:
            self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(trial.database)))

    def close(self) -> None:
        """Drop the databases on an outside server."""
        if self.server:
            for name in ["base", *(trial.name for trial in self.made)]:
                self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self._database(name))))

    def set_reachable(self, trial: Trial, reachable: bool) -> None:
        """Make the database of an outside server go away, or come back."""
        assert trial.database is not None
        self._execute(
            sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}").format(sql.Identifier(trial.database), sql.SQL(str(reachable)))
        )
        if not reachable:
            end = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
            self._execute(end.format(sql.Literal(trial.database)))

    def undisturbed(self) -> Outcome:
        """A day that nobody disturbs, run twice: the second run must change nothing."""
        trial = self.copy("plain")
        started = time.monotonic()
        code, said = trial.run()
        seconds = time.monotonic() - started
        if not fine(code, said):
            raise SystemExit(f"未打断的运行退出码 {code}\n{said[-3000:]}")
        outcome = trial.outcome()
        outcome.seconds = seconds
        if not outcome.files or not outcome.letter_of:
            raise SystemExit("未打断的运行没有寄出任何函件，比较没有意义")
        code, said = trial.run()
        if not fine(code, said):
            outcome.problems.append(f"第二次运行退出码 {code}：{said[-300:]}")
        outcome.problems += compare("plain 第二次运行", outcome, trial.outcome())
        self.drop(trial)
        return outcome
