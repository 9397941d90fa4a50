"""A list on A4 pages: title and head lines, one table with its header on every page, sums and signature lines at the end.

Streams: a page goes out when it is full. Deterministic. Not for letters, and not for what must be a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from letters.press.faces import house_faces
from letters.press.furniture import ending_at, show_at, wrapped
from letters.press.geometry import PAGE_HEIGHT, PAGE_WIDTH, Hp, down, mm, points, text_of
from letters.press.pdffile import PdfFile, Sink
from letters.press.setting import HEI, SONG, Ink, TextSetter

_LEFT: Final = mm(12)
_TOP: Final = mm(18)
_BOTTOM: Final = PAGE_HEIGHT - mm(18)
_SIZE: Final = points(8.5)
_LEADING: Final = points(11)
_PAD: Final = points(3)


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its header, its share of the width, and whether its cells are figures set to the right."""

    name: str
    share: int
    figure: bool = False


class ListFile:
    """One list being written. ``row`` for each row, then ``close`` once."""

    def __init__(
        self, sink: Sink, columns: Sequence[ListColumn], *, title: str, head: Iterable[str], dated: date
    ) -> None:
        faces = house_faces()
        self._ink = Ink(faces)
        self._setter = TextSetter(faces, self._ink)
        self._pdf = PdfFile(sink, faces, title=title, dated=dated)
        self._title, self._columns = title, columns
        whole, room = sum(column.share for column in columns), PAGE_WIDTH - 2 * _LEFT
        self._widths = [room * column.share // whole for column in columns]
        self._page: list[bytes] = []
        self._at = _TOP
        self._begin(head)

    def row(self, cells: Sequence[str], *, strong: bool = False) -> None:
        """One row; a text that is too long for its column goes on below, nothing is cut."""
        face = HEI if strong else SONG
        lines = [
            wrapped(self._setter, text, face, _SIZE, width - 2 * _PAD) if text else [""]
            for text, width in zip(cells, self._widths, strict=True)
        ]
        height = _LEADING * max(map(len, lines)) + _PAD
        if self._at + height > _BOTTOM:
            self._end()
            self._begin(())
        left = _LEFT
        for column, width, cell in zip(self._columns, self._widths, lines, strict=True):
            for number, line in enumerate(cell):
                baseline = self._at + _LEADING * number + _SIZE
                if line and column.figure:
                    self._page.append(ending_at(self._setter, line, face, _SIZE, left + width - _PAD, baseline))
                elif line:
                    self._page.append(show_at(self._setter, line, face, _SIZE, left + _PAD, baseline))
            left += width
        self._at += height
        self._rule(b"0.6 G 0.3", self._at - _PAD // 2)

    def close(self, foot: Sequence[str] = ()) -> str:
        """Write the foot lines, finish the file; its SHA-256."""
        if self._at + len(foot) * mm(9) > _BOTTOM:
            self._end()
            self._begin(())
        for line in foot:
            self._at += mm(9)
            self._page.append(show_at(self._setter, line, SONG, points(10), _LEFT, self._at))
        self._end()
        self._pdf.close(self._ink.used)
        return self._pdf.sha256

    def _begin(self, head: Iterable[str]) -> None:
        self._at = _TOP
        self._page.append(show_at(self._setter, self._title, HEI, points(14), _LEFT, self._at))
        for line in head:
            for part in wrapped(self._setter, line, SONG, points(9), PAGE_WIDTH - 2 * _LEFT):
                self._at += points(14)
                self._page.append(show_at(self._setter, part, SONG, points(9), _LEFT, self._at))
        self._at += points(10)
        self._rule(b"0.8", self._at - _PAD)
        self.row([column.name for column in self._columns], strong=True)

    def _end(self) -> None:
        foot = f"第 {self._pdf.pages + 1} 页"
        self._page.append(ending_at(self._setter, foot, SONG, points(8), PAGE_WIDTH - _LEFT, PAGE_HEIGHT - mm(10)))
        self._pdf.page(b"".join(self._page))
        self._page = []

    def _rule(self, pen: bytes, at: Hp) -> None:
        ends = (text_of(_LEFT), text_of(down(at)), text_of(PAGE_WIDTH - _LEFT), text_of(down(at)))
        self._page.append(b"q %s w %s %s m %s %s l S Q\n" % (pen, *ends))
