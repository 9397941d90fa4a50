"""Which processes of an embedded server are alive. Told by their working folder: pids are reused, zombies keep theirs.

A PostgreSQL process sits in its data folder for life. Where there is no ``/proc`` (macOS) the pid file is believed.
"""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def _sits_in(pid: str, folder: str) -> bool:
    try:
        if str((PROC / pid / "cwd").readlink()) != folder:
            return False
        # "pid (name) state ...": the name may hold spaces and brackets. A zombie's folder can't be read anyway as an
        # ordinary user, but as root it can.
        return (PROC / pid / "stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def process_of(data: Path) -> int | None:
    """The living postmaster that the data folder's pid file names, if it is one."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    if PROC.joinpath("self").exists():
        return pid if _sits_in(str(pid), os.path.realpath(data)) else None
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    return pid


def alive_in(data: Path) -> list[int]:
    """Every living process in the data folder: the children of a killed postmaster, until they have noticed."""
    if not PROC.joinpath("self").exists():
        return []
    folder = os.path.realpath(data)
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and _sits_in(entry.name, folder)]
