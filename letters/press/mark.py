"""The inserter mark: what the DataMatrix of each sheet says, how it is read back, and where it stands.

Format M1, ASCII, strokes between its parts: ``M1/batch/piece/copy/sheet/sheets/check``. The envelope's sheets can so be
told to be whole, in order and of one piece without a database (letter-dispatch-lessons.md §4). Sizes: ``mark.toml``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from letters.press.datamatrix import datamatrix
from letters.press.geometry import Box, Envelope, Hp, down, mm

VERSION: Final = "M1"
"""Of the format: first part of every mark. Another meaning of any part is another version."""
_FORM: Final = re.compile(r"(M[0-9])/([!-.0-~]{1,24})/([0-9]{6,7})/([0-9]{1,2})/([0-9]{1,2})/([0-9]{1,2})/([0-9]{2})")
_CHECK_MODULUS: Final = 97
"""Prime and above every place and byte difference: one wrong character or two exchanged ones always show."""
_DOTS_AN_INCH: Final = 600


class MarkUnreadable(ValueError):
    """A text that is no mark of ours. ``code``: MARK_FORM, MARK_VERSION, MARK_CHECK or MARK_COUNT; ``message`` in Chinese."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Mark:
    """Sheet ``sheet`` of ``sheets`` of copy ``copy_no`` of the piece at ``piece`` in its batch's manifest order."""

    batch_no: str
    piece: int
    copy_no: int
    sheet: int
    sheets: int

    @property
    def text(self) -> str:
        """What the DataMatrix says."""
        return mark_text(self.batch_no, self.piece, self.copy_no, self.sheet, self.sheets)


def mark_text(batch_no: str, piece: int, copy_no: int, sheet: int, sheets: int) -> str:
    """The text of a mark, check included."""
    body = f"{VERSION}/{batch_no}/{piece:06d}/{copy_no}/{sheet}/{sheets}"
    return f"{body}/{_check(body):02d}"


def _check(body: str) -> int:
    """Sum of the bytes weighted by place, modulo 97."""
    return sum(place * byte for place, byte in enumerate(body.encode("ascii"), 1)) % _CHECK_MODULUS


def read_mark(text: str) -> Mark:
    """The mark that a reader read. Exact inverse of ``mark_text``: no character is guessed.

    Raises:
        MarkUnreadable: it is none, of another version, or its check does not hold.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise MarkUnreadable("MARK_FORM", "不是装封标记")
    version, batch_no, piece, copy_no, sheet, sheets, check = found.groups()
    if version != VERSION:
        raise MarkUnreadable("MARK_VERSION", f"装封标记版本 {version} 不是 {VERSION}")
    if _check(text.rpartition("/")[0]) != int(check):
        raise MarkUnreadable("MARK_CHECK", "装封标记的校验位不符，读错了字")
    mark = Mark(batch_no, int(piece), int(copy_no), int(sheet), int(sheets))
    if not (mark.piece and mark.copy_no and 1 <= mark.sheet <= mark.sheets) or mark.text != text:
        raise MarkUnreadable("MARK_COUNT", "装封标记的张数或序号不成立")
    return mark


@dataclass(frozen=True, slots=True)
class MarkPlace:
    """Measures of the mark, in hundredths of a point."""

    module: Hp
    quiet: Hp
    left: Hp
    least_side: int
    most_side: int
    fold_distance: Hp


@lru_cache(maxsize=1)
def mark_place() -> MarkPlace:
    """The measures of ``mark.toml``."""
    raw = tomllib.loads(Path(__file__).with_name("mark.toml").read_text("utf-8"))
    module = round(raw["module_dots"] * 7200 / _DOTS_AN_INCH)
    return MarkPlace(
        module, raw["quiet_modules"] * module, mm(raw["left"]), raw["least_side"], raw["most_side"], mm(raw["fold_distance"])
    )


def _middle(window: Envelope) -> Hp:
    """Of the panel below the one that carries the window: the mark is on the inside of the folded sheet."""
    folds = window.folds
    return (folds[0] + folds[1]) // 2 if len(folds) > 1 else folds[0] + folds[0] // 2


def mark_box(window: Envelope) -> Box:
    """Where the greatest mark and its quiet zone lie: nothing else may be printed there."""
    place = mark_place()
    side = place.most_side * place.module
    top = _middle(window) - side // 2
    return Box(place.left - place.quiet, place.left + side + place.quiet, top - place.quiet, top + side + place.quiet)


def sheet_mark(text: str, window: Envelope) -> bytes:
    """The DataMatrix as PDF operators, in the left margin, between the folds and away from the window."""
    place = mark_place()
    symbol = datamatrix(text, place.least_side)
    side = symbol.width * place.module
    return symbol.stencil(place.left, down(_middle(window) + side // 2), side, side)
