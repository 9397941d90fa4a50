"""Rows of a CSV or spreadsheet answer file, one at a time, with the damage of one row kept to that row.

Encoding: BOM, else UTF-8, else GB18030, decided over the whole file; a line that does not decode is a damaged row, not a
damaged file. A stray quotation mark may not swallow the rows after it. Which columns mean what is told in
``answer_forms``.
"""

from __future__ import annotations

import csv
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from records.errors import UnreadableInput

Cell = object
_BOM: Final = b"\xef\xbb\xbf"
_JOINED_LINES: Final = 20
"""A quoted cell may hold line breaks; more of them than this is a quotation mark that was never closed."""
_LARGEST_UNPACKED: Final = 1 << 30
"""Bytes of a workbook once unpacked; a hundred thousand events take some 60 MB."""
_DELIMITERS: Final = ",\t;"


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that can't be read: code, what is wrong (Chinese), the raw text."""

    code: str
    what: str
    content: str


Record = Sequence[Cell] | Damaged
Numbered = tuple[int, Record]
"""Record number from 1, header and blank lines counted, a quoted line break not; and the record."""


def encoding_of(path: Path) -> str:
    """``utf-8`` or ``gb18030``: the one in which every line decodes; with damage, the one that explains more lines.

    GB18030 accepts most byte sequences, so a UTF-8 file with one broken byte must not be read as GB18030.
    """
    utf8 = gb18030 = other = 0
    with path.open("rb") as stream:
        if stream.read(3) == _BOM:
            return "utf-8"
        stream.seek(0)
        for line in stream:
            if line.isascii():
                continue
            other += 1
            utf8 += _decodes(line, "utf-8")
            gb18030 += _decodes(line, "gb18030")
    if utf8 == other or utf8 * 2 > other:
        return "utf-8"
    return "gb18030" if gb18030 else "utf-8"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _lines(path: Path, encoding: str) -> Iterator[str | Damaged]:
    with path.open("rb") as stream:
        if stream.read(3) != _BOM:
            stream.seek(0)
        for line in stream:
            try:
                yield line.decode(encoding)
            except UnicodeDecodeError:
                raw = line.decode(encoding, "backslashreplace").rstrip("\r\n")
                yield Damaged("BAD_ENCODING", "这一行有不能解码的字节", raw)


def _delimiter_of(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def csv_records(path: Path, encoding: str) -> Iterator[Numbered]:
    """The records of a delimited text file; the delimiter is the commonest of comma, tab and semicolon in line 1."""
    waiting: deque[str | Damaged] = deque()
    lines = _lines(path, encoding)
    delimiter = ""
    number = 0
    while True:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        number += 1
        if isinstance(line, Damaged):
            yield number, line
            continue
        delimiter = delimiter or (_delimiter_of(line) if line.strip() else "")
        if '"' not in line:
            yield number, line.rstrip("\r\n").split(delimiter or ",")
        else:
            yield number, _quoted(line, lines, waiting, delimiter)


def _quoted(line: str, lines: Iterator[str | Damaged], waiting: deque[str | Damaged], delimiter: str) -> Record:
    taken: list[str] = []
    text = line
    while text.count('"') % 2 and len(taken) < _JOINED_LINES:
        following = waiting.popleft() if waiting else next(lines, None)
        if following is None:
            break
        if isinstance(following, Damaged):
            waiting.appendleft(following)
            break
        taken.append(following)
        text += following
    if text.count('"') % 2 == 0:
        try:
            records = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
        except csv.Error:
            records = []
        if len(records) == 1:
            return records[0]
    # The lines that were joined in vain are rows of their own.
    waiting.extendleft(reversed(taken))
    return Damaged("BAD_QUOTING", "引号不成对，无法分列", line.rstrip("\r\n"))


def _demand_bounded(path: Path) -> None:
    """Refuse a package that would fill the memory once unpacked."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as package:
        size = sum(entry.file_size for entry in package.infolist())
    if size > _LARGEST_UNPACKED:
        raise UnreadableInput(f"工作簿 {path.name} 展开后有 {size >> 20} MB，超过 {_LARGEST_UNPACKED >> 20} MB", "请合作方改发 CSV，或分成几个文件")


def sheet_records(path: Path) -> Iterator[tuple[str, Iterator[Numbered]]]:
    """Sheets of a workbook with their rows; row numbers are the spreadsheet's own.

    Raises:
        UnreadableInput: it is no workbook that can be opened.
    """
    _demand_bounded(path)
    try:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height:
                yield name, enumerate(sheet.iter_rows(), start=1)
    except (CalamineError, OSError, ValueError) as fault:
        raise UnreadableInput(f"工作簿 {path.name} 无法打开：{fault}", "文件可能不完整，请合作方重新发送") from fault
