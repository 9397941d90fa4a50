"""The fonts letters are set in: metrics, coverage and subsets. Open-licence Chinese fonts from a pip package.

Noto Serif SC (Song) for text, Noto Sans SC (Hei) for headings and emphasis, each standing in for the other where it lacks
a character; further packages, where installed, extend the chain. Facts: press-notes.md §5, §6.
"""

from __future__ import annotations

import importlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from letters.press.cff import CffFont
from records.errors import WrongUsage

FULL_WIDTH: Final = 1000
_SLOT_BASE: Final = 0xE000
"""Characters beyond the BMP get codes from here, in order of code point: the same in every file."""


class FontsMissing(WrongUsage):
    """The font package is not installed or not readable."""

    code = "E-FONTS"


class MissingGlyph(ValueError):
    """No font can show this character: the letter must be held, never printed with a box or a gap."""

    def __init__(self, char: str) -> None:
        super().__init__(f"字库没有字符“{char}”（U+{ord(char):04X}）")
        self.char = char


class Face:
    """One font file. ``code`` of a character is its UTF-16 unit, or a slot for characters beyond the BMP."""

    def __init__(self, path: Path) -> None:
        self.path = path
        data = path.read_bytes()
        tables = _tables(data)
        self.cff = CffFont(data[slice(*tables["CFF "])])
        self._glyph_of = _cmap(data, tables["cmap"][0])
        advances = _advances(data, tables)
        self.name = _postscript_name(data, tables["name"][0])
        self.ascent, self.descent = struct.unpack_from(">hh", data, tables["OS/2"][0] + 68)
        self.cap_height = struct.unpack_from(">h", data, tables["OS/2"][0] + 88)[0]
        self._glyph_of = {
            code: glyph for code, glyph in self._glyph_of.items() if glyph and not 0xD800 <= code < 0xF900
        }
        supplementary = sorted(code for code in self._glyph_of if code > 0xFFFF)
        self.slots = {code: _SLOT_BASE + number for number, code in enumerate(supplementary)}
        if _SLOT_BASE + len(supplementary) > 0xF8FF:
            raise FontsMissing(f"字体 {path.name} 超出 BMP 的字符过多", "请换用随软件安装的字体包。")
        self.covered = frozenset(chr(code) for code in self._glyph_of)
        last = len(advances) - 1
        self.widths: dict[str, int] = {
            chr(code): advances[min(glyph, last)] for code, glyph in self._glyph_of.items()
        }
        """Advance of every covered character in 1/1000 em."""
        self.strings: Mapping[str, bytes] = _Strings(self)
        """Each covered character as it stands inside a PDF literal string."""

    def used(self, chars: Iterable[str]) -> list[tuple[int, int, int]]:
        """(code, glyph, code point) of the characters, in order of code, each once."""
        points = {ord(char) for char in chars}
        return sorted((self.slots.get(point, point), self._glyph_of[point], point) for point in points)


class _Strings(dict[str, bytes]):
    """Two-byte codes with every byte escaped that a literal string gives meaning to; made when first asked for."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face

    def __missing__(self, char: str) -> bytes:
        if char not in self._face.widths:
            raise KeyError(char)
        point = ord(char)
        codes = struct.pack(">H", self._face.slots.get(point, point))
        codes = codes.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\r", b"\\r")
        self[char] = codes
        return codes


@dataclass(frozen=True, slots=True)
class FaceSet:
    """The chain of faces: 0 Song, 1 Hei, then what else is installed."""

    faces: tuple[Face, ...]
    covered: frozenset[str]
    met: set[str] = field(default_factory=set, compare=False, repr=False)
    """Characters asked for and found covered: the hundreds of a batch stay in the processor's cache, all 30,000 don't."""

    def face_for(self, char: str, wanted: int) -> int:
        """Which face shows ``char`` when ``wanted`` is asked for.

        Raises:
            MissingGlyph: when none does.
        """
        if char in self.faces[wanted].covered:
            return wanted
        for number, face in enumerate(self.faces):
            if char in face.covered:
                return number
        raise MissingGlyph(char)


_FURTHER: Final = (("pylopdf_fonts_zh_tw", "serif_path"), ("pylopdf_fonts_cjk", "serif_path"))
"""Packages that extend the chain where installed: Traditional Chinese and Japanese Song faces of the same family."""


@lru_cache(maxsize=1)
def house_faces() -> FaceSet:
    """The fonts of this installation; read once a process (about 0.1 s).

    Raises:
        FontsMissing: when the font package is absent.
    """
    try:
        package = importlib.import_module("pylopdf_fonts_zh_cn")
        paths = [Path(package.serif_path()), Path(package.sans_path())]
    except ImportError as error:
        raise FontsMissing("没有找到中文字体包 pylopdf-fonts-zh-cn", "请重新运行 scripts/demo 或安装该字体包。") from error
    for name, function in _FURTHER:
        try:
            paths.append(Path(getattr(importlib.import_module(name), function)()))
        except (ImportError, AttributeError):
            continue
    faces = tuple(Face(path) for path in paths)
    return FaceSet(faces, frozenset().union(*(face.covered for face in faces)))


def _tables(data: bytes) -> dict[str, tuple[int, int]]:
    (count,) = struct.unpack_from(">H", data, 4)
    out = {}
    for number in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        out[tag.decode("latin-1")] = (offset, offset + length)
    return out


def _cmap(data: bytes, start: int) -> dict[int, int]:
    (count,) = struct.unpack_from(">H", data, start + 2)
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * number)
        at = start + offset
        if (platform, encoding) not in ((3, 10), (0, 4), (0, 6)) or data[at : at + 2] != b"\x00\x0c":
            continue
        out: dict[int, int] = {}
        (groups,) = struct.unpack_from(">I", data, at + 12)
        for first, last, glyph in struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * groups]):
            out.update(zip(range(first, last + 1), range(glyph, glyph + last - first + 1), strict=True))
        return out
    raise FontsMissing("字体缺少完整的 Unicode 映射表（cmap 12）", "请换用随软件安装的字体包。")


def _advances(data: bytes, tables: dict[str, tuple[int, int]]) -> list[int]:
    (units,) = struct.unpack_from(">H", data, tables["head"][0] + 18)
    (count,) = struct.unpack_from(">H", data, tables["hhea"][0] + 34)
    start = tables["hmtx"][0]
    advances = [advance for advance, _ in struct.iter_unpack(">Hh", data[start : start + 4 * count])]
    return advances if units == FULL_WIDTH else [round(advance * FULL_WIDTH / units) for advance in advances]


def _postscript_name(data: bytes, start: int) -> str:
    _, count, strings = struct.unpack_from(">HHH", data, start)
    for number in range(count):
        platform, _, _, name, length, offset = struct.unpack_from(">6H", data, start + 6 + 12 * number)
        if name == 6 and platform == 3:
            at = start + strings + offset
            return data[at : at + length].decode("utf-16-be")
    return "Unnamed"
