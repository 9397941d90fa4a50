"""What has been sent before: past letters of cases and debtors, and tracks of places, within one lender.

Reads letters, their events and the post's events and computes states; stores nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from letters.batch.state import letter_state
from letters.post.model import LetterState
from letters.post.store import PieceOutcome, post_outcomes
from letters.rules.following import template_name
from letters.tables import Batch, BatchEvent, Letter, LetterEvent, Planning
from letters.tables_proof import RelayLetter
from locate.tables import Case, CaseAddress
from records.lists import one_of

FINAL = frozenset({LetterState.DELIVERED, LetterState.RETURNED, LetterState.LOST, LetterState.REFUSED})
NEVER_WENT = frozenset({LetterState.VOID, LetterState.PULLED})
TRIAL: Final = "template_trial"
"""Setting of a lender that tries two templates, and the name under which a planning's arguments keep it (``letters.batch.template_trial``)."""


@dataclass(frozen=True, slots=True)
class SentLetter:
    """An earlier letter as this module finds it."""

    letter_id: UUID
    case_id: UUID
    id_bidx: bytes
    place_bidx: bytes
    letter_no: str
    day: date
    product: str
    """The credit product, as the lender names it (R-TIM-04: one product, one rhythm)."""
    template: str
    state: LetterState
    norm_code: str
    source: str = ""
    """Where its address came from (``locate.case.Source``)."""
    post: PieceOutcome | None = None
    """The post's word in full, for grading it as evidence."""
    drawn_among: tuple[str, ...] = ()
    """Templates that it might have had instead, where they were tried against each other: the same letter in other words."""

    @property
    def final(self) -> bool:
        """Whether its state can't change any more."""
        return self.state in FINAL

    def as_template(self, template: str) -> str:
        """Its template; or ``template`` where the letter was drawn between that one and others, for then it is one of its series."""
        return template if template_name(template) in map(template_name, self.drawn_among) else self.template


@dataclass(frozen=True, slots=True)
class History:
    """Earlier letters by case, by debtor and by place. Void and pulled ones count only in ``void_attempts``."""

    by_case: Mapping[UUID, list[SentLetter]] = field(default_factory=dict)
    by_debtor: Mapping[bytes, list[SentLetter]] = field(default_factory=dict)
    by_place: Mapping[bytes, list[SentLetter]] = field(default_factory=dict)
    attempts: Mapping[tuple[UUID, date, str], int] = field(default_factory=dict)
    """Letters ever made for (case, day, template), live or void."""


def sent_before(
    session: Session,
    lender_id: UUID,
    case_ids: Collection[UUID],
    id_indexes: Collection[bytes],
    place_indexes: Collection[bytes],
) -> History:
    """Everything sent before to these cases, debtors and places of one lender. Relay letters demand nothing: not among it."""
    rows = session.execute(
        select(Letter, Case.product, CaseAddress.source, Planning.args[TRIAL]["ordinary"].astext, Planning.args[TRIAL]["second"].astext)
        .join(Batch, Letter.batch_id == Batch.id)
        .join(Planning, Planning.id == Batch.planning_id)
        .join(Case, Case.id == Letter.case_id)
        .join(CaseAddress, CaseAddress.id == Letter.address_id)
        .where(
            Batch.lender_id == lender_id,
            or_(
                one_of(Letter.case_id, case_ids),
                one_of(Letter.id_bidx, id_indexes),
                one_of(Letter.place_bidx, place_indexes),
            ),
            is_demand(),
        )
        .order_by(Letter.day, Letter.letter_no)
    ).all()
    if not rows:
        return History()
    states = _found_states(session, [letter for letter, *_ in rows])
    by_case: dict[UUID, list[SentLetter]] = defaultdict(list)
    by_debtor: dict[bytes, list[SentLetter]] = defaultdict(list)
    by_place: dict[bytes, list[SentLetter]] = defaultdict(list)
    attempts: dict[tuple[UUID, date, str], int] = defaultdict(int)
    for letter, product, source, *drawn in rows:
        attempts[letter.case_id, letter.day, letter.template] += 1
        state, post = states[letter.id]
        if state in NEVER_WENT:
            continue
        sent = SentLetter(
            letter.id, letter.case_id, letter.id_bidx, letter.place_bidx, letter.letter_no, letter.day, product,
            letter.template, state, post.norm_code if post else "", source, post, tuple(filter(None, drawn)),
        )
        by_case[letter.case_id].append(sent)
        by_debtor[letter.id_bidx].append(sent)
        by_place[letter.place_bidx].append(sent)
    return History(by_case, by_debtor, by_place, attempts)


def is_demand() -> ColumnElement[bool]:
    """Letters to the debtor; those that ask a contact to relay are none."""
    return ~exists().where(RelayLetter.decision_id == Letter.decision_id)


def states_of(session: Session, letters: Collection[Letter]) -> dict[UUID, tuple[LetterState, str]]:
    """State and normalised outcome code ('' while none) of each letter."""
    found = _found_states(session, letters)
    return {letter_id: (state, post.norm_code if post else "") for letter_id, (state, post) in found.items()}


def _found_states(session: Session, letters: Collection[Letter]) -> dict[UUID, tuple[LetterState, PieceOutcome | None]]:
    batch_ids = {letter.batch_id for letter in letters}
    kinds: dict[UUID, set[str]] = defaultdict(set)
    for batch_id, kind in session.execute(
        select(BatchEvent.batch_id, BatchEvent.kind).where(BatchEvent.batch_id.in_(batch_ids))
    ):
        kinds[batch_id].add(kind)
    own: dict[UUID, set[str]] = defaultdict(set)
    ids = [letter.id for letter in letters]
    for letter_id, kind in session.execute(
        select(LetterEvent.letter_id, LetterEvent.kind).where(one_of(LetterEvent.letter_id, ids))
    ):
        own[letter_id].add(kind)
    posted = post_outcomes(session, ids)
    found: dict[UUID, tuple[LetterState, PieceOutcome | None]] = {}
    for letter in letters:
        post = posted.get(letter.id)
        state = letter_state(
            kinds[letter.batch_id],
            own[letter.id],
            post.acknowledged if post else None,
            post.state if post else None,
        )
        found[letter.id] = (state, post)
    return found
