"""Importing outcome events: a file of the push form into the records, beside plain scripts that only insert rows.

Ours reads the form strictly, checks every code, matches each item to a piece of the partner, seals the description,
and keeps the file, all in one transaction. The plain scripts read the CSV and insert into a table of the same columns
with the same uniqueness, one statement a row or by ``executemany``, also in one transaction: no check, no match, no
seal. One server for all, an embedded one with its usual settings.
"""

from __future__ import annotations

import csv
import random
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url

from letters.post.numbers import NumberFormat, number_at
from letters.post.store import import_answer
from records.clock import SHANGHAI
from records.database import Database, open_database
from records.identity import uuid7
from records.settings import load_settings
from scripts.benches.measured import memory_of
from scripts.benches.report import Rate, alternate, say

ROWS = 100_000
QUICK_ROWS = 5_000
ROUNDS = 3
SEED = 5
DAY = datetime(2026, 11, 20, 18, tzinfo=SHANGHAI)
COLUMNS = (
    "serialnumber", "mailnum", "procdate", "proctime", "orgfullname", "action", "properdelivery", "notproperdelivery",
    "description", "effect",
)  # fmt: skip
WAYS = (
    (6, ("00", "40", "41", "50", "10:10")),
    (2, ("00", "40", "41", "50", "20:103", "50", "10:11")),
    (2, ("00", "40", "41", "50", "20:102", "40", "41", "50", "10:14")),
)
PARTNER = "POST"
SAMPLE_SECONDS = 0.05


@dataclass(slots=True)
class Found:
    """Rates by contestant, rows, pieces, and the most memory that importing took on top of what the process had."""

    rates: dict[str, Rate]
    rows: int
    pieces: int
    peak_bytes: int
    before_bytes: int


def compose(path: Path, rows: int) -> list[str]:
    """Write the file, in the order of the events' times; gives the item numbers."""
    rng = random.Random(SEED)
    ways, weights = [way for _, way in WAYS], [weight for weight, _ in WAYS]
    events: list[tuple[datetime, str, str, str]] = []
    items: list[str] = []
    while len(events) < rows:
        item = number_at("XA", len(items) + 1, "", NumberFormat.DOMESTIC13)
        items.append(item)
        at = DAY
        for step in rng.choices(ways, weights)[0][: rows - len(events)]:
            at += timedelta(seconds=rng.randrange(3600, 100_000))
            action, _, sub = step.partition(":")
            events.append((at, item, action, sub))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for number, (at, item, action, sub) in enumerate(sorted(events)):
            writer.writerow(
                (number, item, f"{at:%Y%m%d}", f"{at:%H%M%S}", "武汉市江汉区揽投部", action, sub if action == "10" else "",
                 sub if action == "20" else "", "投递并签收，签收人：本人" if sub == "10" else "离开处理中心", "1")
            )  # fmt: skip
    return items


def run(*, quick: bool) -> Found:
    """Alternate ours and the plain scripts; the tables are emptied before every turn."""
    root = Path(tempfile.mkdtemp(prefix="handa-bench-outcomes-"))
    root.chmod(0o711)
    file = root / "EVT-20261130-S000001.csv"
    rows = QUICK_ROWS if quick else ROWS
    items = compose(file, rows)
    try:
        with open_database(load_settings(root / "home", {})) as db:
            say(f"登记 {len(items)} 件邮件……")
            _pieces(db, items)
            plain = make_url(db.url).set(drivername="postgresql").render_as_string(hide_password=False)
            watch = _Memory()

            def ours() -> int:
                _empty(db)
                with watch.sampling():
                    report = import_answer(db, PARTNER, file, actor="bench")
                if report.counts.get("new") != rows:
                    raise SystemExit(f"导入不全：{report.counts}")
                return rows

            def row_by_row() -> int:
                with _own_table(plain) as connection, file.open(encoding="utf-8", newline="") as source:
                    for row in csv.DictReader(source):
                        connection.execute(_INSERT, _values(row))
                return rows

            def many() -> int:
                with _own_table(plain) as connection, file.open(encoding="utf-8", newline="") as source:
                    connection.cursor().executemany(_INSERT, map(_values, csv.DictReader(source)))
                return rows

            before = memory_of(psutil.Process())
            rates = alternate({"导入轨迹": ours, "csv+逐行插入": row_by_row, "csv+executemany": many}, ROUNDS)
            return Found(rates, rows, len(items), watch.peak, before)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _pieces(db: Database, items: list[str]) -> None:
    """One batch with a letter and a piece for every number: only what importing looks at. References are not checked,
    because lender, cases, decisions and planning play no part."""
    batch, partner = uuid7(), uuid7()
    with db.session() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text("INSERT INTO partner (id, code, name, settings, created_at) VALUES (:id, :code, 'bench', '{}', :at)"),
            {"id": partner, "code": PARTNER, "at": DAY},
        )
        session.execute(
            text(
                "INSERT INTO batch (id, batch_no, day, number, planning_id, lender_id, firm_id, lawyer_id, partner_id, product, template,"
                " bundle_sha256, letters_sha256, created_at) VALUES (:id, 'B20261120-01', :day, 1, :id, :id, :id, :id, :partner, '200',"
                " 't@1', '', '', :at)"
            ),
            {"id": batch, "day": DAY.date(), "partner": partner, "at": DAY},
        )
        session.execute(
            text("INSERT INTO batch_event (id, batch_id, kind, at, actor, detail) VALUES (:id, :batch, 'handed_over', :at, 'bench', '{}')"),
            {"id": uuid7(), "batch": batch, "at": DAY},
        )
        ids = [uuid7() for _ in items]
        session.execute(
            text(
                "INSERT INTO letter (id, batch_id, case_id, decision_id, snapshot_id, address_id, day, template, attempt, position,"
                " letter_no, postcode, place_bidx, id_bidx, fields_sealed, fields_sha256, created_at)"
                " SELECT id, :batch, id, id, id, id, :day, 't@1', 0, n, 'bench ' || n, '430000', '', '', '', '', :at"
                " FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS new(id, n)"
            ),
            {"batch": batch, "day": DAY.date(), "at": DAY, "ids": ids},
        )
        session.execute(
            text(
                "INSERT INTO piece (id, letter_id, copy_no, item_no) SELECT id, letter, 1, item"
                " FROM unnest(CAST(:ids AS uuid[]), CAST(:letters AS uuid[]), CAST(:items AS text[])) AS new(id, letter, item)"
            ),
            {"ids": [uuid7() for _ in items], "letters": ids, "items": items},
        )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _empty(db: Database) -> None:
    """Take the last turn's rows away, which the records' own guard against changes would refuse anywhere else."""
    with db.session() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("TRUNCATE answer_file CASCADE"))


_TABLE = """
    CREATE TABLE plain_event (id bigserial PRIMARY KEY, item_no text, serial text, occurred_at timestamptz, office text,
      action text, proper_delivery text, not_proper_delivery text, description text, effective boolean,
      UNIQUE (item_no, occurred_at, action, proper_delivery, not_proper_delivery, effective));
    CREATE INDEX ON plain_event (item_no)
"""
_INSERT = """
    INSERT INTO plain_event (item_no, serial, occurred_at, office, action, proper_delivery, not_proper_delivery, description,
      effective) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


@contextmanager
def _own_table(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS plain_event")
        for statement in _TABLE.split(";"):
            connection.execute(statement)  # type: ignore[arg-type]
        connection.commit()
        yield connection


def _values(row: dict[str, str]) -> tuple[object, ...]:
    at = datetime.strptime(row["procdate"] + row["proctime"], "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    return (
        row["mailnum"], row["serialnumber"], at, row["orgfullname"], row["action"], row["properdelivery"], row["notproperdelivery"],
        row["description"], row["effect"] == "1",
    )  # fmt: skip


@dataclass(slots=True)
class _Memory:
    peak: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Sample this process's memory until the block ends."""
        self._stop.clear()
        process = psutil.Process()

        def watch() -> None:
            while not self._stop.wait(SAMPLE_SECONDS):
                self.peak = max(self.peak, memory_of(process))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
