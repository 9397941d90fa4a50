"""Contradictions that wait for a person: which letters, what does not fit, and the decision on one of them.

Found again each time from the records; only what a person said is kept (``OutcomeDecision``), and it counts while the
contradiction is the one that the person saw (``letters.post.deciding``). Until then the letter has no final state, and
neither evidence nor limitation, reports or learning take it as delivered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from letters.post.codes import HOW_NAMES, How
from letters.post.deciding import DECIDABLE
from letters.post.model import LetterState
from letters.post.outcome import Outcome
from letters.post.outcomes import post_outcomes
from letters.tables import Batch, Letter, Partner, Piece, PostEventRow
from letters.tables_outcomes import OutcomeDecision
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import SHANGHAI, Clock, today
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7
from records.lists import one_of

PAGE = 5_000
WHY = "outcome_decision.why"
_DATED = frozenset({"DELIVERED_BEFORE_ACCEPTANCE", "EVENT_BEFORE_HANDOVER"})
"""Contradictions of time: whoever believes the end must say its day."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A letter that waits for a person. No personal field."""

    letter_no: str
    item_no: str
    batch_no: str
    partner: str
    claimed: str | None
    """The final state that the track claims; None when it claims none."""
    codes: tuple[str, ...]
    messages: tuple[str, ...]
    last_event_on: date | None
    superseded: bool
    """It was decided once, and what came later took the decision's ground away."""


def find_contradictions(session: Session, *, batch_no: str | None = None) -> Iterator[Contradiction]:
    """Every letter whose track contradicts itself and is not decided, by batch and position. A page at a time."""
    last: tuple[str, int] | None = None
    while True:
        rows = session.execute(_tracked(batch_no, last)).all()
        if not rows:
            return
        last = (rows[-1].batch_no, rows[-1].position)
        found = post_outcomes(session, [row.id for row in rows])
        waiting = {row.id: found[row.id].outcome for row in rows if row.id in found}
        waiting = {letter_id: one for letter_id, one in waiting.items() if one is not None and one.needs_person}
        items = _items(session, waiting)
        decided = set(session.scalars(select(OutcomeDecision.letter_id).where(one_of(OutcomeDecision.letter_id, waiting))))
        for row in rows:
            result = waiting.get(row.id)
            if result is not None:
                yield _told(row, items[row.id], result, superseded=row.id in decided)


def _tracked(batch_no: str | None, last: tuple[str, int] | None) -> Any:
    tracked = exists().where(PostEventRow.item_no == Piece.item_no, Piece.letter_id == Letter.id)
    query = (
        select(Letter.id, Letter.letter_no, Letter.position, Batch.batch_no, Partner.code.label("partner"))
        .join(Batch, Batch.id == Letter.batch_id)
        .join(Partner, Partner.id == Batch.partner_id)
        .where(tracked)
        .order_by(Batch.batch_no, Letter.position)
        .limit(PAGE)
    )
    if batch_no is not None:
        query = query.where(Batch.batch_no == batch_no)
    if last is not None:
        query = query.where(or_(Batch.batch_no > last[0], (Batch.batch_no == last[0]) & (Letter.position > last[1])))
    return query


def _items(session: Session, letter_ids: Any) -> dict[UUID, str]:
    rows = session.execute(
        select(Piece.letter_id, Piece.item_no).where(one_of(Piece.letter_id, letter_ids)).order_by(Piece.letter_id, Piece.copy_no)
    )
    return {row.letter_id: row.item_no for row in rows}


def _told(row: Any, item_no: str, result: Outcome, *, superseded: bool) -> Contradiction:
    blocking = [one for one in result.anomalies if one.blocking]
    return Contradiction(
        row.letter_no, item_no, row.batch_no, row.partner, result.claimed.value if result.claimed else None,
        tuple(one.code for one in blocking), tuple(one.message for one in blocking),
        result.last_event_at.astimezone(SHANGHAI).date() if result.last_event_at else None, superseded,
    )  # fmt: skip


def decide(
    session: Session,
    cipher: Cipher,
    letter: Letter,
    item_no: str,
    state: LetterState,
    *,
    how: How | None,
    on: date | None,
    why: str,
    evidence: tuple[str, str] | None,
    by: str,
    actor: str,
    clock: Clock,
) -> Outcome:
    """A person's word on a letter whose track contradicts itself; the outcome that it has from now on.

    Args:
        state: what to believe; IN_TRANSIT = none of the claims, the letter goes on waiting for the post.
        how: of a delivery; needed where the track does not say it or says several.
        on: the day of the end; needed where the contradiction is one of time.
        evidence: (name, SHA-256) of a kept paper; needed for every state but IN_TRANSIT.

    Raises:
        NeedsDecision: nothing about this letter waits for a person.
        WrongUsage: the decision is not one that these facts allow, or lacks its person, reason, day or evidence.
    """
    if not by.strip() or not why.strip():
        raise WrongUsage("须写明由谁决定（--by）与理由（--why）。", "例如 --by 张三 --why 邮政书面答复退件已收回。")
    if state not in DECIDABLE:
        raise WrongUsage(f"不能决定为“{state.value}”。", f"可用：{'、'.join(one.value for one in DECIDABLE)}。")
    found = post_outcomes(session, [letter.id]).get(letter.id)
    result = found.outcome if found else None
    if result is None or not result.facts:
        raise NeedsDecision(f"邮件 {item_no} 的轨迹没有互相矛盾，不需要决定。", "请用 handa post anomalies 查看待决定的邮件。")
    if state is not LetterState.IN_TRANSIT and evidence is None:
        raise WrongUsage("认定最终结果必须有凭据。", "请加 --evidence，如邮政的书面答复、退回的信封影像。")
    _demand_sound(result, state, how, on, letter, clock)
    # The newest decision counts by its own time, so no two of a letter may bear the same.
    before = session.scalar(select(func.max(OutcomeDecision.at)).where(OutcomeDecision.letter_id == letter.id))
    now = clock() if before is None else max(clock(), before + timedelta(microseconds=1))
    session.add(
        OutcomeDecision(
            id=(key := uuid7()), letter_id=letter.id, item_no=item_no, state=state.value, how=how.value if how else None, on_date=on,
            facts_sha256=result.facts, anomalies={"codes": [one.code for one in result.anomalies if one.blocking]},
            why_sealed=cipher.seal(WHY, key, why.strip()), evidence_name=evidence[0] if evidence else "",
            evidence_sha256=evidence[1] if evidence else "", by=by.strip(), actor=actor, at=now,
        )
    )  # fmt: skip
    session.flush()
    after = post_outcomes(session, [letter.id])[letter.id].outcome
    if after is None or after.needs_person or (state is not LetterState.IN_TRANSIT and after.state is not state):
        raise WrongUsage(f"轨迹中没有“{state.value}”的依据，不能这样认定。", "妥投只能在轨迹报告过妥投时认定；请核对轨迹：handa letter show。")
    append_audit(
        session, actor=actor, action="post.decided", subject=f"letter:{letter.letter_no}",
        detail={
            "item_no": item_no, "state": state.value, "how": how.value if how else None, "on": on.isoformat() if on else None,
            "by": by.strip(), "facts_sha256": result.facts, "evidence_sha256": evidence[1] if evidence else "",
            "anomalies": [one.code for one in result.anomalies if one.blocking],
        },
        clock=clock,
    )  # fmt: skip
    return after


def _demand_sound(result: Outcome, state: LetterState, how: How | None, on: date | None, letter: Letter, clock: Clock) -> None:
    codes = {one.code for one in result.anomalies if one.blocking}
    if state is LetterState.DELIVERED:
        claimed = result.hows
        if not claimed:
            raise WrongUsage("轨迹从未报告过妥投，不能认定为妥投。", "请向邮政取得投递记录，由其补发轨迹。")
        if how is None and (len(claimed) > 1 or How.UNSPECIFIED in claimed):
            listed = "、".join(f"{one.value}（{name}）" for one, name in HOW_NAMES.items() if one not in (How.UNSPECIFIED, How.LOCKER))
            raise WrongUsage("须写明怎样交付（--how）。", f"可用：{listed}。")
        if how in (How.UNSPECIFIED, How.LOCKER):
            raise WrongUsage(f"“{HOW_NAMES[how]}”不是送达。", "请按邮政的签收记录写明签收人。")
    elif how is not None:
        raise WrongUsage("只有妥投才写怎样交付（--how）。", "请去掉 --how。")
    if state is LetterState.IN_TRANSIT:
        if on is not None:
            raise WrongUsage("不认定最终结果时没有日期（--on）。", "请去掉 --on。")
        return
    if on is None and codes & _DATED:
        raise WrongUsage("轨迹的时间互相矛盾，须写明实际日期（--on）。", "例如 --on 2026-11-25，以凭据所载为准。")
    if on is not None and not letter.day <= on <= today(clock):
        raise WrongUsage(f"日期 {on} 不在交寄（{letter.day}）与今天之间。", "请核对凭据所载日期。")


def decisions_on(session: Session, cipher: Cipher, letter_id: UUID, facts: str) -> list[dict[str, Any]]:
    """Every decision ever made on a letter, oldest first; ``counts`` tells the one that was made on these facts last."""
    rows = session.scalars(
        select(OutcomeDecision).where(OutcomeDecision.letter_id == letter_id).order_by(OutcomeDecision.at, OutcomeDecision.id)
    ).all()
    counting = next((row.id for row in reversed(rows) if facts and row.facts_sha256 == facts), None)
    return [
        {
            "item_no": row.item_no, "state": row.state, "how": row.how, "on": row.on_date.isoformat() if row.on_date else None,
            "anomalies": row.anomalies["codes"], "why": cipher.open(WHY, row.id, row.why_sealed), "evidence": row.evidence_name,
            "evidence_sha256": row.evidence_sha256, "facts_sha256": row.facts_sha256, "by": row.by, "actor": row.actor,
            "at": row.at.astimezone(SHANGHAI).isoformat(timespec="seconds"), "counts": row.id == counting,
        }
        for row in rows
    ]  # fmt: skip
