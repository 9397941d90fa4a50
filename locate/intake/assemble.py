"""One case row to one ``CaseRecord``: every field checked, every fault located, nothing repaired by guessing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from locate.case import CaseRecord, Contact, StopKind
from locate.intake.checks.id_number import birth_date, read_id_number
from locate.intake.checks.identifiers import read_free_text, read_identifier
from locate.intake.checks.names import read_name
from locate.intake.checks.phones import first_of_several, read_mobile
from locate.intake.checks.stops import stops_in
from locate.intake.claims import ClaimReader, Say
from locate.intake.columns import Column
from locate.intake.fields import EXTRA_FIELDS, Group
from locate.intake.gather import Gatherer, Place, cell_of
from locate.intake.plan import AddressSlot, ContactSlot, Plan
from locate.intake.problems import Fault, Findings, Level
from locate.intake.rows import is_blank
from locate.intake.sheets import Marks, Row

_FULL_AGE: Final = 18
_OLDEST: Final = 100
_KEPT_ONLY: Final = frozenset({"remark", "status", "product", "lender_product_type", "mobile", *EXTRA_FIELDS})
"""Fields where an error value or a formula without a result costs the value and not the case."""

SideRows = Sequence[tuple[Row, Place, Sequence[AddressSlot]]]
SideContacts = Sequence[tuple[Row, Place, Sequence[ContactSlot]]]


def age_on(born: date, day: date) -> int:
    """Full years of age."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _refusing(contacts: Iterable[Contact]) -> tuple[str, ...]:
    return tuple(contact.mobile for contact in contacts if contact.opted_out and contact.mobile)


def refusing_of(record: CaseRecord) -> tuple[str, ...]:
    """Mobiles of a case's contacts who refuse contact."""
    return _refusing(record.contacts)


def _by_row(places: Iterable[tuple[int, int]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for row, column in places:
        found.setdefault(row, set()).add(column)
    return {row: frozenset(columns) for row, columns in found.items()}


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What a case row gave.

    A row that falls still says what must be heard at once: that no letter may go, and who refuses contact.
    """

    case_no: str
    """As far as it could be read; '' if not."""
    record: CaseRecord | None
    """None where the row falls."""
    stops: tuple[StopKind, ...]
    refusing: tuple[str, ...]
    """Mobiles of contacts who refused contact (R-THP-04)."""


class _Locate(Protocol):
    """Locates a fault of the row at hand."""

    def __call__(
        self, what: Fault | str, name: str, column: Column | None, level: Level | None = None, /
    ) -> None: ...


class CaseAssembler:
    """Reads the case rows of one sheet."""

    def __init__(
        self,
        plan: Plan,
        claims: ClaimReader,
        gatherer: Gatherer,
        findings: Findings,
        marks: Marks,
        sheet_stops: Sequence[StopKind],
        width: int | None,
    ) -> None:
        """``width``: records may not be longer than this (delimited text), or None where columns can't slip."""
        self._plan = plan
        self._claims = claims
        self._gatherer = gatherer
        self._findings = findings
        self._marks = marks
        self._sheet_stops = sheet_stops
        self._by_index = {column.index: column for column in plan.header.mapped.columns}
        self._width = width
        self._extras = tuple(name for name in EXTRA_FIELDS if name in plan.scalars)
        self._struck = _by_row(marks.struck)
        self._uncached = _by_row(marks.uncached)
        self._marked_rows = {*self._struck, *self._uncached, *_by_row(marks.errors), *marks.comments}
        self.addresses_refused = 0

    def read(self, number: int, row: Row, side_addresses: SideRows, side_contacts: SideContacts) -> ReadRow:
        """Read a row and say everything that is wrong with it."""
        plan = self._plan
        fine = True
        case_no = ""

        def say(what: Fault | str, name: str, column: Column | None, level: Level | None = None) -> None:
            self._findings.add(
                what, sheet=plan.sheet, row=number, column=column.header if column else None, field=name,
                case_no=case_no or None, level=level,
            )  # fmt: skip

        def fault(what: Fault | str, name: str, column: Column | None) -> None:
            nonlocal fine
            fine = False
            say(what, name, column)

        found = read_identifier(cell_of(row, plan.column("case_no")), "案件编号")
        if isinstance(found, str):
            case_no = found
        else:
            fault(found, "case_no", plan.column("case_no"))
        if self._width is not None and len(row) > self._width:
            extra = sum(not is_blank(cell) for cell in row[self._width :])
            if extra:
                fine = False
                self._findings.add(
                    "ROW_TOO_LONG",
                    sheet=plan.sheet,
                    row=number,
                    field="case_no",
                    case_no=case_no,
                    count=extra,
                )
        place = Place(plan.sheet, number)
        if number in self._marked_rows:
            place, marked_fine = self._marked(number, say)
            fine = fine and marked_fine

        name, id_number, contract_no = self._identity(row, fault)
        mobile = self._mobile(row, say)
        claim = self._claims.read(row, number, say)
        own = [(row, place, plan.addresses)] if plan.addresses else []
        addresses, refused = self._gatherer.addresses([*own, *side_addresses], case_no)
        self.addresses_refused += refused
        if not addresses:
            text_column = plan.addresses[0].text if plan.addresses else None
            fault("ADDRESS_NONE", "address_1", text_column)
        own_contacts = [(row, place, plan.contacts)] if plan.contacts else []
        contacts = self._gatherer.contacts([*own_contacts, *side_contacts], (name, mobile), case_no)
        status, remark = self._joined(row, "status"), self._joined(row, "remark")
        stops = self._stops(status, remark, self._marks.comments.get(number, ""), say)
        refusing = _refusing(contacts)
        if claim is None or not fine:
            return ReadRow(case_no, None, stops, refusing)
        if not self._check_age(id_number, claim[1], say):
            return ReadRow(case_no, None, stops, refusing)
        record = CaseRecord(
            case_no=case_no,
            debtor_name=name,
            id_number=id_number,
            mobile=mobile,
            contract_no=contract_no,
            product=self._joined(row, "product"),
            lender_product_type=self._joined(row, "lender_product_type"),
            disbursed_on=claim[1],
            claim=claim[0],
            status=status,
            remark=remark,
            stops=stops,
            addresses=tuple(addresses),
            contacts=tuple(contacts),
            extra={name: text for name in self._extras if (text := self._joined(row, name))},
        )
        return ReadRow(case_no, record, stops, refusing)

    def _identity(self, row: Row, fault: Say) -> tuple[str, str, str]:
        """Name, ID number and contract number; '' for each that is at fault."""
        name_column, id_column = self._plan.column("debtor_name"), self._plan.column("id_number")
        contract_column = self._plan.column("contract_no")
        name = read_name(cell_of(row, name_column))
        if isinstance(name, Fault):
            fault(name, "debtor_name", name_column)
        id_number = read_id_number(cell_of(row, id_column))
        if isinstance(id_number, Fault):
            fault(id_number, "id_number", id_column)
        contract_no = read_identifier(cell_of(row, contract_column), "合同号")
        if isinstance(contract_no, Fault):
            fault(contract_no, "contract_no", contract_column)
        kept = (found if isinstance(found, str) else "" for found in (name, id_number, contract_no))
        return next(kept), next(kept), next(kept)

    def _mobile(self, row: Row, say: _Locate) -> str:
        column = self._plan.column("mobile")
        found = read_mobile(cell_of(row, column))
        if isinstance(found, Fault):
            several = first_of_several(cell_of(row, column))
            say("PHONE_SEVERAL" if several else found, "mobile", column)
            return several or ""
        return found or ""

    def _joined(self, row: Row, name: str) -> str:
        texts = (read_free_text(cell_of(row, column)) for column in self._plan.scalars.get(name, ()))
        return "；".join(text for text in texts if text)

    def _stops(self, status: str, remark: str, comment: str, say: _Locate) -> tuple[StopKind, ...]:
        found: dict[StopKind, None] = dict.fromkeys(self._sheet_stops)
        for field, text in (("status", status), ("remark", remark), ("remark", comment)):
            for kind, phrase in stops_in(text):
                found[kind] = None
                say(Fault("STOP_FOUND", phrase), field, self._plan.column(field))
        return tuple(found)

    def _check_age(self, id_number: str, disbursed_on: date, say: _Locate) -> bool:
        column = self._plan.column("id_number")
        born = birth_date(id_number)
        age = age_on(born, disbursed_on)
        if age < 0:
            say("BORN_AFTER_DISBURSED", "id_number", column)
            return False
        if age < _FULL_AGE:
            say("UNDER_18", "id_number", column)
        elif age > _OLDEST:
            say("AGE_UNLIKELY", "id_number", column)
        if id_number.endswith("000"):
            say("ID_ENDS_000", "id_number", column)
        return True

    def _marked(self, number: int, say: _Locate) -> tuple[Place, bool]:
        """Say what error values, formulas without results, strike-throughs and notes the row has."""
        fine = True
        struck, broken = self._struck.get(number, frozenset()), self._uncached.get(number, frozenset())
        for index, column in self._by_index.items():
            if column.target.group is not Group.CASE:
                continue
            kept_only = column.target.name in _KEPT_ONLY
            error = self._marks.errors.get((number, index))
            if error is not None:
                say(
                    Fault("CELL_ERROR", error),
                    column.target.name,
                    column,
                    Level.WARNING if kept_only else None,
                )
                fine = fine and kept_only
            if index in broken:
                say("FORMULA_IGNORED" if kept_only else "FORMULA_UNCACHED", column.target.name, column)
                fine = fine and kept_only
            if index in struck and not kept_only:
                say("ROW_STRUCK", column.target.name, column)
                fine = False
        if number in self._marks.comments:
            say("CELL_COMMENT", "remark", None)
        return Place(self._plan.sheet, number, struck, broken), fine
