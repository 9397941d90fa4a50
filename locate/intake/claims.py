"""The claim of one case row: amounts to fen, dates, rate, and that they agree with each other (R-AMT-01)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from locate.case import Claim
from locate.intake.checks.amounts import Amount, is_blank_amount, read_amount
from locate.intake.checks.dates import read_date
from locate.intake.checks.rates import RateUnit, read_rate
from locate.intake.columns import Column
from locate.intake.fields import AMOUNT_FIELDS, CASE_FIELDS
from locate.intake.gather import cell_of
from locate.intake.plan import Plan
from locate.intake.problems import Fault
from locate.intake.sheets import Row
from locate.intake.text import plain
from records.money import Fen, yuan

_LINES: Final = (
    "principal_due", "interest", "compound_interest", "penalty_interest", "liquidated_damages", "fees",
)  # fmt: skip
_MAY_BE_BLANK: Final = frozenset(AMOUNT_FIELDS) - {"principal_disbursed", "principal_due", "total"}

Say = Callable[[Fault | str, str, Column | None], None]
"""Locates a fault: (fault, field, column)."""


@dataclass(frozen=True, slots=True)
class ClaimReader:
    """What claims of one sheet are read with. ``units`` is the money unit of each column, by its index."""

    plan: Plan
    units: Mapping[int, str]
    rate_unit: RateUnit
    today: date
    as_of: date | None
    """The day of all amounts where the sheet has no such column or a cell is empty."""
    date1904: bool
    percent_rows: frozenset[int] = frozenset()

    def day(self, row: Row, name: str, say: Say) -> date | None:
        """One of the case's dates, or None after having said what is wrong."""
        column = self.plan.column(name)
        cell = cell_of(row, column)
        title = CASE_FIELDS[name].title
        found = (
            read_date(cell, title, date1904=self.date1904) if cell != "" else Fault("VALUE_MISSING", title)
        )
        if isinstance(found, date):
            return found
        if found.code == "VALUE_MISSING" and name == "as_of" and self.as_of is not None:
            return self.as_of
        say(found, name, column)
        return None

    def read(self, row: Row, number: int, say: Say) -> tuple[Claim, date] | None:
        """The claim and the day of disbursement, or None after having said everything that is wrong."""
        fine = True
        blanks: list[str] = []

        def fault(what: Fault | str, name: str, column: Column | None) -> None:
            nonlocal fine
            fine = False
            say(what, name, column)

        amounts = {name: self._amount(row, name, fault, say, blanks) for name in AMOUNT_FIELDS}
        disbursed_on = self.day(row, "disbursed_on", fault)
        as_of = self.day(row, "as_of", fault)
        overdue_since = self.day(row, "overdue_since", fault)
        rate = self._rate(row, number, fault, say)
        self._check_days(disbursed_on, as_of, overdue_since, fault)
        if None not in amounts.values():
            self._check_total({name: fen for name, fen in amounts.items() if fen is not None}, blanks, fault)
        if not fine or disbursed_on is None or as_of is None or overdue_since is None:
            return None
        fen = {name: Fen(value or 0) for name, value in amounts.items()}
        if "principal_repaid" not in self.plan.scalars:
            fen["principal_repaid"] = Fen(max(0, fen["principal_disbursed"] - fen["principal_due"]))
        elif fen["principal_disbursed"] - fen["principal_repaid"] != fen["principal_due"]:
            say("PRINCIPAL_GAP", "principal_due", self.plan.column("principal_due"))
        return Claim(as_of=as_of, overdue_since=overdue_since, annual_rate=rate, **fen), disbursed_on

    def _amount(self, row: Row, name: str, fault: Say, say: Say, blanks: list[str]) -> int | None:
        """Fen of a field, summed over its columns; 0 where it has none; None after a fault."""
        total = 0
        faulty = False
        for column in self.plan.scalars.get(name, ()):
            cell = cell_of(row, column)
            if isinstance(cell, str) and name in _MAY_BE_BLANK and is_blank_amount(plain(cell)):
                blanks.append(name)
                continue
            found = read_amount(cell, CASE_FIELDS[name].title, self.units.get(column.index, "元"))
            if isinstance(found, Amount):
                total += found.fen
                if found.own_unit:
                    say("AMOUNT_UNIT_IN_CELL", name, column)
            else:
                faulty = True
                fault(found, name, column)
        return None if faulty else total

    def _rate(self, row: Row, number: int, fault: Say, say: Say) -> Decimal | None:
        column = self.plan.column("annual_rate")
        shown = number in self.percent_rows
        found = (
            None
            if column is None
            else read_rate(cell_of(row, column), self.rate_unit, shown_as_percent=shown)
        )
        if isinstance(found, Fault):
            fault(found, "annual_rate", column)
            return None
        if found is None and column is not None:
            say("RATE_MISSING", "annual_rate", column)
        return found

    def _check_days(
        self, disbursed_on: date | None, as_of: date | None, overdue_since: date | None, fault: Say
    ) -> None:
        if as_of is not None and as_of > self.today:
            fault("AS_OF_FUTURE", "as_of", self.plan.column("as_of"))
        if as_of is not None and overdue_since is not None and overdue_since > as_of:
            fault("OVERDUE_AFTER_AS_OF", "overdue_since", self.plan.column("overdue_since"))
        if disbursed_on is not None and overdue_since is not None and disbursed_on > overdue_since:
            fault("DISBURSED_AFTER_OVERDUE", "disbursed_on", self.plan.column("disbursed_on"))

    def _check_total(self, fen: Mapping[str, int], blanks: list[str], fault: Say) -> None:
        lines = sum(fen[name] for name in _LINES) - fen["waived"]
        if lines != fen["total"]:
            fault(
                Fault("TOTAL_MISMATCH", yuan(fen["total"]), yuan(lines)), "total", self.plan.column("total")
            )
            for name in blanks:
                if name in _LINES:
                    column = self.plan.column(name)
                    fault(Fault("AMOUNT_DASH", CASE_FIELDS[name].title), name, column)
        elif fen["total"] == 0:
            fault("AMOUNT_ZERO", "total", self.plan.column("total"))
