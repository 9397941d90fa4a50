"""Limitation with its records: deliveries of a case graded from the post's events, a lawyer's confirmations, dates kept.

The expiry itself is ``letters.rules.limitation``, a pure function; nothing here stores one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.history import History, SentLetter
from letters.post.codes import Evidence, Person
from letters.post.outcome import Outcome
from letters.rules.grading import Delivery, Grade
from letters.rules.limitation import RESERVED_SOURCES, limitation_start
from letters.tables_proof import LimitationConfirmation, LimitationFact
from records.cipher import Cipher
from records.clock import SHANGHAI
from records.lists import one_of

LAST_DUE, ACCELERATION, CLAUSE, WORDING = "last_due", "acceleration", "clause", "wording"
"""Kinds of ``LimitationFact``."""
TEXT: Final = "limitation_fact.text"
_MOVED: Final = frozenset({Person.MOVED})

_GRADES: Final[Mapping[Evidence, tuple[Grade, frozenset[Grade]]]] = {
    Evidence.E1: (Grade.E1, frozenset({Grade.E1, Grade.E2, Grade.E3})),
    # Somebody else signed: nothing by itself (R-DLV-05); a lawyer who knows the relation may make it E2, a mailroom E3.
    Evidence.E2_IF_RELATED: (Grade.E5, frozenset({Grade.E2, Grade.E3})),
    Evidence.E3: (Grade.E3, frozenset({Grade.E3})),
    Evidence.E3_LIKE: (Grade.E3, frozenset({Grade.E2, Grade.E3})),
    Evidence.E4_IF_RESERVED: (Grade.E4, frozenset({Grade.E4})),
    Evidence.E5: (Grade.E5, frozenset()),
}
"""The carrier's hint → the grade it gives, and those that a lawyer may confirm on it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What people have recorded, for some cases. The newest record of a kind counts."""

    confirmed: Mapping[UUID, Grade] = field(default_factory=dict)
    """By letter."""
    last_due: Mapping[UUID, date] = field(default_factory=dict)
    accelerated: Mapping[UUID, date] = field(default_factory=dict)
    clauses: frozenset[UUID] = frozenset()
    wording: Mapping[UUID, str] = field(default_factory=dict)
    """By case: the template that a lawyer chose although the claim has lapsed."""

    def start(self, case_id: UUID) -> date | None:
        """The recorded start of the period, None where nothing was recorded."""
        due, accelerated = self.last_due.get(case_id), self.accelerated.get(case_id)
        return limitation_start(date.min, due, accelerated) if due or accelerated else None

    def marks(self, case_id: UUID, letter_ids: Collection[UUID]) -> list[str]:
        """What of this can change a verdict on the case, as text for a fingerprint."""
        grades = sorted(f"{letter_id}{self.confirmed[letter_id]}" for letter_id in letter_ids if letter_id in self.confirmed)
        return [str(self.start(case_id)), self.wording.get(case_id, ""), str(case_id in self.clauses), *grades]


def kept_of(session: Session, cipher: Cipher, case_ids: Collection[UUID], letter_ids: Collection[UUID]) -> Kept:
    """What is recorded for these cases and letters."""
    confirmed: dict[UUID, Grade] = {}
    if letter_ids:
        for letter_id, grade in session.execute(
            select(LimitationConfirmation.letter_id, LimitationConfirmation.grade)
            .where(one_of(LimitationConfirmation.letter_id, letter_ids))
            .order_by(LimitationConfirmation.at, LimitationConfirmation.id)
        ):
            confirmed[letter_id] = Grade(grade)
    days: dict[str, dict[UUID, date]] = {LAST_DUE: {}, ACCELERATION: {}}
    wording: dict[UUID, str] = {}
    clauses = set()
    for row in session.execute(
        select(LimitationFact.id, LimitationFact.case_id, LimitationFact.kind, LimitationFact.on_date, LimitationFact.text_sealed)
        .where(one_of(LimitationFact.case_id, case_ids))
        .order_by(LimitationFact.at, LimitationFact.id)
    ):
        if row.kind in days and row.on_date is not None:
            days[row.kind][row.case_id] = row.on_date
        elif row.kind == WORDING:
            wording[row.case_id] = cipher.open(TEXT, row.id, row.text_sealed)
        elif row.kind == CLAUSE:
            clauses.add(row.case_id)
    return Kept(confirmed, days[LAST_DUE], days[ACCELERATION], frozenset(clauses), wording)


def deliveries(history: History, case_id: UUID, id_bidx: bytes, confirmed: Mapping[UUID, Grade]) -> tuple[Delivery, ...]:
    """The case's demands, graded. Letters that the post never spoke of prove nothing and are left out."""
    own = history.by_case.get(case_id, ())
    return tuple(
        _delivery(letter, history.by_debtor.get(id_bidx, ()), confirmed.get(letter.letter_id))
        for letter in own
        if letter.post is not None
    )


def _delivery(letter: SentLetter, to_the_debtor: Sequence[SentLetter], confirmed: Grade | None) -> Delivery:
    post = letter.post
    outcome = post.outcome if post else None
    reserved = letter.source in RESERVED_SOURCES
    grade, open_to = _GRADES[outcome.evidence] if outcome and outcome.evidence else (Grade.E5, frozenset())
    if grade is Grade.E4 and not reserved:
        grade, open_to = Grade.E5, frozenset()
    taken = outcome is not None and outcome.accepted_at is not None
    posted = letter.day if (post is not None and post.acknowledged) or taken else None
    return Delivery(
        letter_no=letter.letter_no,
        grade=grade,
        arrived_on=_arrival(outcome),
        posted_on=posted,
        reserved=reserved,
        known_changed=any(_said_moved(other, letter) for other in to_the_debtor),
        confirmed=confirmed,
        open_to=open_to,
    )


def _arrival(outcome: Outcome | None) -> date | None:
    if outcome is None or outcome.evidence is None:
        return None
    at = outcome.told_at or outcome.final_at
    return None if at is None else shanghai_day(at)


def shanghai_day(at: datetime) -> date:
    """The natural day in China."""
    return at.astimezone(SHANGHAI).date()


def _said_moved(earlier: SentLetter, letter: SentLetter) -> bool:
    """Whether an earlier letter to this place had already come back saying that the debtor has left (R-LIM-04)."""
    if earlier.place_bidx != letter.place_bidx or earlier.letter_id == letter.letter_id:
        return False
    outcome = earlier.post.outcome if earlier.post else None
    if outcome is None or outcome.person not in _MOVED or outcome.told_at is None:
        return False
    return shanghai_day(outcome.told_at) <= letter.day
