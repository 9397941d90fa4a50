"""函号登记簿: every letter number of a firm with its void and reason, and whether the register has a gap (R-LAW-07)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.batch.parties import letter_number
from letters.tables import Batch, Firm, Letter, LetterNumber


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One number."""

    year: int
    number: int
    letter_no: str
    batch_no: str
    dated: date
    voided_at: datetime | None
    void_reason: str | None


@dataclass(frozen=True, slots=True)
class RegisterCheck:
    """What looking through a year's register gave."""

    year: int
    numbers: int
    void: int
    gaps: tuple[tuple[int, int], ...]
    """First and last number of each gap."""
    faults: tuple[str, ...]
    """Voids without a reason, numbers that do not follow the scheme."""

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.gaps and not self.faults


def register_lines(session: Session, firm: Firm, year: int | None = None, *, only_void: bool = False) -> Iterator[RegisterLine]:
    """The register in order of number."""
    query = (
        select(LetterNumber, Batch.batch_no, Letter.day)
        .join(Letter, Letter.id == LetterNumber.letter_id)
        .join(Batch, Batch.id == Letter.batch_id)
        .where(LetterNumber.firm_id == firm.id)
        .order_by(LetterNumber.year, LetterNumber.number)
        .execution_options(yield_per=5000)
    )
    if year is not None:
        query = query.where(LetterNumber.year == year)
    if only_void:
        query = query.where(LetterNumber.voided_at.is_not(None))
    for row, batch_no, day in session.execute(query):
        yield RegisterLine(row.year, row.number, row.letter_no, batch_no, day, row.voided_at, row.void_reason)
        session.expunge(row)


def check_register(session: Session, firm: Firm, year: int | None = None) -> list[RegisterCheck]:
    """Each year's register looked through for gaps, voids without a reason and numbers out of scheme."""
    years = session.scalars(
        select(LetterNumber.year).where(LetterNumber.firm_id == firm.id).group_by(LetterNumber.year).order_by(LetterNumber.year)
    ).all()
    return [_check(session, firm, one) for one in years if year in (None, one)]


def _check(session: Session, firm: Firm, year: int) -> RegisterCheck:
    own = (LetterNumber.firm_id == firm.id) & (LetterNumber.year == year)
    total, void = session.execute(
        select(func.count(), func.count(LetterNumber.voided_at)).select_from(LetterNumber).where(own)
    ).one()
    before = func.lag(LetterNumber.number, 1, 0).over(order_by=LetterNumber.number).label("before")
    steps = select(LetterNumber.number, before).where(own).subquery()
    gaps = session.execute(
        select(steps.c.before + 1, steps.c.number - 1).where(steps.c.number > steps.c.before + 1).order_by(steps.c.number)
    ).all()
    faults = [
        f"{letter_no} 作废而未写原因"
        for letter_no in session.scalars(
            select(LetterNumber.letter_no).where(own, LetterNumber.voided_at.is_not(None), func.coalesce(LetterNumber.void_reason, "") == "")
        )
    ]
    first, last = session.execute(select(func.min(LetterNumber.number), func.max(LetterNumber.number)).where(own)).one()
    for number in {first, last} - {None}:
        said = session.scalar(select(LetterNumber.letter_no).where(own, LetterNumber.number == number))
        if said != letter_number(firm.number_scheme, year, number):
            faults.append(f"{said} 与函号规则不符（规则改动过，或登记被改动）")
    return RegisterCheck(year, total, void, tuple((a, b) for a, b in gaps), tuple(faults))
