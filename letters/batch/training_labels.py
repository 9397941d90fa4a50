"""Labels of delivered and undelivered letters for training (R-AI-04): one row a letter that left the house, as of a time.

Point in time both ways: features are those of the letter's own decision, the label is what the post had said by ``as_of``.
Carriers' and our own faults are censored, so are letters still under way; what the post took back is gone. No name, number
or address is in a row: tokens only, which are the same for the same debtor or place within one lender.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from letters.batch.history import is_demand
from letters.batch.lookup import is_live
from letters.post.consequences import consequence, tables
from letters.post.store import post_outcomes
from letters.tables import AnswerFile, Batch, BatchEvent, Letter, Piece, PostEventRow
from locate.tables import CaseAddress, Decision, Lender
from records.cipher import Cipher
from records.clock import SHANGHAI
from records.lists import one_of

PAGE: Final = 2_000
COLUMNS: Final = (
    "letter", "lender", "debtor", "place", "posted_on", "decided_at", "product", "template", "number", "address_kind", "source", "grade",
    "age_days", "confidence", "issues", "county", "probability", "propensity", "model_version", "label", "value", "reason", "censored",
    "evidence", "attempts", "known_at", "as_of", "consequences",
)  # fmt: skip
"""``value``: 1 good, 0 bad, empty = teaches nothing of the address. ``known_at``: when the label came to be known; a feature
built from other letters may use only what was known before ``decided_at``."""


def delivery_labels(session: Session, cipher: Cipher, as_of: datetime, lender_code: str | None = None) -> Iterator[tuple[object, ...]]:
    """Rows of ``COLUMNS`` in order of letters' ids, a page at a time."""
    handed = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "handed_over", BatchEvent.at <= as_of)
    after: UUID | None = None
    while True:
        query = (
            select(
                Letter.id, Letter.place_bidx, Letter.id_bidx, Letter.day, Letter.template, Lender.code.label("lender"), Batch.product,
                Decision.made_at, Decision.probability, Decision.propensity, Decision.model_version, Decision.checks,
                CaseAddress.kind, CaseAddress.source, CaseAddress.grade, CaseAddress.collected_on, CaseAddress.confidence,
                CaseAddress.issues, CaseAddress.adcode,
            )
            .join(Batch, Batch.id == Letter.batch_id)
            .join(Lender, Lender.id == Batch.lender_id)
            .join(Decision, Decision.id == Letter.decision_id)
            .join(CaseAddress, CaseAddress.id == Letter.address_id)
            .where(handed, is_live(), is_demand())
            .order_by(Letter.id)
            .limit(PAGE)
        )  # fmt: skip
        if lender_code is not None:
            query = query.where(Lender.code == lender_code)
        if after is not None:
            query = query.where(Letter.id > after)
        rows = session.execute(query).all()
        if not rows:
            return
        ids = [row.id for row in rows]
        said = post_outcomes(session, ids, until=as_of)
        known = known_at(session, ids, as_of)
        for row in rows:
            post = said.get(row.id)
            found = consequence(post.outcome if post else None, accepted=post.acknowledged if post else None)
            follow = (row.checks or {}).get("follow") or {}
            yield (
                _token(cipher, row.id.bytes), row.lender, _token(cipher, row.id_bidx), _token(cipher, row.place_bidx), row.day, row.made_at, row.product, row.template,
                follow.get("number", 1), row.kind, row.source, row.grade, (row.day - row.collected_on).days if row.collected_on else None,
                row.confidence, "|".join(row.issues or ()), row.adcode, row.probability, row.propensity, row.model_version,
                found.label.value, found.train, found.reason, found.censored.value if found.censored else "", found.evidence.value,
                post.outcome.attempts if post and post.outcome else 0, known.get(row.id) if found.ended else None,
                as_of.astimezone(SHANGHAI), tables().version,
            )  # fmt: skip
        after = ids[-1]


def _token(cipher: Cipher, index: bytes) -> str:
    return cipher.token("training", index.hex(), 20)


def known_at(session: Session, letter_ids: list[UUID], as_of: datetime) -> dict[UUID, datetime]:
    """When the last file came, by ``as_of``, that speaks of each letter: the day from which its end was known."""
    rows = session.execute(
        select(Piece.letter_id, func.max(AnswerFile.received_at))
        .join(PostEventRow, PostEventRow.item_no == Piece.item_no)
        .join(AnswerFile, AnswerFile.id == PostEventRow.file_id)
        .where(one_of(Piece.letter_id, letter_ids), AnswerFile.received_at <= as_of)
        .group_by(Piece.letter_id)
    )
    return {letter_id: at.astimezone(SHANGHAI) for letter_id, at in rows}
