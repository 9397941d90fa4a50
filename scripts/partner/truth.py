"""The simulator's own books: what really became of every item, on any day, and which files it sent."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Turn:
    """What the books say of an item from a day on. ``known_on`` is the day of the report, ``at`` that of the event."""

    known_on: date
    at: datetime
    state: str
    how: str = ""
    norm: str = ""


@dataclass(frozen=True, slots=True)
class ItemTruth:
    """The end of an item's story and the turns to it.

    ``state``: delivered, returned, lost, in_transit, or refused at the counter. ``norm``: normalised code or ''.
    ``weight_g`` and ``postage_fen`` are as acknowledged; ``off`` says how they differ from the manifest: '' (they don't),
    ``fen``, ``gram`` or ``step``. ``unknown``: a code in its track that no public table has.
    ``swapped_with``: the number whose label was stuck on this one's envelope, and the other way round.
    """

    batch: str
    state: str
    how: str = ""
    norm: str = ""
    voided: bool = False
    weight_g: int = 0
    postage_fen: int = 0
    refused_reason: str = ""
    off: str = ""
    unknown: str = ""
    swapped_with: str = ""
    turns: tuple[Turn, ...] = ()

    def on(self, day: date) -> Turn | None:
        """What the books say at the end of ``day``; None before the counter has spoken."""
        return next((turn for turn in reversed(self.turns) if turn.known_on <= day), None)


@dataclass(slots=True)
class FileTruth:
    """One file as sent. ``held_back``: it never came by itself and waits to be asked for.

    ``came_on``: the day it lay among the answers, None while it does not. ``cut``: it broke off on the way. ``batch``: of
    an acknowledgement.
    """

    path: str
    kind: str
    sequence: int
    rows: int
    sent_on: date
    came_on: date | None = None
    held_back: bool = False
    cut: bool = False
    batch: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Injected:
    """One wrong that was done: which, on what day, to what, and how."""

    fault: str
    day: date
    subject: str
    detail: str = ""


@dataclass(slots=True)
class Truth:
    """Items by number, files in order of arrival, batches not taken with the reasons, and every wrong that was done."""

    items: dict[str, ItemTruth] = field(default_factory=dict)
    files: list[FileTruth] = field(default_factory=list)
    rejected: dict[str, tuple[str, ...]] = field(default_factory=dict)
    batches: dict[str, str] = field(default_factory=dict)
    """Name → SHA-256 of its SHA256SUMS."""
    foreign: list[str] = field(default_factory=list)
    """Item numbers that never were the sender's."""
    unknown_rows: int = 0
    injected: list[Injected] = field(default_factory=list)

    @property
    def arrived(self) -> list[Path]:
        """The files that came, in order of arrival."""
        return [Path(file.path) for file in self.files if file.came_on is not None]

    @property
    def held_back(self) -> list[Path]:
        """The files to be asked for after a gap was noticed."""
        return [Path(file.path) for file in self.files if file.held_back]

    def counts(self) -> Counter[str]:
        """Items by state."""
        return Counter(item.state for item in self.items.values())

    def faults(self) -> Counter[str]:
        """Wrongs done, by fault."""
        return Counter(one.fault for one in self.injected)

    def note(self, fault: str, day: date, subject: str, detail: str = "") -> None:
        """Write down a wrong."""
        self.injected.append(Injected(fault, day, subject, detail))

    def to_json(self) -> str:
        """For ``--json`` and for keeping beside the answers."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True, default=str)
