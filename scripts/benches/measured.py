"""Runs one command as a user would, and measures it whole: clock, CPU, memory of all its processes and its server.

CPU of the command is what the system accounts to it and the children it waited for. Memory is the proportional set
size (shared pages counted once) summed over the process tree, sampled ten times a second and its peak kept; the
embedded PostgreSQL server, which is no child of the command, is found by its working folder and reported apart.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

SAMPLE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Measured:
    """One finished command. Seconds and bytes; ``server_*`` are of the embedded server while the command ran."""

    wall: float
    cpu: float
    peak: int
    server_cpu: float
    server_peak: int
    exit_code: int
    stdout: str
    stderr: str

    def as_json(self) -> dict[str, Any]:
        return {
            "wall_s": round(self.wall, 2),
            "cpu_s": round(self.cpu, 2),
            "peak_bytes": self.peak,
            "server_cpu_s": round(self.server_cpu, 2),
            "server_peak_bytes": self.server_peak,
            "exit_code": self.exit_code,
        }


def memory_of(process: psutil.Process) -> int:
    """Proportional set size in bytes; the resident size where the system has no such figure."""
    try:
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_bytes()
        for line in rollup.splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def servers_in(folder: Path) -> list[psutil.Process]:
    """The PostgreSQL processes whose data lies in ``folder``."""
    found = []
    inside = str(folder.resolve())
    for process in psutil.process_iter(["name"]):
        try:
            if (process.info["name"] or "").startswith("postgres") and process.cwd().startswith(inside):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _cpu(processes: list[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


class _Watch(threading.Thread):
    """Samples a process tree and the servers of a folder until told to stop."""

    def __init__(self, pid: int, folder: Path) -> None:
        super().__init__(daemon=True)
        self.peak = self.server_peak = 0
        self.server_cpu = 0.0
        self._root = psutil.Process(pid)
        self._folder = folder
        self._done = threading.Event()
        self._server_cpu_before = _cpu(servers_in(folder))

    def run(self) -> None:
        ticks = 0
        servers: list[psutil.Process] = []
        while not self._done.wait(SAMPLE_SECONDS):
            try:
                tree = [self._root, *self._root.children(recursive=True)]
            except psutil.Error:
                continue
            # While a server is being started it is still in the tree of the command.
            own = [process for process in tree if not _is_server(process)]
            self.peak = max(self.peak, sum(map(memory_of, own)))
            if ticks % 5 == 0:
                servers = servers_in(self._folder)
            ticks += 1
            self.server_peak = max(self.server_peak, sum(map(memory_of, servers)))
            self.server_cpu = max(self.server_cpu, _cpu(servers) - self._server_cpu_before)

    def stop(self) -> None:
        self._done.set()
        self.join()


def _is_server(process: psutil.Process) -> bool:
    try:
        return process.name().startswith("postgres")
    except psutil.Error:
        return False


def run_measured(command: Sequence[str], *, home: Path, env: dict[str, str] | None = None) -> Measured:
    """Run ``command`` to its end and measure it. ``home`` is the workspace whose server belongs to it."""
    started = time.perf_counter()
    out_path, err_path = home.parent / "stdout.txt", home.parent / "stderr.txt"
    with out_path.open("wb") as out, err_path.open("wb") as err:
        process = subprocess.Popen(
            list(command), stdout=out, stderr=err, stdin=subprocess.DEVNULL,
            env={**os.environ, "HANDA_HOME": str(home), **(env or {})},
        )  # fmt: skip
        watch = _Watch(process.pid, home)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
    return Measured(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak=max(watch.peak, usage.ru_maxrss * 1024 if watch.peak == 0 else 0),
        server_cpu=max(0.0, watch.server_cpu),
        server_peak=watch.server_peak,
        exit_code=process.returncode,
        stdout=out_path.read_text(encoding="utf-8", errors="replace"),
        stderr=err_path.read_text(encoding="utf-8", errors="replace"),
    )
