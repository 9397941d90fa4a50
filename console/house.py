"""Opening the workspace for a command: settings, the database, the acting person, where to say what.

The records are imported when a command opens them, not before: help must not wait for a database driver.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from console.faults import reason
from console.speech import say
from records.errors import HandaError, WrongUsage

if TYPE_CHECKING:
    from records.database import Database
    from records.settings import Settings

ADDRESS_MODEL = "HANDA_ADDRESS_MODEL"
OWN_TEMPLATES = "HANDA_TEMPLATES"
"""As in ``letters.compose.bundle``, which help need not import."""
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
"""A day outside of these is a slip of the keys."""


@dataclass(slots=True)
class Invocation:
    """What the words before the subcommand said."""

    home: Path | None = None
    actor: str | None = None


invocation = Invocation()


def settings() -> Settings:
    """The settings of this call."""
    from records.settings import load_settings

    try:
        found = load_settings(invocation.home)
    except RuntimeError as fault:  # ~somebody, who is not there
        raise WrongUsage(f"工作区路径“{invocation.home or os.environ.get('HANDA_HOME')}”无法识别。", "请写明完整路径。") from fault
    if found.address_model is not None:
        os.environ[ADDRESS_MODEL] = str(found.address_model)  # the address engine knows no settings; worker processes inherit it
    os.environ[OWN_TEMPLATES] = str(found.workspace.templates)  # so do the templates
    return found


def log_folder() -> Path:
    """Where the trace of a fault goes; it may not be there."""
    try:
        return settings().workspace.logs
    except (HandaError, OSError, RuntimeError):
        return Path(os.devnull)


def actor() -> str:
    """Who acts, for the audit chain: ``operator:name/system user`` where a person is named, else ``cli:system user``.

    ``--actor`` wins over ``HANDA_ACTOR``. The system's user stands there in either case: a name is only said, not proved.

    Raises:
        WrongUsage: what was said can't be a name.
    """
    from records.settings import person

    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid{os.getuid()}"
    name = settings().actor if invocation.actor is None else person(invocation.actor)
    return f"operator:{name}/{user}" if name else f"cli:{user}"


def workers(asked: int | None) -> int:
    """Number of processes: what was asked, else one a core.

    Raises:
        WrongUsage: when it is not positive.
    """
    if asked is None:
        return len(os.sched_getaffinity(0))
    if asked < 1:
        raise WrongUsage("--workers 必须是正整数。", "不写则按处理器核数。")
    return asked


def day_of(text: str | None) -> date:
    """``--date`` as a date; today in Shanghai when it is not given.

    Raises:
        WrongUsage: when it is not a date, or one that nobody can mean.
    """
    if text is None:
        from records.clock import today

        return today()
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise WrongUsage(f"日期“{text}”无法识别。", "请写成 2026-11-21 这样的形式。") from None
    if not EARLIEST <= day <= LATEST:
        raise WrongUsage(f"日期“{text}”不在 {EARLIEST.year}–{LATEST.year} 年之间。", "请核对年份。")
    return day


@contextmanager
def house(*, quiet: bool = False) -> Iterator[Database]:
    """The opened records; says so when it had to make the workspace.

    Raises:
        WrongUsage: the workspace can't be made there.
    """
    from records.database import open_database

    found = settings()
    try:
        fresh = found.workspace.create()
    except OSError as fault:
        raise WrongUsage(
            f"工作区 {found.home} 无法建立或使用：{reason(fault)}。", "请用 --home 或 HANDA_HOME 指向一个可写的文件夹。"
        ) from fault
    if fresh:
        kept = f"密钥保存在 {found.keys_file}，" if found.keys_file else ""
        say(f"已新建工作区：{found.home}（{kept}请妥善备份密钥，丢失即无法读取数据）", quiet=quiet)
    with open_database(found) as db:
        yield db


@contextmanager
def locked(quiet: bool) -> Iterator[Database]:
    """The records with the house-wide lock: a step by hand and a day's run never overlap."""
    from letters.batch.day import LOCK

    with house(quiet=quiet) as db, db.exclusive(LOCK):
        yield db
