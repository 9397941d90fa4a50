"""A letter's blocks one under the other: paragraphs, tables, signature, and where pages turn.

Breaks: no single line of a paragraph alone on a page, headings stay with what follows, a table repeats its head, the
signature stays whole and with text on its page (上海律协 art 14: seal on the page of the text).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from letters.compose.form import Block, BlockKind, fill
from letters.press import furniture
from letters.press.faces import FULL_WIDTH
from letters.press.geometry import PAGE_WIDTH, Hp, down, mm, points, text_of
from letters.press.layout import Layout
from letters.press.pdffile import PdfFile
from letters.press.setting import HEI, SONG, Paragraph, SetText, Style, TextSetter
from letters.press.table import SetRow, Table

MOST_PAGES: Final = 8
"""More is a damaged case, not a letter."""
_SIGN_GAP: Final[Hp] = points(14)
_SIGN_LEADING: Final[Hp] = points(20)
_SIGN_AXIS: Final[Hp] = mm(40)
"""Middle of the signature, from the right edge of the text."""
_TABLE_GAP: Final[Hp] = points(5)
_PAGE_TITLE: Final[Hp] = points(14)
_LINE_GAP: Final[Hp] = points(4)
"""Between the address lines and the text."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A block of a form, measured as far as its fixed text goes."""

    block: Block
    paragraphs: tuple[Paragraph, ...]
    table: Table | None


class Column:
    """The pages of one letter while they fill."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.pages: list[list[bytes]] = [[]]
        self.at: Hp = layout.first_top

    @property
    def room(self) -> Hp:
        """What is left of the current page."""
        return self._layout.bottom - self.at

    @property
    def fresh(self) -> bool:
        """Whether nothing stands on the current page yet (the first page always has its head)."""
        return len(self.pages) > 1 and self.at == self._layout.next_top

    def add(self, operators: bytes, height: Hp) -> None:
        """Put operators on the current page and move down."""
        self.pages[-1].append(operators)
        self.at += height

    def turn(self) -> None:
        """Go on on a new page."""
        if len(self.pages) == MOST_PAGES:
            raise furniture.PageRefused("TOO_LONG", f"函件超过 {MOST_PAGES} 页")
        self.pages.append([])
        self.at = self._layout.next_top


class Flow:
    """Places the blocks of one bundle's letters into columns, for one file."""

    def __init__(self, pdf: PdfFile, setter: TextSetter, layout: Layout, seal: bytes | None) -> None:
        self._pdf = pdf
        self._setter = setter
        self._layout = layout
        self._seal = seal

    def compile(self, block: Block) -> Compiled:
        """Measure a block's fixed text."""
        layout = self._layout
        if block.kind is BlockKind.TABLE:
            table = Table(block, layout.left, layout.width, layout.table_size, layout.table_row, self._setter, self._pdf)
            return Compiled(block, (), table)
        face = HEI if block.kind is BlockKind.HEADING else SONG
        indent = 2 * FULL_WIDTH if block.kind in (BlockKind.PARAGRAPH, BlockKind.CAPTION) else 0
        style = Style(face, layout.size, layout.leading, layout.width * FULL_WIDTH // layout.size, indent,
                      justify=block.kind is BlockKind.PARAGRAPH)
        return Compiled(block, tuple(Paragraph(line, style, self._setter) for line in block.lines), None)

    def place(
        self, item: Compiled, following: BlockKind | None, values: tuple[str, ...], column: Column
    ) -> None:
        """Put one block under what the column holds; ``following`` is the kind of the next.

        Raises:
            MissingGlyph, PageRefused: the letter must be held.
        """
        kind = item.block.kind
        if kind is BlockKind.PARAGRAPH:
            self._paragraph(item, following, values, column)
        elif kind is BlockKind.TABLE and item.table is not None:
            self._table(item.table, item.table.rows(values), column)
        elif kind is BlockKind.PAGE:
            if not column.fresh:
                column.turn()
            text = fill(item.block.lines[0], values)
            shown = furniture.centred(self._setter, text, HEI, _PAGE_TITLE, PAGE_WIDTH // 2, column.at + _PAGE_TITLE)
            column.add(shown, 2 * _PAGE_TITLE)
        elif kind is BlockKind.TITLE or kind is BlockKind.NUMBER:
            self._head_line(item, values, column)
        elif kind is BlockKind.SIGNATURE:
            self._signature(item, values, column)
        elif kind is BlockKind.HEADING:
            layout = self._layout
            needed = layout.heading_gap + 3 * layout.leading
            if column.room < needed and not column.fresh:
                column.turn()
            if not column.fresh:
                column.at += layout.heading_gap
            self._lines(item, values, column)
        else:
            if kind is BlockKind.CAPTION and column.room < 4 * self._layout.leading and not column.fresh:
                column.turn()
            self._lines(item, values, column)
            if kind is BlockKind.LINE and following is not BlockKind.LINE:
                column.at += _LINE_GAP

    def _head_line(self, item: Compiled, values: tuple[str, ...], column: Column) -> None:
        """Title and number stand at fixed places on page 1, below the private line."""
        layout = self._layout
        text = fill(item.block.lines[0], values)
        middle = PAGE_WIDTH // 2
        if item.block.kind is BlockKind.TITLE:
            spaced = "　".join(text) if len(text) <= 4 else text
            shown = furniture.centred(self._setter, spaced, SONG, layout.title_size, middle, layout.title_baseline)
            column.add(b"q 2 Tr 0.4 w\n" + shown + b"Q\n", 0)
        else:
            column.add(
                furniture.ending_at(self._setter, text, SONG, layout.number_size, layout.right, layout.number_baseline), 0
            )

    def _lines(self, item: Compiled, values: tuple[str, ...], column: Column) -> None:
        """Lines without breaks inside; each may turn the page."""
        for paragraph in item.paragraphs:
            text = paragraph.set(values)
            height = len(text.lines) * self._layout.leading
            if column.room < height and not column.fresh:
                column.turn()
            self._place_text(text, column)

    def _paragraph(
        self, item: Compiled, following: BlockKind | None, values: tuple[str, ...], column: Column
    ) -> None:
        layout = self._layout
        text = item.paragraphs[0].set(values)
        count = len(text.lines)
        needed = count * layout.leading
        if following is BlockKind.SIGNATURE:
            needed += _SIGN_GAP + 5 * _SIGN_LEADING
        whole = item.block.keep or following is BlockKind.SIGNATURE
        if column.room < needed and whole and not column.fresh:
            column.turn()
        fits = column.room // layout.leading
        if fits >= count:
            self._place_text(text, column)
            column.at += layout.paragraph_gap
            return
        start = 0
        while start < count:
            fits = column.room // layout.leading
            left = count - start
            take = left if fits >= left else min(fits, left - 2)
            if take < 2 and take < left and not column.fresh:
                column.turn()
                continue
            take = max(take, 1)
            baseline = column.at + (layout.leading - layout.size) // 2 + layout.size * 88 // 100
            column.add(text.place(layout.left, down(baseline), start, start + take), take * layout.leading)
            start += take
        column.at += layout.paragraph_gap

    def _place_text(self, text: SetText, column: Column) -> None:
        layout = self._layout
        baseline = down(column.at + (layout.leading - layout.size) // 2 + layout.size * 88 // 100)
        column.add(text.place(layout.left, baseline), len(text.lines) * layout.leading)

    def _table(self, table: Table, rows: list[SetRow], column: Column) -> None:
        head = [row for row in rows if row.row.head]
        body = [row for row in rows if not row.row.head]
        column.at += _TABLE_GAP
        start = 0
        while start < len(body):
            shown = list(head)
            height = sum(row.height for row in head)
            end = start
            while end < len(body):
                needed = body[end].height
                if end == len(body) - 2:
                    # the last line and the total stay together
                    needed += body[end + 1].height
                if height + needed > column.room and end > start:
                    break
                if height + needed > column.room and not column.fresh and end == start:
                    break
                height += body[end].height
                end += 1
            if end == start:
                column.turn()
                continue
            shown += body[start:end]
            column.add(table.place(shown, column.at), height)
            start = end
            if start < len(body):
                column.turn()
        column.at += _TABLE_GAP

    def _signature(self, item: Compiled, values: tuple[str, ...], column: Column) -> None:
        """Centred lines with the seal under them; never alone on a page."""
        layout = self._layout
        lines = [fill(line, values) for line in item.block.lines]
        height = _SIGN_GAP + len(lines) * _SIGN_LEADING
        if column.room < height:
            column.turn()
        axis = layout.right - _SIGN_AXIS
        top = column.at + _SIGN_GAP
        out = []
        if self._seal:
            middle = top + len(lines) * _SIGN_LEADING // 2
            out.append(b"q 1 0 0 1 %s %s cm/%s Do Q\n" % (text_of(axis), text_of(down(middle)), self._seal))
        for number, line in enumerate(lines):
            baseline = top + number * _SIGN_LEADING + _SIGN_LEADING * 70 // 100
            out.append(furniture.centred(self._setter, line, SONG, points(11), axis, baseline))
        column.add(b"".join(out), height)
