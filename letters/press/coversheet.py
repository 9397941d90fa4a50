"""A plain list of headed paragraphs as PDF pages: the cover of an evidence package (证据目录). Deterministic.

Not for letters: no furniture, no seal, no window.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from letters.press.faces import house_faces
from letters.press.furniture import centred, ending_at, show_at, wrapped
from letters.press.geometry import PAGE_HEIGHT, PAGE_WIDTH, mm, points
from letters.press.glyphs import unprintable
from letters.press.pdffile import PdfFile
from letters.press.setting import HEI, SONG, Ink, TextSetter

_LEFT: Final = mm(22)
_TOP: Final = mm(38)
_BOTTOM: Final = PAGE_HEIGHT - mm(22)
_LABEL: Final = mm(42)
_LEADING: Final = points(15.5)
_SIZE: Final = points(10)


@dataclass(frozen=True, slots=True)
class Line:
    """A heading (no ``text``), or a label with its text."""

    label: str
    text: str = ""


def cover_sheet(title: str, lines: Iterable[Line], dated: date) -> bytes:
    """The sheet as a PDF. A sign that no house font has is shown as □: a list must not fail over a rare name."""
    faces = house_faces()
    out = io.BytesIO()
    pdf = PdfFile(out, faces, title=title, dated=dated)
    ink = Ink(faces)
    setter = TextSetter(faces, ink)
    pages: list[list[bytes]] = [[]]
    at = _TOP

    def put(text: str, left: int, face: int) -> None:
        pages[-1].append(show_at(setter, text, face, _SIZE, left, at))

    def clean(text: str) -> str:
        for char in unprintable(text, faces):
            text = text.replace(char, "□")
        return text

    for line in lines:
        parts = wrapped(setter, clean(line.text), SONG, _SIZE, PAGE_WIDTH - 2 * _LEFT - _LABEL) if line.text else [""]
        if at + _LEADING * len(parts) > _BOTTOM:
            pages.append([])
            at = _TOP
        if not line.text:
            at += _LEADING // 2
        put(clean(line.label), _LEFT, SONG if line.text else HEI)
        for part in parts:
            if part:
                put(part, _LEFT + _LABEL, SONG)
            at += _LEADING
    for number, page in enumerate(pages, start=1):
        head = centred(setter, title, HEI, points(18), PAGE_WIDTH // 2, mm(24))
        foot = ending_at(setter, f"第 {number} 页　共 {len(pages)} 页", SONG, points(8), PAGE_WIDTH - _LEFT, PAGE_HEIGHT - mm(12))
        pdf.page(b"".join([head, *page, foot]))
    pdf.close(ink.used)
    return out.getvalue()
