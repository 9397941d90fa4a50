"""A day that is killed, run twice at once, robbed of its database or its disk: one letter a case, the same bytes.

Small counts of what ``python -m scripts.kill_day`` does at length. The moments are drawn from a fixed seed, but where
they fall in the run depends on the machine: a failure prints the seed and every moment.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.kill_day import main
from scripts.world.parties import HANDA

pytestmark = pytest.mark.skipif(not Path(HANDA).exists(), reason="handa is not installed (scripts/env)")


def test_a_killed_day_ends_as_if_nobody_had_disturbed_it(capsys: pytest.CaptureFixture[str]) -> None:
    violations = main(["kill", "--runs", "4", "--cases", "30", "--seed", "20261120"])
    assert violations == 0, capsys.readouterr().out


def test_of_two_runs_at_once_one_works_and_the_other_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    violations = main(["twice", "--rounds", "1", "--cases", "30", "--seed", "20261120"])
    assert violations == 0, capsys.readouterr().out


def test_a_database_that_goes_away_costs_nothing_but_time(capsys: pytest.CaptureFixture[str]) -> None:
    violations = main(["database", "--runs", "8", "--cases", "30", "--seed", "20261120"])
    assert violations == 0, capsys.readouterr().out


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_costs_nothing_but_room(capsys: pytest.CaptureFixture[str]) -> None:
    violations = main(["disk", "--spares", "0.2,0.6,1", "--cases", "30", "--seed", "20261120"])
    assert violations == 0, capsys.readouterr().out
