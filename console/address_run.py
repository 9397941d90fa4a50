"""The way of ``handa address`` from an input to an output: opened, cut into chunks, parsed over processes, written in order."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from console.address_input import STDIN, Input, Row, file_of, kept_as_file, open_input
from console.address_output import Layout, prefix_for, read_and_rendered
from console.address_workers import in_order
from console.faults import reason
from console.sheets import LAST_ROW
from console.speech import Report
from records.errors import UnreadableInput, WrongUsage

if TYPE_CHECKING:
    from console.address_output import Rendered

CHUNK: Final = 2_000
"""Addresses in a chunk: a tenth of a second of work, and nothing in memory."""
_PATIENCE: Final = 2.0
"""Seconds of work that need no progress bar."""
T = TypeVar("T")


@dataclass(slots=True)
class Progress:
    """Counts what is done; shows it only of work that takes longer than a moment."""

    what: str
    total: int
    report: Report
    done: int = 0
    _begun: float = field(default_factory=time.monotonic)

    def add(self, count: int) -> None:
        """So many more."""
        self.done += count
        if time.monotonic() - self._begun > _PATIENCE:
            self.report(self.what, self.done, max(self.total, self.done) if self.total else 0)


@contextmanager
def opened(what: str, column: str | None, sheet: str | None = None) -> Iterator[Input | None]:
    """The input that ``what`` names (``-``: standard input); None when it is an address.

    Raises:
        UnreadableInput: it can't be read.
        WrongUsage: no such file, sheet or column.
    """
    import sys

    path = None if what == STDIN else file_of(what)
    if path is None and what != STDIN:
        yield None
        return
    try:
        stream = sys.stdin.buffer if path is None else path.open("rb") if path.is_fifo() else None
    except OSError as fault:
        raise UnreadableInput(f"无法读取 {what}：{reason(fault)}。", "请核对路径与权限。") from fault
    whole: AbstractContextManager[Path]
    name = None
    if stream is not None:
        whole, name = kept_as_file(stream), "标准输入" if path is None else str(path)
    else:
        assert path is not None
        whole = nullcontext(path)
    with whole as file:
        yield open_input(file, column, name=name, sheet=sheet)


def chunked(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows in chunks; one empty chunk where there are none, so that an output gets its header."""
    waiting = iter(rows)
    chunk = list(islice(waiting, CHUNK))
    yield chunk
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


def demand_room(source: Input, layout: Layout) -> None:
    """Refuse what a sheet can't hold before any work.

    Raises:
        WrongUsage: more rows are to come than a sheet has.
    """
    if layout.suffix == ".xlsx" and source.total >= LAST_ROW:
        raise WrongUsage(f"{source.name} 有 {source.total} 行，超过一张工作表的 {LAST_ROW - 1} 行。", "请改用 .csv、.jsonl 或 .parquet。")


def parsed(source: Input, layout: Layout, workers: int, progress: Progress) -> Iterator[Rendered]:
    """The input's rows, parsed and made ready for the output, in their order."""
    if source.parquet is not None and layout.suffix == ".parquet":
        yield from _batch_by_batch(source, workers, progress)
        return
    sizes: list[int] = []
    for ready in in_order(partial(read_and_rendered, layout), _measured(source.rows, sizes), workers):
        progress.add(sizes.pop(0))
        yield ready


def _measured(rows: Iterator[Row], sizes: list[int]) -> Iterator[list[Row]]:
    for chunk in chunked(rows):
        sizes.append(len(chunk))
        yield chunk


def _batch_by_batch(source: Input, workers: int, progress: Progress) -> Iterator[Rendered]:
    """Parquet to Parquet: whole record batches, so that every type of the input stays what it is."""
    from console.address_parquet import batches
    from locate.address.arrow import parse_batch

    assert source.parquet is not None
    names = (*source.others, *([source.column] if source.column else ()))
    work = partial(parse_batch, column=source.column, prefix=prefix_for(names))
    for batch in in_order(work, batches(source.parquet, source.name), workers):
        progress.add(batch.num_rows)
        yield batch
