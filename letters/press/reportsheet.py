"""Tables on A4 pages: a report's title, notes and tables one after another, header rows repeated. Deterministic.

For people in the house; nothing of it goes to a debtor. Not for letters and not for what must be a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from letters.press.faces import house_faces
from letters.press.furniture import ending_at, show_at, wrapped
from letters.press.geometry import PAGE_HEIGHT, PAGE_WIDTH, Hp, down, mm, points, text_of
from letters.press.glyphs import unprintable
from letters.press.pdffile import PdfFile, Sink
from letters.press.setting import HEI, SONG, Ink, TextSetter

_LEFT: Final = mm(14)
_TOP: Final = mm(18)
_BOTTOM: Final = PAGE_HEIGHT - mm(16)
_SIZE: Final = points(8)
_LEADING: Final = points(10.5)
_PAD: Final = points(2.5)
_SIDE: Final = points(4)
_ROOM: Final = PAGE_WIDTH - 2 * _LEFT


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report: its header and its share of the width."""

    name: str
    share: int = 1
    figure: bool = False
    """Its cells are figures, set to the right."""
    whole: bool = False
    """Its cells are not broken where a page can be as wide as it likes: dates, numbers of batches."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a report, with what is to be said above it, and instead of it when it has no rows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    note: str = ""
    empty: str = "无。"


class _Pages:
    """Pages being filled from the top."""

    def __init__(self, sink: Sink, title: str, dated: date) -> None:
        self._faces = house_faces()
        self._ink = Ink(self._faces)
        self._setter = TextSetter(self._faces, self._ink)
        self._pdf = PdfFile(sink, self._faces, title=title, dated=dated)
        self._page: list[bytes] = []
        self._at: Hp = _TOP

    def room_for(self, height: Hp) -> bool:
        """Whether so much fits on this page."""
        return self._at + height <= _BOTTOM

    def turn(self) -> None:
        """End this page."""
        foot = f"第 {self._pdf.pages + 1} 页"
        self._page.append(ending_at(self._setter, foot, SONG, points(8), PAGE_WIDTH - _LEFT, PAGE_HEIGHT - mm(9)))
        self._pdf.page(b"".join(self._page))
        self._page, self._at = [], _TOP

    def text(self, text: str, face: int, size: Hp, leading: Hp) -> None:
        """A paragraph."""
        for line in wrapped(self._setter, self._clean(text), face, size, _ROOM):
            if not self.room_for(leading):
                self.turn()
            self._at += leading
            self._page.append(show_at(self._setter, line, face, size, _LEFT, self._at))

    def lines_of(self, cells: Sequence[object], widths: Sequence[Hp], face: int) -> list[list[str]]:
        """Each cell in lines that fit its column; nothing is cut."""
        return [
            [line for part in self._clean(str(cell)).split("\n") for line in (wrapped(self._setter, part, face, _SIZE, width - 2 * _SIDE) or [""])]
            for cell, width in zip(cells, widths, strict=True)
        ]

    def row(self, lines: Sequence[Sequence[str]], columns: Sequence[Column], widths: Sequence[Hp], face: int) -> None:
        """A row of a table, with a rule below."""
        left = _LEFT
        for cell, column, width in zip(lines, columns, widths, strict=True):
            for number, line in enumerate(cell):
                baseline = self._at + _LEADING * number + _SIZE
                if column.figure and line:
                    self._page.append(ending_at(self._setter, line, face, _SIZE, left + width - _SIDE, baseline))
                elif line:
                    self._page.append(show_at(self._setter, line, face, _SIZE, left + _SIDE, baseline))
            left += width
        self._at += height_of(lines)
        self._rule(self._at - _PAD // 2)

    def space(self, height: Hp) -> None:
        """Leave room."""
        self._at += height

    def close(self) -> None:
        """Write the last page and the file's end."""
        self.turn()
        self._pdf.close(self._ink.used)

    def _clean(self, text: str) -> str:
        for char in unprintable(text.replace("\n", ""), self._faces):
            text = text.replace(char, "□")
        return text

    def _rule(self, at: Hp) -> None:
        ends = (text_of(_LEFT), text_of(down(at)), text_of(PAGE_WIDTH - _LEFT), text_of(down(at)))
        self._page.append(b"q 0.6 G 0.3 w %s %s m %s %s l S Q\n" % ends)


def height_of(lines: Sequence[Sequence[str]]) -> Hp:
    """How high a row is."""
    return _LEADING * max(map(len, lines)) + 2 * _PAD


def write_report(sink: Sink, title: str, notes: Iterable[str], sections: Iterable[Section], dated: date) -> None:
    """The report as a PDF. A sign that no house font has is shown as □: a report must not fail over a rare sign."""
    pages = _Pages(sink, title, dated)
    pages.text(title, HEI, points(16), points(20))
    for note in notes:
        pages.text(note, SONG, points(8.5), points(13))
    for section in sections:
        _write_section(pages, section)
    pages.close()


def _write_section(pages: _Pages, section: Section) -> None:
    whole = sum(column.share for column in section.columns)
    widths = [_ROOM * column.share // whole for column in section.columns]
    head = pages.lines_of([column.name for column in section.columns], widths, HEI)
    pages.space(points(10))
    if not pages.room_for(points(40) + height_of(head)):
        pages.turn()
    pages.text(section.title, HEI, points(11), points(16))
    if section.note:
        pages.text(section.note, SONG, points(8.5), points(13))
    pages.space(points(5))
    if not section.rows:
        pages.text(section.empty, SONG, points(9), points(12))
        return
    pages.row(head, section.columns, widths, HEI)
    for row in section.rows:
        lines = pages.lines_of(row, widths, SONG)
        if not pages.room_for(height_of(lines)):
            pages.turn()
            pages.row(head, section.columns, widths, HEI)
        pages.row(lines, section.columns, widths, SONG)
