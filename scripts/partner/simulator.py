"""The partner's day: takes what lies in the hand-over folder and writes its answers, the same for the same seed.

State between calls stands in ``answers/.partner.json``: which batches were taken on which day and up to which day their
events were written. Calling again with a later ``until`` goes on; calling again with the same changes nothing.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from scripts.partner.answer_files import (
    ACK_COLUMNS,
    OPEN_COLUMNS,
    PUSH_CHINESE,
    PUSH_COLUMNS,
    csv_bytes,
    is_open,
    json_bytes,
    open_row,
    push_row,
    write_whole,
    xlsx_bytes,
)
from scripts.partner.receive import Received, receive, waiting
from scripts.partner.tracks import Event, track, voided_weeks_later
from scripts.partner.truth import Fault, FileTruth, ItemTruth, Truth

DEFAULT_DAYS = 45
_REFUSED_SHARE = 0.02
_WRONG_SHARE = 0.03
_VOID_SHARE = 0.06
_UNKNOWN_SHARE = 0.02
_SAME_SECOND_SHARE = 0.2
_FILE_FAULT_SHARE = 0.3
_REASONS = ("收件人地址不全", "封口不牢", "超出协议范围")
_STATE = ".partner.json"
_LOST = ".lost"


@dataclass(slots=True)
class _Books:
    """The partner's memory between calls."""

    path: Path
    taken: dict[str, dict[str, str]]
    next_sequence: int

    @classmethod
    def open(cls, answers: Path) -> _Books:
        path = answers / _STATE
        if not path.is_file():
            return cls(path, {}, 1)
        raw = json.loads(path.read_text())
        return cls(path, raw["taken"], raw["next_sequence"])

    def save(self) -> None:
        text = json.dumps({"taken": self.taken, "next_sequence": self.next_sequence}, sort_keys=True, indent=1)
        write_whole(self.path, text.encode())

    def sequence(self) -> int:
        self.next_sequence += 1
        return self.next_sequence - 1


def _events_of(batch: Received, day: date, seed: int, faults: Collection[Fault], truth: Truth) -> list[Event]:
    """Decide every item's fate and give all its events; fills the truth."""
    events: list[Event] = []
    for item in batch.items:
        chance = random.Random(f"{seed}/{item.item_no}")
        if Fault.REFUSED in faults and chance.random() < _REFUSED_SHARE:
            reason = chance.choice(_REASONS)
            truth.items[item.item_no] = ItemTruth(batch.name, "refused", refused_reason=reason)
            continue
        fate, told = track(item.item_no, item.office, batch.product, day, chance)
        voided = Fault.VOIDS in faults and fate.state == "delivered" and chance.random() < _VOID_SHARE
        if voided:
            fate, told = voided_weeks_later(told, item.office, batch.product, chance)
        if Fault.SAME_SECOND in faults and fate.state == "delivered" and not voided and chance.random() < _SAME_SECOND_SHARE:
            told[-2] = replace(told[-2], at=told[-1].at)
        if Fault.UNKNOWN_CODES in faults and chance.random() < _UNKNOWN_SHARE:
            # Between acceptance and the rest: what it means nobody knows yet, but it can't undo the end.
            told.insert(1, replace(told[0], action="997" if is_open(batch.product) else "97", description="新增环节"))
            truth.unknown_rows += 1
        off = Fault.WRONG_TOTALS in faults and chance.random() < _WRONG_SHARE
        truth.items[item.item_no] = ItemTruth(
            batch.name, fate.state, fate.how, fate.reason, voided, item.weight_g + (9 if off else 0),
            item.postage_fen + (120 if off else 0),
        )  # fmt: skip
        events += told
    if Fault.FOREIGN in faults:
        chance = random.Random(f"{seed}/{batch.name}/foreign")
        for _ in range(3):
            number = f"ZZ{chance.randrange(10**11):011d}"
            truth.foreign.append(number)
            events += track(number, "某市某区", batch.product, day, chance)[1]
    return events


def _ack(batch: Received, sequence: int, truth: Truth) -> bytes:
    rows = []
    for item in batch.items:
        found = truth.items.get(item.item_no)
        refused = "；".join(batch.faults) or (found.refused_reason if found else "")
        if refused or found is None:
            rows.append([batch.name, batch.sha256, str(sequence), item.item_no, "0", refused, "", ""])
        else:
            yuan = f"{found.postage_fen // 100}.{found.postage_fen % 100:02d}"
            rows.append([batch.name, batch.sha256, str(sequence), item.item_no, "1", "", str(found.weight_g), yuan])
    return csv_bytes(ACK_COLUMNS, rows, "utf-8-sig")


class _Sender:
    """Writes files with sequence numbers and does to them what the faults say."""

    def __init__(self, answers: Path, books: _Books, seed: int, faults: Collection[Fault], truth: Truth) -> None:
        self._answers, self._books, self._seed, self._faults, self._truth = answers, books, seed, faults, truth
        self._late: list[FileTruth] = []

    def ack(self, batch: Received, day: date) -> None:
        sequence = self._books.sequence()
        name = f"ACK-{day:%Y%m%d}-{batch.name}-S{sequence:06d}.csv"
        held = Fault.LOST_ACK in self._faults
        self._put(name, _ack(batch, sequence, self._truth), "acknowledgement", sequence, len(batch.items), held=held)

    def events(self, day: date, opened: bool, events: list[Event]) -> None:
        sequence = self._books.sequence()
        chance = random.Random(f"{self._seed}/file/{sequence}")
        done = {fault for fault in sorted(self._faults) if chance.random() < _FILE_FAULT_SHARE}
        events = sorted(events, key=lambda event: (event.at, event.item_no))
        if Fault.REORDERED in done:
            chance.shuffle(events)
        encoding = "gb18030" if Fault.GBK in done else "utf-8"
        ending, content = self._render(opened, events, sequence, encoding, chance)
        name = f"EVT-{day:%Y%m%d}-S{sequence:06d}.{ending}"
        told = tuple(sorted(fault.value for fault in done))
        if Fault.LOST in done:
            self._put(name, content, "events", sequence, len(events), held=True, faults=told)
            return
        if Fault.TRUNCATED in done and ending != "xlsx":
            # Cut short on the way; the whole file is sent again under its own number later.
            cut = content[: chance.randrange(len(content) // 2, len(content) - 1)]
            self._put(f"EVT-{day:%Y%m%d}-cut-S{sequence:06d}.{ending}", cut, "events", sequence, len(events), faults=told)
            self._put(name, content, "events", sequence, len(events), late=True, faults=told)
            return
        self._put(name, content, "events", sequence, len(events), late=Fault.LATE in done, faults=told)
        if Fault.DUPLICATED in done:
            again = self._books.sequence()
            _, other = self._render(opened, events, again, encoding, chance, ending)
            self._put(f"EVT-{day:%Y%m%d}-S{again:06d}.{ending}", other, "events", again, len(events), faults=told)

    def _render(
        self, opened: bool, events: list[Event], sequence: int, encoding: str, chance: random.Random, ending: str = ""
    ) -> tuple[str, bytes]:
        ending = ending or chance.choice(("csv", "csv", "json", "xlsx"))
        rows = [open_row(e) for e in events] if opened else [push_row(sequence * 10**6 + n, e) for n, e in enumerate(events)]
        header = OPEN_COLUMNS if opened else PUSH_COLUMNS
        if ending == "json":
            return ending, json_bytes(header, rows, "traces" if opened else "listexpressmail", sequence, encoding)
        if not opened and chance.random() < 0.5:
            header = PUSH_CHINESE
        if ending == "xlsx":
            return ending, xlsx_bytes(header, rows)
        return ending, csv_bytes(header, rows, encoding)

    def _put(
        self,
        name: str,
        content: bytes,
        kind: str,
        sequence: int,
        rows: int,
        *,
        held: bool = False,
        late: bool = False,
        faults: tuple[str, ...] = (),
    ) -> None:
        path = (self._answers / _LOST / name) if held else (self._answers / name)
        write_whole(path, content)
        file = FileTruth(str(path), kind, sequence, rows, held, faults)
        (self._late if late else self._truth.files).append(file)

    def finish(self) -> None:
        self._truth.files += self._late


def simulate(
    handover_dir: Path,
    answers_dir: Path,
    day: date,
    seed: int = 0,
    faults: Collection[Fault] = (),
    *,
    until: date | None = None,
) -> Truth:
    """Take the batches that lie in ``handover_dir`` on ``day`` and write the answers up to ``until`` into ``answers_dir``.

    Returns the truth of every batch whose files were written by this call. ``until`` defaults to 45 days after ``day``;
    the end of an item's story after ``until`` is in the truth but not yet in the files.
    """
    until = until or day + timedelta(days=DEFAULT_DAYS)
    answers_dir.mkdir(parents=True, exist_ok=True)
    books = _Books.open(answers_dir)
    truth = Truth()
    sender = _Sender(answers_dir, books, seed, faults, truth)
    due: dict[tuple[date, bool], list[Event]] = defaultdict(list)
    for path in waiting(handover_dir):
        batch = receive(path)
        known = books.taken.setdefault(batch.name, {"day": day.isoformat(), "written": ""})
        if known["written"] >= until.isoformat() or (batch.faults and known["written"]):
            continue
        taken_on = date.fromisoformat(known["day"])
        if batch.faults:
            truth.rejected[batch.name] = batch.faults
        else:
            truth.batches[batch.name] = batch.sha256
            for event in _events_of(batch, taken_on, seed, faults, truth):
                told_on = event.told_on or event.at.date()
                if known["written"] < told_on.isoformat() <= until.isoformat():
                    due[told_on, is_open(batch.product)].append(event)
        if not known["written"]:
            sender.ack(batch, taken_on)
        known["written"] = until.isoformat()
    for (told_on, opened), events in sorted(due.items()):
        sender.events(told_on, opened, events)
    sender.finish()
    books.save()
    return truth
