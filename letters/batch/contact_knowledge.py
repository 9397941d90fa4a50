"""What is known of a lender's contacts on a day: bars by earlier questions, history, and the question to an estimator.

The same for choosing whom to ask (``relaying``) and for learning from it (``contact_trials``), so that a model sees in use
what it saw in learning. Only this lender's own files and questions (R-SRC-05); a refusal holds wherever it was said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.contact_asks import Ask, contact_asks
from locate.address import parse_many
from locate.address.model import Address
from locate.case import Contact
from locate.contacts.asks import AskResult
from locate.contacts.features import ContactHistory, Question
from locate.contacts.lawful import Bar, ContactRecord, may_be_asked
from locate.contacts.lost_contact import lost_contact
from locate.contacts.store import MOBILE_INDEX, attempts_of
from locate.loading import StoredCase, load_cases
from locate.tables import Case, CaseContact, OptOut
from models.contacts.trials import Result
from records.cipher import Cipher
from records.clock import SHANGHAI
from records.lists import one_of


@dataclass(frozen=True, slots=True)
class Told:
    """One loan's having named a number: which debtor, when the case was kept, and whether its first file named it."""

    case_id: UUID
    debtor: bytes
    kept_on: date
    first: bool


@dataclass(frozen=True, slots=True)
class ContactKnowledge:
    """By blind index of the number: earlier questions, loans that named it, and the day of a refusal."""

    cipher: Cipher
    asks: tuple[Ask, ...]
    by_number: Mapping[bytes, Sequence[Ask]]
    told: Mapping[bytes, Sequence[Told]]
    refused: Mapping[bytes, date]

    def index(self, contact: Contact) -> bytes:
        """The number's blind index; b'' without a number."""
        return self.cipher.blind(MOBILE_INDEX, contact.mobile) if contact.mobile else b""

    def record(self, contact: Contact, day: date) -> ContactRecord:
        """What questions before ``day`` bar."""
        heard = {ask.heard for ask in self._before(contact, day)}
        return ContactRecord(
            complained=AskResult.COMPLAINED in heard, wrong_number=AskResult.WRONG_NUMBER in heard, denies_knowing=AskResult.DENIES in heard
        )

    def refused_before(self, contact: Contact, day: date) -> bool:
        """Whether the number refused contact before ``day``."""
        return self.refused.get(self.index(contact), date.max) < day

    def question(self, one: StoredCase, contact: Contact, places: Places, day: date) -> Question:
        """The contact with all that features may look at on ``day``."""
        history = history_of(self.told.get(self.index(contact), ()), self._before(contact, day), one.id_bidx, day)
        return Question(one.record, contact, places.of_debtor, places.of_contacts.get(contact.address), history, day)

    def _before(self, contact: Contact, day: date) -> list[Ask]:
        return [ask for ask in self.by_number.get(self.index(contact), ()) if ask.on < day]


@dataclass(frozen=True, slots=True)
class Places:
    """Standardized addresses of a case: the debtor's that were known by the day, and the contacts' by their text."""

    of_debtor: tuple[Address, ...]
    of_contacts: Mapping[str, Address]


def places_of(one: StoredCase, day: date) -> Places:
    """Read the addresses of a case as of ``day``."""
    mine = [given.text for given in one.record.addresses if given.reported_on <= day]
    theirs = [contact.address for contact in one.record.contacts if contact.address.strip()]
    read = list(parse_many([*mine, *theirs], second_reader=True))
    return Places(tuple(read[: len(mine)]), dict(zip(theirs, read[len(mine) :], strict=True)))


def contact_knowledge(session: Session, cipher: Cipher, lender_id: UUID, stored: Sequence[StoredCase], as_of: datetime) -> ContactKnowledge:
    """What this lender knows at ``as_of`` of the contacts of these cases, and all its questions to contacts."""
    numbers = {contact.mobile for one in stored for contact in one.record.contacts if contact.mobile}
    indexes = {cipher.blind(MOBILE_INDEX, number) for number in numbers}
    asks = contact_asks(session, lender_id, as_of)
    by_number: dict[bytes, list[Ask]] = defaultdict(list)
    for ask in asks:
        by_number[ask.mobile_bidx].append(ask)
    return ContactKnowledge(cipher, tuple(asks), by_number, _told(session, lender_id, indexes), _refused(session, indexes, as_of))


def bars_on(session: Session, cipher: Cipher, case: Case, ordinal: int, day: date, now: datetime) -> tuple[Bar, ...]:
    """Why the contact might not be asked on ``day``, by what is recorded up to ``now``; empty when it might, or there is none."""
    (one,) = load_cases(session, cipher, [case.id])
    known = contact_knowledge(session, cipher, case.lender_id, [one], now)
    lost = lost_contact(attempts_of(session, [case.id]).get(case.id, []), day)
    for contact in one.record.contacts:
        if contact.ordinal == ordinal:
            then = replace(contact, opted_out=contact.opted_out or known.refused_before(contact, day))
            return may_be_asked(then, one.record, lost, day, known.record(contact, day))
    return ()


def history_of(told: Sequence[Told], before: Sequence[Ask], debtor: bytes, day: date) -> ContactHistory:
    """What this lender's own files and questions say of a number, as of the start of ``day``."""
    known = [one for one in told if one.kept_on <= day]
    own = [one for one in known if one.debtor == debtor]
    first = min((one.kept_on for one in own if one.first), default=None)
    heard = [ask.heard for ask in before]
    answered = sum(one in (AskResult.RELAYS, AskResult.ANSWERED, AskResult.COMPLAINED) for one in heard)
    failed = sum(one in (AskResult.NO_ANSWER, AskResult.WRONG_NUMBER, AskResult.DENIES) for one in heard)
    ended = [ask.result for ask in before if ask.known_on is not None and ask.known_on < day]
    return ContactHistory(
        first, max(len({one.case_id for one in own}), 1), max(len({one.debtor for one in known}), 1), answered,
        sum(one is AskResult.RELAYS for one in heard), failed, helped=ended.count(Result.USEFUL), in_vain=ended.count(Result.NOT_USEFUL),
    )  # fmt: skip


def _told(session: Session, lender_id: UUID, indexes: set[bytes]) -> dict[bytes, list[Told]]:
    """Which of the lender's cases named these numbers for a contact."""
    found: dict[bytes, list[Told]] = defaultdict(list)
    rows = session.execute(
        select(CaseContact.mobile_bidx, CaseContact.version, Case.id, Case.id_bidx, Case.created_at)
        .join(Case, Case.id == CaseContact.case_id)
        .where(Case.lender_id == lender_id, one_of(CaseContact.mobile_bidx, indexes))
        .order_by(CaseContact.version)
    )
    for index, version, case_id, debtor, created in rows:
        assert index is not None
        found[bytes(index)].append(Told(case_id, bytes(debtor), created.astimezone(SHANGHAI).date(), version == 1))
    return found


def _refused(session: Session, indexes: set[bytes], as_of: datetime) -> dict[bytes, date]:
    rows = session.execute(select(OptOut.mobile_bidx, OptOut.at).where(one_of(OptOut.mobile_bidx, indexes), OptOut.at <= as_of))
    return {bytes(index): at.astimezone(SHANGHAI).date() for index, at in rows}
