"""Looks at finished pages as a stranger would: extracts the text, decodes the barcodes from a picture, checks the zones.

Independent of how the page was made: text and picture come from PDFium, barcodes from ZXing. Used on samples of a part
before it is sealed; any finding stops the part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pypdfium2
import zxingcpp

from letters.compose.bundle import Bundle
from letters.compose.model import LetterFields
from letters.compose.render import verification_link
from letters.press.furniture import mark_text
from letters.press.geometry import Box, Envelope, envelope
from records.money import yuan

PROOF_DPI: Final = 200
_TOFU: Final = frozenset("\ufffd\uffff\x00")
_SLACK: Final = 0.75
"""Points by which a glyph's box may pass the edge of a zone: side bearings."""


@dataclass(frozen=True, slots=True)
class ProofFinding:
    """Something on a printed page that is not as the manifest says. ``page`` from 1 in the file."""

    code: str
    page: int
    message: str


@dataclass(frozen=True, slots=True)
class ProofPiece:
    """What must stand on the pages of one piece."""

    fields: LetterFields
    first_page: int
    printed_pages: int
    position: int
    sheets: int
    duplex: bool


def check_pages(part: str | Path | bytes, bundle: Bundle, batch_no: str, pieces: Sequence[ProofPiece]) -> list[ProofFinding]:
    """Everything wrong with these pieces' pages; empty when a reader finds what the manifest says."""
    findings: list[ProofFinding] = []
    document = pypdfium2.PdfDocument(part)
    try:
        for piece in pieces:
            if piece.first_page + piece.printed_pages - 1 > len(document):
                findings.append(ProofFinding("PAGES", piece.first_page, "印刷分册缺页"))
                continue
            findings += _piece(document, bundle, batch_no, piece)
    finally:
        document.close()
    return findings


def _piece(document: pypdfium2.PdfDocument, bundle: Bundle, batch_no: str, piece: ProofPiece) -> list[ProofFinding]:
    fields = piece.fields
    window = envelope(bundle.envelope)
    findings: list[ProofFinding] = []
    texts = []
    for offset in range(piece.printed_pages):
        number = piece.first_page + offset
        page = document[number - 1]
        text_page = page.get_textpage()
        text = text_page.get_text_range().replace("\r\n", "\n")
        texts.append(text)
        if _TOFU & set(text):
            findings.append(ProofFinding("TOFU", number, "有字符不能还原为文字"))
        if offset == 0:
            findings += _zones(text_page, page.get_height(), window, number)
        findings += _barcodes(page, number, _expected(batch_no, piece, offset))
        text_page.close()
        page.close()
    whole = _squeezed("".join(texts))
    for name, value in (
        ("姓名", fields.addressee_name), ("地址", "".join(fields.addressee_address)), ("函号", fields.letter_no),
        ("邮件号码", fields.item_no), ("合计", yuan(fields.total_fen)), ("合同编号", fields.contract_no),
        ("核验码", fields.verification_code), ("律所", fields.firm_name),
    ):
        if _squeezed(value) not in whole:
            findings.append(ProofFinding("TEXT", piece.first_page, f"页面上找不到{name}"))
    return findings


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _expected(batch_no: str, piece: ProofPiece, offset: int) -> set[str]:
    sides = 2 if piece.duplex else 1
    wanted = set()
    if offset % sides == 0:
        wanted.add(mark_text(batch_no, piece.position, offset // sides + 1, piece.sheets))
    if offset == 0:
        wanted.add(piece.fields.item_no)
        if piece.fields.verification_url:
            wanted.add(verification_link(piece.fields))
    return wanted


def _barcodes(page: pypdfium2.PdfPage, number: int, wanted: set[str]) -> list[ProofFinding]:
    picture = page.render(scale=PROOF_DPI / 72, grayscale=True).to_numpy()
    read = {found.text for found in zxingcpp.read_barcodes(picture.reshape(picture.shape[0], picture.shape[1]))}
    out = [ProofFinding("BARCODE_UNREAD", number, f"条码读不出：{text}") for text in sorted(wanted - read)]
    return out + [ProofFinding("BARCODE_FOREIGN", number, f"多出条码：{text}") for text in sorted(read - wanted)]


def _zones(text_page: pypdfium2.PdfTextPage, height: float, window: Envelope, number: int) -> list[ProofFinding]:
    """Text in the window's leak box must lie in the safe box; nothing else may show (R-ENV-02)."""
    outside = []
    for index in range(text_page.count_chars()):
        char = text_page.get_text_range(index, 1)
        if not char.strip():
            continue
        left, bottom, right, top = text_page.get_charbox(index)
        edges = (left, right, height - top, height - bottom)
        if _meets(window.leak, edges) and not _inside(window.safe, edges):
            outside.append(char)
    if outside:
        shown = "".join(outside[:20])
        return [ProofFinding("WINDOW_LEAK", number, f"信封窗口可能露出：{shown}")]
    return []


def _meets(box: Box, edges: tuple[float, float, float, float]) -> bool:
    left, right, top, bottom = edges
    return left < box.right / 100 and right > box.left / 100 and top < box.bottom / 100 and bottom > box.top / 100


def _inside(box: Box, edges: tuple[float, float, float, float]) -> bool:
    left, right, top, bottom = edges
    return (
        left >= box.left / 100 - _SLACK and right <= box.right / 100 + _SLACK
        and top >= box.top / 100 - _SLACK and bottom <= box.bottom / 100 + _SLACK
    )
