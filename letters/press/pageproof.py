"""One finished page as a stranger sees it: its text with places (PDFium), its picture, its barcodes (ZXing), and what is
wrong with them. Knows no manifest: what ought to stand there is told by ``proof``.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Iterable
from types import TracebackType
from typing import Final, Self

import numpy
import numpy.typing
import pypdfium2
import pypdfium2.raw as pdfium
import zxingcpp

from letters.press.geometry import PAGE_HEIGHT, PAGE_WIDTH, Box, Envelope, mm
from letters.press.layout import Layout
from letters.press.mark import mark_box

PROOF_DPI: Final = 200
Fault = tuple[str, str]
"""Stable code and a Chinese sentence."""
_TOFU: Final = frozenset("\ufffd\uffff\x00")
_SLACK: Final = 0.75
"""Points by which a glyph's box may pass the edge of a zone: side bearings."""
_INK: Final = 160
"""Grey level below which a pixel is ink: text in black, not the pale seal under it."""
_TRACE: Final = 225
"""Grey level below which a pixel is not paper: nothing at all may stand there."""
_UNPRINTABLE: Final = mm(4.2)
"""What an office printer leaves white at every edge."""
_SHOWN: Final = 20
_Boxes = numpy.typing.NDArray[numpy.float64]
_Picture = numpy.typing.NDArray[numpy.uint8]


class PageSeen:
    """Page ``number`` (from 1) of an opened document."""

    def __init__(self, document: pypdfium2.PdfDocument, number: int) -> None:
        self._page = document[number - 1]
        self._text_page = self._page.get_textpage()
        picture = self._page.render(scale=PROOF_DPI / 72, grayscale=True).to_numpy()
        self._picture: _Picture = picture.reshape(picture.shape[:2])
        self.text: str = self._text_page.get_text_range().replace("\r\n", "\n")
        self._indexes, self._chars, self._boxes = self._places()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text_page.close()
        self._page.close()

    @property
    def blank(self) -> bool:
        """Whether nothing at all is printed."""
        return not self._chars and bool((self._picture >= _TRACE).all())

    def _places(self) -> tuple[list[int], list[str], _Boxes]:
        """Visible characters and their boxes: left, right, top, bottom in points from the sheet's top left corner."""
        height = self._page.get_height()
        indexes, chars, boxes = [], [], []
        for index in range(self._text_page.count_chars()):
            char = chr(pdfium.FPDFText_GetUnicode(self._text_page.raw, index))
            if char.strip() and char >= " ":
                left, bottom, right, top = self._text_page.get_charbox(index)
                indexes.append(index)
                chars.append(char)
                boxes.append((left, right, height - top, height - bottom))
        return indexes, chars, numpy.array(boxes, dtype=numpy.float64).reshape(-1, 4)

    def glyph_faults(self) -> list[Fault]:
        """Characters that can't be read back, and characters whose place on the picture is white."""
        faults = [("TOFU", "有字符不能还原为文字")] if _TOFU & set(self.text) else []
        edges = (self._boxes * (PROOF_DPI / 72)).astype(int)
        printed = self._picture < _TRACE
        white = self._black([
            at for at, (left, right, top, bottom) in enumerate(edges)
            if not printed[max(0, top - 1) : bottom + 2, max(0, left) : right + 2].any()
        ])
        if white:
            faults.append(("BLANK_GLYPH", f"有字符没有印出来：{white[:_SHOWN]}"))
        return faults

    def edge_faults(self, layout: Layout) -> list[Fault]:
        """Text that runs out of its column or off the sheet. The seal's own words may stand anywhere."""
        edges = (_UNPRINTABLE / 100, layout.right / 100 + _SLACK, _UNPRINTABLE / 100, (PAGE_HEIGHT - _UNPRINTABLE) / 100)
        left, right, top, bottom = self._boxes.T
        out = (left < edges[0]) | (right > edges[1]) | (top < edges[2]) | (bottom > edges[3])
        text = self._black(numpy.flatnonzero(out))
        return [("OVERFLOW", f"文字超出版心：{text[:_SHOWN]}")] if text else []

    def window_faults(self, window: Envelope) -> list[Fault]:
        """Text and ink in the window's leak box must lie in the safe box; nothing else may show (R-ENV-02)."""
        loose = self._meets(window.leak) & ~self._inside(window.safe)
        outside = "".join(self._chars[at] for at in numpy.flatnonzero(loose))
        if outside:
            return [("WINDOW_LEAK", f"信封窗口可能露出：{outside[:_SHOWN]}")]
        leak = self._cut(window.leak).copy()
        safe = [round(edge * PROOF_DPI / 7200) for edge in (
            window.safe.left - window.leak.left, window.safe.right - window.leak.left,
            window.safe.top - window.leak.top, window.safe.bottom - window.leak.top,
        )]
        leak[max(0, safe[2] - 2) : safe[3] + 2, max(0, safe[0] - 2) : safe[1] + 2] = 255
        return [("WINDOW_INK", "信封窗口可能露出线条或图案")] if bool((leak < _INK).any()) else []

    def mark_faults(self, window: Envelope) -> list[Fault]:
        """Nothing but the mark itself may stand in the inserter mark's zone."""
        over = "".join(self._chars[at] for at in numpy.flatnonzero(self._meets(mark_box(window))))
        return [("MARK_ZONE", f"装封标记的区域里有文字：{over[:_SHOWN]}")] if over else []

    def barcode_faults(self, wanted: Collection[str]) -> list[Fault]:
        """Wanted barcodes that the reader does not find, and those that it finds unwanted."""
        read = self._barcodes(thorough=False)
        if set(wanted) - read:
            read |= self._barcodes(thorough=True)
        unread = [("BARCODE_UNREAD", f"条码读不出：{text}") for text in sorted(set(wanted) - read)]
        return unread + [("BARCODE_FOREIGN", f"多出条码：{text}") for text in sorted(read - set(wanted))]

    def _barcodes(self, *, thorough: bool) -> set[str]:
        found = zxingcpp.read_barcodes(self._picture, try_rotate=thorough, try_downscale=thorough, try_invert=thorough)
        return {one.text for one in found}

    def _meets(self, box: Box) -> numpy.typing.NDArray[numpy.bool_]:
        left, right, top, bottom = self._boxes.T
        met: numpy.typing.NDArray[numpy.bool_] = (
            (left < box.right / 100) & (right > box.left / 100) & (top < box.bottom / 100) & (bottom > box.top / 100)
        )
        return met

    def _inside(self, box: Box) -> numpy.typing.NDArray[numpy.bool_]:
        left, right, top, bottom = self._boxes.T
        held: numpy.typing.NDArray[numpy.bool_] = (
            (left >= box.left / 100 - _SLACK) & (right <= box.right / 100 + _SLACK)
            & (top >= box.top / 100 - _SLACK) & (bottom <= box.bottom / 100 + _SLACK)
        )
        return held

    def _cut(self, box: Box) -> _Picture:
        rows, columns = self._picture.shape
        across, along = columns / PAGE_WIDTH, rows / PAGE_HEIGHT
        return self._picture[round(box.top * along) : round(box.bottom * along), round(box.left * across) : round(box.right * across)]

    def _black(self, places: Iterable[int]) -> str:
        """The characters at these places that are drawn in black; the sample seal's are red."""
        out = []
        for at in places:
            red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
            told = pdfium.FPDFText_GetFillColor(self._text_page.raw, self._indexes[at], red, green, blue, alpha)
            if not told or red.value == green.value == blue.value:
                out.append(self._chars[at])
        return "".join(out)
