"""Keeps what a case file gave: idempotent by content, all or nothing, in one transaction.

The same bytes read the same way change nothing and give the earlier report again. A case whose row failed in a newer
file stays as it was; only what must be heard at once is taken from such a row: stops, and contacts' refusals.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from locate.ahead import ReadAhead, Reading
from locate.case import CaseRecord
from locate.contacts.store import record_opt_out
from locate.intake.open_file import sha256_of
from locate.intake.problems import refuse_file
from locate.intake.profile import Profile, mapping_of, profile_of
from locate.intake.reading import ImportResult, Progress, read_case_file
from locate.intake.refused import write_refused
from locate.intake.report import ImportReport, report_from_json, report_of
from locate.keeping import Kept, keep_cases
from locate.stops import stop_case
from locate.tables import Case, CaseFile, Lender, LenderProfile
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock
from records.database import Database
from records.errors import WrongUsage
from records.identity import uuid7
from records.lists import one_of
from records.work import collect_seldom

STANDING_PROFILE = "default"
"""The name of the profile that is used when none is named."""
_FIRST_CASES = 2_000
"""Enough rows for the planner to learn from."""
_STATISTICS = text("SELECT reltuples FROM pg_class WHERE oid = CAST(:name AS regclass)")
_LEARN = text('ANALYZE "case", claim_snapshot, case_address, case_contact')
_REPORT_COLUMN = "case_file.report"


def import_case_file(
    db: Database,
    lender_code: str,
    path: Path,
    *,
    today: date,
    actor: str,
    profile: str | Profile | None = None,
    as_of: date | None = None,
    dry_run: bool = False,
    report_folder: Path | None = None,
    progress: Progress = lambda _what, _done, _total: None,
    ahead: ReadAhead | None = None,
) -> ImportReport:
    """Import a lender's case file.

    Args:
        db: the records.
        lender_code: whose file it is.
        path: the file, folder or ZIP.
        today: the day of the import.
        actor: who imports.
        profile: the lender's saved mapping by name, or a mapping; without one, the saved ``default`` if there is one.
        as_of: day of the amounts and of the file where the file does not say.
        dry_run: read and check only.
        report_folder: where the workbook of refused rows goes.
        progress: told now and then (what, done, total).
        ahead: reads addresses while rows are checked; without it they stay unread (``locate.reading`` reads them).

    Raises:
        WrongUsage: unknown lender or profile.
        UnreadableInput: the file can't be read as a case file; nothing was changed.
        AlreadyRunning: another import of this lender is under way.
    """
    if not path.exists():
        raise refuse_file("FILE_MISSING")
    collect_seldom()
    with db.session() as session:
        lender_id = _lender(session, lender_code).id
        mapping = profile if isinstance(profile, Profile) else load_profile(session, lender_code, profile)
    way = _way_of_reading(mapping, as_of)
    with db.exclusive(f"cases import {lender_code}"):
        with db.session() as session:
            earlier = _earlier(session, db.cipher, lender_id, sha256_of(path), way)
        if earlier is not None and report_folder is None:
            return earlier
        result = read_case_file(
            path,
            today=today,
            profile=mapping,
            as_of=as_of,
            progress=progress,
            hear=ahead.hear if ahead else lambda _text: None,
        )
        if ahead:
            ahead.heard_all()
        refused = write_refused(path, result, report_folder, mapping) if report_folder is not None else None
        if earlier is not None:
            return report_from_json(earlier.as_json(), report_file=refused)
        if dry_run:
            return report_of(result, dry_run=True, report_file=refused)
        with db.session() as session:
            return _keep(
                session,
                db,
                _Owner(lender_id, lender_code),
                result,
                way,
                actor,
                refused,
                progress,
                ahead.reading if ahead else lambda _text: None,
            )


@dataclass(frozen=True, slots=True)
class _Owner:
    """The lender whose file it is."""

    id: UUID
    code: str


def _lender(session: Session, code: str) -> Lender:
    found = session.scalar(select(Lender).where(Lender.code == code))
    if found is None:
        raise WrongUsage(
            f"没有代码为“{code}”的资方。", "请用 handa lender list 查看，或用 handa lender add 添加。"
        )
    return found


def _way_of_reading(profile: Profile | None, as_of: date | None) -> str:
    """What besides the bytes decides how a file is read."""
    parts = [mapping_of(profile) if profile else None, as_of.isoformat() if as_of else None]
    return sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _earlier(session: Session, cipher: Cipher, lender_id: UUID, digest: str, way: str) -> ImportReport | None:
    """The report of the same bytes, read the same way, or None."""
    file = session.scalar(select(CaseFile).where(CaseFile.lender_id == lender_id, CaseFile.sha256 == digest))
    if file is None:
        return None
    document = json.loads(cipher.open(_REPORT_COLUMN, file.id, file.report))
    return report_from_json(document) if document["read_as"] == way else None


def _keep(
    session: Session,
    db: Database,
    lender: _Owner,
    result: ImportResult,
    way: str,
    actor: str,
    refused: Path | None,
    progress: Progress,
    read: Callable[[str], Reading | None],
) -> ImportReport:
    cipher, clock = db.cipher, db.clock
    lender_id = lender.id
    file = session.scalar(
        select(CaseFile).where(CaseFile.lender_id == lender_id, CaseFile.sha256 == result.sha256)
    )
    if file is None:
        file = CaseFile(
            id=uuid7(), lender_id=lender_id, sha256=result.sha256, name=result.file, size=result.size,
            as_of=result.as_of, imported_at=clock(), report=b"", counts={},
        )  # fmt: skip
        session.add(file)
        session.flush()
    file_id, total = file.id, len(result.accepted)
    kept = _kept(
        session, db, lender, file_id, [case.record for case in result.accepted], actor,
        lambda done: progress("保存案件", done, total), read,
    )  # fmt: skip
    report = report_of(result, added=len(kept.added), updated=kept.updated, report_file=refused)
    _hear(session, cipher, file.lender_id, result, actor, clock)
    file = session.get_one(CaseFile, file_id)
    document = json.dumps(report.as_json() | {"read_as": way, "report_file": None}, ensure_ascii=False)
    file.report = cipher.seal(_REPORT_COLUMN, file_id, document)
    file.counts = dict(report.counts)
    file.imported_at = clock()
    _audit(session, result, kept, actor, clock)
    return report


def _kept(
    session: Session,
    db: Database,
    lender: _Owner,
    file_id: UUID,
    records: Sequence[CaseRecord],
    actor: str,
    told: Callable[[int], None],
    read: Callable[[str], Reading | None],
) -> Kept:
    """Keep the cases. In a young database the planner learns from the first of them: without statistics it takes the
    tables for nearly empty and walks all of the lender's cases for every thousand looked up (20 of 35 seconds in a first
    import of 50,000). Not in an old one: ANALYZE makes imports of other lenders wait until commit.
    """
    young = (session.scalar(_STATISTICS, {"name": '"case"'}) or 0) < _FIRST_CASES < len(records)
    cut = _FIRST_CASES if young else len(records)
    parts = []
    for start, part in ((0, records[:cut]), (cut, records[cut:])):
        if not part:
            continue
        if start:
            session.execute(_LEARN)
        parts.append(
            keep_cases(
                session, db.cipher, lender.id, file_id, part, actor=actor, clock=db.clock,
                progress=partial(_told_from, start, told), lender_code=lender.code, read=read,
            )
        )  # fmt: skip
    added = tuple(case_no for kept in parts for case_no in kept.added)
    updated = tuple(case_no for kept in parts for case_no in kept.updated)
    return Kept(added, updated, tuple(case_no for kept in parts for case_no in kept.unchanged))


def _told_from(start: int, told: Callable[[int], None], done: int) -> None:
    told(start + done)


def _hear(
    session: Session, cipher: Cipher, lender_id: UUID, result: ImportResult, actor: str, clock: Clock
) -> None:
    """Take stops and refusals also from rows that fell: they are about people, not about figures."""
    stops = dict(result.fallen_stops)
    if stops:
        known = (
            select(Case)
            .where(Case.lender_id == lender_id, one_of(Case.case_no, stops))
            .order_by(Case.case_no)
        )
        for case in session.scalars(known).all():
            for kind in stops[case.case_no]:
                stop_case(
                    session, case, kind, "资方委案表载明（该行其他内容未导入）", actor=actor, clock=clock
                )
    for mobile in result.refusing:
        record_opt_out(
            session,
            cipher,
            mobile,
            how="资方委案表",
            reason="资方委案表载明拒绝联系",
            actor=actor,
            clock=clock,
        )


def _audit(session: Session, result: ImportResult, kept: Kept, actor: str, clock: Clock) -> None:
    append_audit(
        session,
        actor=actor,
        action="cases.import",
        subject=result.sha256,
        detail={
            "accepted": len(result.accepted),
            "added": len(kept.added),
            "updated": len(kept.updated),
            "rejected": len(result.rejected),
        },
        clock=clock,
    )


def save_profile(
    session: Session, lender_code: str, name: str, mapping: Mapping[str, object], *, actor: str, clock: Clock
) -> Profile:
    """Check and save a lender's mapping under a name; one of the same name is replaced.

    Raises:
        WrongUsage: unknown lender, or a mapping that names what does not exist.
    """
    lender = _lender(session, lender_code)
    checked = profile_of(name, mapping)
    found = session.scalar(
        select(LenderProfile).where(LenderProfile.lender_id == lender.id, LenderProfile.name == name)
    )
    if found is None:
        found = LenderProfile(id=uuid7(), lender_id=lender.id, name=name, mapping={}, saved_at=clock())
        session.add(found)
    found.mapping = dict(mapping)
    found.saved_at = clock()
    append_audit(session, actor=actor, action="profile.save", subject=f"{lender_code}:{name}", clock=clock)
    return checked


def load_profile(session: Session, lender_code: str, name: str | None) -> Profile | None:
    """A saved mapping; without a name, the one called ``default`` or None.

    Raises:
        WrongUsage: there is none of that name.
    """
    lender = _lender(session, lender_code)
    wanted = name or STANDING_PROFILE
    found = session.scalar(
        select(LenderProfile).where(LenderProfile.lender_id == lender.id, LenderProfile.name == wanted)
    )
    if found is not None:
        return profile_of(wanted, found.mapping)
    if name is None:
        return None
    raise WrongUsage(f"资方“{lender_code}”没有名为“{name}”的列对应方案。", "请核对名称，或先保存方案。")
