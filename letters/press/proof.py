"""Looks at finished pages as a stranger would: extracts the text, decodes the barcodes from a picture, checks the zones.

Independent of how the page was made: text and picture come from PDFium, barcodes from ZXing. Used on samples of a part
before it is kept and sealed; any finding stops the part. What is looked for on a single page is ``pageproof``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

from letters.compose.bundle import Bundle
from letters.compose.model import LetterFields
from letters.compose.render import verification_link
from letters.press.layout import Layout, read_layout
from letters.press.mark import mark_text
from letters.press.pageproof import PageSeen
from records.money import yuan


@dataclass(frozen=True, slots=True)
class ProofFinding:
    """Something on a printed page that is not as the manifest says. ``page`` from 1 in the file; ``position``: the piece's
    in the batch."""

    code: str
    page: int
    message: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class ProofPiece:
    """What must stand on the pages of one piece."""

    fields: LetterFields
    first_page: int
    printed_pages: int
    position: int
    sheets: int
    duplex: bool
    copy_no: int = 1


def check_pages(part: str | Path | bytes, bundle: Bundle, batch_no: str, pieces: Sequence[ProofPiece]) -> list[ProofFinding]:
    """Everything wrong with these pieces' pages; empty when a reader finds what the manifest says."""
    layout = read_layout(bundle.layout, bundle.envelope)
    findings: list[ProofFinding] = []
    document = pypdfium2.PdfDocument(part)
    try:
        for piece in pieces:
            if piece.first_page + piece.printed_pages - 1 > len(document):
                findings.append(ProofFinding("PAGES", piece.first_page, "印刷分册缺页", piece.position))
            else:
                findings += _piece(document, layout, batch_no, piece)
    finally:
        document.close()
    return findings


def _piece(document: pypdfium2.PdfDocument, layout: Layout, batch_no: str, piece: ProofPiece) -> list[ProofFinding]:
    findings: list[ProofFinding] = []

    def found(code: str, page: int, message: str) -> None:
        findings.append(ProofFinding(code, page, message, piece.position))

    texts = []
    for offset in range(piece.printed_pages):
        number = piece.first_page + offset
        with PageSeen(document, number) as page:
            texts.append(page.text)
            faults = [*page.glyph_faults(), *page.edge_faults(layout)]
            if offset == 0:
                faults += page.window_faults(layout.envelope)
            wanted = _expected(batch_no, piece, offset)
            if offset % (2 if piece.duplex else 1) == 0:
                faults += page.mark_faults(layout.envelope)
            faults += page.barcode_faults(wanted)
        for code, message in faults:
            found(code, number, message)
    back = piece.first_page + piece.printed_pages
    if piece.duplex and piece.printed_pages % 2:
        if back > len(document):
            found("PAGES", back, "印刷分册缺少空白背面")
        else:
            with PageSeen(document, back) as page:
                if not page.blank:
                    found("BACK_NOT_BLANK", back, "应为空白的背面印有内容")
    whole = _squeezed("".join(texts))
    for name, value in _words(piece.fields):
        if _squeezed(value) not in whole:
            found("TEXT", piece.first_page, f"页面上找不到{name}")
    return findings


def _words(fields: LetterFields) -> list[tuple[str, str]]:
    """What must be read on the pages. A letter that asks a contact to relay bears nothing of the debt."""
    debt = [] if fields.relay_for else [("合计", yuan(fields.total_fen)), ("合同编号", fields.contract_no)]
    return [
        ("姓名", fields.addressee_name), ("地址", "".join(fields.addressee_address)), ("函号", fields.letter_no),
        ("邮件号码", fields.item_no), ("核验码", fields.verification_code), ("律所", fields.firm_name), *debt,
    ]  # fmt: skip


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _expected(batch_no: str, piece: ProofPiece, offset: int) -> set[str]:
    sides = 2 if piece.duplex else 1
    wanted = set()
    if offset % sides == 0:
        wanted.add(mark_text(batch_no, piece.position, piece.copy_no, offset // sides + 1, piece.sheets))
    if offset == 0:
        wanted.add(piece.fields.item_no)
        if piece.fields.verification_url:
            wanted.add(verification_link(piece.fields))
    return wanted
