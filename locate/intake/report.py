"""The report of an import: the contract's ``cases import --json`` form, and its stored form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from locate.intake.problems import Problem
from locate.intake.reading import ImportResult


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. ``repeated`` tells that the same bytes had been imported before and nothing changed."""

    file: Mapping[str, Any]
    header: Mapping[str, Mapping[str, str]]
    accepted: tuple[str, ...]
    duplicates: tuple[str, ...]
    updated: tuple[str, ...]
    rejected: tuple[Mapping[str, Any], ...]
    warnings: tuple[Mapping[str, Any], ...]
    addresses: Mapping[str, int]
    counts: Mapping[str, Any]
    repeated: bool = False
    dry_run: bool = False

    def to_json_dict(self) -> dict[str, Any]:
        """The contract's JSON document."""
        return {
            "file": dict(self.file),
            "header": {sheet: dict(fields) for sheet, fields in self.header.items()},
            "accepted": list(self.accepted),
            "duplicates": list(self.duplicates),
            "updated": list(self.updated),
            "rejected": [dict(each) for each in self.rejected],
            "warnings": [dict(each) for each in self.warnings],
            "addresses": dict(self.addresses),
            "counts": dict(self.counts),
            "repeated": self.repeated,
            "dry_run": self.dry_run,
        }

    @staticmethod
    def from_json_dict(document: Mapping[str, Any], *, repeated: bool = False) -> ImportReport:
        """Read a stored report back."""
        return ImportReport(
            document["file"],
            document["header"],
            tuple(document["accepted"]),
            tuple(document["duplicates"]),
            tuple(document["updated"]),
            tuple(document["rejected"]),
            tuple(document["warnings"]),
            document["addresses"],
            document["counts"],
            repeated,
            document.get("dry_run", False),
        )


def problem_dict(problem: Problem) -> dict[str, Any]:
    """A problem as the report shows it; ``column`` (the header as found) is beyond the contract's least."""
    return {
        "sheet": problem.sheet,
        "row": problem.row,
        "case_no": problem.case_no,
        "field": problem.field,
        "column": problem.column,
        "code": problem.code,
        "level": problem.level.value,
        "message": problem.message,
    }


def report_of(result: ImportResult, updated: Sequence[str] = (), *, dry_run: bool = False) -> ImportReport:
    """The report of a reading. ``updated``: accepted cases that were known before and changed."""
    accepted = tuple(case.record.case_no for case in result.accepted)
    fallen_rows = {(p.sheet, p.row) for p in result.rejected if p.level.value == "case"}
    return ImportReport(
        {"name": result.file, "sha256": result.sha256, "sheets": list(result.sheets)},
        result.header,
        accepted,
        result.duplicates,
        tuple(updated),
        tuple(problem_dict(problem) for problem in result.rejected),
        tuple(problem_dict(problem) for problem in result.warnings),
        {
            "accepted": sum(len(case.record.addresses) for case in result.accepted),
            "refused": result.addresses_refused,
        },
        {
            "case_rows": result.case_rows,
            "accepted": len(accepted),
            "rejected_rows": len(fallen_rows),
            "duplicates": len(result.duplicates),
            "updated": len(updated),
            "warnings": len(result.warnings),
            "by_code": dict(sorted(Counter(p.code for p in (*result.rejected, *result.warnings)).items())),
        },
        dry_run=dry_run,
    )
