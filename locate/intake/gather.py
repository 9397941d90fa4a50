"""Addresses and contacts of one case, from its own row and from side tables, checked one by one.

An address without a lawful source falls alone; the case stays while another address stands. "The same as …" is resolved
within the case only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from locate.case import AddressKind, Contact, GivenAddress, Source
from locate.intake import words
from locate.intake.checks.addresses import CleanAddress, SameAs, read_address
from locate.intake.checks.dates import read_date
from locate.intake.checks.identifiers import read_free_text
from locate.intake.checks.names import read_name
from locate.intake.checks.phones import first_of_several, read_mobile
from locate.intake.columns import Column
from locate.intake.plan import AddressSlot, ContactSlot
from locate.intake.problems import Fault, Findings, Level
from locate.intake.profile import Profile
from locate.intake.sheets import Row
from locate.intake.text import Cell, is_empty_word, plain

_QUOTED: Final = 40
"""How much of a lender's own word a message repeats."""


class _Say(Protocol):
    """Locates a fault of the contact at hand."""

    def __call__(self, fault: Fault | str, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """The row that something stands in, and what is marked there: columns struck through or without a formula's result."""

    sheet: str | None
    row: int
    struck: frozenset[int] = frozenset()
    broken: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Entry:
    slot: AddressSlot
    ordinal: int
    row: Row
    place: Place
    read: CleanAddress | SameAs | Fault | None
    text: str = ""


def cell_of(row: Row, column: Column | None) -> Cell:
    """The cell of a column; '' where the row is shorter or there is no such column."""
    return row[column.index] if column is not None and column.index < len(row) else ""


@dataclass(frozen=True, slots=True)
class Gatherer:
    """What addresses and contacts of one file are read with."""

    findings: Findings
    profile: Profile | None
    reported_on: date
    today: date
    date1904: bool

    def _say(
        self,
        fault: Fault | str,
        entry: _Entry,
        name: str,
        column: Column | None,
        case_no: str,
        level: Level | None = None,
    ) -> None:
        field = f"address_{entry.ordinal}" + ("" if name == "text" else f"_{name}")
        header = column.header if column is not None else entry.slot.text.header
        self.findings.add(
            fault,
            sheet=entry.place.sheet,
            row=entry.place.row,
            column=header,
            field=field,
            case_no=case_no,
            level=level,
        )

    def addresses(
        self, sources: Sequence[tuple[Row, Place, Sequence[AddressSlot]]], case_no: str
    ) -> tuple[list[GivenAddress], int]:
        """The lawful addresses of a case, in order, and how many were refused."""
        entries: list[_Entry] = []
        after = 0
        for row, place, slots in sources:
            side = len(slots) == 1 and bool(entries or len(sources) > 1)
            for slot in slots:
                ordinal = after + 1 if side else after + slot.ordinal
                entries.append(_Entry(slot, ordinal, row, place, read_address(cell_of(row, slot.text))))
            after = max([after, *(entry.ordinal for entry in entries)])
        self._resolve(entries)
        given: list[GivenAddress] = []
        refused = 0
        for entry in entries:
            if entry.read is None:
                continue
            address = self._address(entry, case_no)
            if address is None:
                refused += 1
            else:
                given.append(address)
        return given, refused

    def _resolve(self, entries: list[_Entry]) -> None:
        for entry in entries:
            if isinstance(entry.read, CleanAddress):
                entry.text = entry.read.text
        previous = ""
        for entry in entries:
            if isinstance(entry.read, SameAs):
                wanted = entry.read
                if wanted.kind is not None:
                    entry.text = next(
                        (
                            e.text
                            for e in entries
                            if e.text and self._kind(e) is wanted.kind and e is not entry
                        ),
                        "",
                    )
                elif wanted.ordinal is not None:
                    entry.text = next((e.text for e in entries if e.text and e.ordinal == wanted.ordinal), "")
                else:
                    entry.text = previous
            previous = entry.text or previous

    @staticmethod
    def _kind(entry: _Entry) -> AddressKind | None:
        return entry.slot.kind or words.kind_of(plain(cell_of(entry.row, entry.slot.kind_column)))

    def _address(self, entry: _Entry, case_no: str) -> GivenAddress | None:
        slot = entry.slot
        if isinstance(entry.read, Fault):
            self._say(entry.read, entry, "text", slot.text, case_no)
            return None
        if slot.text.index in entry.place.struck:
            self._say("ADDRESS_STRUCK", entry, "text", slot.text, case_no)
            return None
        if slot.text.index in entry.place.broken:
            self._say("FORMULA_UNCACHED", entry, "text", slot.text, case_no, Level.ADDRESS)
            return None
        if not entry.text:
            said = plain(cell_of(entry.row, slot.text))[:_QUOTED]
            self._say(Fault("ADDRESS_SAME_AS", said), entry, "text", slot.text, case_no)
            return None
        kind = self._checked_kind(entry, case_no)
        source = self._checked_source(entry, case_no)
        if kind is None or source is None:
            return None
        if isinstance(entry.read, CleanAddress) and entry.read.recipient_removed:
            self._say("ADDRESS_RECIPIENT", entry, "text", slot.text, case_no)
        basis = self._basis(entry)
        if not basis:
            self._say("ADDRESS_NO_BASIS", entry, "basis", slot.basis, case_no)
        found, words_given = source
        return GivenAddress(
            entry.ordinal,
            entry.text,
            kind,
            found,
            words_given,
            basis,
            self._collected_on(entry, case_no),
            self.reported_on,
        )

    def _basis(self, entry: _Entry) -> str:
        default = self.profile.address_basis if self.profile else ""
        return read_free_text(cell_of(entry.row, entry.slot.basis)).lstrip("'`‘’") or default

    def _checked_kind(self, entry: _Entry, case_no: str) -> AddressKind | None:
        if entry.slot.kind is not None:
            return entry.slot.kind
        said = plain(cell_of(entry.row, entry.slot.kind_column))
        if not is_empty_word(said):
            kind = words.kind_of(said)
            if kind is None:
                self._say(
                    Fault("ADDRESS_KIND_UNKNOWN", said[:_QUOTED]),
                    entry,
                    "kind",
                    entry.slot.kind_column,
                    case_no,
                )
            return kind
        if self.profile is not None and self.profile.address_kind is not None:
            return self.profile.address_kind
        self._say("ADDRESS_KIND_MISSING", entry, "kind", entry.slot.kind_column, case_no)
        return AddressKind.RESIDENCE

    def _checked_source(self, entry: _Entry, case_no: str) -> tuple[Source, str] | None:
        column = entry.slot.source
        said = read_free_text(cell_of(entry.row, column)).lstrip("'`‘’")
        if not said and self.profile is not None:
            said = self.profile.address_source
        if not said:
            self._say("ADDRESS_NO_SOURCE", entry, "source", column, case_no)
            return None
        source = words.source_of(said)
        if source is None:
            self._say(Fault("ADDRESS_SOURCE_UNKNOWN", said[:_QUOTED]), entry, "source", column, case_no)
            return None
        if source is Source.BANNED:
            self._say(Fault("ADDRESS_SOURCE_BANNED", said[:_QUOTED]), entry, "source", column, case_no)
        return source, said

    def _collected_on(self, entry: _Entry, case_no: str) -> date | None:
        cell = cell_of(entry.row, entry.slot.collected_on)
        if cell == "":
            return None
        day = read_date(cell, "采集日期", date1904=self.date1904)
        if isinstance(day, date) and day <= self.today:
            return day
        if isinstance(day, date) or day.code != "VALUE_MISSING":
            quoted = plain(cell)[:_QUOTED]
            self._say(Fault("ADDRESS_DATE", quoted), entry, "collected_on", entry.slot.collected_on, case_no)
        return None

    def contacts(
        self,
        sources: Sequence[tuple[Row, Place, Sequence[ContactSlot]]],
        debtor: tuple[str, str],
        case_no: str,
    ) -> list[Contact]:
        """The contacts of a case, in order. Nothing about a contact makes a case fall; an opt-out is never lost."""
        found: list[Contact] = []
        for row, place, slots in sources:
            for slot in slots:
                side = len(slots) == 1 and len(sources) > 1
                ordinal = len(found) + 1 if side else max(slot.ordinal, len(found) + 1)
                contact = self._contact(row, place, slot, ordinal, debtor, case_no)
                if contact is not None:
                    found.append(contact)
        return found

    def _contact(
        self, row: Row, place: Place, slot: ContactSlot, ordinal: int, debtor: tuple[str, str], case_no: str
    ) -> Contact | None:
        columns = slot.columns

        def cell(name: str) -> Cell:
            return cell_of(row, columns.get(name))

        def say(fault: Fault | str, name: str) -> None:
            column = columns.get(name)
            self.findings.add(
                fault, sheet=place.sheet, row=place.row, column=column.header if column else None,
                field=f"contact_{ordinal}_{name}", case_no=case_no,
            )  # fmt: skip

        name = read_name(cell("name"))
        mobile = read_mobile(cell("mobile"))
        address = read_address(cell("address"))
        if isinstance(name, Fault) and name.code == "VALUE_MISSING" and mobile is None and address is None:
            return None
        if isinstance(name, Fault):
            if name.code != "VALUE_MISSING":
                say("CONTACT_NAME", "name")
            name = ""
        if isinstance(mobile, Fault):
            several = first_of_several(cell("mobile"))
            say("PHONE_SEVERAL" if several else "CONTACT_PHONE", "mobile")
            mobile = several
        if (name and name == debtor[0]) or (mobile and mobile == debtor[1]):
            say("CONTACT_IS_DEBTOR", "name")
        return Contact(
            ordinal,
            name,
            read_free_text(cell("relation")),
            mobile or "",
            address.text if isinstance(address, CleanAddress) else "",
            self._contact_source(plain(cell("source")), say),
            read_free_text(cell("basis")),
            self._consent(plain(cell("consent")), say),
            self._opted_out(plain(cell("opted_out")), say),
        )

    @staticmethod
    def _contact_source(said: str, say: _Say) -> Source | None:
        if is_empty_word(said):
            return None
        source = words.source_of(said)
        if source is None or source is Source.BANNED:
            say(Fault("CONTACT_SOURCE", said[:_QUOTED]), "source")
        return source

    @staticmethod
    def _consent(said: str, say: _Say) -> bool | None:
        if not words.is_clear_consent(said):
            say(Fault("CONTACT_CONSENT", said[:_QUOTED]), "consent")
        return words.consent(said)

    @staticmethod
    def _opted_out(said: str, say: _Say) -> bool:
        flag = words.opted_out(said)
        if flag is None:
            say(Fault("CONTACT_REFUSAL_UNCLEAR", said[:_QUOTED]), "opted_out")
        elif flag:
            say("CONTACT_REFUSED", "opted_out")
        return flag is not False
