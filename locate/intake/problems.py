"""The vocabulary of intake: every code, its level, and the Chinese sentence a lender reads (``problems.toml``).

Checks return ``Fault`` values that name a code; only ``Findings`` turns them into located ``Problem``s, so that no
sentence is written anywhere else. Faults that refuse the whole file are raised as ``UnreadableInput``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from typing import Final

from records.errors import UnreadableInput


class Level(StrEnum):
    """What a problem does to what it is about."""

    FILE = "file"
    CASE = "case"
    ADDRESS = "address"
    ROW = "row"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of the vocabulary."""

    code: str
    level: Level
    message: str
    advice: str

    def sentence(self, value: str = "", other: str = "", count: int = 0) -> str:
        """What the lender reads: what is wrong, then what to do."""
        said = self.message.format(value=value, other=other, count=count)
        return f"{said}。{self.advice}。" if self.advice else f"{said}。"


def _load() -> dict[str, Entry]:
    table = tomllib.loads(files(__package__).joinpath("problems.toml").read_text(encoding="utf-8"))
    return {
        code: Entry(code, Level(entry["level"]), entry["message"], entry["advice"])
        for code, entry in table.items()
    }


VOCABULARY: Final = _load()


@dataclass(frozen=True, slots=True)
class Fault:
    """What a check found wrong with a value: a code and the words that fill its sentence."""

    code: str
    value: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A located fault. ``row`` is 1-based as the spreadsheet shows it; ``column`` is the header as found."""

    code: str
    level: Level
    message: str
    file: str
    sheet: str | None
    row: int | None
    column: str | None
    field: str | None
    case_no: str | None


def refuse_file(code: str, value: str = "", other: str = "") -> UnreadableInput:
    """The error that refuses a whole file; nothing of it is imported."""
    entry = VOCABULARY[code]
    return UnreadableInput(
        entry.message.format(value=value, other=other, count=0) + "。", entry.advice, code=code
    )


@dataclass(slots=True)
class Findings:
    """Collects located problems of one file."""

    file: str
    rejected: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def add(
        self,
        fault: Fault | str,
        *,
        sheet: str | None = None,
        row: int | None = None,
        column: str | None = None,
        field: str | None = None,
        case_no: str | None = None,
        count: int = 0,
        level: Level | None = None,
    ) -> None:
        """Locate a fault (or a bare code) and keep it; ``level`` overrides the vocabulary's where a column matters less."""
        if isinstance(fault, str):
            fault = Fault(fault)
        entry = VOCABULARY[fault.code]
        message = entry.sentence(fault.value, fault.other, count)
        grade = level or entry.level
        problem = Problem(entry.code, grade, message, self.file, sheet, row, column, field, case_no)
        (self.warnings if grade is Level.WARNING else self.rejected).append(problem)
