"""Keeps what comes back from the post: answer files by content, acknowledgements, events; and computes outcomes.

Rows are only added. A file is taken once (by its bytes); an event once (by its digest), however many files repeat it.
What can't be understood or matched is quarantined whole, never guessed (R-DLV-03).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from letters.post.model import LetterState, PostEvent
from letters.tables import Acknowledgement, AnswerFile, Batch, BatchEvent, Partner, Piece, PostEventRow, QuarantinedRow
from records.audit import append_audit
from records.cipher import Cipher
from records.database import Database
from records.files import hash_file
from records.identity import uuid7

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """What importing an answer file did. ``already``: the same bytes had been taken before."""

    name: str
    kind: str
    already: bool
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class PieceOutcome:
    """The post's word on one letter's present piece."""

    acknowledged: bool | None
    state: LetterState | None
    norm_code: str
    anomalies: tuple[str, ...]
