"""Overwrites the sealed personal text of cases with sealed emptiness, and their blind indexes with chance (R-PII-08, PIPL 47).

What stays is no person's: numbers, dates, amounts, verdicts, letter numbers, hashes, the audit chain. A contact's refusal
stays for ever, by a keyed index (R-THP-04), and so does that a contact was written to: it keeps others from asking again. The database's own copies (write-ahead log, backups) go when it cleans up.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import urandom
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, bindparam, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from letters.batch.limits import TEXT
from letters.tables import Letter, Piece, PostEventRow
from letters.tables_answers import Complaint
from letters.tables_consequences import FollowRuling
from letters.tables_outcomes import OutcomeDecision
from letters.tables_privacy import ErasedCase
from letters.tables_proof import LetterPaper, LimitationFact
from locate.tables import (
    Case,
    CaseAddress,
    CaseContact,
    CaseFile,
    ContactAsk,
    ContactAttempt,
    Decision,
    Lender,
)
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock
from records.identity import uuid7
from records.lists import one_of

REMARK: Final = json.dumps(["", {}])
"""An empty remark and no further columns, in the form that ``locate.loading`` reads."""
FILE_REPORT: Final = "case_file.report"


def erase_cases(
    session: Session, cipher: Cipher, lender: Lender, case_ids: Sequence[UUID], *, by: str, reason: str, actor: str, clock: Clock
) -> int:
    """Erase these cases; returns how many. Whether they may go was asked before (``letters.privacy.retention``)."""
    ids = list(case_ids)
    if not ids:
        return 0
    cases = session.scalars(select(Case).where(one_of(Case.id, ids)).order_by(Case.case_no.collate("C")).with_for_update()).all()
    letters = list(session.scalars(select(Letter.id).where(one_of(Letter.case_id, ids))))
    items = list(session.scalars(select(Piece.item_no).where(one_of(Piece.letter_id, letters)))) if letters else []
    _blank_rows(session, cipher, ids, letters, items)
    _clean_reports(session, cipher, {case.file_id for case in cases}, {case.case_no for case in cases})
    now = clock()
    for case in cases:
        for column, name in _CASE_TEXTS.items():
            setattr(case, column, cipher.seal(name, case.id, REMARK if column == "remark_sealed" else ""))
        # The same file again must be an update, not "unchanged": then the lender gives the data anew, and answers for it.
        case.name_bidx, case.id_bidx, case.mobile_bidx, case.content_sha256 = urandom(32), urandom(32), None, urandom(32)
        session.add(ErasedCase(id=uuid7(), case_id=case.id, version=case.version, by=by, reason=reason, actor=actor, at=now))
    session.flush()
    _blank_tokens(session, ids)
    append_audit(
        session, actor=actor, action="privacy.erased", subject=f"lender:{lender.code}",
        detail={"by": by, "reason": reason, "cases": [case.case_no for case in cases], "letters": len(letters)}, clock=clock,
    )  # fmt: skip
    return len(cases)


_CASE_TEXTS: Final = {
    "name_sealed": "case.name",
    "id_number_sealed": "case.id_number",
    "mobile_sealed": "case.mobile",
    "contract_no_sealed": "case.contract_no",
    "remark_sealed": "case.remark",
}


def _blank_rows(session: Session, cipher: Cipher, cases: list[UUID], letters: list[UUID], items: list[str]) -> None:
    """Everything about the cases that stands in rows of their own."""
    address, contact = one_of(CaseAddress.case_id, cases), one_of(CaseContact.case_id, cases)
    _blank(session, cipher, CaseAddress.text_sealed, "case_address.text", address)
    session.execute(
        update(CaseAddress).where(address).values(
            parsed_sealed=None, place_bidx=None, basis="", source_text="", postcode=None, adcode=None, reader_version="erased"
        )
    )  # fmt: skip
    session.execute(update(Decision).where(one_of(Decision.case_id, cases)).values(offer=None))
    for column, name in (
        (CaseContact.name_sealed, "case_contact.name"),
        (CaseContact.mobile_sealed, "case_contact.mobile"),
        (CaseContact.address_sealed, "case_contact.address"),
    ):
        _blank(session, cipher, column, name, contact)
    session.execute(update(CaseContact).where(contact).values(mobile_bidx=None, basis=""))
    complaint = one_of(Complaint.case_id, cases)
    _blank(session, cipher, Complaint.what_sealed, "complaint.what", complaint)
    _blank(session, cipher, Complaint.result_sealed, "complaint.result", complaint)
    _blank(session, cipher, LimitationFact.text_sealed, TEXT, one_of(LimitationFact.case_id, cases))
    if letters:
        _blank(session, cipher, Letter.fields_sealed, "letter.fields", one_of(Letter.id, letters))
        _blank(session, cipher, LetterPaper.content_sealed, "letter_paper.content", one_of(LetterPaper.letter_id, letters))
        _blank(session, cipher, OutcomeDecision.why_sealed, "outcome_decision.why", one_of(OutcomeDecision.letter_id, letters))
        _blank(session, cipher, FollowRuling.why_sealed, "follow_ruling.why", one_of(FollowRuling.letter_id, letters))
        chance = [{"row": letter_id, "place": urandom(32), "person": urandom(32)} for letter_id in letters]
        table = Letter.__table__
        session.connection().execute(
            update(table)  # type: ignore[arg-type]  # the mapped table is one
            .where(table.c.id == bindparam("row"))
            .values(place_bidx=bindparam("place", type_=LargeBinary), id_bidx=bindparam("person", type_=LargeBinary)),
            chance,
        )
    if items:
        _blank(session, cipher, PostEventRow.description_sealed, "post_event.description", one_of(PostEventRow.item_no, items))


def _blank_tokens(session: Session, cases: list[UUID]) -> None:
    """Chance over the keyed tokens of called numbers; their rows are only added to, and let this through for erased cases alone."""
    for ask in session.scalars(select(ContactAsk.id).where(one_of(ContactAsk.case_id, cases))).all():
        session.execute(update(ContactAsk).where(ContactAsk.id == ask).values(mobile_bidx=urandom(32)))
    for call in session.scalars(select(ContactAttempt.id).where(one_of(ContactAttempt.case_id, cases))).all():
        session.execute(update(ContactAttempt).where(ContactAttempt.id == call).values(number_token=urandom(8).hex()))


def _blank(session: Session, cipher: Cipher, column: InstrumentedAttribute[Any], name: str, whose: ColumnElement[bool]) -> None:
    """Seal '' over every value of the column that is there."""
    table = column.class_.__table__
    ids = session.scalars(select(table.c.id).where(whose, column.is_not(None))).all()
    if ids:
        rows = [{"row": row_id, "value": cipher.seal(name, row_id, "")} for row_id in ids]
        session.connection().execute(update(table).where(table.c.id == bindparam("row")).values({column.key: bindparam("value")}), rows)


def _clean_reports(session: Session, cipher: Cipher, files: set[UUID], case_nos: set[str]) -> None:
    """Import reports quote what stood in a row: the words about these cases go, the codes stay."""
    for file in session.scalars(select(CaseFile).where(one_of(CaseFile.id, list(files)))):
        if not file.report:  # an import that has not come to its report
            continue
        document = json.loads(cipher.open(FILE_REPORT, file.id, file.report))
        for part in ("rejected", "warnings"):
            for entry in document.get(part, []):
                if entry.get("case_no") in case_nos:
                    entry["message"] = "（个人信息已删除）"
        file.report = cipher.seal(FILE_REPORT, file.id, json.dumps(document, ensure_ascii=False))
