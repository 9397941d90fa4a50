"""What ``handa address`` reads: a file or standard input, recognised by what it is, row by row in flat memory.

Text (an address a line), CSV/TSV in any usual encoding, XLSX/XLS/ODS, Parquet, JSON Lines. Workbooks are held in memory
(within the bounds of ``locate.intake``), everything else streams. A fault names file, sheet, row and column.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from console.faults import reason
from records.errors import UnreadableInput, WrongUsage
from records.files import disk_faults

Cell = str | int | float | bool | None
"""What an input's other columns hold, ready to be written out again."""
Row = tuple[str, tuple[Cell, ...]]
"""An address text and the other cells of its row."""
STDIN: Final = "-"
SUFFIXES: Final = (".txt", ".csv", ".tsv", ".xlsx", ".xls", ".ods", ".parquet", ".jsonl", ".ndjson")
LONGEST_TEXT: Final = 20_000
"""Characters of one address: more is no address, and a line without end must not fill the memory."""
LARGEST_PIPE: Final = 16 << 30
"""Bytes that a pipe may bring: it is kept in a temporary file while it is read."""
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Input:
    """An opened input. ``rows`` may be walked once."""

    name: str
    others: tuple[str, ...]
    """Headers of the columns beside the address, in the input's order."""
    total: int
    """Rows to come, as far as a glance tells; 0 = unknown."""
    rows: Iterator[Row]
    warnings: list[str] = field(default_factory=list)
    """Filled while the rows are walked."""
    parquet: Path | None = None
    """The file itself where it is Parquet: its columns can be kept with their types."""
    column: str = ""
    """The name of the address column; '' of plain text."""


@contextmanager
def kept_as_file(stream: BinaryIO) -> Iterator[Path]:
    """All of a pipe in a private temporary file: what it is shows only when it is whole.

    Raises:
        UnreadableInput: it is empty or without end.
        DiskFull: no room.
    """
    with tempfile.TemporaryDirectory(prefix="handa-") as folder:  # mode 0700
        path = Path(folder) / "stdin"
        with disk_faults(path), path.open("wb") as kept:
            size = 0
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > LARGEST_PIPE:
                    raise UnreadableInput(f"标准输入超过 {LARGEST_PIPE >> 30} GB。", "请分成几次。")
                kept.write(block)
        if not size:
            raise UnreadableInput("标准输入是空的。", "请用管道送入地址，一行一个，或一张表。")
        yield path


def file_of(what: str) -> Path | None:
    """The file that ``what`` names, None when it is an address.

    Raises:
        WrongUsage: it looks like a file, and there is none.
    """
    path = Path(what)
    try:
        if path.is_file() or path.is_fifo():
            return path
        folder = path.is_dir()
    except (OSError, ValueError):  # a long address, or one with a NUL, is no file name
        return None
    if folder:
        raise WrongUsage(f"“{what}”是一个文件夹。", "请给出一个文件，或用 - 从标准输入读。")
    if path.suffix.lower() in SUFFIXES:
        raise WrongUsage(f"没有文件“{what}”。", "请核对路径。")
    return None


def open_input(path: Path, column: str | None, *, name: str | None = None, sheet: str | None = None) -> Input:
    """Open a file by what it is; its name decides only between kinds of text.

    Args:
        path: a file.
        column: the header (JSON key) of the address; None where there is only one.
        name: what to call it in messages; ``标准输入`` has no suffix to go by.
        sheet: of a workbook.

    Raises:
        UnreadableInput: it can't be opened, decoded or understood.
        WrongUsage: no such column or sheet.
    """
    shown = name or path.name
    try:
        with path.open("rb") as stream:
            head = stream.read(1024)
        if head.startswith(b"PAR1"):
            from console.address_parquet import open_parquet

            opened = open_parquet(path, shown, column)
        elif head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            from console.address_tables import open_sheets

            return open_sheets(path, shown, column, sheet)
        else:
            opened = _open_text(path, shown, column, head, path.suffix.lower() if name is None else "")
    except OSError as fault:
        raise UnreadableInput(f"无法读取 {shown}：{reason(fault)}。", "请核对路径与权限。") from fault
    if sheet is not None:
        raise WrongUsage(f"{shown} 不是工作簿，没有工作表可选。", "请去掉 --sheet。")
    return opened


def _open_text(path: Path, shown: str, column: str | None, head: bytes, suffix: str) -> Input:
    opener: Callable[[Path, str, str | None], Input]
    if suffix in (".jsonl", ".ndjson") or (suffix == "" and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")):
        from console.address_lines import open_json_lines as opener
    elif suffix in (".csv", ".tsv") or column is not None:
        from console.address_tables import open_table as opener
    else:
        from console.address_lines import open_lines as opener
    return opener(path, shown, column)


@contextmanager
def named(place: str) -> Iterator[None]:
    """Let the faults that the readers of ``locate.intake`` find name the file: they know one file at a time."""
    try:
        yield
    except UnreadableInput as fault:
        if fault.message.startswith(place):
            raise
        raise UnreadableInput(f"{place}：{fault.message}", fault.advice + "。") from fault


def reopener(path: Path) -> Callable[[], BinaryIO]:
    """Opens the file anew for every walk."""
    return lambda: path.open("rb")


def count_lines(path: Path) -> int:
    """Line breaks of a file, for a progress bar."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))


def too_long(shown: str, row: int) -> UnreadableInput:
    """The refusal of a text that is no address."""
    return UnreadableInput(f"{shown} 第 {row} 行超过 {LONGEST_TEXT} 个字，不是地址。", "请核对文件是否完整、换行是否正确。")


def no_column(place: str, column: str | None, found: tuple[str, ...]) -> WrongUsage:
    """The refusal when the address column is not there, or not named."""
    what = f"没有列“{column}”" if column else "有不止一列，不知道哪一列是地址"
    listed = "、".join(found[:30]) + (" 等" if len(found) > 30 else "")
    return WrongUsage(f"{place} {what}。", f"请用 --column 指定：{listed}" if listed else "请核对文件内容。")
