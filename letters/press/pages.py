"""A letter → its pages: the flow of its blocks with seal and furniture around. One ``PageSetter`` serves one file.

What letters of a batch share is set once: runs of blocks without a value of the letter's own become Form XObjects, one
for each place on the page where such a run starts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from letters.compose.form import BlockKind, ComposedLetter, LetterForm, SlotKind
from letters.compose.model import LetterFields
from letters.press import furniture
from letters.press.faces import FaceSet
from letters.press.flow import Column, Compiled, Flow
from letters.press.geometry import PAGE_HEIGHT, PAGE_WIDTH, Hp, down, mm, text_of
from letters.press.layout import Layout
from letters.press.pdffile import PdfFile
from letters.press.seal import DIAMETER, Seal
from letters.press.setting import Ink, TextSetter

_STRADDLE_INSET: Final[Hp] = mm(4.5)
"""What an office printer leaves white at the edge."""
_RUNS_KEPT: Final = 256
"""Places of shared runs that are kept for one file; more are set letter by letter."""


@dataclass(slots=True)
class _Unit:
    """Blocks that are placed together: one with values of its letter, or a run of blocks that a batch shares."""

    items: list[tuple[Compiled, BlockKind | None]]
    shared: bool
    slots: tuple[int, ...] = ()
    placed: dict[tuple[tuple[str, ...], Hp, int], tuple[list[bytes], Hp]] = field(default_factory=dict)
    """Values, start and page → operators for each page and where the run ends."""


class PageSetter:
    """Lays letters of one bundle out for one file."""

    def __init__(
        self, pdf: PdfFile, faces: FaceSet, layout: Layout, seal: Seal | None, *, duplex: bool = False
    ) -> None:
        self._pdf = pdf
        self._layout = layout
        self._sides = 2 if duplex else 1
        self.ink = Ink(faces)
        self._setter = TextSetter(faces, self.ink)
        self._forms: dict[int, tuple[LetterForm, list[_Unit]]] = {}
        self._heads: dict[tuple[str, ...], bytes] = {}
        self._edges: dict[tuple[int, int], bytes] = {}
        self._seal = seal.form(pdf, self._setter) if seal else None
        self._flow = Flow(pdf, self._setter, layout, self._seal)

    def set(self, letter: ComposedLetter, fields: LetterFields) -> list[bytes]:
        """The letter's page contents, without sheet marks.

        Raises:
            MissingGlyph, PageRefused: the letter must be held.
        """
        column = Column(self._layout)
        values = letter.values
        for unit in self._units(letter.form):
            if unit.shared:
                self._place_shared(unit, values, column)
            else:
                item, following = unit.items[0]
                self._flow.place(item, following, values, column)
        return self._finished(column, fields)

    def _finished(self, column: Column, fields: LetterFields) -> list[bytes]:
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
            sheet, back = divmod(number - 1, self._sides)
            sheets = -(-count // self._sides)
            # sheets are stamped across their edges; a back has its edge on the other side
            seal = self._straddle(sheet, sheets) if sheets > 1 and not back else b""
            found = seal + furniture.footer(self._setter, self._layout, number, count)
            self._edges[number, count] = found
        return found

    def _straddle(self, sheet: int, sheets: int) -> bytes:
        """This sheet's slice of the seal across all sheets (骑缝章), at the right edge; the first sheet is 0."""
        if self._seal is None:
            return b""
        slice_width = DIAMETER // sheets
        right = PAGE_WIDTH - _STRADDLE_INSET
        left = right - slice_width
        middle = down((self._layout.envelope.folds[0] + self._layout.bottom) // 2)
        centre = left + DIAMETER // 2 - sheet * slice_width
        return b"q %s %s %s %s re W n 1 0 0 1 %s %s cm/%s Do Q\n" % (
            text_of(left), text_of(middle - DIAMETER // 2), text_of(slice_width), text_of(DIAMETER),
            text_of(centre), text_of(middle), self._seal,
        )

    def _units(self, form: LetterForm) -> list[_Unit]:
        found = self._forms.get(id(form))
        if found is None:
            found = self._forms[id(form)] = (form, self._compile(form))
        return found[1]

    def _compile(self, form: LetterForm) -> list[_Unit]:
        units: list[_Unit] = []
        compiled = [self._flow.compile(block) for block in form.blocks]
        kinds = [block.kind for block in form.blocks]
        for item, following in zip(compiled, [*kinds[1:], None], strict=True):
            slots = [span for line in item.block.lines for span in line if span.slot >= 0]
            shared = item.table is None and all(span.kind is SlotKind.BATCH for span in slots)
            if not (shared and units and units[-1].shared):
                units.append(_Unit([], shared))
            units[-1].items.append((item, following))
            units[-1].slots += tuple(span.slot for span in slots)
        return units

    def _place_shared(self, unit: _Unit, values: tuple[str, ...], column: Column) -> None:
        key = (tuple([values[slot] for slot in unit.slots]), column.at, len(column.pages))
        found = unit.placed.get(key)
        if found is None:
            found = self._set_shared(unit, values, column)
            if len(unit.placed) < _RUNS_KEPT:
                box = (0, 0, PAGE_WIDTH, PAGE_HEIGHT)
                named = [b"/%s Do\n" % self._pdf.form(page, box) if page else b"" for page in found[0]]
                found = unit.placed[key] = (named, found[1])
        pages, end = found
        column.pages[-1].append(pages[0])
        column.pages += [[page] for page in pages[1:]]
        column.at = end

    def _set_shared(self, unit: _Unit, values: tuple[str, ...], column: Column) -> tuple[list[bytes], Hp]:
        trial = Column(self._layout)
        trial.pages = [[] for _ in column.pages]
        trial.at = column.at
        for item, following in unit.items:
            self._flow.place(item, following, values, trial)
        return [b"".join(page) for page in trial.pages[len(column.pages) - 1 :]], trial.at
