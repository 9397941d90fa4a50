"""The risk-weighted sample that a lawyer sees before release: same batch, same sample; every viewing is recorded.

Chosen over all letters of the batch, pulled ones too, and shown without those: a letter that is pulled after the lawyer
has looked makes the sample smaller, never another one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live
from letters.tables import Batch, BatchEvent, Letter
from locate.tables import CaseAddress, ClaimSnapshot, Decision
from records.audit import append_audit
from records.clock import Clock
from records.identity import uuid7

LEXICON_RULE = "R-LAW-11"
"""M-words of the lexicon are for the lawyer: every letter that has one is in the sample."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A letter in the sample and why it is there."""

    position: int
    letter_no: str
    why: str


def choose_sample(session: Session, batch: Batch, each: int) -> list[Sampled]:
    """The sample in manifest order: ``each`` letters per risk and template, and every hit of the lexicon."""
    base = (
        select(Letter.position, Letter.letter_no)
        .join(Decision, Decision.id == Letter.decision_id)
        .join(ClaimSnapshot, ClaimSnapshot.id == Letter.snapshot_id)
        .join(CaseAddress, CaseAddress.id == Letter.address_id)
        .where(Letter.batch_id == batch.id)
    )
    found: dict[int, Sampled] = {}
    hits = base.where(Decision.rule_ids.contains(literal([LEXICON_RULE], ARRAY(Text)))).order_by(Letter.position)
    for position, letter_no in session.execute(hits):
        found.setdefault(position, Sampled(position, letter_no, "用词须律师判断"))
    for template in session.scalars(select(Letter.template).where(Letter.batch_id == batch.id).distinct().order_by(Letter.template)):
        own = base.where(Letter.template == template)
        picks = [
            ("金额最高", own.order_by(ClaimSnapshot.total.desc(), Letter.position).limit(each)),
            ("地址置信度最低", own.order_by(CaseAddress.confidence, Letter.position).limit(each)),
            ("有须律师留意的提示", own.where(func.cardinality(Decision.rule_ids) > 0).order_by(Letter.position).limit(each)),
        ]
        for why, query in picks:
            for position, letter_no in session.execute(query):
                found.setdefault(position, Sampled(position, letter_no, why))
        positions = list(session.scalars(select(Letter.position).where(Letter.batch_id == batch.id, Letter.template == template).order_by(Letter.position)))
        spread = {positions[number * len(positions) // each] for number in range(each)}
        for position, letter_no in session.execute(own.where(Letter.position.in_(spread))):
            found.setdefault(position, Sampled(position, letter_no, "等距抽取"))
    live = set(session.scalars(select(Letter.position).where(Letter.batch_id == batch.id, Letter.position.in_(found), is_live())))
    return [found[position] for position in sorted(live)]


def record_sample_viewed(session: Session, batch: Batch, sample: list[Sampled], *, actor: str, clock: Clock) -> None:
    """Record that this sample of this batch was opened by ``actor``."""
    detail = {"letters_sha256": batch.letters_sha256, "letters": [[one.letter_no, one.why] for one in sample]}
    session.add(
        BatchEvent(id=uuid7(), batch_id=batch.id, kind="sample_viewed", at=clock(), actor=actor, detail=detail)
    )
    append_audit(
        session, actor=actor, action="batch.sample_viewed", subject=f"batch:{batch.batch_no}", detail=detail, clock=clock
    )


def viewed_by(session: Session, batch: Batch, actor: str) -> set[str]:
    """Letter numbers that ``actor`` has seen of the batch as its letters are now."""
    rows = session.scalars(
        select(BatchEvent.detail).where(
            BatchEvent.batch_id == batch.id, BatchEvent.kind == "sample_viewed", BatchEvent.actor == actor
        )
    )
    return {
        str(letter[0]) for detail in rows if detail.get("letters_sha256") == batch.letters_sha256 for letter in detail["letters"]
    }
