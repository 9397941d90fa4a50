"""The shared benchmark, where it is at hand: floors that a change must not fall under (figures, not single lines)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from locate.address import parse, to_json_dict

SHARED = Path(__file__).resolve().parents[3].parent / "shared"


def scorer() -> ModuleType:
    path = SHARED / "bench" / "score_addresses.py"
    if not path.exists():
        pytest.skip("the shared benchmark is not beside this checkout")
    spec = importlib.util.spec_from_file_location("score_addresses", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_hard_cases_stay_solved_and_every_abstention_right(capsys: pytest.CaptureFixture[str]) -> None:
    bench = scorer()
    cases = SHARED / "data" / "addresses" / "hard-cases.jsonl"
    rows = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
    read = [to_json_dict(parse(row["address"])) for row in rows]
    assert bench.score_hard(read, str(cases))["solved"] >= 97
    assert all(bench.solved(row, one) for row, one in zip(rows, read, strict=True) if row["abstain"])
    capsys.readouterr()


def test_fields_and_spans_of_the_labelled_dev_part_stay_above_their_floors(capsys: pytest.CaptureFixture[str]) -> None:
    bench = scorer()
    gold = SHARED / "data" / "addresses" / "naacl2019-dev.txt"
    read = [to_json_dict(parse(text)) for text, _ in bench.load(str(gold))]
    fields = bench.score_fields([bench.as_fields(one) for one in read], str(gold))
    spans = bench.score_spans(read, str(gold))
    capsys.readouterr()
    assert fields["micro12"]["F"] >= 0.88
    assert spans["F1"] >= 0.85
