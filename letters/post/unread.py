"""What came from the post and could not be taken, and what did not come at all: quarantined rows, missing answer files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.post.repeats import numbers_of_files
from letters.post.sequences import missing_runs
from letters.tables import AnswerFile, Partner, QuarantinedRow
from records.cipher import Cipher
from records.clock import SHANGHAI

_NUMBER: Final = re.compile(r"(?<![0-9A-Z])(?:[A-Z]{2}\d{9}[A-Z]{2}|[A-Z]{2}\d{11}|\d{12,13})(?![0-9A-Z])")
"""Any form of item number (``letters.post.numbers``): to find whose a row is, never to read what it says."""
_SHOWN: Final = 5
KINDS: Final = {"acknowledgement": "回执", "events": "轨迹"}
"""Kinds of answer files in words."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A gap that belongs to a partner, not to a batch."""

    code: str
    partner: str
    subject: str
    count: int
    since: date


def quarantined(session: Session) -> list[Unread]:
    """Open quarantined rows by partner and code; numbers that were never ours are a kind of their own."""
    rows = session.execute(
        select(Partner.code, QuarantinedRow.code, func.count(), func.min(AnswerFile.received_at))
        .join(AnswerFile, AnswerFile.id == QuarantinedRow.file_id)
        .join(Partner, Partner.id == AnswerFile.partner_id)
        .where(QuarantinedRow.resolved_at.is_(None))
        .group_by(Partner.code, QuarantinedRow.code)
        .order_by(Partner.code, QuarantinedRow.code)
    )
    return [
        Unread(
            "FOREIGN_NUMBER" if code == "UNKNOWN_ITEM" else "QUARANTINE", partner, f"{partner} {code}", count,
            first.astimezone(SHANGHAI).date(),
        )
        for partner, code, count, first in rows
    ]  # fmt: skip


def missing_files(session: Session) -> list[Unread]:
    """Gaps in the running numbers of answer files, by partner and kind; since the first file after each gap came."""
    files: dict[tuple[str, str], dict[int, date]] = defaultdict(dict)
    numbered = numbers_of_files().subquery()
    for partner, kind, sequence, at in session.execute(
        select(Partner.code, numbered.c.kind, numbered.c.sequence, func.min(numbered.c.received_at))
        .join(Partner, Partner.id == numbered.c.partner_id)
        .group_by(Partner.code, numbered.c.kind, numbered.c.sequence)
    ):
        files[partner, kind][sequence] = at.astimezone(SHANGHAI).date()
    found = []
    for partner in sorted({partner for partner, _ in files}):
        rows = {KINDS.get(kind, kind): known for (other, kind), known in sorted(files.items()) if other == partner}
        for kind, known in _numbered_apart(rows).items():
            holes = missing_runs(known)
            if holes:
                shown = "、".join(str(first) if first == last else f"{first}–{last}" for first, last in holes[:_SHOWN])
                more = "…" if len(holes) > _SHOWN else ""
                since = min(day for number, day in known.items() if number > holes[0][0])
                count = sum(last - first + 1 for first, last in holes)
                found.append(Unread("MISSING_FILE", partner, f"{partner} {kind}第 {shown}{more} 号", count, since))
    return found


def _numbered_apart(rows: dict[str, dict[int, date]]) -> dict[str, dict[int, date]]:
    """The running numbers by what they run over. Kinds that share no number share one row of numbers, or a hole in one kind
    would be reported that a file of the other fills; where a number stands in two kinds, each kind has a row of its own."""
    if sum(map(len, rows.values())) > len({number for known in rows.values() for number in known}):
        return rows
    return {"、".join(sorted(rows)): {number: day for known in rows.values() for number, day in known.items()}}


def quarantined_items(session: Session, cipher: Cipher, partner_id: UUID, items: Collection[str]) -> dict[str, date]:
    """Which of these pieces an open quarantined row of the partner speaks of, and since when."""
    wanted = set(items)
    found: dict[str, date] = {}
    rows = session.execute(
        select(QuarantinedRow.id, QuarantinedRow.content_sealed, AnswerFile.received_at)
        .join(AnswerFile, AnswerFile.id == QuarantinedRow.file_id)
        .where(QuarantinedRow.resolved_at.is_(None), AnswerFile.partner_id == partner_id)
        .order_by(AnswerFile.received_at)
        .execution_options(yield_per=1000)
    )
    for key, content, at in rows:
        text = cipher.open("quarantined_row.content", key, content)
        for number in wanted.intersection(_NUMBER.findall(text.upper())):
            found.setdefault(number, at.astimezone(SHANGHAI).date())
    return found


def open_quarantine(session: Session) -> list[dict[str, Any]]:
    """Rows that wait for a person: file, row, code and why. Contents stay sealed."""
    rows = session.execute(
        select(AnswerFile.name, QuarantinedRow.row, QuarantinedRow.code, QuarantinedRow.what)
        .join(AnswerFile, AnswerFile.id == QuarantinedRow.file_id)
        .where(QuarantinedRow.resolved_at.is_(None))
        .order_by(AnswerFile.received_at, QuarantinedRow.row)
    )
    return [{"file": name, "row": row, "code": code, "what": what} for name, row, code, what in rows]
