"""Trials to learn from out of what one lender's questions to contacts came to, as known at a time (R-SRC-05, R-AI-04).

One case of a trial is one day of asking: every contact of the case that might lawfully be asked on that day is a row, the
asked ones with their end where it is known. Of a letter planned with exploration every row has its probability. Features know
what was known before the day and nothing of other lenders. No name, number or address is in a row. Pending questions are
censored; erased cases are gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.contact_asks import Ask, contact_asks
from letters.batch.contact_knowledge import ContactKnowledge, contact_knowledge, places_of
from letters.privacy.erased import is_erased
from locate.contacts.features import ContactFeatures, contact_features
from locate.contacts.lawful import may_be_asked
from locate.contacts.lost_contact import LostContact, lost_contact
from locate.contacts.store import attempts_of
from locate.contacts.trial_rows import trials_of
from locate.loading import StoredCase, load_cases
from locate.tables import Case, Lender
from models.contacts.trials import ContactTrials, Result
from records.cipher import Cipher
from records.lists import one_of


@dataclass(slots=True)
class _Rows:
    features: list[ContactFeatures] = field(default_factory=list)
    columns: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, features: ContactFeatures, **values: float) -> None:
        self.features.append(features)
        for name, value in values.items():
            self.columns[name].append(value)


def contact_trials(session: Session, cipher: Cipher, lender: Lender, as_of: datetime) -> ContactTrials:
    """All trials of one lender as known at ``as_of``, days ascending."""
    ids = sorted({ask.case_id for ask in contact_asks(session, lender.id, as_of)}, key=str)
    kept = list(session.scalars(select(Case.id).where(one_of(Case.id, ids), ~is_erased())))
    stored = {one.case_id: one for one in load_cases(session, cipher, kept)}
    attempts = attempts_of(session, kept)
    known = contact_knowledge(session, cipher, lender.id, list(stored.values()), as_of)
    days: dict[tuple[date, str, UUID], list[Ask]] = defaultdict(list)
    for ask in known.asks:
        days[ask.on, str(ask.case_id), ask.case_id].append(ask)
    debtors: dict[bytes, int] = {}
    rows = _Rows()
    for number, (day, _, case_id) in enumerate(sorted(days)):
        one, today = stored.get(case_id), days[day, str(case_id), case_id]
        if one is None:
            continue
        debtor = debtors.setdefault(one.id_bidx, len(debtors))
        if all(ask.version == one.version for ask in today):
            lost = lost_contact(attempts.get(case_id, []), day)
            _add_day(rows, known, one, today, lost, day, case=number, debtor=debtor)
        elif len(today) == 1 and today[0].options:
            _add_kept(rows, today[0], day, case=number, debtor=debtor)
        # Else: of an older version of the case the contacts' order may be another, and what was asked then cannot be told apart now.
    return _closed(rows)


def _add_day(
    rows: _Rows, known: ContactKnowledge, one: StoredCase, today: Sequence[Ask], lost: LostContact, day: date, *, case: int, debtor: int
) -> None:
    asked, places = {ask.ordinal: ask for ask in today}, places_of(one, day)
    drawn = _drawn(today)
    for contact in one.record.contacts:
        ask = asked.get(contact.ordinal)
        # As on the day: a refusal that came of this question, or later, did not bar then.
        refused = known.refused_before(contact, day) or (contact.opted_out and ask is None)
        if may_be_asked(replace(contact, opted_out=refused), one.record, lost, day, known.record(contact, day)):
            continue
        rows.add(contact_features(known.question(one, contact, places, day)), case=case, debtor=debtor, day=day.toordinal(), **_end(ask, drawn.get(contact.ordinal, 0.0) if drawn else np.nan))


def _drawn(today: Sequence[Ask]) -> dict[int, float]:
    """The probability of each contact's being asked first, where a day's only question was a letter planned with exploration."""
    return {one.features.ordinal: one.propensity for one in today[0].options} if len(today) == 1 else {}


def _add_kept(rows: _Rows, ask: Ask, day: date, *, case: int, debtor: int) -> None:
    """The day by what was kept when it was decided: those who could not be drawn then are not told."""
    for option in ask.options:
        end = _end(ask if option.features.ordinal == ask.ordinal else None, option.propensity)
        rows.add(option.features, case=case, debtor=debtor, day=day.toordinal(), **end)


def _end(ask: Ask | None, unasked: float = np.nan) -> dict[str, float]:
    """The columns that say what became of a row. ``unasked``: with which probability it would have been asked; NaN = not logged."""
    if ask is None:
        return {"asked": False, "propensity": unasked, "result": int(Result.UNKNOWN), "known": -1}
    known_on = ask.known_on if ask.result is not Result.UNKNOWN else None
    return {
        "asked": True, "propensity": np.nan if ask.propensity is None else ask.propensity,
        "result": int(ask.result), "known": -1 if known_on is None else known_on.toordinal(),
    }  # fmt: skip


def _closed(rows: _Rows) -> ContactTrials:
    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array(rows.columns[name], dtype=np.float64)

    return trials_of(
        rows.features, case=column("case").astype(np.int64), debtor=column("debtor").astype(np.int64),
        lender=np.zeros(len(rows.features), np.int64), day=column("day").astype(np.int64), asked=column("asked").astype(bool),
        propensity=column("propensity"), result=column("result").astype(np.int64), known_day=column("known").astype(np.int64),
    )  # fmt: skip
