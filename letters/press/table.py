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
from letters.press.setting import HEI, SONG, TextSetter, literal

_CELL_INSET: Final[Hp] = points(5)
_FIGURES: Final = frozenset("0123456789,.-")
_EVEN: Final = 558
"""1/1000 em given to each figure in an amount: the font's own figures differ (471 to 562)."""


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

    def rows(self, values: tuple[str, ...]) -> list[SetRow]:
        """The rows with this letter's values."""
        out = []
        for row in self._rows:
            face = HEI if row.head or row.total else SONG
            cells = []
            for number, spans in enumerate(row.cells):
                text = fill(spans, values)
                room = (self._edges[number + 1] - self._edges[number] - 2 * _CELL_INSET) * FULL_WIDTH // self._size
                widths = self._setter.widths(text, face)
                if sum(widths) <= room:
                    cells.append((text,))
                else:
                    lines = break_lines(text, [0, *accumulate(widths)], room)
                    cells.append(tuple(text[start:end] for start, end, _ in lines))
            extra = max(len(cell) for cell in cells) - 1
            out.append(SetRow(row, tuple(cells), self._row_height + extra * self._leading))
        return out

    def place(self, rows: Sequence[SetRow], top: Hp) -> bytes:
        """The rows from ``top`` (from the top edge) downwards, with their rules."""
        out = [b"q\n"]
        left, right = text_of(self._left), text_of(self._left + self._width)
        texts = []
        edge = top
        for row in rows:
            rule = b"0 G 0.8" if edge == top else b"0 G 0.5" if row.row.total else b"0.6 G 0.3"
            out.append(b"%s w %s %s m %s %s l S\n" % (rule, left, text_of(down(edge)), right, text_of(down(edge))))
            face = HEI if row.row.head or row.row.total else SONG
            lead = (self._row_height - self._size) // 2 + self._size * 88 // 100
            for number, cell in enumerate(row.cells):
                for line_number, line in enumerate(cell):
                    if line:
                        texts.append(self._text(line, number, face, edge + lead + line_number * self._leading))
            edge += row.height
        out.append(b"0 G 0.8 w %s %s m %s %s l S\n" % (left, text_of(down(edge)), right, text_of(down(edge))))
        bottom, height = down(edge), edge - top
        for edge_x in self._edges[1:-1]:
            out.append(b"0.6 G 0.3 w %s %s m %s %s l S\n" % (
                text_of(edge_x), text_of(bottom), text_of(edge_x), text_of(bottom + height)))
        out.append(b"Q\n")
        return b"".join(out + texts)

    def _text(self, line: str, column: int, face: int, baseline: Hp) -> bytes:
        size = self._size
        if self._columns[column].amount:
            right = self._edges[column + 1] - _CELL_INSET
            if _FIGURES.issuperset(line):
                return self._figures(line, face, right, baseline)
            left = right - self._setter.width(line, face) * size // FULL_WIDTH
        else:
            left = self._edges[column] + _CELL_INSET
        return b"BT/F%d %s Tf 1 0 0 1 %s %s Tm%s ET\n" % (
            face, text_of(size), text_of(left), text_of(down(baseline)), self._setter.show(line, face, size)
        )

    def _figures(self, line: str, face: int, right: Hp, baseline: Hp) -> bytes:
        """Figures each in a cell of one width, so that places stand under places."""
        setter, size = self._setter, self._size
        widths = setter.widths(line, face)
        setter.ink.used[face].update(line)
        out = []
        total = 0
        for char, width in zip(line, widths, strict=True):
            spare = _EVEN - width if char.isdigit() else 0
            total += width + spare
            codes = literal(char.encode("utf-16-be"))
            if spare:
                out.append(b"%d(%s)%d" % (-(spare // 2), codes, -(spare - spare // 2)))
            else:
                out.append(b"(%s)" % codes)
        left = right - total * size // FULL_WIDTH
        return b"BT/F%d %s Tf 1 0 0 1 %s %s Tm[%s]TJ ET\n" % (
            face, text_of(size), text_of(left), text_of(down(baseline)), b"".join(out)
        )
