"""The peers that read Chinese addresses, each in a process of its own: jionlp, GeocodingCHN and pygeocoding from ``.venv-bench``.

cpca comes with the product (it is our second reader) and runs from our own environment. GeocodingCHN needs a Java runtime
and is left out without one; libpostal is on no package index that pip or apt knows here. Versions are pinned.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-bench"
PYTHON = ENVIRONMENT / "bin" / "python"
READERS = ROOT / "scripts" / "benches" / "address_readers.py"
PINNED = {"jionlp": "jionlp==1.5.31", "geocodingchn": "GeocodingCHN==1.4.5", "pygeocoding": "pygeocoding==1.1.3"}
MODULES = {"jionlp": "jionlp", "geocodingchn": "GeocodingCHN", "pygeocoding": "geocoding"}
TIMEOUT = 1800


@dataclass(frozen=True, slots=True)
class Reading:
    """One run of one reader."""

    per_cpu_second: float
    per_second: float
    load_s: float
    peak_bytes: int
    disk_bytes: int
    disk_with_dependencies: int
    crashed: float
    """Share of the texts that it raised an error on."""
    crashed_labelled: int
    """How many of the labelled texts and hard cases it raised an error on."""
    read: Mapping[str, list[dict[str, Any]]]
    """"speed", "labelled", "hard": what it read of each text."""

    def as_json(self) -> dict[str, Any]:
        return {
            "per_cpu_second": round(self.per_cpu_second, 1), "per_second": round(self.per_second, 1), "load_s": round(self.load_s, 2),
            "peak_bytes": self.peak_bytes, "disk_bytes": self.disk_bytes, "disk_with_dependencies": self.disk_with_dependencies,
            "crashed": round(self.crashed, 4),
        }  # fmt: skip


def _has(name: str) -> bool:
    if name == "geocodingchn" and shutil.which("java") is None:
        return False
    found = f"import importlib.util as i, sys; sys.exit(i.find_spec({MODULES[name]!r}) is None)"
    return subprocess.run([PYTHON, "-c", found], capture_output=True, check=False).returncode == 0


def ready(*, install: bool) -> list[str]:
    """The peers that can run from ``.venv-bench``; with ``install`` it is made and what lacks is fetched."""
    if install:
        if not PYTHON.exists() and subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=False).returncode:
            return []
        lacking = [package for name, package in PINNED.items() if not _has(name)]
        if lacking:
            subprocess.run([PYTHON, "-m", "pip", "install", "-qq", *lacking], capture_output=True, check=False)
    return [name for name in PINNED if PYTHON.exists() and _has(name)]


def why_left_out(name: str, *, install: bool) -> str:
    """The sentence for a peer that ``ready`` did not give."""
    if name == "geocodingchn" and shutil.which("java") is None:
        return f"{name} 没有参加：要有 Java（装好 java 再运行）"
    if not install:
        return f"{name} 没有参加：.venv-bench 里没有；先不带 --quick 运行一次，会自动安装 {PINNED[name]}"
    return f"{name} 没有参加：{PINNED[name]} 装不上（看看 pip 能否连到软件源）"


def run_reader(name: str, speed: Sequence[str], labelled: Sequence[str] = (), hard: Sequence[str] = ()) -> Reading:
    """One reader in a fresh process.

    Raises:
        RuntimeError: it failed; its last words.
    """
    own = name not in PINNED
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = str(ROOT) if own else ""
    with tempfile.TemporaryDirectory() as folder:
        order = Path(folder) / "order.json"
        order.write_text(json.dumps({"speed": list(speed), "labelled": list(labelled), "hard": list(hard)}, ensure_ascii=False), "utf-8")
        done = subprocess.run(
            [sys.executable if own else PYTHON, READERS, name, order],
            capture_output=True, text=True, timeout=TIMEOUT, check=False, env=environment, cwd=folder,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-400:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    texts = max(said["texts"], 1)
    return Reading(
        per_cpu_second=texts / max(said["cpu_s"], 1e-9), per_second=texts / max(said["wall_s"], 1e-9), load_s=said["load_s"],
        peak_bytes=said["peak_bytes"], disk_bytes=said["disk_bytes"], disk_with_dependencies=said["disk_with_dependencies"],
        crashed=said["crashed"] / texts, crashed_labelled=said["crashed_labelled"], read={part: said[part] for part in ("speed", "labelled", "hard")},
    )  # fmt: skip
