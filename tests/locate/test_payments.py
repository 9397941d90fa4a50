"""Payments are read from the lender's table, each reference once; what can't be read is said row by row."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locate.cutoff import alone, hold_open
from locate.keeping import keep_cases
from locate.payments import PaymentRow, import_payments, read_payments, record_payments
from locate.tables import CaseFile, Lender, Payment
from records.database import Database
from records.errors import UnreadableInput
from records.identity import uuid7
from tests.letters.conftest import compose_case

HEADER = "案件号,还款日期,还款金额（元）,流水号,备注"


def table(folder: Path, *lines: str, name: str = "还款表.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="gb18030")
    return path


@pytest.fixture
def lender(db: Database) -> UUID:
    """A lender with two cases; its id."""
    with db.session() as session:
        row = Lender(code="DEMO", name="示例", kind="bank", settings={}, created_at=db.clock())
        session.add(row)
        session.flush()
        file = CaseFile(
            id=uuid7(), lender_id=row.id, sha256="0", name="x", size=1, as_of=date(2026, 11, 18), imported_at=db.clock(), report=b"",
            counts={},
        )  # fmt: skip
        session.add(file)
        session.flush()
        keep_cases(session, db.cipher, row.id, file.id, [compose_case(0), compose_case(1)], actor="t", clock=db.clock)
        return row.id


def test_the_table_is_read_with_any_encoding_and_names(tmp_path: Path) -> None:
    _, rows, problems = read_payments(table(tmp_path, 'T00000,2026/11/20,"1,200.50",LS1,', "T00001,20261119,30,LS2,柜面"))
    assert problems == []
    assert rows == [
        PaymentRow(2, "T00000", date(2026, 11, 20), 120_050, "LS1"),
        PaymentRow(3, "T00001", date(2026, 11, 19), 3_000, "LS2"),
    ]


def test_rows_that_cannot_be_read_are_said_and_the_rest_goes_in(db: Database, lender: UUID, tmp_path: Path) -> None:
    path = table(
        tmp_path, "T00000,2026-11-20,100,LS1,", "T00000,昨天,100,LS2,", "T00000,2026-11-20,-5,LS3,", "T00000,2026-11-20,0,LS4,",
        "T00000,2026-11-20,1,,", "别处,2026-11-20,1,LS6,",
    )  # fmt: skip
    report = import_payments(db, lender, path, actor="t")
    assert (report.accepted, report.known, report.case_nos) == (1, 0, ("T00000",))
    assert [problem.row for problem in report.problems] == [3, 4, 5, 6, 7]


def test_the_same_payment_again_changes_nothing_and_another_sum_is_a_problem(db: Database, lender: UUID, tmp_path: Path) -> None:
    path = table(tmp_path, "T00000,2026-11-20,100,LS1,", "T00000,2026-11-20,100,LS1,", "T00001,2026-11-20,100,LS1,")
    first, second = import_payments(db, lender, path, actor="t"), import_payments(db, lender, path, actor="t")
    assert ((first.accepted, first.known), (second.accepted, second.known)) == ((2, 1), (0, 3)), "a reference is one case's"
    changed = import_payments(db, lender, table(tmp_path, "T00000,2026-11-20,101,LS1,", name="b.csv"), actor="t")
    assert (changed.accepted, len(changed.problems)) == (0, 1) and "LS1" in changed.problems[0].message
    with db.session() as session:
        assert sorted(session.scalars(select(Payment.amount_fen))) == [10_000, 10_000]


def test_a_file_without_the_four_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "别的.csv"
    path.write_text("案件号,金额\nT00000,1\n", encoding="utf-8")
    with pytest.raises(UnreadableInput, match="表头"):
        read_payments(path)


def test_the_last_look_waits_for_who_is_recording_and_they_wait_for_it(db: Database, lender: UUID) -> None:
    """A payment that is being written when the hand-over looks is seen by it."""
    seen: list[int] = []
    looking = threading.Event()

    def look() -> None:
        with db.session() as session:
            looking.set()
            alone(session)
            seen.append(len(session.scalars(select(Payment)).all()))

    def pay(session: Session, reference: str) -> None:
        row = PaymentRow(0, "T00000", date(2026, 11, 20), 100, reference)
        record_payments(session, session.get_one(Lender, lender), [row], "by hand", actor="t", clock=lambda: datetime.now(UTC))

    with db.session() as session:
        pay(session, "LS1")
        other = threading.Thread(target=look)
        other.start()
        looking.wait()
        other.join(0.3)
        assert other.is_alive(), "the look waits"
    other.join()
    assert seen == [1]
    with db.session() as first, db.session() as second:
        hold_open(first)
        hold_open(second)
