"""The manifest of a sealed batch as CSV: written strictly, read back exactly, checked row by row.

Columns: those of the bulk-import template 大宗导入模板 first, in its order and with its names, then the system's
(law-and-post.md §7b). UTF-8 with BOM and CRLF, because people open it in a spreadsheet. A value that does not fit its
column is a problem and stops the piece; nothing is ever cut silently (GOV.UK Notify cut address lines at 45 characters).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Final, TextIO

from letters.post.model import ManifestPiece
from letters.post.numbers import formats_of
from letters.post.products import is_postcode
from records.errors import UnreadableInput

PREPAID: Final = "贴票"
"""付费方式 in which the template wants the stamps' value in 已贴票金额."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    field: str | None
    """Field of ``ManifestPiece``; None = filled by rule, see ``_row``."""
    limit: int = 0
    """Greatest number of characters; 0 = no limit in the template."""


TEMPLATE_COLUMNS: Final = (
    _Column("记录序号", "record_no"),
    _Column("用户自编号", "own_no"),
    _Column("邮件号码", "item_no"),
    _Column("寄达局邮编", "office_postcode", 8),
    _Column("寄达局名称", "office_name", 20),
    _Column("收件人姓名", "recipient_name", 20),
    _Column("收件人地址", "recipient_address", 120),
    _Column("收件人电话", "recipient_phone"),
    _Column("重量", "weight_g"),
    _Column("单件重量", None),
    _Column("邮件备注", "remark"),
    _Column("内件名称", "item_name", 60),
    _Column("大客户编号", None),
    _Column("封发标志", None),
    _Column("已贴票金额", None),
)
SYSTEM_COLUMNS: Final = (
    _Column("postage_fen", "postage_fen"),
    _Column("batch_no", "batch_no"),
    _Column("case_no", "case_token"),
    _Column("letter_no", "letter_no"),
    _Column("letter_sha256", "letter_sha256"),
    _Column("template_ver", "template"),
    _Column("pages", "pages"),
    _Column("sheets", "sheets"),
    _Column("envelope", "envelope"),
    _Column("lawyer_id", "lawyer_code"),
    _Column("release_token", "release_token"),
    _Column("address_id", "address_token"),
    _Column("address_source", "address_source"),
    _Column("address_rank_score", "address_score"),
    _Column("firm_id", "firm_code"),
    _Column("client_id", "lender_code"),
    _Column("part", "part"),
    _Column("first_page", "first_page"),
    _Column("sort_bag", "sort_bag"),
    _Column("print_line", None),
    _Column("insert_check", None),
)
"""print_line and insert_check are empty at hand-over: the plant writes which line inserted the piece, and its result."""

COLUMNS: Final = TEMPLATE_COLUMNS + SYSTEM_COLUMNS
HEADER: Final = tuple(column.name for column in COLUMNS)
_FIELDS: Final = tuple((column, column.field) for column in COLUMNS if column.field is not None)
_INTEGERS: Final = frozenset(f.name for f in fields(ManifestPiece) if f.type == "int")
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_HARMLESS_NUMBER: Final = re.compile(r"[+-]?\d[\d .-]*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ufeff\ud800-\udfff]")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PieceProblem:
    """Why a piece can't stand in a manifest: stable ``code``, the ``column``'s name, a Chinese ``message``."""

    code: str
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the rows of a manifest; equal to the sum of the rows by construction. ``control`` see ``control_of``."""

    pieces: int = 0
    pages: int = 0
    sheets: int = 0
    weight_g: int = 0
    postage_fen: int = 0
    control: int = 0
    first_item_no: str = ""
    last_item_no: str = ""

    def plus(self, piece: ManifestPiece) -> Totals:
        """These totals with one more row."""
        return Totals(
            self.pieces + 1,
            self.pages + piece.pages,
            self.sheets + piece.sheets,
            self.weight_g + piece.weight_g,
            self.postage_fen + piece.postage_fen,
            (self.control + control_of(piece)) % CONTROL_MODULUS,
            self.first_item_no or piece.item_no,
            piece.item_no,
        )


CONTROL_MODULUS: Final = 10**15


def control_of(piece: ManifestPiece) -> int:
    """A row's share of the control total: record number × (the item number's digits as an integer), summed modulo 10¹⁵.

    A partner can recompute it in a spreadsheet program; a lost, changed or exchanged row changes it.
    """
    return piece.record_no * int("".join(c for c in piece.item_no if c in "0123456789") or "0") % CONTROL_MODULUS


@lru_cache(maxsize=512)
def _value_problems(column: _Column, value: str | int) -> tuple[PieceProblem, ...]:
    """Kept for the values last seen: half of a manifest's columns say the same in every row."""
    return tuple(_problems_of(column, value))


def _problems_of(column: _Column, value: str | int) -> Iterator[PieceProblem]:
    name = column.name
    if isinstance(value, int):
        if value < (0 if column.field == "postage_fen" else 1):
            yield PieceProblem("NOT_POSITIVE", name, f"{name}应为正整数，现为 {value}")
        return
    if column.limit and len(value) > column.limit:
        message = f"{name}最多 {column.limit} 个字，现有 {len(value)} 个字，不得截断"
        yield PieceProblem("TOO_LONG", name, message)
    if _CONTROL.search(value):
        yield PieceProblem("CONTROL_CHARACTER", name, f"{name}含有换行或不可见的控制字符")
    elif value != value.strip():
        yield PieceProblem("OUTER_SPACE", name, f"{name}首尾有空格")
    if _FORMULA.match(value) and not _HARMLESS_NUMBER.fullmatch(value):
        yield PieceProblem("FORMULA", name, f"{name}以 {value[0]} 开头，表格软件会当作公式")


def piece_problems(piece: ManifestPiece) -> tuple[PieceProblem, ...]:
    """Everything that keeps a piece out of a manifest; empty when it is fit."""
    found: list[PieceProblem] = []
    for column, field in _FIELDS:
        problems = _value_problems(column, getattr(piece, field))
        if problems:
            found += problems
    for name, text in (
        ("收件人姓名", piece.recipient_name),
        ("收件人地址", piece.recipient_address),
        ("收件人电话", piece.recipient_phone),
        ("寄达局名称", piece.office_name),
        ("内件名称", piece.item_name),
    ):
        if not text:
            found.append(PieceProblem("EMPTY", name, f"{name}不能为空"))
    if not formats_of(piece.item_no):
        found.append(PieceProblem("BAD_ITEM_NO", "邮件号码", f"邮件号码 {piece.item_no} 不符合任何号码格式"))
    if not is_postcode(piece.office_postcode):
        found.append(PieceProblem("BAD_POSTCODE", "寄达局邮编", f"寄达局邮编 {piece.office_postcode} 不是六位数字"))
    if not _SHA256.fullmatch(piece.letter_sha256):
        found.append(PieceProblem("BAD_HASH", "letter_sha256", "函件哈希不是 64 位十六进制"))
    return tuple(found)


_Rower = Callable[[ManifestPiece], list[str | int]]


def _rower(customer_no: str, pay_method: str) -> _Rower:
    prepaid = pay_method == PREPAID

    def row(p: ManifestPiece) -> list[str | int]:
        stamps = f"{p.postage_fen // 100}.{p.postage_fen % 100:02d}" if prepaid else ""
        return [
            p.record_no, p.own_no, p.item_no, p.office_postcode, p.office_name, p.recipient_name, p.recipient_address,
            p.recipient_phone, p.weight_g, p.weight_g, p.remark, p.item_name, customer_no, "", stamps,
            p.postage_fen, p.batch_no, p.case_token, p.letter_no, p.letter_sha256, p.template, p.pages, p.sheets,
            p.envelope, p.lawyer_code, p.release_token, p.address_token, p.address_source, p.address_score,
            p.firm_code, p.lender_code, p.part, p.first_page, p.sort_bag, "", "",
        ]  # fmt: skip

    return row


def write_rows(
    out: TextIO, pieces: Iterable[ManifestPiece], *, customer_no: str, pay_method: str
) -> Iterator[ManifestPiece]:
    """Write header and rows to ``out`` (opened with ``newline=""``), giving each piece on once its row is written.

    Streams: what the caller sums up is what was written. Problems are the caller's to ask for (``piece_problems``).
    """
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    row = _rower(customer_no, pay_method)
    for piece in pieces:
        writer.writerow(row(piece))
        yield piece


def read_rows(lines: Iterable[str]) -> Iterator[ManifestPiece]:
    """The pieces of a manifest's text lines, exact inverse of ``write_rows``.

    Raises:
        UnreadableInput: when the header is another one, or a row has other columns or a number that is none; the
            message says which row.
    """
    reader = csv.reader(lines)
    header = next(reader, None)
    if header is None or tuple(name.removeprefix("\ufeff") for name in header) != HEADER:
        raise UnreadableInput("交寄清单的表头不是本系统的格式", "请确认文件是封装批次中的 manifest.csv")
    plan = [
        (index, column.field, column.field in _INTEGERS)
        for index, column in enumerate(COLUMNS)
        if column.field is not None
    ]
    for number, cells in enumerate(reader, start=2):
        if len(cells) != len(COLUMNS):
            raise UnreadableInput(f"交寄清单第 {number} 行应有 {len(COLUMNS)} 列，实有 {len(cells)} 列")
        values: dict[str, str | int] = {}
        for index, field, is_integer in plan:
            cell = cells[index]
            if is_integer:
                if not (cell.isascii() and cell.isdigit()):
                    raise UnreadableInput(f"交寄清单第 {number} 行的{COLUMNS[index].name}不是整数：{cell}")
                values[field] = int(cell)
            else:
                values[field] = cell
        yield ManifestPiece(**values)  # type: ignore[arg-type]  # the plan gives each field its own type


def read_manifest(path: Path) -> Iterator[ManifestPiece]:
    """The pieces of a manifest file, streamed.

    Raises:
        UnreadableInput: as ``read_rows``, and when the file is not UTF-8.
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        try:
            yield from read_rows(lines)
        except UnicodeDecodeError as fault:
            raise UnreadableInput("交寄清单不是 UTF-8 编码") from fault
