"""Addresses read ahead, in another process, are kept as the readings they would have been afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from locate.address import parse_many, reader_version, to_json_dict
from locate.ahead import ReadAhead, reading_ahead
from locate.intake.store import import_case_file
from locate.reading import read_new
from locate.tables import CaseAddress, Lender
from records.database import Database
from records.identity import uuid7
from scripts.world.compose_lender import compose_lender

DAY = date(2026, 11, 20)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Batches small enough for a small file to be sent."""
    monkeypatch.setattr("locate.ahead.BATCH", 10)
    return 10


@pytest.fixture
def ahead() -> Iterator[ReadAhead]:
    with reading_ahead(worthwhile=True) as reader:
        assert reader is not None
        yield reader


def add_lender(db: Database, code: str) -> None:
    with db.session() as session:
        session.add(Lender(id=uuid7(), code=code, name="示例银行", kind="bank", settings={}, created_at=db.clock()))


def columns(db: Database) -> list[tuple[object, ...]]:
    """What stands beside each address of the database, opened, by case and ordinal."""
    with db.session() as session:
        rows = session.scalars(select(CaseAddress)).all()
        return sorted(
            (
                db.cipher.open("case_address.text", row.id, row.text_sealed), row.ordinal, row.adcode, row.postcode, row.grade,
                row.confidence, tuple(row.issues or ()), row.reader_version, row.place_bidx is None,
                None if row.parsed_sealed is None else db.cipher.open("case_address.parsed", row.id, row.parsed_sealed),
            )
            for row in rows
        )  # fmt: skip


def test_a_text_is_read_as_by_the_reader_itself(few: int, ahead: ReadAhead) -> None:
    texts = [f"湖北省武汉市江汉区万松街道示例路{number}号3栋2单元{number}01室" for number in range(1, 2 * few + 4)]
    for text in (*texts, texts[0]):
        ahead.hear(text)
    ahead.heard_all()
    for text, read in zip(texts, parse_many(texts, second_reader=True), strict=True):
        found = ahead.reading(text)
        assert found is not None
        assert json.loads(found.parsed) == to_json_dict(read)
        assert (found.key, found.grade, found.version) == (read.key, read.grade.value, reader_version())
    assert ahead.reading("没有说过的地址") is None


def test_a_small_file_starts_no_process(ahead: ReadAhead) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    for number in range(20):
        ahead.hear(f"示例路{number}号")
    ahead.heard_all()
    assert ahead.reading("示例路1号") is None
    assert {child.pid for child in psutil.Process().children(recursive=True)} == before


def test_read_ahead_or_afterwards_the_same_is_kept(db: Database, tmp_path: Path, few: int, ahead: ReadAhead) -> None:
    composed = compose_lender(tmp_path / "委案.csv", cases=60, day=DAY, shape="csv")
    add_lender(db, "L")
    import_case_file(db, "L", composed.path, today=DAY, actor="t", ahead=ahead)
    at_once = columns(db)
    assert all(row[7] == reader_version() for row in at_once)
    assert read_new(db, "L", workers=1, progress=lambda *_: None) == 0
    with db.session() as session:
        for row in session.scalars(select(CaseAddress)):
            row.reader_version = row.parsed_sealed = row.place_bidx = row.grade = row.adcode = None
    read_new(db, "L", workers=1, progress=lambda *_: None)
    assert columns(db) == at_once


def test_a_reader_that_is_killed_loses_nothing(db: Database, tmp_path: Path, few: int, ahead: ReadAhead) -> None:
    composed = compose_lender(tmp_path / "委案.csv", cases=60, day=DAY, shape="csv")
    add_lender(db, "L")
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    for number in range(few):
        ahead.hear(f"先说的地址{number}号")
    for child in psutil.Process().children(recursive=True):
        if child.pid not in before:
            child.kill()
    report = import_case_file(db, "L", composed.path, today=DAY, actor="t", ahead=ahead)
    assert report.counts["accepted"] == composed.accepted
    read_new(db, "L", workers=1, progress=lambda *_: None)
    assert all(row[7] == reader_version() for row in columns(db))
