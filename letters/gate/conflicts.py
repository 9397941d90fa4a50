"""利益冲突检索 (R-LAW-02): the firm's other clients and the lender itself against the debtors; a hit waits for a lawyer.

Names and ID numbers are compared by their blind indexes: nobody's name is opened for the search.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from letters.tables import Firm, Lawyer
from letters.tables_gate import ConflictCheck, ConflictClearance, FirmClient
from locate.keeping import ID_INDEX, NAME_INDEX
from locate.tables import Case, Lender
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock, today
from records.errors import WrongUsage
from records.identity import uuid7
from records.lists import one_of

SAME_CLIENT = "债务人与本所其他客户的证件号相同"
SAME_NAME = "债务人与本所其他客户同名"
SAME_AS_LENDER = "债务人与委托的资方同名"


@dataclass(frozen=True, slots=True)
class Hit:
    """A case in which the debtor may be one whom the firm must not act against."""

    case_id: UUID
    case_no: str
    why: str


def add_client(
    session: Session, cipher: Cipher, firm: Firm, *, name: str, id_number: str, actor: str, clock: Clock
) -> bool:
    """Register another client of the firm; False when it is known. With an ID number only that person is a hit."""
    name_bidx = cipher.blind(NAME_INDEX, name.strip())
    id_bidx = cipher.blind(ID_INDEX, id_number.strip().upper()) if id_number.strip() else None
    same_id = FirmClient.id_bidx.is_(None) if id_bidx is None else FirmClient.id_bidx == id_bidx
    if session.scalar(select(FirmClient.id).where(FirmClient.firm_id == firm.id, FirmClient.name_bidx == name_bidx, same_id)):
        return False
    key = uuid7()
    session.add(
        FirmClient(
            id=key, firm_id=firm.id, name_sealed=cipher.seal("firm_client.name", key, name.strip()), name_bidx=name_bidx,
            id_bidx=id_bidx, actor=actor, created_at=clock(),
        )
    )  # fmt: skip
    append_audit(session, actor=actor, action="firm.client", subject=f"firm:{firm.code}", detail={"client": str(key)}, clock=clock)
    return True


def conflict_hits(
    session: Session, cipher: Cipher, firm_id: UUID, lender: Lender, case_ids: Iterable[UUID] | None = None
) -> list[Hit]:
    """Hits among the lender's cases (or those named) that no lawyer has cleared, in order of case number.

    A lawyer clears what is known: a client who was registered later makes a hit of its own.
    """
    cases = Case.lender_id == lender.id
    if case_ids is not None:
        cases = and_(cases, one_of(Case.id, case_ids))
    since = FirmClient.created_at.label("since")
    same_id = select(Case.id, Case.case_no, literal(SAME_CLIENT).label("why"), since).join(FirmClient, FirmClient.id_bidx == Case.id_bidx)
    same_name = (
        select(Case.id, Case.case_no, literal(SAME_NAME).label("why"), since)
        .join(FirmClient, FirmClient.name_bidx == Case.name_bidx)
        .where(FirmClient.id_bidx.is_(None))
    )
    own = select(Case.id, Case.case_no, literal(SAME_AS_LENDER).label("why"), Case.created_at.label("since")).where(
        Case.name_bidx == cipher.blind(NAME_INDEX, lender.name)
    )
    found = union_all(
        same_id.where(FirmClient.firm_id == firm_id, cases), same_name.where(FirmClient.firm_id == firm_id, cases), own.where(cases)
    ).subquery()
    cleared = exists().where(
        ConflictClearance.firm_id == firm_id, ConflictClearance.case_id == found.c.id, ConflictClearance.at >= found.c.since
    )
    rows = session.execute(select(found.c.id, found.c.case_no, found.c.why).where(~cleared).distinct().order_by(found.c.case_no, found.c.why))
    return [Hit(case_id, case_no, why) for case_id, case_no, why in rows]


def check_conflicts(
    session: Session, cipher: Cipher, firm: Firm, lender: Lender, lawyer: Lawyer, *, note: str, clock: Clock
) -> tuple[int, list[Hit]]:
    """Search, and record that this lawyer did; returns cases looked at and the hits.

    Raises:
        WrongUsage: the person is no lawyer.
    """
    _demand_lawyer(lawyer)
    cases = session.scalar(select(func.count()).select_from(Case).where(Case.lender_id == lender.id)) or 0
    hits = conflict_hits(session, cipher, firm.id, lender)
    session.add(
        ConflictCheck(
            id=uuid7(), firm_id=firm.id, lender_id=lender.id, lawyer_id=lawyer.id, checked_on=today(clock), cases=cases,
            hits=len(hits), note=note, at=clock(),
        )
    )  # fmt: skip
    append_audit(
        session, actor=f"lawyer:{lawyer.code}", action="firm.conflict_check", subject=f"lender:{lender.code}",
        detail={"firm": firm.code, "cases": cases, "hits": len(hits)}, clock=clock,
    )  # fmt: skip
    return cases, hits


def clear_conflict(session: Session, firm: Firm, case: Case, lawyer: Lawyer, why: str, *, clock: Clock) -> bool:
    """A lawyer's word that the hits in this case are no conflict; False when it was given since the last client came.

    Raises:
        WrongUsage: no reason, or the person is no lawyer.
    """
    _demand_lawyer(lawyer)
    if not why.strip():
        raise WrongUsage("解除利益冲突提示必须写明理由。", "请加 --reason。")
    last = session.scalar(
        select(func.max(ConflictClearance.at)).where(ConflictClearance.firm_id == firm.id, ConflictClearance.case_id == case.id)
    )
    newest = session.scalar(select(func.max(FirmClient.created_at)).where(FirmClient.firm_id == firm.id))
    if last is not None and (newest is None or last >= newest):
        return False
    session.add(
        ConflictClearance(id=uuid7(), firm_id=firm.id, case_id=case.id, lawyer_id=lawyer.id, why=why, at=clock())
    )
    append_audit(
        session, actor=f"lawyer:{lawyer.code}", action="firm.conflict_clear", subject=f"case:{case.case_no}",
        detail={"firm": firm.code, "reason": why}, clock=clock,
    )  # fmt: skip
    return True


def last_check(session: Session, firm_id: UUID, lender_id: UUID, by: date) -> date | None:
    """The day of the last recorded search not after ``by``."""
    return session.scalar(
        select(func.max(ConflictCheck.checked_on)).where(
            ConflictCheck.firm_id == firm_id, ConflictCheck.lender_id == lender_id, ConflictCheck.checked_on <= by
        )
    )


def _demand_lawyer(lawyer: Lawyer) -> None:
    if not lawyer.is_lawyer or not lawyer.active:
        raise WrongUsage(f"“{lawyer.code}”不是在册执业律师，不能作利益冲突检索或判断。", "请由执业律师进行。")
