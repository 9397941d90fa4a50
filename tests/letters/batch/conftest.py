"""A handed-over batch, and rows of the post's push form for its pieces."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from letters.batch.handing import hand_over
from letters.batch.lookup import batch_by_no
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.releasing import release_batch
from letters.batch.sealing import seal
from letters.post.store import import_answer
from records.database import Database

DAY = date(2026, 11, 20)
HEADER = (
    "serialnumber", "mailnum", "procdate", "proctime", "orgfullname", "action", "properdelivery", "notproperdelivery",
    "description", "effect",
)  # fmt: skip


def carry(house: Database, day: date = DAY) -> str:
    """Plan, release, print, seal and hand over whatever is due; the batch number."""
    batch_no = plan_lender(house, "DEMO", day, actor="test", workers=1).batch_no
    assert batch_no is not None
    write_sample(house, batch_no, None, actor="lawyer:L001")
    with house.session() as session:
        release_batch(session, house.cipher, batch_by_no(session, batch_no), "L001", clock=house.clock)
    print_batch(house, batch_no, actor="test", workers=1)
    seal(house, batch_no, actor="test", workers=1)
    hand_over(house, batch_no, actor="test", workers=1)
    return batch_no


@pytest.fixture
def send(house: Database) -> Callable[..., str]:
    """``send(day)``: ``carry`` in the test's own house."""
    return partial(carry, house)


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
