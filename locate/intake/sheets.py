"""What an opened case file looks like to the rest of intake: tables of rows that can be walked again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from locate.intake.text import Cell

Row = list[Cell]


@dataclass(frozen=True, slots=True)
class Marks:
    """What a sheet shows besides values. Rows are 1-based, columns 0-based.

    ``errors`` holds error values (#N/A …), ``uncached`` formulas without a stored result, ``struck`` cells that are
    struck through, ``comments`` the text of notes by row.
    """

    hidden_rows: frozenset[int] = frozenset()
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    uncached: frozenset[tuple[int, int]] = frozenset()
    struck: frozenset[tuple[int, int]] = frozenset()
    comments: Mapping[int, str] = field(default_factory=dict)
    date1904: bool = False


NO_MARKS = Marks()


class Table(Protocol):
    """A sheet, or one delimited file."""

    @property
    def name(self) -> str:
        """The sheet's name; a delimited file's stem."""
        ...

    @property
    def sheet(self) -> str | None:
        """What reports call it: None for a single delimited file."""
        ...

    @property
    def hidden(self) -> bool:
        """Whether the sheet is hidden."""
        ...

    @property
    def marks(self) -> Marks:
        """What it shows besides values."""
        ...

    def percent_rows(self, column: int) -> frozenset[int]:
        """Rows whose cell of this column is shown as a percentage, as far as the format tells."""
        ...

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Every row with its 1-based number, blank ones too, merged cells filled in."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened case file: its name for reports, the hash of its bytes, their count, its tables."""

    name: str
    sha256: str
    size: int
    tables: tuple[Table, ...]
