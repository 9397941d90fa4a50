"""First letters whose template was drawn, with what was known before and what followed: what a choice between two templates learns from.

One line a case: its first decision that was planned while two templates were tried. As drawn, whatever happened to the letter later.
Features are those of the moment when the planning was opened, for then it is settled which template a case has: neither address nor
postal product is among them. Beside repayments: what was posted, what arrived, and who complained or objected within the window.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Select, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from letters.batch.delivery_rows import OUTCOME_OF, TEMPLATES, debtor_code_of
from letters.batch.letter_trials import Asked, heard_of, known_of, no_trials, repaid_within
from letters.batch.lookup import is_live
from letters.batch.template_trial import SECOND, template_drawn
from letters.post.consequences import consequence
from letters.post.outcomes import post_outcomes
from letters.privacy.erased import is_erased
from letters.tables import Batch, BatchEvent, Letter, Planning
from letters.tables_answers import Complaint
from locate.tables import Case, ClaimSnapshot, Decision, Lender
from models.delivery.opportunities import DELIVERED
from models.uplift.trials import OPEN, WINDOW_DAYS, Floats, LetterTrials
from records.clock import SHANGHAI
from records.lists import one_of

PAGE: Final = 2_000
REGISTERED: Final = 0
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """The two templates that were drawn between."""

    ordinary: str
    second: str


@dataclass(slots=True)
class Arm:
    """What followed the letters of one template, within the window where there is one. Counts of cases."""

    lines: int = 0
    posted: int = 0
    """Handed over to the post."""
    ended: int = 0
    """Of these: those whose end the post has told."""
    delivered: int = 0
    complaints: int = 0
    objections: int = 0
    troubled: int = 0
    """With a complaint or an objection."""


@dataclass(frozen=True, slots=True)
class TemplateRows:
    """What there is to learn from. ``trials.treated``: given the second template."""

    pair: Pair | None
    """The last that was drawn between; None = nothing was ever drawn."""
    trials: LetterTrials
    ordinary: Arm
    second: Arm
    unheard: int = 0
    """Cases whose window has passed, but whose lender has sent no payments since."""


def template_trials(session: Session, lender: Lender, as_of: datetime, *, progress: Progress = lambda _done, _total: None) -> TemplateRows:
    """The lender's first letters between its last two tried templates, with what was known of what followed by ``as_of``."""
    pair = _last_pair(session, lender, as_of)
    arms = (Arm(), Arm())
    if pair is None:
        return TemplateRows(None, no_trials(), *arms)
    heard = heard_of(session, as_of).get(lender.id, date.min)
    firsts = _firsts(lender, pair, as_of)
    total = session.scalar(select(func.count()).select_from(firsts.subquery())) or 0
    parts: list[LetterTrials] = []
    unheard, after, done = 0, None, 0
    while True:
        query = firsts.limit(PAGE)
        page: Sequence[Any] = session.execute(query if after is None else query.where(Decision.case_id > after)).all()
        if not page:
            break
        part, silent = _page(session, page, pair, as_of, heard)
        parts.append(part)
        _count(session, page, as_of, arms)
        unheard, after, done = unheard + silent, page[-1].case_id, done + len(page)
        progress(done, total)
    return TemplateRows(pair, LetterTrials.joined(*parts) if parts else no_trials(), *arms, unheard)


def _last_pair(session: Session, lender: Lender, as_of: datetime) -> Pair | None:
    offer = session.scalar(
        select(Decision.offer).join(Case, Case.id == Decision.case_id)
        .where(Case.lender_id == lender.id, Decision.offer.has_key(TEMPLATES), Decision.verdict == "planned", Decision.made_at <= as_of)
        .order_by(Decision.made_at.desc(), Decision.id.desc()).limit(1)
    )  # fmt: skip
    kept = template_drawn(offer)
    return None if kept is None else Pair(str(kept["ordinary"]), str(kept["second"]))


def _firsts(lender: Lender, pair: Pair, as_of: datetime) -> Select[Any]:
    drawn = Decision.offer[TEMPLATES]
    return (
        select(
            Decision.id, Decision.case_id, Decision.day, Decision.offer, Case.id_bidx, Planning.started_at, ClaimSnapshot.total, ClaimSnapshot.overdue_since,
        )
        .join(Case, Case.id == Decision.case_id)
        .join(Planning, Planning.id == Decision.planning_id)
        .join(ClaimSnapshot, ClaimSnapshot.id == Decision.snapshot_id)
        .where(
            Case.lender_id == lender.id, Decision.offer.has_key(TEMPLATES), drawn["ordinary"].astext == pair.ordinary, drawn["second"].astext == pair.second,
            Decision.verdict == "planned", Decision.made_at <= as_of, ~is_erased(),
        )
        .ext(distinct_on(Decision.case_id))
        .order_by(Decision.case_id, Decision.day, Decision.made_at, Decision.id)
    )  # fmt: skip


def _page(session: Session, page: Sequence[Any], pair: Pair, as_of: datetime, heard: date) -> tuple[LetterTrials, int]:
    last = as_of.astimezone(SHANGHAI).date()
    known = known_before(
        session, [(row.case_id, row.day, int(row.total), row.overdue_since, row.started_at) for row in page], pair.ordinary
    )
    repaid = repaid_within(session, page, as_of)
    passed = [row.day + timedelta(days=WINDOW_DAYS) < last for row in page]
    over = [done and row.day + timedelta(days=WINDOW_DAYS) < heard for row, done in zip(page, passed, strict=True)]
    trials = LetterTrials(
        np.array([debtor_code_of(row.id_bidx) for row in page], np.int64),
        np.array([row.day.toordinal() for row in page], np.int64),
        np.array([_is_second(row) for row in page], bool),
        np.array([float(row.offer[TEMPLATES]["chance"]) for row in page], np.float64),
        np.array([int(row.total) for row in page], np.int64),
        np.ones(len(page), np.int64),  # both letters cost the same: the cost is no part of the comparison
        np.array([repaid.get(row.case_id, 0) if ended else OPEN for row, ended in zip(page, over, strict=True)], np.int64),
        known,
    )
    return trials, sum(passed) - sum(over)


def _is_second(row: Any) -> bool:
    return bool(row.offer[TEMPLATES]["given"] == SECOND)


def known_before(session: Session, cases: Sequence[tuple[UUID, date, int, date | None, datetime]], ordinary: str) -> Floats:
    """The features of cases before anything was chosen for them: (case, day, claim in fen, overdue since, when the planning was opened)."""
    asked = [
        Asked(case_id, day, at, amount, overdue, None, ordinary, REGISTERED) for case_id, day, amount, overdue, at in cases
    ]
    return known_of(session, asked).features


def _count(session: Session, page: Sequence[Any], as_of: datetime, arms: tuple[Arm, Arm]) -> None:
    arm_of = {row.case_id: arms[_is_second(row)] for row in page}
    for row in page:
        arm_of[row.case_id].lines += 1
    handed = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "handed_over", BatchEvent.at <= as_of)
    posted = dict(session.execute(
        select(Letter.id, Letter.case_id).join(Batch, Batch.id == Letter.batch_id)
        .where(one_of(Letter.decision_id, [row.id for row in page]), handed, is_live())
    ).all())  # fmt: skip
    said = post_outcomes(session, list(posted), until=as_of)
    for letter_id, case_id in posted.items():
        arm, post = arm_of[case_id], said.get(letter_id)
        found = consequence(post.outcome if post else None, accepted=post.acknowledged if post else None)
        outcome = OUTCOME_OF.get(found.label) if found.ended else None
        arm.posted += 1
        arm.ended += outcome is not None
        arm.delivered += outcome in DELIVERED
    for case_id, kinds in _troubles(session, page, as_of).items():
        arm = arm_of[case_id]
        arm.troubled += 1
        arm.complaints += "complaint" in kinds
        arm.objections += "objection" in kinds


def _troubles(session: Session, page: Sequence[Any], as_of: datetime) -> Mapping[UUID, Collection[str]]:
    day = {row.case_id: row.day for row in page}
    rows = session.execute(
        select(Complaint.case_id, Complaint.kind, Complaint.received_on).where(one_of(Complaint.case_id, list(day)), Complaint.created_at <= as_of)
    )
    found: dict[UUID, set[str]] = {}
    for case_id, kind, on in rows:
        if day[case_id] <= on <= day[case_id] + timedelta(days=WINDOW_DAYS):
            found.setdefault(case_id, set()).add(kind)
    return found
