"""``handa post consequences|rule``, ``handa models labels`` and what ``show`` says of outcomes, on a small posted day."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from scripts.world.compose_lender import Composed
from tests.console.conftest import DAY, Handa, register

HEADER = (
    "serialnumber", "mailnum", "procdate", "proctime", "orgfullname", "action", "properdelivery", "notproperdelivery",
    "description", "effect",
)  # fmt: skip


@pytest.fixture
def letters(handa: Handa, case_file: Composed) -> list[dict[str, str]]:
    """A day of one's own, handed over: its letters."""
    register(handa, standing=True)
    handa("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    (batch,) = handa("day", "run", "--date", DAY, "--workers", "1", "--json").document["batches"]
    found: list[dict[str, str]] = handa("batch", "show", batch["batch_no"], "--json").document["letters"]
    return found


def tell(handa: Handa, folder: Path, item_no: str, *steps: tuple[str, str, str, str]) -> None:
    """The post tells of a piece: (day, action, properdelivery, notproperdelivery)."""
    path = folder / f"{item_no}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for serial, (day, action, proper, reason) in enumerate(steps):
            writer.writerow([f"{item_no[-5:]}{serial}", item_no, day, f"{9 + serial:02d}0000", "某局", action, proper, reason, "", "1"])
    assert handa("post", "import", path, "--json").code == 0


def test_outcomes_and_what_follows_are_told_and_a_person_may_decide(handa: Handa, letters: list[dict[str, str]], tmp_path: Path) -> None:
    moved, unclear, *_ = letters
    tell(handa, tmp_path, moved["item_no"], ("20261121", "00", "", ""), ("20261122", "20", "", "126"), ("20261123", "10", "14", ""))
    tell(handa, tmp_path, unclear["item_no"], ("20261121", "00", "", ""), ("20261123", "10", "14", ""))

    told = handa("post", "consequences", "--date", "2026-12-01", "--json").document
    counts = {row["reason"]: row["letters"] for row in told["reasons"]}
    assert counts["MOVED_UNKNOWN"] == counts["RTS_DONE"] == 1 and sum(counts.values()) == len(letters)
    waiting = {one["case_no"]: one["turn"] for one in told["waiting"]}
    assert waiting == {moved["case_no"]: "next", unclear["case_no"]: "ask"}
    words = handa("post", "consequences", "--date", "2026-12-01").out
    assert "迁移新址不明" in words and "由人决定" in words

    shown = handa("letter", "show", moved["item_no"], "--json").document["consequence"]
    assert (shown["person"], shown["follows"], shown["label"]) == ("moved", "next", "moved")
    case = handa("cases", "show", moved["case_no"], "--lender", "DEMO", "--json").document
    assert any(address["outcomes"]["shut"] for address in case["addresses"])
    assert "已迁离" in handa("cases", "show", moved["case_no"], "--lender", "DEMO").out

    said = handa("post", "rule", unclear["item_no"], "--as", "stop", "--by", "张某", "--reason", "退批不清", "--date", "2026-12-01", "--json")
    assert said.document == {"letter_no": unclear["letter_no"], "follows": "stop"}
    told = handa("post", "consequences", "--date", "2026-12-01", "--json").document
    assert unclear["case_no"] not in {one["case_no"] for one in told["waiting"]}
    flying = letters[2]
    refused = handa("post", "rule", flying["item_no"], "--as", "next", "--by", "张某", "--reason", "急", "--date", "2026-12-01")
    assert refused.code == 3 and "仍可能投到" in refused.err

    target = tmp_path / "标签.csv"
    assert handa("models", "labels", "-o", target, "--json").document["labels"]["moved"] == 1
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(letters)
    assert {row["label"] for row in rows} == {"moved", "censored"}
