"""What a bench hands back, the machine it ran on, and plain tables for people."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Report:
    """``ratios`` are ours over the peer's: above 1 is better for a throughput."""

    ours: dict[str, Any]
    peers: dict[str, Any] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def machine() -> dict[str, Any]:
    """Processor, cores this process may use, memory, system and Python."""
    info: dict[str, Any] = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
    }
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        info["processor"] = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
        memory = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()[0]
        info["memory_bytes"] = int(memory.split()[1]) * 1024
    except (OSError, StopIteration):
        info["processor"] = platform.processor()
    return info


@dataclass(frozen=True, slots=True)
class Rate:
    """Throughput of one contestant: the median of its rounds, by CPU time and by the clock."""

    per_cpu_second: float
    per_second: float
    rounds: int

    def as_json(self) -> dict[str, float | int]:
        return {
            "per_cpu_second": round(self.per_cpu_second, 1),
            "per_second": round(self.per_second, 1),
            "rounds": self.rounds,
        }


def alternate(contestants: dict[str, Callable[[], int]], rounds: int) -> dict[str, Rate]:
    """Run the contestants in turn, ``rounds`` times each; every call gives the number of things it did.

    In turn, because a machine grows warm or busy: what runs later must not look worse. Each is run once before, unmeasured.
    """
    for work in contestants.values():
        work()
    cpu: dict[str, list[float]] = {name: [] for name in contestants}
    wall: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, work in contestants.items():
            say(f"第 {number + 1}/{rounds} 轮：{name}")
            cpu_before, wall_before = time.process_time(), time.perf_counter()
            done = work()
            cpu[name].append(done / max(time.process_time() - cpu_before, 1e-9))
            wall[name].append(done / max(time.perf_counter() - wall_before, 1e-9))
    return {name: Rate(statistics.median(cpu[name]), statistics.median(wall[name]), rounds) for name in contestants}


def say(text: str) -> None:
    """Progress for people, on standard error; overwritten in place on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
    else:
        print(text, file=sys.stderr, flush=True)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table whose columns line up with Chinese in them."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    cells = [list(headers), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(_width(line[column]) for line in cells) for column in range(len(headers))]
    print(f"\n{title}")
    for line in cells:
        print("  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)).rstrip())
