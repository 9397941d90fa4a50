"""抽件清单: which printed sheets must be taken from the tray, where they lie, and why; as a PDF or XLSX for the print room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.late import Late, late_of, note_late
from letters.batch.lookup import demand_step
from letters.batch.pulling import pull_stopped
from letters.batch.state import BatchStep
from letters.tables import Batch, Letter, LetterEvent, Piece
from records.clock import Clock

HEADERS = ("序号", "函号", "邮件号码", "分册", "起始页", "页数", "张数", "原因")


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A pulled letter that had been printed: where its sheets lie."""

    position: int
    letter_no: str
    item_no: str
    part: int
    first_page: int
    pages: int
    sheets: int
    reason: str

    def cells(self) -> tuple[object, ...]:
        """The line of the list."""
        return self.position, self.letter_no, self.item_no, self.part, self.first_page, self.pages, self.sheets, self.reason


@dataclass(frozen=True, slots=True)
class PullList:
    """What to take out, what was pulled before it was printed (nothing to take), and what is too late."""

    batch_no: str
    on_paper: tuple[OnPaper, ...]
    unprinted: tuple[str, ...]
    late: tuple[Late, ...]


def pull_list(session: Session, batch: Batch, *, actor: str, clock: Clock) -> PullList:
    """Look for what may no longer go, pull it (or record that it is too late), and list all that was pulled.

    Raises:
        WrongUsage: the batch is void.
    """
    kinds = demand_step(session, batch, BatchStep.PLANNED, "请先计划。")
    if BatchStep.HANDED_OVER in kinds:
        note_late(session, batch, actor=actor, clock=clock)
    else:
        pull_stopped(session, batch, actor=actor, clock=clock)
    session.flush()
    rows = session.execute(
        select(Letter, Piece, LetterEvent.reason)
        .join(Piece, Piece.letter_id == Letter.id)
        .join(LetterEvent, LetterEvent.letter_id == Letter.id)
        .where(Letter.batch_id == batch.id, LetterEvent.kind == "pulled")
        .order_by(Letter.position, Piece.copy_no)
    ).all()
    on_paper = [
        OnPaper(letter.position, letter.letter_no, piece.item_no, piece.part, piece.first_page or 0, piece.pages or 0, piece.sheets or 0, reason)
        for letter, piece, reason in rows
        if piece.part is not None
    ]
    unprinted = [letter.letter_no for letter, piece, _ in rows if piece.part is None]
    return PullList(batch.batch_no, tuple(on_paper), tuple(unprinted), tuple(late_of(session, batch)))


def write_pull_list(found: PullList, target: Path) -> None:
    """Write the list; a name that ends in .pdf gives a PDF, anything else a workbook."""
    if target.suffix.lower() == ".pdf":
        _write_pdf(found, target)
    else:
        _write_xlsx(found, target)


def _write_xlsx(found: PullList, target: Path) -> None:
    import xlsxwriter  # noqa: PLC0415  only a command that writes a workbook pays for it

    book = xlsxwriter.Workbook(str(target), {"in_memory": True})
    try:
        sheet = book.add_worksheet("抽件清单")
        bold = book.add_format({"bold": True})
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_column(1, 2, 30)
        sheet.set_column(7, 7, 50)
        sheet.write_string(0, 0, f"批次 {found.batch_no} 抽件清单：{len(found.on_paper)} 件", bold)
        for column, header in enumerate(HEADERS):
            sheet.write_string(2, column, header, bold)
        for row, one in enumerate(found.on_paper, start=3):
            for column, cell in enumerate(one.cells()):
                if isinstance(cell, int):
                    sheet.write_number(row, column, cell)
                else:
                    sheet.write_string(row, column, str(cell))
    finally:
        book.close()


def _write_pdf(found: PullList, target: Path) -> None:
    from reportlab.lib.pagesizes import A4, landscape  # noqa: PLC0415  as above
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: PLC0415
    from reportlab.pdfbase.pdfmetrics import registerFont  # noqa: PLC0415
    from reportlab.platypus import SimpleDocTemplate, Table, TableStyle  # noqa: PLC0415

    font = "STSong-Light"
    registerFont(UnicodeCIDFont(font))
    title = f"批次 {found.batch_no} 抽件清单：{len(found.on_paper)} 件"
    rows = [HEADERS, *([str(cell) for cell in one.cells()] for one in found.on_paper)]
    style = TableStyle([("FONT", (0, 0), (-1, -1), font, 9), ("GRID", (0, 0), (-1, -1), 0.4, "#777777"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])

    def heading(canvas: object, _document: object) -> None:
        from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

        if not isinstance(canvas, Canvas):
            raise TypeError("a canvas was expected")
        canvas.setFont(font, 13)
        canvas.drawString(36, landscape(A4)[1] - 32, title)

    document = SimpleDocTemplate(str(target), pagesize=landscape(A4), leftMargin=36, rightMargin=36, topMargin=48, bottomMargin=36, invariant=1)
    document.build([Table([list(row) for row in rows], repeatRows=1, style=style)], onFirstPage=heading, onLaterPages=heading)
