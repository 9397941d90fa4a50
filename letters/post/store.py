"""Keeps what comes back from the post: answer files by content, their rows through ``letters.post.taking``.

Rows are only added. A file is taken once (by its bytes); an event once (by its digest), however many files repeat it.
A file is one transaction: killed at any moment it was taken whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from letters.post.answer_profile import profile_in_use
from letters.post.answers import AnswerFile as OpenedFile
from letters.post.answers import read_answers
from letters.post.deaths import stop_dead_of_file
from letters.post.outcomes import PieceOutcome, post_outcomes
from letters.post.partner_codes import partner_named, table_in_force
from letters.post.repeats import note_repeat
from letters.post.taking import Taker, note_acknowledged
from letters.tables import AnswerFile, Partner
from records.audit import append_audit
from records.database import Database
from records.errors import UnreadableInput
from records.files import hash_file
from records.identity import uuid7

__all__ = ["PAGE", "AnswerReport", "PieceOutcome", "Progress", "batched", "import_answer", "lock_partner", "post_outcomes"]

_Item = TypeVar("_Item")


def batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Lists of up to ``size`` items, in order (itertools.batched is of Python 3.12)."""
    waiting = iter(items)
    while page := list(islice(waiting, size)):
        yield page


Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """What importing an answer file did. ``already``: the same bytes had been taken before."""

    name: str
    kind: str
    already: bool
    counts: dict[str, int]
    sha256: str = ""
    header: dict[str, str] = field(default_factory=dict)
    """Field → column or key as found in the file."""
    unknown_columns: tuple[str, ...] = ()
    """Columns that are none of ours; nothing of them was taken."""
    profile: str = ""


PAGE = 5_000
"""Rows matched and written by one set of statements."""


def import_answer(
    db: Database,
    partner_code: str,
    path: Path,
    *,
    actor: str,
    received_at: datetime | None = None,
    profile: str | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> AnswerReport:
    """Take one answer file whole: rows, quarantine and the file's record in one transaction.

    Args:
        received_at: when it came, to refuse events from the future; None = not checked (simulated time).
        profile: name of the partner's saved column names; None = the one in use, if any.

    Raises:
        UnreadableInput: it is none of the partner's forms.
        WrongUsage: there is no such partner or profile.
    """
    try:
        sha256 = hash_file(path)
    except OSError as fault:
        raise UnreadableInput(f"无法读取 {path}：{fault.strerror}。", "请核对路径与权限。") from fault
    with db.session() as session:
        partner = partner_named(session, partner_code)
        lock_partner(session, partner.id)
        known = session.scalar(select(AnswerFile).where(AnswerFile.partner_id == partner.id, AnswerFile.sha256 == sha256))
        if known is not None and path.name == known.name:
            return _report(path.name, known, already=True)
        columns = profile_in_use(session, partner, profile)
        codes = table_in_force(session, partner.id)
        answers = read_answers(path, codes, aliases=columns.columns if columns else None, received_at=received_at)
        if known is not None:
            note_repeat(session, known, path.name, answers.sequence, db.clock())
            return _report(path.name, known, already=True)
        file = _keep_file(session, partner, answers, sha256, db.clock())
        taker = Taker(session, db.cipher, partner.id)
        done = 0
        for page in batched(answers.numbered(), PAGE):
            taker.take(file.id, page)
            done += len(page)
            progress(f"导入 {path.name}", done, 0)
        file.sequence = answers.sequence
        counts = {name: count for name, count in {**answers.counts, **taker.counts}.items() if count}
        counts["quarantined"] = answers.counts["quarantined"] + taker.counts["unmatched"]
        file.counts = counts
        file.reading = {
            "header": dict(answers.header), "unknown_columns": list(answers.unknown_columns),
            "profile": columns.name if columns else "", "latest": answers.latest.isoformat() if answers.latest else None,
        }  # fmt: skip
        stop_dead_of_file(session, codes, file.id, db.clock)
        note_acknowledged(session, taker.batches, actor, db)
        append_audit(
            session,
            actor=actor,
            action="post.imported",
            subject=f"partner:{partner_code}",
            detail={"sha256": sha256, "kind": answers.kind, "counts": counts},
            clock=db.clock,
        )
        return _report(path.name, file, already=False)


def lock_partner(session: Session, partner_id: UUID) -> None:
    """One step that takes rows of a partner at a time: two that add the same events in another order would lock each other
    out for ever."""
    key = int.from_bytes(partner_id.bytes[8:], "big", signed=True)
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _keep_file(session: Session, partner: Partner, answers: OpenedFile, sha256: str, now: datetime) -> AnswerFile:
    key = uuid7()
    session.execute(
        insert(AnswerFile).values(
            id=key, partner_id=partner.id, sha256=sha256, name=answers.name, kind=answers.kind, sequence=answers.sequence,
            received_at=now, counts={}, reading={},
        )
    )  # fmt: skip
    return session.get_one(AnswerFile, key)


def _report(name: str, file: AnswerFile, *, already: bool) -> AnswerReport:
    reading = file.reading
    return AnswerReport(
        name, file.kind, already, dict(file.counts), file.sha256, dict(reading.get("header", {})),
        tuple(reading.get("unknown_columns", ())), str(reading.get("profile", "")),
    )  # fmt: skip
