"""The partner's outgoing answers: numbers each file, does to it what the faults say, and keeps what was not sent.

A file that was lost lies in ``.lost`` until somebody asks for it; a late one in ``.late`` until its day. Each kind of
file (acknowledgement, events) has its own sequence, so that a missing one shows as a gap. Files that say the same again
(repetitions, what was asked for) bear a number of their own; a lost or cut one is sent again under its own.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from scripts.partner.answer_files import (
    ACK_COLUMNS,
    OPEN_COLUMNS,
    OWN_ACK,
    OWN_OPEN,
    OWN_PUSH,
    PUSH_CHINESE,
    PUSH_COLUMNS,
    csv_bytes,
    json_bytes,
    open_row,
    push_row,
    write_whole,
    xlsx_bytes,
)
from scripts.partner.faults import FILE_FAULTS, Fault, FaultPlan
from scripts.partner.receive import Received
from scripts.partner.tracks import Event
from scripts.partner.truth import FileTruth, Truth

ACK, EVENTS = "acknowledgement", "events"
LOST_FOLDER, LATE_FOLDER = ".lost", ".late"
LATE_DAYS = (3, 20)
"""Least and most days by which a late file is late."""
AGAIN_DAYS = 2
"""Days until a cut file comes whole by itself, where it does."""
_OWN = {PUSH_COLUMNS: OWN_PUSH, OPEN_COLUMNS: OWN_OPEN, ACK_COLUMNS: OWN_ACK}
_ENDINGS = ("csv", "csv", "json", "xlsx")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a file is to say, before a form is chosen: rows under their columns."""

    kind: str
    day: date
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    array: str
    batch: str = ""

    @property
    def head(self) -> str:
        """The file name up to the sequence."""
        return f"ACK-{self.day:%Y%m%d}-{self.batch}" if self.kind == ACK else f"EVT-{self.day:%Y%m%d}"


@dataclass(slots=True)
class Mailroom:
    """Writes into ``answers``. ``next_number`` and ``waiting`` (file and day of arrival) are all of its memory."""

    answers: Path
    plan: FaultPlan
    truth: Truth
    next_number: dict[str, int] = field(default_factory=lambda: {ACK: 1, EVENTS: 1})
    waiting: list[tuple[date, FileTruth]] = field(default_factory=list)

    def acknowledge(self, batch: Received, day: date, *, plain: bool = False) -> None:
        """Say of every line of a batch whether it was taken, its weight and its postage; and again where told to."""
        rows = []
        for item in batch.items:
            found = self.truth.items.get(item.item_no)
            refused = "；".join(batch.faults) or (found.refused_reason if found else "")
            row = (batch.name, batch.sha256, "", item.item_no, "0", refused, "", "")
            if found is not None and not refused:
                yuan = f"{found.postage_fen // 100}.{found.postage_fen % 100:02d}"
                row = (batch.name, batch.sha256, "", item.item_no, "1", "", str(found.weight_g), yuan)
            rows.append(row)
        sheet = _Sheet(ACK, day, ACK_COLUMNS, tuple(rows), "lines", batch.name)
        self._send(sheet, plain=plain)
        if not plain and self.plan.strikes(Fault.REPEATED_ACK, batch.name):
            self.truth.note(Fault.REPEATED_ACK, day, batch.name)
            self._send(sheet)

    def report(self, events: Sequence[Event], day: date, *, opened: bool, plain: bool = False) -> None:
        """One file of events of one form. ``plain``: sent with care, as what was asked for is."""
        ordered = sorted(events, key=lambda event: (event.at, event.item_no))
        if opened:
            rows = tuple(tuple(open_row(event)) for event in ordered)
            self._send(_Sheet(EVENTS, day, OPEN_COLUMNS, rows, "traces"), plain=plain)
        else:
            rows = tuple(tuple(push_row(0, event)) for event in ordered)
            self._send(_Sheet(EVENTS, day, PUSH_COLUMNS, rows, "listexpressmail"), plain=plain)

    def deliver(self, day: date) -> None:
        """Put out the files whose day has come."""
        due = [(on, file) for on, file in self.waiting if on <= day]
        self.waiting = [(on, file) for on, file in self.waiting if on > day]
        for _, file in sorted(due, key=lambda one: (one[0], one[1].kind, one[1].sequence)):
            self._arrive(file, day)

    def resend(self, file: FileTruth, day: date) -> bool:
        """Send a file again that did not come whole; False when its whole content came already or is on its way."""
        if file.held_back:
            file.held_back = False
            file.faults = (*file.faults, "asked-for")
            self._arrive(file, day)
            return True
        return False

    def _send(self, sheet: _Sheet, *, plain: bool = False) -> None:
        number = self._take_number(sheet.kind)
        done = () if plain else tuple(f for f in FILE_FAULTS if self.plan.strikes(f, sheet.kind, number))
        lost = Fault.LOST_ACK if sheet.kind == ACK else Fault.LOST
        chance = self.plan.chance(lost, sheet.kind, number)
        ending = chance.choice(_ENDINGS)
        name = f"{sheet.head}-S{number:06d}.{ending}"
        content = self._render(sheet, number, ending, done, chance)
        file = FileTruth(name, sheet.kind, number, len(sheet.rows), sheet.day, batch=sheet.batch, faults=tuple(map(str, done)))
        if not plain and self.plan.strikes(lost, sheet.kind, number):
            self.truth.note(lost, sheet.day, name)
            self._hold(file, content)
            return
        for fault in done:
            if fault is not Fault.TRUNCATED or ending != "xlsx":
                self.truth.note(fault, sheet.day, name)
        if Fault.TRUNCATED in done and ending != "xlsx":
            self._send_cut(file, content, chance)
        elif Fault.LATE in done:
            self._delay(file, content, self.plan.chance(Fault.LATE, sheet.kind, number).randint(*LATE_DAYS))
        else:
            self._put(file, content)
        if Fault.DUPLICATED in done:
            again = self._take_number(sheet.kind)
            other = self._render(sheet, again, ending, done, chance)
            self._put(replace(file, path=f"{sheet.head}-S{again:06d}.{ending}", sequence=again), other)

    def _send_cut(self, file: FileTruth, content: bytes, chance: random.Random) -> None:
        """Cut short on the way. The whole file comes by itself after days, or only when somebody asks."""
        name = Path(file.path)
        whole = replace(file, path=f"{name.stem.rpartition('-')[0]}-again-S{file.sequence:06d}{name.suffix}")
        self._put(replace(file, cut=True), content[: chance.randrange(len(content) // 2, len(content) - 1)])
        if chance.random() < 0.5:
            self._hold(whole, content)
        else:
            self._delay(whole, content, AGAIN_DAYS)

    def _take_number(self, kind: str) -> int:
        self.next_number[kind] += 1
        return self.next_number[kind] - 1

    def _render(self, sheet: _Sheet, number: int, ending: str, done: Sequence[Fault], chance: random.Random) -> bytes:
        rows = [list(row) for row in sheet.rows]
        for place, row in enumerate(rows):
            if sheet.columns is PUSH_COLUMNS:
                row[0] = str(number * 10**6 + place)
            elif sheet.columns is ACK_COLUMNS:
                row[2] = str(number)
        if Fault.REORDERED in done:
            self.plan.chance(Fault.REORDERED, sheet.kind, number).shuffle(rows)
        header: Sequence[str] = sheet.columns
        if sheet.columns is PUSH_COLUMNS and ending != "json" and chance.random() < 0.5:
            header = PUSH_CHINESE
        if Fault.OWN_HEADER in done:
            header = _OWN[sheet.columns]
        encoding = "gb18030" if Fault.GBK in done else "utf-8"
        if ending == "json":
            if sheet.kind == ACK:  # its number stands once, at the head
                header, rows = [*header[:2], *header[3:]], [[*row[:2], *row[3:]] for row in rows]
            return json_bytes(header, rows, sheet.array, number, encoding)
        if ending == "xlsx":
            return xlsx_bytes(header, rows)
        return csv_bytes(header, rows, "utf-8-sig" if sheet.kind == ACK and encoding == "utf-8" else encoding)

    def _put(self, file: FileTruth, content: bytes) -> None:
        name, file.path = file.path, str(self.answers / file.path)
        write_whole(self.answers / name, content)
        file.came_on = file.sent_on
        self.truth.files.append(file)

    def _hold(self, file: FileTruth, content: bytes) -> None:
        target = self.answers / LOST_FOLDER / file.path
        write_whole(target, content)
        file.path, file.held_back = str(target), True
        self.truth.files.append(file)

    def _delay(self, file: FileTruth, content: bytes, days: int) -> None:
        target = self.answers / LATE_FOLDER / file.path
        write_whole(target, content)
        file.path = str(target)
        self.waiting.append((file.sent_on + timedelta(days=days), file))

    def _arrive(self, file: FileTruth, day: date) -> None:
        source = Path(file.path)
        target = self.answers / source.name
        source.replace(target)
        file.path, file.came_on = str(target), day
        self.truth.files = [known for known in self.truth.files if known is not file] + [file]
