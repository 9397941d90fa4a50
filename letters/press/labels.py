"""Labels on A4 sheets: bag, tray and bundle labels with their barcode, and address labels. One pass, flat memory.

Measures of the sheets are data (``labels.toml``). An address label shows what a window would show and no more: name,
address, postcode, item number, place in the bags (R-ENV-02). Knows no batches and no database.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final

from letters.press.code128 import code128
from letters.press.datamatrix import datamatrix
from letters.press.faces import FULL_WIDTH, house_faces
from letters.press.furniture import CODE_MODULE, centred, ending_at, show_at, wrapped
from letters.press.geometry import Hp, down, mm, points, text_of
from letters.press.glyphs import unprintable
from letters.press.linebreak import break_lines
from letters.press.pdffile import PdfFile, Sink
from letters.press.setting import HEI, SONG, Ink, TextSetter
from records.errors import WrongUsage

_QUIET: Final = 10
"""Modules left white on either side of a Code 128."""
_FINEST: Final[Hp] = 85
"""0.3 mm: no office printer and hand-held reader need more (press-notes.md §3); below it the label is refused."""
_MATRIX_MODULE: Final[Hp] = 170
"""0.6 mm."""
_UNPRINTED: Final = mm(4.6)
"""What an office printer leaves white at the sheet's edge, with a little to spare."""
_ADDRESS_SIZES: Final = tuple(points(size) for size in (11, 10.5, 10, 9.5, 9, 8.5, 8, 7.5, 7))
_NAME_SUFFIX: Final = "（收）"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of equal labels, in hundredths of a point."""

    code: str
    name: str
    columns: int
    rows: int
    width: Hp
    height: Hp
    left: Hp
    top: Hp
    step_x: Hp
    step_y: Hp
    item_code: bool
    """Whether an item number's barcode has room on an address label."""


class LabelRefused(WrongUsage):
    """Something does not fit on the label: printed smaller or cut it would be wrong or unreadable."""

    code = "E-LABEL"


@cache
def sheets() -> dict[str, Sheet]:
    """The label sheets by code."""
    table = tomllib.loads(Path(__file__).with_name("labels.toml").read_text("utf-8"))["sheet"]
    return {
        code: Sheet(
            code=code, name=row["name"], columns=row["columns"], rows=row["rows"], item_code=row["item_code"],
            **{name: mm(row[name]) for name in ("width", "height", "left", "top", "step_x", "step_y")},
        )
        for code, row in table.items()
    }  # fmt: skip


def sheet_of(code: str) -> Sheet:
    """The label sheet with that code.

    Raises:
        WrongUsage: there is none.
    """
    if code not in sheets():
        raise WrongUsage(f"没有标签纸“{code}”。", "可用：" + "；".join(f"{one.code}（{one.name}）" for one in sheets().values()))
    return sheets()[code]


@dataclass(frozen=True, slots=True)
class ContainerLabel:
    """What a bag, tray or bundle label says. ``code`` is coded and printed beside the bars."""

    title: str
    """袋牌, 格签 or 把签."""
    code: str
    destination: str
    postcodes: str
    number: str
    """The container's number, large: ``43-001``."""
    lines: tuple[str, ...]
    """Further facts, smaller, in order."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AddressLabel:
    """What an address label says. ``where`` names the piece in a refusal."""

    where: str
    item_no: str
    postcode: str
    address: str
    name: str
    slot: str


class LabelFile:
    """One PDF of labels being written. ``close`` once; an empty file gets a page that says so."""

    def __init__(self, sink: Sink, sheet: Sheet, *, title: str, dated: date, framed: bool) -> None:
        faces = house_faces()
        self._faces = faces
        self._ink = Ink(faces)
        self._setter = TextSetter(faces, self._ink)
        self._pdf = PdfFile(sink, faces, title=title, dated=dated)
        self._sheet = sheet
        self._framed = framed
        self._page: list[bytes] = []
        self._on_page = 0
        self.labels = 0

    def container(self, label: ContainerLabel) -> None:
        """Add a bag, tray or bundle label.

        Raises:
            LabelRefused: its barcode does not fit.
        """
        small = self._sheet.height < mm(50)
        self._place(lambda left, top: (self._slip if small else self._card)(label, left, top))

    def address(self, label: AddressLabel) -> None:
        """Add an address label.

        Raises:
            LabelRefused: it does not fit, or a sign has no glyph.
        """
        self._place(lambda left, top: self._addressed(label, left, top))

    def close(self) -> str:
        """Finish the file; its SHA-256."""
        if self._page or not self.labels:
            self._pdf.page(b"".join(self._page))
        self._pdf.close(self._ink.used)
        return self._pdf.sha256

    def _place(self, draw: Callable[[Hp, Hp], bytes]) -> None:
        sheet = self._sheet
        row, column = divmod(self._on_page, sheet.columns)
        left, top = sheet.left + column * sheet.step_x, sheet.top + row * sheet.step_y
        # Drawn before anything is kept: a refused label leaves the file as it was.
        content = draw(left, top)
        if self._framed:
            edges = (text_of(left), text_of(down(top + sheet.height)), text_of(sheet.width), text_of(sheet.height))
            content = b"q 0.6 G 0.3 w [2 2] 0 d %s %s %s %s re S Q\n" % edges + content
        self._page.append(content)
        self.labels += 1
        self._on_page += 1
        if self._on_page == sheet.columns * sheet.rows:
            self._pdf.page(b"".join(self._page))
            self._page, self._on_page = [], 0

    def _card(self, label: ContainerLabel, left: Hp, top: Hp) -> bytes:
        """A large label: title and number, destination, postcodes, facts, bars over the number they hold."""
        setter, sheet = self._setter, self._sheet
        inset = mm(5)
        right, middle = left + sheet.width - inset, left + sheet.width // 2
        room = sheet.width - 2 * inset
        size = self._fitting(label.destination, HEI, points(26), points(9), room, label.code)
        out = [
            show_at(setter, label.title, HEI, points(11), left + inset, top + mm(8.5)),
            ending_at(setter, label.number, HEI, points(17), right, top + mm(9)),
            b"%s %s %s 0.8 re f\n" % (text_of(left + inset), text_of(down(top + mm(11))), text_of(room)),
            centred(setter, label.destination, HEI, size, middle, top + mm(21)),
            centred(setter, f"邮编 {label.postcodes}", SONG, points(11), middle, top + mm(27.5)),
        ]
        baseline = top + mm(33.4)
        for line in label.lines:
            for part in wrapped(setter, line, SONG, points(9), room):
                out.append(show_at(setter, part, SONG, points(9), left + inset, baseline))
                baseline += mm(4.1)
        bars_top = top + sheet.height - mm(21)
        if baseline - mm(4.1) > bars_top - mm(2.5):
            raise LabelRefused(f"{label.title} {label.code} 的内容放不进标签。", "请缩短合作方或律所名称后重试。")
        out.append(self._bars(label.code, left, sheet.width, bars_top, mm(9)))
        out.append(centred(setter, label.code, HEI, points(9), middle, bars_top + mm(12.4)))
        if label.note:
            out.append(centred(setter, label.note, SONG, points(7), middle, bars_top + mm(15.6)))
        return b"".join(out)

    def _slip(self, label: ContainerLabel, left: Hp, top: Hp) -> bytes:
        """A small label: destination over facts, a DataMatrix at the right, its number beside it."""
        setter, sheet = self._setter, self._sheet
        inset = _UNPRINTED
        symbol = datamatrix(label.code, 20)
        side = symbol.width * _MATRIX_MODULE
        matrix_left = left + sheet.width - mm(6) - side
        room = matrix_left - mm(3) - left - inset
        size = self._fitting(label.destination, HEI, points(14), points(7), sheet.width - 2 * inset, label.code)
        out = [
            show_at(setter, label.destination, HEI, size, left + inset, top + mm(8)),
            show_at(setter, f"{label.title}　{label.number}", HEI, points(9), left + inset, top + mm(14)),
            show_at(setter, f"邮编 {label.postcodes}", SONG, points(8), left + inset, top + mm(18.4)),
            symbol.stencil(matrix_left, down(top + mm(12) + side), side, side),
        ]
        baseline = top + mm(22.4)
        for line in label.lines:
            small = self._fitting(line, SONG, points(8), points(5.5), room, label.code)
            out.append(show_at(setter, line, SONG, small, left + inset, baseline))
            baseline += mm(3.8)
        if baseline - mm(3.8) > top + sheet.height - mm(7.4):
            raise LabelRefused(f"{label.title} {label.code} 的内容放不进标签。", "请换用大一些的标签纸。")
        number = f"{label.code}　{label.note}" if label.note else label.code
        small = self._fitting(number, HEI, points(7), points(5), sheet.width - 2 * inset, label.code)
        out.append(show_at(setter, number, HEI, small, left + inset, top + sheet.height - _UNPRINTED))
        return b"".join(out)

    def _addressed(self, label: AddressLabel, left: Hp, top: Hp) -> bytes:
        setter, sheet = self._setter, self._sheet
        missing = unprintable(label.address + label.name, self._faces)
        if missing:
            raise LabelRefused(f"{label.where}：字库没有字符“{'、'.join(missing)}”。", "请资方更正后重新计划。")
        inset = max(mm(3.5), _UNPRINTED - sheet.left)
        right = left + sheet.width - inset
        above = max(mm(3), _UNPRINTED - sheet.top)
        out: list[bytes] = []
        if sheet.item_code:
            bars_top = top + above
            out.append(self._bars(label.item_no, left, sheet.width, bars_top, mm(7)))
            line = bars_top + mm(9.8)
        else:
            line = top + above + mm(2)
        out += [
            show_at(setter, label.item_no, HEI, points(7.5), left + inset, line),
            ending_at(setter, label.slot, SONG, points(6.5), right, line),
        ]
        bottom = top + sheet.height - max(mm(2), _UNPRINTED - sheet.top)
        return b"".join([*out, self._name_and_address(label, left + inset, line + mm(1.2), right, bottom)])

    def _name_and_address(self, label: AddressLabel, left: Hp, top: Hp, right: Hp, bottom: Hp) -> bytes:
        setter, name, text = self._setter, label.name + _NAME_SUFFIX, f"{label.postcode}　{label.address}"
        ends = [0, *accumulate(setter.widths(text, SONG))]
        for size in _ADDRESS_SIZES:
            across = (right - left) * FULL_WIDTH // size
            lines = [text[start:end] for start, end, _ in break_lines(text, ends, across)]
            leading = min(size * 135 // 100, (bottom - top) // (len(lines) + 1))
            if setter.width(name, HEI) <= across and leading * 100 >= size * 112:
                break
        else:
            raise LabelRefused(
                f"{label.where}：收件人姓名或地址过长，放不进标签纸“{self._sheet.name}”。", "请用 --sheet 换大一些的标签纸。"
            )
        baseline = top + (leading - size) // 2 + size * 88 // 100
        out = []
        for line in lines:
            out.append(show_at(setter, line, SONG, size, left, baseline))
            baseline += leading
        return b"".join([*out, show_at(setter, name, HEI, size, left, baseline)])

    def _bars(self, code: str, left: Hp, width: Hp, top: Hp, height: Hp) -> bytes:
        """A Code 128 centred in the width with its quiet zones, as coarse as the house's or as fits."""
        bits = code128(code)
        module = min(CODE_MODULE, (width - mm(3)) // (bits.width + 2 * _QUIET))
        if module < _FINEST:
            raise LabelRefused(f"条码 {code} 放不进标签纸“{self._sheet.name}”。", "请换用大一些的标签纸。")
        wide = bits.width * module
        return bits.stencil(left + (width - wide) // 2, down(top + height), wide, height)

    def _fitting(self, text: str, face: int, size: Hp, smallest: Hp, room: Hp, code: str) -> Hp:
        """The greatest size up to ``size`` at which the text stands in one line.

        Raises:
            LabelRefused: below ``smallest``.
        """
        wide = self._setter.width(text, face)
        fits = min(size, room * FULL_WIDTH // wide) if wide else size
        if fits < smallest:
            raise LabelRefused(f"标签 {code} 上的“{text}”过长，一行放不下。", "请换用大一些的标签纸，或缩短名称。")
        return fits
