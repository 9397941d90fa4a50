"""Cases that stood in the draw for the control group, with what was known then and what they repaid: what a letter score learns from.

One line a case: its first decision after which it was written to, or waited. As drawn, whatever happened to the letter later (a
letter that was pulled because the debtor paid belongs to those written to). A window is over only when the lender has sent payments
since: what was not reported is not what was not paid. Tokens and numbers only; one lender's or the house's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from letters.batch.control import drawn_of
from letters.batch.dealing import CONTROL_RULE
from letters.batch.delivery_rows import CONTROL, debtor_code_of
from letters.batch.history import TRIAL
from letters.privacy.erased import is_erased
from letters.tables import Planning
from locate.contacts.lost_contact import CallResult
from locate.tables import Case, ClaimSnapshot, ContactAttempt, Decision, Lender, Payment
from models.uplift.trials import OPEN, WINDOW_DAYS, Floats, LetterTrials, feature_rows
from records.clock import SHANGHAI
from records.lists import one_of

PAGE: Final = 2_000
LATELY: Final = timedelta(days=90)
TEMPLATES: Final = ("card", "consumer", "micro", "assigned")
EMS: Final = 1
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of cases on the day each was decided, in the order that was asked for."""

    features: Floats
    amount_fen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision to be described."""

    case_id: UUID
    day: date
    made_at: datetime
    amount_fen: int
    overdue_since: date | None
    delivery: float | None
    template: str
    product: int
    """As ``delivery_rows.product_code`` codes it."""


def known_of(session: Session, asked: Sequence[Asked]) -> Known:
    """The features of decisions, from what was recorded before each was made."""
    ids = sorted({one.case_id for one in asked}, key=str)
    paid: dict[UUID, list[tuple[date, datetime]]] = {}
    for case_id, on, at in session.execute(select(Payment.case_id, Payment.paid_on, Payment.recorded_at).where(one_of(Payment.case_id, ids))):
        paid.setdefault(case_id, []).append((on, at))
    called: dict[UUID, list[tuple[str, datetime]]] = {}
    for case_id, result, at in session.execute(select(ContactAttempt.case_id, ContactAttempt.result, ContactAttempt.at).where(one_of(ContactAttempt.case_id, ids))):
        called.setdefault(case_id, []).append((result, at))
    before = [[on for on, at in paid.get(one.case_id, ()) if at < one.made_at and on <= one.day] for one in asked]
    calls = [[result for result, at in called.get(one.case_id, ()) if at < one.made_at] for one in asked]
    answered = CallResult.ANSWERED.value
    features = feature_rows(
        np.array([one.amount_fen for one in asked], np.int64),
        np.array([-1 if one.overdue_since is None else max(0, (one.day - one.overdue_since).days) for one in asked], np.int64),
        np.array([np.nan if one.delivery is None else one.delivery for one in asked], np.float64),
        np.array([len(one) for one in before], np.int64),
        np.array([any(on >= case.day - LATELY for on in one) for case, one in zip(asked, before, strict=True)], bool),
        np.array([one.count(answered) for one in calls], np.int64),
        np.array([len(one) - one.count(answered) for one in calls], np.int64),
        np.array([_template(one.template) for one in asked], np.int64),
        np.array([one.product == EMS for one in asked], bool),
    )  # fmt: skip
    return Known(features, tuple(one.amount_fen for one in asked))


def _template(name: str) -> int:
    family = name.partition("@")[0]
    return TEMPLATES.index(family) if family in TEMPLATES else -1


@dataclass(frozen=True, slots=True)
class TrialRows:
    """What there is to learn from."""

    trials: LetterTrials
    broken: int
    """Waiting cases that were written to within the window all the same (the draw was switched off): kept as drawn."""
    unheard: int = 0
    """Cases whose window has passed, but whose lender has sent no payments since: open like those whose window lasts."""


def letter_trials(session: Session, as_of: datetime, lender_code: str | None = None, *, progress: Progress = lambda _done, _total: None) -> TrialRows:
    """Every case that stood in the draw and was written to or waited by ``as_of``, with what was known of repayments then."""
    total = session.scalar(select(func.count()).select_from(_firsts(as_of, lender_code).subquery())) or 0
    parts: list[LetterTrials] = []
    broken, unheard, after, done = 0, 0, None, 0
    heard = heard_of(session, as_of)
    while True:
        query = _firsts(as_of, lender_code).limit(PAGE)
        page: Sequence[Any] = session.execute(query if after is None else query.where(Decision.case_id > after)).all()
        if not page:
            break
        part, written, silent = _page(session, page, as_of, heard)
        parts.append(part)
        broken, unheard, after, done = broken + written, unheard + silent, page[-1].case_id, done + len(page)
        progress(done, total)
    return TrialRows(LetterTrials.joined(*parts) if parts else no_trials(), broken, unheard)


def no_trials() -> LetterTrials:
    """No line at all."""
    ints, flags, floats = np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0)
    return LetterTrials(ints, ints, flags, floats, ints, ints, ints, feature_rows(ints, ints, floats, ints, flags, ints, ints, ints, flags))


def _firsts(as_of: datetime, lender_code: str | None) -> Select[Any]:
    waits = Decision.rule_ids.contains([CONTROL_RULE])
    query = (
        select(
            Decision.case_id, Decision.day, Decision.made_at, Decision.verdict, Decision.probability, Decision.offer, Case.id_bidx, Case.lender_id,
            func.coalesce(Planning.args[TRIAL]["ordinary"].astext, Planning.args["template"].astext).label("template"), ClaimSnapshot.total, ClaimSnapshot.overdue_since,
        )
        .join(Case, Case.id == Decision.case_id)
        .join(Lender, Lender.id == Case.lender_id)
        .join(Planning, Planning.id == Decision.planning_id)
        .join(ClaimSnapshot, ClaimSnapshot.id == Decision.snapshot_id)
        .where(Decision.offer.has_key(CONTROL), (Decision.verdict == "planned") | waits, Decision.made_at <= as_of, ~is_erased())
        .ext(distinct_on(Decision.case_id))
        .order_by(Decision.case_id, Decision.day, Decision.made_at, Decision.id)
    )  # fmt: skip
    return query if lender_code is None else query.where(Lender.code == lender_code)


def _page(session: Session, page: Sequence[Any], as_of: datetime, heard: Mapping[UUID, date]) -> tuple[LetterTrials, int, int]:
    kept = [drawn_of(row.offer) or {} for row in page]
    known = known_of(session, [
        Asked(row.case_id, row.day, row.made_at, int(row.total), row.overdue_since, row.probability, row.template, int(row.offer.get("product", 0)))
        for row in page
    ])  # fmt: skip
    last = as_of.astimezone(SHANGHAI).date()
    repaid = repaid_within(session, page, as_of)
    passed = [row.day + timedelta(days=WINDOW_DAYS) < last for row in page]
    over = [done and row.day + timedelta(days=WINDOW_DAYS) < heard.get(row.lender_id, date.min) for row, done in zip(page, passed, strict=True)]
    treated = np.array([not one["drawn"] for one in kept], bool)
    trials = LetterTrials(
        np.array([debtor_code_of(row.id_bidx) for row in page], np.int64),
        np.array([row.day.toordinal() for row in page], np.int64),
        treated,
        np.array([1 - int(one["per_mille"]) / 1000 for one in kept], np.float64),
        np.array(known.amount_fen, np.int64),
        np.array([max(1, int(one["cost_fen"])) for one in kept], np.int64),
        np.array([repaid.get(row.case_id, 0) if ended else OPEN for row, ended in zip(page, over, strict=True)], np.int64),
        known.features,
    )
    broken = _written_anyway(session, [row for row, one in zip(page, treated, strict=True) if not one])
    return trials, broken, sum(passed) - sum(over)


def heard_of(session: Session, as_of: datetime) -> dict[UUID, date]:
    """When each lender last sent payments, by ``as_of``."""
    rows = session.execute(
        select(Case.lender_id, func.max(Payment.recorded_at)).join(Case, Case.id == Payment.case_id).where(Payment.recorded_at <= as_of).group_by(Case.lender_id)
    )
    return {lender_id: at.astimezone(SHANGHAI).date() for lender_id, at in rows}


def repaid_within(session: Session, page: Sequence[Any], as_of: datetime) -> dict[UUID, int]:
    """What cases (rows with ``case_id`` and ``day``) repaid within the window, as known by ``as_of``; fen."""
    day = {row.case_id: row.day for row in page}
    found: dict[UUID, int] = {}
    rows = session.execute(
        select(Payment.case_id, Payment.paid_on, Payment.amount_fen).where(one_of(Payment.case_id, list(day)), Payment.recorded_at <= as_of)
    )
    for case_id, on, fen in rows:
        if day[case_id] < on <= day[case_id] + timedelta(days=WINDOW_DAYS):
            found[case_id] = found.get(case_id, 0) + int(fen)
    return found


def _written_anyway(session: Session, waiting: Sequence[Any]) -> int:
    since = {row.case_id: row.day for row in waiting}
    rows = session.execute(select(Decision.case_id, Decision.day).where(one_of(Decision.case_id, list(since)), Decision.verdict == "planned"))
    return len({case_id for case_id, day in rows if since[case_id] < day <= since[case_id] + timedelta(days=WINDOW_DAYS)})
