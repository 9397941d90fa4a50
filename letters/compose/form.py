"""A letter's content: the form (what the template gives for one way through its conditions) and a letter's values.

Values are literal text in numbered slots. The form is shared by all letters that take the same way through the
template, so the press measures and encodes its fixed text once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class BlockKind(StrEnum):
    """How a block is set; the look of each is layout.toml's."""

    TITLE = "title"
    NUMBER = "number"
    LINE = "line"
    HEADING = "h"
    PARAGRAPH = "p"
    CAPTION = "caption"
    TABLE = "table"
    SIGNATURE = "sign"
    NOTE = "note"
    PAGE = "page"
    """A new sheet begins, with a heading of its own: an enclosure that is printed with its letter."""


class SlotKind(StrEnum):
    """What a slot's value is to the press."""

    CASE = "case"
    KEPT = "kept"
    """One letter's, never broken across lines: names, tails, numbers."""
    BATCH = "batch"
    """The same in all letters of a batch (firm, lawyer, client, dates): its text is set once."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a line: literal text, or (``slot`` ≥ 0) the value of that slot. ``strong`` is set in Hei."""

    text: str
    slot: int = -1
    kind: SlotKind = SlotKind.CASE
    strong: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """Cells of one row; ``total`` rows are ruled off and strong."""

    cells: tuple[tuple[Span, ...], ...]
    head: bool = False
    total: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A table column: width in 1/1000 of the text width; ``amount`` columns are right-aligned in even figures."""

    share: int
    amount: bool


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a form. ``lines`` holds one tuple of spans for each line or paragraph; tables use ``rows``."""

    kind: BlockKind
    parts: frozenset[str]
    lines: tuple[tuple[Span, ...], ...]
    columns: tuple[Column, ...] = ()
    rows: tuple[TableRow, ...] = ()
    keep: bool = False
    """Not to be split over pages."""


@dataclass(frozen=True, eq=False, slots=True)
class LetterForm:
    """The blocks of one way through a template. Compared by identity: the press keeps what it measured per form."""

    bundle_sha256: str
    blocks: tuple[Block, ...]
    parts: frozenset[str]
    flat: tuple[str | int, ...] = field(init=False)
    """The blocks' lines and rows as one text, a line each: literal stretches and, between them, slot numbers."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "flat", _flat(self.blocks))


def _flat(blocks: tuple[Block, ...]) -> tuple[str | int, ...]:
    out: list[str | int] = []
    literal = ""
    for block in blocks:
        lines = [*block.lines, *(_row(row) for row in block.rows)]
        for line in lines:
            for span in line:
                if span.slot < 0:
                    literal += span.text
                else:
                    out += [literal, span.slot]
                    literal = ""
            literal += "\n"
    return (*out, literal)


def _row(row: TableRow) -> tuple[Span, ...]:
    """A row's cells as one line, tabs between them."""
    spans: list[Span] = []
    for number, cell in enumerate(row.cells):
        spans += [Span("\t"), *cell] if number else cell
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class ComposedBlock:
    """A block with its values filled in, for readers: what a person sees, a line (or row) a string."""

    kind: BlockKind
    parts: frozenset[str]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComposedLetter:
    """The finished words of one letter. Immutable; equal content gives equal pages."""

    form: LetterForm
    values: tuple[str, ...]
    furniture: tuple[str, ...]
    """Words outside the blocks, in reading order: letterhead, window, verification."""
    foot: tuple[str, ...]

    @property
    def parts(self) -> frozenset[str]:
        """Names (``letters.compose.parts``) of the parts that are present."""
        return self.form.parts

    @property
    def blocks(self) -> tuple[ComposedBlock, ...]:
        """The blocks with their values."""
        values = self.values
        out = []
        for block in self.form.blocks:
            lines = [fill(line, values) for line in block.lines]
            lines += [fill(_row(row), values) for row in block.rows]
            out.append(ComposedBlock(block.kind, block.parts, tuple(lines)))
        return tuple(out)

    @property
    def text(self) -> str:
        """The whole visible text in reading order, a line for each line or row."""
        values = self.values
        body = "".join([part if part.__class__ is str else values[part] for part in self.form.flat])  # type: ignore[index]
        return "\n".join((*self.furniture, body + "\n".join(self.foot)))


def fill(spans: tuple[Span, ...], values: tuple[str, ...]) -> str:
    """The spans' text with values in their slots."""
    return "".join([span.text if span.slot < 0 else values[span.slot] for span in spans])
