"""The postal partner through a simulated calendar: takes sealed batches, acknowledges, reports, answers what it is asked.

The same for the same seed. State between processes stands in ``answers/.partner.json``: which batches were taken on which
day, up to which day their events were written, what was asked, and which files are still to come. What a batch's items
go through is computed anew from the batch and the seed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from scripts.partner.answer_files import is_open, write_whole
from scripts.partner.faults import Fault, FaultPlan
from scripts.partner.mailroom import ACK, EVENTS, Mailroom
from scripts.partner.receive import Received, lines_of, receive, waiting
from scripts.partner.stories import Story, StoryTeller
from scripts.partner.tracks import Event
from scripts.partner.truth import FileTruth, Truth

DEFAULT_DAYS = 90
"""Long enough for a delivery that is voided after four weeks and returned from the far west."""
STATE = ".partner.json"
TAKEN = "taken"
ORIGIN = "430000"


@dataclass(slots=True)
class SimulatedPartner:
    """One partner. ``origin``: postcode of the counter. ``sender_key``: agreed public key, hex. ``keep_taken``: what was
    taken is moved into the place's folder ``taken``, as real partners do; asking must still find it there."""

    handover: Path
    answers: Path
    plan: FaultPlan = field(default_factory=FaultPlan)
    origin: str = ORIGIN
    sender_key: str | None = None
    keep_taken: bool = False
    truth: Truth = field(default_factory=Truth)
    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    """Batch name → the day it was taken, and the last day whose events were written."""
    asked: dict[str, str] = field(default_factory=dict)
    """Item number → the day of an enquiry that was answered with its loss."""
    _stories: dict[str, Story] = field(default_factory=dict)
    _due: dict[date, list[Event]] = field(default_factory=lambda: defaultdict(list))
    _opened: dict[str, bool] = field(default_factory=dict)
    _mail: Mailroom = field(init=False)
    _teller: StoryTeller = field(init=False)

    def __post_init__(self) -> None:
        self.answers.mkdir(parents=True, exist_ok=True)
        self._mail = Mailroom(self.answers, self.plan, self.truth)
        self._teller = StoryTeller(self.plan, self.truth, self.origin)
        self._remember()

    def take(self, day: date) -> list[str]:
        """Take the batches that lie complete in the hand-over place, and acknowledge them. Gives their names."""
        fresh = []
        for path in waiting(self.handover):
            batch = receive(path, self.sender_key)
            if batch.name in self.taken:
                continue
            self.taken[batch.name] = {"day": day.isoformat(), "written": "", "file": path.name, "product": batch.product}
            fresh.append(batch.name)
            if batch.faults:
                self.truth.rejected[batch.name] = batch.faults
                self.taken[batch.name]["rejected"] = "；".join(batch.faults)
            else:
                self._accept(batch, day)
            self._mail.acknowledge(batch, day)
            if self.keep_taken:
                (self.handover / TAKEN).mkdir(exist_ok=True)
                path.rename(self.handover / TAKEN / path.name)
        self._save()
        return fresh

    def work(self, day: date) -> None:
        """A day at the post: batches in, answers out."""
        self.take(day)
        files: dict[bool, list[Event]] = {False: [], True: []}
        for on in sorted(on for on in self._due if on <= day):
            for event in self._due.pop(on):
                files[self._opened[event.item_no]].append(event)
        for opened, events in files.items():
            if events:
                self._mail.report(events, day, opened=opened)
        self._mail.deliver(day)
        for known in self.taken.values():
            known["written"] = max(known["written"], day.isoformat())
        self._save()

    def resend(self, day: date, *, kind: str, numbers: Collection[int] = (), names: Collection[str] = ()) -> int:
        """Send again the files asked for by number or by name; how many there were to send."""
        wanted = [
            file
            for file in self.truth.files
            if file.kind == kind and file.held_back and (file.sequence in numbers or _number_in(file.path) in map(_number_in, names))
        ]
        sent = sum(self._mail.resend(file, day) for file in wanted)
        self._save()
        return sent

    def acknowledge_again(self, batches: Iterable[str], day: date) -> int:
        """Acknowledge batches whose acknowledgement has not been seen: the lost file if there is one, else a new one."""
        count = 0
        for name in batches:
            held = [file for file in self.truth.files if file.kind == ACK and file.held_back and file.batch == name]
            if held:
                count += sum(self._mail.resend(file, day) for file in held)
            elif name in self.truth.batches:
                self._mail.acknowledge(self._received(name), day, plain=True)
                count += 1
        self._save()
        return count

    def tell_again(self, items: Iterable[str], day: date) -> int:
        """Report whole tracks of these items so far, in files of their own; how many events that were."""
        files: dict[bool, list[Event]] = {False: [], True: []}
        for item_no in items:
            story = self._stories.get(item_no)
            if story is not None:
                files[story.journey.opened] += [event for event in story.events if event.day <= day]
        for opened, events in files.items():
            if events:
                self._mail.report(events, day, opened=opened, plain=True)
        self._save()
        return sum(map(len, files.values()))

    def enquire(self, items: Iterable[str], day: date) -> list[str]:
        """Answer enquiries (查单) after open items: those of which nothing more will come are found to be lost."""
        lost = []
        for item_no in items:
            story = self._stories.get(item_no)
            if story is None or item_no in self.asked or not _stuck(story, day):
                continue
            self.asked[item_no] = day.isoformat()
            self._lose(story, day)
            lost.append(item_no)
        self._save()
        return lost

    def _lose(self, story: Story, day: date, written: str = "") -> None:
        told = self._teller.lost_after_all(story, day)
        self._stories[story.journey.item_no] = told
        self._expect(told.events[len(story.events) :], story.journey.opened, written)

    def _accept(self, batch: Received, day: date, written: str = "") -> None:
        self.truth.batches[batch.name] = batch.sha256
        opened = is_open(batch.product)
        for story in self._teller.of(batch, day, self._stories.__contains__):
            if story.events:
                self._stories[story.journey.item_no] = story
                self._expect(story.events, opened, written)
        self._expect(self._teller.foreign(batch, day), opened, written)

    def _expect(self, events: Iterable[Event], opened: bool, written: str) -> None:
        for event in events:
            self._opened[event.item_no] = opened
            if event.day.isoformat() > written:
                self._due[event.day].append(event)

    def _received(self, name: str) -> Received:
        known = self.taken[name]
        places = (self.handover / known["file"], self.handover / TAKEN / known["file"])
        items = lines_of(next(place for place in places if place.exists()))
        return Received(name, self.truth.batches.get(name, known.get("sha256", "")), known["product"], items, ())

    def _remember(self) -> None:
        path = self.answers / STATE
        if not path.is_file():
            return
        raw = json.loads(path.read_text("utf-8"))
        self._mail.next_number = raw["next_number"]
        self._mail.waiting = [(date.fromisoformat(on), self._file_of(file)) for on, file in raw["waiting"]]
        self.truth.files += [self._file_of(file) for file in raw["held"]]
        self.asked = raw["asked"]
        for name, known in raw["taken"].items():
            self.taken[name] = known
            if "rejected" not in known:
                self._accept(self._received(name), date.fromisoformat(known["day"]), known["written"])
        for item_no, day in self.asked.items():
            story = self._stories[item_no]
            self._lose(story, date.fromisoformat(day), self.taken[story.truth.batch]["written"])
        self.truth.injected.clear()  # written down by the process that did it

    def _save(self) -> None:
        for name, sha256 in self.truth.batches.items():
            self.taken[name]["sha256"] = sha256
        state = {
            "taken": self.taken,
            "asked": self.asked,
            "next_number": self._mail.next_number,
            "waiting": [(on.isoformat(), self._raw_of(file)) for on, file in self._mail.waiting],
            "held": [self._raw_of(file) for file in self.truth.files if file.held_back],
        }
        write_whole(self.answers / STATE, json.dumps(state, sort_keys=True, indent=1, default=str, ensure_ascii=False).encode())

    def _raw_of(self, file: FileTruth) -> dict[str, object]:
        return asdict(file) | {"path": Path(file.path).relative_to(self.answers).as_posix()}

    def _file_of(self, raw: Mapping[str, Any]) -> FileTruth:
        days = {key: None if raw[key] is None else date.fromisoformat(raw[key]) for key in ("sent_on", "came_on")}
        return FileTruth(**{**raw, **days, "path": str(self.answers / raw["path"]), "faults": tuple(raw["faults"])})


def _stuck(story: Story, day: date) -> bool:
    return story.truth.state == "in_transit" and all(event.day < day for event in story.events)


def _number_in(name: str) -> str:
    return Path(name).stem.rpartition("-S")[2]


def simulate(
    handover_dir: Path,
    answers_dir: Path,
    day: date,
    seed: int = 0,
    faults: Collection[Fault] | Mapping[Fault, float] = (),
    *,
    until: date | None = None,
    sender_key: str | None = None,
) -> Truth:
    """Take the batches that lie in ``handover_dir`` on ``day`` and write the answers up to ``until`` into ``answers_dir``.

    Returns the truth of every batch ever taken; its files are those of this call and those still held back. ``until``
    defaults to 90 days after ``day``; the end of an item's story after ``until`` is in the truth but not yet in the files.
    """
    until = until or day + timedelta(days=DEFAULT_DAYS)
    partner = SimulatedPartner(handover_dir, answers_dir, FaultPlan.of(seed, faults), sender_key=sender_key)
    partner.take(day)
    today = day
    while today <= until:
        partner.work(today)
        today += timedelta(days=1)
    return partner.truth


__all__ = ["ACK", "EVENTS", "SimulatedPartner", "simulate"]
