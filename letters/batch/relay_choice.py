"""Whom a case's relay letter may ask, in which order, and who is asked first: by rank, by a person's word, or by the day's draw.

Which contacts may be asked at all is ``locate.contacts.lawful``'s; what the letter rules say of each is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.contact_knowledge import ContactKnowledge, contact_knowledge, places_of
from letters.privacy.erased import is_erased
from locate.address.model import Address
from locate.case import Contact
from locate.contacts.exploring import EXPLORED, ContactTerms, first_asked
from locate.contacts.features import ContactFeatures, contact_features
from locate.contacts.kept_options import options_to_keep
from locate.contacts.lawful import Bar, may_be_asked
from locate.contacts.lost_contact import LostContact, lost_contact
from locate.contacts.ranking import ContactEstimator, ContactReason, RankedContact, rank_contacts
from locate.contacts.store import attempts_of
from locate.loading import StoredCase, load_cases
from locate.tables import Case, ContactAttempt, Lender
from records.cipher import Cipher
from records.database import Database
from records.errors import WrongUsage


@dataclass(frozen=True, slots=True)
class Asked:
    """One contact of a case, as a relay letter would ask it."""

    stored: StoredCase
    contact: Contact
    place: Address | None
    lost: LostContact
    attempts: int
    bars: tuple[Bar, ...]
    model_version: str
    why: tuple[ContactReason, ...] = ()
    """Why the model put this one first; nothing where a person named the contact."""
    propensity: float | None = 1.0
    """Probability with which this one was to be asked first; None where a person named the contact."""
    kept: Mapping[str, Any] | None = None
    """What could be known of those that might have been asked first, where the planning explores."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A case and whom it may ask. ``options``: the ranked ones in their order; else the one to be told why not."""

    stored: StoredCase
    options: tuple[Asked, ...]
    ranked: tuple[RankedContact, ...] = ()
    """Parallel to ``options``; empty where nobody may be asked, or a person named the contact."""
    features: Mapping[int, ContactFeatures] | None = None

    def may_explore(self, terms: ContactTerms) -> bool:
        """Whether there is anything to draw from."""
        return bool(terms.contact_explore_per_mille) and bool(self.ranked)

    def first(self, clear: Sequence[int], terms: ContactTerms, draw: float) -> Asked:
        """Who is asked first, where the policy explores: with the probability and what was known of the others."""
        found = first_asked(self.ranked, clear, terms, draw)
        one = next(option for option in self.options if option.contact.ordinal == found.ordinal)
        why = (*one.why, EXPLORED) if found.explored else one.why
        kept = options_to_keep(self.ranked, self.features or {}, found.propensity)
        return replace(one, why=why, propensity=found.propensity[found.ordinal], kept=kept)


def contact_draw(cipher: Cipher, case_id: UUID, day: date) -> float:
    """The case's number in [0, 1) for this day: the same whenever it is asked for, foreseeable to nobody outside."""
    return int.from_bytes(cipher.blind("explore.contact", f"{case_id}|{day}")[:8], "big") / 2**64


def askings(
    session: Session, db: Database, lender: Lender, day: date, case_no: str | None, ordinal: int | None, estimator: ContactEstimator
) -> list[Asking]:
    """The case asked for (and its contact), or every case whose debtor is lost.

    Raises:
        WrongUsage: there is no such case or contact.
    """
    query = select(Case.id).where(Case.lender_id == lender.id, ~is_erased()).order_by(Case.case_no.collate("C"))
    if case_no is not None:
        query = query.where(Case.case_no == case_no)
    else:
        query = query.where(Case.id.in_(select(ContactAttempt.case_id)))
    ids = list(session.scalars(query))
    if case_no is not None and not ids:
        raise WrongUsage(f"资方“{lender.code}”没有案件“{case_no}”。", "请核对资方代码与案件号，或用 handa cases list 查看。")
    attempts = attempts_of(session, ids)
    found = []
    cases = load_cases(session, db.cipher, ids)
    known = contact_knowledge(session, db.cipher, lender.id, cases, db.clock())
    for stored in cases:
        tried = attempts.get(stored.case_id, [])
        lost = lost_contact(tried, day)
        if case_no is None and not lost.lost:
            continue
        one = _asking(stored, lost, len(tried), day, ordinal, known, estimator)
        if one is None and case_no is not None:
            raise WrongUsage(f"案件 {case_no} 没有联系人{ordinal or ''}。", "请用 handa cases show 查看联系人序号。")
        if one is not None:
            found.append(one)
    return found


def _asking(
    stored: StoredCase, lost: LostContact, tried: int, day: date, ordinal: int | None, known: ContactKnowledge, estimator: ContactEstimator
) -> Asking | None:
    """The contact asked for, or those that may be asked, the best ranked first."""
    case = stored.record
    contacts = [replace(one, opted_out=one.opted_out or one.ordinal in stored.opted_out) for one in case.contacts]
    if ordinal is not None:
        contacts = [one for one in contacts if one.ordinal == ordinal]
    if not contacts:
        return None
    places = places_of(stored, day)
    read = places.of_contacts
    options = {
        one.ordinal: Asked(
            stored, one, read.get(one.address), lost, tried, may_be_asked(one, case, lost, day, known.record(one, day)),
            estimator.version,
        )
        for one in contacts
    }
    reachable = [one for one in options.values() if one.place is not None and one.place.deliverable]
    pairs = tuple((known.question(stored, one.contact, places, day), one.bars) for one in reachable)
    ranked = rank_contacts(pairs, estimator).ranked
    in_order = tuple(replace(options[one.ordinal], why=one.reasons) for one in ranked)
    if ordinal is not None:
        return Asking(stored, (replace(in_order[0] if in_order else options[ordinal], propensity=None),))
    if not in_order:
        return Asking(stored, (next(iter(options.values())),))
    return Asking(stored, in_order, ranked, {question.contact.ordinal: contact_features(question) for question, bars in pairs if not bars})
