"""The short form of the soak: a few batches by SFTP, most faults, killed on the way, and nothing wrong at the end.

``python -m scripts.partner soak`` is the long one. Which faults strike is fixed by the seed; where a kill falls in a step
depends on the machine. A failure prints what was wrong and how to run it again.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.partner.soak.main import main

SEED = 11
FAULTS = ("all=0.25", "refused=0.08", "wrong-totals=0.1", "voids=0.15", "foreign=0.5")


def test_every_piece_is_accounted_for_after_faults_and_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "soak.json"
    faults = [word for fault in FAULTS for word in ("--fault", fault)]
    code = main(["--batches", "4", "--largest", "16", "--seed", str(SEED), "--kills", "0.2", *faults, "--json", str(report)])
    said = capsys.readouterr().out
    found = json.loads(report.read_text("utf-8"))
    assert (code, found["wrong"]) == (0, 0), said
    assert found["batches"] >= 4 and found["pieces"] >= 15
    assert len(found["faults"]) >= 12, found["faults"]
    assert sum(found["restarts"].values()) >= 1
