"""Paragraphs → measured lines → PDF text operators. Fixed text of a form is measured once, values letter by letter.

Text goes into pages as two-byte codes in literal strings; every byte that a string gives meaning to is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final

from letters.compose.form import SlotKind, Span
from letters.press.faces import FULL_WIDTH, Face, FaceSet
from letters.press.geometry import Hp, text_of
from letters.press.linebreak import HALF, PAIRS, break_lines

SONG: Final = 0
HEI: Final = 1
EVEN: Final = 558
"""1/1000 em given to each figure of an amount: the fonts' own figures differ (471 to 562 in Noto Serif SC)."""
_VALUES_KEPT: Final = 512
"""Values whose measured text is kept."""
_WIDEST_GAP: Final = 200
"""1/1000 em added between characters to fill a line; past that the line stays ragged."""


class _Shown(dict[str, bytes]):
    """The characters of a face that one file has shown, with their string bytes. Looking one up notes it."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._strings = face.strings

    def __missing__(self, char: str) -> bytes:
        code = self[char] = self._strings[char]
        return code


class Ink:
    """What a file's pages use of each face, for its subset fonts."""

    def __init__(self, faces: FaceSet) -> None:
        self.shown = tuple(_Shown(face) for face in faces.faces)

    @property
    def used(self) -> list[set[str]]:
        """The characters that each face has shown."""
        return [set(shown) for shown in self.shown]


@dataclass(frozen=True)
class Style:
    """How a kind of block is set. Lengths in hundredths of a point, ``width`` and ``indent`` in 1/1000 em."""

    face: int
    size: Hp
    leading: Hp
    width: int
    indent: int = 0
    justify: bool = True

    @cached_property
    def opening(self) -> bytes:
        """Operators that begin a text object in this style."""
        return b"BT/F%d %s Tf %s TL 1 0 0 1 " % (self.face, text_of(self.size), text_of(self.leading))


@dataclass(frozen=True, slots=True)
class SetText:
    """Lines ready to be placed: operators that show each, without position."""

    style: Style
    lines: tuple[bytes, ...]

    def place(self, left: Hp, baseline: Hp, start: int = 0, end: int | None = None) -> bytes:
        """Operators that show lines ``start`` to ``end``; the first of them stands on ``baseline`` (PDF's y)."""
        lines = self.lines[start:end]
        style = self.style
        indent = style.indent * style.size // FULL_WIDTH if start == 0 else 0
        if len(lines) == 1 or not indent:
            return b"%s%s %s Tm %s ET\n" % (
                style.opening, text_of(left + indent), text_of(baseline), b" T* ".join(lines)
            )
        return b"%s%s %s Tm %s %s %s Td %s ET\n" % (
            style.opening, text_of(left + indent), text_of(baseline), lines[0], text_of(-indent),
            text_of(-style.leading), b" T* ".join(lines[1:]),
        )


class TextSetter:
    """Measures and encodes text in a face set, noting in ``ink`` what it used."""

    def __init__(self, faces: FaceSet, ink: Ink) -> None:
        self._faces = faces
        self._cells: tuple[dict[str, tuple[bytes, int]], ...] = tuple({} for _ in faces.faces)
        self._widths = tuple(face.widths.__getitem__ for face in faces.faces)
        self._strings = tuple(shown.__getitem__ for shown in ink.shown)
        self._measured: dict[tuple[str, int, Hp], tuple[list[int], list[bytes]]] = {}

    def widths(self, text: str, face: int) -> list[int]:
        """Advance of each character in 1/1000 em.

        Raises:
            MissingGlyph: when no face shows a character.
        """
        try:
            return list(map(self._widths[face], text))
        except KeyError:
            return [self._widths[self._faces.face_for(char, face)](char) for char in text]

    def measured(self, text: str, face: int, size: Hp) -> tuple[list[int], list[bytes]]:
        """``widths`` and ``codes`` of a value, kept for a while: a letter says most of its values more than once. Not to be changed.

        Raises:
            MissingGlyph: when no face shows a character.
        """
        found = self._measured.get((text, face, size))
        if found is None:
            if len(self._measured) >= _VALUES_KEPT:
                self._measured.clear()
            found = self._measured[text, face, size] = (self.widths(text, face), self.codes(text, face, size))
        return found

    def width(self, text: str, face: int) -> int:
        """Advance of the text in 1/1000 em."""
        return sum(self.widths(text, face))

    def codes(self, text: str, face: int, size: Hp) -> list[bytes]:
        """Each character as it stands inside the string of a TJ array, the face ``face`` being set.

        A character of another face carries the operators that switch to that face and back.
        """
        try:
            return list(map(self._strings[face], text))
        except KeyError:
            return [self._code(char, face, size) for char in text]

    def _code(self, char: str, face: int, size: Hp) -> bytes:
        shown_by = self._faces.face_for(char, face)
        code = self._strings[shown_by](char)
        return code if shown_by == face else switch(shown_by, size) + code + switch(face, size)

    def show(self, text: str, face: int, size: Hp) -> bytes:
        """Operators that show ``text``, the face ``face`` being set."""
        codes = self.codes(text, face, size)
        for pair in PAIRS.finditer(text):
            codes[pair.start()] += _KERN
        return b"[(%s)]TJ" % b"".join(codes)

    def figures(self, text: str, face: int) -> tuple[bytes, int]:
        """Operators for an amount with every figure in a cell of ``EVEN``, and its advance."""
        cells = self._cells[face]
        try:
            parts = [cells[char] for char in text]
        except KeyError:
            for char in text:
                cells[char] = self._cell(char, face)
            parts = [cells[char] for char in text]
        return b"[%s]TJ" % b"".join([part for part, _ in parts]), sum([advance for _, advance in parts])

    def _cell(self, char: str, face: int) -> tuple[bytes, int]:
        width = self._widths[face](char)
        spare = EVEN - width if char.isdigit() else 0
        shown = b"(%s)" % self._strings[face](char)
        if spare:
            shown = b"%d%s%d " % (-(spare // 2), shown, -(spare - spare // 2))
        return shown, width + spare


_KERN: Final = b")%d(" % HALF
"""Inside a TJ array: take half an em back."""


def switch(face: int, size: Hp) -> bytes:
    """Inside the string of a TJ array: go on in another face."""
    return b")]TJ/F%d %s Tf[(" % (face, text_of(size))


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    slot: int
    face: int
    kept: bool
    widths: list[int]
    codes: list[bytes]


class Paragraph:
    """One line of spans of a form in a style, compiled: ``set`` gives its lines for a letter's values."""

    def __init__(self, spans: Sequence[Span], style: Style, setter: TextSetter) -> None:
        self._setter = setter
        self._style = style
        faces = [HEI if span.strong else style.face for span in spans]
        self._pieces = [
            _Piece(span.text, span.slot, face, span.kind is SlotKind.KEPT, setter.widths(span.text, face),
                   setter.codes(span.text, face, style.size))
            for span, face in zip(spans, faces, strict=True)
        ]
        self._enter = {face: switch(face, style.size) for face in {*faces, style.face}}

    def set(self, values: tuple[str, ...]) -> SetText:
        """The paragraph's lines with this letter's values.

        Raises:
            MissingGlyph: when no face shows a character of a value.
        """
        style = self._style
        setter = self._setter
        texts: list[str] = []
        widths: list[int] = []
        codes: list[bytes] = []
        kept: list[tuple[int, int]] = []
        strong: list[tuple[int, int, int]] = []
        for piece in self._pieces:
            start = len(widths)
            if piece.slot < 0:
                texts.append(piece.text)
                widths += piece.widths
                codes += piece.codes
            else:
                text = values[piece.slot]
                texts.append(text)
                more_widths, more_codes = setter.measured(text, piece.face, style.size)
                widths += more_widths
                codes += more_codes
                if piece.kept:
                    kept.append((start, len(widths)))
            if piece.face != style.face and len(widths) > start:
                strong.append((start, len(widths), piece.face))
        text = "".join(texts)
        for pair in PAIRS.finditer(text):
            at = pair.start()
            widths[at] -= HALF
            codes[at] += _KERN
        if sum(widths) <= style.width - style.indent:
            lines = [(0, len(text), -1)]
        else:
            lines = break_lines(text, list(accumulate(widths, initial=0)), style.width, style.indent, kept)
        for first, last, face in strong:
            self._change_face(codes, lines, first, last, face)
        out = []
        for start, end, slack in lines:
            gaps = end - start - 1
            if 0 < slack <= gaps * _WIDEST_GAP and style.justify:
                spacing = slack * style.size // (100 * gaps)
                out.append(b"%d.%03d Tc[(%s)]TJ" % (spacing // 1000, spacing % 1000, b"".join(codes[start:end])))
            else:
                out.append(b"0 Tc[(%s)]TJ" % b"".join(codes[start:end]))
        return SetText(style, tuple(out))

    def _change_face(self, codes: list[bytes], lines: list[tuple[int, int, int]], first: int, last: int, face: int) -> None:
        """Set characters ``first`` to ``last`` in ``face``, on each line by itself: lines may part over pages."""
        for start, end, _ in lines:
            begin, stop = max(start, first), min(end, last)
            if begin < stop:
                codes[begin] = self._enter[face] + codes[begin]
                codes[stop - 1] += self._enter[self._style.face]
