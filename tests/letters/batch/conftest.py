"""A handed-over batch, and rows of the post's push form for its pieces."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path

import pytest

from letters.post.store import import_answer
from records.database import Database
from tests.letters.worked import carry

DAY = date(2026, 11, 20)
HEADER = (
    "serialnumber", "mailnum", "procdate", "proctime", "orgfullname", "action", "properdelivery", "notproperdelivery",
    "description", "effect",
)  # fmt: skip


@pytest.fixture
def send(house: Database) -> Callable[..., str]:
    """``send(day)`` plans, releases, prints, seals and hands over whatever is due; the batch number."""
    return lambda day=DAY: carry(house, day)


def tell(house: Database, folder: Path, number: int, item_no: str, *steps: tuple[date, str, str, str]) -> None:
    """The post tells of a piece in its file ``number``: (day, action, proper, not proper) by step."""
    path = folder / f"EVT-20261121-S{number:06d}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for serial, (day, action, proper, not_proper) in enumerate(steps):
            writer.writerow(
                [f"{number}{serial:03d}", item_no, f"{day:%Y%m%d}", f"{9 + serial:02d}0000", "某某局", action, proper, not_proper, "", "1"]
            )
    counts = import_answer(house, "POST", path, actor="test").counts
    assert counts["quarantined"] == 0, counts


@pytest.fixture
def track(house: Database, tmp_path: Path) -> Callable[..., None]:
    """``track(item_no, (day, action, proper, not_proper), …)``: the post tells of a piece."""
    made = count(1)
    return lambda item_no, *steps: tell(house, tmp_path, next(made), item_no, *steps)
