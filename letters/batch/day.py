"""``handa day run``: every lender's day from planning to hand-over, resumable at any point, one run at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.answers.rate import TooManyComplaints
from letters.batch.counter import CounterClosed, calendar_of
from letters.batch.handing import hand_over
from letters.batch.inserted import CopiesNotGood
from letters.batch.lookup import batch_by_no, kinds_of, step_of
from letters.batch.parties import lender_by_code, parties_of
from letters.batch.planning import PlanResult, Progress, lenders_with_cases, plan_lenders
from letters.batch.printing import print_batch
from letters.batch.pulling import Pulled
from letters.batch.releasing import NotReleasable, release_batch, standing_order_for
from letters.batch.sealing import seal
from letters.batch.state import AT_THE_POST, BatchStep, batch_state
from letters.tables import Batch, BatchEvent
from locate.tables import Lender
from records.database import Database
from records.errors import WrongUsage

LOCK = "day"
"""Name of the house-wide lock: planning, releasing, printing, sealing and handing over are one at a time."""


@dataclass(slots=True)
class BatchResult:
    """What a day's run did with one batch. ``waits_for`` says whose turn it is when the batch stopped."""

    batch_no: str
    lender: str
    step: BatchStep
    place: str = ""
    waits_for: str = ""
    pulled: list[Pulled] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ClosedCounter:
    """A lender whose partner's counter is closed on the day; ``next_day`` is its next open day."""

    lender: str
    partner: str
    reason: str
    next_day: date | None


@dataclass(slots=True)
class DayResult:
    """Plans and batches of one day."""

    day: date
    plans: list[PlanResult]
    batches: list[BatchResult]
    closed: list[ClosedCounter] = field(default_factory=list)
    """Lenders that were not planned because their partner takes nothing on the day."""

    @property
    def waiting(self) -> list[BatchResult]:
        """Batches that stopped for a person."""
        return [batch for batch in self.batches if batch.waits_for]


def run_day(
    db: Database,
    day: date,
    *,
    actor: str,
    workers: int,
    lenders: Sequence[str] = (),
    budget_fen: int | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> DayResult:
    """Plan, release where a lawyer's standing order covers the batch, print, seal and hand over.

    Batches of earlier days that were released but not handed over are finished too.

    Raises:
        AlreadyRunning: another run is at work.
        HandaError: whatever stops a step; everything before it is kept and the run may be repeated.
    """
    with db.exclusive(LOCK):
        with db.session() as session:
            codes = list(lenders) or lenders_with_cases(session)
            closed = closed_counters(session, codes, day)
        resting = {one.lender for one in closed}
        plans = plan_lenders(
            db, [code for code in codes if code not in resting], day, actor=actor, workers=workers, budget_fen=budget_fen,
            progress=progress,
        )
        batches = [_carry(db, no, lender, actor, workers, progress) for no, lender in _open(db, day, codes)]
        return DayResult(day, plans, batches, closed)


def closed_counters(session: Session, lender_codes: Sequence[str], day: date) -> list[ClosedCounter]:
    """The lenders whose partner's counter is closed on the day."""
    found = []
    for code in lender_codes:
        lender = lender_by_code(session, code)
        try:
            partner = parties_of(session, lender).partner
        except WrongUsage:
            continue  # planning says what is missing
        calendar = calendar_of(session, partner)
        if why := calendar.closed(day):
            found.append(ClosedCounter(code, partner.code, why, calendar.next_open(day)))
    return found


def _open(db: Database, day: date, lenders: Sequence[str]) -> list[tuple[str, str]]:
    """(batch number, lender) of the day's batches and of earlier ones that are released but not handed over."""
    with db.session() as session:
        rows = session.execute(
            select(Batch, Lender.code)
            .join(Lender, Lender.id == Batch.lender_id)
            .where(Batch.day <= day, Lender.code.in_(lenders))
            .order_by(Batch.day, Batch.number)
        ).all()
        kinds: dict[object, set[str]] = {}
        for batch_id, kind in session.execute(
            select(BatchEvent.batch_id, BatchEvent.kind).where(BatchEvent.batch_id.in_([batch.id for batch, _ in rows]))
        ):
            kinds.setdefault(batch_id, set()).add(kind)
        found = []
        for batch, code in rows:
            step = batch_state(kinds[batch.id])
            ended = step is BatchStep.VOID or step in AT_THE_POST
            if step is BatchStep.VOID or (batch.day < day and (ended or step is BatchStep.PLANNED)):
                continue
            found.append((batch.batch_no, code))
        return found


def _carry(db: Database, batch_no: str, lender: str, actor: str, workers: int, progress: Progress) -> BatchResult:
    """Carry one batch as far as it may go."""
    result = BatchResult(batch_no, lender, BatchStep.PLANNED)
    lawyer, order = "", None
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        kinds = kinds_of(session, batch)
        if BatchStep.RELEASED not in kinds:
            covered = standing_order_for(session, batch)
            if isinstance(covered, str):
                result.waits_for = f"{covered}：handa batch sample {batch_no} --lawyer 律师代码 查看后，handa batch release {batch_no} --lawyer 律师代码"
                return result
            lawyer, order = covered
    try:
        if order is not None:
            with db.session() as session:
                released = release_batch(
                    session, db.cipher, batch_by_no(session, batch_no), lawyer, clock=db.clock, standing=order
                )
            result.pulled += released.pulled
        result.pulled += print_batch(db, batch_no, actor=actor, workers=workers, progress=progress)
        seal(db, batch_no, actor=actor, workers=workers, progress=progress)
        result.place = hand_over(db, batch_no, actor=actor, workers=workers, progress=progress)
    except (NotReleasable, TooManyComplaints, CounterClosed, CopiesNotGood) as fault:
        # One batch waits for people; the other lenders' batches go on.
        result.waits_for = fault.message
    with db.session() as session:
        result.step = step_of(session, batch_by_no(session, batch_no))
    return result
