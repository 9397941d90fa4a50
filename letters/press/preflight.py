"""What would stop a letter at the press, found while planning, before it has a number. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from letters.compose.bundle import Bundle
from letters.compose.form import ComposedLetter, LetterForm
from letters.compose.model import LetterFields
from letters.press.faces import FaceSet, MissingGlyph, house_faces
from letters.press.furniture import PageRefused, arrange_window
from letters.press.glyphs import unprintable
from letters.press.layout import read_layout
from letters.press.pages import PageSetter
from letters.press.pdffile import PdfFile
from letters.press.setting import Ink, TextSetter


@dataclass(frozen=True, slots=True)
class PressProblem:
    """Why a letter can't be printed: a stable code (MISSING_GLYPH, WINDOW_OVERFLOW, TOO_LONG …) and a sentence."""

    code: str
    message: str


class _Nowhere:
    """A sink that keeps nothing."""

    def write(self, data: bytes, /) -> int:
        return len(data)


class Preflight:
    """Tries letters of one bundle without writing them. Keep one a process: it learns the bundle's fixed text."""

    def __init__(self, bundle: Bundle, fonts: FaceSet | None = None) -> None:
        self._faces = fonts or house_faces()
        self._layout = read_layout(bundle.layout, bundle.envelope)
        pdf = PdfFile(_Nowhere(), self._faces, title="", dated=_ANY_DAY)
        self._setter = PageSetter(pdf, self._faces, self._layout, None)
        self._text_setter = TextSetter(self._faces, Ink(self._faces))
        self._forms: dict[LetterForm, list[str]] = {}

    def problems(self, letter: ComposedLetter, fields: LetterFields) -> tuple[PressProblem, ...]:
        """What keeps the letter from being printed; empty when it can be. Some 50 µs: fit for a whole import."""
        missing = self._unprintable(letter)
        if missing:
            return tuple(PressProblem("MISSING_GLYPH", str(MissingGlyph(char))) for char in missing)
        try:
            arrange_window(self._text_setter, fields, self._layout)
        except PageRefused as refused:
            return (PressProblem(refused.code, refused.message),)
        return ()

    def _unprintable(self, letter: ComposedLetter) -> list[str]:
        """The form's own text is looked through once, the values letter by letter."""
        fixed = self._forms.get(letter.form)
        if fixed is None:
            words = "".join(part for part in letter.form.flat if isinstance(part, str))
            fixed = self._forms[letter.form] = unprintable(words, self._faces)
        own = unprintable("".join((*letter.values, *letter.furniture, *letter.foot)), self._faces)
        return sorted({*fixed, *own}) if fixed or own else []

    def printed_pages(self, letter: ComposedLetter, fields: LetterFields) -> int:
        """How many sides the letter will have; lays all of it out, some 0.5 ms.

        Raises:
            MissingGlyph, PageRefused: it can't be printed; ``problems`` says so as values.
        """
        return len(self._setter.set(letter, fields))


_ANY_DAY: Final = date(2000, 1, 1)
