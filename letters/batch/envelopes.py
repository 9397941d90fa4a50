"""What the inserter put into each envelope, told from the marks in the order in which they were read. Pure.

A copy is whole when one envelope held exactly its sheets, each once, 1 to m. Where the log numbers the envelopes, they are
those; where it does not, an envelope ends as the inserter ends it: at the sheet that says it is the last of its piece. A
sheet that nobody could read, or of another piece, makes the whole envelope doubtful: nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from letters.press.mark import Mark

Key = tuple[int, int]
"""Position in the batch and copy number."""


class Code(StrEnum):
    """What can be wrong with a copy."""

    MISSING_SHEET = "MISSING_SHEET"
    DOUBLED_SHEET = "DOUBLED_SHEET"
    FOREIGN_SHEET = "FOREIGN_SHEET"
    SHEET_ORDER = "SHEET_ORDER"
    SHEET_COUNT = "SHEET_COUNT"
    UNREAD_SHEET = "UNREAD_SHEET"
    SPLIT = "SPLIT"
    DOUBLED_COPY = "DOUBLED_COPY"
    VOID_COPY = "VOID_COPY"
    PULLED = "PULLED"


class Standing(StrEnum):
    """What a copy is worth before it is scanned."""

    GOOD = "good"
    VOID = "void"
    PULLED = "pulled"


@dataclass(frozen=True, slots=True)
class Expected:
    """A copy that was printed."""

    sheets: int
    """That bear a mark; enclosures do not."""
    standing: Standing = Standing.GOOD


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the camera. ``mark`` is None where ``code`` says why there is none."""

    row: int
    mark: Mark | None
    code: str = ""
    what: str = ""
    envelope: str = ""
    at: datetime | None = None
    sheet: str = ""
    """Of the workbook that the row is in."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a log says of one copy. No codes = whole."""

    codes: tuple[Code, ...]
    sentence: str
    first_row: int
    last_row: int
    first_at: datetime | None

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.codes


@dataclass(frozen=True, slots=True)
class RowFault:
    """A reading that says nothing of a copy of this batch."""

    row: int
    code: str
    what: str
    sheet: str = ""


OTHER_BATCH: Final = "OTHER_BATCH"
NO_SUCH_COPY: Final = "NO_SUCH_COPY"


@dataclass(slots=True)
class _Copy:
    envelopes: int = 0
    sheets: Counter[int] = field(default_factory=Counter)
    found: dict[Code, str] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    at: datetime | None = None


def judge_log(
    batch_no: str, readings: Iterable[Reading], expected: Mapping[Key, Expected], *, numbered: bool
) -> tuple[dict[Key, Verdict], list[RowFault]]:
    """What a log says: a verdict on every copy that it names, and the rows that name none.

    Args:
        expected: every copy ever printed of the batch.
        numbered: whether the log numbers the envelopes.
    """
    copies: dict[Key, _Copy] = {}
    faults: list[RowFault] = []
    for envelope in _envelopes(readings, numbered):
        _judge_envelope(batch_no, envelope, expected, copies, faults)
    return {key: _verdict(copy, expected[key]) for key, copy in copies.items()}, faults


def _envelopes(readings: Iterable[Reading], numbered: bool) -> Iterator[list[Reading]]:
    held: list[Reading] = []
    for reading in readings:
        if numbered and held and reading.envelope != held[-1].envelope:
            yield held
            held = []
        held.append(reading)
        if not numbered and reading.mark is not None and reading.mark.sheet == reading.mark.sheets:
            yield held
            held = []
    if held:
        yield held


def _judge_envelope(
    batch_no: str, envelope: list[Reading], expected: Mapping[Key, Expected], copies: dict[Key, _Copy], faults: list[RowFault]
) -> None:
    own: dict[Key, list[Reading]] = {}
    unread: list[Reading] = []
    foreign: list[Reading] = []
    for reading in envelope:
        mark = reading.mark
        if mark is None:
            unread.append(reading)
            faults.append(RowFault(reading.row, reading.code, reading.what, reading.sheet))
        elif mark.batch_no != batch_no:
            foreign.append(reading)
            faults.append(RowFault(reading.row, OTHER_BATCH, f"批次 {mark.batch_no} 第 {mark.piece} 件的纸张", reading.sheet))
        elif (mark.piece, mark.copy_no) not in expected:
            foreign.append(reading)
            what = f"本批没有印过第 {mark.piece} 件第 {mark.copy_no} 份"
            faults.append(RowFault(reading.row, NO_SUCH_COPY, what, reading.sheet))
        else:
            own.setdefault((mark.piece, mark.copy_no), []).append(reading)
    for key, held in own.items():
        copy = copies.setdefault(key, _Copy())
        copy.envelopes += 1
        copy.rows += [reading.row for reading in held]
        copy.at = copy.at or next((reading.at for reading in held if reading.at is not None), None)
        others = [f"第 {piece} 件" for piece, _ in own if (piece, _) != key] + [f"第 {one.row} 行" for one in foreign]
        if others:
            copy.found.setdefault(Code.FOREIGN_SHEET, f"同一信封里有别件的纸张（{'、'.join(others[:3])}）")
        if unread:
            copy.found.setdefault(Code.UNREAD_SHEET, f"同一信封里有读不出的纸张（第 {unread[0].row} 行）")
        _judge_sheets(copy, [reading.mark for reading in held if reading.mark is not None], expected[key])


def _judge_sheets(copy: _Copy, marks: list[Mark], expected: Expected) -> None:
    numbers = [mark.sheet for mark in marks]
    copy.sheets.update(numbers)
    said = next((mark.sheets for mark in marks if mark.sheets != expected.sheets), None)
    if said is not None:
        copy.found.setdefault(Code.SHEET_COUNT, f"标记写共 {said} 张，实印 {expected.sheets} 张")
    if numbers != sorted(numbers):
        copy.found.setdefault(Code.SHEET_ORDER, f"张序不对（{'、'.join(map(str, numbers[:6]))}）")


def _verdict(copy: _Copy, expected: Expected) -> Verdict:
    found = dict(copy.found)
    missing = [number for number in range(1, expected.sheets + 1) if not copy.sheets[number]]
    doubled = sorted(number for number, times in copy.sheets.items() if times > 1)
    if missing:
        found[Code.MISSING_SHEET] = f"缺第 {'、'.join(map(str, missing))} 张"
    if copy.envelopes > 1 and len(doubled) == len(copy.sheets) and not missing:
        found[Code.DOUBLED_COPY] = "整件出现两次"
    elif doubled:
        found[Code.DOUBLED_SHEET] = f"第 {'、'.join(map(str, doubled))} 张出现两次"
    if copy.envelopes > 1 and Code.DOUBLED_COPY not in found:
        found[Code.SPLIT] = f"分在 {copy.envelopes} 个信封里"
    if expected.standing is Standing.VOID:
        found[Code.VOID_COPY] = "这一份已作废补印，却又装进了信封"
    if expected.standing is Standing.PULLED:
        found[Code.PULLED] = "此函已抽回，却装进了信封"
    codes = tuple(sorted(found))
    return Verdict(codes, "；".join(found[code] for code in codes), min(copy.rows), max(copy.rows), copy.at)
