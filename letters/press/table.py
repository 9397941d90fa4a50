"""Tables of a letter: fixed columns, wrapped cells, amounts right-aligned in even figures, ruled head and total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from letters.compose.form import Block, TableRow, fill
from letters.press.faces import FULL_WIDTH
from letters.press.geometry import PAGE_WIDTH, Hp, down, points, text_of
from letters.press.linebreak import break_lines
from letters.press.pdffile import PdfFile
from letters.press.setting import HEI, SONG, TextSetter

_CELL_INSET: Final[Hp] = points(5)
_FIGURES: Final = frozenset("0123456789,.-")
_CELLS_KEPT: Final = 512


@dataclass(frozen=True, slots=True)
class SetRow:
    """A row ready to be placed: for each column its lines."""

    row: TableRow
    cells: tuple[tuple[str, ...], ...]
    height: Hp


class Table:
    """A compiled table block: column edges and how its cells are set."""

    def __init__(self, block: Block, left: Hp, width: Hp, size: Hp, row_height: Hp,
                 setter: TextSetter, pdf: PdfFile) -> None:
        self._setter = setter
        self._pdf = pdf
        self._size = size
        self._leading = size * 130 // 100
        self._row_height = row_height
        self._lead = (row_height - size) // 2 + size * 88 // 100
        self._left, self._width = left, width
        self._columns = block.columns
        edges = [0, *accumulate(column.share for column in block.columns)]
        self._edges = [left + width * edge // edges[-1] for edge in edges]
        self._rooms = [(right - edge - 2 * _CELL_INSET) * FULL_WIDTH // size for edge, right in zip(self._edges, self._edges[1:], strict=False)]
        self._rows = block.rows
        self._known: dict[tuple[str, int, int], tuple[str, ...]] = {}
        self._labels: dict[tuple[str, int, int, Hp], bytes] = {}
        self._frames: dict[tuple[tuple[Hp, bool, bool], ...], bytes] = {}

    def rows(self, values: tuple[str, ...]) -> list[SetRow]:
        """The rows with this letter's values."""
        out = []
        for row in self._rows:
            face = HEI if row.head or row.total else SONG
            cells = []
            for number, spans in enumerate(row.cells):
                text = values[spans[0].slot] if len(spans) == 1 and spans[0].slot >= 0 else fill(spans, values)
                if self._columns[number].amount:
                    cells.append(self._lines(text, number, face))
                    continue
                # labels recur in every letter
                lines = self._known.get((text, number, face))
                if lines is None:
                    if len(self._known) >= _CELLS_KEPT:
                        self._known.clear()
                    lines = self._known[text, number, face] = self._lines(text, number, face)
                cells.append(lines)
            extra = max([len(cell) for cell in cells]) - 1
            out.append(SetRow(row, tuple(cells), self._row_height + extra * self._leading))
        return out

    def _lines(self, text: str, column: int, face: int) -> tuple[str, ...]:
        room = self._rooms[column]
        if len(text) * FULL_WIDTH <= room:
            return (text,)
        widths = self._setter.widths(text, face)
        if sum(widths) <= room:
            return (text,)
        return tuple(text[start:end] for start, end, _ in break_lines(text, [0, *accumulate(widths)], room))

    def place(self, rows: Sequence[SetRow], top: Hp) -> bytes:
        """The rows from ``top`` (from the top edge) downwards, with their rules."""
        heights = tuple([(row.height, row.row.head, row.row.total) for row in rows])
        out = [b"q 1 0 0 1 0 %s cm" % text_of(down(top)), self._frame(heights, rows)]
        edge = 0
        for row in rows:
            if not row.row.head:
                self._cells(row, edge, out)
            edge += row.height
        out.append(b"Q\n")
        return b"\n".join(out)

    def _frame(self, heights: tuple[tuple[Hp, bool, bool], ...], rows: Sequence[SetRow]) -> bytes:
        """Rules and head row, the same for all tables of these heights: a form."""
        found = self._frames.get(heights)
        if found is not None:
            return found
        left, right = text_of(self._left), text_of(self._left + self._width)
        out = []
        edge = 0
        for row in rows:
            pen = b"0.8" if edge == 0 else b"0.5" if row.row.total else b"0.6 G 0.3"
            out.append(b"q %s w %s %s m %s %s l S Q" % (pen, left, text_of(-edge), right, text_of(-edge)))
            if row.row.head:
                self._cells(row, edge, out)
            edge += row.height
        out.append(b"0.8 w %s %s m %s %s l S" % (left, text_of(-edge), right, text_of(-edge)))
        out += [
            b"0.6 G 0.3 w %s %s m %s 0 l S" % (text_of(across), text_of(-edge), text_of(across))
            for across in self._edges[1:-1]
        ]
        content = b"\n".join(out)
        if len(self._frames) >= _CELLS_KEPT:
            return b"q %s Q" % content
        box = (0, -edge - _CELL_INSET, PAGE_WIDTH, _CELL_INSET)
        found = self._frames[heights] = b"/%s Do" % self._pdf.form(content, box)
        return found

    def _cells(self, row: SetRow, edge: Hp, out: list[bytes]) -> None:
        face = HEI if row.row.head or row.row.total else SONG
        for number, cell in enumerate(row.cells):
            baseline = edge + self._lead
            for line in cell:
                if line:
                    out.append(self._text(line, number, face, baseline))
                baseline += self._leading

    def _text(self, line: str, column: int, face: int, baseline: Hp) -> bytes:
        size = self._size
        if not self._columns[column].amount:
            # labels recur in every letter, at the same few heights
            key = (line, column, face, baseline)
            found = self._labels.get(key)
            if found is None:
                if len(self._labels) >= _CELLS_KEPT:
                    self._labels.clear()
                found = self._labels[key] = self._shown(self._edges[column] + _CELL_INSET, face, baseline,
                                                        self._setter.show(line, face, size))
            return found
        if _FIGURES.issuperset(line):
            shown, wide = self._setter.figures(line, face)
        else:
            shown, wide = self._setter.show(line, face, size), self._setter.width(line, face)
        return self._shown(self._edges[column + 1] - _CELL_INSET - wide * size // FULL_WIDTH, face, baseline, shown)

    def _shown(self, left: Hp, face: int, baseline: Hp, shown: bytes) -> bytes:
        return b"BT/F%d %s Tf %s %s Td%s ET" % (face, text_of(self._size), text_of(left), text_of(-baseline), shown)
