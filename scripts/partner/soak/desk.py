"""Drives the office process: asks, kills it at random moments, starts it again, and asks the same until it is done."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from scripts.benches.measured import servers_in

ROOT = Path(__file__).resolve().parents[3]
FINE = (0, 1)
AGAIN = 4
"""Exit code: something outside failed, safe to run again."""
TRIES = 60
START_SECONDS = 120.0
STEP_SECONDS = 900.0
HEAVIER = {"day run": 4.0, "cases import": 0.5, "post import": 1.0}
"""How much oftener than the share a step is killed; what only reads is left alone."""
WAYS = ("process", "process", "process", "process and server")


class OfficeGone(Exception):
    """The process is not there any more: killed, or ended by itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended. ``document``: what it printed as JSON, None where it printed none."""

    code: int
    document: Any
    err: str


@dataclass(slots=True)
class Desk:
    """Use as a context manager. ``share`` of the steps that write is killed (``HEAVIER``), drawn from ``rng``."""

    home: Path
    rng: random.Random
    share: float = 0.0
    env: dict[str, str] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    killed_steps: Counter[str] = field(default_factory=Counter)
    retried: Counter[str] = field(default_factory=Counter)
    """Commands that ended with exit code 4 and were run again, by their first two words."""
    steps: int = 0
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    cpu: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Processor seconds of the office by command, where it was not killed on the way."""
    _usual: dict[str, float] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _rest: bytes = b""

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.stdin.close()  # type: ignore[union-attr]
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(30)
            if self._process.poll() is None:
                self._kill("process")

    def say(self, at: datetime, *words: object, fine: tuple[int, ...] = FINE, disturb: bool = True) -> Answer:
        """Run a command until it is done, killing it on the way when its turn has come.

        Raises:
            SystemExit: it ended in a way that it should not.
        """
        texts = [str(word) for word in words]
        name = " ".join(texts[:2])
        self.steps += 1
        started = time.monotonic()
        request = {"at": at.isoformat(), "words": texts}
        share = self.share * HEAVIER.get(name, 0.0) if disturb else 0.0
        for attempt in range(TRIES):
            # A step that was killed may be killed again, less and less often.
            wants_kill = self.rng.random() < min(0.9, share) / 2**attempt
            moment = self.rng.uniform(0.005, self._usual.get(name, 1.0)) if wants_kill else None
            before = self._cpu()
            try:
                raw = self._ask(request, moment)
            except OfficeGone:
                self.killed_steps[name] += 1
                continue
            if raw["code"] == AGAIN:
                self.retried[name] += 1
                time.sleep(0.1)
                continue
            took = time.monotonic() - started
            self.seconds[name] += took
            self.cpu[name] += max(0.0, self._cpu() - before)
            if attempt == 0:
                self._usual[name] = 0.7 * self._usual.get(name, took) + 0.3 * took
            if raw["code"] not in fine or "E-PROGRAM" in raw["err"]:
                raise SystemExit(f"handa {' '.join(texts)}：退出码 {raw['code']}\n{raw['out'][-1500:]}\n{raw['err'][-3000:]}")
            document = json.loads(raw["out"]) if "--json" in texts and raw["out"].strip() else None
            return Answer(raw["code"], document, raw["err"])
        raise SystemExit(f"handa {' '.join(texts)}：{TRIES} 次仍未完成")

    def look(self, at: datetime) -> dict[str, Any]:
        """The house's books (``scripts.partner.soak.looking``)."""
        found = self._ask({"at": at.isoformat(), "look": True}, None)
        if found.get("code"):
            raise SystemExit(found["err"])
        return found

    def _ask(self, request: dict[str, Any], moment: float | None) -> dict[str, Any]:
        process = self._alive()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            process.stdin.flush()
        except OSError as gone:
            raise self._lost() from gone
        if moment is not None:
            line = self._line(moment)
            if line is None:
                self._kill(self.rng.choice(WAYS))
                raise OfficeGone
            return json.loads(line)
        line = self._line(STEP_SECONDS)
        if line is None:
            self._kill("process")
            raise SystemExit(f"办公进程 {STEP_SECONDS:.0f} 秒没有应答：{request}")
        return json.loads(line)

    def _cpu(self) -> float:
        if self._process is None:
            return 0.0
        try:
            times = psutil.Process(self._process.pid).cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def _alive(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            with (self.home.parent / "office-stderr.txt").open("ab") as err:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "scripts.partner.soak.office"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=err, cwd=ROOT, start_new_session=True,
                    env={**os.environ, "HANDA_HOME": str(self.home), "HANDA_DATABASE_URL": "", "OMP_NUM_THREADS": "1", **self.env},
                )  # fmt: skip
            self._rest = b""
            if self._line(START_SECONDS) is None:
                raise SystemExit("办公进程没有启动，见 office-stderr.txt")
        return self._process

    def _line(self, seconds: float) -> bytes | None:
        """One line of the process's answers; None when it takes longer.

        Raises:
            OfficeGone: it ended.
        """
        assert self._process is not None and self._process.stdout is not None
        deadline = time.monotonic() + seconds
        handle = self._process.stdout.fileno()
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([handle], [], [], left)[0]:
                return None
            block = os.read(handle, 1 << 20)
            if not block:
                raise self._lost()
            self._rest += block
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _lost(self) -> Exception:
        assert self._process is not None
        code = self._process.wait()
        self._process = None
        if code == -signal.SIGKILL:
            return OfficeGone()
        return SystemExit(f"办公进程自己结束了，退出码 {code}，见 office-stderr.txt")

    def _kill(self, way: str) -> None:
        process = self._process
        assert process is not None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if way == "process and server":
            for server in servers_in(self.home):
                with suppress(psutil.Error):
                    server.kill()
        self.kills[way] += 1
        self._process = None
