"""The post says that a debtor has died: every case of that debtor with the lender is stopped, and waits for a person.

Recorded with the answer file that said it, so that printed letters are pulled (R-TIM-06), and again where planning finds an
outcome that was understood later. The stop stays when the post takes its word back: only a person clears it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from letters.post.codes import CodeTable, form_of_subcodes
from letters.post.consequences import PersonVerdict, tables
from letters.tables import Letter, Piece, PostEventRow
from locate.case import StopKind
from locate.stops import stop_case
from locate.tables import Case, CaseStop
from records.clock import Clock
from records.lists import one_of

POST: str = "post"
"""Actor of such a stop."""


def stop_dead_of_file(session: Session, codes: CodeTable, file_id: UUID, clock: Clock) -> int:
    """Stop the cases of debtors whom an answer file says to have died; returns how many stops are new."""
    said = [
        form_of_subcodes(field) + row.code
        for field in ("notproperdelivery", "unsigned")
        for row in codes.rows(field)
        if row.norm in tables().reasons and tables().reasons[row.norm].person is PersonVerdict.DECEASED
    ]
    if not said:
        return 0
    rows = session.execute(
        select(Letter.case_id, Letter.letter_no)
        .join(Piece, Piece.letter_id == Letter.id)
        .join(PostEventRow, PostEventRow.item_no == Piece.item_no)
        .where(PostEventRow.file_id == file_id, PostEventRow.effective, one_of(PostEventRow.not_proper_delivery, said))
        .distinct()
    )
    return stop_dead_debtors(session, [(case_id, letter_no) for case_id, letter_no in rows], clock)


def stop_dead_debtors(session: Session, found: Sequence[tuple[UUID, str]], clock: Clock) -> int:
    """Stop all cases of the debtors of these cases, each with the letter that told it; a stop cleared by a person stays so."""
    new = 0
    for case_id, letter_no in found:
        reason = f"函件 {letter_no} 的投递结果为收件人死亡，请资方核实"
        known = exists().where(CaseStop.case_id == Case.id, CaseStop.kind == StopKind.DECEASED.value, CaseStop.reason == reason)
        told = aliased(Case)
        same_debtor = exists().where(told.id == case_id, told.lender_id == Case.lender_id, told.id_bidx == Case.id_bidx)
        for case in session.scalars(select(Case).where(same_debtor, ~known).order_by(Case.case_no)).all():
            new += stop_case(session, case, StopKind.DECEASED, reason, actor=POST, clock=clock)
    return new
