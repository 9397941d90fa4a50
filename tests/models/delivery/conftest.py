"""Letters of a small simulated world, and the rules' numbers."""

from __future__ import annotations

import pytest

from models.delivery.opportunities import Opportunities
from scripts.world.delivery.study import letters_by_rule
from scripts.world.delivery.worlds import FIRST_DAY, DeliveryWorld

WEEKS = 16
AS_OF = FIRST_DAY + 7 * WEEKS


@pytest.fixture(scope="session")
def letters() -> Opportunities:
    """Sixteen weeks of 250 cases, chosen by the rules."""
    return letters_by_rule(DeliveryWorld("plain", 5, weeks=WEEKS, cases_per_week=250), WEEKS)


@pytest.fixture(scope="session")
def known(letters: Opportunities) -> Opportunities:
    """Those whose end is known."""
    return letters.take(letters.outcome >= 0)
