"""What the house's own books say at the end of a soak, item by item. Reads; changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import func, select

from letters.batch.view import batch_view, list_batches
from letters.post.store import post_outcomes
from letters.tables import Acknowledgement, AnswerFile, Batch, Letter, Piece, PostEventRow, QuarantinedRow
from records.clock import SHANGHAI
from records.database import Database


def look(db: Database) -> dict[str, Any]:
    """Batches with their letters and what the post has said of each; rows kept, by kind."""
    with db.session() as session:
        batches = []
        for row in list_batches(session):
            batch = session.scalars(select(Batch).where(Batch.batch_no == row["batch_no"])).one()
            view = batch_view(session, batch)
            ids = dict(session.execute(select(Letter.letter_no, Letter.id).where(Letter.batch_id == batch.id)).all())
            told = post_outcomes(session, list(ids.values()))
            sent = {
                item_no: (weight, postage)
                for item_no, weight, postage in session.execute(
                    select(Piece.item_no, Piece.weight_g, Piece.postage_fen).where(Piece.letter_id.in_(list(ids.values())))
                )
            }
            letters = []
            for letter in view["letters"]:
                piece = told.get(ids[letter["letter_no"]])
                seen = piece.outcome if piece else None
                letters.append(
                    letter
                    | {
                        "how": str(seen.how or "") if seen else "",
                        "final_at": seen.final_at.astimezone(SHANGHAI).isoformat() if seen and seen.is_final and seen.final_at else "",
                        "anomalies": [anomaly.code for anomaly in seen.anomalies] if seen else [],
                        "sent": sent[letter["item_no"]],
                    }
                )
            batches.append({**row, "letters": letters})
        acknowledged: dict[str, list[tuple[bool, int | None, int | None, str]]] = {}
        for item_no, *said in session.execute(
            select(
                Acknowledgement.item_no, Acknowledgement.accepted, Acknowledgement.weight_g, Acknowledgement.postage_fen,
                Acknowledgement.reason,
            )
            .join(AnswerFile, AnswerFile.id == Acknowledgement.file_id)
            .order_by(AnswerFile.received_at, AnswerFile.id)
        ):  # fmt: skip
            acknowledged.setdefault(item_no, []).append(tuple(said))
        open_rows = Counter(session.scalars(select(QuarantinedRow.code).where(QuarantinedRow.resolved_at.is_(None))))
        return {
            "batches": batches,
            "acknowledged": acknowledged,
            "events": session.scalar(select(func.count()).select_from(PostEventRow)),
            "files": session.scalar(select(func.count()).select_from(AnswerFile)),
            "quarantined": session.scalar(select(func.count()).select_from(QuarantinedRow)),
            "open_quarantine": dict(open_rows),
        }
