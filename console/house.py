"""Opening the workspace for a command: settings, the database, the acting person, where to say what."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from console.speech import say
from records.clock import today
from records.database import Database, open_database
from records.errors import WrongUsage
from records.settings import Settings, load_settings


@dataclass(slots=True)
class Invocation:
    """What the words before the subcommand said."""

    home: Path | None = None


invocation = Invocation()


def settings() -> Settings:
    """The settings of this call."""
    return load_settings(invocation.home)


def actor() -> str:
    """Who acts, for the audit chain: the system's user until the console has sign-in."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli:uid{os.getuid()}"


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
        WrongUsage: when it is not a date.
    """
    if text is None:
        return today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUsage(f"日期“{text}”无法识别。", "请写成 2026-11-21 这样的形式。") from None


@contextmanager
def house(*, quiet: bool = False) -> Iterator[Database]:
    """The opened records; says so when it had to make the workspace."""
    found = settings()
    if found.workspace.create():
        say(f"已新建工作区：{found.home}（密钥保存在 {found.keys_file}，请妥善备份，丢失即无法读取数据）", quiet=quiet)
    with open_database(found) as db:
        yield db
