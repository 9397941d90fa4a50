"""Closes a batch: every piece accounted for, every gap resolved by facts or settled by a person. Never with one open.

Closing is an event that says how much was known. What comes later is kept like any other fact; the batch then counts as
open again (``CLOSED_NEW_FACTS``) until somebody has looked and closes it anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.postage import open_differences
from letters.batch.state import BatchStep
from letters.post.books import CLASS_NAMES, BatchFacts
from letters.post.gaps import Gap, gap_of_batch, gaps_of
from letters.post.standing import batch_facts, facts_of
from letters.post.unread import quarantined_items
from letters.tables import Batch, BatchEvent, Letter, Piece
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock, today
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing gave. ``already``: it was closed, and nothing has come since."""

    batch_no: str
    already: bool
    counts: dict[str, int]


class NotClosable(NeedsDecision):
    """Something of the batch does not add up yet."""

    def __init__(self, batch_no: str, gaps: tuple[Gap, ...]) -> None:
        shown = "；".join(f"{gap.title} {gap.count}" for gap in gaps[:SHOWN]) + ("…" if len(gaps) > SHOWN else "")
        super().__init__(
            f"批次 {batch_no} 还不能结清，有 {len(gaps)} 种缺口：{shown}。",
            f"用 handa post gaps --batch {batch_no} --every 查看；事实不能消除的，用 handa post settle 登记处理。",
        )
        self.gaps = gaps


def close_batch(session: Session, cipher: Cipher, batch: Batch, *, by: str, actor: str, clock: Clock) -> Closed:
    """Close the batch, or say what is in the way.

    Raises:
        NotClosable: it has gaps, or pieces without an end.
        NeedsDecision: it was not handed over yet.
        WrongUsage: it is void; nobody is named.
    """
    if not by.strip():
        raise WrongUsage("结清批次须写明由谁负责。", "请加 --by 姓名。")
    session.execute(select(Batch.id).where(Batch.id == batch.id).with_for_update())  # two closings at once are one
    (facts,) = batch_facts(session, [batch.id])
    if facts.step is BatchStep.VOID:
        raise WrongUsage(f"批次 {batch.batch_no} 已作废，不需要结清。")
    if not facts.handed_over:
        raise NeedsDecision(f"批次 {batch.batch_no} 尚未交寄，不能结清。", f"请先运行 handa batch handover {batch.batch_no}。")
    if facts.step is BatchStep.CLOSED:
        return Closed(batch.batch_no, already=True, counts={})
    # Counted before the look: a fact that arrives in between opens the batch again instead of slipping in.
    known = facts_of(session, [batch.id]).get(batch.id, 0)
    look = gaps_of(session, clock, batches=[facts], every=True)
    gaps = [gap for gap in look.gaps if gap.code != "CLOSED_NEW_FACTS"]
    gaps += _quarantined(session, cipher, facts, clock)
    if postage := open_differences(session, batch):
        gaps.append(gap_of_batch(facts, "POSTAGE_OPEN", len(postage), today(clock), clock))
    if gaps:
        raise NotClosable(batch.batch_no, tuple(gaps))
    counts = {CLASS_NAMES[one]: count for one, count in sorted(look.books[batch.id].classes.items())}
    detail = {"by": by.strip(), "facts": known, "counts": counts}
    session.add(BatchEvent(id=uuid7(), batch_id=batch.id, kind="closed", at=clock(), actor=actor, detail=detail))
    append_audit(session, actor=actor, action="batch.closed", subject=f"batch:{batch.batch_no}", detail=detail, clock=clock)
    return Closed(batch.batch_no, already=False, counts=counts)


def _quarantined(session: Session, cipher: Cipher, batch: BatchFacts, clock: Clock) -> list[Gap]:
    """A gap for the pieces of which a quarantined row speaks: what it says may change everything."""
    items = session.scalars(select(Piece.item_no).join(Letter, Letter.id == Piece.letter_id).where(Letter.batch_id == batch.batch_id))
    found = quarantined_items(session, cipher, batch.partner_id, set(items))
    return [gap_of_batch(batch, "QUARANTINED_PIECE", len(found), min(found.values()), clock)] if found else []
