"""How the console speaks: tables and sentences for people, one JSON document for programs, bars for what takes time.

With ``--json`` the document goes to standard output and everything else to standard error. A reader that has gone away
(``handa … | head``) never changes what a command does or its exit code. rich is imported only where it draws.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol, TextIO

from records.errors import DiskFull
from records.files import disk_faults

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.progress import TaskID

PIPE_WIDTH = 160
"""Columns of a table where no terminal says how wide it is."""
# Control characters in a file's name or a lender's cell could move the cursor, recolour or retitle an operator's terminal.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Report(Protocol):
    """(what is being done, done, total); total 0 = unknown."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Tell how far it is."""
        ...


class Voice:
    """What was already said in this call."""

    documents = 0
    """JSON documents on standard output: never more than one."""


def plain(text: object) -> str:
    """The text without control characters and direction marks, which are shown as �."""
    return _CONTROLS.sub("�", str(text))


def say(text: str, *, quiet: bool = False) -> None:
    """A sentence for people; to standard error when standard output is for a program. No user text is markup."""
    _write(sys.stderr if quiet else sys.stdout, plain(text) + "\n")


def document(value: object) -> None:
    """The one JSON document of a ``--json`` command."""
    if Voice.documents:
        raise RuntimeError("a second JSON document in one call")
    Voice.documents += 1
    text = json.dumps(value, ensure_ascii=not _speaks_unicode(sys.stdout), indent=1, default=str)
    # Names of files may hold bytes that are no text (lone surrogates here): JSON can only escape them.
    text = re.sub(r"[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)
    _write(sys.stdout, text + "\n")


def lines_out(text: str) -> bool:
    """Whole lines for a program that reads standard output as they come; False once nobody reads any more."""
    return _write(sys.stdout, text)


def done(as_json: bool, value: object, sentence: str) -> None:
    """The end of a command that does one thing: its document or its sentence."""
    if as_json:
        document(value)
    else:
        say(sentence)


def table(title: str, headers: Sequence[str], rows: Iterable[Sequence[object]], *, quiet: bool = False) -> None:
    """A table for people. Cells are shown literally."""
    from rich.box import ASCII2, HEAVY_HEAD
    from rich.table import Table
    from rich.text import Text

    stream = sys.stderr if quiet else sys.stdout
    lines = HEAVY_HEAD if _has_lines(stream) else ASCII2
    shown = Table(title=Text(plain(title)), title_justify="left", header_style="bold", box=lines)
    for header in headers:
        shown.add_column(Text(plain(header)), overflow="fold")
    for row in rows:
        shown.add_row(*(Text("" if cell is None else plain(cell)) for cell in row))
    drawn = io.StringIO()
    _console(drawn, terminal=stream.isatty()).print(shown)
    _write(stream, drawn.getvalue())


@contextmanager
def bars() -> Iterator[Report]:
    """Progress bars on standard error, one a kind of work; plain lines at every tenth where there is no terminal."""
    if not sys.stderr.isatty():
        yield _PlainLines()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    words = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), words, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_console(sys.stderr, terminal=True)) as progress:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int, /) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(plain(what), total=total or None)
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
            say(f"{what}：{done}/{total}" if total else f"{what}：{done}", quiet=True)


def hush(stream: TextIO) -> None:
    """Let everything further that is written to this stream go nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def finish() -> None:
    """Give out what is still in the buffers.

    Raises:
        DiskFull: standard output is a file on a full disk.
    """
    _write(sys.stdout, "")


def _write(stream: TextIO, text: str) -> bool:
    """Write at once; False when nobody reads the stream any more."""
    try:
        with disk_faults(_name(stream)):
            stream.write(text)
            stream.flush()
    except BrokenPipeError:
        hush(stream)
        return False
    except DiskFull:
        hush(stream)  # or Python tries, and complains, once more at its end
        raise
    return True


def _name(stream: TextIO) -> Path:
    from pathlib import Path

    return Path("标准输出" if stream is sys.stdout else "标准错误")


def _speaks_unicode(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") in ("utf8", "utf16", "utf32")


def _has_lines(stream: TextIO) -> bool:
    """Whether the stream's encoding has the signs that tables are drawn with."""
    try:
        "┏━┳┡╇┃│└┴".encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _console(file: TextIO, *, terminal: bool) -> Console:
    from rich.console import Console

    width = None if terminal or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(file=file, force_terminal=terminal, highlight=False, soft_wrap=True, width=width)
