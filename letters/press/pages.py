"""A letter's blocks → its pages: flow, page breaks, seal, furniture. One ``PageSetter`` serves one file.

Breaks: no single line of a paragraph alone on a page, headings stay with what follows, a table repeats its head, the
signature stays whole and with text on its page (上海律协 art 14: seal on the page of the text).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from letters.compose.form import Block, BlockKind, ComposedLetter, LetterForm, fill
from letters.compose.model import LetterFields
from letters.press import furniture
from letters.press.faces import FULL_WIDTH, FaceSet
from letters.press.geometry import PAGE_WIDTH, Hp, down, mm, points, text_of
from letters.press.layout import Layout
from letters.press.pdffile import PdfFile
from letters.press.seal import DIAMETER, Seal
from letters.press.setting import HEI, SONG, Ink, Paragraph, SetText, Style, TextSetter
from letters.press.table import SetRow, Table

MOST_PAGES: Final = 8
"""More is a damaged case, not a letter."""
_SIGN_GAP: Final[Hp] = points(14)
_SIGN_LEADING: Final[Hp] = points(20)
_SIGN_AXIS: Final[Hp] = mm(40)
"""Middle of the signature, from the right edge of the text."""
_STRADDLE_INSET: Final[Hp] = mm(4.5)
"""What an office printer leaves white at the edge."""
_TABLE_GAP: Final[Hp] = points(5)
_LINE_GAP: Final[Hp] = points(4)
"""Between the address lines and the text."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    block: Block
    paragraphs: tuple[Paragraph, ...]
    table: Table | None


class _Column:
    """The pages of one letter while they fill."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.pages: list[list[bytes]] = [[]]
        self.at: Hp = layout.first_top

    @property
    def room(self) -> Hp:
        return self._layout.bottom - self.at

    @property
    def fresh(self) -> bool:
        """Whether nothing stands on the current page yet (the first page always has its head)."""
        return len(self.pages) > 1 and self.at == self._layout.next_top

    def add(self, operators: bytes, height: Hp) -> None:
        self.pages[-1].append(operators)
        self.at += height

    def turn(self) -> None:
        if len(self.pages) == MOST_PAGES:
            raise furniture.PageRefused("TOO_LONG", f"函件超过 {MOST_PAGES} 页")
        self.pages.append([])
        self.at = self._layout.next_top


class PageSetter:
    """Lays letters of one bundle out for one file."""

    def __init__(self, pdf: PdfFile, faces: FaceSet, layout: Layout, seal: Seal | None) -> None:
        self._pdf = pdf
        self._layout = layout
        self.ink = Ink(faces)
        self._setter = TextSetter(faces, self.ink)
        self._forms: dict[int, tuple[LetterForm, list[_Compiled]]] = {}
        self._shared: dict[int, tuple[SetText, bytes]] = {}
        self._heads: dict[tuple[str, ...], bytes] = {}
        self._edges: dict[tuple[int, int], bytes] = {}
        self._seal = seal.form(pdf, self._setter) if seal else None

    def set(self, letter: ComposedLetter, fields: LetterFields) -> list[bytes]:
        """The letter's page contents, without sheet marks.

        Raises:
            MissingGlyph, PageRefused: the letter must be held.
        """
        compiled = self._compiled(letter.form)
        column = _Column(self._layout)
        values = letter.values
        for number, item in enumerate(compiled):
            following = compiled[number + 1].block.kind if number + 1 < len(compiled) else None
            self._block(item, following, values, column)
        return self._finished(column, fields)

    def _finished(self, column: _Column, fields: LetterFields) -> list[bytes]:
        layout, setter = self._layout, self._setter
        count = len(column.pages)
        first = b"".join((
            self._letterhead(fields), furniture.window(setter, fields, layout),
            furniture.verification(setter, fields, layout),
        ))
        out = []
        for number, operators in enumerate(column.pages, 1):
            head = first if number == 1 else self._running_head(fields)
            out.append(b"".join((self._edge(number, count), head, *operators)))
        return out

    def _letterhead(self, fields: LetterFields) -> bytes:
        key = (fields.firm_name, fields.firm_licence_no, fields.firm_address, fields.firm_phone,
               "code" if fields.verification_code else "")
        found = self._heads.get(key)
        if found is None:
            content = furniture.letterhead(self._setter, fields, self._layout) + furniture.fold_marks(self._layout)
            if fields.verification_code:
                content += furniture.verification_label(self._setter)
            name = self._pdf.form(content, (0, 0, PAGE_WIDTH, down(0)))
            found = self._heads[key] = b"/%s Do\n" % name
        return found

    def _running_head(self, fields: LetterFields) -> bytes:
        found = self._heads.get((fields.firm_name,))
        if found is None:
            found = self._heads[(fields.firm_name,)] = furniture.running_head(self._setter, fields.firm_name, self._layout)
        return found + furniture.running_number(self._setter, fields.letter_no, self._layout)

    def _edge(self, number: int, count: int) -> bytes:
        """Page number and slice of the seal."""
        found = self._edges.get((number, count))
        if found is None:
            seal = self._straddle(number, count) if self._seal and count > 1 else b""
            found = seal + furniture.footer(self._setter, self._layout, number, count)
            self._edges[number, count] = found
        return found

    def _straddle(self, number: int, count: int) -> bytes:
        """This page's slice of the seal across all pages (骑缝章), at the right edge."""
        slice_width = DIAMETER // count
        right = PAGE_WIDTH - _STRADDLE_INSET
        left = right - slice_width
        middle = down((self._layout.envelope.folds[0] + self._layout.bottom) // 2)
        centre = left + DIAMETER // 2 - (number - 1) * slice_width
        if self._seal is None:
            return b""
        return b"q %s %s %s %s re W n 1 0 0 1 %s %s cm/%s Do Q\n" % (
            text_of(left), text_of(middle - DIAMETER // 2), text_of(slice_width), text_of(DIAMETER),
            text_of(centre), text_of(middle), self._seal,
        )

    def _compiled(self, form: LetterForm) -> list[_Compiled]:
        found = self._forms.get(id(form))
        if found is None:
            found = self._forms[id(form)] = (form, [self._compile(block) for block in form.blocks])
        return found[1]

    def _compile(self, block: Block) -> _Compiled:
        layout = self._layout
        if block.kind is BlockKind.TABLE:
            table = Table(block, layout.left, layout.width, layout.table_size, layout.table_row, self._setter)
            return _Compiled(block, (), table)
        face = HEI if block.kind is BlockKind.HEADING else SONG
        indent = 2 * FULL_WIDTH if block.kind in (BlockKind.PARAGRAPH, BlockKind.CAPTION) else 0
        style = Style(face, layout.size, layout.leading, layout.width * FULL_WIDTH // layout.size, indent,
                      justify=block.kind is BlockKind.PARAGRAPH)
        return _Compiled(block, tuple(Paragraph(line, style, self._setter) for line in block.lines), None)

    def _block(
        self, item: _Compiled, following: BlockKind | None, values: tuple[str, ...], column: _Column
    ) -> None:
        kind = item.block.kind
        if kind is BlockKind.PARAGRAPH:
            self._paragraph(item, following, values, column)
        elif kind is BlockKind.TABLE and item.table is not None:
            self._table(item.table, item.table.rows(values), column)
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

    def _head_line(self, item: _Compiled, values: tuple[str, ...], column: _Column) -> None:
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

    def _lines(self, item: _Compiled, values: tuple[str, ...], column: _Column) -> None:
        """Lines without breaks inside; each may turn the page."""
        for paragraph in item.paragraphs:
            text = paragraph.set(values)
            height = len(text.lines) * self._layout.leading
            if column.room < height and not column.fresh:
                column.turn()
            self._place(paragraph, text, column)

    def _paragraph(
        self, item: _Compiled, following: BlockKind | None, values: tuple[str, ...], column: _Column
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
            self._place(item.paragraphs[0], text, column)
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

    def _place(self, paragraph: Paragraph, text: SetText, column: _Column) -> None:
        layout = self._layout
        baseline = down(column.at + (layout.leading - layout.size) // 2 + layout.size * 88 // 100)
        height = len(text.lines) * layout.leading
        if not paragraph.shared:
            column.add(text.place(layout.left, baseline), height)
            return
        found = self._shared.get(id(text))
        if found is None:
            content = text.place(0, 0)
            name = self._pdf.form(content, (-layout.size, -height, layout.width + layout.size, 2 * layout.size))
            found = self._shared[id(text)] = (text, name)
        column.add(b"q 1 0 0 1 %s %s cm/%s Do Q\n" % (text_of(layout.left), text_of(baseline), found[1]), height)

    def _table(self, table: Table, rows: list[SetRow], column: _Column) -> None:
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

    def _signature(self, item: _Compiled, values: tuple[str, ...], column: _Column) -> None:
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
