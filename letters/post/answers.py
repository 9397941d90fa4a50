"""Answers from the post: any file that comes back, told apart by its form and read row by row. No database.

Each row becomes an event, an acknowledgement line, or a quarantined row with a code, its row number and its content; one
bad row never loses a good one, and a file that breaks off gives what stood before the break. Memory stays flat for CSV
and JSON. Formats: docs/post-answers.md.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Final

from letters.post.answer_forms import (
    AckLine,
    AnswerForm,
    BadRow,
    Columns,
    ack_line,
    columns_of,
    missing_columns,
    open_event,
    push_event,
    text_of,
)
from letters.post.answer_table import Damaged, Numbered, Record, csv_records, encoding_of, sheet_records
from letters.post.codes import CodeTable
from letters.post.jsonrows import BrokenOff, JsonRows
from letters.post.model import PostEvent
from records.clock import SHANGHAI
from records.errors import UnreadableInput

_HEADER_WITHIN: Final = 20
"""Title rows that may stand above the header."""
_ARRAY_KEYS: Final = frozenset({"listexpressmail", "traces", "events", "lines", "acknowledgement"})
_SEQUENCE_IN_NAME: Final = re.compile(r"[-_]S([0-9]{1,12})(?=\.|$)")
_CLOCK_SLACK: Final = timedelta(days=1)
LARGEST: Final = 512 << 20
"""Bytes of an answer file: a year's events of a million items."""
_NOT_READ: Final = frozenset(
    {"BAD_DATE", "BAD_ITEM_NO", "BAD_EFFECT", "BAD_COLUMNS", "BAD_QUOTING", "BAD_ENCODING", "BROKEN_OFF", "NOT_A_ROW", "TOO_LONG"}
)  # fmt: skip
"""Rows that the sender must send again; the others are kept here and replayed once they can be understood."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that could not be taken. ``content`` is JSON: ``{"form", "values"}`` to be replayed, or ``{"raw"}``."""

    code: str
    row: int
    what: str
    content: str


Answer = PostEvent | AckLine | Quarantined


def event_digest(event: PostEvent) -> bytes:
    """SHA-256 of what an event says. The serial is left out: the same event sent again bears another one."""
    parts = (
        event.item_no, event.occurred_at.astimezone(SHANGHAI).isoformat(), event.office, event.action,
        event.proper_delivery, event.not_proper_delivery, event.description, "1" if event.effective else "0",
    )  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


class AnswerFile:
    """One opened answer file: what it is, and its rows by iteration (once; ``numbered`` gives their row numbers too).

    ``counts`` grows while iterating: ``events``, ``accepted``, ``refused``, ``quarantined`` and ``quarantined:CODE``.
    """

    def __init__(
        self,
        name: str,
        form: AnswerForm,
        rows: Iterator[tuple[int, Answer]],
        *,
        sequence: int | None,
        unknown_columns: Iterable[str],
        header: Mapping[str, str],
        latest: datetime | None,
    ) -> None:
        self.header = header
        """Field → column or key as found in the file."""
        self.latest = latest
        """Events after this instant are quarantined; None = not checked."""
        self.name = name
        self.form = form
        self.sequence = sequence
        self._unknown_columns = unknown_columns
        self.counts: Counter[str] = Counter()
        self._rows = rows

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """Headers or keys that are none of ours: reported, never absorbed. In JSON they may turn up row by row."""
        return tuple(self._unknown_columns)

    @property
    def kind(self) -> str:
        """``acknowledgement`` or ``events``."""
        return "acknowledgement" if self.form is AnswerForm.ACKNOWLEDGEMENT else "events"

    def __iter__(self) -> Iterator[Answer]:
        return (row for _, row in self.numbered())

    def numbered(self) -> Iterator[tuple[int, Answer]]:
        """The rows with their row numbers in the file; a quarantined row bears the same number as here."""
        for number, row in self._rows:
            if isinstance(row, PostEvent):
                self.counts["events"] += 1
            elif isinstance(row, AckLine):
                self.counts["accepted" if row.accepted else "refused"] += 1
            else:
                self.counts["quarantined"] += 1
                self.counts[f"quarantined:{row.code}"] += 1
            yield number, row


def demand_not_future(event: PostEvent, latest: datetime | None) -> None:
    """Refuse an event from after its file came.

    Raises:
        BadRow: DATE_IN_FUTURE.
    """
    if latest is not None and event.occurred_at > latest:
        raise BadRow("DATE_IN_FUTURE", f"轨迹时间晚于收到文件的时间：{event.occurred_at:%Y-%m-%d %H:%M:%S}")


class _Reader:
    """Reads rows of one form; faults become quarantined rows."""

    def __init__(self, form: AnswerForm, table: CodeTable, received_at: datetime | None) -> None:
        self._form = form
        self._table = table
        self.latest = received_at + _CLOCK_SLACK if received_at else None

    def read(self, row: int, values: Mapping[str, str]) -> Answer:
        try:
            if self._form is AnswerForm.ACKNOWLEDGEMENT:
                return ack_line(values)
            event = (push_event if self._form is AnswerForm.PUSH else open_event)(values, self._table)
            demand_not_future(event, self.latest)
        except BadRow as fault:
            content = json.dumps({"form": self._form, "values": dict(values)}, ensure_ascii=False, sort_keys=True)
            return Quarantined(fault.code, row, fault.what, content)
        return event


def _raw(code: str, row: int, what: str, text: str) -> Quarantined:
    return Quarantined(code, row, what, json.dumps({"raw": text}, ensure_ascii=False))


def _blank(record: Record) -> bool:
    return not isinstance(record, Damaged) and not any(cell not in (None, "") for cell in record)


def _found_header(
    records: Iterator[Numbered], aliases: Mapping[str, str] | None, seen: list[Sequence[object]]
) -> Columns | None:
    for _ in range(_HEADER_WITHIN):
        numbered = next(records, None)
        if numbered is None:
            return None
        _, record = numbered
        if not isinstance(record, Damaged):
            columns = columns_of(record, aliases)
            if columns is not None:
                return columns
            seen.append(record)
    return None


def _values(record: Record, columns: Columns, row: int) -> Mapping[str, str] | Quarantined:
    if isinstance(record, Damaged):
        return _raw(record.code, row, record.what, record.content)
    if len(record) < columns.width or any(cell not in (None, "") for cell in record[columns.width :]):
        text = json.dumps([text_of("", cell) for cell in record], ensure_ascii=False)
        return _raw("BAD_COLUMNS", row, f"应有 {columns.width} 列，实有 {len(record)} 列", text)
    return {field: text_of(field, record[index]) for index, field in columns.fields}


def _table_answers(
    name: str, columns: Columns, records: Iterator[Numbered], table: CodeTable, received_at: datetime | None
) -> AnswerFile:
    reader = _Reader(columns.form, table, received_at)
    sequence: int | None = None

    def rows() -> Iterator[tuple[int, Answer]]:
        for number, record in records:
            if _blank(record):
                continue
            values = _values(record, columns, number)
            yield number, values if isinstance(values, Quarantined) else reader.read(number, values)

    first = next(((n, r) for n, r in records if not _blank(r)), None)
    if first is not None:
        values = _values(first[1], columns, first[0])
        if not isinstance(values, Quarantined):
            sequence = _sequence(values.get("sequence", ""))
        records = chain([first], records)
    return AnswerFile(
        name, columns.form, rows(), sequence=sequence or _sequence_of_name(name), unknown_columns=columns.unknown,
        header=columns.header, latest=reader.latest,
    )  # fmt: skip


def _sequence(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _sequence_of_name(name: str) -> int | None:
    match = _SEQUENCE_IN_NAME.search(name)
    return int(match[1]) if match else None


def _json_text(path: Path) -> io.TextIOWrapper:
    for encoding in ("utf-8-sig", "gb18030"):
        whole = bad = 0
        with path.open(encoding=encoding, errors="replace") as text:
            while block := text.read(1 << 20):
                bad += block.count("\ufffd")
                whole += 0 if block.isascii() else sum(char > "\x7f" for char in block)
        # Mostly well-formed UTF-8 is UTF-8 with damage: GB18030 would read it all, and read it wrong.
        if bad * 2 < whole or not bad:
            return path.open(encoding=encoding, errors="backslashreplace" if bad else "strict")
    return path.open(encoding="utf-8-sig", errors="backslashreplace")


def _json_answers(
    path: Path, table: CodeTable, aliases: Mapping[str, str] | None, received_at: datetime | None
) -> AnswerFile:
    text = _json_text(path)
    try:
        source = JsonRows(text, _ARRAY_KEYS)
        pending = iter(source)
        held: list[dict[str, object] | str] = []
        columns = None
        for row in pending:
            held.append(row)
            if isinstance(row, dict):
                columns = columns_of([*row, *source.head], aliases)
                break
    except BrokenOff as fault:
        text.close()
        raise UnreadableInput(f"{path.name} 不完整，其中没有一条完整的记录", "请合作方重新发送") from fault
    if columns is None:
        text.close()
        raise _unknown_form(path, [[*row, *source.head] for row in held[:1] if isinstance(row, dict)], aliases)
    reader = _Reader(columns.form, table, received_at)
    head = {key: value for key, value in source.head.items() if not isinstance(value, (dict, list))}
    unknown: dict[str, None] = dict.fromkeys(columns.unknown)
    shapes: dict[tuple[str, ...], Columns | None] = {}

    def read(number: int, row: dict[str, object] | str) -> Answer:
        if isinstance(row, str):
            return _raw("NOT_A_ROW", number, "不是一条完整的记录", row)
        whole = {**head, **row}
        shape = tuple(whole)
        if shape not in shapes:
            shapes[shape] = columns_of(shape, aliases)
        found = shapes[shape]
        if found is None or found.form is not columns.form:
            return _raw("BAD_COLUMNS", number, "缺少必需的字段", json.dumps(row, ensure_ascii=False))
        unknown.update(dict.fromkeys(found.unknown))
        cells = list(whole.values())
        return reader.read(number, {field: text_of(field, cells[index]) for index, field in found.fields})

    def rows() -> Iterator[tuple[int, Answer]]:
        number = 0
        try:
            for row in chain(held, pending):
                number += 1
                yield number, read(number, row)
        except BrokenOff as fault:
            number += 1
            yield number, _raw("BROKEN_OFF", number, "文件从这里起不完整", fault.content)
        finally:
            text.close()

    sequence = _sequence(text_of("sequence", source.head.get("sequence")))
    return AnswerFile(
        path.name, columns.form, rows(), sequence=sequence or _sequence_of_name(path.name), unknown_columns=unknown,
        header=columns.header, latest=reader.latest,
    )  # fmt: skip


_FORM_NAMES: Final = {AnswerForm.PUSH: "推送格式", AnswerForm.OPEN: "开放平台格式", AnswerForm.ACKNOWLEDGEMENT: "回执格式"}


def _unknown_form(path: Path, seen: Iterable[Sequence[object]] = (), aliases: Mapping[str, str] | None = None) -> UnreadableInput:
    advice = "列名应为推送格式、开放平台格式或回执格式之一，见 docs/post-answers.md"
    found, form, missing = max((missing_columns(row, aliases) for row in seen), default=(0, AnswerForm.PUSH, ()))
    if found and missing:
        advice = (
            f"最接近{_FORM_NAMES[form]}，缺少列：{'、'.join(missing)}。列名不同的，请用 handa partner profile save 保存对应关系"
            "（字段见 docs/post-answers.md）"
        )
    elif found:
        advice = f"最接近{_FORM_NAMES[form]}，但有两列对应同一字段，请删去一列或在列对应方案中标为 ignore"
    return UnreadableInput(f"{path.name} 不是回执，也不是投递结果", advice)


def read_answers(
    path: Path,
    table: CodeTable,
    *,
    aliases: Mapping[str, str] | None = None,
    received_at: datetime | None = None,
) -> AnswerFile:
    """Open an answer file (CSV, XLSX/XLS/ODS, JSON) and tell what it is.

    Args:
        table: the partner's codes; a row with a code that is not in it is quarantined.
        aliases: the partner's own header names → field names of docs/post-answers.md.
        received_at: when the file came; events dated more than a day after it are quarantined.

    Raises:
        UnreadableInput: it is empty, can't be opened, or has none of the three forms.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise UnreadableInput(f"{path.name} 有 {size >> 20} MB，超过 {LARGEST >> 20} MB", "请合作方分成几个文件发送")
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start.strip(b"\xef\xbb\xbf \r\n\t"):
        raise UnreadableInput(f"{path.name} 是空文件", "请合作方重新发送")
    seen: list[Sequence[object]] = []
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        for _, records in sheet_records(path):
            columns = _found_header(records, aliases, seen)
            if columns is not None:
                return _table_answers(path.name, columns, records, table, received_at)
        raise _unknown_form(path, seen, aliases)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return _json_answers(path, table, aliases, received_at)
    records = csv_records(path, encoding_of(path))
    columns = _found_header(records, aliases, seen)
    if columns is None:
        raise _unknown_form(path, seen, aliases)
    return _table_answers(path.name, columns, records, table, received_at)


def replay(content: str, row: int, table: CodeTable, latest: datetime | None = None) -> Answer:
    """Read a quarantined row's ``content`` again, with a table that may know its code now.

    Args:
        latest: events after this instant are refused, as when the file came; None = not checked.
    """
    stored = json.loads(content)
    if "raw" in stored:
        return Quarantined("NOT_A_ROW", row, "原文不能分列，请合作方重新发送", content)
    reader = _Reader(AnswerForm(stored["form"]), table, None)
    reader.latest = latest
    return reader.read(row, stored["values"])


def reply(quarantined: Iterable[Quarantined], remark: str = "") -> bytes:
    """The reply to a push: ``success`` 1 when every row was received, the item numbers that were not, a remark.

    A row that waits here for a code to be mapped was received; only one that could not be read is to be sent again.
    """
    failed: dict[str, None] = {}
    unnamed = 0
    for row in quarantined:
        if row.code not in _NOT_READ:
            continue
        values = json.loads(row.content).get("values", {})
        item_no = values.get("mailnum") or values.get("waybillno")
        if item_no:
            failed[item_no] = None
        else:
            unnamed += 1
    words = remark or (f"另有 {unnamed} 行无法读取" if unnamed else "")
    body = {"success": "0" if failed or unnamed else "1", "failmailnums": ",".join(failed), "remark": words}
    return json.dumps(body, ensure_ascii=False).encode()
