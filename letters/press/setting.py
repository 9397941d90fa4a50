"""Paragraphs → measured lines → PDF text operators. Fixed text of a form is measured once, values letter by letter.

Text goes into pages as two-byte codes in literal strings; every byte that a string gives meaning to is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from letters.compose.form import SlotKind, Span
from letters.press.faces import FULL_WIDTH, FaceSet
from letters.press.geometry import Hp, text_of
from letters.press.linebreak import HALF, PAIRS, break_lines

SONG: Final = 0
HEI: Final = 1
EVEN: Final = 558
"""1/1000 em given to each figure of an amount: the fonts' own figures differ (471 to 562 in Noto Serif SC)."""
_WIDEST_GAP: Final = 200
"""1/1000 em added between characters to fill a line; past that the line stays ragged."""
_BATCH_TEXTS_KEPT: Final = 64


class Ink:
    """What a file's pages use of each face, for its subset fonts."""

    def __init__(self, faces: FaceSet) -> None:
        self.used: list[set[str]] = [set() for _ in faces.faces]


@dataclass(frozen=True, slots=True)
class Style:
    """How a kind of block is set. Lengths in hundredths of a point, ``width`` and ``indent`` in 1/1000 em."""

    face: int
    size: Hp
    leading: Hp
    width: int
    indent: int = 0
    justify: bool = True


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
        out = [
            b"BT/F%d %s Tf %s TL 1 0 0 1 %s %s Tm"
            % (style.face, text_of(style.size), text_of(style.leading), text_of(left + indent), text_of(baseline)),
            lines[0],
        ]
        if len(lines) > 1:
            if indent:
                out.append(b"%s %s Td" % (text_of(-indent), text_of(-style.leading)))
            else:
                out.append(b"T*")
            out.append(b" T* ".join(lines[1:]))
        out.append(b"ET\n")
        return b" ".join(out)


class TextSetter:
    """Measures and encodes text in a face set, noting in ``ink`` what it used."""

    def __init__(self, faces: FaceSet, ink: Ink) -> None:
        self._faces = faces
        self.ink = ink
        self._cells: tuple[dict[str, tuple[bytes, int]], ...] = tuple({} for _ in faces.faces)
        self._widths = tuple(face.widths.__getitem__ for face in faces.faces)
        self._strings = tuple(face.strings.__getitem__ for face in faces.faces)

    def widths(self, text: str, face: int) -> list[int]:
        """Advance of each character in 1/1000 em.

        Raises:
            MissingGlyph: when no face shows a character.
        """
        try:
            return list(map(self._widths[face], text))
        except KeyError:
            return [self._widths[self._faces.face_for(char, face)](char) for char in text]

    def width(self, text: str, face: int) -> int:
        """Advance of the text in 1/1000 em."""
        return sum(self.widths(text, face))

    def show(self, text: str, face: int, size: Hp) -> bytes:
        """Operators that show ``text``, the face ``face`` being set; it is set again afterwards if it was changed."""
        string = self._strings[face]
        try:
            if PAIRS.search(text) is None:
                shown = b"(%s)Tj" % b"".join(map(string, text))
            else:
                out = []
                start = 0
                for pair in PAIRS.finditer(text):
                    out.append(b"(%s)%d" % (b"".join(map(string, text[start : pair.end()])), HALF))
                    start = pair.end()
                shown = b"[%s(%s)]TJ" % (b"".join(out), b"".join(map(string, text[start:])))
        except KeyError:
            return self._show_mixed(text, face, size)
        self.ink.used[face].update(text)
        return shown

    def figures(self, text: str, face: int) -> tuple[bytes, int]:
        """Operators for an amount with every figure in a cell of ``EVEN``, and its advance."""
        cells = self._cells[face]
        try:
            parts = [cells[char] for char in text]
        except KeyError:
            for char in text:
                cells[char] = self._cell(char, face)
            parts = [cells[char] for char in text]
        self.ink.used[face].update(text)
        return b"[%s]TJ" % b"".join([part for part, _ in parts]), sum([advance for _, advance in parts])

    def _cell(self, char: str, face: int) -> tuple[bytes, int]:
        width = self._widths[face](char)
        spare = EVEN - width if char.isdigit() else 0
        shown = b"(%s)" % self._strings[face](char)
        if spare:
            shown = b"%d%s%d " % (-(spare // 2), shown, -(spare - spare // 2))
        return shown, width + spare

    def _show_mixed(self, text: str, face: int, size: Hp) -> bytes:
        out = []
        start = 0
        current = face
        while start < len(text):
            shown_by = self._faces.face_for(text[start], face)
            end = start + 1
            while end < len(text) and self._faces.face_for(text[end], face) == shown_by:
                end += 1
            if shown_by != current:
                out.append(b"/F%d %s Tf" % (shown_by, text_of(size)))
                current = shown_by
            out.append(self.show(text[start:end], shown_by, size))
            start = end
        if current != face:
            out.append(b"/F%d %s Tf" % (face, text_of(size)))
        return b" ".join(out)


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    slot: int
    face: int
    kept: bool
    widths: list[int]


class Paragraph:
    """One line of spans of a form in a style, compiled: ``set`` gives its lines for a letter's values."""

    def __init__(self, spans: Sequence[Span], style: Style, setter: TextSetter) -> None:
        self._setter = setter
        self._style = style
        self._pieces = [
            _Piece(
                span.text, span.slot, HEI if span.strong else style.face, span.kind is SlotKind.KEPT,
                setter.widths(span.text, HEI if span.strong else style.face),
            )
            for span in spans
        ]
        slots = [span for span in spans if span.slot >= 0]
        self.shared = all(span.kind is SlotKind.BATCH for span in slots)
        """Whether all letters of a batch show the same here."""
        self._slots = tuple(span.slot for span in slots)
        self._one_face = all(piece.face == style.face for piece in self._pieces)
        self._done: dict[tuple[str, ...], SetText] = {}

    def set(self, values: tuple[str, ...]) -> SetText:
        """The paragraph's lines with this letter's values.

        Raises:
            MissingGlyph: when no face shows a character of a value.
        """
        if not self.shared:
            return self._set(values)
        key = tuple([values[slot] for slot in self._slots])
        found = self._done.get(key)
        if found is None:
            found = self._set(values)
            if len(self._done) >= _BATCH_TEXTS_KEPT:
                self._done.clear()
            self._done[key] = found
        return found

    def _set(self, values: tuple[str, ...]) -> SetText:
        style = self._style
        texts: list[str] = []
        widths: list[int] = []
        kept: list[tuple[int, int]] = []
        faces: list[tuple[int, int]] = []
        at = 0
        for piece in self._pieces:
            if piece.slot < 0:
                text = piece.text
                widths += piece.widths
            else:
                text = values[piece.slot]
                widths += self._setter.widths(text, piece.face)
                if piece.kept and len(text) > 1:
                    kept.append((at, at + len(text)))
            texts.append(text)
            at += len(text)
            if not self._one_face:
                faces.append((at, piece.face))
        text = "".join(texts)
        for pair in PAIRS.finditer(text):
            widths[pair.start()] -= HALF
        ends = [0, *accumulate(widths)]
        lines = break_lines(text, ends, style.width, style.indent, kept)
        out = []
        for start, end, slack in lines:
            gaps = end - start - 1
            spacing = 0
            if 0 < slack <= gaps * _WIDEST_GAP and style.justify:
                spacing = slack * style.size // (100 * gaps)
            if self._one_face:
                shown = self._setter.show(text[start:end], style.face, style.size)
            else:
                shown = self._show_faces(text, start, end, faces)
            out.append(b"%d.%03d Tc%s" % (*divmod(spacing, 1000), shown) if spacing else b"0 Tc" + shown)
        return SetText(style, tuple(out))

    def _show_faces(self, text: str, start: int, end: int, faces: list[tuple[int, int]]) -> bytes:
        style = self._style
        out = []
        current = style.face
        at = start
        for until, face in faces:
            if until <= at:
                continue
            stop = min(until, end)
            if face != current:
                out.append(b"/F%d %s Tf" % (face, text_of(style.size)))
                current = face
            out.append(self._setter.show(text[at:stop], face, style.size))
            at = stop
            if at == end:
                break
        if current != style.face:
            out.append(b"/F%d %s Tf" % (style.face, text_of(style.size)))
        return b" ".join(out)
