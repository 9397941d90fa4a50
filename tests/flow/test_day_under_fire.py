"""A day that is killed, run twice at once, robbed of its database or its disk: one letter a case, the same bytes.

Small counts of what ``python -m scripts.kill_day`` does at length. The moments are drawn from a fixed seed, but where
they fall in the run depends on the machine: a failure prints the seed and every moment.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.kill_day import main
from scripts.world.parties import HANDA

pytestmark = pytest.mark.skipif(not Path(HANDA).exists(), reason="handa is not installed (scripts/env)")


def test_a_disturbed_day_ends_as_if_nobody_had_disturbed_it(capsys: pytest.CaptureFixture[str]) -> None:
    """One prepared workspace for all four disturbances: preparing takes longer than a trial."""
    words = ["all", "--runs", "4", "--rounds", "1", "--spares", "0.3,1", "--cases", "20", "--seed", "20261120"]
    violations = main(words)
    assert violations == 0, capsys.readouterr().out
