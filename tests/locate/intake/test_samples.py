"""The sample files and composed lenders against their truth: nothing missed, nothing wrongly refused."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from locate.intake import read_case_file, report_of
from scripts.world.compose_lender import compose_lender

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT.parent / "shared" / "samples"
TRUTHS = sorted((SAMPLES / "case-files").glob("*.truth.json"))
NOT_PLANNED: dict[str, Any] = {"decisions": []}
"""Intake alone: no rule was asked, so nothing is held."""
needs_samples = pytest.mark.skipif(not TRUTHS, reason="the shared sample files are not beside this repository")


@pytest.fixture(scope="module")
def check_samples() -> ModuleType:
    """The script of that name."""
    loader = importlib.machinery.SourceFileLoader("check_samples", str(ROOT / "scripts" / "check_samples"))
    spec = importlib.util.spec_from_loader("check_samples", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@needs_samples
@pytest.mark.parametrize("truth", TRUTHS, ids=lambda path: path.stem)
def test_the_samples_score_one_everywhere(truth: Path, check_samples: ModuleType) -> None:
    score = scored(truth, check_samples)
    assert check_samples.show(score)


@needs_samples
@pytest.mark.parametrize("shape", ["wide.xlsx", "three.xlsx", "csv.csv"])
def test_composed_lenders_score_one_everywhere(shape: str, check_samples: ModuleType, tmp_path: Path) -> None:
    composed = compose_lender(tmp_path / shape, cases=500, seed=5, shape=shape.split(".", maxsplit=1)[0], defect_share=0.3)
    assert composed.rejected > 20
    assert check_samples.show(scored(composed.truth, check_samples))


def scored(truth: Path, check_samples: ModuleType) -> dict[str, Any]:
    facts = json.loads(truth.read_text("utf-8"))
    read = read_case_file(truth.with_name(facts["file"]), today=date.fromisoformat(facts["batch_date"]))
    records = (case.record for case in read.accepted)
    result = check_samples.result_of(report_of(read).as_json(), records, plan=NOT_PLANNED)
    score: dict[str, Any] = check_samples.score_of(truth, result, SAMPLES / "check_truth.py")
    return score


@needs_samples
@pytest.mark.parametrize("truth", TRUTHS, ids=lambda path: path.stem)
def test_what_the_rules_must_hold_is_in_the_record(truth: Path) -> None:
    facts = json.loads(truth.read_text("utf-8"))
    read = read_case_file(truth.with_name(facts["file"]), today=date.fromisoformat(facts["batch_date"]))
    records = {case.record.case_no: case.record for case in read.accepted}
    stopped = {defect["case_no"] for defect in facts["defects"] if defect["rule"] == "R-TIM-06"}
    refusing = {defect["case_no"] for defect in facts["defects"] if defect["rule"] == "R-THP-04"}
    banned = {defect["case_no"] for defect in facts["defects"] if defect["rule"] == "R-SRC-04"}
    assert stopped == {number for number, record in records.items() if record.stops}
    assert refusing == {number for number, record in records.items() if any(one.opted_out for one in record.contacts)}
    assert banned == {number for number, record in records.items() if any(a.source == "banned" for a in record.addresses)}
    for expected in facts["accepted"]:
        given = [(one.name, one.relation, one.mobile) for one in records[expected["case_no"]].contacts]
        assert given == [(one["name"], one["relation"], one["phone"]) for one in expected["contacts"]]


def test_the_report_has_the_contracts_form(case_file: Any) -> None:
    case_file.rows[0]["total"] = "1"
    report = report_of(case_file.read(case_file.csv(case_file.table()))).as_json()
    assert set(report) >= {"file", "header", "accepted", "duplicates", "updated", "rejected", "warnings", "addresses", "counts"}
    assert set(report["file"]) == {"name", "sha256", "sheets"} and report["addresses"] == {"accepted": 22, "refused": 0}
    assert set(report["rejected"][0]) >= {"sheet", "row", "case_no", "field", "code", "message"}
    assert report["rejected"][0]["sheet"] is None and report["header"]["cases.csv"]["total"] == "合计(元)"
    assert json.loads(json.dumps(report, ensure_ascii=False)) == report
