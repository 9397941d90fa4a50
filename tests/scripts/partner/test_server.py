"""The partner's SFTP server against our own hand-over place: whatever goes wrong with an upload, a batch arrives once."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from letters.post.places import Holding, SftpPlace, parcel_of
from letters.post.sftp import SftpAccount
from records.errors import DiskFull, PartnerUnreachable
from scripts.partner import Fault, FaultPlan, SimulatedPartner
from scripts.partner.server import PartnerServer

from .test_simulator import DAY, ROOT, sealed

TRIES = 12


def place(server: PartnerServer) -> SftpPlace:
    raw = server.settings()
    return SftpPlace(SftpAccount.from_settings(raw), tuple(raw["also_look_in"]))


def hand_over_at_last(where: SftpPlace, batch: Path, faults: list[str]) -> None:
    for _ in range(TRIES):
        try:
            where.hand_over(batch)
        except (PartnerUnreachable, DiskFull) as fault:
            faults.append(type(fault).__name__)
            continue
        return
    raise AssertionError(f"not handed over after {TRIES} tries: {faults}")


@pytest.mark.parametrize("fault", [Fault.CUT_OFF, Fault.FULL, Fault.LOST_REPLY])
def test_an_upload_that_goes_wrong_ends_in_one_batch(tmp_path: Path, fault: Fault) -> None:
    batches = [sealed(tmp_path, 4, number) for number in range(1, 7)]
    plan = FaultPlan(5, {fault: 0.5})
    with PartnerServer(tmp_path / "partner", plan, today=lambda: DAY) as server:
        partner = SimulatedPartner(server.inbox, tmp_path / "answers", plan, keep_taken=True)
        server.truth = partner.truth
        felt: list[str] = []
        for batch in batches:
            hand_over_at_last(place(server), batch.path, felt)
        assert server.truth.faults()[fault] >= 2
        assert (len(felt) > 0) == (fault is not Fault.LOST_REPLY), "a lost reply is asked after and not felt"
        partner.work(DAY)
        assert partner.truth.batches == {batch.name: batch.content_sha256 for batch in batches}
        for batch in batches:
            assert place(server).holds(batch.name, parcel_of(batch.path).sha256) is Holding.YES
            assert place(server).hand_over(batch.path) is False
        assert [p.name for p in server.inbox.iterdir()] == ["taken"]


def test_it_serves_from_the_command_line_day_after_day(tmp_path: Path) -> None:
    batch = sealed(tmp_path, 20)
    words = ["serve", str(tmp_path / "partner"), "--day", "2026-11-21", "--days", "40", "--pace", "0.05", "--fault", "voids"]
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.partner", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        raw = json.loads(process.stdout.readline())["place"]
        SftpPlace(SftpAccount.from_settings(raw), ("taken",)).hand_over(batch.path)
        said = [json.loads(line) for line in process.stdout]
    assert process.returncode == 0
    assert said[-1]["batches"] == 1 and sum(day["files"] for day in said) > 5
    truth = json.loads((tmp_path / "partner/truth.json").read_text("utf-8"))
    assert len(truth["items"]) == 20 and {date.fromisoformat(f["sent_on"]).year for f in truth["files"]} <= {2026, 2027}
