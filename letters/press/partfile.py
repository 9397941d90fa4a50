"""Opens a finished print part and gives the bytes of its objects and pages, from the file alone.

Reads only what ``pdffile`` writes: one cross-reference table, plain objects, Flate streams; anything else is a damaged part
(``PartDamaged``). Some ten times faster than a general reader, which looks at a sample (``pageproof``) and which the tests
compare with. Not for changing anything.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from records.errors import Broken

_ENTRY: Final = 20
"""Bytes of an entry of the cross-reference table."""
_START: Final = re.compile(rb"startxref\n(\d{1,15})\n%%EOF\n$")
_TABLE: Final = re.compile(rb"xref\n0 (\d{1,10})\n")
_ROOT: Final = re.compile(rb"/Root (\d+) 0 R")
_STREAM: Final = re.compile(rb"<<[^\0]{0,4000}?/Length (\d{1,10})>>stream\n")
_CONTENTS: Final = re.compile(rb"/Contents (\d+) 0 R")
_HEAD: Final = 256
"""Enough of an object to hold its number and what comes before a page's stream."""
_MOST: Final = 1 << 24
"""An object without a stream is never longer: fonts' widths and kids are kilobytes."""
Span = tuple[bytes, int, int]


class PartDamaged(Broken):
    """A part is not what the press wrote."""

    code = "E-PART-DAMAGED"

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"印刷分册 {path.name} 已损坏：{what}。", "请重新运行 handa batch print，损坏的分册会重新生成。")


class PartFile:
    """One opened part. Pages count from 1."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            try:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError:
                raise PartDamaged(path, "文件是空的") from None
        end = _START.search(self._data, max(0, len(self._data) - 64))
        table = _TABLE.match(self._data, int(end[1])) if end else None
        if table is None:
            raise PartDamaged(path, "文件不完整")
        self._table = table.end()
        self._count = int(table[1])
        trailer = self._table + self._count * _ENTRY
        root = _ROOT.search(self._data, trailer)
        if root is None:
            raise PartDamaged(path, "没有目录")
        pages = self.reference(self.body(int(root[1])), b"Pages")
        self.resources = self.body(self.reference(self.body(pages), b"Resources"))
        self._pages = [page for node in self._kids(pages) for page in self._kids(node)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._data.close()

    def __len__(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def content(self, page: int) -> bytes:
        """The operators of a page; b'' for a blank side.

        Raises:
            PartDamaged: the part has no such page, or it can't be read.
        """
        if not 1 <= page <= len(self._pages):
            raise PartDamaged(self._path, f"没有第 {page} 页")
        start = self._start(self._pages[page - 1])
        stop = self._data.find(b"endobj", start, start + _HEAD)
        found = _CONTENTS.search(self._data, start, stop)
        return self.stream(int(found[1])) if found else b""

    def stream(self, number: int) -> bytes:
        """An object's stream, inflated.

        Raises:
            PartDamaged: it has none, or one that can't be inflated.
        """
        head = _STREAM.match(self._data, self._start(number))
        if head is None:
            raise PartDamaged(self._path, f"对象 {number} 没有内容")
        try:
            return zlib.decompress(self._data[head.end() : head.end() + int(head[1])])
        except zlib.error:
            raise PartDamaged(self._path, f"对象 {number} 的内容读不出") from None

    def body(self, number: int) -> bytes:
        """An object without a stream, as written."""
        start = self._start(number)
        stop = self._data.find(b"endobj", start, start + _MOST)
        if stop < 0:
            raise PartDamaged(self._path, f"对象 {number} 没有结尾")
        return self._data[start:stop]

    def reference(self, body: bytes, name: bytes) -> int:
        """The object that ``/name`` of a dictionary points to."""
        found = re.search(rb"/%s (\d+) 0 R" % name, body)
        if found is None:
            raise PartDamaged(self._path, f"缺少 {name.decode()}")
        return int(found[1])

    def _kids(self, number: int) -> Iterator[int]:
        found = re.search(rb"/Kids\[([0-9 R]*)\]", self.body(number))
        if found is None:
            raise PartDamaged(self._path, "页码目录不完整")
        return (int(kid) for kid in found[1].split()[::3])

    def _start(self, number: int) -> int:
        """Where an object's body starts, its number checked."""
        if not 0 < number < self._count:
            raise PartDamaged(self._path, f"没有对象 {number}")
        entry = self._table + number * _ENTRY
        told = self._data[entry : entry + 10]
        start = int(told) if told.isdigit() else -1
        head = b"%d 0 obj" % number
        if start < 0 or self._data[start : start + len(head)] != head:
            raise PartDamaged(self._path, f"对象 {number} 不在所记的位置")
        return start + len(head)
