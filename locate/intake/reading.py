"""``read_case_file``: a lender's file to checked cases and located problems. Pure: no database, no clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from locate.case import CaseRecord, StopKind
from locate.intake.assemble import CaseAssembler, ReadRow, refusing_of
from locate.intake.checks.stops import stops_in
from locate.intake.claims import ClaimReader
from locate.intake.duplicates import Duplicates
from locate.intake.evidence import gather_evidence
from locate.intake.fields import CASE_FIELDS, Group
from locate.intake.gather import Gatherer, Place
from locate.intake.open_file import open_case_file
from locate.intake.plan import Plan
from locate.intake.problems import Fault, Findings, Problem, refuse_file
from locate.intake.profile import Profile
from locate.intake.rows import RowKind, RowSorter
from locate.intake.shapes import (
    Part,
    Shape,
    SideTable,
    own_keys,
    read_side,
    say_columns,
    say_orphans,
    shape_of,
)
from locate.intake.sheets import Opened, Row

Progress = Callable[[str, int, int], None]
"""(what is being done, done, total)."""
_READING: Final = "读取并检查案件"
_TELL_EVERY: Final = 1000


@dataclass(frozen=True, slots=True)
class AcceptedCase:
    """A good case and where it stood."""

    record: CaseRecord
    sheet: str | None
    row: int


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What reading and checking a file gave. Nothing is stored yet."""

    file: str
    sha256: str
    size: int
    sheets: tuple[str, ...]
    as_of: date
    """The file's date: ``reported_on`` of its addresses."""
    header: Mapping[str, Mapping[str, str]]
    """Sheet → field → header as found."""
    accepted: tuple[AcceptedCase, ...]
    duplicates: tuple[str, ...]
    rejected: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    addresses_refused: int
    case_rows: int
    fallen_stops: tuple[tuple[str, tuple[StopKind, ...]], ...] = ()
    """Stops that rows which fell state of their cases: they count for a case that is known already."""
    refusing: tuple[str, ...] = ()
    """Mobiles of contacts who refuse contact, from rows that fell or belong to no case: a refusal counts at once."""


def read_case_file(
    path: Path,
    *,
    today: date,
    profile: Profile | None = None,
    as_of: date | None = None,
    progress: Progress = lambda _what, _done, _total: None,
    hear: Callable[[str], None] = lambda _text: None,
) -> ImportResult:
    """Read and check a case file.

    Args:
        path: XLSX, XLS, ODS, CSV, TSV, or a folder or ZIP of CSVs.
        today: the day of the import; nothing may be as of a later day.
        profile: the lender's own mapping; it wins over everything found.
        as_of: the day of all amounts where the file gives none, and the file's own date (default ``today``).
        progress: told now and then (what, rows done, rows in all).
        hear: told the address texts of each good row at once, so that they can be read meanwhile.

    Raises:
        UnreadableInput: the file can't be read as a case file; nothing of it counts.
    """
    opened = open_case_file(Path(path))
    findings = Findings(opened.name)
    shape = shape_of(opened, profile, findings)
    _check_columns(shape, as_of)
    for part in shape.parts:
        say_columns(part, findings)
    reader = _Reader(opened, shape, findings, profile, today, as_of, progress, hear)
    for part in shape.cases:
        reader.read_cases(part)
    return reader.result()


def _check_columns(shape: Shape, as_of: date | None) -> None:
    has_side_addresses = bool(shape.addresses)
    for part in shape.cases:
        missing = part.plan.missing()
        if "as_of" not in part.plan.scalars and as_of is None and part.plan.header.as_of_note() is None:
            missing.append(CASE_FIELDS["as_of"].title)
        if not part.plan.addresses and not has_side_addresses:
            missing.append("地址")
        if missing:
            raise refuse_file("COLUMN_MISSING", "、".join(missing))


class _Reader:
    """The state of one reading."""

    def __init__(
        self,
        opened: Opened,
        shape: Shape,
        findings: Findings,
        profile: Profile | None,
        today: date,
        as_of: date | None,
        progress: Progress,
        hear: Callable[[str], None],
    ) -> None:
        self._progress, self._tell_text = progress, hear
        self._fallen_stops: list[tuple[str, tuple[StopKind, ...]]] = []
        self._refusing: dict[str, None] = {}
        self._opened, self._shape, self._findings, self._profile = opened, shape, findings, profile
        self._today, self._as_of = today, as_of
        self._file_date = as_of or today
        self._duplicates = Duplicates(findings)
        self._refused_addresses = self._case_rows = self._rows_ahead = 0
        self._side_addresses = read_side(shape.addresses, findings)
        self._side_contacts = read_side(shape.contacts, findings)
        self._say_no_dates()

    def _say_no_dates(self) -> None:
        slots = [
            slot for part in (*self._shape.cases, *self._shape.addresses) for slot in part.plan.addresses
        ]
        if not any(slot.collected_on for slot in slots):
            self._findings.add("NO_COLLECTION_DATES")

    def read_cases(self, part: Part) -> None:
        """Read one case sheet."""
        plan, marks = part.plan, part.table.marks
        evidence = gather_evidence(part, self._profile, self._findings)
        self._rows_ahead += evidence.data_rows
        claims = ClaimReader(
            plan,
            evidence.units,
            evidence.rate_unit,
            self._today,
            self._default_as_of(plan),
            marks.date1904,
            evidence.percent_rows,
        )
        if marks.date1904:
            self._findings.add("DATES_1904", sheet=plan.sheet)
        if "principal_repaid" not in plan.scalars:
            self._findings.add("REPAID_DERIVED", sheet=plan.sheet)
        gatherer = Gatherer(self._findings, self._profile, self._file_date, self._today, marks.date1904)
        sheet_stops = [kind for kind, _ in stops_in(plan.sheet or "")]
        assembler = CaseAssembler(plan, claims, gatherer, self._findings, marks, sheet_stops, evidence.width)
        sorter = RowSorter(plan)
        for number, row in part.table.rows():
            if number <= part.data_start():
                continue
            kind = sorter.kind_of(row)
            if kind is not RowKind.DATA:
                self._say_other_row(kind, plan, number)
                continue
            self._case_rows += 1
            if self._case_rows % _TELL_EVERY == 0:
                self._progress(_READING, self._case_rows, self._rows_ahead)
            if number in marks.hidden_rows:
                self._findings.add("ROW_HIDDEN", sheet=plan.sheet, row=number)
            self._read_case(assembler, plan, number, row)
        self._refused_addresses += assembler.addresses_refused
        self._progress(_READING, self._case_rows, self._rows_ahead)

    def _default_as_of(self, plan: Plan) -> date | None:
        if self._as_of is not None:
            return self._as_of
        noted = plan.header.as_of_note()
        if noted is not None and "as_of" not in plan.scalars:
            self._findings.add(Fault("AS_OF_FROM_NOTE", noted.isoformat()), sheet=plan.sheet, field="as_of")
        return noted

    def _say_other_row(self, kind: RowKind, plan: Plan, number: int) -> None:
        code = {
            RowKind.HEADER: "HEADER_REPEATED",
            RowKind.NOTE: "ROW_NOTE",
            RowKind.UNLABELLED_TOTAL: "ROW_UNLABELLED_TOTAL",
        }.get(kind)
        if code is not None:
            self._findings.add(code, sheet=plan.sheet, row=number)

    def _read_case(self, assembler: CaseAssembler, plan: Plan, number: int, row: Row) -> None:
        keys = own_keys(plan, row) if self._side_addresses or self._side_contacts else {}
        addresses = [
            (side_row, place, part.plan.addresses)
            for part, side in self._side_addresses
            for side_row, place in _taken(side, keys)
        ]
        contacts = [
            (side_row, place, part.plan.contacts)
            for part, side in self._side_contacts
            for side_row, place in _taken(side, keys)
        ]
        before = len(self._findings.rejected), len(self._findings.warnings)
        read = assembler.read(number, row, addresses, contacts)
        for given in read.record.addresses if read.record else ():
            self._tell_text(given.text)
        if not self._duplicates.add(read.case_no, read.record, plan, number, row, before):
            self._hear(read)

    def _hear(self, read: ReadRow) -> None:
        if read.case_no and read.stops:
            self._fallen_stops.append((read.case_no, read.stops))
        self._refusing.update(dict.fromkeys(read.refusing))

    def _hear_orphans(self) -> None:
        """Contacts of no case of this file who refuse contact."""
        quiet = Gatherer(Findings(self._opened.name), self._profile, self._file_date, self._today, False)
        for part, side in self._side_contacts:
            for key, rows in side.rows.items():
                if key in side.wanted:
                    continue
                found = quiet.contacts(
                    [(row, place, part.plan.contacts) for row, place in rows], ("", ""), ""
                )
                self._refusing.update((one.mobile, None) for one in found if one.opted_out and one.mobile)

    def result(self) -> ImportResult:
        """Close the reading: conflicts between cases, rows without a case, totals."""
        accepted = self._duplicates.settled()
        standing = {record.case_no for record, _, _ in accepted}
        for fallen in self._duplicates.fallen(standing):
            self._hear(ReadRow(fallen.case_no, None, fallen.stops, refusing_of(fallen)))
        self._hear_orphans()
        say_orphans([*self._side_addresses, *self._side_contacts], self._findings)
        if not accepted and self._case_rows:
            self._findings.add("ALL_REFUSED")
        header = {part.plan.sheet or self._opened.name: _shown(part.plan) for part in self._shape.parts}
        return ImportResult(
            self._opened.name,
            self._opened.sha256,
            self._opened.size,
            tuple(part.table.name for part in self._shape.parts),
            self._file_date,
            header,
            tuple(AcceptedCase(record, sheet, row) for record, sheet, row in accepted),
            tuple(self._duplicates.repeated),
            tuple(self._findings.rejected),
            tuple(self._findings.warnings),
            self._refused_addresses,
            self._case_rows,
            tuple(self._fallen_stops),
            tuple(self._refusing),
        )


def _taken(side: SideTable, keys: Mapping[str, str]) -> Sequence[tuple[Row, Place]]:
    key = keys.get(side.key, "")
    return side.take(key) if key else []


def _shown(plan: Plan) -> dict[str, str]:
    shown: dict[str, str] = {}
    for column in plan.header.mapped.columns:
        if column.target.group is not Group.IGNORED:
            path = column.target.path
            shown[path] = f"{shown[path]} + {column.header}" if path in shown else column.header
    return shown
