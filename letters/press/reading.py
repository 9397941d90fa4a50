"""Reads the text of a finished print part back, page by page, as a PDF reader would: operators, fonts' ToUnicode, forms.

For the last look at every letter before a part is kept: some hundred times faster than a general extractor, which looks
at a sample (``proof``). Reads only what the house's own files hold; order of text is the order in which it is drawn.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from letters.press.partfile import PartDamaged, PartFile

_STRING: Final = re.compile(rb"\(([^\\()]*+(?:\\.[^\\()]*+)*+)\)", re.DOTALL)
"""Splits operators from strings; one search for strings alone is a fifth of the cost of one for all that matters."""
_BETWEEN: Final = re.compile(rb"/F(\d+) [\d.]+ Tf|/(X[0-9a-f]{12}) Do|(T[Jj])")
_KEPT: Final = 1 << 15
"""Stretches of operators between strings: places on the page recur from letter to letter."""
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_CONTROLS: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_PAIR: Final = re.compile(rb"<([0-9A-Fa-f]{4})><([0-9A-Fa-f]+)>")
_NAMED: Final = re.compile(rb"/([FX][0-9a-f]+) (\d+) 0 R")
_NO_FONT: Final = -1


_LINE_END: Final = b"\0\n"
"""Stands between strings of one font while they are decoded together; a string that holds it is decoded alone."""


class _Font:
    """What a font's codes mean; an unknown code is a replacement sign, which no letter may show."""

    def __init__(self, cmap: bytes) -> None:
        self._meanings = {int(code, 16): bytes.fromhex(point.decode()).decode("utf-16-be") for code, point in _PAIR.findall(cmap)}
        self._meanings.pop(ord("\n"), None)
        self._plain = frozenset(char for code, char in self._meanings.items() if len(char) == 1 and code == ord(char)) | {"\n"}
        """Characters whose code is their UTF-16 unit: all but those beyond the BMP."""

    def read(self, strings: list[bytes]) -> str:
        """The characters of shown strings, with ``_LINE_END`` between those of different lines."""
        whole = not any(len(string) & 1 for string in strings)
        text = b"".join(strings).decode("utf-16-be", "replace") if whole else ""
        if whole and self._plain.issuperset(text) and text.count("\n") == strings.count(_LINE_END):
            return text
        return "".join(["\n" if string is _LINE_END else self._characters(string) for string in strings])

    def _characters(self, string: bytes) -> str:
        units = [int.from_bytes(string[at : at + 2], "big") for at in range(0, len(string) - 1, 2)]
        odd = "\ufffd" if len(string) % 2 else ""
        return "".join([self._meanings.get(unit, "\ufffd") for unit in units]) + odd


class PartReader:
    """An opened part. Fonts and shared forms are read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = PartFile(path)
        named = {name.decode(): int(number) for name, number in _NAMED.findall(self._part.resources)}
        self._fonts = {
            int(name[1:]): _Font(self._part.stream(self._part.reference(self._part.body(number), b"ToUnicode")))
            for name, number in named.items() if name[0] == "F"
        }
        self._forms = {name.encode(): number for name, number in named.items() if name[0] == "X"}
        self._texts: dict[bytes, str] = {}
        self._between: dict[bytes, tuple[tuple[int, bytes], ...]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._part.__exit__(kind, error, trace)

    def text(self, first_page: int, pages: int) -> str:
        """What pages ``first_page`` (from 1) and on show, a line for each shown string.

        Raises:
            PartDamaged: when the part has no such pages, or they can't be read.
        """
        contents = [self._part.content(number) for number in range(first_page, first_page + pages)]
        return "\n".join([self._read(content) for content in contents if content])

    def _read(self, content: bytes) -> str:
        """Strings of one font that follow each other are decoded together: lines are told apart by a line feed."""
        out: list[str] = []
        strings: list[bytes] = []
        font = _NO_FONT
        known = self._between
        is_string = True
        for stretch in _STRING.split(content):
            is_string = not is_string
            if is_string:
                strings.append(_ESCAPED.sub(_plain, stretch) if b"\\" in stretch else stretch)
                continue
            steps = known.get(stretch)
            if steps is None:
                steps = self._steps(stretch)
            for face, form in steps:
                if face == _NO_FONT:
                    if not form:
                        strings.append(_LINE_END)
                        continue
                    out.append(self._decoded(strings, font))
                    strings = []
                    out.append(self._form(form))
                elif face != font:
                    if strings:
                        out.append(self._decoded(strings, font))
                        strings = []
                    font = face
        out.append(self._decoded(strings, font))
        return "".join(out)

    def _steps(self, operators: bytes) -> tuple[tuple[int, bytes], ...]:
        """What the operators between two strings do, in order: (font, b''), (-1, form) or (-1, b'') at a string's end."""
        steps = tuple(
            (int(face), b"") if face else (_NO_FONT, form) for face, form, _shown in _BETWEEN.findall(operators)
        )
        if len(self._between) >= _KEPT:
            self._between.clear()
        self._between[operators] = steps
        return steps

    def _decoded(self, strings: list[bytes], font: int) -> str:
        if font == _NO_FONT and not any(string is not _LINE_END for string in strings):
            return "\n" * len(strings)
        found = self._fonts.get(font)
        if found is None:
            raise PartDamaged(self._path, f"缺少字体 F{font}")
        return found.read(strings)

    def _form(self, name: bytes) -> str:
        text = self._texts.get(name)
        if text is None:
            if name not in self._forms:
                raise PartDamaged(self._path, f"缺少图形 {name.decode()}")
            text = self._texts[name] = self._read(self._part.stream(self._forms[name]))
        return text


def _plain(match: re.Match[bytes]) -> bytes:
    return _CONTROLS.get(match[1], match[1])
