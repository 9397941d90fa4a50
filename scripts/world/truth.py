"""What a composed file means, in the form that the sample files' scorer reads (``samples/check_truth.py``)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scripts.world.cases import ComposedCase
from scripts.world.sheets import Placed

AMOUNT_NAMES = {
    "principal_disbursed": "principal_disbursed", "principal_repaid": "principal_repaid", "principal_due": "principal_due",
    "interest": "interest", "compound": "compound_interest", "penalty": "penalty_interest", "damages": "liquidated_damages",
    "fees": "fees", "waived": "waived", "total": "total",
}  # fmt: skip


def _accepted(placed: Placed) -> dict[str, Any]:
    case, debt = placed.case, placed.case.debt
    defect = case.defect
    return {
        "case_no": case.case_no,
        "name": case.name,
        "id": case.id_number,
        "mobile": None if defect is not None and defect.name == "phone_invalid" else case.mobile,
        "contract_no": case.contract_no,
        "product": debt.product,
        "disbursed_on": debt.disbursed_on.isoformat(),
        "as_of": debt.as_of.isoformat(),
        "overdue_since": debt.overdue_since.isoformat(),
        "annual_rate": str(case.cells.get("annual_rate", debt.annual_rate)),
        "amounts_fen": {name: getattr(debt, attribute) for name, attribute in AMOUNT_NAMES.items()},
        "addresses": [
            {"kind": line.kind, "text": line.address.cleaned, "source": line.source, "basis": line.basis,
             "adcode": line.address.adcode, "grade": line.address.grade}
            for line in case.addresses if line.address.cleaned
        ],
        "contacts": [{"name": c.name, "relation": c.relation, "phone": c.mobile} for c in case.contacts],
        "sheet": placed.sheet,
        "row": placed.row,
        "hold_rules": [defect.rule] if defect is not None and defect.effect == "hold" else [],
    }  # fmt: skip


@dataclass(slots=True)
class Truth:
    """Gathers the truth while a file is written. ``values``: every accepted case's clean fields too."""

    file: str
    shape: str
    seed: int
    day: date
    values: bool
    cases: int = 0
    defects: list[dict[str, Any]] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    neutral_rows: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, placed: Placed) -> None:
        case = placed.case
        self.cases += 1
        outcome = "accepted"
        if case.defect is not None:
            self._add_defect(placed, case)
            if case.defect.name == "dup_exact":
                outcome = "duplicates"
            elif case.defect.effect == "reject":
                outcome = "rejected"
        self.counts[outcome] += 1
        if outcome == "accepted":
            self.accepted.append(
                _accepted(placed) if self.values
                else {"case_no": case.case_no, "hold_rules": [case.defect.rule] if case.defect and case.defect.effect == "hold" else []}
            )  # fmt: skip
        else:
            self.neutral_rows += [{"sheet": "地址", "row": row} for row in placed.address_rows]
            self.neutral_rows += [{"sheet": "联系人", "row": row} for row in placed.contact_rows]

    def _add_defect(self, placed: Placed, case: ComposedCase) -> None:
        defect = case.defect
        assert defect is not None
        about: dict[str, Any] = {
            "sheet": placed.sheet, "row": placed.row, "case_no": case.case_no, "field": defect.field,
            "column": defect.field, "defect": defect.name, "kind": defect.effect, "rule": defect.rule, "scope": "case",
            "either": [], "note": defect.note,
        }  # fmt: skip
        if defect.name == "missing_case_no":
            about |= {"case_no": "", "hidden_case_no": case.case_no}
        if placed.address_rows and defect.field.startswith("address_"):
            index = min(int(defect.field.split("_")[1]), len(placed.address_rows)) - 1
            about |= {"sheet": "地址", "row": placed.address_rows[index], "case_row": placed.row}
        if placed.contact_rows and defect.field.startswith("contact_"):
            about |= {"sheet": "联系人", "row": placed.contact_rows[0], "case_row": placed.row}
        self.defects.append(about)
        self.counts[f"defect:{defect.name}"] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file, "shape": self.shape, "seed": self.seed, "batch_date": self.day.isoformat(),
            "rate_unit": "percent", "main_sheet": "案件" if self.shape == "three" else None, "either_cases": [],
            "neutral_rows": self.neutral_rows, "defects": self.defects, "expected_accepted": self.counts["accepted"],
            "counts": {"case_rows": self.cases, **dict(sorted(self.counts.items()))}, "accepted": self.accepted,
        }  # fmt: skip
