"""The sample that a lawyer views before release, as one PDF; opening it is recorded."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from letters.batch.frame import DUPLEX
from letters.batch.lookup import batch_by_no, demand_step, live_pieces
from letters.batch.policies import policy_of_batch
from letters.batch.sampling import Sampled, choose_sample, record_sample_viewed
from letters.batch.state import BatchStep
from letters.compose import compose, load_bundle
from letters.press.part import PartWriter
from letters.tables import Letter
from records.database import Database
from records.files import disk_faults


def write_sample(
    db: Database, batch_no: str, target: Path | None, *, actor: str
) -> tuple[Path, list[Sampled]]:
    """Write the batch's risk-weighted sample to ``target`` (default: the batch's folder) and record the viewing.

    The pages are those that will be printed, without the seal: a seal image needs a release (R-LAW-06).

    Raises:
        NeedsDecision, WrongUsage: there is no such planned batch.
    """
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        demand_step(session, batch, BatchStep.PLANNED, "请先计划。")
        sampled = choose_sample(session, batch, policy_of_batch(session, batch).sample_each)
        total = session.scalar(select(func.count()).select_from(Letter).where(Letter.batch_id == batch.id)) or 0
        path = target or db.settings.workspace.batches / batch.batch_no / "sample.pdf"
        bundle = load_bundle(batch.template)
        with disk_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            writer = PartWriter(path, bundle, batch_no=batch.batch_no, dated=batch.day, seal=None, duplex=DUPLEX)
            for one in sampled:
                for piece in live_pieces(session, db.cipher, batch, after=one.position - 1, until=one.position):
                    writer.add(compose(bundle, piece.fields), piece.fields, piece.position, total)
            writer.close()
            path.chmod(0o600)
        record_sample_viewed(session, batch, sampled, actor=actor, clock=db.clock)
    return path, sampled
