"""The simulator's own books: what really became of every item, and which files it sent. For tests to compare with."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path


class Fault(StrEnum):
    """What the partner can be told to do wrong."""

    LOST = "lost"
    LOST_ACK = "lost-ack"
    LATE = "late"
    DUPLICATED = "duplicated"
    TRUNCATED = "truncated"
    GBK = "gbk"
    REORDERED = "reordered"
    VOIDS = "voids"
    UNKNOWN_CODES = "unknown-codes"
    SAME_SECOND = "same-second"
    WRONG_TOTALS = "wrong-totals"
    FOREIGN = "foreign"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ItemTruth:
    """``state``: delivered, returned, lost, in_transit, or refused at the counter. ``norm``: normalised code or ''."""

    batch: str
    state: str
    how: str = ""
    norm: str = ""
    voided: bool = False
    weight_g: int = 0
    postage_fen: int = 0
    refused_reason: str = ""


@dataclass(frozen=True, slots=True)
class FileTruth:
    """One file as sent. ``held_back``: it never came by itself and lies in ``.lost`` to be asked for."""

    path: str
    kind: str
    sequence: int
    rows: int
    held_back: bool = False
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Truth:
    """Everything of one call: items by number, files in order of arrival, batches not taken with the reasons."""

    items: dict[str, ItemTruth] = field(default_factory=dict)
    files: list[FileTruth] = field(default_factory=list)
    rejected: dict[str, tuple[str, ...]] = field(default_factory=dict)
    batches: dict[str, str] = field(default_factory=dict)
    """Name → SHA-256 of its SHA256SUMS."""
    foreign: list[str] = field(default_factory=list)
    """Item numbers that never were the sender's."""
    unknown_rows: int = 0

    @property
    def arrived(self) -> list[Path]:
        """The files that came, in order of arrival."""
        return [Path(file.path) for file in self.files if not file.held_back]

    @property
    def held_back(self) -> list[Path]:
        """The files to be asked for after a gap was noticed."""
        return [Path(file.path) for file in self.files if file.held_back]

    def counts(self) -> Counter[str]:
        """Items by state."""
        return Counter(item.state for item in self.items.values())

    def to_json(self) -> str:
        """For ``--json`` and for keeping beside the answers."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
