"""Hands a sealed batch over to the partner's place, once: unclear is asked, never sent again under another name."""

from __future__ import annotations

from pathlib import Path

from letters.batch.lookup import batch_by_no, demand_step
from letters.batch.planning import Progress
from letters.batch.sealing import seal
from letters.batch.state import BatchStep
from letters.post.places import HandoverPlace, place_from_settings
from letters.tables import BatchEvent, Partner
from records.audit import append_audit
from records.database import Database
from records.identity import uuid7


def hand_over(
    db: Database,
    batch_no: str,
    *,
    actor: str,
    workers: int,
    progress: Progress = lambda _what, _done, _total: None,
) -> str:
    """Put the sealed batch into the partner's place and verify it there; returns where it lies.

    Doing it again asks the place and changes nothing when the place holds it.

    Raises:
        NeedsDecision: not sealed yet.
        PartnerUnreachable: the place can't be reached or did not take it whole; safe to run again.
    """
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        kinds = demand_step(session, batch, BatchStep.SEALED, f"请先运行 handa batch seal {batch.batch_no}。")
        partner = session.get_one(Partner, batch.partner_id)
        place: HandoverPlace = place_from_settings(partner.settings, db.settings.workspace.outbox / partner.code)
        done = BatchStep.HANDED_OVER in kinds
    if done:
        return place.where(str(batch.sealed_name))
    # The folder is verified (and remade if it was lost) before it leaves: what goes out is what was sealed.
    folder: Path = seal(db, batch_no, actor=actor, workers=workers, progress=progress)
    place.hand_over(folder)
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        detail = {"name": batch.sealed_name, "place": place.describe()}
        session.add(
            BatchEvent(id=uuid7(), batch_id=batch.id, kind="handed_over", at=db.clock(), actor=actor, detail=detail)
        )
        append_audit(
            session, actor=actor, action="batch.handed_over", subject=f"batch:{batch.batch_no}", detail=detail, clock=db.clock
        )
    return place.where(folder.name)
