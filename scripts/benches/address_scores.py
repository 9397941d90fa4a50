"""Scores of address readers on the labelled part and the hard cases, by the shared scorer where it lies beside the checkout.

The labelled part is research data: read for scoring, never shipped, never trained on for the shipped weights. What a reader
answers with a district's present name where the text has the old one, and says so, is counted twice: as the scorer does
(wrong unless it knows the successor) and as right.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("HANDA_SHARED", ROOT.parent / "shared"))
GOLD = SHARED / "data" / "addresses" / "naacl2019-dev.txt"
RESEARCH = SHARED / "data" / "addresses" / "naacl2019-train.txt"
HARD = SHARED / "data" / "addresses" / "hard-cases.jsonl"
_AREAS = ("province", "city", "district")
_SCORED = ("province", "city", "district", "town", "community", "road", "roadno", "poi", "building", "unit", "floor", "room")
_NAMES = {"township": "town", "village": "community", "road_no": "roadno"}
Fields = dict[str, Any]


@cache
def scorer() -> ModuleType | None:
    """The shared scorer, or None where it is not at hand."""
    path = SHARED / "bench" / "score_addresses.py"
    if not path.exists() or not GOLD.exists() or not HARD.exists():
        return None
    spec = importlib.util.spec_from_file_location("score_addresses", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def labelled_texts(gold: Path = GOLD) -> list[str]:
    """The texts of the labelled part, or of another file of its form."""
    tool = scorer()
    return [text for text, _ in tool.load(str(gold))] if tool and gold.exists() else []


def hard_texts() -> list[str]:
    """The texts of the hard cases."""
    return [json.loads(line)["address"] for line in HARD.read_text("utf-8").splitlines()] if scorer() else []


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares of one. ``spans`` is None for a reader that gives none."""

    micro12: float
    pca_right: float
    all_right: float
    spans: float | None
    hard: int
    abstained: int
    by_field: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        out = {"micro12_f1": self.micro12, "province_city_district_right": self.pca_right, "all_fields_right": self.all_right}
        if self.spans is not None:
            out["spans_f1"] = self.spans
        fields = {name: round(value, 4) for name, value in self.by_field.items()}
        return {k: round(v, 4) for k, v in out.items()} | {"hard_solved": self.hard, "abstentions_right": self.abstained, "f1": fields}


def as_scored(read: Fields) -> Fields:
    """A reading, ours or a peer's, with the scorer's names."""
    return {name: read.get(name) for name in _SCORED} | {short: read[own] for own, short in _NAMES.items() if own in read}


def score(labelled: Sequence[Fields], hard: Sequence[Fields], gold: Path = GOLD) -> Scores:
    """The scores of what one reader read of the labelled texts (of ``gold``) and the hard cases."""
    tool = scorer()
    assert tool is not None
    with contextlib.redirect_stdout(io.StringIO()):
        fields = tool.score_fields([as_scored(one) for one in labelled], str(gold))
        spans = tool.score_spans(list(labelled), str(gold))["F1"] if labelled and "spans" in labelled[0] else None
        solved = tool.score_hard([_contract(one) for one in hard], str(HARD))["solved"] if hard else 0
    cases = [json.loads(line) for line in HARD.read_text("utf-8").splitlines()] if hard else []
    abstained = sum(tool.solved(case, _contract(one)) for case, one in zip(cases, hard, strict=True) if case["abstain"])
    return Scores(
        fields["micro12"]["F"], fields["micro_pca"]["addr_all_right"], fields["full_match"], spans, solved, abstained,
        {name: fields[name]["F"] for name in _SCORED},
    )  # fmt: skip


def _contract(read: Fields) -> Fields:
    """With the contract's names, which the hard cases are asked by."""
    return read | {own: read[short] for own, short in _NAMES.items() if short in read and own not in read}


def with_old_names(labelled: Sequence[Fields]) -> list[Fields]:
    """Our readings with a corrected district as it was written: what the scorer says if an explained successor is no mistake."""
    out = []
    for one in labelled:
        was = {c["field"]: c["from"] for c in one.get("corrections", ()) if c["field"] in _AREAS and c["from"] in one["raw"]}
        out.append(one | was)
    return out
