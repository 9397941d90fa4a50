"""Print parts: many letters in one PDF, one pass, flat memory. The same letter gives the same page bytes in any file.

``PartWriter`` writes a part; ``press_one`` a single letter for preview and archive. Neither knows batches or databases.
"""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from letters.compose.bundle import Bundle
from letters.compose.form import ComposedLetter
from letters.compose.model import LetterFields
from letters.press.faces import FaceSet, house_faces
from letters.press.layout import read_layout
from letters.press.mark import mark_text, sheet_mark
from letters.press.pages import PageSetter
from letters.press.pdffile import PdfFile
from letters.press.seal import Seal


@dataclass(frozen=True, slots=True)
class PieceLayout:
    """Where a letter lies in its part. ``first_page`` from 1; ``pages`` counts a blank back side too."""

    first_page: int
    pages: int
    sheets: int
    """Printed sheets; the bundle's ``enclosed_sheets`` come on top."""
    content_sha256: str
    """SHA-256 of the letter's page contents in order; forms are named by their content, so it covers them."""
    printed_pages: int


@dataclass(frozen=True, slots=True)
class PartResult:
    """A finished part."""

    sha256: str
    pages: int
    size: int
    """Bytes."""


class PartWriter:
    """Writes one print part. A path is written under a temporary name and renamed by ``close``; leaving a ``with`` block
    by an exception removes it. Letters must come in manifest order."""

    def __init__(
        self,
        where: str | Path | IO[bytes],
        bundle: Bundle,
        fonts: FaceSet | None = None,
        *,
        batch_no: str,
        dated: date,
        seal: Seal | None = None,
        duplex: bool = False,
    ) -> None:
        self._path = Path(where) if isinstance(where, str | Path) else None
        self._temporary = self._path.with_name(self._path.name + ".writing") if self._path else None
        self._file: IO[bytes] = self._temporary.open("wb") if self._temporary else where  # type: ignore[assignment]
        self._bundle = bundle
        self._batch_no = batch_no
        self._duplex = duplex
        faces = fonts or house_faces()
        self._layout = read_layout(bundle.layout, bundle.envelope)
        self._pdf = PdfFile(self._file, faces, title=batch_no, dated=dated)
        self._setter = PageSetter(self._pdf, faces, self._layout, seal, duplex=duplex)
        self._warrant = None if seal is None else seal.warrant
        self._closed = False

    def add(
        self, letter: ComposedLetter, fields: LetterFields, piece_position: int, piece_count: int, copy_no: int = 1
    ) -> PieceLayout:
        """Add a letter: piece ``piece_position`` of ``piece_count`` in the batch, its copy ``copy_no``.

        Raises:
            MissingGlyph, PageRefused: the letter must be held; nothing of it was written.
            SealRefused: the seal's warrant does not cover this content at this position.
            ValueError: position outside the batch, or a letter of another bundle.
        """
        if not 0 < piece_position <= piece_count:
            raise ValueError(f"piece {piece_position} of {piece_count}")
        if letter.form.bundle_sha256 != self._bundle.sha256:
            raise ValueError("the letter was composed with another bundle")
        if self._warrant is not None:
            self._warrant.demand_letter(piece_position, fields)
        contents = self._setter.set(letter, fields)
        printed = len(contents)
        sheets = (printed + 1) // 2 if self._duplex else printed
        sides = 2 if self._duplex else 1
        for number in range(0, printed, sides):
            mark = mark_text(self._batch_no, piece_position, copy_no, number // sides + 1, sheets)
            contents[number] += sheet_mark(mark, self._layout.envelope)
        first_page = self._pdf.pages + 1
        digest = hashlib.sha256()
        for content in contents:
            digest.update(b"%d\n" % len(content))
            digest.update(content)
            self._pdf.page(content)
        if self._duplex and printed % 2:
            self._pdf.page(b"")
        return PieceLayout(first_page, self._pdf.pages + 1 - first_page, sheets, digest.hexdigest(), printed)

    def close(self) -> PartResult:
        """Finish the file; for a path, put it in its place."""
        self._pdf.close(self._setter.ink.used)
        self._closed = True
        self._file.flush()
        size = self._file.tell()
        if self._temporary and self._path:
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self._path)
        return PartResult(self._pdf.sha256, self._pdf.pages, size)

    def discard(self) -> None:
        """Give the part up and remove what was written."""
        if self._temporary and not self._closed:
            self._file.close()
            self._temporary.unlink(missing_ok=True)
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._closed:
            self.discard()


def press_one(
    bundle: Bundle,
    letter: ComposedLetter,
    fields: LetterFields,
    fonts: FaceSet | None = None,
    *,
    batch_no: str,
    piece_position: int = 1,
    piece_count: int = 1,
    seal: Seal | None = None,
    duplex: bool = False,
) -> bytes:
    """The PDF of one letter; its page contents are those of the part that holds the same piece.

    Raises:
        MissingGlyph, PageRefused: the letter must be held.
    """
    out = io.BytesIO()
    writer = PartWriter(out, bundle, fonts, batch_no=batch_no, dated=fields.letter_date, seal=seal, duplex=duplex)
    writer.add(letter, fields, piece_position, piece_count)
    writer.close()
    return out.getvalue()
