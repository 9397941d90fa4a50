"""What the partner can be told to do wrong, how often, and by which chance.

Every fault draws from a chance of its own, named by seed, fault and subject: switching one on never moves another, and
the same seed does the same wrong again. What becomes of an item is drawn apart from all of them.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """Grouped by what is struck: an answer file, a batch, one item, or the upload itself."""

    LOST = "lost"
    LATE = "late"
    DUPLICATED = "duplicated"
    TRUNCATED = "truncated"
    GBK = "gbk"
    REORDERED = "reordered"
    OWN_HEADER = "own-header"
    LOST_ACK = "lost-ack"
    REPEATED_ACK = "repeated-ack"
    FOREIGN = "foreign"
    REFUSED = "refused"
    WRONG_TOTALS = "wrong-totals"
    VOIDS = "voids"
    UNKNOWN_CODES = "unknown-codes"
    SAME_SECOND = "same-second"
    SWAPPED = "swapped"
    CUT_OFF = "cut-off"
    FULL = "full"
    LOST_REPLY = "lost-reply"


FILE_FAULTS = (Fault.LATE, Fault.DUPLICATED, Fault.TRUNCATED, Fault.GBK, Fault.REORDERED, Fault.OWN_HEADER)
"""Faults that any answer file may have; a lost one is lost as acknowledgement or as events."""
UPLOAD_FAULTS = (Fault.CUT_OFF, Fault.FULL, Fault.LOST_REPLY)
"""Faults of the SFTP server alone: a folder has no connection that could break."""

SHARES: Mapping[Fault, float] = {
    Fault.LOST: 0.3, Fault.LATE: 0.3, Fault.DUPLICATED: 0.3, Fault.TRUNCATED: 0.3, Fault.GBK: 0.3, Fault.REORDERED: 0.3,
    Fault.OWN_HEADER: 0.3, Fault.LOST_ACK: 0.3, Fault.REPEATED_ACK: 0.3, Fault.FOREIGN: 1.0, Fault.REFUSED: 0.02,
    Fault.WRONG_TOTALS: 0.03, Fault.VOIDS: 0.06, Fault.UNKNOWN_CODES: 0.02, Fault.SAME_SECOND: 0.2, Fault.SWAPPED: 0.01,
    Fault.CUT_OFF: 0.1, Fault.FULL: 0.1, Fault.LOST_REPLY: 0.2,
}  # fmt: skip
"""Of files, batches, items or uploads, where a fault is switched on without a share of its own."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """The seed and the share of each fault that is switched on."""

    seed: int = 0
    shares: Mapping[Fault, float] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, faults: Collection[Fault] | Mapping[Fault, float]) -> FaultPlan:
        """``faults`` with the usual shares, or with those given."""
        shares = dict(faults) if isinstance(faults, Mapping) else {fault: SHARES[fault] for fault in faults}
        return cls(seed, shares)

    @classmethod
    def read(cls, seed: int, words: Iterable[str]) -> FaultPlan:
        """From words such as ``lost``, ``late=0.1``, ``all`` or ``all=0.05``; a later word wins.

        Raises:
            ValueError: an unknown fault, or a share that is none.
        """
        shares: dict[Fault, float] = {}
        for word in words:
            name, _, number = word.partition("=")
            share = float(number) if number else None
            if share is not None and not 0 <= share <= 1:
                raise ValueError(f"占比应在 0 与 1 之间：{word}")
            for fault in Fault if name == "all" else (Fault(name),):
                shares[fault] = SHARES[fault] if share is None else share
        return cls(seed, shares)

    def chance(self, fault: Fault, *subject: object) -> random.Random:
        """The chance that decides how a subject is struck."""
        return random.Random("/".join(map(str, (self.seed, fault.value, *subject))))

    def strikes(self, fault: Fault, *subject: object) -> bool:
        """Whether this subject is struck."""
        share = self.shares.get(fault, 0.0)
        return share > 0 and self.chance(fault, "whether", *subject).random() < share

    def fate(self, item_no: str) -> random.Random:
        """The chance that decides what becomes of an item, whatever else goes wrong."""
        return random.Random(f"{self.seed}/fate/{item_no}")
