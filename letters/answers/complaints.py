"""投诉与异议: taken in once, freeze the case the same day, have a due date, and end with a recorded result (R-CMP-02, R-TIM-07).

While one is open no letter goes to the case, whatever is done to its stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypedDict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.answers.workdays import add_working_days
from letters.gate.papers import Paper
from letters.rules.policy import Policy
from letters.tables import Batch, Letter, Piece
from letters.tables_answers import Complaint
from locate.case import StopKind
from locate.cutoff import hold_open
from locate.stops import resume_case, stop_case
from locate.tables import Case, Lender
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock, today
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7


class ComplaintKind(StrEnum):
    """What the debtor says: something about how they were treated, or that the debt is not so."""

    COMPLAINT = "complaint"
    OBJECTION = "objection"


KIND_NAMES = {ComplaintKind.COMPLAINT: "投诉", ComplaintKind.OBJECTION: "异议"}
STOPS = {ComplaintKind.COMPLAINT: StopKind.COMPLAINT, ComplaintKind.OBJECTION: StopKind.DISPUTED}


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A complaint as recorded."""

    complaint_no: str
    case_no: str
    letter_no: str
    due_on: date


class ComplaintView(TypedDict):
    """One line of ``handa complaint list``; no personal text."""

    complaint_no: str
    kind: str
    lender: str
    case_no: str
    letter_no: str
    batch_no: str
    channel: str
    received_on: date
    due_on: date
    overdue: bool
    resolved_on: date | None
    resolved_by: str | None
    upheld: bool | None


def take_in(
    session: Session,
    cipher: Cipher,
    case: Case,
    kind: ComplaintKind,
    *,
    letter: Letter | None,
    channel: str,
    what: str,
    received_on: date,
    policy: Policy,
    actor: str,
    clock: Clock,
) -> TakenIn:
    """Record a complaint or objection; the case stops at once. Without a letter the case's last one is meant.

    Raises:
        WrongUsage: words are missing, the day lies ahead, or the letter is another case's.
    """
    if not channel.strip() or not what.strip():
        raise WrongUsage("须写明来自何种渠道（--channel）与内容（--text）。", "例如：--channel 来电 --text 称从未借款")
    if received_on > today(clock):
        raise WrongUsage(f"收到日期 {received_on} 晚于今天。", "请核对 --on。")
    hold_open(session)
    meant = letter or session.scalar(
        select(Letter).where(Letter.case_id == case.id).order_by(Letter.day.desc(), Letter.attempt.desc()).limit(1)
    )
    if meant is not None and meant.case_id != case.id:
        raise WrongUsage(f"函件 {meant.letter_no} 不属于案件 {case.case_no}。", "请核对函号与案件号。")
    day = today(clock)
    # One a moment: the number is taken under the day's lock, so that none is given twice.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"complaint:{day.isoformat()}"))))
    last = session.scalar(select(func.count()).select_from(Complaint).where(Complaint.complaint_no.like(f"C{day:%Y%m%d}-%"))) or 0
    key = uuid7()
    row = Complaint(
        id=key,
        complaint_no=f"C{day:%Y%m%d}-{last + 1:04d}",
        kind=kind.value,
        case_id=case.id,
        letter_id=None if meant is None else meant.id,
        batch_id=None if meant is None else meant.batch_id,
        template="" if meant is None else meant.template,
        channel=channel,
        what_sealed=cipher.seal("complaint.what", key, what),
        received_on=received_on,
        due_on=add_working_days(received_on, policy.answer_working_days),
        actor=actor,
        created_at=clock(),
        resolved_at=None,
        resolved_by=None,
        upheld=None,
        result_sealed=None,
        evidence_sha256=None,
    )
    session.add(row)
    session.flush()
    stop_case(session, case, STOPS[kind], f"{KIND_NAMES[kind]} {row.complaint_no}", actor=actor, clock=clock)
    append_audit(
        session, actor=actor, action=f"complaint.{kind.value}", subject=f"case:{case.case_no}",
        detail={"complaint": row.complaint_no, "letter": meant.letter_no if meant else "", "due_on": row.due_on.isoformat()},
        clock=clock,
    )  # fmt: skip
    return TakenIn(row.complaint_no, case.case_no, meant.letter_no if meant else "", row.due_on)


def resolve(
    session: Session,
    cipher: Cipher,
    complaint_no: str,
    *,
    result: str,
    upheld: bool,
    resume: bool,
    evidence: Paper | None,
    by: str,
    clock: Clock,
) -> bool:
    """Record the result; False when it was recorded before. ``resume`` lifts the stop, if no other complaint is open.

    Raises:
        WrongUsage: there is no such complaint, or no result is written.
        NeedsDecision: an upheld one can't be followed by another letter at once.
    """
    row = session.scalar(select(Complaint).where(Complaint.complaint_no == complaint_no).with_for_update())
    if row is None:
        raise WrongUsage(f"没有投诉或异议“{complaint_no}”。", "请用 handa complaint list 查看编号。")
    if not result.strip():
        raise WrongUsage("须写明核实结果。", "请加 --result。")
    if row.resolved_at is not None:
        return False
    if upheld and resume:
        raise NeedsDecision("投诉或异议成立的，不能同时恢复发函。", "请先由资方更正案件；确可继续的，再用 handa cases resume 并写明理由。")
    row.resolved_at, row.resolved_by, row.upheld = clock(), by, upheld
    row.result_sealed = cipher.seal("complaint.result", row.id, result)
    row.evidence_sha256 = None if evidence is None else evidence.sha256
    session.flush()
    case = session.get_one(Case, row.case_id)
    append_audit(
        session, actor=by, action="complaint.resolved", subject=f"case:{case.case_no}",
        detail={"complaint": complaint_no, "upheld": upheld, "evidence_sha256": row.evidence_sha256 or ""}, clock=clock,
    )  # fmt: skip
    if resume and not open_complaints(session, case):
        resume_case(session, case, STOPS[ComplaintKind(row.kind)], f"{complaint_no} 已办结：不成立", actor=by, clock=clock)
    return True


def open_complaints(session: Session, case: Case) -> list[str]:
    """Numbers of the case's complaints and objections without a result."""
    return list(
        session.scalars(
            select(Complaint.complaint_no)
            .where(Complaint.case_id == case.id, Complaint.resolved_at.is_(None))
            .order_by(Complaint.complaint_no)
        )
    )


def demand_answered(session: Session, case: Case, kind: StopKind) -> None:
    """Refuse to lift a stop of a complaint or objection that has no result yet (R-TIM-07).

    Raises:
        NeedsDecision: one is open.
    """
    kinds = [said.value for said, stop in STOPS.items() if stop is kind]
    numbers = session.scalars(
        select(Complaint.complaint_no)
        .where(Complaint.case_id == case.id, Complaint.kind.in_(kinds), Complaint.resolved_at.is_(None))
        .order_by(Complaint.complaint_no)
    ).all()
    if numbers:
        raise NeedsDecision(
            f"案件 {case.case_no} 的{'、'.join(numbers)}尚无核实结果，不能恢复发函（R-TIM-07）。",
            f"请先登记结果：handa complaint resolve {numbers[0]} --result 核实结果",
        )


def letter_of(session: Session, which: str) -> Letter:
    """The letter with this letter number or item number.

    Raises:
        WrongUsage: there is none.
    """
    found = session.scalar(
        select(Letter).join(Piece, Piece.letter_id == Letter.id).where((Letter.letter_no == which) | (Piece.item_no == which)).limit(1)
    )
    if found is None:
        raise WrongUsage(f"没有函件“{which}”。", "请核对函号或邮件号码。")
    return found


def list_complaints(session: Session, day: date, *, only_open: bool = False, only_overdue: bool = False) -> list[ComplaintView]:
    """Complaints and objections, what falls due first at the top."""
    query = (
        select(Complaint, Case.case_no, Lender.code, Letter.letter_no, Batch.batch_no)
        .join(Case, Case.id == Complaint.case_id)
        .join(Lender, Lender.id == Case.lender_id)
        .outerjoin(Letter, Letter.id == Complaint.letter_id)
        .outerjoin(Batch, Batch.id == Complaint.batch_id)
        .order_by(Complaint.resolved_at.is_not(None), Complaint.due_on, Complaint.complaint_no)
    )
    if only_open or only_overdue:
        query = query.where(Complaint.resolved_at.is_(None))
    if only_overdue:
        query = query.where(Complaint.due_on < day)
    return [
        ComplaintView(
            complaint_no=row.complaint_no,
            kind=row.kind,
            lender=lender,
            case_no=case_no,
            letter_no=letter_no or "",
            batch_no=batch_no or "",
            channel=row.channel,
            received_on=row.received_on,
            due_on=row.due_on,
            overdue=row.resolved_at is None and row.due_on < day,
            resolved_on=None if row.resolved_at is None else row.resolved_at.date(),
            resolved_by=row.resolved_by,
            upheld=row.upheld,
        )
        for row, case_no, lender, letter_no, batch_no in session.execute(query)
    ]
