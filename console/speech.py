"""How the console speaks: tables and sentences for people, one JSON document for programs, bars for what takes time.

With ``--json`` the document goes to standard output and everything else to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Report(Protocol):
    """(what is being done, done, total); total 0 = unknown."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Tell how far it is."""
        ...


def say(text: str, *, quiet: bool = False) -> None:
    """A sentence for people; to standard error when standard output is for a program. No user text is markup."""
    (err if quiet else out).print(escape(text))


def document(value: object) -> None:
    """The one JSON document of a ``--json`` command."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def table(title: str, headers: Sequence[str], rows: Iterable[Sequence[object]], *, quiet: bool = False) -> None:
    """A table for people. Cells are shown literally."""
    shown = Table(title=escape(title), title_justify="left", header_style="bold")
    for header in headers:
        shown.add_column(escape(header), overflow="fold")
    for row in rows:
        shown.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    (err if quiet else out).print(shown)


@contextmanager
def bars() -> Iterator[Report]:
    """Progress bars on standard error, one a kind of work; plain lines at every tenth where there is no terminal."""
    if not err.is_terminal:
        yield _PlainLines()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int, /) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total or None)
            progress.update(tasks[what], completed=done, total=total or None)

        yield report


class _PlainLines:
    """Progress where nobody watches a terminal: a line whenever another tenth is done."""

    def __init__(self) -> None:
        self._tenths: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int, /) -> None:
        tenth = done * 10 // total if total else done // 10_000
        if tenth != self._tenths.get(what):
            self._tenths[what] = tenth
            err.print(escape(f"{what}：{done}/{total}" if total else f"{what}：{done}"))
