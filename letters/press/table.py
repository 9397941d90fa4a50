"""Tables of a letter: fixed columns, wrapped cells, amounts right-aligned in even figures, ruled head and total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from letters.compose.form import Block, TableRow, fill
from letters.press.faces import FULL_WIDTH
from letters.press.geometry import Hp, down, points, text_of
from letters.press.linebreak import break_lines
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

    def __init__(self, block: Block, left: Hp, width: Hp, size: Hp, row_height: Hp, setter: TextSetter) -> None:
        self._setter = setter
        self._size = size
        self._leading = size * 130 // 100
        self._row_height = row_height
        self._left, self._width = left, width
        self._columns = block.columns
        edges = [0, *accumulate(column.share for column in block.columns)]
        self._edges = [left + width * edge // edges[-1] for edge in edges]
        self._rows = block.rows
        self._known: dict[tuple[str, int, int], tuple[str, ...]] = {}
        self._ruled: dict[tuple[tuple[tuple[Hp, bool], ...], Hp], bytes] = {}

    def rows(self, values: tuple[str, ...]) -> list[SetRow]:
        """The rows with this letter's values."""
        out = []
        for row in self._rows:
            face = HEI if row.head or row.total else SONG
            cells = []
            for number, spans in enumerate(row.cells):
                text = fill(spans, values)
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
        room = (self._edges[column + 1] - self._edges[column] - 2 * _CELL_INSET) * FULL_WIDTH // self._size
        if len(text) * FULL_WIDTH <= room:
            return (text,)
        widths = self._setter.widths(text, face)
        if sum(widths) <= room:
            return (text,)
        return tuple(text[start:end] for start, end, _ in break_lines(text, [0, *accumulate(widths)], room))

    def place(self, rows: Sequence[SetRow], top: Hp) -> bytes:
        """The rows from ``top`` (from the top edge) downwards, with their rules."""
        out = [self._rules(tuple([(row.height, row.row.total) for row in rows]), top)]
        edge = top
        lead = (self._row_height - self._size) // 2 + self._size * 88 // 100
        for row in rows:
            face = HEI if row.row.head or row.row.total else SONG
            for number, cell in enumerate(row.cells):
                for line_number, line in enumerate(cell):
                    if line:
                        out.append(self._text(line, number, face, edge + lead + line_number * self._leading))
            edge += row.height
        return b"".join(out)

    def _rules(self, rows: tuple[tuple[Hp, bool], ...], top: Hp) -> bytes:
        found = self._ruled.get((rows, top))
        if found is not None:
            return found
        left, right = text_of(self._left), text_of(self._left + self._width)
        out = [b"q\n"]
        edge = top
        for height, total in rows:
            pen = b"0 G 0.8" if edge == top else b"0 G 0.5" if total else b"0.6 G 0.3"
            out.append(b"%s w %s %s m %s %s l S\n" % (pen, left, text_of(down(edge)), right, text_of(down(edge))))
            edge += height
        out.append(b"0 G 0.8 w %s %s m %s %s l S\n" % (left, text_of(down(edge)), right, text_of(down(edge))))
        out += [
            b"0.6 G 0.3 w %s %s m %s %s l S\n" % (text_of(x), text_of(down(edge)), text_of(x), text_of(down(top)))
            for x in self._edges[1:-1]
        ]
        out.append(b"Q\n")
        if len(self._ruled) >= _CELLS_KEPT:
            self._ruled.clear()
        found = self._ruled[rows, top] = b"".join(out)
        return found

    def _text(self, line: str, column: int, face: int, baseline: Hp) -> bytes:
        size = self._size
        if not self._columns[column].amount:
            left = self._edges[column] + _CELL_INSET
            shown = self._setter.show(line, face, size)
        else:
            if _FIGURES.issuperset(line):
                shown, wide = self._setter.figures(line, face)
            else:
                shown, wide = self._setter.show(line, face, size), self._setter.width(line, face)
            left = self._edges[column + 1] - _CELL_INSET - wide * size // FULL_WIDTH
        return b"BT/F%d %s Tf 1 0 0 1 %s %s Tm%s ET\n" % (
            face, text_of(size), text_of(left), text_of(down(baseline)), shown
        )
