"""What stands on a page besides the letter's words: letterhead, window, verification, fold marks, footer.

Only name, address, postcode and item barcode stand where the envelope's window could show them (R-ENV-01, R-ENV-02).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from letters.compose.model import LetterFields
from letters.compose.render import verification_link
from letters.press.code128 import code128
from letters.press.faces import FULL_WIDTH
from letters.press.geometry import PAGE_WIDTH, Hp, down, mm, points, text_of
from letters.press.layout import Layout
from letters.press.linebreak import break_lines
from letters.press.qr import qr
from letters.press.setting import HEI, SONG, TextSetter

CODE_MODULE: Final[Hp] = 108
"""0.381 mm: below 0.38 mm a blurred scan of Code 128 is lost (press-notes.md §3)."""
_QUIET: Final = 10 * CODE_MODULE
_CODE_HEIGHT: Final = mm(6.6)
_QR_SIDE: Final = mm(21)
_QR_TOP: Final = mm(52)
_SIDE_LEFT: Final = mm(131.5)
"""Right of every envelope's leak box (130 mm)."""
_FOLD_TICK: Final = (mm(3.5), mm(7))
_ADDRESS_SIZES: Final = tuple(points(size) for size in (11, 10.5, 10, 9.5, 9, 8.5, 8, 7.5, 7))
_NAME_SUFFIX: Final = "（收）"


class PageRefused(ValueError):
    """This letter can't be laid out as the rules of the page demand; it must be held. ``code`` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def show_at(setter: TextSetter, text: str, face: int, size: Hp, left: Hp, baseline: Hp) -> bytes:
    """One line of text; ``baseline`` from the top edge."""
    return b"BT/F%d %s Tf 1 0 0 1 %s %s Tm%s ET\n" % (
        face, text_of(size), text_of(left), text_of(down(baseline)), setter.show(text, face, size)
    )


def centred(setter: TextSetter, text: str, face: int, size: Hp, middle: Hp, baseline: Hp) -> bytes:
    """One line of text centred on ``middle``."""
    wide = setter.width(text, face) * size // FULL_WIDTH
    return show_at(setter, text, face, size, middle - wide // 2, baseline)


def ending_at(setter: TextSetter, text: str, face: int, size: Hp, right: Hp, baseline: Hp) -> bytes:
    """One line of text that ends at ``right``."""
    wide = setter.width(text, face) * size // FULL_WIDTH
    return show_at(setter, text, face, size, right - wide, baseline)


def wrapped(setter: TextSetter, text: str, face: int, size: Hp, width: Hp) -> list[str]:
    """The text in lines of at most ``width``."""
    ends = [0, *accumulate(setter.widths(text, face))]
    return [text[start:end] for start, end, _ in break_lines(text, ends, width * FULL_WIDTH // size)]


def letterhead(setter: TextSetter, fields: LetterFields, layout: Layout) -> bytes:
    """Firm, licence, address, phone. The name stands above the leak box, the rest right of it."""
    size = points(18)
    widest = layout.width * FULL_WIDTH // size
    wide = setter.width(fields.firm_name, SONG)
    if wide > widest:
        size = size * widest // wide
    out = [
        b"q 2 Tr 0.35 w\n",
        show_at(setter, fields.firm_name, SONG, size, layout.left, mm(13.2)),
        b"Q\n",
        b"%s %s %s 0.9 re f\n" % (text_of(layout.left), text_of(down(mm(16.2))), text_of(layout.width)),
        b"%s %s %s 0.3 re f\n" % (text_of(layout.left), text_of(down(mm(16.8))), text_of(layout.width)),
    ]
    small = points(7.8)
    baseline = mm(22.6)
    room = layout.right - _SIDE_LEFT
    for label, text in (
        ("执业许可证号：", fields.firm_licence_no), ("地址：", fields.firm_address), ("电话：", fields.firm_phone)
    ):
        for line in wrapped(setter, label + text, SONG, small, room):
            if baseline > _QR_TOP - mm(3):
                raise PageRefused("LETTERHEAD_OVERFLOW", "信头放不下：律所地址或电话过长")
            out.append(show_at(setter, line, SONG, small, _SIDE_LEFT, baseline))
            baseline += mm(4.1)
    return b"".join(out)


@dataclass(frozen=True, slots=True)
class Window:
    """What stands in the window and where: the item number beside or under its bars, then address and name."""

    number_left: Hp
    number_size: Hp
    number_base: Hp
    size: Hp
    """Of address and name."""
    leading: Hp
    top: Hp
    lines: tuple[str, ...]
    name: str


def arrange_window(setter: TextSetter, fields: LetterFields, layout: Layout) -> Window:
    """Find the places and sizes with which all of it stands inside the safe box.

    Raises:
        PageRefused: when the address or the name does not fit at the smallest size.
    """
    safe = layout.envelope.safe
    if not fields.item_no:
        raise PageRefused("NO_ITEM_NUMBER", "没有邮件号码，不能印刷")
    left, top = _bars_at(layout)
    wide = code128(fields.item_no).width * CODE_MODULE
    if left + wide + _QUIET > safe.right:
        raise PageRefused("WINDOW_OVERFLOW", "邮件号码条码放不进信封窗口")
    number_left = left + wide + _QUIET
    number_size = min(points(9), (safe.right - number_left) * FULL_WIDTH // setter.width(fields.item_no, HEI))
    number_base = top + _CODE_HEIGHT // 2 + number_size * 35 // 100
    text_top = top + _CODE_HEIGHT + mm(0.9)
    if number_size < points(6):
        # a narrow window: the number stands under its bars
        number_left, number_size, number_base = left, points(7), top + _CODE_HEIGHT + points(7.2)
        text_top += points(7.6)
    room = safe.bottom - text_top
    width = safe.right - safe.left
    name = fields.addressee_name + _NAME_SUFFIX
    name_wide = setter.width(name, HEI)
    measured = _address(setter, fields)
    for size in _ADDRESS_SIZES:
        across = width * FULL_WIDTH // size
        if name_wide > across:
            continue
        lines = [text[start:end] for text, ends in measured for start, end, _ in break_lines(text, ends, across)]
        leading = min(size * 125 // 100, room // (len(lines) + 1))
        if leading * 100 >= size * 112:
            return Window(number_left, number_size, number_base, size, leading, text_top, tuple(lines), name)
    raise PageRefused("WINDOW_OVERFLOW", "收件人姓名或地址过长，放不进信封窗口")


def _bars_at(layout: Layout) -> tuple[Hp, Hp]:
    """Left and top of the item barcode's bars."""
    return layout.envelope.safe.left + _QUIET, layout.envelope.safe.top + mm(0.4)


def window(setter: TextSetter, fields: LetterFields, layout: Layout) -> bytes:
    """Item barcode with its number, postcode, address and name, all inside the safe box.

    Raises:
        PageRefused: when the address or the name does not fit at the smallest size.
    """
    at = arrange_window(setter, fields, layout)
    bars = code128(fields.item_no)
    left, top = _bars_at(layout)
    out = [
        bars.stencil(left, down(top + _CODE_HEIGHT), bars.width * CODE_MODULE, _CODE_HEIGHT),
        show_at(setter, fields.item_no, HEI, at.number_size, at.number_left, at.number_base),
    ]
    baseline = at.top + (at.leading - at.size) // 2 + at.size * 88 // 100
    for line in at.lines:
        out.append(show_at(setter, line, SONG, at.size, layout.envelope.safe.left, baseline))
        baseline += at.leading
    out.append(show_at(setter, at.name, HEI, at.size, layout.envelope.safe.left, baseline))
    return b"".join(out)


def _address(setter: TextSetter, fields: LetterFields) -> list[tuple[str, list[int]]]:
    """Postcode and address with the running width of each; given lines stay lines."""
    first, *others = fields.addressee_address
    texts = [f"{fields.postcode}　{first}" if fields.postcode else first, *others]
    return [(text, [0, *accumulate(setter.widths(text, SONG))]) for text in texts]


def verification_label(setter: TextSetter) -> bytes:
    """The words beside the QR code, the same on all letters."""
    return b"".join([
        show_at(setter, line, SONG, points(7.8), _SIDE_LEFT, _QR_TOP + offset)
        for line, offset in (("扫码或致电本所", mm(4)), ("可核验本函真伪", mm(8.1)), ("核验码", mm(14.2)))
    ])


def verification(setter: TextSetter, fields: LetterFields, layout: Layout) -> bytes:
    """QR code and code by which the letter can be verified, right of the leak box."""
    out = []
    link = verification_link(fields)
    if link and fields.verification_url:
        symbol = qr(link)
        out.append(symbol.stencil(layout.right - _QR_SIDE, down(_QR_TOP + _QR_SIDE), _QR_SIDE, _QR_SIDE))
    if fields.verification_code:
        out.append(show_at(setter, fields.verification_code, HEI, points(9), _SIDE_LEFT, _QR_TOP + mm(18.7)))
    return b"".join(out)


def fold_marks(layout: Layout) -> bytes:
    """Ticks at the folds, at the sheet's left edge."""
    left, right = _FOLD_TICK
    return b"".join(
        b"%s %s %s 0.3 re f\n" % (text_of(left), text_of(down(fold)), text_of(right - left))
        for fold in layout.envelope.folds
    )


def footer(setter: TextSetter, layout: Layout, page: int, pages: int) -> bytes:
    """Page n of m."""
    return centred(setter, f"第 {page} 页　共 {pages} 页", SONG, points(8), PAGE_WIDTH // 2, layout.bottom + mm(9))


def running_head(setter: TextSetter, firm_name: str, layout: Layout) -> bytes:
    """The firm on top of the second and further pages; ``running_number`` comes beside it."""
    baseline = layout.next_top - mm(8)
    return show_at(setter, firm_name, SONG, points(8.5), layout.left, baseline) + b"%s %s %s 0.3 re f\n" % (
        text_of(layout.left), text_of(down(baseline + mm(1.8))), text_of(layout.width)
    )


def running_number(setter: TextSetter, letter_no: str, layout: Layout) -> bytes:
    """The letter number on top of the second and further pages."""
    return ending_at(setter, letter_no, SONG, points(8.5), layout.right, layout.next_top - mm(8))
