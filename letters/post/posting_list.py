"""大宗邮件交寄清单 (manifest.xlsx): the posting list that the counter and the clerk sign. For people; never read back.

Pages with 本页小计, then 总计 in figures and 大写; a first sheet with the batch's head and the 整付零寄 summary.
Deterministic bytes: the workbook's date is the batch's, not today's. Every cell is written as text or number, so nothing
can act as a formula. Form after law-and-post.md §7b.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import xlsxwriter

from letters.post.manifest import Totals
from letters.post.model import BatchHead, ManifestPiece
from records.clock import SHANGHAI
from records.money import capital, yuan

ROWS_A_PAGE: Final = 40
PAGES_A_SHEET: Final = 1000
"""A spreadsheet program takes at most 1,023 page breaks a sheet."""
_COLUMNS: Final = ("序号", "业务产品名称", "邮件号码", "寄达局名称", "件数", "重量(g)", "总资费(元)", "收件人", "备注", "付费方式")  # fmt: skip
_WIDTHS: Final = (8, 14, 16, 24, 6, 9, 12, 14, 30, 10)


@dataclass(slots=True)
class _Sum:
    pieces: int = 0
    weight_g: int = 0
    postage_fen: int = 0

    def add(self, piece: ManifestPiece) -> None:
        self.pieces += 1
        self.weight_g += piece.weight_g
        self.postage_fen += piece.postage_fen


class _Formats:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        frame = {"border": 1, "font_name": "宋体", "font_size": 10}
        self.title = book.add_format({"bold": True, "font_size": 16, "font_name": "宋体"})
        self.plain = book.add_format({"font_name": "宋体", "font_size": 10})
        self.head = book.add_format({**frame, "bold": True, "align": "center", "bg_color": "#E8E8E8"})
        self.text = book.add_format({**frame, "num_format": "@"})
        self.whole = book.add_format({**frame, "num_format": "0"})
        self.money = book.add_format({**frame, "num_format": "#,##0.00"})
        self.sum_text = book.add_format({**frame, "bold": True, "num_format": "@"})
        self.sum_whole = book.add_format({**frame, "bold": True, "num_format": "0"})
        self.sum_money = book.add_format({**frame, "bold": True, "num_format": "#,##0.00"})


def _yuan(fen: int) -> Decimal:
    """Yuan for a number cell; its text form in the file is exact up to 15 digits."""
    return Decimal(fen).scaleb(-2)


def _sum_row(sheet: xlsxwriter.worksheet.Worksheet, row: int, label: str, total: _Sum, fmt: _Formats) -> None:
    sheet.write_string(row, 0, label, fmt.sum_text)
    for column in (1, 2, 3, 7, 8, 9):
        sheet.write_blank(row, column, None, fmt.sum_text)
    sheet.write_number(row, 4, total.pieces, fmt.sum_whole)
    sheet.write_number(row, 5, total.weight_g, fmt.sum_whole)
    sheet.write_number(row, 6, _yuan(total.postage_fen), fmt.sum_money)


class _ListWriter:
    """Writes rows onto sheets, page by page; each sheet is finished before the next begins (constant memory)."""

    def __init__(self, book: xlsxwriter.Workbook, head: BatchHead, fmt: _Formats) -> None:
        self._book, self._head, self._fmt = book, head, fmt
        self._sheets = 0
        self._row = 0
        self._pages = 0
        self._breaks: list[int] = []
        self._sheet: xlsxwriter.worksheet.Worksheet | None = None
        self._page = _Sum()
        self.total = _Sum()

    def _open(self) -> xlsxwriter.worksheet.Worksheet:
        self._sheets += 1
        sheet = self._book.add_worksheet("交寄清单" if self._sheets == 1 else f"交寄清单{self._sheets}")
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)
        sheet.set_footer("&C第 &P 页，共 &N 页")
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        head = self._head
        title = f"大宗邮件交寄清单　{head.firm_name}　{head.batch_no}　{head.product_code} {head.product_name}"
        sheet.write_string(0, 0, title, self._fmt.plain)
        for column, name in enumerate(_COLUMNS):
            sheet.write_string(1, column, name, self._fmt.head)
        self._row, self._pages, self._breaks, self._sheet = 2, 0, [], sheet
        return sheet

    def _end_page(self, *, last: bool) -> None:
        if self._sheet is None:
            return
        _sum_row(self._sheet, self._row, "本页小计", self._page, self._fmt)
        self._row += 1
        self._pages += 1
        self._page = _Sum()
        if not last:
            self._breaks.append(self._row)
            if self._pages == PAGES_A_SHEET:
                self._end_sheet()

    def _end_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.set_h_pagebreaks(self._breaks)
        self._sheet = None

    def add(self, piece: ManifestPiece) -> None:
        if self._page.pieces == ROWS_A_PAGE:
            self._end_page(last=False)
        sheet = self._sheet or self._open()
        fmt, row = self._fmt, self._row
        sheet.write_number(row, 0, piece.record_no, fmt.whole)
        sheet.write_string(row, 1, self._head.product_name, fmt.text)
        sheet.write_string(row, 2, piece.item_no, fmt.text)
        sheet.write_string(row, 3, piece.office_name, fmt.text)
        sheet.write_number(row, 4, 1, fmt.whole)
        sheet.write_number(row, 5, piece.weight_g, fmt.whole)
        sheet.write_number(row, 6, _yuan(piece.postage_fen), fmt.money)
        sheet.write_string(row, 7, piece.recipient_name, fmt.text)
        sheet.write_string(row, 8, piece.remark, fmt.text)
        sheet.write_string(row, 9, self._head.pay_method, fmt.text)
        self._row += 1
        self._page.add(piece)
        self.total.add(piece)

    def finish(self) -> None:
        sheet = self._sheet or self._open()
        self._end_page(last=True)
        _sum_row(sheet, self._row, "总计", self.total, self._fmt)
        words = f"总资费：{yuan(self.total.postage_fen)} 元　大写：{capital(self.total.postage_fen)}"
        sheet.write_string(self._row + 1, 0, words, self._fmt.plain)
        sheet.write_string(self._row + 3, 0, "营业员：　　　　　　台席：　　　　　　交寄时间：", self._fmt.plain)
        self._end_sheet()


def _summary(sheet: xlsxwriter.worksheet.Worksheet, head: BatchHead, totals: Totals, fmt: _Formats) -> None:
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 5, 22)
    sheet.write_string(0, 0, "大宗邮件交寄清单", fmt.title)
    cut_off = head.cut_off_at.astimezone(SHANGHAI)
    facts = (
        ("批次号", head.batch_no),
        ("大宗用户编号", head.customer_no),
        ("用户名称", head.firm_name),
        ("单位地址", head.firm_address),
        ("协议号", head.agreement_no),
        ("收寄单位", head.partner_name),
        ("交寄日期", f"{cut_off:%Y-%m-%d}"),
        ("业务产品", f"{head.product_code} {head.product_name}"),
        ("付费方式", head.pay_method),
        ("号段起止", f"{totals.first_item_no} — {totals.last_item_no}"),
        ("件数", f"{totals.pieces}"),
        ("总张数", f"{totals.sheets}"),
        ("总重(g)", f"{totals.weight_g}"),
        ("总资费(元)", yuan(totals.postage_fen)),
        ("总资费大写", capital(totals.postage_fen)),
        ("校验合计", f"{totals.control}"),
    )
    for row, (name, value) in enumerate(facts, start=2):
        sheet.write_string(row, 0, name, fmt.head)
        sheet.write_string(row, 1, value, fmt.text)
    row = len(facts) + 3
    sheet.write_string(row, 0, "整付零寄交寄汇总清单", fmt.title)
    for column, name in enumerate(("邮件种类", "件数", "重量(g)", "邮费(元)", "共计邮费(元)")):
        sheet.write_string(row + 1, column, name, fmt.head)
    sheet.write_string(row + 2, 0, head.product_name, fmt.text)
    sheet.write_number(row + 2, 1, totals.pieces, fmt.whole)
    sheet.write_number(row + 2, 2, totals.weight_g, fmt.whole)
    sheet.write_number(row + 2, 3, _yuan(totals.postage_fen), fmt.money)
    sheet.write_number(row + 2, 4, _yuan(totals.postage_fen), fmt.money)
    sheet.write_string(row + 3, 0, f"总计大写：{capital(totals.postage_fen)}", fmt.plain)
    sheet.write_string(row + 5, 0, "经办人：　　　　　　营业员：　　　　　　交寄时间：", fmt.plain)


def write_posting_list(path: Path, head: BatchHead, pieces: Iterable[ManifestPiece], totals: Totals) -> None:
    """Write the workbook for ``pieces`` in manifest order; ``totals`` are those of the manifest just written.

    Raises:
        ValueError: when the pieces do not sum up to ``totals``: the two files of one batch would contradict each other.
    """
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "tmpdir": str(path.parent),  # the rows are personal data: they stay on the workspace's disk
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    created = head.created_at.astimezone(SHANGHAI).replace(tzinfo=None)
    book.set_properties({"title": f"大宗邮件交寄清单 {head.batch_no}", "author": head.firm_name, "created": created})
    fmt = _Formats(book)
    _summary(book.add_worksheet("汇总"), head, totals, fmt)
    writer = _ListWriter(book, head, fmt)
    for piece in pieces:
        writer.add(piece)
    writer.finish()
    book.close()
    total = writer.total
    if (total.pieces, total.weight_g, total.postage_fen) != (totals.pieces, totals.weight_g, totals.postage_fen):
        raise ValueError("the posting list does not sum up to the manifest")
