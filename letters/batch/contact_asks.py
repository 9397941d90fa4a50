"""Questions to contacts within one lender, by phone and by relay letter, and how each ended, as known at a time.

A question ends by a refusal or a complaint, by the debtor turning up within the window (an answered call, a payment, or a
letter delivered to an address that the contact told), or by the window closing. One debtor turning up is credited to the
last question before it. A relay letter that never reached the contact ends in nothing: it teaches nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from letters.batch.lookup import is_live
from letters.batch.training_labels import known_at
from letters.post.codes import Evidence
from letters.post.consequences import Label, consequence
from letters.post.store import post_outcomes
from letters.tables import BatchEvent, Letter
from letters.tables_proof import RelayLetter
from locate.case import Source
from locate.contacts.asks import AskResult
from locate.contacts.kept_options import KeptOption, options_kept
from locate.contacts.lost_contact import CallResult
from locate.tables import (
    Case,
    CaseAddress,
    CaseContact,
    ContactAsk,
    ContactAttempt,
    Decision,
    OptOut,
    Payment,
)
from models.contacts.trials import Result
from records.clock import SHANGHAI
from records.lists import one_of

WINDOW: Final = timedelta(days=30)
"""Within which a lawful question must have led to the debtor (law-and-post.md §4.2)."""
LETTER_TAKES: Final = timedelta(days=15)
"""Added for a relay letter: it has to arrive first (assumed)."""
_ARRIVED: Final = frozenset({Label.SELF, Label.HOUSEHOLD, Label.OTHER})


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. ``result`` and ``known_on`` as far as known; ``heard`` only of calls."""

    case_id: UUID
    version: int
    ordinal: int
    mobile_bidx: bytes
    on: date
    heard: AskResult | None
    propensity: float | None
    until: date
    arrived: bool = True
    """A relay letter that is under way, or came back, asked nobody."""
    result: Result = Result.UNKNOWN
    known_on: date | None = None
    options: tuple[KeptOption, ...] = ()
    """Of a relay letter that was planned with exploration: everybody who was ranked, with the probability of being asked first."""


@dataclass(frozen=True, slots=True)
class Found:
    """The debtor turned up: on which day, and when that was known."""

    on: date
    known_on: date


def contact_asks(session: Session, lender_id: UUID, as_of: datetime) -> list[Ask]:
    """Every question of the lender's that was known at ``as_of``, with its end as known then, in order of days."""
    asks = [*_by_phone(session, lender_id, as_of), *_by_letter(session, lender_id, as_of)]
    asks.sort(key=lambda ask: (ask.on, str(ask.case_id), ask.ordinal))
    found = _turned_up(session, {ask.case_id for ask in asks}, as_of)
    refused = _refusals(session, {ask.mobile_bidx for ask in asks}, as_of)
    credit = credited(asks, found)
    today = as_of.astimezone(SHANGHAI).date()
    return [ended(ask, refused.get(ask.mobile_bidx), credit.get(at), today) for at, ask in enumerate(asks)]


def ended(ask: Ask, refused_on: date | None, found: Found | None, today: date) -> Ask:
    """The question with its end as known on ``today``: a refusal first, then what was heard, then what came of it."""
    if ask.heard is AskResult.COMPLAINED:
        return replace(ask, result=Result.COMPLAINT, known_on=ask.on)
    if refused_on is not None and ask.on <= refused_on <= ask.until:
        return replace(ask, result=Result.COMPLAINT, known_on=refused_on)
    if ask.heard in (AskResult.WRONG_NUMBER, AskResult.DENIES):
        return replace(ask, result=Result.NOT_USEFUL, known_on=ask.on)
    if found is not None:
        return replace(ask, result=Result.USEFUL, known_on=found.known_on)
    if ask.arrived and ask.until < today:
        return replace(ask, result=Result.NOT_USEFUL, known_on=ask.until + timedelta(days=1))
    return ask


def _by_phone(session: Session, lender_id: UUID, as_of: datetime) -> list[Ask]:
    rows = session.scalars(
        select(ContactAsk).join(Case, Case.id == ContactAsk.case_id).where(Case.lender_id == lender_id, ContactAsk.at <= as_of)
    )
    return [
        Ask(
            row.case_id, row.case_version, row.contact_ordinal, bytes(row.mobile_bidx), row.on_date, AskResult(row.result),
            row.propensity, row.on_date + WINDOW,
        )
        for row in rows
    ]  # fmt: skip


def _by_letter(session: Session, lender_id: UUID, as_of: datetime) -> list[Ask]:
    handed = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "handed_over", BatchEvent.at <= as_of)
    rows = session.execute(
        select(
            Letter.id, Letter.case_id, Letter.day, CaseContact.version, CaseContact.ordinal, RelayLetter.mobile_bidx, Decision.propensity,
            Decision.offer,
        )
        .join(RelayLetter, RelayLetter.decision_id == Letter.decision_id)
        .join(Decision, Decision.id == Letter.decision_id)
        .join(CaseContact, CaseContact.id == RelayLetter.contact_id)
        .join(Case, Case.id == Letter.case_id)
        .where(handed, is_live(), Case.lender_id == lender_id, RelayLetter.mobile_bidx.is_not(None))
    ).all()  # fmt: skip
    said = post_outcomes(session, [row.id for row in rows], until=as_of)
    asks = []
    for row in rows:
        post = said.get(row.id)
        end = consequence(post.outcome if post else None, accepted=post.acknowledged if post else None)
        arrived = end.ended and end.label in _ARRIVED
        asks.append(
            Ask(
                row.case_id, row.version, row.ordinal, bytes(row.mobile_bidx), row.day, None, row.propensity,
                row.day + LETTER_TAKES + WINDOW, arrived, options=options_kept(row.offer),
            )
        )  # fmt: skip
    return asks


def _refusals(session: Session, indexes: set[bytes], as_of: datetime) -> dict[bytes, date]:
    rows = session.execute(select(OptOut.mobile_bidx, OptOut.at).where(one_of(OptOut.mobile_bidx, indexes), OptOut.at <= as_of))
    return {bytes(index): at.astimezone(SHANGHAI).date() for index, at in rows}


def _turned_up(session: Session, case_ids: set[UUID], as_of: datetime) -> dict[UUID, list[Found]]:
    found: dict[UUID, list[Found]] = defaultdict(list)
    for case_id, on, at in session.execute(
        select(ContactAttempt.case_id, ContactAttempt.on_date, ContactAttempt.at).where(
            one_of(ContactAttempt.case_id, case_ids), ContactAttempt.result == CallResult.ANSWERED.value, ContactAttempt.at <= as_of
        )
    ):
        found[case_id].append(Found(on, max(on, at.astimezone(SHANGHAI).date())))
    for case_id, on, at in session.execute(
        select(Payment.case_id, Payment.paid_on, Payment.recorded_at).where(one_of(Payment.case_id, case_ids), Payment.recorded_at <= as_of)
    ):
        found[case_id].append(Found(on, max(on, at.astimezone(SHANGHAI).date())))
    for case_id, on, known in _delivered_where_told(session, case_ids, as_of):
        found[case_id].append(Found(on, known))
    for of_case in found.values():
        of_case.sort(key=lambda one: one.on)
    return found


def _delivered_where_told(session: Session, case_ids: set[UUID], as_of: datetime) -> Sequence[tuple[UUID, date, date]]:
    """Letters that reached the debtor (self or household) at an address that a contact told: by the day the address came."""
    rows = session.execute(
        select(Letter.id, Letter.case_id, CaseAddress.collected_on, CaseAddress.reported_on)
        .join(CaseAddress, CaseAddress.id == Letter.address_id)
        .where(one_of(Letter.case_id, case_ids), CaseAddress.source == Source.CONTACT.value, CaseAddress.version > 0, is_live())
    ).all()
    ids = [row.id for row in rows]
    said, known = post_outcomes(session, ids, until=as_of), known_at(session, ids, as_of)
    found = []
    for row in rows:
        post = said.get(row.id)
        end = consequence(post.outcome if post else None, accepted=post.acknowledged if post else None)
        if end.ended and end.label in (Label.SELF, Label.HOUSEHOLD) and end.evidence is not Evidence.E5 and row.id in known:
            found.append((row.case_id, row.collected_on or row.reported_on, known[row.id].date()))
    return found


def credited(asks: Sequence[Ask], found: dict[UUID, list[Found]]) -> dict[int, Found]:
    """Which question (by its place) the debtor's turning up is credited to: the last one before it whose window is open."""
    credit: dict[int, Found] = {}
    by_case: dict[UUID, list[int]] = defaultdict(list)
    for at, ask in enumerate(asks):
        by_case[ask.case_id].append(at)
    for case_id, of_case in found.items():
        for one in of_case:
            open_then = [at for at in by_case[case_id] if asks[at].arrived and asks[at].on < one.on <= asks[at].until]
            if open_then:
                last = max(asks[at].on for at in open_then)
                for at in open_then:
                    if asks[at].on == last:
                        credit.setdefault(at, one)
    return credit
