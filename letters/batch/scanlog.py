"""Reads the inserter's scan log: CSV, TXT or a workbook of marks in the order in which they were read. No database.

Header or none, Chinese or English names, UTF-8, UTF-16 or GB18030. What can't be read as a mark stays a reading with its
code and row: the sheet was there. Format: docs/print-control.md.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Final

from letters.batch.envelopes import Reading, RowFault
from letters.post.answer_table import Damaged, Numbered, csv_records, encoding_of, sheet_records
from letters.press.mark import MarkUnreadable, read_mark
from records.clock import SHANGHAI
from records.errors import UnreadableInput

LARGEST_LOG: Final = 256 << 20
"""Bytes; a log line of a sheet has some 60."""
_HEADER_WITHIN: Final = 20
_WORKBOOKS: Final = frozenset({".xlsx", ".xls", ".xlsm", ".ods"})
_NAMES: Final = {
    "mark": ("mark", "barcode", "code", "data", "datamatrix", "read", "标记", "装封标记", "条码", "二维码", "读码", "读码内容", "扫描内容", "内容"),
    "time": ("time", "timestamp", "datetime", "scanned_at", "时间", "扫描时间", "读码时间", "日期时间"),
    "date": ("date", "日期", "扫描日期"),
    "envelope": ("envelope", "envelope_no", "set", "set_no", "信封", "信封号", "信封序号", "装封序号", "封号"),
    "other": ("no", "seq", "sequence", "station", "camera", "line", "result", "status", "序号", "工位", "机台", "镜头", "线号", "结果", "状态", "备注"),
}  # fmt: skip
_COLUMN_OF: Final = {name: column for column, names in _NAMES.items() for name in names}
_AIM: Final = re.compile(r"^\][a-zA-Z][0-9a-zA-Z]")
"""Symbology identifier that some readers put before the text (ISO/IEC 15424): ``]d1``."""
_NO_READ: Final = re.compile(r"(no[\s_-]*read|unread(able)?|error|err|fail(ed)?|nan|null|none|ng|[?*#x-]+|读码失败|未读出?|读不出|空)?", re.IGNORECASE)
_MARK_LIKE: Final = re.compile(r"M\d/.+/")
_DAY: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_HOUR: Final = re.compile(r"(\d{1,2}):?(\d{2}):?(\d{2})(?:[.,:](\d{1,6}))?")
_CLOCK_STEP: Final = timedelta(seconds=2)
"""Two cameras of one machine may differ by so much; a log that goes back further is not in the order of reading."""
_MIDNIGHT: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class ScanLog:
    """A log as read."""

    readings: tuple[Reading, ...]
    numbered: bool
    """Whether it numbers the envelopes."""
    repeated: int
    """Rows left out because they are the very same reading written twice (same cells, time to the fraction of a second)."""
    bad_times: tuple[RowFault, ...]
    """Rows whose time can't be read; their marks count."""
    unknown_columns: tuple[str, ...]


def read_log(path: Path) -> ScanLog:
    """The readings of a log.

    Raises:
        UnreadableInput: it can't be opened, has no mark at all, or is not in the order of reading.
    """
    size = path.stat().st_size
    if not 0 < size <= LARGEST_LOG:
        raise UnreadableInput(f"扫描记录 {path.name} 为空或超过 {LARGEST_LOG >> 20} MB。", "请核对文件，或分成几份导出。")
    reader = _Reader(path.name)
    if path.suffix.lower() in _WORKBOOKS:
        for name, rows in sheet_records(path):
            reader.read(name, rows)
    else:
        with _plain(path) as text:
            reader.read("", csv_records(text, encoding_of(text)))
    return reader.finish()


@contextmanager
def _plain(path: Path) -> Iterator[Path]:
    """The file, or a UTF-8 copy of one in UTF-16."""
    with path.open("rb") as stream:
        mark = stream.read(2)
    if mark not in (b"\xff\xfe", b"\xfe\xff"):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        with path.open(encoding="utf-16", errors="replace", newline="") as source, copy.open("w", encoding="utf-8", newline="") as out:
            while block := source.read(1 << 20):
                out.write(block)
        yield copy


class _Reader:
    """Readings of one file, sheet after sheet."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._readings: list[Reading] = []
        self._numbered: set[bool] = set()
        self._unknown: dict[str, None] = {}
        self._bad_times: list[RowFault] = []
        self._repeated = 0
        self._last_at: datetime | None = None
        self._last_cells: tuple[str, ...] = ()

    def read(self, sheet: str, rows: Iterator[Numbered]) -> None:
        head = list(islice(rows, _HEADER_WITHIN))
        columns, start = self._columns(head)
        if columns is None:
            if not any(_MARK_LIKE.search(cell) for _, record in head if not isinstance(record, Damaged) for cell in _cells(record)):
                return  # a sheet without marks: notes, a summary
            columns = {}
        header = _cells(head[start - 1][1]) if start else ()
        before = len(self._readings)
        for number, record in chain(head[start:], rows):
            if isinstance(record, Damaged):
                self._readings.append(Reading(number, None, record.code, record.what, sheet=sheet))
                continue
            cells = _cells(record)
            if any(cells) and cells != header:
                self._row(sheet, number, record, cells, columns)
        if len(self._readings) > before:
            self._numbered.add("envelope" in columns)

    def _columns(self, head: Sequence[Numbered]) -> tuple[dict[str, int] | None, int]:
        """Columns by meaning and how many rows stand above the data; None when there is no header."""
        for above, (_, record) in enumerate(head, start=1):
            if isinstance(record, Damaged):
                continue
            found: dict[str, int] = {}
            unknown = []
            for index, cell in enumerate(_cells(record)):
                meaning = _COLUMN_OF.get(re.sub(r"[\s（(].*$", "", cell).lower())
                if meaning and meaning not in found:
                    found[meaning] = index
                elif cell and not meaning:
                    unknown.append(cell)
            if "mark" in found:
                self._unknown |= dict.fromkeys(unknown)
                return found, above
        return None, 0

    def _row(self, sheet: str, number: int, record: Sequence[object], cells: tuple[str, ...], columns: dict[str, int]) -> None:
        if columns:
            text = _at(cells, columns.get("mark"))
            envelope = _at(cells, columns.get("envelope"))
        else:
            text, envelope = next((cell for cell in cells if _MARK_LIKE.search(cell)), cells[0] if len(cells) == 1 else ""), ""
        moment, dated = self._time(sheet, number, record, cells, columns)
        if moment is not None and moment.microsecond and cells == self._last_cells:
            self._repeated += 1
            return
        self._last_cells = cells
        at = moment if dated else None
        text = _AIM.sub("", text)
        if _NO_READ.fullmatch(text):
            self._readings.append(Reading(number, None, "NO_READ", "没有读出标记", envelope, at, sheet))
            return
        try:
            self._readings.append(Reading(number, read_mark(text), envelope=envelope, at=at, sheet=sheet))
        except MarkUnreadable as fault:
            self._readings.append(Reading(number, None, fault.code, fault.message, envelope, at, sheet))

    def _time(
        self, sheet: str, number: int, record: Sequence[object], cells: tuple[str, ...], columns: dict[str, int]
    ) -> tuple[datetime | None, bool]:
        """The row's moment, and whether its day is known: a clock's time alone is only good for the order."""
        index = columns.get("time") if columns else next((i for i, cell in enumerate(cells) if ":" in cell), None)
        if index is None or index >= len(cells) or not cells[index]:
            return None, False
        day_index = columns.get("date")
        given = _instant(record[index], record[day_index] if day_index is not None and day_index < len(record) else None)
        if given is None:
            self._bad_times.append(RowFault(number, "BAD_TIME", "时间无法识别", sheet))
            return None, False
        at, dated = given
        last = self._last_at
        if last is not None and not dated:
            at = datetime.combine(last.date(), at.timetz())
            if last - at > _MIDNIGHT:
                at += timedelta(days=1)
        if last is not None and last - at > _CLOCK_STEP:
            raise UnreadableInput(
                f"扫描记录 {self._name} 第 {number} 行的时间早于上一行，不是按扫描先后排列。", "请从装封机按扫描先后重新导出，不要排序。"
            )
        self._last_at = at if last is None else max(at, last)
        return at, dated

    def finish(self) -> ScanLog:
        if not any(reading.mark for reading in self._readings):
            raise UnreadableInput(f"扫描记录 {self._name} 里没有一个装封标记。", "请核对文件：每行应有一个形如 M1/批次/件/份/张/共几张/校验 的标记。")
        if len(self._numbered) > 1:
            raise UnreadableInput(f"扫描记录 {self._name} 的工作表有的写信封号，有的没有。", "请把各表分别导出为文件后逐个导入。")
        return ScanLog(
            tuple(self._readings), self._numbered == {True}, self._repeated, tuple(self._bad_times), tuple(self._unknown)
        )


def _cells(record: Sequence[object] | Damaged) -> tuple[str, ...]:
    return () if isinstance(record, Damaged) else tuple(_text(cell) for cell in record)


def _text(cell: object) -> str:
    """A cell without the marks of its writer: width forms, control signs, quotes, the .0 of a whole number."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell)
    if text.isascii() and text.isprintable():
        return text.strip().strip("'\"")
    text = unicodedata.normalize("NFKC", text)
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf")).strip().strip("'\"")


def _at(cells: tuple[str, ...], index: int | None) -> str:
    return cells[index] if index is not None and index < len(cells) else ""


def _instant(cell: object, day_cell: object) -> tuple[datetime, bool] | None:
    """The moment and whether its day is told; None when it is none."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=cell.tzinfo or SHANGHAI), True
    text = cell.isoformat() if isinstance(cell, time) else _text(cell)
    day_text = day_cell.isoformat()[:10] if isinstance(day_cell, date) else _text(day_cell)
    try:
        if not day_text:
            try:
                at = datetime.fromisoformat(text)
                return at.replace(tzinfo=at.tzinfo or SHANGHAI).astimezone(SHANGHAI), True
            except ValueError:
                pass
        found = _DAY.match(day_text or text)
        day = date(*map(int, found.groups())) if found and (day_text or found.end() >= 8) else None
        rest = text if day_text or day is None or found is None else text[found.end() :]
        hour = _HOUR.fullmatch(rest.strip(" T"))
        if hour is None:
            return None
        micro = int((hour[4] or "").ljust(6, "0"))
        moment = time(int(hour[1]), int(hour[2]), int(hour[3]), micro, SHANGHAI)
        return datetime.combine(day or date(2000, 1, 1), moment), day is not None
    except ValueError:
        return None
