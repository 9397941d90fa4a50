"""Which tables of an opened file are the cases, the addresses and the contacts, and how their rows belong together.

Two shapes (contract.md): wide, where a row holds a case with its addresses and contacts, and three tables joined by
case number (or contract number, or ID number). Several case sheets are read one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from locate.intake.checks.id_number import read_id_number
from locate.intake.checks.identifiers import read_identifier
from locate.intake.columns import How
from locate.intake.fields import Group, Role, title_of
from locate.intake.gather import Place, cell_of
from locate.intake.header import SEARCHED_ROWS, Header, find_header
from locate.intake.headings import bare_key
from locate.intake.plan import Plan, plan_of
from locate.intake.problems import Fault, Findings, refuse_file
from locate.intake.profile import Profile
from locate.intake.rows import RowKind, RowSorter
from locate.intake.sheets import Opened, Row, Table
from locate.intake.text import Cell

_KEYS = ("case_no", "contract_no", "id_number")


@dataclass(frozen=True, slots=True)
class Part:
    """A table with its plan."""

    table: Table
    plan: Plan

    def data_start(self) -> int:
        """The 1-based number of the last header row: data stand below."""
        return self.plan.header.last_row + 1


@dataclass(slots=True)
class SideTable:
    """Rows of a side table by join key; a row is taken once, what is left at the end has no case."""

    key: str
    rows: dict[str, list[tuple[Row, Place]]] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)

    def take(self, key: str) -> list[tuple[Row, Place]]:
        """The rows of a case; they stay, for a second row of the same case."""
        self.wanted.add(key)
        return self.rows.get(key, [])


@dataclass(frozen=True, slots=True)
class Shape:
    """The parts of a file."""

    cases: tuple[Part, ...]
    addresses: tuple[Part, ...]
    contacts: tuple[Part, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts."""
        return (*self.cases, *self.addresses, *self.contacts)


def shape_of(opened: Opened, profile: Profile | None, findings: Findings) -> Shape:
    """Find the parts.

    Raises:
        UnreadableInput: no case table, or a required column is missing.
    """
    found: list[tuple[Table, Header]] = []
    for table in opened.tables:
        role = profile.sheets.get(bare_key(table.name)) if profile else None
        rows = [row for _, row in islice(table.rows(), SEARCHED_ROWS)]
        header = find_header(rows, table.name, profile, role)
        if header is None:
            if any(cell != "" for row in rows for cell in row):
                findings.add(Fault("SHEET_UNUSED", table.name), sheet=table.sheet)
            continue
        found.append((table, header))
    parts: dict[Role, tuple[Part, ...]] = {role: _parts(role, found, findings) for role in Role}
    shape = Shape(parts[Role.CASES], parts[Role.ADDRESSES], parts[Role.CONTACTS])
    if not shape.cases:
        raise refuse_file("NO_HEADER")
    return shape


def _parts(role: Role, found: Sequence[tuple[Table, Header]], findings: Findings) -> tuple[Part, ...]:
    """The tables of a role: complete headers before incomplete ones, visible sheets before hidden ones."""
    fitting = [(table, header) for table, header in found if header.role is role]
    complete = [(table, header) for table, header in fitting if header.is_complete]
    chosen = complete or (fitting if role is Role.CASES else [])
    visible = [(table, header) for table, header in chosen if not table.hidden] or chosen
    for table, _ in fitting:
        if all(table is not each for each, _ in visible):
            findings.add(
                Fault("SHEET_HIDDEN" if table.hidden else "SHEET_UNUSED", table.name), sheet=table.sheet
            )
    return tuple(Part(table, plan_of(header, table.sheet)) for table, header in visible)


def say_columns(part: Part, findings: Findings) -> None:
    """Warn of every column that was not matched literally, and of what is unknown."""
    plan, row = part.plan, part.data_start()
    mapped = plan.header.mapped
    for cell in mapped.unknown:
        findings.add(
            Fault("COLUMN_UNKNOWN", cell.shown),
            sheet=plan.sheet,
            row=row,
            column=cell.shown,
            field=cell.shown,
        )
    for column in plan.stray:
        findings.add(
            Fault("COLUMN_UNKNOWN", column.header),
            sheet=plan.sheet,
            row=row,
            column=column.header,
            field=column.header,
        )
    for column in mapped.columns:
        code = {How.FUZZY: "COLUMN_FUZZY", How.WEAK: "COLUMN_WEAK"}.get(column.how)
        if code is not None and column.target.group is not Group.IGNORED:
            fault = Fault(code, column.header, title_of(column.target))
            findings.add(fault, sheet=plan.sheet, row=row, column=column.header, field=column.target.path)
    for column, used in mapped.unused:
        findings.add(
            Fault("COLUMN_UNUSED", column.header, used.header),
            sheet=plan.sheet,
            row=row,
            column=column.header,
        )
    for column in plan.shared:
        findings.add(Fault("COLUMN_SHARED", column.header), sheet=plan.sheet, row=row, column=column.header)


def join_key(plan: Plan) -> str:
    """The field that joins a side table to the cases.

    Raises:
        UnreadableInput: it has none of them.
    """
    for name in _KEYS:
        if name in plan.scalars:
            return name
    raise refuse_file("SIDE_KEY_MISSING", plan.sheet or "")


def key_text(cell: Cell, name: str) -> str:
    """The comparison form of a join key; '' where it can't be read."""
    found = read_id_number(cell) if name == "id_number" else read_identifier(cell, "")
    return found if isinstance(found, str) else ""


def read_side(parts: Sequence[Part], findings: Findings) -> list[tuple[Part, SideTable]]:
    """Read the side tables of one role into memory, keyed."""
    tables = []
    for part in parts:
        key = join_key(part.plan)
        side = SideTable(key)
        sorter = RowSorter(part.plan)
        column = part.plan.column(key)
        hidden = part.table.marks.hidden_rows
        struck, uncached = part.table.marks.struck, part.table.marks.uncached
        width = max(part.plan.mapped_indexes()) + 1
        for number, row in part.table.rows():
            if number <= part.data_start():
                continue
            kind = sorter.kind_of(row)
            if kind is not RowKind.DATA:
                if kind is RowKind.NOTE:
                    findings.add("ROW_NOTE", sheet=part.plan.sheet, row=number)
                continue
            place = Place(
                part.plan.sheet,
                number,
                frozenset(at for at in range(width) if (number, at) in struck) if struck else frozenset(),
                frozenset(at for at in range(width) if (number, at) in uncached) if uncached else frozenset(),
            )
            if number in hidden:
                findings.add("ROW_HIDDEN", sheet=part.plan.sheet, row=number)
            side.rows.setdefault(key_text(cell_of(row, column), key), []).append((row[:width], place))
        tables.append((part, side))
    return tables


def say_orphans(tables: Sequence[tuple[Part, SideTable]], findings: Findings) -> int:
    """Report side rows that belong to no case of the file; how many."""
    count = 0
    for part, side in tables:
        column = part.plan.column(side.key)
        for key, rows in side.rows.items():
            if key in side.wanted:
                continue
            for _, place in rows:
                count += 1
                findings.add(
                    Fault("SIDE_ORPHAN", key or "（空）"), sheet=place.sheet, row=place.row,
                    column=column.header if column else None, field=side.key, case_no=key or None,
                )  # fmt: skip
    return count


def own_keys(plan: Plan, row: Row) -> Mapping[str, str]:
    """The join keys of a case row."""
    return {name: key_text(cell_of(row, plan.column(name)), name) for name in _KEYS if name in plan.scalars}
