"""Writes a PDF 1.7 file as its pages come: pages go out at once, fonts and page tree at the end. Memory stays flat.

Deterministic: no clock, no chance; /ID is a hash of the content. Streams are deflated by libdeflate, whose output is the same
on any processor for one version (its own word), and which the lock file pins; a part made by another version is found out by
its hash when it has to be made again. Not a general PDF library: only what letters need.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Final, Protocol

from deflate import __version__ as deflate_version
from deflate import zlib_compress

from letters.press.faces import FULL_WIDTH, Face, FaceSet
from letters.press.geometry import PAGE_HEIGHT, PAGE_WIDTH, text_of

_CATALOG, _INFO, _RESOURCES, _ROOT = 1, 2, 3, 4
_PAGES_A_NODE: Final = 64
EDITION: Final = f"libdeflate {deflate_version}"
"""What the same letters have the same bytes under: written with each part, so that no batch is printed by two."""
_COMPRESSION: Final = 1
"""Of pages, forms and fonts: a level of 6 saves 2 % of a page for half as much time again."""


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object: ...


class PdfFile:
    """One PDF file being written to a sink. Call ``page`` for each page, then ``close`` once."""

    def __init__(self, sink: Sink, faces: FaceSet, *, title: str, dated: date) -> None:
        self._sink = sink
        self._faces = faces
        self._title = title
        self._dated = dated
        self._hash = hashlib.sha256()
        self._at = 0
        self._offsets: list[int] = [0] * (_ROOT + 1)
        self._nodes: list[int] = []
        self._kids: list[int] = []
        self._xobjects: dict[bytes, int] = {}
        self.pages = 0
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def page(self, content: bytes) -> None:
        """Add a page that shows ``content``; an empty one is a blank side."""
        if self.pages % _PAGES_A_NODE == 0:
            self._end_node()
            self._nodes.append(self._reserve())
        number = self._reserve()
        self._kids.append(number)
        self.pages += 1
        stream = self._reserve() if content else 0
        where = b"/Contents %d 0 R" % stream if content else b""
        page = b"%d 0 obj<</Type/Page/Parent %d 0 R%s>>endobj\n" % (number, self._nodes[-1], where)
        self._offsets[number] = self._at
        if content:
            data = zlib_compress(content, _COMPRESSION)
            self._offsets[stream] = self._at + len(page)
            page = b"%s%d 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n" % (
                page, stream, len(data), data
            )
        self._write(page)

    def form(self, content: bytes, box: tuple[int, int, int, int]) -> bytes:
        """The name of a Form XObject with this content; equal content is written once. Its name tells its content."""
        name = b"X" + hashlib.sha256(repr(box).encode() + content).hexdigest()[:12].encode()
        if name not in self._xobjects:
            bounds = b" ".join(text_of(length) for length in box)
            head = b"/Type/XObject/Subtype/Form/BBox[%s]/Resources %d 0 R" % (bounds, _RESOURCES)
            self._xobjects[name] = self._stream(content, head)
        return name

    def image(self, width: int, height: int, rgb: bytes, alpha: bytes) -> bytes:
        """The name of an image XObject: 8-bit RGB with a soft mask."""
        name = b"I" + hashlib.sha256(b"%d %d " % (width, height) + rgb + alpha).hexdigest()[:12].encode()
        if name not in self._xobjects:
            size = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8" % (width, height)
            mask = self._stream(alpha, size + b"/ColorSpace/DeviceGray")
            self._xobjects[name] = self._stream(rgb, size + b"/ColorSpace/DeviceRGB/SMask %d 0 R" % mask)
        return name

    def close(self, used: Sequence[set[str]]) -> None:
        """Write fonts (``used``: the characters that each face showed), page tree and cross-reference table."""
        fonts = b"".join(
            b"/F%d %d 0 R" % (number, self._font(face, chars))
            for number, (face, chars) in enumerate(zip(self._faces.faces, used, strict=True)) if chars
        )
        xobjects = b"".join(b"/%s %d 0 R" % item for item in self._xobjects.items())
        self._object(_RESOURCES, b"<</Font<<%s>>/XObject<<%s>>>>" % (fonts, xobjects))
        self._end_node()
        self._object(_ROOT, b"<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 %s %s]/Resources %d 0 R>>" % (
            self.pages, b" ".join(b"%d 0 R" % node for node in self._nodes), text_of(PAGE_WIDTH),
            text_of(PAGE_HEIGHT), _RESOURCES,
        ))
        self._object(_CATALOG, b"<</Type/Catalog/Pages %d 0 R/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>>>" % _ROOT)
        day = b"(D:%s000000+08'00')" % self._dated.strftime("%Y%m%d").encode()
        title = (b"\xfe\xff" + self._title.encode("utf-16-be")).hex().encode()
        self._object(_INFO, b"<</Title<%s>/Producer(Handa)/CreationDate%s/ModDate%s>>" % (title, day, day))
        start = self._at
        table = b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets[1:])
        identity = self._hash.hexdigest()[:32].encode()
        size = len(self._offsets)
        self._write(
            b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n"
            % (size, table, size, _CATALOG, _INFO, identity, identity, start)
        )

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of all bytes written so far."""
        return self._hash.hexdigest()

    def _font(self, face: Face, chars: set[str]) -> int:
        used = face.used(chars)
        font = face.cff.subset(_subset_name(face.name, used), [(code, glyph) for code, glyph, _ in used])
        program = self._stream(font, b"/Subtype/CIDFontType0C")
        unicode_map = self._stream(_to_unicode([(code, point) for code, _, point in used]), b"")
        name = _subset_name(face.name, used).encode()
        left, bottom, right, top = face.cff.bbox
        descriptor = self._add(
            b"<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d"
            b"/CapHeight %d/StemV 80/FontFile3 %d 0 R>>"
            % (name, left, bottom, right, top, face.ascent, face.descent, face.cap_height, program)
        )
        widths = b"".join(
            b"%d[%d]" % (code, face.widths[chr(point)]) for code, _, point in used if face.widths[chr(point)] != FULL_WIDTH
        )
        descendant = self._add(
            b"<</Type/Font/Subtype/CIDFontType0/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            b"/FontDescriptor %d 0 R/DW %d/W[%s]>>" % (name, descriptor, FULL_WIDTH, widths)
        )
        return self._add(
            b"<</Type/Font/Subtype/Type0/BaseFont/%s-Identity-H/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
            % (name, descendant, unicode_map)
        )

    def _end_node(self) -> None:
        if self._kids:
            kids = b" ".join(b"%d 0 R" % kid for kid in self._kids)
            self._object(
                self._nodes[-1], b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>" % (_ROOT, len(self._kids), kids)
            )
            self._kids = []

    def _reserve(self) -> int:
        self._offsets.append(0)
        return len(self._offsets) - 1

    def _add(self, body: bytes) -> int:
        number = self._reserve()
        self._object(number, body)
        return number

    def _stream(self, content: bytes, head: bytes) -> int:
        data = zlib_compress(content, _COMPRESSION)
        return self._add(b"<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (head, len(data), data))

    def _object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._at
        self._write(b"%d 0 obj%s endobj\n" % (number, body))

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self._hash.update(data)
        self._at += len(data)


def _subset_name(name: str, used: list[tuple[int, int, int]]) -> str:
    """``ABCDEF+Name``: the tag tells the subset."""
    digest = hashlib.sha256(repr(used).encode()).digest()
    return "".join(chr(65 + byte % 26) for byte in digest[:6]) + "+" + name


def _to_unicode(pairs: list[tuple[int, int]]) -> bytes:
    """The CMap that tells readers which character a code is; characters beyond the BMP as surrogate pairs."""
    out = [
        b"/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)"
        b"/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def 1 begincodespacerange<0000><FFFF>"
        b"endcodespacerange\n"
    ]
    for start in range(0, len(pairs), 100):
        part = pairs[start : start + 100]
        lines = [f"<{code:04X}><{chr(point).encode('utf-16-be').hex()}>\n" for code, point in part]
        out.append(f"{len(part)} beginbfchar\n{''.join(lines)}endbfchar\n".encode())
    out.append(b"endcmap CMapName currentdict/CMap defineresource pop end end")
    return b"".join(out)
