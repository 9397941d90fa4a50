"""What people and programs see of decisions and batches: plain rows without personal text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from letters.batch.history import states_of
from letters.batch.lookup import is_present, step_of
from letters.batch.state import STATE_NAMES, BatchStep, batch_state
from letters.post.standing import batch_facts
from letters.tables import Batch, BatchEvent, Letter, Partner, Piece, Release
from letters.tables_proof import RelayLetter
from locate.tables import Case, Decision, Lender
from records.clock import SHANGHAI

DECISION_HEADERS: dict[str, str] = {
    "lender": "资方",
    "case_no": "案件号",
    "verdict_name": "结果",
    "rules": "规则",
    "reasons": "理由与处理",
}
VERDICT_NAMES = {"planned": "计划发函", "held": "暂停待人", "refused": "拒绝"}
GRAVITY = ("block", "hold", "warn")
PAGE = 5_000


class BatchRow(TypedDict):
    """One line of ``handa batch list``."""

    batch_no: str
    day: date
    lender: str
    product: str
    template: str
    letters: int
    step: BatchStep
    sealed_name: str | None


class BatchView(TypedDict):
    """``handa batch show``."""

    batch_no: str
    day: date
    lender: str
    partner: str
    product: str
    template: str
    step: BatchStep
    sealed_name: str | None
    letters_sha256: str
    release_token: str | None
    states: dict[str, int]
    events: list[dict[str, Any]]
    letters: list[dict[str, Any]]


def gravest_first(findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings as people read them: what stops the letter before what is only said."""
    return sorted(findings, key=lambda one: GRAVITY.index(one["severity"]))


def decision_rows(session: Session, day: date, lender_code: str | None = None) -> list[dict[str, Any]]:
    """The decisions in force for the day: the latest one of each case, in order of lender and case number."""
    demand = ~exists().where(RelayLetter.decision_id == Decision.id)  # a relay letter decides nothing about the demand
    latest = (
        select(Decision.case_id, func.max(Decision.made_at).label("made_at"))
        .where(Decision.day == day, demand)
        .group_by(Decision.case_id)
        .subquery()
    )
    query = (
        select(Decision, Case.case_no, Lender.code)
        .join(latest, (latest.c.case_id == Decision.case_id) & (latest.c.made_at == Decision.made_at))
        .join(Case, Case.id == Decision.case_id)
        .join(Lender, Lender.id == Case.lender_id)
        .where(Decision.day == day, demand)
        .order_by(Lender.code.collate("C"), Case.case_no.collate("C"))
        .execution_options(yield_per=PAGE)
    )
    if lender_code is not None:
        query = query.where(Lender.code == lender_code)
    rows = []
    for decision, case_no, code in session.execute(query):
        rows.append(
            {
                "lender": code,
                "case_no": case_no,
                "verdict": decision.verdict,
                "verdict_name": VERDICT_NAMES[decision.verdict],
                "rules": " ".join(decision.rule_ids),
                "reasons": "".join(finding["message"] for finding in gravest_first(decision.findings)),
                "findings": decision.findings,
                "probability": decision.probability,
                "model_version": decision.model_version,
                "product": decision.product if decision.verdict == "planned" else None,
            }
        )
        session.expunge(decision)
    return rows


def list_batches(session: Session) -> list[BatchRow]:
    """Every batch, newest day first."""
    kinds: dict[UUID, set[str]] = {}
    for batch_id, kind in session.execute(select(BatchEvent.batch_id, BatchEvent.kind)):
        kinds.setdefault(batch_id, set()).add(kind)
    closed = [batch_id for batch_id, known in kinds.items() if BatchStep.CLOSED in known]
    steps = {one.batch_id: one.step for one in batch_facts(session, closed)} if closed else {}
    counts = dict(session.execute(select(Letter.batch_id, func.count()).group_by(Letter.batch_id)).all())
    rows = session.execute(
        select(Batch, Lender.code).join(Lender, Lender.id == Batch.lender_id).order_by(Batch.day.desc(), Batch.number)
    )
    return [
        BatchRow(
            batch_no=batch.batch_no,
            day=batch.day,
            lender=code,
            product=batch.product,
            template=batch.template,
            letters=counts.get(batch.id, 0),
            step=steps.get(batch.id) or batch_state(kinds[batch.id]),
            sealed_name=batch.sealed_name,
        )
        for batch, code in rows
    ]


def batch_view(session: Session, batch: Batch) -> BatchView:
    """A batch with its events and the state of each letter (numbers only, no personal text)."""
    lender = session.get_one(Lender, batch.lender_id)
    partner = session.get_one(Partner, batch.partner_id)
    release = session.scalar(select(Release).where(Release.batch_id == batch.id))
    letters = list(_letters(session, batch))
    return BatchView(
        batch_no=batch.batch_no,
        day=batch.day,
        lender=lender.code,
        partner=partner.code,
        product=batch.product,
        template=batch.template,
        step=step_of(session, batch),
        sealed_name=batch.sealed_name,
        letters_sha256=batch.letters_sha256,
        release_token=release.token if release else None,
        states=dict(Counter(str(letter["state_name"]) for letter in letters)),
        events=[
            {
                "at": event.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
                "kind": event.kind,
                "actor": event.actor,
                "detail": event.detail,
            }
            for event in session.scalars(
                select(BatchEvent).where(BatchEvent.batch_id == batch.id).order_by(BatchEvent.at)
            )
        ],
        letters=letters,
    )


def _letters(session: Session, batch: Batch) -> Iterator[dict[str, Any]]:
    position = 0
    while True:
        rows = session.execute(
            select(Letter, Case.case_no, Piece.item_no)
            .join(Case, Case.id == Letter.case_id)
            .join(Piece, Piece.letter_id == Letter.id)
            .where(Letter.batch_id == batch.id, Letter.position > position, is_present())
            .order_by(Letter.position)
            .limit(PAGE)
        ).all()
        states = states_of(session, [letter for letter, _, _ in rows])
        for letter, case_no, item_no in rows:
            state, code = states[letter.id]
            yield {
                "position": letter.position,
                "letter_no": letter.letter_no,
                "case_no": case_no,
                "item_no": item_no,
                "state": state.value,
                "state_name": STATE_NAMES[state],
                "outcome": code,
            }
            position = letter.position
        if len(rows) < PAGE:
            return
