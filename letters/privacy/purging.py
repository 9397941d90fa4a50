"""What retention periods have run out for: working files of printing, and cases nobody needs any more (R-PII-03, R-PII-08).

Two passes that each may be killed and run again: files of a batch go before the record that they went; cases go in
chunks, a transaction each. What must be kept is ``letters.privacy.retention``'s.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from letters.batch.policies import policy_in_force
from letters.privacy.erased import is_erased
from letters.privacy.erasing import erase_cases
from letters.privacy.retention import due_for_erasure, kept_days
from letters.rules.policy import Policy
from letters.tables import Batch, BatchEvent, Letter
from locate.tables import Case, Lender
from records.audit import append_audit
from records.clock import SHANGHAI
from records.database import Database
from records.files import disk_faults

CHUNK: Final = 500
PRINT_FOLDER: Final = "print"
SAMPLE: Final = "sample.pdf"


@dataclass(frozen=True, slots=True)
class Due:
    """What may go now. ``working``: print files behind a sealed batch; ``whole``: a batch's folder, its letters outlived."""

    working: tuple[str, ...]
    whole: tuple[str, ...]
    cases: tuple[tuple[str, str], ...]
    """(lender, case number)."""


def due(session: Session, db: Database, day: date) -> Due:
    """What a purge on this day would remove, in order of batch, lender and case number."""
    working, whole = [], []
    for batch, lender, handed_on in _handed(session):
        policy = _policy(session, lender)
        folder = db.settings.workspace.batches / batch.batch_no
        if not folder.exists():
            continue
        if day > batch.day + timedelta(days=kept_days(policy)):
            whole.append(batch.batch_no)
        elif day > handed_on + timedelta(days=policy.retain_print_days) and _working_files(folder):
            working.append(batch.batch_no)
    cases: list[tuple[str, str]] = []
    for lender in session.scalars(select(Lender).order_by(Lender.code)):
        ids = due_for_erasure(session, _policy(session, lender), day, lender.id)
        named = dict(session.execute(select(Case.id, Case.case_no).where(Case.lender_id == lender.id, ~is_erased())).all()) if ids else {}
        cases += [(lender.code, named[case_id]) for case_id in ids]
    return Due(tuple(working), tuple(whole), tuple(cases))


def purge(
    db: Database, day: date, *, by: str, reason: str, actor: str, progress: Callable[[str, int, int], None]
) -> Due:
    """Remove what ``due`` names; returns it. Run again, it goes on where it was."""
    with db.session() as session:
        found = due(session, db, day)
    for number, batch_no in enumerate((*found.working, *found.whole), start=1):
        _remove(db, batch_no, whole=batch_no in found.whole, by=by, reason=reason, actor=actor)
        progress("删除印刷文件", number, len(found.working) + len(found.whole))
    done = 0
    with db.session() as session:
        lenders = list(session.scalars(select(Lender.code).order_by(Lender.code)))
    for code in lenders:
        while True:
            with db.session() as session:
                lender = session.scalars(select(Lender).where(Lender.code == code)).one()
                ids = due_for_erasure(session, _policy(session, lender), day, lender.id)[:CHUNK]
                if not ids:
                    break
                done += erase_cases(session, db.cipher, lender, ids, by=by, reason=reason, actor=actor, clock=db.clock)
            progress("删除个人信息", done, len(found.cases))
    return found


def _handed(session: Session) -> list[tuple[Batch, Lender, date]]:
    rows = session.execute(
        select(Batch, Lender, BatchEvent.at)
        .join(Lender, Lender.id == Batch.lender_id)
        .join(BatchEvent, (BatchEvent.batch_id == Batch.id) & (BatchEvent.kind == "handed_over"))
        .where(exists().where(Letter.batch_id == Batch.id))
        .order_by(Batch.batch_no)
    )
    return [(batch, lender, at.astimezone(SHANGHAI).date()) for batch, lender, at in rows]


def _policy(session: Session, lender: Lender) -> Policy:
    return policy_in_force(session, str(lender.settings.get("firm", "")), lender.code)


def _working_files(folder: Path) -> list[Path]:
    """What only printing and the lawyer's look needed: the sealed folder beside it holds the pages as evidence."""
    return [path for path in (folder / PRINT_FOLDER, folder / SAMPLE) if path.exists()]


def _remove(db: Database, batch_no: str, *, whole: bool, by: str, reason: str, actor: str) -> None:
    folder = db.settings.workspace.batches / batch_no
    with disk_faults(folder):
        for path in [folder] if whole else _working_files(folder):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    with db.session() as session:
        append_audit(
            session, actor=actor, action="privacy.purged", subject=f"batch:{batch_no}",
            detail={"by": by, "reason": reason, "what": "whole" if whole else "working"}, clock=db.clock,
        )  # fmt: skip
