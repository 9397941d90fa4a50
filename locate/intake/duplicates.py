"""Cases of one file against each other: repeated rows, conflicting numbers, one ID under two names."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from locate.case import CaseRecord
from locate.intake.plan import Plan
from locate.intake.problems import Fault, Findings
from locate.intake.sheets import Row
from locate.intake.text import plain

_Place = tuple[str | None, int]


@dataclass(slots=True)
class _First:
    """The first row of a case number. ``raw`` stands for its content where the row was refused."""

    place: _Place
    record: CaseRecord | None
    raw: int | None
    plan: Plan


@dataclass(slots=True)
class Duplicates:
    """Takes rows in order; the first row of a case number counts (a later one that differs is refused)."""

    findings: Findings
    repeated: list[str] = field(default_factory=list)
    _first: dict[str, _First] = field(default_factory=dict)
    _by_id: dict[str, str] = field(default_factory=dict)
    _by_debt: dict[tuple[str, str], str] = field(default_factory=dict)
    _clashing: dict[str, set[str]] = field(default_factory=dict)

    def add(
        self,
        case_no: str,
        record: CaseRecord | None,
        plan: Plan,
        number: int,
        row: Row,
        before: tuple[int, int],
    ) -> bool:
        """Take a row; whether it stands as a case so far.

        ``before``: how many rejections and warnings stood before it was read.
        """
        if not case_no:
            return False
        place = (plan.sheet, number)
        first = self._first.get(case_no)
        raw = None if record is not None else _raw(plan, row)
        if first is None:
            self._first[case_no] = _First(place, record, raw, plan)
            if record is not None:
                self._remember(record, plan, place)
            return record is not None
        column = plan.column("case_no")
        header = column.header if column else None
        other = str(first.place[1])
        same = record == first.record and raw == first.raw
        if same:
            del self.findings.rejected[before[0] :]
            del self.findings.warnings[before[1] :]
            self.repeated.append(case_no)
            fault = Fault("CASE_DUPLICATE", other=other)
        else:
            fault = Fault("CASE_NO_CONFLICT", other=other)
        self.findings.add(
            fault, sheet=place[0], row=place[1], column=header, field="case_no", case_no=case_no
        )
        return False

    def _remember(self, record: CaseRecord, plan: Plan, place: _Place) -> None:
        known = self._by_id.setdefault(record.id_number, record.case_no)
        earlier = self._first[known].record
        if known != record.case_no and earlier is not None and earlier.debtor_name != record.debtor_name:
            self._clashing.setdefault(record.id_number, {known}).add(record.case_no)
        debt = (record.id_number, record.contract_no)
        twin = self._by_debt.setdefault(debt, record.case_no)
        if twin != record.case_no:
            column = plan.column("contract_no")
            self.findings.add(
                Fault("DEBT_TWICE", other=str(self._first[twin].place[1])), sheet=place[0], row=place[1],
                column=column.header if column else None, field="contract_no", case_no=record.case_no,
            )  # fmt: skip

    def settled(self) -> list[tuple[CaseRecord, str | None, int]]:
        """The cases that stand, in the file's order. All cases under an ID number with two names fall."""
        fallen: set[str] = set()
        for case_numbers in self._clashing.values():
            ordered = sorted(case_numbers, key=lambda case_no: self._first[case_no].place[1])
            for case_no in ordered:
                first = self._first[case_no]
                other = next(each for each in ordered if each != case_no)
                column = first.plan.column("debtor_name")
                self.findings.add(
                    Fault("ID_NAME_CONFLICT", other=str(self._first[other].place[1])), sheet=first.place[0],
                    row=first.place[1], column=column.header if column else None, field="debtor_name", case_no=case_no,
                )  # fmt: skip
                fallen.add(case_no)
        return [
            (first.record, *first.place)
            for case_no, first in self._first.items()
            if first.record is not None and case_no not in fallen
        ]

    def fallen(self, standing: Container[str]) -> Iterator[CaseRecord]:
        """Good records that fell for clashing with another case."""
        for case_no, first in self._first.items():
            if first.record is not None and case_no not in standing:
                yield first.record


def _raw(plan: Plan, row: Row) -> int:
    """A fingerprint of what a row says in the columns that are read."""
    return hash(tuple(plain(row[at]) for at in sorted(plan.mapped_indexes()) if at < len(row)))
