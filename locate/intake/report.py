"""The report of an import: the contract's ``cases import --json`` form, which is also its stored form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locate.intake.problems import Level, Problem
from locate.intake.reading import ImportResult


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. ``already``: the same bytes had been imported before, nothing changed; this is that report."""

    file: Mapping[str, Any]
    header: Mapping[str, Mapping[str, str]]
    accepted: tuple[str, ...]
    duplicates: tuple[str, ...]
    updated: tuple[str, ...]
    rejected: tuple[Mapping[str, Any], ...]
    warnings: tuple[Mapping[str, Any], ...]
    addresses: Mapping[str, int]
    counts: Mapping[str, int]
    by_code: Mapping[str, int]
    already: bool = False
    dry_run: bool = False
    report_file: Path | None = None
    """The workbook of refused rows, where one was asked for and there are any."""

    def as_json(self) -> dict[str, Any]:
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
            "by_code": dict(self.by_code),
            "already": self.already,
            "dry_run": self.dry_run,
            "report_file": None if self.report_file is None else str(self.report_file),
        }


def report_from_json(document: Mapping[str, Any], *, report_file: Path | None = None) -> ImportReport:
    """A stored report, given again because the same bytes came again."""
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
        document["by_code"],
        already=True,
        report_file=report_file,
    )


def _problem(problem: Problem) -> dict[str, Any]:
    """A problem as the report shows it; ``column`` (the header as found) and ``level`` are beyond the contract's least."""
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


def report_of(
    result: ImportResult,
    *,
    added: int = 0,
    updated: Sequence[str] = (),
    dry_run: bool = False,
    report_file: Path | None = None,
) -> ImportReport:
    """The report of a reading, and of what keeping it did."""
    accepted = tuple(case.record.case_no for case in result.accepted)
    addresses = sum(len(case.record.addresses) for case in result.accepted)
    kept = (
        {}
        if dry_run
        else {"new": added, "updated": len(updated), "unchanged": len(accepted) - added - len(updated)}
    )
    return ImportReport(
        {"name": result.file, "sha256": result.sha256, "sheets": list(result.sheets)},
        result.header,
        accepted,
        result.duplicates,
        tuple(updated),
        tuple(_problem(problem) for problem in result.rejected),
        tuple(_problem(problem) for problem in result.warnings),
        {"accepted": addresses, "refused": result.addresses_refused},
        {
            "rows": result.case_rows,
            "accepted": len(accepted),
            **kept,
            "duplicates": len(result.duplicates),
            "rejected": len({(p.sheet, p.row) for p in result.rejected if p.level is Level.CASE}),
            "warnings": len(result.warnings),
            "addresses_accepted": addresses,
            "addresses_refused": result.addresses_refused,
        },
        dict(sorted(Counter(p.code for p in (*result.rejected, *result.warnings)).items())),
        dry_run=dry_run,
        report_file=report_file,
    )
