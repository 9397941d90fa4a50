"""还款 reported by the lender: imported from a table or recorded by hand, each reference once (R-AMT-09).

A payment that a snapshot can't hold stops the letters that were written from it until a newer snapshot comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from locate.cutoff import hold_open
from locate.intake.checks.amounts import read_amount
from locate.intake.checks.dates import read_date
from locate.intake.open_file import open_case_file
from locate.intake.problems import Fault
from locate.intake.sheets import Row, Table
from locate.intake.text import plain, word
from locate.tables import Case, ClaimSnapshot, Lender, Payment
from records.audit import append_audit
from records.clock import Clock, today
from records.database import Database
from records.errors import UnreadableInput
from records.identity import uuid7

BY_HAND: Final = "by hand"
COLUMNS: Final = {
    "case_no": ("案件号", "案件编号", "委案编号", "案号", "case_no"),
    "paid_on": ("还款日期", "还款日", "入账日期", "到账日期", "交易日期", "日期", "paid_on"),
    "amount": ("还款金额", "入账金额", "到账金额", "金额", "amount"),
    "reference": ("流水号", "交易流水号", "还款流水号", "凭证号", "参考号", "reference"),
}
TITLES: Final = {"case_no": "案件号", "paid_on": "还款日期", "amount": "还款金额", "reference": "流水号"}
HEADER_WITHIN: Final = 20
"""Rows among which the header must stand."""


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as read: where it stood and what it says."""

    row: int
    case_no: str
    paid_on: date
    amount_fen: int
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentProblem:
    """A row that can't be taken, and why."""

    row: int
    case_no: str
    message: str


@dataclass(frozen=True, slots=True)
class PaymentReport:
    """What an import did. ``accepted`` are new, ``known`` were recorded before."""

    accepted: int
    known: int
    problems: tuple[PaymentProblem, ...]
    case_nos: tuple[str, ...]
    """Cases with a payment that is new."""


def posted_after() -> ColumnElement[bool]:
    """Whether a payment can't be in the snapshot it is joined with: paid after its day, or on it and told later."""
    return (Payment.paid_on > ClaimSnapshot.as_of) | (
        (Payment.paid_on == ClaimSnapshot.as_of) & (Payment.recorded_at > ClaimSnapshot.recorded_at)
    )


def read_payments(path: Path) -> tuple[str, list[PaymentRow], list[PaymentProblem]]:
    """Hash, rows and problems of a payment table.

    Raises:
        UnreadableInput: it can't be opened, or no row names the four columns.
    """
    opened = open_case_file(path)
    for table in opened.tables:
        found = _header(table)
        if found is not None:
            rows, problems = _rows(table, *found)
            return opened.sha256, rows, problems
    raise UnreadableInput(
        f"{opened.name} 中找不到还款表的表头。", f"须有这四列：{'、'.join(TITLES.values())}（同义列名见 docs/case-files.md）。"
    )


def _header(table: Table) -> tuple[int, dict[str, int]] | None:
    known = {word(name): field for field, names in COLUMNS.items() for name in names}
    for number, row in table.rows():
        places: dict[str, int] = {}
        for place, cell in enumerate(row):
            field = known.get(word(plain(cell).partition("（")[0].partition("(")[0]))
            if field is not None:
                places.setdefault(field, place)
        if len(places) == len(COLUMNS):
            return number, places
        if number >= HEADER_WITHIN:
            break
    return None


def _rows(table: Table, header: int, places: dict[str, int]) -> tuple[list[PaymentRow], list[PaymentProblem]]:
    rows: list[PaymentRow] = []
    problems: list[PaymentProblem] = []
    for number, row in table.rows():
        if number <= header or not any(plain(cell) for cell in row):
            continue
        read = _read(number, row, places)
        if isinstance(read, PaymentRow):
            rows.append(read)
        else:
            problems.append(read)
    return rows, problems


def _read(number: int, row: Row, places: dict[str, int]) -> PaymentRow | PaymentProblem:
    cells = {field: row[place] if place < len(row) else "" for field, place in places.items()}
    case_no, reference = plain(cells["case_no"]), plain(cells["reference"])
    if not case_no or not reference:
        return PaymentProblem(number, case_no, "缺少案件号或流水号；请补上后重新导入。")
    paid_on = read_date(cells["paid_on"], TITLES["paid_on"])
    amount = read_amount(cells["amount"], TITLES["amount"])
    if isinstance(paid_on, Fault):
        return PaymentProblem(number, case_no, f"还款日期“{plain(cells['paid_on'])}”无法识别；请写成 2026-11-21。")
    if isinstance(amount, Fault) or amount.fen <= 0:
        return PaymentProblem(number, case_no, f"还款金额“{plain(cells['amount'])}”无法识别或不是正数；冲正请联系律所处理。")
    return PaymentRow(number, case_no, paid_on, int(amount.fen), reference)


def record_payments(
    session: Session, lender: Lender, rows: Sequence[PaymentRow], source: str, *, actor: str, clock: Clock
) -> PaymentReport:
    """Keep the payments that are new; the same reference with another day or amount is a problem, never a change."""
    hold_open(session)
    cases = dict(
        session.execute(select(Case.case_no, Case.id).where(Case.lender_id == lender.id, Case.case_no.in_({r.case_no for r in rows}))).all()
    )
    accepted: list[str] = []
    known = 0
    problems: list[PaymentProblem] = []
    now = clock()
    for row in rows:
        case_id = cases.get(row.case_no)
        if case_id is None:
            problems.append(PaymentProblem(row.row, row.case_no, "资方没有此案件；请核对案件号。"))
            continue
        if row.paid_on > today(clock):  # kept for ever and pulling every later letter: a slip of the keys must not get in
            problems.append(PaymentProblem(row.row, row.case_no, f"还款日期 {row.paid_on} 在将来；请核对日期后重新登记。"))
            continue
        added = session.scalar(
            insert(Payment)
            .values(
                id=uuid7(), case_id=case_id, reference=row.reference, paid_on=row.paid_on, amount_fen=row.amount_fen,
                source=source, actor=actor, recorded_at=now,
            )
            .on_conflict_do_nothing(index_elements=[Payment.case_id, Payment.reference])
            .returning(Payment.id)
        )  # fmt: skip
        if added is not None:
            accepted.append(row.case_no)
            continue
        kept = session.scalars(select(Payment).where(Payment.case_id == case_id, Payment.reference == row.reference)).one()
        if (kept.paid_on, kept.amount_fen) == (row.paid_on, row.amount_fen):
            known += 1
        else:
            problems.append(PaymentProblem(row.row, row.case_no, f"流水号 {row.reference} 已登记为其他日期或金额；请资方核对。"))
    if accepted:
        append_audit(
            session, actor=actor, action="payments.recorded", subject=f"lender:{lender.code}",
            detail={"payments": len(accepted), "source": source}, clock=clock,
        )  # fmt: skip
    return PaymentReport(len(accepted), known, tuple(problems), tuple(dict.fromkeys(accepted)))


def import_payments(db: Database, lender_id: UUID, path: Path, *, actor: str) -> PaymentReport:
    """Import a payment table; the same file again changes nothing."""
    sha256, rows, problems = read_payments(path)
    with db.session() as session:
        report = record_payments(session, session.get_one(Lender, lender_id), rows, sha256, actor=actor, clock=db.clock)
    every = sorted((*problems, *report.problems), key=lambda problem: problem.row)
    return PaymentReport(report.accepted, report.known, tuple(every), report.case_nos)
