"""委托: the service contract and 授权委托书 that let a firm write for a lender (R-LAW-01), with the cases they cover."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypedDict
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from letters.gate.papers import Paper
from letters.tables import Firm
from letters.tables_gate import Mandate, MandateCase
from locate.tables import Case, Lender
from records.audit import append_audit
from records.bulk import copy_rows
from records.clock import Clock
from records.errors import WrongUsage
from records.identity import uuid7
from records.lists import one_of


class MandateView(TypedDict):
    """One line of ``handa mandate list``."""

    firm: str
    lender: str
    contract_no: str
    scan_sha256: str
    scan_name: str
    valid_from: date
    valid_until: date
    cases: int | None
    standing: dict[str, int] | None
    revoked_why: str | None


def add_mandate(
    session: Session,
    firm: Firm,
    lender: Lender,
    *,
    contract_no: str,
    scan: Paper,
    valid_from: date,
    valid_until: date,
    case_nos: Iterable[str] | None,
    standing: dict[str, int] | None,
    actor: str,
    clock: Clock,
) -> Mandate:
    """Register a mandate. ``case_nos`` None covers every case of the lender.

    Raises:
        WrongUsage: the contract number is known, the days are out of order or the list is empty.
    """
    if valid_until < valid_from:
        raise WrongUsage("委托的截止日早于起始日。", "请核对 --from 与 --until。")
    known = session.scalar(
        select(Mandate.id).where(Mandate.firm_id == firm.id, Mandate.lender_id == lender.id, Mandate.contract_no == contract_no)
    )
    if known is not None:
        raise WrongUsage(f"委托合同“{contract_no}”已登记。", "请用 handa mandate list 查看；变更请先撤销再登记新合同号。")
    listed = None if case_nos is None else sorted(set(case_nos))
    if listed is not None and not listed:
        raise WrongUsage("案件清单是空的。", "请给出每行一个案件号的清单，或不写 --cases 表示资方全部案件。")
    row = Mandate(
        id=uuid7(),
        firm_id=firm.id,
        lender_id=lender.id,
        contract_no=contract_no,
        scan_sha256=scan.sha256,
        scan_name=scan.name,
        all_cases=listed is None,
        valid_from=valid_from,
        valid_until=valid_until,
        standing=standing,
        actor=actor,
        created_at=clock(),
        revoked_at=None,
        revoked_why=None,
    )
    session.add(row)
    session.flush()
    if listed is not None:
        copy_rows(session, MandateCase.__table__, ("mandate_id", "case_no"), ((row.id, case_no) for case_no in listed))
    append_audit(
        session,
        actor=actor,
        action="mandate.add",
        subject=f"lender:{lender.code}",
        detail={
            "firm": firm.code, "contract_no": contract_no, "scan_sha256": scan.sha256, "from": valid_from.isoformat(),
            "until": valid_until.isoformat(), "cases": None if listed is None else len(listed), "standing": standing,
        },
        clock=clock,
    )  # fmt: skip
    return row


def revoke_mandate(session: Session, firm: Firm, contract_no: str, why: str, *, actor: str, clock: Clock) -> int:
    """End the firm's mandates of this contract at once; returns how many were open.

    Raises:
        WrongUsage: no reason is given, or there is no such contract.
    """
    if not why.strip():
        raise WrongUsage("撤销委托必须写明原因。", "请加 --reason。")
    rows = session.scalars(select(Mandate).where(Mandate.firm_id == firm.id, Mandate.contract_no == contract_no)).all()
    if not rows:
        raise WrongUsage(f"律所“{firm.code}”没有委托合同“{contract_no}”。", "请用 handa mandate list 查看。")
    open_rows = [row for row in rows if row.revoked_at is None]
    for row in open_rows:
        row.revoked_at, row.revoked_why = clock(), why
    if open_rows:
        append_audit(
            session, actor=actor, action="mandate.revoke", subject=f"firm:{firm.code}",
            detail={"contract_no": contract_no, "reason": why}, clock=clock,
        )  # fmt: skip
    return len(open_rows)


def mandates_on(session: Session, firm_id: UUID, lender_id: UUID, day: date) -> list[Mandate]:
    """The mandates in force on a day, the newest first."""
    return list(
        session.scalars(
            select(Mandate)
            .where(
                Mandate.firm_id == firm_id,
                Mandate.lender_id == lender_id,
                Mandate.revoked_at.is_(None),
                Mandate.valid_from <= day,
                Mandate.valid_until >= day,
            )
            .order_by(Mandate.created_at.desc())
        )
    )


def covered(session: Session, mandates: Iterable[Mandate], case_ids: Iterable[UUID]) -> set[UUID]:
    """Which of the cases one of the mandates covers."""
    wanted = list(case_ids)
    held = list(mandates)
    if any(mandate.all_cases for mandate in held):
        return set(wanted)
    if not held:
        return set()
    listed = exists().where(one_of(MandateCase.mandate_id, [mandate.id for mandate in held]), MandateCase.case_no == Case.case_no)
    return set(session.scalars(select(Case.id).where(one_of(Case.id, wanted), listed)))


def list_mandates(session: Session) -> list[MandateView]:
    """Every mandate, ended ones too."""
    counts = dict(session.execute(select(MandateCase.mandate_id, func.count()).group_by(MandateCase.mandate_id)).all())
    rows = session.execute(
        select(Mandate, Firm.code, Lender.code)
        .join(Firm, Firm.id == Mandate.firm_id)
        .join(Lender, Lender.id == Mandate.lender_id)
        .order_by(Lender.code, Mandate.created_at)
    )
    return [
        MandateView(
            firm=firm,
            lender=lender,
            contract_no=row.contract_no,
            scan_sha256=row.scan_sha256,
            scan_name=row.scan_name,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            cases=None if row.all_cases else counts.get(row.id, 0),
            standing=row.standing,
            revoked_why=row.revoked_why,
        )
        for row, firm, lender in rows
    ]
