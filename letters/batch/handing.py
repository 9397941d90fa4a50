"""Hands a sealed batch over to the partner's place, once: unclear is asked, never sent again under another name.

The last look for stops and payments happens while nobody can record one (``locate.cutoff``), right before the place's own
rename: a case that was stopped before the hand-over is never in it. What comes later is recorded as too late. A partner
who has given a key gets the batch as one encrypted file (``letters.batch.packing``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.answers.rate import demand_few_complaints
from letters.batch.counter import calendar_of
from letters.batch.inserted import demand_good_copies
from letters.batch.late import note_late
from letters.batch.lookup import batch_by_no, demand_step, kinds_of
from letters.batch.packing import Package, pack, packages_of
from letters.batch.partners import RECIPIENT
from letters.batch.planning import Progress
from letters.batch.pulling import due
from letters.batch.sealing import seal
from letters.batch.state import BatchStep
from letters.post.agefile import SUFFIX, demand_recipient
from letters.post.places import HandoverPlace, Holding, place_from_settings
from letters.tables import Batch, BatchEvent, Partner
from locate.cutoff import alone
from records.audit import append_audit
from records.clock import today
from records.database import Database
from records.errors import NeedsDecision
from records.identity import uuid7

TRIES = 5
"""Times that a batch is sealed anew because something was recorded while it was being sent."""


class _Stopped(Exception):
    """The last look found letters that must be pulled; nothing was handed over."""


def hand_over(
    db: Database,
    batch_no: str,
    *,
    actor: str,
    workers: int,
    progress: Progress = lambda _what, _done, _total: None,
) -> str:
    """Put the sealed batch into the partner's place and verify it there; returns where it lies.

    Letters that were stopped since sealing are pulled and the batch is sealed anew before it leaves. Doing it again asks
    the place and changes nothing when the place holds it.

    Raises:
        NeedsDecision: not sealed yet, the partner's counter is closed today, complaints stop the batch, or copies are not good
            (``inserted``).
        PartnerUnreachable: the place can't be reached or did not take it whole; safe to run again.
    """
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        kinds = demand_step(session, batch, BatchStep.SEALED, f"请先运行 handa batch seal {batch.batch_no}。")
        partner = session.get_one(Partner, batch.partner_id)
        place: HandoverPlace = place_from_settings(partner.settings, db.settings.workspace.outbox / partner.code)
        recipient = partner.settings.get(RECIPIENT)
        key = None if recipient is None else demand_recipient(str(recipient))
        name = batch.sealed_name
        if BatchStep.HANDED_OVER in kinds:
            return place.where(_handed_as(session, batch) or str(name))
        sent = None if name is None else _already_there(db, place, batch, name)
        if sent is None:
            calendar_of(session, partner).demand_open(today(db.clock), "批次不能交寄")
            demand_few_complaints(session, batch, db.clock)
    if sent is not None:  # an earlier run sent it and could not say so
        _record(db, batch_no, place, sent, actor)
        return place.where(sent)
    for _ in range(TRIES):
        # The folder is verified (remade if it was lost, sealed anew if letters were pulled) before it leaves.
        folder: Path = seal(db, batch_no, actor=actor, workers=workers, progress=progress)
        parcel = folder if key is None else pack(db, batch_no, folder, key, actor=actor)
        for other in _unsealed(db, batch_no):
            place.forget(other)
            place.forget(f"{other}{SUFFIX}")
        # Half a batch in the form that is no longer sent: in the clear it may not lie where a key is asked for.
        place.forget(f"{folder.name}{SUFFIX}" if key is None else folder.name)
        try:
            place.hand_over(parcel, partial(_last_look, db, batch_no, place, parcel.name, actor))
        except _Stopped:
            continue
        _record(db, batch_no, place, parcel.name, actor)
        return place.where(parcel.name)
    raise NeedsDecision(f"批次 {batch_no} 交寄时不断有新的停止或还款登记，尚未交寄。", "请稍后再次运行。")


def _unsealed(db: Database, batch_no: str) -> list[str]:
    """Names that the batch was sealed under before letters were pulled; a part of them may have been sent."""
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        details = session.scalars(select(BatchEvent.detail).where(BatchEvent.batch_id == batch.id, BatchEvent.kind == "unsealed"))
        return [str(detail["name"]) for detail in details]


def _already_there(db: Database, place: HandoverPlace, batch: Batch, name: str) -> str | None:
    """The name under which the place holds the batch, in the clear or encrypted; None when it does not."""
    sums = db.settings.workspace.batches / batch.batch_no / name / "SHA256SUMS"
    if sums.is_file() and place.holds(name, hashlib.sha256(sums.read_bytes()).hexdigest()) is Holding.YES:
        return name
    packages: list[Package] = packages_of(db, batch.batch_no, name)
    return next((one.file for one in packages if place.holds(one.file, one.sha256) is Holding.YES), None)


def _handed_as(session: Session, batch: Batch) -> str | None:
    detail = session.scalar(select(BatchEvent.detail).where(BatchEvent.batch_id == batch.id, BatchEvent.kind == "handed_over"))
    return None if detail is None or "file" not in detail else str(detail["file"])


@contextmanager
def _last_look(db: Database, batch_no: str, place: HandoverPlace, name: str, actor: str) -> Iterator[None]:
    """Around the place's rename: nobody records a stop meanwhile, and the hand-over is recorded with it."""
    with db.session() as session:
        alone(session)
        batch = batch_by_no(session, batch_no)
        if due(session, batch):
            raise _Stopped
        demand_good_copies(session, batch)
        yield
        _add_event(session, db, batch, place, name, actor)


def _record(db: Database, batch_no: str, place: HandoverPlace, name: str, actor: str) -> None:
    """Record the hand-over where the last look did not come to it, and what has become too late since."""
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        if BatchStep.HANDED_OVER not in kinds_of(session, batch):
            _add_event(session, db, batch, place, name, actor)
            session.flush()
        note_late(session, batch, actor=actor, clock=db.clock)


def _add_event(session: Session, db: Database, batch: Batch, place: HandoverPlace, name: str, actor: str) -> None:
    detail = {"name": batch.sealed_name, "file": name, "place": place.describe()}
    session.add(
        BatchEvent(id=uuid7(), batch_id=batch.id, kind="handed_over", at=db.clock(), actor=actor, detail=detail)
    )
    append_audit(
        session, actor=actor, action="batch.handed_over", subject=f"batch:{batch.batch_no}", detail=detail, clock=db.clock
    )
