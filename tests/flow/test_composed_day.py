"""A whole day of a small composed lender through the command line, in both shapes: every case ends as its truth says."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from console.main import run
from letters.post.verify import verify_batch
from records.database import Database
from scripts.world.compose_lender import compose_lender
from scripts.world.parties import LENDER, commands

DAY = date(2026, 11, 20)
CASES = 150
EXPLAINED = {"H-ADR-01", "R-THP-08"}
"""Rules that may hold a case without a planted defect: no address leads to a door, or only the workplace's does."""

Handa = Callable[..., tuple[int, Any]]


@pytest.fixture
def handa(db: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Handa:
    """Says words to the command line on the test's own database; gives exit code and the JSON document, if any."""
    monkeypatch.setenv("HANDA_HOME", str(db.settings.home))
    monkeypatch.setenv("HANDA_DATABASE_URL", db.url)
    monkeypatch.setenv("HANDA_KEYS", f"file:{db.settings.home / 'keys.json'}")

    def say(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = run(words)
        out = capsys.readouterr()
        assert "E-BROKEN" not in out.err, out.err
        return code, json.loads(out.out) if "--json" in words and code in (0, 1) else None

    for words in commands():
        assert say(*words)[0] == 0
    return say


@pytest.mark.parametrize(("shape", "ending"), [("wide", "xlsx"), ("three", "xlsx"), ("csv", "csv")])
def test_every_case_ends_as_its_truth_says(handa: Handa, tmp_path: Path, shape: str, ending: str) -> None:
    file = compose_lender(tmp_path / f"cases.{ending}", cases=CASES, shape=shape, day=DAY, defect_share=0.5, seed=31)
    truth = json.loads(file.truth.read_text("utf-8"))
    code, report = handa("cases", "import", str(file.path), "--lender", LENDER, "--as-of", DAY.isoformat(), "--json")
    assert code == 1
    assert sorted(report["accepted"]) == sorted(a["case_no"] for a in truth["accepted"])
    rejects = [d for d in truth["defects"] if d["kind"] == "reject"]
    assert {r["row"] for r in report["rejected"]} >= {d.get("case_row", d["row"]) for d in rejects if shape != "three"}
    assert len(report["duplicates"]) == file.duplicates

    code, day = handa("day", "run", "--date", DAY.isoformat(), "--workers", "1", "--json")
    assert code == 1
    _, answer = handa("batch", "decisions", "--date", DAY.isoformat(), "--json")
    decided = {row["case_no"]: row for row in answer["decisions"]}
    assert set(decided) == set(report["accepted"])
    for case in truth["accepted"]:
        row = decided[case["case_no"]]
        rules = set(row["rules"].split())
        if case["hold_rules"]:
            assert row["verdict"] in ("held", "refused"), row
            assert rules >= set(case["hold_rules"]), row
        elif row["verdict"] != "planned":
            assert rules & EXPLAINED, row
    planned = [row for row in decided.values() if row["verdict"] == "planned"]
    assert len(planned) > CASES // 3

    [batch] = day["batches"]
    folder = Path(batch["place"].removeprefix("file://"))
    assert verify_batch(folder) == []
    with (folder / "manifest.csv").open(encoding="utf-8-sig", newline="") as manifest:
        rows = list(csv.DictReader(manifest))
    assert len(rows) == len(planned) == len({row["case_no"] for row in rows})
    names = {a["case_no"]: a["name"] for a in truth["accepted"]}
    assert sorted(row["收件人姓名"] for row in rows) == sorted(names[row["case_no"]] for row in planned)


def test_the_same_file_and_the_same_day_again_change_nothing(handa: Handa, tmp_path: Path) -> None:
    file = compose_lender(tmp_path / "cases.xlsx", cases=40, day=DAY)
    handa("cases", "import", str(file.path), "--lender", LENDER, "--json")
    handa("day", "run", "--date", DAY.isoformat(), "--workers", "1", "--json")
    _, before = handa("batch", "list", "--json")
    _, again = handa("cases", "import", str(file.path), "--lender", LENDER, "--json")
    assert again["already"] is True
    handa("day", "run", "--date", DAY.isoformat(), "--workers", "1", "--json")
    _, after = handa("batch", "list", "--json")
    assert before == after
    assert handa("audit", "verify")[0] == 0
