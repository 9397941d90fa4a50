"""What an XLSX shows besides its values, read straight from the package: hidden rows, error values, formulas without a
stored result, struck-through cells, notes, the date system.

The value reader gives '' for all of them and openpyxl needs minutes for a large sheet, so the sheet's XML is scanned
as bytes, row by row, and looked at closely only where a mark stands. Nothing here is evaluated or resolved.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from typing import Final

from locate.intake.sheets import Marks

_BOOK: Final = "xl/workbook.xml"
_CHUNK: Final = 1 << 22
_P: Final = rb"(?:\w+:)?"
_SHEET_ENTRY: Final = re.compile(rb"<" + _P + rb"sheet\s[^>]*?>")
_RELATION: Final = re.compile(rb"<" + _P + rb"Relationship\s[^>]*?>")
_ATTRIBUTE: Final = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
_ROW: Final = re.compile(rb"<" + _P + rb"row\b([^>]*)>")
_CELL: Final = re.compile(rb"<" + _P + rb"c\b([^>]*?)(?:/>|>(.*?)</" + _P + rb"c>)", re.DOTALL)
_HIDDEN: Final = re.compile(rb'\bhidden="(?:1|true)"')
_REFERENCE: Final = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_STYLE: Final = re.compile(rb'\bs="(\d+)"')
_HAS_FORMULA: Final = re.compile(rb"<" + _P + rb"f\b")
_HAS_VALUE: Final = re.compile(rb"<" + _P + rb"v[^>]*>[^<]|<" + _P + rb"is\b")
_VALUE: Final = re.compile(rb"<" + _P + rb"v[^>]*>([^<]*)<")
_ROW_END: Final = re.compile(rb"</" + _P + rb"row>|<" + _P + rb"row\b[^>]*/>")
_FONT: Final = re.compile(rb"<" + _P + rb"font\b(?:[^>]*/>|[^>]*>.*?</" + _P + rb"font>)", re.DOTALL)
_STRIKE: Final = re.compile(rb"<" + _P + rb'strike\b(?![^>]*val="(?:0|false)")')
_CELL_FORMATS: Final = re.compile(rb"<" + _P + rb"cellXfs\b.*?</" + _P + rb"cellXfs>", re.DOTALL)
_FORMAT: Final = re.compile(rb"<" + _P + rb"xf\b[^>]*>")
_FONT_ID: Final = re.compile(rb'\bfontId="(\d+)"')
_FONTS: Final = re.compile(rb"<" + _P + rb"fonts\b.*?</" + _P + rb"fonts>", re.DOTALL)
_COMMENT: Final = re.compile(
    rb"<"
    + _P
    + rb'(?:comment|threadedComment)\b[^>]*?\bref="[A-Z]{1,3}(\d+)"[^>]*>(.*?)</'
    + _P
    + rb"(?:comment|threadedComment)>",
    re.DOTALL,
)
_TEXT: Final = re.compile(rb"<" + _P + rb"(?:t|text)\b[^>]*>([^<]*)<")
_NUMBER_FORMAT: Final = re.compile(rb"<" + _P + rb"numFmt\s[^>]*>")
_BUILT_IN_PERCENT: Final = frozenset({"9", "10"})
_COLUMN_LETTERS: Final = re.compile(rb'\br="([A-Z]{1,3})\d')
_LAST_ROW: Final = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
_DATE_1904: Final = re.compile(rb'\bdate1904="(?:1|true)"')


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        name.decode().rpartition(":")[2]: html.unescape(value.decode("utf-8", "replace"))
        for name, value in _ATTRIBUTE.findall(tag)
    }


def _relations(package: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relation id → (type, target part) of a part; {} where it has none."""
    folder, _, name = part.rpartition("/")
    try:
        text = package.read(f"{folder}/_rels/{name}.rels")
    except KeyError:
        return {}
    found = {}
    for tag in _RELATION.findall(text):
        entry = _attributes(tag)
        found[entry.get("Id", "")] = (entry.get("Type", ""), _resolved(folder, entry.get("Target", "")))
    return found


def _resolved(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    parts = folder.split("/") if folder else []
    for step in target.split("/"):
        if step == "..":
            parts = parts[:-1]
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part of the package that holds its cells."""
    relations = _relations(package, _BOOK)
    parts = {}
    for tag in _SHEET_ENTRY.findall(package.read(_BOOK)):
        entry = _attributes(tag)
        kind, part = relations.get(entry.get("id", ""), ("", ""))
        if "name" in entry and kind.endswith("/worksheet") and part in package.namelist():
            parts[entry["name"]] = part
    return parts


def sheet_marks(package: zipfile.ZipFile, parts: dict[str, str]) -> dict[str, Marks]:
    """Marks of every sheet, by its name."""
    struck = _struck_styles(package)
    date1904 = _DATE_1904.search(package.read(_BOOK)) is not None
    return {name: _marks_of(package, part, struck, date1904) for name, part in parts.items()}


def _struck_styles(package: zipfile.ZipFile) -> frozenset[bytes]:
    """Cell style numbers whose font is struck through."""
    if "xl/styles.xml" not in package.namelist():
        return frozenset()
    text = package.read("xl/styles.xml")
    fonts, formats = _FONTS.search(text), _CELL_FORMATS.search(text)
    if fonts is None or formats is None:
        return frozenset()
    struck = {index for index, font in enumerate(_FONT.findall(fonts[0])) if _STRIKE.search(font)}
    return frozenset(
        str(index).encode()
        for index, tag in enumerate(_FORMAT.findall(formats[0]))
        if (found := _FONT_ID.search(tag)) and int(found[1]) in struck
    )


def _percent_styles(package: zipfile.ZipFile) -> frozenset[bytes]:
    """Cell style numbers that show a number as a percentage."""
    if "xl/styles.xml" not in package.namelist():
        return frozenset()
    text = package.read("xl/styles.xml")
    formats = _CELL_FORMATS.search(text)
    if formats is None:
        return frozenset()
    own = {
        entry["numFmtId"]
        for tag in _NUMBER_FORMAT.findall(text)
        if "%" in (entry := _attributes(tag)).get("formatCode", "")
    }
    return frozenset(
        str(index).encode()
        for index, tag in enumerate(_FORMAT.findall(formats[0]))
        if _attributes(tag).get("numFmtId") in own | _BUILT_IN_PERCENT
    )


def percent_rows(package: zipfile.ZipFile, part: str, column: int) -> frozenset[int]:
    """Rows in which a column's cell is shown as a percentage: its 0.154 reads 15.4 %."""
    styles = _percent_styles(package)
    if not styles:
        return frozenset()
    cell = re.compile(rb"<" + _P + rb'c\b[^>]*?\br="' + _letters(column) + rb'(\d+)"[^>]*>')
    rows = set()
    for text in _rows_in_chunks(package, part):
        for found in cell.finditer(text):
            style = _STYLE.search(found[0])
            if style is not None and style[1] in styles:
                rows.add(int(found[1]))
    return frozenset(rows)


def _letters(column: int) -> bytes:
    letters = b""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = bytes((65 + rest,)) + letters
    return letters


def _rows_in_chunks(package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The sheet's XML in pieces that end with a row."""
    rest = b""
    with package.open(part) as stream:
        while block := stream.read(_CHUNK):
            text = rest + block
            ends = text.rfind(b"row>")
            if ends < 0:
                rest = text
                continue
            yield text[: ends + 4]
            rest = text[ends + 4 :]
    yield rest


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _marks_of(package: zipfile.ZipFile, part: str, struck_styles: frozenset[bytes], date1904: bool) -> Marks:
    hidden: set[int] = set()
    errors: dict[tuple[int, int], str] = {}
    uncached: set[tuple[int, int]] = set()
    struck: set[tuple[int, int]] = set()
    for text in _rows_in_chunks(package, part):
        if b"hidden=" in text:
            hidden.update(_hidden_rows(text))
        if not (b"<f" in text or b":f" in text or b't="e"' in text or struck_styles):
            continue
        for attributes, inside in _CELL.findall(text):
            place = _REFERENCE.search(attributes)
            if place is None:
                continue
            at = (int(place[2]), _column(place[1]))
            if b't="e"' in attributes:
                value = _VALUE.search(inside)
                errors[at] = value[1].decode("utf-8", "replace") if value else "#"
            elif inside and _HAS_FORMULA.search(inside) and not _HAS_VALUE.search(inside):
                uncached.add(at)
            style = _STYLE.search(attributes) if struck_styles else None
            if style is not None and style[1] in struck_styles:
                struck.add(at)
    comments = _comments(package, part)
    return Marks(frozenset(hidden), errors, frozenset(uncached), frozenset(struck), comments, date1904)


def extent(package: zipfile.ZipFile, part: str) -> tuple[int, int]:
    """Rows and columns that the value reader would make room for: one stray cell at the far corner fills the memory."""
    rows = columns = 0
    for text in _rows_in_chunks(package, part):
        columns = max([columns, *(_column(letters) + 1 for letters in set(_COLUMN_LETTERS.findall(text)))])
        rows = max([rows, *map(int, _LAST_ROW.findall(text))])
    return rows, columns


def _hidden_rows(text: bytes) -> Iterator[int]:
    for attributes in _ROW.findall(text):
        if _HIDDEN.search(attributes):
            number = re.search(rb'\br="(\d+)"', attributes)
            if number is not None:
                yield int(number[1])


def _comments(package: zipfile.ZipFile, part: str) -> dict[int, str]:
    comments: dict[int, str] = {}
    for kind, target in _relations(package, part).values():
        if not kind.lower().endswith(("/comments", "/threadedcomment")) or target not in package.namelist():
            continue
        for row, inside in _COMMENT.findall(package.read(target)):
            said = "".join(html.unescape(each.decode("utf-8", "replace")) for each in _TEXT.findall(inside))
            comments[int(row)] = f"{comments.get(int(row), '')} {said}".strip()
    return comments
