"""What a whole case sheet tells before its rows are read: rate unit, money units, width, rivals that say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from locate.intake.checks.amounts import UNITS
from locate.intake.checks.rates import RateUnit, column_unit
from locate.intake.columns import Column
from locate.intake.delimited import Delimited
from locate.intake.fields import AMOUNT_FIELDS, CASE_FIELDS, Group, Target
from locate.intake.gather import cell_of
from locate.intake.plan import Plan
from locate.intake.problems import Fault, Findings, refuse_file
from locate.intake.profile import Profile
from locate.intake.rows import RowKind, RowSorter, is_blank
from locate.intake.shapes import Part
from locate.intake.sheets import Row
from locate.intake.text import Cell, plain

_MUST_NOT_BE_RIVALS: Final = (
    frozenset(name for name, facts in CASE_FIELDS.items() if facts.required)
    | set(AMOUNT_FIELDS)
    | {"as_of", "annual_rate"}
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts of a whole sheet. ``width``: longest allowed record of delimited text."""

    rate_unit: RateUnit
    units: Mapping[int, str]
    width: int | None
    data_rows: int
    percent_rows: frozenset[int]
    """Rows whose rate cell is shown as a percentage."""


def gather_evidence(part: Part, profile: Profile | None, findings: Findings) -> Evidence:
    """Walk the sheet once.

    Raises:
        UnreadableInput: two different columns for one field, or a required column of formulas without results.
    """
    plan = part.plan
    sorter = RowSorter(plan)
    rates: Counter[Cell] = Counter()
    rate_column = plan.column("annual_rate")
    percent_rows = frozenset() if rate_column is None else part.table.percent_rows(rate_column.index)
    rivals = {target: columns for target, columns in plan.header.mapped.rivals.items() if len(columns) > 1}
    differing: dict[Target, tuple[Column, Column]] = {}
    named = {cell.index for cell in plan.header.cells}
    unnamed: set[int] = set()
    lengths: Counter[int] = Counter()
    data_rows = header_length = 0
    for number, row in part.table.rows():
        if number <= part.data_start():
            header_length = max(header_length, len(row) if number == part.data_start() else 0)
            continue
        if sorter.kind_of(row) is not RowKind.DATA:
            continue
        data_rows += 1
        lengths[len(row)] += 1
        if rate_column is not None and number not in percent_rows:
            rates[cell_of(row, rate_column)] += 1
        if rivals:
            _compare(row, rivals, differing)
        unnamed.update(
            at for at, cell in enumerate(row) if at not in named and at not in unnamed and not is_blank(cell)
        )
    _judge_rivals(rivals, differing, plan, findings)
    _say_formula_columns(part, data_rows)
    width = max(header_length, lengths.most_common(1)[0][0] if lengths else 0)
    for at in sorted(unnamed):
        if not isinstance(part.table, Delimited) or at < width:
            findings.add(Fault("COLUMN_NO_HEADER", str(at + 1)), sheet=plan.sheet, row=part.data_start())
    rate_unit = _rate_unit(rate_column, rates, profile, findings, plan)
    return Evidence(
        rate_unit,
        _units(plan, profile, findings),
        width if isinstance(part.table, Delimited) else None,
        data_rows,
        percent_rows,
    )


def _compare(
    row: Row, rivals: Mapping[Target, Sequence[Column]], differing: dict[Target, tuple[Column, Column]]
) -> None:
    for target, columns in rivals.items():
        if target in differing:
            continue
        first = plain(cell_of(row, columns[0]))
        for other in columns[1:]:
            if plain(cell_of(row, other)) != first:
                differing[target] = (columns[0], other)


def _judge_rivals(
    rivals: Mapping[Target, Sequence[Column]],
    differing: Mapping[Target, tuple[Column, Column]],
    plan: Plan,
    findings: Findings,
) -> None:
    for target, columns in rivals.items():
        pair = differing.get(target)
        if pair is not None and target.name in _MUST_NOT_BE_RIVALS:
            raise refuse_file("COLUMN_TWICE", pair[0].header, pair[1].header)
        for other in columns[1:]:
            findings.add(
                Fault("COLUMN_UNUSED", other.header, columns[0].header), sheet=plan.sheet, column=other.header
            )


def _say_formula_columns(part: Part, data_rows: int) -> None:
    uncached = Counter(column for _, column in part.table.marks.uncached)
    for column in part.plan.header.mapped.columns:
        needed = column.target.group is Group.CASE and CASE_FIELDS[column.target.name].required
        if needed and data_rows and uncached[column.index] * 2 > data_rows:
            raise refuse_file("FORMULA_COLUMN", column.header)


def _rate_unit(
    column: Column | None, rates: Counter[Cell], profile: Profile | None, findings: Findings, plan: Plan
) -> RateUnit:
    if profile is not None and profile.rate_unit is not None:
        return profile.rate_unit
    if column is None:
        return RateUnit.PERCENT
    unit = column_unit(rates.elements(), column.unit)
    if unit is RateUnit.FRACTION and column.unit != RateUnit.FRACTION:
        findings.add(
            Fault("RATE_FRACTION", column.header), sheet=plan.sheet, column=column.header, field="annual_rate"
        )
    return unit


def _units(plan: Plan, profile: Profile | None, findings: Findings) -> dict[int, str]:
    """The money unit of each amount column: profile, its own header, the note above the table, yuan."""
    note = plan.header.unit_note()
    assumed = False
    units = {}
    for name in AMOUNT_FIELDS:
        for column in plan.scalars.get(name, ()):
            given = (profile.units.get(name) if profile else None) or (
                column.unit if column.unit in UNITS else None
            )
            units[column.index] = given or note or "元"
            assumed = assumed or (given is None and note is not None and UNITS[note] != 1)
    if assumed and note is not None:
        findings.add(Fault("UNIT_ASSUMED", note), sheet=plan.sheet)
    return units
